"""Sentences on the book: size, NPL, PAR30, vintage, maturities, single sources, whether the data tie out."""

from __future__ import annotations

import pandas as pd

from microlib.report.sentences import Sentence, interval_position, rate_of, sentence
from microlib.report.words import is_blank


def committee_ratios(ratios: pd.DataFrame) -> Sentence:
    """Say the committee's ratios (`metrics.quality.committee_ratios`, whole book) in one heading."""
    rows = _by_measure(ratios)
    names = {"npl_share": "npl", "watched_share": "special_mention", "overdue_share": "overdue30"}
    return [sentence("committee_ratios", **{name: rows[measure]["share"] for name, measure in names.items()})]


def committee_remarks(ratios: pd.DataFrame) -> list[Sentence]:
    """Say what the committee's ratios hide: late loans not booked as bad, bad debt formed, loans without a class."""
    rows = _by_measure(ratios)
    late, formed, npl = rows["overdue90_to_npl"], rows["npl_formation"], rows["npl"]
    said = []
    if not is_blank(late["share"]):
        key = "late_loans_not_bad" if late["share"] > 1 else "late_loans_are_bad"
        said.append(sentence(key, late_share=late["share"]))
    if is_blank(formed["share"]):
        said.append(sentence("formation_unknown", exits_share=rows["npl_with_exits"]["share"]))
    else:
        said.append(sentence("formation", formed_share=formed["share"], formed_yuan=formed["hit_yuan"]))
    if npl["unknown_count"] > 0:
        said.append(sentence("unclassed", loans_count=npl["unknown_count"], balance_yuan=npl["unknown_yuan"]))
    return said


def four_pars(pars: pd.DataFrame) -> Sentence:
    """Say the PAR30 plainly, with stressed renewals, and with what was written off (`metrics.quality.four_pars`)."""
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
        f"appetite_{interval_position(rate, float(appetite))}",
        measure=measure,
        rate_share=rate,
        appetite_share=float(appetite),
    )


def renewals(states: pd.DataFrame) -> Sentence:
    """Say how many renewals are stressed, normal, or not to be told (`metrics.arrears.stressed_renewals`)."""
    if states.empty:
        return sentence("renewals_none")
    by = states.groupby("state").agg(loans_count=("loan_id", "size"), balance_yuan=("balance_yuan", "sum"))
    by = by.reindex(["stressed", "normal", "unknown"], fill_value=0)
    values = {f"{state}_{part}": by.loc[state, part] for state in by.index for part in by.columns}
    return sentence("renewals", **values)


def first_payment_defaults(defaults: pd.DataFrame) -> Sentence:
    """Say the share of fresh loans that missed their first payment (`metrics.arrears.first_payments`)."""
    row = defaults.iloc[0]
    if is_blank(row["default_rate"]):
        return sentence("first_payments_none")
    rate = rate_of(row, "default_rate")._replace(count=row["observed_count"])
    return sentence(
        "first_payments", default_rate=rate, default_count=row["default_count"], default_yuan=row["default_yuan"]
    )


def _by_measure(shares: pd.DataFrame) -> dict[str, pd.Series]:
    return {row["measure"]: row for _, row in shares.iterrows()}


def maturing(horizons: pd.DataFrame) -> Sentence:
    """Say what matures within the nearest and the farthest horizon (`metrics.arrears.maturing`)."""
    near, far = horizons.iloc[0], horizons.iloc[-1]
    if far["loans_count"] == 0:
        return sentence("maturing_none", horizon_days=far["horizon_days"])
    unsure = {"customers_count": near["customers_count"], "balance_yuan": near["balance_yuan"]}
    values = {
        "horizon_days": near["horizon_days"],
        **unsure,
        "far_days": far["horizon_days"],
        "far_yuan": far["balance_yuan"],
        "far_count": far["customers_count"],
    }
    return sentence("maturing", **values)


