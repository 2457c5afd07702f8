"""An access rule tried on past applications (政策回放): whom it would have refused, and how they turned out.

`past_applications` holds only what was known on the day of each application.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import permutations

import numpy as np
import pandas as pd

from microlib.contracts.product import AccessRule, Product
from microlib.contracts.tables.ledger import BAD_CLASSES
from microlib.design.eligibility import rule_outcome
from microlib.errors import EmptyBook, NoOutcomes
from microlib.metrics.loans import BAD_DAYS
from microlib.metrics.products import GRANTED
from microlib.stats.grouping import whole_months
from microlib.stats.intervals import risk_ratio

#: of the customer file, which keeps no history: as it stands today
KEPT = ["kind", "size", "industry_code", "rating", "consents_invoices", "consents_flows", "is_related_party"]
WINDOW_MONTHS = 24
OBSERVED_MONTHS = 6
#: bad loans on the worse side under which nothing is said: one loan decides nothing
FEWEST_BAD = 2
#: a payout is matched to an application up to this many days apart
MATCHED_DAYS = 3


def past_applications(
    book: Mapping[str, pd.DataFrame], *, segments: pd.Series | None = None, observed_months: int = OBSERVED_MONTHS
) -> pd.DataFrame:
    """Gather each past application with what could be known of it then, and its outcome since.

    Answers "whom would today's rules have refused, and how did those we lent to turn out?" Only what stood in the
    tables before the day of the application counts: nothing that came later may explain the outcome.

    Parameters
    ----------
    book : mapping of frames
        ``applications``, ``customers``, ``loans``, ``loan_months``, ``invoices``; an absent table is an empty frame.
        Has the attribute ``as_of``. Not modified.
    segments : Series, optional
        Segment by ``customer_id``; by default ``segment`` is missing.
    observed_months : int
        A younger loan has not had time to go bad: its outcome is not known, unless it already has.

    Returns
    -------
    DataFrame
        One row per application, by ``application_id``

        - ``application_id, customer_id, product_id, segment, submitted_at, decision, granted_yuan, is_granted``
        - as known then: ``business_months``, ``overdue_days`` (at the month end before; missing where those of any loan
          are), ``balance_yuan``, ``is_npl`` (bad at that month end), ``invoice_months_count, void_share,
          negative_share`` (24 months before)
        - as the customer file stands today: ``kind, size, industry_code, rating, consents_invoices, consents_flows,
          is_related_party``
        - ``is_bad``: the loan paid out was ever more than 90 days overdue, substandard or worse, or written off;
          missing where no loan is found, it is too young, or of a month end neither days nor class are known
    """
    asked = book["applications"].sort_values("application_id", ignore_index=True)
    asked = asked[
        ["application_id", "customer_id", "product_id", "submitted_at", "decision", "granted_yuan", "disbursed_at"]
    ]
    file = book["customers"].set_index("customer_id").reindex(asked["customer_id"]).reset_index(drop=True)
    who = asked["customer_id"]
    return asked.drop(columns="disbursed_at").assign(
        segment=who.map(segments) if segments is not None else pd.Series(pd.NA, index=asked.index, dtype="str"),
        is_granted=asked["decision"].isin(GRANTED),
        business_months=whole_months(file["established_date"], asked["submitted_at"]),
        **{name: file[name] for name in KEPT},
        **_standing_then(asked, book["loans"], book["loan_months"]),
        **_invoices_then(asked, book["invoices"]),
        is_bad=_outcome(asked, book, observed_months=observed_months),
    )


def _standing_then(asked: pd.DataFrame, loans: pd.DataFrame, loan_months: pd.DataFrame) -> dict[str, pd.Series]:
    """Sum up the customer's loans at the month end before; missing where no history is held for that month."""
    before = (asked["submitted_at"].dt.to_period("M") - 1).astype("str")
    owner = loans.set_index("loan_id")["customer_id"]
    rows = loan_months.assign(customer_id=loan_months["loan_id"].map(owner))
    live = rows["balance_yuan"] > 0
    rows = rows.assign(
        late=rows["overdue_days"].where(live, 0),
        bad=live & _is_bad(rows),
        owed=rows["balance_yuan"].where(live, 0.0),
        gap=live & rows["overdue_days"].isna(),
        blind=_is_untold(rows),
    )
    names = {"late": "max", "bad": "max", "owed": "sum", "gap": "max", "blind": "max"}
    sums = rows.groupby(["customer_id", "month"]).agg(names)
    found = sums.reindex(pd.MultiIndex.from_arrays([asked["customer_id"], before])).reset_index(drop=True)
    is_held, bad = before.isin(set(loan_months["month"])), found["bad"].eq(True)
    return {
        "overdue_days": found["late"].astype("float64").fillna(0.0).where(is_held & ~found["gap"].eq(True)),
        "balance_yuan": found["owed"].astype("float64").fillna(0.0).where(is_held),
        "is_npl": found["bad"].astype("boolean").fillna(False).where(is_held & (bad | ~found["blind"].eq(True))),
    }


