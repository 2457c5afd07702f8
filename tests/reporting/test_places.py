"""Places of terms in words, and what stood there: one language a page, codes never bare."""

import pandas as pd
import pytest

from microlib.design.terms import list_products, read_product
from microlib.design.versions.places import flat_terms
from microlib.reporting.catalogues import Words
from microlib.reporting.places import place_words
from microlib.reporting.tables import grid


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_place_of_every_shipped_product_has_words(root, lang) -> None:
    offers = [read_product(root, product=each, as_of="2026-06-30") for each in list_products(root)]
    places = {place for each in offers for place in flat_terms(each.model_dump()) if "." not in place or
              place.split(".")[0] in ("limit", "size", "repayment", "volumes")}  # fmt: skip
    told = {place: place_words(place, Words(lang)) for place in places - {"code", "version", "source"}}
    assert not {place: text for place, text in told.items() if "_" in text or "." in text}


def test_a_change_is_told_in_the_pages_language_with_its_unit_or_its_code() -> None:
    rows = [("limit.cap_yuan", 5e5, 3e5, "yuan", "", ""), ("repayment.method", None, None, "", "balloon", "bullet"),
            ("access.x.said.en", None, None, "", "a", "b")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["place", "old_value", "new_value", "unit", "old_code", "new_code"])
    told = grid(frame.astype({"old_value": "float64", "new_value": "float64"}), Words("zh"))
    assert told.head == ["条款", "原来", "现在"]
    assert told.rows == [["单户额度上限", "50.0 万元", "30.0 万元"], ["还款方式", "气球贷", "到期一次还本付息"]]