def maturing_sources(horizons: pd.DataFrame) -> Sentence:
    """Say for how much of what matures nobody has confirmed a repayment source."""
    far = horizons.iloc[-1]
    if far["loans_count"] == 0:
        return sentence("maturing_sources_none")
    if far["unknown_loans_count"] == far["loans_count"]:
        return sentence(
            "maturing_sources_unrecorded", horizon_days=far["horizon_days"], balance_yuan=far["balance_yuan"]
        )
    names = ("unconfirmed_customers_count", "unconfirmed_yuan", "unknown_customers_count", "unknown_yuan")
    unsure = (far["unconfirmed_yuan"] + far["unknown_yuan"]) / far["balance_yuan"]
    values = {"horizon_days": far["horizon_days"], "unsure_share": unsure, **{name: far[name] for name in names}}
    return sentence("maturing_sources", **values)


def loans_turning_bad(crossing: pd.DataFrame) -> Sentence:
    """Say how many loans turn bad before the month ends if nothing is paid (`metrics.arrears.loans_turning_bad`)."""
    if crossing.empty:
        return sentence("crossing_none")
    values = {
        "loans_count": len(crossing),
        "balance_yuan": crossing["balance_yuan"].sum(),
        "first_date": crossing["crossing_date"].min(),
        "month": f"{crossing['crossing_date'].min():%Y-%m}",
    }
    return sentence("crossing", **values)


def warnings(rows: pd.DataFrame) -> Sentence:
    """Say the warnings of page 1 that struck at least one loan (`metrics.arrears.warnings`)."""
    struck = rows[rows["loans_count"] > 0]
    if struck.empty:
        unknown = list(rows.loc[rows["unknown_count"] > 0, "warning"])
        return sentence("warnings_unknown", warning=unknown) if unknown else sentence("warnings_none")
    worst = struck.loc[struck["balance_yuan"].idxmax()]
    return sentence(
        "warnings",
        warning=list(struck["warning"]),
        worst=worst["warning"],
        loans_count=worst["loans_count"],
        balance_yuan=worst["balance_yuan"],
    )


def vintage(curve: pd.DataFrame) -> Sentence:
    """Say the share of the amount lent that went bad by the last month on book (`stats.vintage.vintage_curve`)."""
    last = curve.iloc[-1]
    rate = rate_of(last, "bad_share")._replace(count=_lent(curve))
    return sentence("vintage", month_on_book=last["month_on_book"], bad_share=rate)


def vintage_methods(curve: pd.DataFrame) -> Sentence:
    """Say why the two curves differ: settled and renewed loans left the risk; loans not yet observed did not."""
    last = curve.iloc[-1]
    left = {name: last[name] for name in ("settled_share", "renewed_share")}
    values = {"bad_share": last["bad_share"], "km_share": last["km_share"], **left}
    exits = last["settled_share"] + last["renewed_share"] + last["transferred_share"] > 0
    if last["km_share"] > last["bad_share"] and exits:
        return sentence("vintage_exits", **values)
    return sentence("vintage_censored", bad_share=last["bad_share"], km_share=last["km_share"], open_count=_open(curve))


def _lent(curve: pd.DataFrame) -> float | None:
    return curve["at_risk_count"].iloc[0] if "at_risk_count" in curve else None


def _open(curve: pd.DataFrame) -> float:
    """Loans last seen before the last month: those the curve ends with were watched to its end."""
    return curve["open_count"].iloc[:-1].sum() if "open_count" in curve else 0


def book_size(size: pd.DataFrame) -> Sentence:
    """Say borrowers, loans and balance (`metrics.book.book_size`)."""
    row = size.iloc[0]
    if row["customers_count"] == 0:
        return sentence("book_empty")
    names = ("customers_count", "loans_count", "balance_yuan", "average_yuan")
    return sentence("book_size", **{name: row[name] for name in names})


def top_source(top: pd.DataFrame) -> Sentence:
    """Name the source on which most of the book hangs (`metrics.book.top_source`)."""
    if top.empty:
        return sentence("top_source_none")
    names = ("source_kind", "source_id", "borrowers_count", "balance_yuan", "top_source_share")
    return sentence("top_source", **{name: top.iloc[0][name] for name in names})


def book_spread(spread: pd.DataFrame) -> Sentence:
    """Say over how many parts the book is spread, and what the largest hold (`metrics.book.book_spread`)."""
    row = spread.iloc[0]
    names = ("across", "parts_count", "effective_parts", "largest_share", "cr10_share")
    key = "book_spread_customers" if row["across"] == "customer_id" else "book_spread"
    return sentence(key, **{name: row[name] for name in names})


