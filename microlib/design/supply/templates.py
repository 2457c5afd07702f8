"""Templates of scenes, read from ``data/templates`` and chosen by the kind of a core enterprise or a venue."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.contracts import documents
from microlib.contracts.scene_templates import ScenePoint, SceneTemplate
from microlib.design.dated_files import Place, home_at
from microlib.errors import BadConfig, NoScene

COLUMNS = ["source_id", "point", "said_zh", "said_en", "quantity", "value", "cases_count", "test", "trigger_value",
           "state", "action_zh", "action_en", "owner"]  # fmt: skip


def read_templates(home: Place) -> tuple[SceneTemplate, ...]:
    """Read every template of a home, by code.

    Raises
    ------
    BadConfig
        If a file breaks the model, is not named after its code, or two templates claim one kind.

    Examples
    --------
    >>> [template.code for template in read_templates(".")]
    ['hospital', 'infrastructure', 'market']
    """
    folder = home_at(home).config("templates")
    found = [_read(path) for path in folder.glob("*.toml") if not path.stem.startswith("_")]
    claimed = [(template.subject, kind) for template in found for kind in template.kinds]
    doubled = sorted({pair for pair in claimed if claimed.count(pair) > 1})
    if doubled:
        raise BadConfig(f"{doubled[0][1]} is claimed twice", where=str(folder), fix="leave it to one template")
    return tuple(found)


def template_of(templates: tuple[SceneTemplate, ...], *, code: str) -> SceneTemplate:
    """Return one template by its code; one that is not there is a `BadConfig`."""
    known = {template.code: template for template in templates}
    if code not in known:
        raise BadConfig(f"no template is called {code}", where="data/templates", fix=f"use one of {', '.join(known)}")
    return known[code]


def all_points(templates: tuple[SceneTemplate, ...]) -> tuple[ScenePoint, ...]:
    """Return the points of all templates, so that a report can name them."""
    return tuple(point for template in templates for point in template.points)


def template_points(sources: pd.DataFrame, figures: pd.DataFrame, *, template: SceneTemplate) -> pd.DataFrame:
    """Hold each point of a template against the figures of every source of its kinds.

    Parameters
    ----------
    sources : DataFrame
        ``core_id`` or ``venue_id``, and ``kind``: `core_enterprises` or `venue_rosters`. Not modified.
    figures : DataFrame
        ``source_id, quantity, value, cases_count`` (`scene_figures`, `venue_figures`).
    template : SceneTemplate

    Returns
    -------
    DataFrame
        One row per source and point: ``said`` and ``action`` in both languages, ``quantity, value, cases_count, test,
        trigger_value``, ``state`` (``kept``, ``past``, ``unknown``: no figure, ``ask``: a person answers), ``owner``.

    Raises
    ------
    NoScene
        If the branch has no source of the template's kinds.
    """
    key = f"{template.subject}_id"
    ids = sources.loc[sources["kind"].isin(template.kinds), key].drop_duplicates().sort_values()
    if ids.empty:
        what = f"the branch has no {template.subject} of kind {', '.join(template.kinds)}"
        raise NoScene(what, where=template.code, fix="leave this page out")
    known = figures.drop_duplicates(["source_id", "quantity"]).set_index(["source_id", "quantity"])
    rows = [_point_row(source, point, known) for source in ids for point in template.points]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"value": "float64", "trigger_value": "float64"})


def _point_row(source: str, point: ScenePoint, known: pd.DataFrame) -> tuple:
    row = known.loc[(source, point.quantity)] if (source, point.quantity) in known.index else None
    value = np.nan if row is None else float(row["value"])
    count = 0 if row is None else int(row["cases_count"])
    return (source, point.code, point.said.zh, point.said.en, point.quantity or "", value, count, point.test or "",
            point.value, _state(point, value), point.action.zh, point.action.en, point.owner)  # fmt: skip


def _state(point: ScenePoint, value: float) -> str:
    if point.quantity is None:
        return "ask"
    if np.isnan(value):
        return "unknown"
    within = value <= point.value + 1e-9 if point.test == "at_most" else value >= point.value - 1e-9
    return "kept" if within else "past"


def _read(path) -> SceneTemplate:
    template = documents.read_document(path, SceneTemplate)
    if template.code != path.stem:
        raise BadConfig(f"the code is {template.code}", where=str(path), fix=f"name the file {template.code}.toml")
    return template
