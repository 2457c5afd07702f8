"""Pages that open offline: templates filled, every value escaped, style and Chinese glyphs carried inside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from microlib.reporting import catalogues, fonts

TEMPLATES = Path(__file__).parent / "templates"


def rendered(template: str, **values: object) -> str:
    """Fill a template of this package; every value but ``Markup`` is escaped; font and script are inside."""
    return next(rendered_all(template, [values]))


def rendered_all(template: str, many: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Fill a template many times; all pages carry the same font, cut to what any of them says, and cut once."""
    style = Markup((TEMPLATES / "page.css").read_text("utf-8"))
    filled = [_templates().get_template(template).render({**values, "style": style, **_script()}) for values in many]
    face = fonts.font_face("".join(sorted({sign for page in filled for sign in set(page)})))
    for page in filled:
        yield page.replace("/*typeface*/", face, 1)


def frame_words() -> dict[str, dict[str, str]]:
    """Return the words around reports and in the index: key -> {zh, en}."""
    return {**catalogues.entries("marks"), **catalogues.entries("running")}


@lru_cache
def _script() -> dict[str, Markup]:
    """Return the one script that pages carry, and its hash: their policy lets that text run and no other."""
    text = (TEMPLATES / "tables.js").read_text("utf-8")
    mark = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return {"script": Markup(text), "script_hash": Markup(f"'sha256-{mark}'")}


@lru_cache
def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
