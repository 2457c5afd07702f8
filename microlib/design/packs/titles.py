"""The names that codes of a design bear in the files of policies and proposals."""

from __future__ import annotations

from datetime import date
from typing import Any

from microlib.design.failures.premortems import read_modes
from microlib.design.packs.checklists import read_items
from microlib.design.rules.checks import read_rules
from microlib.design.versions.waiting import amendments, place_titles

__all__ = ["item_titles", "mode_titles", "place_titles", "proposal_titles", "rule_numbers"]


def mode_titles(home: Any, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return what each failure mode is called, by its code."""
    return _titles(read_modes(home, as_of=as_of))


def item_titles(home: Any, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return what each item of the approval checklist is called, by its code."""
    return _titles(read_items(home, as_of=as_of))


def rule_numbers(home: Any, *, as_of: date) -> dict[str, dict[str, str]]:
    """Return the numbers of the rules under themselves, so that none is taken for another code."""
    return {each.terms.id: {"zh": each.terms.id, "en": each.terms.id} for each in read_rules(home, as_of=as_of)}


def proposal_titles(home: Any) -> dict[str, dict[str, str]]:
    """Return what each written proposal is called, by the name of its file."""
    read = amendments.proposals
    found = {name: read.read_proposal(home, proposal=name).title for name in read.list_proposals(home)}
    return {name: {"zh": title.zh, "en": title.en} for name, title in found.items()}


def _titles(written: tuple) -> dict[str, dict[str, str]]:
    return {each.code: {"zh": each.terms.title.zh, "en": each.terms.title.en} for each in written}
