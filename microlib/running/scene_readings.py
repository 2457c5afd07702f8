"""How templates of scenes are read: one each, and all together, so that no kind is claimed twice."""

from __future__ import annotations

from pathlib import Path

from microlib.design.supply import templates
from microlib.homes import Home


def read_scene(path: Path) -> str:
    """Read a scene's template beside the others; return how many points it has."""
    found = templates.read_templates(Home(path.absolute().parents[2]))
    return f"{len(templates.template_of(found, code=path.stem).points)} points"


#: folder that holds a file -> how it is read
READERS = {"templates": read_scene}