def _invoices_then(asked: pd.DataFrame, invoices: pd.DataFrame) -> dict[str, pd.Series]:
    """Read the invoice rules' figures from the 24 months before each application."""
    sales = invoices.loc[invoices["side"] == "sale", ["customer_id", "issued_date", "net_yuan", "status"]]
    pairs = asked[["application_id", "customer_id", "submitted_at"]].merge(sales, on="customer_id")
    since = pairs["submitted_at"] - pd.DateOffset(months=WINDOW_MONTHS)
    pairs = pairs[(pairs["issued_date"] < pairs["submitted_at"]) & (pairs["issued_date"] >= since)]
    void, valid = pairs["status"] == "void", pairs["status"] == "valid"
    back = (valid & (pairs["net_yuan"] < 0)).astype("float64") * pairs["net_yuan"].abs()
    sold = (valid & (pairs["net_yuan"] > 0)).astype("float64") * pairs["net_yuan"]
    month = pairs["issued_date"].dt.to_period("M").where(valid & (pairs["net_yuan"] > 0))
    sums = (
        pairs.assign(void=void, back=back, sold=sold, month=month)
        .groupby("application_id")
        .agg(months=("month", "nunique"), void=("void", "mean"), back=("back", "sum"), sold=("sold", "sum"))
        .reindex(asked["application_id"])
        .reset_index(drop=True)
    )
    return {
        "invoice_months_count": sums["months"].astype("float64"),
        "void_share": sums["void"].astype("float64"),
        "negative_share": sums["back"] / sums["sold"].where(sums["sold"] > 0),
    }


def _outcome(asked: pd.DataFrame, book: Mapping[str, pd.DataFrame], *, observed_months: int) -> pd.Series:
    """Find the loan each granted application led to, and whether it ever went bad."""
    names = ["loan_id", "customer_id", "disbursed_date", "overdue_days", "class5", "status", "balance_yuan"]
    loans = book["loans"][names]
    paid = asked.loc[asked["disbursed_at"].notna(), ["application_id", "customer_id", "disbursed_at"]]
    pairs = paid.merge(loans, on="customer_id")
    gap = (pairs["disbursed_at"].dt.normalize() - pairs["disbursed_date"]).dt.days.abs()
    pairs = pairs.assign(gap=gap)[gap <= MATCHED_DAYS].sort_values(["application_id", "gap", "loan_id"])
    first = pairs.drop_duplicates("application_id")
    history = book["loan_months"]
    ever = set(history.loc[_is_bad(history), "loan_id"])
    bad = first["loan_id"].isin(ever) | _is_bad(first) | (first["status"] == "written_off")
    old = first["disbursed_date"] <= pd.Timestamp(book.as_of) - pd.DateOffset(months=observed_months)
    old &= ~first["loan_id"].isin(history.loc[_is_untold(history), "loan_id"]) & ~_is_untold(first)
    known = bad.astype("boolean").where(bad | old)
    return known.set_axis(first["application_id"]).reindex(asked["application_id"]).reset_index(drop=True)


def _is_untold(rows: pd.DataFrame) -> pd.Series:
    """Say of which live loans neither days nor class are known: they are neither bad nor good."""
    return rows["overdue_days"].isna() & rows["class5"].isna() & (rows["balance_yuan"] > 0)


def _is_bad(rows: pd.DataFrame) -> pd.Series:
    worse = rows["class5"].isin(BAD_CLASSES)
    return (rows["overdue_days"] > BAD_DAYS).fillna(False).astype("bool") | worse.astype("bool")


SIDES = ("kept", "refused")
RATIO = ["ratio", "ratio_low", "ratio_high"]
RATES = [f"{side}_bad_{part}" for side in SIDES for part in ("rate", "low", "high")]
COLUMNS = [
    "rule",
    "observed_count",
    "unknown_count",
    "kept_count",
    "refused_count",
    "kept_bad_count",
    "refused_bad_count",
    *RATES,
    *RATIO,
    "refused_good_count",
    "good_per_bad",
    "refused_yuan",
    "finding",
]


