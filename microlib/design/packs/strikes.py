"""Stress on sized lines: scenarios, single quantities, what would lose a year's margin, and smaller caps."""

from __future__ import annotations

from typing import Any

import pandas as pd

from microlib.design.packs.attempts import attempt
from microlib.design.stress import drivers, frontiers, losses


def strike_results(
    lines: pd.DataFrame, asked: pd.DataFrame, *, stresses: Any, policy: Any, terms: dict[str, Any]
) -> dict[str, Any]:
    """Strike the lines with everything that is written down.

    Parameters
    ----------
    lines, asked : DataFrame
        Results of `stress.lines.stress_lines` and `stress.lines.with_source_kinds`. Not modified.
    stresses : StressBook
    policy : StressPolicy
    terms : dict
        ``product, policy, default_rates`` as `frontiers.cap_frontier` takes them.

    Returns
    -------
    dict
        ``scenarios, tornado, breaking_points, cap_frontier``, each a frame or why there is none.
    """
    held = {"stresses": stresses, "policy": policy}
    scenarios = attempt(losses.scenario_losses, lines, **held)
    known = attempt(lambda _: lines, scenarios)
    return {
        "scenarios": scenarios,
        "tornado": attempt(drivers.driver_tornado, known, **held),
        "breaking_points": attempt(drivers.breaking_points, known, **held),
        "cap_frontier": attempt(lambda _: frontiers.cap_frontier(asked, stresses=stresses, **terms), known),
    }
