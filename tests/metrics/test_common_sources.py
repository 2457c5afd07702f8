"""Bounds of small groups, as independent trials and as members of one source."""

import pandas as pd
import pytest

from microlib.contracts.segments import read_segments
from microlib.design.policies import read_policy
from microlib.errors import BadData
from microlib.metrics.common_sources import shared_bounds


@pytest.fixture(scope="module")
def terms(root):
    return {
        "segments": read_segments(root / "data" / "segments"),
        "stress": read_policy(root, as_of="2026-06-30").stress,
    }


@pytest.mark.parametrize(
    ("segment", "bad", "total", "alone", "shared"),
    [
        ("hospital_suppliers", 0, 40, 0.072, 0.171),
        ("hardware_market", 0, 40, 0.072, 0.127),
        ("hospital_suppliers", 3, 60, 0.124, 0.284),
        ("hardware_market", 3, 60, 0.124, 0.220),
    ],
)
def test_the_published_bounds_by_correlation(terms, segment, bad, total, alone, shared):
    cells = pd.DataFrame({"segment": [segment], "bad_count": [bad], "total_count": [total]})
    found = shared_bounds(cells, **terms).iloc[0]
    assert found["upper_share"] == pytest.approx(alone, abs=5e-4)
    assert found["correlated_upper_share"] == pytest.approx(shared, abs=5e-4)


def test_a_group_without_a_common_source_has_one_bound(terms):
    cells = pd.DataFrame({"segment": ["invoiced_firms"], "bad_count": [1], "total_count": [50]})
    assert pd.isna(shared_bounds(cells, **terms)["correlated_upper_share"].iloc[0])


def test_every_kind_of_source_of_the_shipped_groups_has_a_correlation(terms):
    cells = pd.DataFrame({"segment": [each.code for each in terms["segments"]], "bad_count": 0, "total_count": 30})
    assert len(shared_bounds(cells, **terms)) == len(terms["segments"])


def test_a_kind_of_source_without_a_correlation_is_refused(terms):
    cells = pd.DataFrame({"segment": ["hospital_suppliers"], "bad_count": [0], "total_count": [40]})
    bare = terms["stress"].model_copy(update={"correlation": {}})
    with pytest.raises(BadData, match="no correlation for core"):
        shared_bounds(cells, segments=terms["segments"], stress=bare)


def test_the_frame_is_not_altered(terms, unchanged):
    cells = pd.DataFrame({"segment": ["hospital_suppliers"], "bad_count": [0], "total_count": [40]})
    with unchanged(cells):
        shared_bounds(cells, **terms)
