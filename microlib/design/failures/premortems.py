"""Twelve failure modes held against a product's own figures, and the stop rules that they become."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from microlib.contracts.failure_modes import FailureMode
from microlib.contracts.product_rules import StopRule
from microlib.design.dated_tables import Written, read_dated
from microlib.design.terms import Product

COLUMNS = [
    "mode", "title_zh", "title_en", "sign_zh", "sign_en", "owner_zh", "owner_en", "watched", "test", "trigger_value",
    "value", "state", "action", "basis", "loss_yuan", "loss_state", "is_covered", "status",
]  # fmt: skip
STATES = ("fires", "unknown", "holds", "not_applicable")


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
        Result of `losses.loss_bases`.

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


def mode_stop_rules(modes: tuple[Written, ...], *, product: Product) -> tuple[StopRule, ...]:
    """Return the stop rules that a product lacks: one per mode that applies and whose figure nobody watches yet.

    Returns
    -------
    tuple of StopRule
        Codes are those of the modes; of two modes that watch one figure the first gives the rule.

    Examples
    --------
    >>> from microlib.design.terms import read_product
    >>> stall = read_product(".", product="market_stall", as_of="2026-06-30")
    >>> modes = read_modes(".", as_of="2026-06-30")
    >>> "linked_borrowers" in [rule.code for rule in mode_stop_rules(modes, product=stall)]
    True
    """
    watched, found = {rule.watched for rule in product.stop_rules}, []
    for mode in modes:
        terms = mode.terms
        if terms.watched and terms.watched not in watched and _applies(terms, product):
            watched.add(terms.watched)
            found.append(_rule(mode))
    return tuple(found)


def with_stop_rules(product: Product, *, modes: tuple[Written, ...]) -> Product:
    """Return the product with the stop rules added that its failure modes ask for, for `evaluate_stop_rules`."""
    added = mode_stop_rules(modes, product=product)
    written = {**product.model_dump(), "stop_rules": [*product.stop_rules, *added]}
    return Product.model_validate(written)


def _rule(mode: Written) -> StopRule:
    terms = mode.terms
    return StopRule(
        code=mode.code, watched=terms.watched, test=terms.test, value=terms.trigger, action=terms.action,
        owner=terms.owner, said=terms.title, source=mode.source,
    )  # fmt: skip


def _applies(mode: FailureMode, product: Product) -> bool:
    fits = not mode.methods or product.repayment.method in mode.methods
    return fits and (not mode.sources or product.limit.source in mode.sources)


def _row(mode: Written, *, product: Product, figures: Mapping[str, float], bases: Mapping[str, float]) -> tuple:
    terms, applies = mode.terms, _applies(mode.terms, product)
    value = figures.get(terms.watched, np.nan) if applies else np.nan
    loss = terms.share * bases.get(terms.basis, np.nan) if applies else np.nan
    loss_state = "not_applicable" if not applies else "unknown" if np.isnan(loss) else "computed"
    return (
        mode.code, terms.title.zh, terms.title.en, terms.sign.zh, terms.sign.en, terms.owner.zh, terms.owner.en,
        terms.watched or "", terms.test or "", None if terms.trigger is None else float(terms.trigger), value,
        _state(terms, value) if applies else "not_applicable", terms.action, terms.basis, loss, loss_state,
        terms.watched in {rule.watched for rule in product.stop_rules}, mode.status,
    )  # fmt: skip


def _state(mode: FailureMode, value: float) -> str:
    if mode.watched is None or np.isnan(value):
        return "unknown"
    past = value > float(mode.trigger) if mode.test == "above" else value < float(mode.trigger)
    return "fires" if past else "holds"


def early_premortem(modes: tuple[Written, ...], product: Product, losses: pd.DataFrame) -> pd.DataFrame:
    """Hold the failure modes against what is known before a design is made: the loss if the worst source stops.

    Parameters
    ----------
    modes : tuple of Written
        Result of `read_modes`.
    product : Product
        Of the scene.
    losses : DataFrame
        Result of ``metrics.sources.loss_if_stopped``. Not modified.

    Returns
    -------
    DataFrame
        Columns of `premortem`; what a design must compute first is ``unknown``.
    """
    worst = float(losses["loss_high_yuan"].max()) if len(losses) else float("nan")
    known = {} if np.isnan(worst) else {"worst_source_loss_yuan": worst}
    return premortem(modes, product=product, figures=known, bases={"source_stop_loss_yuan": worst})
