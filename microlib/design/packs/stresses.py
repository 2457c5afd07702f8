"""Every named stress held against one product's lines in one branch."""

from __future__ import annotations

from typing import Any

from microlib.design.packs.strikes import strike_results
from microlib.design.stress import lines as stressed
from microlib.design.stress.scenarios import read_scenarios, scenario_register


def stress_titles(home: Any) -> dict[str, dict[str, str]]:
    """Return what each scenario and each driver is called, by its code."""
    written = read_scenarios(home)
    return {each.code: {"zh": each.said.zh, "en": each.said.en} for each in (*written.scenarios, *written.drivers)}


def stress_results(book: Any, found: dict[str, Any], *, product: Any, policy: Any) -> dict[str, Any]:
    """Find what each scenario costs, which quantity matters most, and what would lose a year's margin.

    Parameters
    ----------
    book : Branch
        ``core_enterprises``; its home holds the scenarios. Not modified.
    found : dict
        Results of `lines.line_results` and `rates.price_results`. Not modified.
    product, policy : Product, Policy

    Returns
    -------
    dict
        ``stress_lines`` (one row per sized line), ``scenario_register``, and those of `strikes.strike_results`; where
        no line was sized, or none earns a margin, the refusal stands in the result's place.
    """
    written = read_scenarios(book.home)
    asked = stressed.with_source_kinds(found["screened"], product=product, core_enterprises=book["core_enterprises"])
    terms = {"product": product, "policy": policy, "default_rates": found["rates"]}
    lines = stressed.stress_lines(found["limits"], applicants=asked, **terms)
    more = strike_results(lines, asked, stresses=written, policy=policy.stress, terms=terms)
    return {"stress_lines": lines, "scenario_register": scenario_register(written), **more}
