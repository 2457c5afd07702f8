"""What a supply chain's pages say: reach, days to pay, exposure, claims, control, coverage."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.formats import Rate
from microlib.reporting.verdicts.sentences import Sentence, is_blank, rate_of, sentence

#: state or measure -> its sentence
CAPS = {"over": "caps_over", "near": "caps_near", "within": "caps_within"}
DILUTED = {"dilution": "diluted_dilution", "disputed": "diluted_disputed"}


def chain_reach(reach: pd.DataFrame) -> Sentence:
    """Say how many suppliers of cores are ours and what they owe, or that there is no core (`payables.tiers`)."""
    row = reach.iloc[0]
    if row["cores_count"] == 0:
        return sentence("chain_none")
    names = ("cores_count", "managed_count", "suppliers_count", "borrowers_count", "balance_yuan", "book_share")
    return sentence("chain_reach", **{name: row[name] for name in names})


def chain_tiers(tiers: pd.DataFrame) -> Sentence:
    """Name the core whose first tier owes us most."""
    first = tiers[tiers["tier"] == 1]
    row = first.loc[first["balance_yuan"].idxmax()]
    names = ("core_id", "suppliers_count", "customers_count", "borrowers_count", "balance_yuan")
    return sentence("chain_tiers", **{name: row[name] for name in names})


def chain_decision(tiers: pd.DataFrame) -> Sentence:
    """Say how much of the second tier we know, and what to do about it."""
    second = tiers[tiers["tier"] == 2]
    return sentence("chain_decision", seen_count=second["suppliers_count"].sum(),
                    known_count=second["customers_count"].sum())  # fmt: skip


def payment_days(trends: pd.DataFrame, days: pd.DataFrame) -> Sentence:
    """Name the core that pays later than a year ago, else the slowest (`payables.payment_trends`)."""
    later = trends[trends["trend"] == "later"]
    if len(later):
        row = later.loc[later["change_days"].idxmax()]
        names = ("core_id", "median_days", "change_days", "change_low_days", "change_high_days")
        return sentence("payment_later", **{name: row[name] for name in names})
    known = days.dropna(subset=["median_days"])
    if known.empty:
        return sentence("payment_unknown", unpaid_count=days["unpaid_count"].sum())
    row = known.loc[known["median_days"].idxmax()]
    unclear = trends.loc[trends["trend"] == "unclear", "core_id"].to_list()
    key = "payment_unclear" if unclear else "payment_steady"
    told = {"core_id": row["core_id"], "median_days": row["median_days"]}
    return sentence(key, **told)


def payment_terms(terms: pd.DataFrame, within: pd.DataFrame) -> list[Sentence]:
    """Say per core what contract and law ask, and which part is paid within the legal term."""
    rows = within.merge(terms, on="core_id")
    return [_term(row) for _, row in rows.iterrows()]


def _term(row: pd.Series) -> Sentence:
    base = {"core_id": row["core_id"], "contract_days": row["contract_days"], "legal_basis": row["legal_basis"]}
    if is_blank(row["legal_days"]):
        return sentence("term_not_applicable", **base)
    key = "term_kept" if is_blank(row["beyond_days"]) else "term_beyond"
    more = {} if key == "term_kept" else {"beyond_days": row["beyond_days"]}
    return sentence(key, **base, **more, legal_days=row["legal_days"], within_share=rate_of(row, "within_share"))


def payment_decision(trends: pd.DataFrame) -> Sentence:
    """Say what to do about cores by how their payments moved."""
    later = trends.loc[trends["trend"] == "later", "core_id"].to_list()
    return sentence("payment_decision_stop", core_id=later) if later else sentence("payment_decision_go")


def core_caps(caps: pd.DataFrame) -> Sentence:
    """Say which core is over or near the cap that its payables support (`supply.core_caps`)."""
    row = caps.iloc[0]
    names = ("core_id", "exposure_yuan", "direct_yuan", "balance_yuan", "proposed_cap_yuan", "headroom_yuan")
    return sentence(CAPS[row["state"]], **{name: row[name] for name in names})


def caps_decision(caps: pd.DataFrame) -> Sentence:
    """Say what follows for new lending behind each core."""
    tight = caps.loc[caps["state"] != "within", "core_id"].to_list()
    return sentence("caps_decision_stop", core_id=tight) if tight else sentence("caps_decision_go")


def two_books(books: pd.DataFrame) -> Sentence:
    """Say what the default of the largest core costs in both books, counted once."""
    row = books.loc[(books["corporate_yuan"] + books["small_yuan"]).idxmax()]
    names = ["core_id", "corporate_yuan", "small_yuan", "affected_yuan"]
    if is_blank(row["loss_high_yuan"]):
        return sentence("books_unknown", **{name: row[name] for name in names})
    return sentence("books", **{name: row[name] for name in [*names, "loss_low_yuan", "loss_high_yuan"]})


def core_news(cores: pd.DataFrame) -> Sentence:
    """Name cores with public bad news on file."""
    told = cores[cores["bad_news_date"].notna()]
    if told.empty:
        return sentence("news_none", cores_count=len(cores))
    return sentence("news", core_id=told["core_id"].to_list(), last_date=told["bad_news_date"].max())


def dilutions(shares: pd.DataFrame) -> list[Sentence]:
    """Say the largest deduction and the largest dispute over cores (`payables.deductions`)."""
    found = []
    for measure, key in DILUTED.items():
        rows = shares[(shares["measure"] == measure)].dropna(subset=["share"])
        if len(rows):
            row = rows.loc[rows["share"].idxmax()]
            found.append(sentence(key, core_id=row["core_id"], share=_rate(row)))
    return found or [sentence("diluted_unknown")]


def claims(twins: pd.DataFrame, financed: pd.DataFrame) -> Sentence:
    """Say how many pairs and payables are to be looked into, and how many were ruled out."""
    counts = {name: (int((rows["state"] == "open").sum()), len(rows)) for name, rows in
              (("twins", twins), ("claims", financed))}  # fmt: skip
    values = {"twins_count": counts["twins"][0], "claims_count": counts["claims"][0],
              "ruled_out_count": counts["twins"][1] - counts["twins"][0], "financed_count": counts["claims"][1],
              "excess_yuan": float(financed["excess_yuan"].sum())}  # fmt: skip
    return sentence("payables_open" if counts["twins"][0] + counts["claims"][0] else "payables_clear", **values)


def claims_decision(twins: pd.DataFrame, financed: pd.DataFrame) -> Sentence:
    """Say what to do before the next payment out."""
    is_open = (twins["state"] == "open").any() or (financed["state"] == "open").any()
    return sentence("claims_decision_check" if is_open else "claims_decision_go")


def captures(rates: pd.DataFrame) -> Sentence:
    """Say the weakest capture rate over cores (`payables.captures`)."""
    rows = rates[rates["measure"] == "captured"].dropna(subset=["share"])
    if rows.empty:
        return sentence("captures_unknown")
    row = rows.loc[rows["share_low"].idxmin()]
    return sentence("captures", core_id=row["core_id"], share=_rate(row))


def turned_receipts(turned: pd.DataFrame) -> Sentence:
    """Say how many suppliers' receipts arrived elsewhere, and how many only moved to another account here."""
    open_rows = turned[turned["state"] == "open"]
    moved = int((turned["reason"] == "moved_here").sum())
    values = {"customers_count": open_rows["customer_id"].nunique(), "moved_count": moved}
    if open_rows.empty:
        return sentence("turned_none_open", **values)
    return sentence("turned_open", **values, elsewhere_yuan=open_rows["elsewhere_yuan"].sum())


def control_decision(ladder: pd.DataFrame) -> Sentence:
    """Say how many suppliers stand on rungs that carry no or the full advance."""
    low = ladder.loc[ladder["advance_share"] == 0, "suppliers_count"].sum()
    top = ladder.loc[ladder["control_level"] == "acknowledged", "suppliers_count"].sum()
    return sentence("control_decision", low_count=low, top_count=top, suppliers_count=ladder["suppliers_count"].sum())


def _rate(row: pd.Series) -> Rate:
    return Rate(row["share"], row["share_low"], row["share_high"], row["base_customers_count"])


VERDICTS = {
    "chain_reach": chain_reach, "chain_tiers": chain_tiers, "chain_decision": chain_decision,
    "payment_days": payment_days, "payment_terms": payment_terms, "payment_decision": payment_decision,
    "core_caps": core_caps, "caps_decision": caps_decision, "two_books": two_books, "core_news": core_news,
    "dilutions": dilutions, "claims": claims, "claims_decision": claims_decision, "captures": captures,
    "turned_receipts": turned_receipts, "control_decision": control_decision,
}  # fmt: skip
