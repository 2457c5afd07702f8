"""Odd timelines are found where they were planted; ordinary office days are not."""

import pytest

from microlib.errors import MissingTable
from microlib.metrics.reviewing import timelines

TABLES = ("applications", "loans", "collateral_links", "collateral")


@pytest.fixture(scope="module")
def checks(planted):
    return timelines.timeline_checks(*(planted[name] for name in TABLES), fastest_minutes=10)


@pytest.mark.parametrize(("check", "truth"), [("at_night", "decided_at_night"), ("papers_missing", "papers_missing")])
def test_planted_files_are_found_and_no_others(checks, world, check, truth):
    assert set(checks.application_id[checks.check == check]) == set(world.truth["timelines"][truth])


def test_minutes_and_registrations_are_found(checks, world):
    truth = world.truth["timelines"]
    assert set(truth["decided_in_minutes"]) >= set(checks.application_id[checks.check == "in_minutes"])
    assert set(checks.loan_id[checks.check == "before_registration"]) == set(truth["disbursed_before_registration"])


def test_the_crowded_day_is_the_planted_managers(checks, world):
    crowd = checks[checks.check == "crowded_day"]
    truth = world.truth["timelines"]["many_in_a_day"]
    assert set(crowd.rm_id) == {truth["rm_id"]}
    assert set(truth["ids"]) <= set(crowd.application_id)


def test_an_agents_device_is_too_common_to_be_told(checks, world):
    shared = set(checks.customer_id[checks.check == "shared_device"])
    assert shared == set(world.truth["split_groups"][0]["customer_ids"])


def test_the_summary_lists_every_check(checks, planted):
    found = timelines.timeline_summary(checks, planted["applications"])
    assert list(found.check) == list(timelines.CHECKS)
    assert found.files_count.sum() == len(checks)


def test_without_applications_nothing_is_said(planted):
    empty = planted["applications"].iloc[:0]
    with pytest.raises(MissingTable):
        timelines.timeline_checks(empty, *(planted[name] for name in TABLES[1:]), fastest_minutes=10)
