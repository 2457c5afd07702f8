"""An elasticity is recovered with its range, or the history is said to be too short."""

import pytest

from microlib.errors import MissingTable
from microlib.metrics.reviewing import elasticities

RULES = {"months": 36, "customers": 5, "fall": 0.1}


@pytest.fixture(scope="module")
def found(planted):
    who = {name: planted[name] for name in ("customers", "loans")}
    frame = elasticities.elasticities(planted["external_series"], planted["flow_months"], **who, rules=RULES)
    return frame.set_index("series_id")


def test_the_planted_elasticity_lies_in_its_range(found, world):
    truth = world.truth["external_series"]
    row = found.loc[truth["followed"]["series_id"]]
    assert row.elasticity_low < truth["followed"]["elasticity"] < row.elasticity_high
    assert row.finding == "follows"


def test_an_unrelated_series_cannot_say(found, world):
    assert found.finding[world.truth["external_series"]["unrelated"]] == "cannot_say"


def test_a_short_series_says_so_and_gives_no_number(found, world):
    row = found.loc[world.truth["external_series"]["too_short"]]
    assert row.finding == "too_short"
    assert row.elasticity != row.elasticity


def test_without_a_series_nothing_is_said(planted):
    with pytest.raises(MissingTable):
        elasticities.elasticities(planted["external_series"].iloc[:0], planted["flow_months"],
                                  customers=planted["customers"], loans=planted["loans"], rules=RULES)  # fmt: skip
