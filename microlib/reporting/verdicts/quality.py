"""What the quality measures say: the committee's ratios, the four PARs, a rate against the appetite."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, is_blank, judged, rate_of, sentence


def committee_ratios(ratios: pd.DataFrame) -> Sentence:
    """Say the committee's ratios (`metrics.quality.committee_ratios`, whole book) in one heading."""
    rows = _by_measure(ratios)
    npl, overdue = rate_of(rows["npl"], "share"), rate_of(rows["overdue30"], "share")
    return [
        sentence(
            "committee_ratios", npl_share=npl, watched_share=rows["special_mention"]["share"], overdue_share=overdue
        )
    ]


def committee_remarks(ratios: pd.DataFrame) -> list[Sentence]:
    """Say what the committee's ratios hide: late loans not booked as bad, bad debt formed, loans without a class."""
    rows = _by_measure(ratios)
    late, formed, npl = rows["overdue90_to_npl"], rows["npl_formation"], rows["npl"]
    said = []
    if not is_blank(late["share"]):
        key = "late_loans_not_bad" if late["share"] > 1 else "late_loans_are_bad"
        said.append(sentence(key, late_share=late["share"]))
    if is_blank(formed["share"]):
        said.append(sentence("formation_unknown", exits_share=rate_of(rows["npl_with_exits"], "share")))
    else:
        said.append(sentence("formation", formed_share=rate_of(formed, "share"), formed_yuan=formed["hit_yuan"]))
    if npl["unknown_count"] > 0:
        said.append(sentence("unclassed", loans_count=npl["unknown_count"], balance_yuan=npl["unknown_yuan"]))
    return said


def four_pars(pars: pd.DataFrame) -> Sentence:
    """Say the PAR30 plainly, with stressed renewals, and with what was written off (`metrics.pars.four_pars`)."""
    rows = _by_measure(pars)
    plain, adjusted = rate_of(rows["par30_plain"], "share"), rows["par30_adjusted"]
    if is_blank(adjusted["share"]):
        return sentence("four_pars_plain", par30_share=plain)
    key = "four_pars_hidden" if adjusted["share"] > plain.value else "four_pars_same"
    exits = rows["par30_adjusted_with_exits"]["share"]
    return sentence(key, par30_share=plain, adjusted_par30_share=rate_of(adjusted, "share"), exits_share=exits)


def par_remarks(pars: pd.DataFrame) -> list[Sentence]:
    """Say how many renewals could not be judged, and what last year's book would show."""
    rows = _by_measure(pars)
    adjusted, lagged = rows["par30_adjusted"], rows["par30_plain_lagged"]
    said = []
    if not is_blank(adjusted["unknown_count"]) and adjusted["unknown_count"] > 0:
        said.append(
            sentence("renewals_unjudged", loans_count=adjusted["unknown_count"], balance_yuan=adjusted["unknown_yuan"])
        )
    if is_blank(lagged["share"]):
        return [*said, sentence("lagged_unknown")]
    plain = rows["par30_plain"]
    key = "lagged_diluted" if lagged["share_low"] > plain["share_high"] else "lagged"
    return [*said, sentence(key, lagged_share=lagged["share"], plain_share=plain["share"])]


def against_appetite(shares: pd.DataFrame, *, measure: str, appetite: float) -> Sentence:
    """Say whether one measure's whole interval lies inside the appetite, outside it, or neither (不可判)."""
    rate = rate_of(_by_measure(shares)[measure], "share")
    return sentence(
        f"appetite_{judged(rate, float(appetite))}", measure=measure, rate_share=rate, appetite_share=float(appetite)
    )


def renewals(states: pd.DataFrame) -> Sentence:
    """Say how many renewals are stressed, normal, or not to be told (`metrics.renewals.stressed_renewals`)."""
    if states.empty:
        return sentence("renewals_none")
    by = states.groupby("state").agg(loans_count=("loan_id", "size"), balance_yuan=("balance_yuan", "sum"))
    by = by.reindex(["stressed", "normal", "unknown"], fill_value=0)
    values = {f"{state}_{part}": by.loc[state, part] for state in by.index for part in by.columns}
    return sentence("renewals", **values)


def first_payment_defaults(defaults: pd.DataFrame) -> Sentence:
    """Say the share of fresh loans that missed their first payment (`metrics.first_payments`)."""
    row = defaults.iloc[0]
    if is_blank(row["default_rate"]):
        return sentence("first_payments_none")
    rate = rate_of(row, "default_rate")._replace(count=row["observed_count"])
    return sentence(
        "first_payments", default_rate=rate, default_count=row["default_count"], default_yuan=row["default_yuan"]
    )


def _by_measure(shares: pd.DataFrame) -> dict[str, pd.Series]:
    return {row["measure"]: row for _, row in shares.iterrows()}


VERDICTS = {
    "committee_ratios": committee_ratios,
    "committee_remarks": committee_remarks,
    "four_pars": four_pars,
    "par_remarks": par_remarks,
    "against_appetite": against_appetite,
    "renewals": renewals,
    "first_payment_defaults": first_payment_defaults,
}
