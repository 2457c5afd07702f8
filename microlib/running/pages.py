"""Pages that open offline: templates filled, every value escaped, style and Chinese glyphs carried inside."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from microlib.reporting import catalogues, fonts

TEMPLATES = Path(__file__).parent / "templates"


def rendered(template: str, **values: object) -> str:
    """Fill a template of this package; every value is escaped unless it is ``Markup``, and the font is embedded."""
    values["style"] = Markup((TEMPLATES / "page.css").read_text("utf-8"))
    page = _templates().get_template(template).render(**values)
    return page.replace("/*typeface*/", fonts.font_face(page), 1)


def frame_words() -> dict[str, dict[str, str]]:
    """Return the words around reports and in the index: key -> {zh, en}."""
    return {**catalogues.entries("marks"), **catalogues.entries("running")}


@lru_cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