def default_rates(rates: pd.DataFrame) -> Sentence:
    """Say the default share of all customers whose file says so (`metrics.defaults.default_rates`)."""
    row = rates.iloc[0]
    if is_blank(row["default_share"]):
        return sentence("defaults_unknown")
    return sentence("default_rates", default_share=rate_of(row, "default_share"), bad_count=row["bad_count"])


def default_rates_by(rates: pd.DataFrame, *, within: str) -> Sentence:
    """Name the groups with the highest and the lowest default share, and whether their intervals part."""
    known = rates[rates["default_share"].notna()]
    if len(known) < 2:
        return sentence("defaults_not_compared")
    worst, best = known.loc[known["default_share"].idxmax()], known.loc[known["default_share"].idxmin()]
    key = "defaults_differ" if worst["default_share_low"] > best["default_share_high"] else "defaults_overlap"
    values = {"worst_share": rate_of(worst, "default_share"), "best_share": rate_of(best, "default_share")}
    return sentence(key, worst_group=str(worst[within]), best_group=str(best[within]), **values)


def pool_totals(totals: pd.DataFrame) -> list[Sentence]:
    """Say voids and returns of either side of a pool's invoices (`metrics.invoices.pool_totals`)."""
    names = ("side", "firms_count", "invoices_count", "void_share", "negative_share")
    return [sentence("pool_totals", **{name: row[name] for name in names}) for _, row in totals.iterrows()]


def actions(listed: pd.DataFrame) -> Sentence:
    """Say how many actions are due, and the first of them (`design.decisions.list_actions`)."""
    if listed.empty:
        return sentence("actions_none")
    first = {name: listed.iloc[0][name] for name in ("due_date", "segment", "step", "owner")}
    return sentence("actions", actions_count=len(listed), **first)


def affected_balances(balances: pd.DataFrame) -> Sentence:
    """Name the source on which most balance depends (`metrics.sources.affected_balances`)."""
    if balances.empty:
        return sentence("sources_none")
    worst = _largest(balances, "affected_yuan")
    if worst["affected_yuan"] <= 0:
        largest = _largest(balances, "unknown_yuan")
        return sentence("sources_undepending", source_id=largest["source_id"], unknown_yuan=largest["unknown_yuan"])
    names = ["source_id", "affected_count", "affected_yuan"]
    if worst["unknown_yuan"] <= 0:
        return sentence("sources_affected", **{name: worst[name] for name in names})
    return sentence("sources_affected_partly", **{name: worst[name] for name in [*names, "unknown_yuan"]})


def loss_if_stopped(losses: pd.DataFrame) -> Sentence:
    """Say what is lost if the worst source pays nothing for ninety days (`metrics.sources.loss_if_stopped`).

    Without flows no loss is told: then, as where there is none, on whom balance depends (`affected_balances`).
    """
    if losses.empty:
        return sentence("sources_none")
    if "loss_high_yuan" not in losses or losses["loss_high_yuan"].max() <= 0:
        return affected_balances(losses)
    worst = _largest(losses, "loss_high_yuan")
    names = ("source_id", "affected_yuan", "gap_count", "gap_yuan", "loss_low_yuan", "loss_high_yuan")
    key = "sources_loss_venue" if worst["source_kind"] == "venue" else "sources_loss"
    return sentence(key, **{name: worst[name] for name in names})


def untested_sources(losses: pd.DataFrame) -> Sentence:
    """Say how many affected borrowers could not be tested, because no cash flow of theirs is on file."""
    untested = losses["untested_count"].sum() if len(losses) else 0
    if untested == 0:
        return sentence("sources_tested")
    return sentence("sources_untested", untested_count=untested, untested_yuan=losses["untested_yuan"].sum())


def source_headroom(headroom: pd.DataFrame) -> Sentence:
    """Name the sources whose exposure is over the cap (`metrics.sources.source_headroom`)."""
    over = headroom[headroom["headroom_yuan"] < 0]
    if headroom.empty:
        return sentence("sources_none")
    if over.empty:
        capped = headroom.dropna(subset=["headroom_yuan"])
        if capped.empty:
            return sentence("headroom_uncapped")
        least = capped.loc[capped["headroom_yuan"].idxmin()]
        return sentence("headroom_left", source_id=least["source_id"], headroom_yuan=least["headroom_yuan"])
    worst = over.loc[over["headroom_yuan"].idxmin()]
    return sentence(
        "headroom_exceeded",
        sources_count=len(over),
        source_id=worst["source_id"],
        exposure_yuan=worst["exposure_yuan"],
        cap_yuan=worst["cap_yuan"],
    )


