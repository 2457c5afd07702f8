"""Numbers on the page."""

import math

import pytest

from microlib.reporting import formats
from microlib.reporting.formats import Rate


def test_the_interval_is_written_as_the_bank_reads_it():
    assert formats.interval(Rate(0.022, 0.014, 0.127, 60), "zh") == "2.2 %（1.4–12.7 %，n=60）"


def test_the_english_interval_holds_the_same_numbers():
    assert formats.interval(Rate(0.022, 0.014, 0.127, 60), "en") == "2.2 % (1.4–12.7 %, n=60)"


@pytest.mark.parametrize(("cases", "shown"), [(4, "—（n=4，过少）"), (5, "20.0 %（n=5）"), (0, "—（n=0，过少）")])
def test_a_rate_of_fewer_than_five_cases_shows_only_its_count(cases, shown):
    assert formats.interval(Rate(0.2, None, None, cases), "zh") == shown


def test_yuan_become_wan():
    assert formats.wan(12_345_678) == "1,234.6"


def test_a_small_share_is_not_rounded_to_nothing():
    assert formats.percent(0.0004) == "0.04"


def test_zero_is_never_negative():
    assert formats.plain(-0.0001, 1) == "0.0"


def test_missing_is_missing():
    assert formats.is_blank(math.nan) and formats.is_blank(None) and not formats.is_blank(0)


def test_a_range_from_below_zero_is_joined_by_a_word():
    assert formats.interval(Rate(0.0, -0.018, 0.02), "zh") == "0.0 %（-1.8 至 2.0 %）"
    assert formats.interval(Rate(-0.051, -0.081, -0.02), "en") == "-5.1 % (-8.1 to -2.0 %)"
