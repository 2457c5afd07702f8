"""Segment files: what they may say, and how a wrong one is refused."""

import pytest
from pydantic import ValidationError

from microlib.contracts.segment import EVIDENCE, GROUP_TYPES, Condition, Segment, read_segment, read_segments
from microlib.errors import BadConfig

GROUPS = {
    "hospital_suppliers", "road_project_suppliers", "hardware_market", "garment_market",
    "chamber_members", "farm_input_dealers", "decoration_trades", "farm_households",
}  # fmt: skip


@pytest.fixture
def shipped(root):
    return read_segments(root / "data" / "segments")


def test_the_eight_local_groups_are_shipped(shipped):
    assert {segment.code for segment in shipped} >= GROUPS


def test_segments_come_in_order_of_priority(shipped):
    assert [segment.priority for segment in shipped] == sorted(segment.priority for segment in shipped)


def test_no_two_shipped_segments_claim_the_same_priority(shipped):
    assert len({segment.priority for segment in shipped}) == len(shipped)


def test_every_type_says_why_and_that_the_reading_is_ours(shipped):
    assert all(segment.primary_type in GROUP_TYPES and segment.primary_type_reason.zh for segment in shipped)
    assert {segment.reading for segment in shipped} == {"our_reading"}


def test_a_chamber_is_a_channel_because_its_members_share_no_premises(shipped):
    chamber = next(segment for segment in shipped if segment.code == "chamber_members")
    assert (chamber.primary_type, chamber.shared_source) == ("channel", "channel")


def test_what_cannot_be_changed_stays(shipped):
    with pytest.raises(ValidationError):
        shipped[0].priority = 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"column": "core_income_share"}, "exactly one"),
        ({"column": "core_income_share", "at_least": 0.3, "at_most": 0.9}, "exactly one"),
        ({"column": "core_income_share", "starts_with": ["F"]}, "does not apply"),
        ({"column": "industry_code", "at_least": 3}, "does not apply"),
        ({"column": "loans_count", "equals": "none"}, "compare it with one"),
        ({"column": "shoe_size", "at_least": 42}, "column"),
        ({"column": "kind", "is_like": "firm"}, "is_like"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        Condition(**given)


def test_a_misspelt_key_is_named_with_its_remedy(root, tmp_path):
    text = (root / "data/segments/farm_households.toml").read_text(encoding="utf-8")
    path = tmp_path / "farm_households.toml"
    path.write_text(text.replace("priority", "prioritty"), encoding="utf-8")
    with pytest.raises(BadConfig, match="write priority instead of prioritty"):
        read_segment(path)


def test_a_file_named_otherwise_than_its_code_is_refused(root, tmp_path):
    text = (root / "data/segments/farm_households.toml").read_text(encoding="utf-8")
    (tmp_path / "farmers.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadConfig, match="farmers.toml"):
        read_segments(tmp_path)


def test_a_folder_without_segments_is_refused(tmp_path):
    with pytest.raises(BadConfig, match="no segment file"):
        read_segments(tmp_path)


def test_two_rules_may_not_share_a_reason_code(shipped):
    content = shipped[0].model_dump()
    content["rules"] = [content["rules"][0]] * 2
    with pytest.raises(ValidationError, match="same reason_code"):
        Segment.model_validate(content)


def test_every_evidence_column_can_be_compared_with_something():
    assert set(EVIDENCE.values()) == {"text", "number"}
