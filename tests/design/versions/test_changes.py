"""What changed between two versions: every place once, with values, effect and reason."""

from decimal import Decimal

from microlib.contracts.products import Product
from microlib.design.versions import places
from microlib.design.versions.changes import change_lines, diff_terms


def _with(product, **changes):
    written = product.model_dump()
    for place, value in changes.items():
        written = places.put_term(written, place.replace("__", "."), value, where="x")
    return Product.model_validate(written)


def test_a_longer_tenor_is_told_with_reason_and_evidence(hospital):
    why = {"reason_zh": "账期变长", "reason_en": "paid later", "evidence": "run 2026w39"}
    found = diff_terms(hospital, _with(hospital, max_term_months=18), why=why)
    assert change_lines(found) == ["max_term_months\t12 -> 18\tmonths\twidens\t账期变长\trun 2026w39"]


def test_equal_versions_differ_in_nothing_and_version_and_source_are_left_out(hospital):
    assert diff_terms(hospital, hospital).empty
    assert diff_terms(hospital, _with(hospital, version=9, source="another minute")).empty


def test_turning_the_versions_round_turns_the_effects_round(hospital):
    other = _with(hospital, limit__cap_yuan=2_000_000, access__young_business__value=36, kinds=["company"])
    there, back = diff_terms(hospital, other), diff_terms(other, hospital)
    assert set(there["effect"]) == {"narrows"} and set(back["effect"]) == {"widens"}
    assert there["old_value"].equals(back["new_value"]) and there["place"].equals(back["place"])


def test_an_item_that_comes_or_goes_is_added_or_removed(hospital):
    new = _with(hospital, controls__site_visit={"said": {"zh": "上门", "en": "a visit"}})
    found = diff_terms(hospital, new)
    assert found["change"].unique().tolist() == ["added"]
    assert found["place"].to_list() == ["controls.site_visit.said.zh", "controls.site_visit.said.en"]
    assert diff_terms(new, hospital)["change"].unique().tolist() == ["removed"]


def test_a_reason_by_place_goes_before_the_shared_one(stall):
    new = _with(stall, limit__cap_yuan=400_000, yearly_rate=Decimal("0.06"))
    why = {"reason_en": "all", "places": {"yearly_rate": {"reason_en": "rate"}}}
    found = diff_terms(stall, new, why=why).set_index("place")["reason_en"]
    assert found.to_dict() == {"yearly_rate": "rate", "limit.cap_yuan": "all"}
