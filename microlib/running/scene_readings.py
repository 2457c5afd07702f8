"""How templates of scenes and the guide for visits are read, each beside those it belongs to."""

from __future__ import annotations

from pathlib import Path

from microlib.design.rollout import visit_guides
from microlib.design.supply import templates
from microlib.errors import BadConfig
from microlib.homes import home_of_terms


def read_scene(path: Path) -> str:
    """Read a scene's template beside the others; return how many points it has."""
    found = templates.read_templates(home_of_terms(path))
    return f"{len(templates.template_of(found, code=path.stem).points)} points"


def read_reference(path: Path) -> str:
    """Read the guide for visits, the one file of reference that is written terms."""
    if path.stem != "visit_guide":
        what = f"{path.name}: nothing reads it here"
        raise BadConfig(what, where=str(path), fix="the folder reference/ holds visit_guide.toml")
    return visit_guides.read_guide(home_of_terms(path)).status


#: folder that holds a file -> how it is read
READERS = {"templates": read_scene, "reference": read_reference}
