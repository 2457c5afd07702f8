"""Pay schemes for managers: what each would have paid for past loans, its cost, who gains and who loses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.documents import Bilingual
from microlib.contracts.rules import Scheme
from microlib.design.terms import Place, Written, read_dated
from microlib.errors import BadData, EmptyBook
from microlib.metrics.outcome import loan_outcomes
from microlib.stats.concentration import concentration

PART, TABLE = "incentives", "schemes"
COLUMNS = ["scheme", "rm_id", "loan_id", "month", "pay_yuan", "deferred_yuan", "clawed_back_yuan", "is_bad"]


def read_schemes(home: Place, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the schemes of ``data/policies/incentives.toml`` that are in force on a day.

    Raises
    ------
    BadConfig
        If the file breaks its model: see `terms.read_dated`.

    Examples
    --------
    >>> [scheme.code for scheme in read_schemes(".", as_of="2026-06-30")]
    ['piece_rate', 'volume_steps', 'deferred_quality']
    """
    found = read_dated(home, part=PART, table=TABLE, model=Scheme, as_of=as_of)
    return tuple(scheme for scheme in found if scheme.is_in_force)


def scheme_titles(schemes: Sequence[Written]) -> dict[str, Bilingual]:
    """Return the words of each scheme by code."""
    return {scheme.code: scheme.terms.title for scheme in schemes}


def first_code(schemes: Sequence[Written]) -> str:
    """Return the code of the scheme that stands first: the one the others are compared with."""
    return schemes[0].code


def replay_schemes(loans: pd.DataFrame, *, schemes: Sequence[Written]) -> pd.DataFrame:
    """Pay the loans of the past by each scheme.

    Answers "had we paid like this, what would each loan have earned its manager, and what would we have kept back?" A
    loan earns its piece and its share of the amount; a step of the month, the highest reached, is spread evenly over
    the month's loans, and is lost where more than `quality_share` of the manager's loans replayed went bad. The
    waiting part is kept back where the loan went bad by its day; where that day has not come it waits.

    Parameters
    ----------
    loans : DataFrame
        One row per loan that may be paid for: ``loan_id, rm_id, month`` (YYYY-MM), ``amount_yuan``,
        ``is_bad`` (boolean: it went bad by the month on book asked; missing: not known), ``is_linked`` (bool: the
        borrower is connected with one already paid for). Not modified.
    schemes : sequence of Written
        From `read_schemes`.

    Returns
    -------
    DataFrame
        One row per scheme and loan: ``scheme, rm_id, loan_id, month``; ``pay_yuan`` (all that it earns in the end),
        ``deferred_yuan`` (what waited), ``clawed_back_yuan`` (what was kept back, no part of the pay), ``is_bad``. The
        waiting part of a loan of which it is not known how it went is neither paid nor kept back.

    Raises
    ------
    BadData
        If there is no loan, or a column is missing.

    Notes
    -----
    The past is replayed as it was: under another scheme people would have acted otherwise.

    Examples
    --------
    >>> loans = pd.DataFrame({"loan_id": ["L1", "L2"], "rm_id": "R1", "month": "2026-01", "amount_yuan": [1e5, 2e5],
    ...                       "is_bad": [False, True], "is_linked": False})
    >>> found = replay_schemes(loans, schemes=read_schemes(".", as_of="2026-06-30"))
    >>> found[found.scheme == "deferred_quality"][["pay_yuan", "clawed_back_yuan"]].to_numpy().tolist()
    [[400.0, 0.0], [240.0, 160.0]]
    """
    wanted = ["loan_id", "rm_id", "month", "amount_yuan", "is_bad", "is_linked"]
    missing = [name for name in wanted if name not in loans]
    if missing or loans.empty:
        raise BadData("no loan to pay for", where=", ".join(missing) or "loans", fix="give loans with a manager")
    return pd.concat([_paid(loans, scheme.code, scheme.terms) for scheme in schemes], ignore_index=True)


