"""Twelve failure modes held against a product's own figures: triggers and losses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.policy import StressPolicy
from microlib.contracts.product import Product
from microlib.contracts.rules import FailureMode
from microlib.design.terms import Written, read_dated
from microlib.stats.grouping import one_row, told_apart


def loss_bases(
    limits: pd.DataFrame, *, volume: pd.DataFrame, watched: Mapping[str, float], product: Product, policy: StressPolicy
) -> dict[str, float]:
    r"""Gather the yuan that each kind of failure would touch in the pilot, high case.

    .. math:: margin = m B, \quad gap = \max(0, m\,u\,(pilot - V_{low})), \quad
        selection = \max(0, PD_{up} - PD_{mean})\,LGD\,B, \quad stop = V s_{max} PD_{stop} LGD_{stop}

    with :math:`m` the margin over the floor (no less than 0), :math:`u` the part of a line drawn, :math:`B` the balance
    and :math:`V` the volume of the high case, :math:`s_{max}` the share of the heaviest source.

    Parameters
    ----------
    limits, volume : DataFrame
        Results of `limits.size_limits` (with ``cash_source`` where known) and `volume.expected_volume`. Not modified.
    watched : mapping
        Result of `volume.watched_figures` and `manager_figures`.
    product : Product
        Pilot and used part.
    policy : StressPolicy
        High case of default and loss once something has stopped.

    Returns
    -------
    dict
        Yuan a year by basis; a basis without evidence is left out.
    """
    high, low = (one_row(volume, "volume", case=case) for case in ("high", "low"))
    margin = max(watched.get("floor_margin_rate", np.nan), 0.0) if "floor_margin_rate" in watched else np.nan
    stop = policy.pd_high * policy.lgd_high
    unmet = max(product.volumes.pilot_yuan - low["volume_yuan"], 0.0) * float(product.volumes.used_share)
    spread = max(high["pd_rate"] - low["pd_rate"], 0.0) * high["lgd_share"]
    group = _largest_share(limits, "group_key")
    found = {
        "margin_gap_yuan": margin * unmet,
        "selection_loss_yuan": spread * high["balance_yuan"],
        "source_stop_loss_yuan": watched.get("worst_source_loss_yuan", np.nan),
        "group_loss_yuan": group * high["volume_yuan"] * stop,
        "volume_loss_yuan": high["volume_yuan"] * policy.pd_low * policy.lgd_low,
        "balance_yuan": high["balance_yuan"],
        "margin_yuan": margin * high["balance_yuan"],
        "invoice_margin_yuan": margin * high["balance_yuan"] * watched.get("invoice_share", np.nan),
        "manager_margin_yuan": margin * high["balance_yuan"] * watched.get("top_manager_share", np.nan),
    }
    return {name: float(value) for name, value in found.items() if not np.isnan(value)}


def failure_figures(
    applicants: pd.DataFrame, limits: pd.DataFrame, *, loans: pd.DataFrame, applications: pd.DataFrame
) -> dict[str, float]:
    """Find further figures that stop rules watch: groups, managers, evidence, exceptions, speed.

    Parameters
    ----------
    applicants, limits : DataFrame
        Results of `eligibility.screen_applicants` and `limits.size_limits`. Not modified, nor is any other frame.
    loans : DataFrame[loans]
        Of the members; ``rm_id`` may be missing.
    applications : DataFrame[applications]
        Of the members, past and present; may be empty.

    Returns
    -------
    dict
        ``largest_group_share`` (of sized lines), ``invoice_share`` (of sized lines that rest on invoices),
        ``top_manager_share`` (of members' balance), ``exception_share`` (of granted applications), ``approval_days``
        (median, application to money); a figure without evidence is left out
    """
    told_apart(applicants, key=["customer_id"], table="applicants")
    sized = limits[limits["limit_yuan"] > 0]
    rests = sized["customer_id"].map(applicants.set_index("customer_id")["cash_source"]) == "invoices"
    managed = loans.dropna(subset=["rm_id"]).groupby("rm_id")["balance_yuan"].sum()
    granted = applications[applications["granted_yuan"].fillna(0) > 0]
    waited = (applications["disbursed_at"] - applications["submitted_at"]).dt.total_seconds() / 86_400
    found = {
        "largest_group_share": _largest_share(limits, "group_key"),
        "invoice_share": sized.loc[rests, "limit_yuan"].sum() / sized["limit_yuan"].sum() if len(sized) else np.nan,
        "top_manager_share": managed.max() / managed.sum() if managed.sum() > 0 else np.nan,
        "exception_share": granted["is_exception"].astype("Float64").mean() if len(granted) else np.nan,
        "approval_days": waited.median(),
    }
    return {name: float(value) for name, value in found.items() if not pd.isna(value)}


def _largest_share(limits: pd.DataFrame, key: str) -> float:
    sums = limits.groupby(key)["limit_yuan"].sum()
    return float(sums.max() / sums.sum()) if sums.sum() > 0 else float("nan")


COLUMNS = [
    "mode",
    "title_zh",
    "title_en",
    "sign_zh",
    "sign_en",
    "owner_zh",
    "owner_en",
    "watched",
    "test",
    "trigger_value",
    "value",
    "state",
    "action",
    "basis",
    "loss_yuan",
    "loss_state",
    "is_covered",
    "status",
]


def read_modes(home: object, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the failure modes in force on a day.

    Raises
    ------
    BadConfig
        If a mode is not dated, names no source, or watches a figure that the workbench does not know.

    Examples
    --------
    >>> len(read_modes(".", as_of="2026-06-30"))
    12
    """
    found = read_dated(home, part="failure_modes", table="modes", model=FailureMode, as_of=as_of)
    return tuple(mode for mode in found if mode.is_in_force)


def premortem(
    modes: tuple[Written, ...], *, product: Product, figures: Mapping[str, float], bases: Mapping[str, float]
) -> pd.DataFrame:
    r"""Hold each failure mode against what is known today, with its loss.

    Answers "it is a year from now and the product has failed: how, what did it cost, and what would have told us?"

    .. math:: loss = share \cdot basis

    Parameters
    ----------
    modes : tuple of Written
        Result of `read_modes`.
    product : Product
        Kind of source, repayment and stop rules.
    figures : mapping
        Watched figures known today.
    bases : mapping
        Result of `loss_bases`.

    Returns
    -------
    DataFrame
        One row per mode, in the file's order

        - ``mode``, ``title``, ``sign`` (what is seen first) and ``owner`` in ``_zh`` and ``_en``
        - ``watched, test, trigger_value, value``; empty or missing where a person must look or nothing is known
        - ``state``: ``holds``, ``fires``, ``unknown``, ``not_applicable``; ``action`` when it fires
        - ``basis, loss_yuan`` (a year, high case), ``loss_state``: ``computed``, ``unknown``, ``not_applicable``
        - ``is_covered``: a stop rule of the product already watches that figure; ``status``
    """
    rows = [_row(mode, product=product, figures=figures, bases=bases) for mode in modes]
    return pd.DataFrame(rows, columns=COLUMNS).astype(
        {"trigger_value": "float64", "value": "float64", "loss_yuan": "float64"}
    )


def _applies(mode: FailureMode, product: Product) -> bool:
    fits = not mode.methods or product.repayment.method in mode.methods
    return fits and (not mode.sources or product.limit.source in mode.sources)


def _row(mode: Written, *, product: Product, figures: Mapping[str, float], bases: Mapping[str, float]) -> tuple:
    terms, applies = mode.terms, _applies(mode.terms, product)
    value = figures.get(terms.watched, np.nan) if applies else np.nan
    loss = terms.share * bases.get(terms.basis, np.nan) if applies else np.nan
    loss_state = "not_applicable" if not applies else "unknown" if np.isnan(loss) else "computed"
    return (
        mode.code,
        terms.title.zh,
        terms.title.en,
        terms.sign.zh,
        terms.sign.en,
        terms.owner.zh,
        terms.owner.en,
        terms.watched or "",
        terms.test or "",
        None if terms.trigger is None else float(terms.trigger),
        value,
        _state(terms, value) if applies else "not_applicable",
        terms.action,
        terms.basis,
        loss,
        loss_state,
        terms.watched in {rule.watched for rule in product.stop_rules},
        mode.status,
    )


def _state(mode: FailureMode, value: float) -> str:
    if mode.watched is None or np.isnan(value):
        return "unknown"
    past = value > float(mode.trigger) if mode.test == "above" else value < float(mode.trigger)
    return "fires" if past else "holds"


def early_premortem(
    modes: tuple[Written, ...],
    product: Product,
    losses: pd.DataFrame,
    delays: pd.DataFrame,
    judged: pd.DataFrame,
) -> pd.DataFrame:
    """Hold the failure modes against what is known before a design is made: late payers, and the loss if one stops.

    Parameters
    ----------
    modes : tuple of Written
        Result of `read_modes`.
    product : Product
        Of the scene.
    losses : DataFrame
        Result of ``metrics.sources.loss_if_stopped``; sources of the product's own kind count. Not modified.
    delays : DataFrame
        Result of ``metrics.payables.payment_delays``. Not modified.
    judged : DataFrame
        Result of `judgement.source_judgements`: where it stops a core that is told here for its days to pay, the sign
        of late payment shows, whatever the days past the agreed one. Not modified.

    Returns
    -------
    DataFrame
        Columns of `premortem`; what a design must compute first is ``unknown``.
    """
    worst = float(losses.loc[losses["source_kind"] == product.limit.source, "loss_high_yuan"].max())
    told = {"worst_source_loss_yuan": worst, "payment_delay_days": float(delays["delay_days"].max())}
    known = {name: value for name, value in told.items() if not np.isnan(value)}
    found = premortem(modes, product=product, figures=known, bases={"source_stop_loss_yuan": worst})
    slow = judged.loc[judged["step"] == "stop_behind_core", "segment"]
    if not delays["core_id"].isin(slow).any():
        return found
    seen = (found["watched"] == "payment_delay_days") & found["state"].isin(["holds", "unknown"])
    return found.assign(state=found["state"].mask(seen, "fires"))
