"""What hangs on one source of repayment: affected balance, loss if it stops, headroom, concentration."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, sentence


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
    """Say what is lost if the worst source pays nothing for ninety days (`metrics.sources.loss_if_stopped`)."""
    if losses.empty:
        return sentence("sources_none")
    worst = _largest(losses, "loss_high_yuan")
    if worst["loss_high_yuan"] <= 0:
        return affected_balances(losses)
    names = ("source_id", "affected_yuan", "gap_count", "gap_yuan", "loss_low_yuan", "loss_high_yuan")
    return sentence("sources_loss", **{name: worst[name] for name in names})


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
        least = headroom.loc[headroom["headroom_yuan"].idxmin()]
        return sentence("headroom_left", source_id=least["source_id"], headroom_yuan=least["headroom_yuan"])
    worst = over.loc[over["headroom_yuan"].idxmin()]
    return sentence("headroom_exceeded", sources_count=len(over), source_id=worst["source_id"],
                    exposure_yuan=worst["exposure_yuan"], cap_yuan=worst["cap_yuan"])  # fmt: skip


def concentration(indices: pd.DataFrame) -> Sentence:
    """Say how many equal parts the book is worth, and what its largest part holds (`metrics.concentrations`)."""
    row = indices.iloc[0]
    names = ("parts_count", "effective_parts", "largest_part", "largest_share", "cr3_share")
    return sentence("concentration", **{name: row[name] for name in names})


def _largest(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame.loc[frame[column].idxmax()]


VERDICTS = {
    "affected_balances": affected_balances,
    "loss_if_stopped": loss_if_stopped,
    "untested_sources": untested_sources,
    "source_headroom": source_headroom,
    "concentration": concentration,
}