def _paid(loans: pd.DataFrame, code: str, terms: Scheme) -> pd.DataFrame:
    counted = loans if terms.counts_linked else loans[~loans["is_linked"].astype(bool)]
    earned = terms.per_loan_yuan + float(terms.per_amount_share) * counted["amount_yuan"] + _steps(counted, terms)
    marks = counted["is_bad"].astype("boolean")
    bad, unknown = marks.fillna(False).astype(bool), marks.isna()
    waiting = earned * float(terms.deferred_share)
    kept = waiting.where(bad & terms.claws_back, 0.0)
    held = waiting.where((bad | unknown) & terms.claws_back, 0.0)
    found = counted.assign(
        scheme=code,
        pay_yuan=(earned - held).round(2),
        deferred_yuan=waiting.round(2),
        clawed_back_yuan=kept.round(2),
        is_bad=marks,
    )
    return found[COLUMNS]


def _steps(loans: pd.DataFrame, terms: Scheme) -> pd.Series:
    """The month's bonus, spread over its loans; lost by managers whose loans, as far as known, went bad too often."""
    months = loans.groupby(["rm_id", "month"])["loan_id"].transform("size")
    reached = [step.loans_count for step in terms.steps]
    bonus = np.array([0, *(step.bonus_yuan for step in terms.steps)], dtype=float)
    paid = bonus[np.searchsorted(reached, months, side="right")] / months
    share = loans["is_bad"].astype("Float64").groupby(loans["rm_id"]).transform("mean").to_numpy(float, na_value=np.nan)
    return paid.where(share <= float(terms.quality_share), 0.0)


#: a manager whose pay moves by less than this part of it stays the same
SAME_SHARE = 0.05


def scheme_totals(paid: pd.DataFrame) -> pd.DataFrame:
    """Sum what each scheme would have cost, and for what.

    Answers "what does it cost, and how much of it goes to loans that went bad?"

    Parameters
    ----------
    paid : DataFrame
        Result of `replay_schemes`. Not modified.

    Returns
    -------
    DataFrame
        One row per scheme, in their order: ``scheme, managers_count, loans_count, bad_count``,
        ``unknown_count`` (of which it is not known how they went); ``pay_yuan``,
        ``deferred_yuan``, ``clawed_back_yuan``, ``bad_pay_yuan`` (paid for loans that went bad), ``bad_pay_share``
        (fraction of the pay; missing where nothing is paid), ``pay_gini`` (0 .. 1: how unevenly
        managers paid anything are paid)

    Examples
    --------
    >>> paid = pd.DataFrame({"scheme": "a", "rm_id": ["R1", "R2"], "loan_id": ["L1", "L2"], "month": "2026-01",
    ...     "pay_yuan": [300.0, 100.0], "deferred_yuan": 0.0, "clawed_back_yuan": 0.0, "is_bad": [False, True]})
    >>> scheme_totals(paid)[["pay_yuan", "bad_pay_share", "pay_gini"]].iloc[0].to_list()
    [400.0, 0.25, 0.25]
    """
    marks = paid["is_bad"].astype("boolean")
    bad, unknown = marks.fillna(False).astype(bool), marks.isna()
    told = paid.assign(bad_pay_yuan=paid["pay_yuan"].where(bad, 0.0), is_bad=bad, unknown=unknown)
    groups = told.groupby("scheme", sort=False)
    sums = groups[["pay_yuan", "deferred_yuan", "clawed_back_yuan", "bad_pay_yuan"]].sum()
    sums.insert(0, "managers_count", groups["rm_id"].nunique())
    sums.insert(1, "loans_count", groups.size())
    sums.insert(2, "bad_count", groups["is_bad"].sum().astype("int64"))
    sums.insert(3, "unknown_count", groups["unknown"].sum().astype("int64"))
    spent = sums["pay_yuan"] > 0
    earning = told[told["pay_yuan"] > 0]
    unequal = concentration(earning, within="scheme", across="rm_id", amount="pay_yuan") if len(earning) else None
    gini = pd.Series(dtype=float) if unequal is None else unequal.set_index("scheme")["gini"]
    return sums.assign(
        bad_pay_share=(sums["bad_pay_yuan"] / sums["pay_yuan"]).where(spent),
        pay_gini=gini.reindex(sums.index),
    ).reset_index()