def concentration(indices: pd.DataFrame) -> Sentence:
    """Say how many equal parts the book is worth, and what its largest part holds (`stats.concentration`)."""
    row = indices.iloc[0]
    names = ("parts_count", "effective_parts", "largest_part", "largest_share", "cr3_share")
    return sentence("concentration", **{name: row[name] for name in names})


def _largest(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame.loc[frame[column].idxmax()]


def control_differences(differences: pd.DataFrame) -> Sentence:
    """Say whether customers, balance and arrears tie out (`metrics.book.control_differences`)."""
    differing = differences[differences["state"] == "differs"]
    if differences["control"].isna().all():
        return sentence("no_control_totals")
    if differing.empty:
        return sentence("totals_tie")
    worst = differing.loc[differing["difference_share"].idxmax()]
    return sentence(
        "totals_differ",
        total=list(differing["total"]),
        largest_total=worst["total"],
        difference_share=worst["difference_share"],
    )


def table_coverage(coverage: pd.DataFrame) -> Sentence:
    """Say how many of the contract's tables are there and up to which data level."""
    present = coverage[coverage["state"] == "present"]
    return sentence(
        "tables_present",
        tables_count=len(present),
        all_count=len(coverage),
        level=0 if present.empty else int(present["level"].max()),
    )


def missing_tables(coverage: pd.DataFrame) -> list[Sentence]:
    """Name the tables of which there is no row."""
    absent = coverage[coverage["state"] != "present"]
    return [sentence("tables_missing", table=list(absent["table"]))] if len(absent) else []


def findings(found: pd.DataFrame) -> Sentence:
    """Say what ingest noticed and did not block (``book.findings``)."""
    if found.empty:
        return sentence("findings_none")
    by = found.groupby("severity")["rows_count"].agg(["size", "sum"]).reindex(["warn", "note"], fill_value=0)
    return sentence(
        "findings",
        warnings_count=by.loc["warn", "size"],
        warned_rows_count=by.loc["warn", "sum"],
        notes_count=by.loc["note", "size"],
    )


def column_readings(readings: pd.DataFrame) -> Sentence:
    """Say how many columns of how many files were read (``book.column_readings``)."""
    if readings.empty:
        return sentence("columns_read_none")
    return sentence("columns_read", files_count=readings["file"].nunique(), columns_count=len(readings))


def ratio_changes(changes: pd.DataFrame) -> list[Sentence]:
    """Say balance and quality today, beside the month end before and that of a year ago (`quality.ratio_changes`).

    What became current and is still to be traced is no improvement: the share with it stands beside.
    """
    now = changes.set_index("figure")
    if "untraced30_share" not in now.index:
        return [_state(now)]
    late, balance = now.loc["untraced30_share"], now.loc["balance_yuan", "after"]
    told = {"untraced30_share": late["after"]}
    told["untraced_yuan"] = (late["after"] - now.loc["overdue30_share", "after"]) * balance
    return [_state(now), sentence("state_untraced", **told)]


def _state(now: pd.DataFrame) -> Sentence:
    shares = {name: f"{name}_share" for name in ("npl", "overdue30", "special_mention")}
    values = {column: now.loc[column, "after"] for column in shares.values()}
    values |= {name: now.loc[name, "after"] for name in ("balance_yuan", "customers_count")}
    npl, balance = now.loc["npl_share"], now.loc["balance_yuan"]
    if is_blank(npl["month_change"]):
        return sentence("state_today", **values)
    values |= {"opening_yuan": balance["after"] - balance["month_change"]}
    values |= {"before_share": npl["after"] - npl["month_change"]}
    if is_blank(npl["year_change"]):
        return sentence("state_month", **values)
    return sentence("state_year", **values, year_before_share=npl["after"] - npl["year_change"])


def npl_bridges(bridges: pd.DataFrame) -> list[Sentence]:
    """Say what moved bad loans since the last month end: cash, or write-offs and sales (`migration.npl_bridge`)."""
    yuan, count = (bridges.set_index("move")[f"month_{part}"] for part in ("yuan", "count"))
    erased = yuan["written_off"] + yuan["transferred"]
    values = {
        "opening_yuan": yuan["opening"],
        "closing_yuan": yuan["closing"],
        "new_count": count["new"] + count["appeared"],
        "new_yuan": yuan["new"] + yuan["appeared"],
        "recovered_yuan": yuan["recovered"],
        "erased_yuan": erased,
    }
    if not yuan.any():
        return [sentence("bridge_none")]
    fallen = "bridge_erased" if erased > yuan["recovered"] else "bridge_paid"
    said = [sentence("bridge_risen" if yuan["closing"] >= yuan["opening"] else fallen, **values)]
    for move, key in {"renewed": "bridge_renewed", "upgraded": "bridge_upgraded"}.items():
        said += [sentence(key, **{f"{move}_yuan": yuan[move]})] if yuan[move] > 0 else []
    return said


def bridge_remarks(bridges: pd.DataFrame) -> list[Sentence]:
    """Say how bad loans left over the year, and what came or went without a record of the way."""
    rows = bridges.set_index("move")
    year, months = rows["year_yuan"], int(rows["year_months"].iloc[0])
    said = []
    if months > 1 and year.drop(["opening", "closing"]).any():
        told = {f"{name}_yuan": year[name] for name in ("new", "recovered", "renewed", "upgraded")}
        told |= {"erased_yuan": year["written_off"] + year["transferred"], "months_count": months}
        said.append(sentence("bridge_year", **told))
    odd = rows.loc[["appeared", "untraced"]]
    if odd["month_yuan"].any():
        names = {f"{move}_{part}": odd.loc[move, f"month_{part}"] for move in odd.index for part in ("count", "yuan")}
        said.append(sentence("bridge_untraced", **names))
    return said


def cleared_arrears(cleared: pd.DataFrame) -> list[Sentence]:
    """Say what became current again in the last month, where it was more than in any month before, or none is known."""
    last = cleared.iloc[-1]
    if not last["loans_count"]:
        return []
    names = ("loans_count", "cleared_yuan", "former_most_yuan")
    values = {**{name: last[name] for name in names}, "months_count": len(cleared) - 1}
    if is_blank(last["former_most_yuan"]):
        return [sentence("cleared_only", **values)]
    return [sentence("cleared_most", **values)] if last["is_most"] else []


def tracing(asked: pd.DataFrame) -> list[Sentence]:
    """Say who finds out by when whose money paid late and bad loans (`design.decisions.tracing_decisions`)."""
    names = ("owner", "due_date", "step", "amount_yuan")
    return [sentence("tracing", **{name: getattr(row, name) for name in names}) for row in asked.itertuples()]


VERDICTS = {
    "tracing": tracing,
    "ratio_changes": ratio_changes,
    "npl_bridges": npl_bridges,
    "bridge_remarks": bridge_remarks,
    "cleared_arrears": cleared_arrears,
    "committee_ratios": committee_ratios,
    "committee_remarks": committee_remarks,
    "four_pars": four_pars,
    "par_remarks": par_remarks,
    "against_appetite": against_appetite,
    "renewals": renewals,
    "first_payment_defaults": first_payment_defaults,
    "maturing": maturing,
    "maturing_sources": maturing_sources,
    "crossing_loans": loans_turning_bad,
    "warnings": warnings,
    "vintage": vintage,
    "vintage_methods": vintage_methods,
    "book_size": book_size,
    "top_source": top_source,
    "book_spread": book_spread,
    "default_rates": default_rates,
    "default_rates_by": default_rates_by,
    "pool_totals": pool_totals,
    "actions": actions,
    "affected_balances": affected_balances,
    "loss_if_stopped": loss_if_stopped,
    "untested_sources": untested_sources,
    "source_headroom": source_headroom,
    "concentration": concentration,
    "control_differences": control_differences,
    "table_coverage": table_coverage,
    "missing_tables": missing_tables,
    "findings": findings,
    "column_readings": column_readings,
}
