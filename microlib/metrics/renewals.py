"""Renewals under stress (承压续贷): old trouble in a new contract, told from a compliant renewal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from microlib.contracts.needs import measure
from microlib.metrics.chains import TOLERANCE_YUAN, debt_chains
from microlib.metrics.groupings import Day, month_numbers
from microlib.metrics.loan_states import RENEWALS, WATCHED_CLASSES, checked_loans, is_live, is_renewed, optional, yuan
from microlib.units import DAYS_PER_BANK_YEAR, DAYS_PER_YEAR

#: what speaks for stress; the columns of the answer, in this order
SIGNS = ["was_overdue", "had_unpaid_interest", "was_watched", "covers_interest", "is_rolled_over"]
COLUMNS = [
    *["loan_id", "customer_id", "previous_loan_id", "issue_type", "renewed_date", "balance_yuan", "overdue_days"],
    *SIGNS,
    *["rollovers_count", "dscr", "state", "unknown_because"],
]


@dataclass(frozen=True)
class StressRules:
    """When a renewal is under stress; a dated quality policy with the same three names may stand in its place.

    Parameters
    ----------
    stressed_lookback_days : int
        Days before a renewal in which a sign counts.
    rollovers_count : int
        Rollovers without a lower principal from which repayment capacity is asked for.
    dscr_minimum : float
        Coverage below which such rollovers are stress.
    """

    stressed_lookback_days: int = 180
    rollovers_count: int = 3
    dscr_minimum: float = 1.0


@measure(optional=("loan_months",))
def stressed_renewals(
    loans: pd.DataFrame,
    loan_months: pd.DataFrame | None = None,
    *,
    coverage: pd.Series | None = None,
    as_of: Day,
    policy: StressRules = StressRules(),
) -> pd.DataFrame:
    """Judge every live renewal: under stress, normal, or not to be told from what is recorded.

    Answers "which of these current loans are current only because they were renewed?" A renewal,
    refinancing (借新还旧), extension (展期) or restructuring is under stress when, in the 180 days
    before it, the debt

    - ``was_overdue``: had days past due;
    - ``had_unpaid_interest``: had unpaid interest;
    - ``was_watched``: was special mention (关注) or worse;
    - ``covers_interest``: was raised by no more than the interest of its term, at most a year's (a larger raise
      is new money, a smaller amount is repayment);
    - ``is_rolled_over``: had been rolled over three times or more without a lower principal, with a DSCR below 1
      (both from policy).

    Any other is a normal renewal: one without principal repayment (无还本续贷) that keeps the rules is not arrears.

    Parameters
    ----------
    loans : DataFrame
        The ledger, closed loans included where it has them. Not modified.
    loan_months : DataFrame, optional
        Month-end days past due, class and balance of the loan that was replaced. Without it the ledger's own
        columns of that loan are used (first day overdue, unpaid interest, last class).
    coverage : Series, optional
        DSCR by ``customer_id``, where known.
    as_of : date
        The report's date. An extension in place has no date of its own: its window ends here.
    policy : StressRules
        The window, the number of rollovers and the coverage; or a quality policy that names them.

    Returns
    -------
    DataFrame
        One row per live renewal, by ``loan_id``; ``loan_id, customer_id, previous_loan_id, issue_type,
        renewed_date, balance_yuan, overdue_days``, the five flags above, ``rollovers_count``, ``dscr``
        (missing where unknown) and

        - ``state``: ``stressed``, ``normal`` or ``unknown``
        - ``unknown_because``: empty, ``no_previous_loan`` (the replaced loan is not in the data) or
          ``coverage_unknown`` (three rollovers, and no DSCR)

    Raises
    ------
    MissingTable, BadData
        As `loan_states.checked_loans`.

    Notes
    -----
    `Unknown` is counted apart and never assumed normal. Signs before the window, or never recorded, are not seen.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "previous_loan_id": [None, "L1"],
    ...     "issue_type": ["new", "renewal_without_principal"], "status": ["settled", "normal"],
    ...     "balance_yuan": [0.0, 5e5], "amount_yuan": [5e5, 5e5], "overdue_days": [0, 0], "yearly_rate": [0.05, 0.05],
    ...     "disbursed_date": pd.to_datetime(["2025-01-10", "2026-01-10"]),
    ...     "maturity_date": pd.to_datetime(["2026-01-10", "2027-01-10"]),
    ...     "first_overdue_date": pd.to_datetime(["2025-12-21", None]),
    ... })
    >>> stressed_renewals(loans, as_of="2026-06-30").set_index("loan_id").state.to_dict()
    {'L2': 'stressed'}
    """
    checked_loans(loans, needs=["amount_yuan", "disbursed_date"])
    found = _events(loans, pd.Timestamp(as_of))
    window = int(policy.stressed_lookback_days)
    months = _months_before(found, loan_months, window)
    before = _replaced(found, loans)
    signs = _signs(found, before, months, window)
    dscr = found["customer_id"].map(coverage) if coverage is not None else np.nan
    found = found.assign(**signs, dscr=pd.Series(dscr, index=found.index, dtype=float))
    often = found["rollovers_count"] >= int(policy.rollovers_count)
    found["is_rolled_over"] = often & (found["dscr"] < float(policy.dscr_minimum))
    unseen = before["loan_id"].isna() & ~found["evidence_id"].isin(months["loan_id"])
    because = np.select([unseen, often & found["dscr"].isna()], ["no_previous_loan", "coverage_unknown"], "")
    stressed = found[SIGNS].any(axis="columns")
    found["unknown_because"] = np.where(stressed, "", because)
    found["state"] = np.select([stressed, because != ""], ["stressed", "unknown"], "normal")
    return found.sort_values("loan_id").reset_index(drop=True)[COLUMNS]


def _events(loans: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """Live renewals, the loan whose past speaks for each, and the day on which the window ends."""
    known = ["loan_id", "customer_id", "balance_yuan", "overdue_days", "amount_yuan"]
    found = loans[known].assign(
        previous_loan_id=optional(loans, "previous_loan_id").astype(object),
        issue_type=optional(loans, "issue_type"),
        disbursed_date=pd.to_datetime(loans["disbursed_date"]),
        rollovers_count=debt_chains(loans)["rollovers_count"],
    )[is_live(loans) & is_renewed(loans)]
    in_place = ~found["issue_type"].isin(RENEWALS) | (
        found["issue_type"].isin(["extension", "restructure"]) & found["previous_loan_id"].isna()
    )
    return found.assign(
        in_place=in_place,
        evidence_id=found["previous_loan_id"].where(~in_place, found["loan_id"]),
        renewed_date=found["disbursed_date"].where(~in_place, today),
    ).reset_index(drop=True)


def _replaced(found: pd.DataFrame, loans: pd.DataFrame) -> pd.DataFrame:
    """The ledger's row of each loan that was replaced, in the order of `found`; missing where unknown."""
    rows = loans.assign(_key=loans["loan_id"].astype(object)).set_index("_key")
    return rows.reindex(found["evidence_id"]).set_index(found.index)