def scheme_changes(paid: pd.DataFrame, *, current: str) -> pd.DataFrame:
    """Count the managers whom a scheme pays more, less, or the same as another does.

    Answers "who would gain and who would lose?" in numbers of people, never in names.

    Parameters
    ----------
    paid : DataFrame
        Result of `replay_schemes`. Not modified.
    current : str
        Scheme compared with.

    Returns
    -------
    DataFrame
        One row per other scheme: ``scheme, gains_count, loses_count, same_count`` (moved by at most a twentieth),
        ``largest_gain_yuan``, ``largest_loss_yuan`` (>= 0)
    """
    table = paid.pivot_table(index="rm_id", columns="scheme", values="pay_yuan", aggfunc="sum", sort=False).fillna(0.0)
    if current not in table:
        raise BadData(f"nothing was paid under {current}", where="paid", fix="replay the current scheme too")
    base = table[current]
    moves = table.drop(columns=current).sub(base, axis="index")
    same = moves.abs().le(SAME_SHARE * np.maximum(table.drop(columns=current), base.to_numpy()[:, None]))
    found = {
        "gains_count": ((moves > 0) & ~same).sum(),
        "loses_count": ((moves < 0) & ~same).sum(),
        "same_count": same.sum(),
        "largest_gain_yuan": moves.max().clip(lower=0.0),
        "largest_loss_yuan": (-moves.min()).clip(lower=0.0),
    }
    return pd.DataFrame(found).rename_axis("scheme").reset_index()


def paid_loans(
    loans: pd.DataFrame, loan_months: pd.DataFrame, customers: pd.DataFrame, *, as_of: date, mob: int = 12
) -> pd.DataFrame:
    """Take the new loans of the year whose month on book `mob` has been seen.

    Answers "which loans would have been paid for, and which of them went bad by their twelfth month?"

    Parameters
    ----------
    loans : DataFrame[loans]
        New loans with a manager count; renewals do not. Not modified.
    loan_months : DataFrame[loan_months]
    customers : DataFrame[customers]
        ``customer_id, group_id``: a borrower whose group was lent to before within the year is connected.
    as_of : date
        Today; the year ends `mob` months before.
    mob : int
        Months on book after which a loan is judged.

    Returns
    -------
    DataFrame
        ``loan_id, rm_id, customer_id, month, amount_yuan, is_bad`` (more than 30 days late by then; missing where its
        month ends are not known up to that month), ``is_linked``

    Raises
    ------
    EmptyBook
        If no loan of that year has a manager.
    """
    end = pd.Timestamp(as_of) - pd.DateOffset(months=mob)
    day = pd.to_datetime(loans["disbursed_date"])
    fresh = loans["issue_type"].isin(("new", "transferred_in")) & loans["rm_id"].notna()
    held = loans[fresh & day.between(end - pd.DateOffset(months=12), end)].sort_values(["disbursed_date", "loan_id"])
    if held.empty:
        raise EmptyBook("no loan of that year has a manager", where="loans", fix="give loans their rm_id")
    seen = loan_outcomes(held, loan_months, as_of=as_of)
    bad = (seen["outcome"] == "bad") & (seen["month_on_book"] <= mob)
    ended = seen["outcome"].isin(("settled", "renewed", "transferred"))
    known = bad | ended | (seen["outcome"].isin(("bad", "open")) & (seen["month_on_book"] >= mob))
    group = held["customer_id"].map(customers.drop_duplicates("customer_id").set_index("customer_id")["group_id"])
    linked = group.notna() & (group != "") & group.duplicated()
    found = held[["loan_id", "rm_id", "customer_id", "amount_yuan"]].assign(
        month=day.dt.strftime("%Y-%m"), is_bad=bad.astype("boolean").where(known).array, is_linked=linked
    )
    return found.reset_index(drop=True)
