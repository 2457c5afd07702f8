"""A design's folder with its pages: what a committee is handed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from microlib.design.packs import files
from microlib.files import write_text
from microlib.running.sheet_pages import sheet_page

LANGS = ("zh", "en")


def write_papers(design: Any) -> tuple[list[Path], list[str]]:
    """Write a design's folder, the page in each language first.

    Parameters
    ----------
    design : Design
        Result of `packs.designs.design_product`.

    Returns
    -------
    list of Path, list of str
        Files written, and codes of the checklist's items that block.
    """
    written, folder = files.write_design(design), files.design_folder(design)
    told = [
        write_text(folder / f"design_sheet.{lang}.html", sheet_page(design, written.results, lang=lang))
        for lang in LANGS
    ]
    return [*told, *written.paths], files.open_items(written.checklist)["item"].to_list()