def _months_before(found: pd.DataFrame, loan_months: pd.DataFrame | None, window_days: int) -> pd.DataFrame:
    """Month ends of the replaced loans that fall into their window, with the place of their event."""
    if loan_months is None or loan_months.empty or found.empty:
        empty = {"loan_id": "object", "overdue_days": "float64", "class5": "object", "balance_yuan": "float64"}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in {**empty, "event": "int64"}.items()})
    events = found[["evidence_id", "renewed_date"]].assign(event=found.index)
    seen = loan_months[loan_months["loan_id"].isin(events["evidence_id"])]
    last_days = (month_numbers(seen["month"]) - 1970 * 12 + 1).astype("datetime64[M]").astype("datetime64[D]")
    seen = seen.assign(day=(last_days - np.timedelta64(1, "D")).astype("datetime64[s]"))
    seen = seen.merge(events, left_on="loan_id", right_on="evidence_id")
    age = (seen["renewed_date"] - seen["day"]).dt.days
    return seen[age.between(0, window_days)].sort_values(["event", "day"])


def _signs(found: pd.DataFrame, before: pd.DataFrame, months: pd.DataFrame, window_days: int) -> dict[str, pd.Series]:
    """Four of the five signs, each true only on evidence."""
    late = months.loc[months["overdue_days"] > 0, "event"]
    watched = months.loc[optional(months, "class5").isin(WATCHED_CLASSES), "event"]
    first_late = pd.to_datetime(optional(before, "first_overdue_date"))
    age = (found["renewed_date"] - first_late).dt.days
    ledger_late = age.between(0, window_days) | (before["overdue_days"].astype(float) > 0)
    debt = found.index.to_series().map(months.drop_duplicates("event", keep="last").set_index("event")["balance_yuan"])
    debt = debt.astype(float).where(debt > 0, before["amount_yuan"].astype(float))
    term_days = (pd.to_datetime(optional(before, "maturity_date")) - pd.to_datetime(before["disbursed_date"])).dt.days
    interest = debt * yuan(before, "yearly_rate") * term_days.clip(upper=DAYS_PER_YEAR) / DAYS_PER_BANK_YEAR
    raised = found["amount_yuan"] - debt
    return {
        "was_overdue": found.index.isin(late) | ledger_late,
        "had_unpaid_interest": yuan(before, "overdue_interest_yuan") > 0,
        "was_watched": found.index.isin(watched) | optional(before, "class5").isin(WATCHED_CLASSES),
        "covers_interest": ~found["in_place"] & (raised > TOLERANCE_YUAN) & (raised <= interest),
    }