def replay_access(
    past: pd.DataFrame, *, product: Product, method: str = "koopman", level: float = 0.95
) -> pd.DataFrame:
    r"""Try a product's access rules, one by one and together, on the applications that were granted.

    Answers "does this rule keep bad loans out, or only good customers?" Among granted applications whose outcome is
    known, with :math:`k` bad of :math:`n`:

    .. math:: ratio = \frac{k_{refused} / n_{refused}}{k_{kept} / n_{kept}}

    Parameters
    ----------
    past : DataFrame
        Result of `past_applications`. Not modified.
    product : Product
        Its ``access`` rules, as they stand today.
    method : {"koopman", "katz"}
        Interval of the ratio; see `stats.intervals.risk_ratio`. Katz gives none where a side has no bad loan.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        First ``all`` (refused by at least one rule), then one row per rule in the product's order

        - ``rule``; ``observed_count`` (granted, outcome known), of which ``unknown_count`` lack the rule's evidence,
          ``kept_count`` pass, ``refused_count`` fail; ``kept_bad_count, refused_bad_count``
        - ``kept_bad_rate, refused_bad_rate`` with ``_low, _high`` (fractions, Jeffreys), ``ratio`` with ``ratio_low,
          ratio_high``; missing where a side is empty, and where there is no end to them: nobody kept went bad
        - ``refused_good_count``: good borrowers the rule would have cost; ``good_per_bad``: per bad one kept out;
          ``refused_yuan``: granted to those refused
        - ``finding``: ``separates`` (the whole interval above 1), ``inverts`` (below 1), ``cannot_say`` (the interval
          holds 1, or one bad loan alone sets the sides apart), ``refuses_nobody``, ``not_replayed`` (its evidence of
          then is not kept)

    Raises
    ------
    NoOutcomes
        If no granted application has a known outcome.

    Notes
    -----
    Those refused then were never lent to: how they would have turned out is not known, and a rule that was already
    applied then refuses nobody now. A rule that names a figure without history is not replayed rather than tried on
    today's figure, which the outcome itself has shaped.
    """
    seen = past[past["is_granted"] & past["is_bad"].notna()].reset_index(drop=True)
    if seen.empty:
        raise NoOutcomes("no granted application has a known outcome", fix="load applications and loan_months")
    verdicts = rule_verdicts(seen, product=product)
    both = pd.concat([_together(verdicts).rename("all"), verdicts], axis="columns")
    rows = [_row(name, both[name], seen, way={"method": method, "level": level}) for name in both]
    return pd.DataFrame(rows, columns=COLUMNS)


def replay_products(past: pd.DataFrame, *, products: Sequence[Product]) -> pd.DataFrame:
    """Try each product's rules on the past applications of the groups that it is made for, never on the whole branch.

    Answers "which of our access rules tells bad from good among those whom it is meant for?"

    Parameters
    ----------
    past : DataFrame
        Result of `past_applications` with ``segment``. Not modified.
    products : sequence of Product
        Those made for groups that live in the branch; at least one.

    Returns
    -------
    DataFrame
        ``product`` (code) and the columns of `replay_access`, product by product; ``rule`` is
        ``<product>.<rule>``, as `rule_names` names it, or ``all``. A product none of whose group's loans has an outcome
        has no row.

    Raises
    ------
    EmptyBook
        If no product is made for a group that lives here.
    NoOutcomes
        If none of these groups has a granted application with a known outcome.
    """
    if not products:
        raise EmptyBook("no product is made for a group that lives here", where="products", fix="write one down")
    found = []
    for product in products:
        own = past[past["segment"].isin(product.segments)]
        with suppress(NoOutcomes):
            rows = replay_access(own, product=product)
            names = rows["rule"].where(rows["rule"] == "all", f"{product.code}." + rows["rule"])
            found.append(rows.assign(product=product.code, rule=names)[["product", *COLUMNS]])
    if not found:
        raise NoOutcomes("no application of these groups has a known outcome", fix="load applications and loan_months")
    return pd.concat(found, ignore_index=True)


def rule_names(products: Sequence[Product]) -> dict[str, AccessRule]:
    """Return the access rules of products under the names that `replay_products` gives them."""
    return {f"{product.code}.{rule.code}": rule for product in products for rule in product.access}


def refusing_rules(replays: pd.DataFrame) -> pd.DataFrame:
    """Keep the rules that would have refused somebody (`replay_products`), those that tell bad from good first."""
    held = replays[replays["refused_count"] > 0]
    rank = (held["finding"] != "separates").astype("int64")
    return held.assign(_rank=rank).sort_values("_rank", kind="stable", ignore_index=True).drop(columns="_rank")


