"""Who may borrow: a product's access rules as a waterfall, and where those not served are sent."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from microlib.contracts.product_rules import AccessRule
from microlib.contracts.products import Product
from microlib.errors import BadData

OUTCOMES = ("eligible", "to_be_verified", "not_served")


def screen_applicants(applicants: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Apply the access rules in their order and say of each applicant what came out.

    Answers "whom do we serve, whom not and why, and of whom do we not know enough?" A rule whose evidence is missing
    neither passes nor fails: it is to be verified.

    Parameters
    ----------
    applicants : DataFrame
        Result of `applicants.applicant_frame`. Not modified.
    product : Product
        Its ``access`` rules.

    Returns
    -------
    DataFrame
        `applicants` with

        - ``outcome``: ``eligible``, ``to_be_verified`` (no rule fails, at least one lacks evidence), ``not_served``
        - ``failed_rule``: code of the first rule that fails, else missing
        - ``unverified_rules``: codes without evidence among rules before that one, with blanks between; may be empty

    Raises
    ------
    BadData
        If a column that a rule asks about is absent.
    """
    tests = [tested(applicants, rule) for rule in product.access]
    fails = np.array([verdict == "fail" for verdict in tests])
    unknown = np.array([verdict == "unknown" for verdict in tests])
    codes = np.array([rule.code for rule in product.access], dtype=object)
    first = np.where(fails.any(axis=0), fails.argmax(axis=0), len(codes))
    open_rules = [
        " ".join(codes[(unknown[:, place]) & (np.arange(len(codes)) < first[place])])
        for place in range(len(applicants))
    ]
    outcome = np.select([first < len(codes), unknown.any(axis=0)], ["not_served", "to_be_verified"], "eligible")
    return applicants.assign(
        outcome=pd.Series(outcome, index=applicants.index, dtype="str"),
        failed_rule=pd.Series(np.append(codes, None)[first], index=applicants.index, dtype="str"),
        unverified_rules=pd.Series(open_rules, index=applicants.index, dtype="str"),
    )


def access_waterfall(applicants: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count, rule by rule, who passes, who fails and who is to be verified among those still in.

    Parameters
    ----------
    applicants : DataFrame
        Result of `applicants.applicant_frame`. Not modified.

    Returns
    -------
    DataFrame
        One row per rule, ``step`` from 1, and a first row ``step`` 0, rule ``all``

        - ``rule`` (code), ``entering_count``, ``passing_count``, ``failing_count``, ``unverified_count`` (these three
          sum to entering), ``remaining_count`` (passing and unverified)
        - ``failing_alone_count``: who would fail the rule if it were the only one
        - ``remaining_share`` (fraction of all applicants)

    Raises
    ------
    BadData
        If a column that a rule asks about is absent.
    """
    total, still = len(applicants), np.ones(len(applicants), dtype=bool)
    rows = [(0, "all", total, total, 0, 0, total, 0)]
    for step, rule in enumerate(product.access, 1):
        verdict = tested(applicants, rule)
        entering, failing = int(still.sum()), int((still & (verdict == "fail")).sum())
        passing, unknown = int((still & (verdict == "pass")).sum()), int((still & (verdict == "unknown")).sum())
        still &= verdict != "fail"
        alone = int((verdict == "fail").sum())
        rows.append((step, rule.code, entering, passing, failing, unknown, int(still.sum()), alone))
    names = ["entering", "passing", "failing", "unverified", "remaining", "failing_alone"]
    frame = pd.DataFrame(rows, columns=["step", "rule", *(f"{name}_count" for name in names)])
    return frame.assign(remaining_share=frame["remaining_count"] / max(total, 1))


def not_served_list(screened: pd.DataFrame, *, product: Product) -> pd.DataFrame:
    """Count those not served by the product's own exclusions, for page one.

    Parameters
    ----------
    screened : DataFrame
        Result of `screen_applicants`. Not modified.

    Returns
    -------
    DataFrame
        One row per exclusion, then one per access rule that no exclusion names but someone fails

        - ``exclusion`` (code), ``rule`` (code, missing where no rule counts them), ``customers_count`` (missing then)
        - ``said_zh, said_en, refer_zh, refer_en``: the product's own words for who it is and where they are sent
    """
    counts = screened["failed_rule"].value_counts()
    named = {item.rule for item in product.not_served}
    rest = [rule for rule in product.access if rule.code not in named and counts.get(rule.code, 0)]
    listed = [(item.code, item.rule, item) for item in product.not_served]
    listed += [(rule.code, rule.code, rule) for rule in rest]
    return pd.DataFrame({
        "exclusion": [code for code, _, _ in listed],
        "rule": pd.Series([rule for _, rule, _ in listed], dtype="str"),
        "customers_count": pd.Series([_count(counts, rule) for _, rule, _ in listed], dtype="Int64"),
        "is_failed_rule": [code == rule for code, rule, _ in listed],
        "said_zh": [item.said.zh for _, _, item in listed],
        "said_en": [item.said.en for _, _, item in listed],
        "refer_zh": [item.refer_to.zh for _, _, item in listed],
        "refer_en": [item.refer_to.en for _, _, item in listed],
    })  # fmt: skip


def _count(counts: pd.Series, rule: str | None) -> int | None:
    return None if rule is None else int(counts.get(rule, 0))


def tested(applicants: pd.DataFrame, rule: AccessRule) -> np.ndarray:
    """Return ``pass``, ``fail`` or ``unknown`` for each applicant under one rule.

    Raises
    ------
    BadData
        If the column that the rule asks about is absent.
    """
    if rule.column not in applicants:
        raise BadData(f"no column {rule.column} for rule {rule.code}", where="applicants", fix="use applicant_frame")
    values = applicants[rule.column]
    wanted = float(rule.value) if isinstance(rule.value, Decimal) else rule.value
    holds = {
        "at_least": lambda: values >= wanted,
        "at_most": lambda: values <= wanted,
        "equals": lambda: values == wanted,
        "one_of": lambda: values.isin(wanted),
        "none_of": lambda: ~values.isin(wanted),
    }[rule.test]()
    passed = holds.fillna(False).to_numpy(dtype=bool)
    return np.select([values.isna().to_numpy(), passed], ["unknown", "pass"], "fail")
