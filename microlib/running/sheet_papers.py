"""A design's folder with its pages: what a committee is handed."""

from __future__ import annotations

from pathlib import Path

from microlib.design import dossier
from microlib.design.product_design import ProductDesign
from microlib.running.publications import write_text
from microlib.running.sheet_pages import sheet_page

LANGS = ("zh", "en")


def write_papers(design: ProductDesign) -> tuple[list[Path], list[str]]:
    """Write a design's folder, the page in each language first.

    Parameters
    ----------
    design : ProductDesign
        Result of `product_design.design_product`.

    Returns
    -------
    list of Path, list of str
        Files written, and codes of the checklist's items that block.
    """
    written, folder = dossier.write_design(design), dossier.design_folder(design)
    told = [write_text(folder / f"design_sheet.{lang}.html", sheet_page(written.approval, lang=lang)) for lang in LANGS]
    return [*told, *written.paths], dossier.open_items(written.approval.checklist)["item"].to_list()
