"""At what price a scene is reckoned: the product of its kind, a typical line, and what is left over the floor."""

from __future__ import annotations

import pandas as pd

from microlib.contracts.scene_templates import SceneTemplate
from microlib.design import dated_files, terms
from microlib.errors import EmptyBook

__all__ = ["SceneTemplate", "floor_margins", "scene_product", "typical_line"]


def scene_product(
    caps: pd.DataFrame,
    core_enterprises: pd.DataFrame,
    *,
    templates: tuple[SceneTemplate, ...],
    home: dated_files.Place,
    as_of: object,
) -> terms.Product:
    """Return the bank's product for the kind of core on which most exposure hangs.

    Raises
    ------
    EmptyBook
        If no core of the branch has a template with a product.
    """
    kinds = core_enterprises.drop_duplicates("core_id").set_index("core_id")["kind"]
    named = {kind: each.product for each in templates if each.subject == "core" and each.product for kind in each.kinds}
    ranked = caps.assign(product=caps["core_id"].map(kinds).map(named)).dropna(subset=["product"])
    if ranked.empty:
        raise EmptyBook("no core here is of a kind that has a product", where="data/templates", fix="add a template")
    code = ranked.loc[ranked["balance_yuan"].idxmax(), "product"]
    return terms.read_product(home, product=code, as_of=as_of)


def typical_line(lines: pd.DataFrame, *, product: terms.Product) -> float:
    """Return the median of the lines that are not zero, at least the product's smallest: yuan."""
    given = lines.loc[lines["limit_yuan"] > 0, "limit_yuan"]
    floor = float(product.limit.floor_yuan)
    return max(float(given.median()), floor) if len(given) else floor


def floor_margins(floors: pd.DataFrame) -> pd.Series:
    """Return the margin over the floor by case of the default rate: ``mean`` and ``upper``."""
    return floors.drop_duplicates("pd_case").set_index("pd_case")["margin_rate"]