def separating_rules(replays: pd.DataFrame) -> pd.DataFrame:
    """Keep the single rules that tell bad from good, the one that kept most bad loans out first."""
    apart = replays[(replays["finding"] == "separates") & (replays["rule"] != "all")]
    return apart.sort_values(["refused_bad_count", "ratio"], ascending=False, kind="stable", ignore_index=True)


def rule_overlap(past: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count how far the rules refuse the same people, over all past applications, granted or not.

    Answers "is this rule another's shadow?"

    Parameters
    ----------
    past : DataFrame
        Result of `past_applications`. Not modified.
    product : Product
        Its ``access`` rules.

    Returns
    -------
    DataFrame
        One row per ordered pair of rules: ``rule, other, failing_count`` (of the rule), ``both_count``,
        ``both_share`` (of the rule's failures that the other refuses too; missing where it refuses nobody),
        ``only_count`` (refused by this rule alone among all rules)
    """
    fails = rule_verdicts(past.reset_index(drop=True), product=product) == "fail"
    alone = fails[fails.sum(axis="columns") == 1].sum()
    rows = []
    for rule, other in permutations(fails.columns, 2):
        failing, shared = int(fails[rule].sum()), int((fails[rule] & fails[other]).sum())
        rows.append((rule, other, failing, shared, shared / failing if failing else np.nan, int(alone[rule])))
    columns = ["rule", "other", "failing_count", "both_count", "both_share", "only_count"]
    return pd.DataFrame(rows, columns=columns)


def rule_verdicts(past: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Return ``pass``, ``fail``, ``unknown`` or ``not_replayed`` for each application (rows) and rule (columns)."""
    return pd.DataFrame({rule.code: _verdict(past, rule) for rule in product.access}, index=past.index)


def _verdict(past: pd.DataFrame, rule: AccessRule) -> np.ndarray:
    if rule.column not in past:
        return np.full(len(past), "not_replayed", dtype=object)
    return rule_outcome(past, rule)


def _together(verdicts: pd.DataFrame) -> pd.Series:
    """Join the rules: refused by any, else unknown to any that was replayed, else kept."""
    refused, unknown = (verdicts == "fail").any(axis="columns"), (verdicts == "unknown").any(axis="columns")
    return pd.Series(np.select([refused, unknown], ["fail", "unknown"], "pass"), index=verdicts.index)


def _row(name: str, verdict: pd.Series, seen: pd.DataFrame, *, way: dict) -> dict:
    bad = seen["is_bad"].astype("bool")
    kept, refused = verdict == "pass", verdict == "fail"
    counts = {
        "rule": name,
        "observed_count": len(seen),
        "unknown_count": int(verdict.isin(["unknown", "not_replayed"]).sum()),
        "kept_count": int(kept.sum()),
        "refused_count": int(refused.sum()),
        "kept_bad_count": int((kept & bad).sum()),
        "refused_bad_count": int((refused & bad).sum()),
        "refused_good_count": int((refused & ~bad).sum()),
        "refused_yuan": float(seen.loc[refused, "granted_yuan"].sum()),
    }
    bads = counts["refused_bad_count"]
    found = _compared(counts, way=way) if counts["kept_count"] and counts["refused_count"] else {}
    return {
        **counts,
        **found,
        "good_per_bad": counts["refused_good_count"] / bads if bads else np.nan,
        "finding": _finding(verdict, counts, found),
    }


def _compared(counts: dict, *, way: dict) -> dict[str, float]:
    sides = {side: (counts[f"{side}_bad_count"], counts[f"{side}_count"]) for side in ("refused", "kept")}
    row = risk_ratio(sides["refused"], sides["kept"], **way).iloc[0]
    names = {"refused": "first", "kept": "second"}
    rates = {f"{side}_bad_{part}": row[f"{names[side]}_{part}"] for side in SIDES for part in ("rate", "low", "high")}
    return {**rates, **{name: row[name] if np.isfinite(row[name]) else np.nan for name in RATIO}}


def _finding(verdict: pd.Series, counts: dict, found: dict) -> str:
    if (verdict == "not_replayed").all():
        return "not_replayed"
    if not counts["refused_count"]:
        return "refuses_nobody"
    apart = found and found["ratio_low"] > 1 and counts["refused_bad_count"] >= FEWEST_BAD
    turned = found and found["ratio_high"] < 1 and counts["kept_bad_count"] >= FEWEST_BAD
    return "separates" if apart else "inverts" if turned else "cannot_say"
