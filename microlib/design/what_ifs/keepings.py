"""A trial kept as a proposal: a file of differences that the checks of any proposal pass."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from microlib.contracts.proposals import Proposal
from microlib.design.toml_texts import toml_text
from microlib.design.versions.proposals import proposals_folder
from microlib.design.what_ifs.settings import Settings, settings_today
from microlib.errors import BadConfig

NAME = re.compile(r"[a-z][a-z0-9_]{2,60}")
#: setting -> place of the term in a product's file
PLACES = {"cap_yuan": "limit.cap_yuan", "yearly_rate": "yearly_rate", "term_months": "max_term_months"}


def changes_of(bench: Any, settings: Settings) -> dict[str, object]:
    """Return the terms that a trial changes, by their place; campaign and stress are no terms."""
    today, tried = vars(settings_today(bench.product, bench.policy.stress)), vars(settings)
    moved = {name: tried[name] for name in PLACES if tried[name] != today[name]}
    rounded = {name: round(value, 6) if name == "yearly_rate" else int(value) for name, value in moved.items()}
    return {PLACES[name]: value for name, value in rounded.items()}


def keep_trial(home: str | Path, *, bench: Any, settings: Settings, name: str, effective_from: date) -> Path:
    """Write a trial as ``data/products/proposals/<name>.toml`` of a home.

    The reason is left for its author to write; until then the file says that it was tried on sliders.

    Parameters
    ----------
    home : path
    bench : Bench
    settings : Settings
    name : str
        A small-letter word; a proposal that is there is not overwritten.
    effective_from : date
        First day on which the changed terms would count.

    Returns
    -------
    Path

    Raises
    ------
    BadConfig
        If the name cannot be a file's, the proposal is there already, or nothing was changed.
    """
    changes, path = changes_of(bench, settings), proposals_folder(home) / f"{name}.toml"
    if not NAME.fullmatch(name):
        raise BadConfig(f"{name}: is no name for a proposal", where="name", fix="small letters, digits and _")
    if path.exists():
        raise BadConfig(f"{name}: a proposal of this name is there", where=str(path), fix="choose another name")
    if not changes:
        raise BadConfig("nothing was changed", where="settings", fix="turn cap, rate or tenor first")
    made = Proposal.model_validate(dict(
        title={"zh": f"{bench.product.title.zh}：试算", "en": f"{bench.product.title.en}: a trial"},
        author="product manager",
        product=bench.product.code, baseline_version=bench.product.version, effective_from=effective_from,
        reason={"zh": "滑块试算，理由待填写", "en": "tried on sliders; the reason is to be written"},
        evidence="notebooks/explore/what_if.ipynb", changes=changes,
    ))  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    told = made.model_dump(exclude={"changes", "status", "removed"})
    path.write_text(toml_text(told) + "\n[changes]\n" + "".join(_line(*pair) for pair in changes.items()), "utf-8")
    return path


def _line(place: str, value: object) -> str:
    return f'"{place}" = {value}\n'
