"""Pages beside the report, made by the same run: lists of parts, each kept as a file that the runner sets as a page."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from microlib.reporting.displays import Picture, Shown


class Annex:
    """A page being written beside the report.

    Parameters
    ----------
    path : Path, optional
        Where its parts are kept; None keeps nothing.
    title : str
    """

    def __init__(self, path: Path | None, *, title: str) -> None:
        self.path, self.title = path, title
        self.parts: list[dict[str, str]] = []

    def add(self, shown: Shown | Picture) -> None:
        """Add a part at the end, and keep the page as it is now."""
        if not repr(shown):
            return
        self.parts.append({"text/plain": repr(shown), **_body(shown)})
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            kept: dict[str, Any] = {"title": self.title, "parts": self.parts}
            self.path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _body(shown: Shown | Picture) -> dict[str, str]:
    if isinstance(shown, Picture):
        return {"image/png": base64.b64encode(shown.png).decode("ascii")}
    return {"text/html": shown.page}
