"""The failure modes held against one product in one branch."""

from __future__ import annotations

from typing import Any

from microlib.design.failures import losses, premortems


def failure_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Hold every failure mode against the design, with its loss.

    Returns
    -------
    dict of DataFrame
        ``failure_modes`` (`premortems.premortem`).
    """
    figures, modes = found["figures"], premortems.read_modes(book.home, as_of=book.as_of)
    bases = losses.loss_bases(
        found["limits"], volume=found["volume"], watched=figures, product=product, policy=policy.stress
    )
    return {"failure_modes": premortems.premortem(modes, product=product, figures=figures, bases=bases)}
