"""An access rule tried on past applications (政策回放): whom it would have refused, and how they turned out."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd

from microlib.contracts.product_rules import AccessRule
from microlib.contracts.products import Product
from microlib.design.eligibility import tested
from microlib.errors import NoOutcomes
from microlib.metrics.risk_ratios import risk_ratio

SIDES = ("kept", "refused")
FINDINGS = ("separates", "inverts", "cannot_say", "refuses_nobody", "not_replayed")
RATIO = ["ratio", "ratio_low", "ratio_high"]
RATES = [f"{side}_bad_{part}" for side in SIDES for part in ("rate", "low", "high")]
COLUMNS = [
    "rule", "observed_count", "unknown_count", "kept_count", "refused_count", "kept_bad_count", "refused_bad_count",
    *RATES, *RATIO, "refused_good_count", "good_per_bad", "refused_yuan", "finding",
]  # fmt: skip


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
        Result of `pasts.past_applications`. Not modified.
    product : Product
        Its ``access`` rules, as they stand today.
    method : {"koopman", "katz"}
        Interval of the ratio; see `metrics.risk_ratios.risk_ratio`. Katz gives none where a side has no bad loan.
    level : float
        Two-sided confidence.

    Returns
    -------
    DataFrame
        First ``all`` (refused by at least one rule), then one row per rule in the product's order

        - ``rule``; ``observed_count`` (granted, outcome known), of which ``unknown_count`` lack the rule's evidence,
          ``kept_count`` pass, ``refused_count`` fail; ``kept_bad_count, refused_bad_count``
        - ``kept_bad_rate, refused_bad_rate`` with ``_low, _high`` (fractions, Jeffreys), ``ratio`` with ``ratio_low,
          ratio_high``; missing where a side is empty
        - ``refused_good_count``: good borrowers the rule would have cost; ``good_per_bad``: per bad one kept out;
          ``refused_yuan``: granted to those refused
        - ``finding``: ``separates`` (the whole interval above 1), ``inverts`` (below 1), ``cannot_say``,
          ``refuses_nobody``, ``not_replayed`` (its evidence then is not kept)

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


def rule_overlap(past: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count how far the rules refuse the same people, over all past applications, granted or not.

    Answers "is this rule another's shadow?"

    Parameters
    ----------
    past : DataFrame
        Result of `pasts.past_applications`. Not modified.
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
    return tested(past, rule)


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
    return {**rates, **{name: row[name] for name in RATIO}}


def _finding(verdict: pd.Series, counts: dict, found: dict) -> str:
    if (verdict == "not_replayed").all():
        return "not_replayed"
    if not counts["refused_count"]:
        return "refuses_nobody"
    if not found or not (found["ratio_low"] > 1 or found["ratio_high"] < 1):
        return "cannot_say"
    return "separates" if found["ratio_low"] > 1 else "inverts"
