"""First digits: published counts, the size of the test by simulation, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.metrics.trade.first_digits import EXPECTED, digit_fit, digit_indicators, first_digits


def fibonacci(count):
    numbers = [1, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])
    return pd.Series([float(number) for number in numbers])


# published


def test_a_thousand_fibonacci_numbers():
    """TV-D5: counts 301 177 125 96 80 67 56 53 45, MAD .000819877, chi square .169462."""
    counts = np.bincount(first_digits(fibonacci(1000)))[1:].tolist()
    found = digit_fit(fibonacci(1000)).iloc[0]
    assert counts == [301, 177, 125, 96, 80, 67, 56, 53, 45]
    assert found.mad_share == pytest.approx(0.000819876935644333, abs=1e-12)
    assert found.chi_square == pytest.approx(0.169462, abs=5e-7)


def test_a_thousand_powers_of_two():
    """TV-D5: counts 301 176 125 97 79 69 56 52 45, MAD .000678209."""
    powers = pd.Series([2.0**k for k in range(1000)])
    assert np.bincount(first_digits(powers))[1:].tolist() == [301, 176, 125, 97, 79, 69, 56, 52, 45]
    assert digit_fit(powers)["mad_share"].item() == pytest.approx(0.000678209, abs=5e-10)


def test_all_numbers_to_9999():
    """TV-D5: MAD .059717."""
    found = digit_fit(pd.Series(np.arange(1.0, 10_000))).iloc[0]
    assert found.mad_share == pytest.approx(0.059717, abs=5e-7) and found.mad_p_value < 1e-9 and found.is_applicable


def test_the_law_as_printed():
    printed = [0.30103, 0.17609, 0.12494, 0.09691, 0.07918, 0.06695, 0.05799, 0.05115, 0.04576]
    assert EXPECTED.round(5).tolist() == printed


# closed form and simulation


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_mean_and_deviation_of_the_mad_are_those_of_honest_amounts(count):
    drawn = np.random.default_rng(7).multinomial(count, EXPECTED, size=4_000) / count
    mads = np.abs(drawn - EXPECTED).mean(axis=1)
    found = digit_fit(pd.Series(np.repeat(np.arange(1.0, 10), [300, 176, 125, 97, 79, 67, 58, 52, 46]))).iloc[0]
    scale = np.sqrt(found.amounts_count / count)
    deviation = (found.mad_share - found.expected_mad_share) / found.mad_z
    assert mads.mean() == pytest.approx(found.expected_mad_share * scale, rel=0.02)
    assert mads.std() == pytest.approx(deviation * scale, rel=0.05)


def test_a_fixed_limit_refuses_honest_small_books_where_the_test_does_not():
    amounts = pd.Series(10 ** np.random.default_rng(3).uniform(0, 4, 150))
    found = digit_fit(amounts).iloc[0]
    assert found.mad_share > 0.015 and found.mad_p_value > 0.05 and not found.is_applicable


# laws


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=60), st.sampled_from([0.01, 0.1, 10.0, 1000.0]))
def test_digits_are_those_written_whatever_the_unit_and_sign(numbers, unit):
    written = [int(str(number)[0]) for number in numbers]
    assert first_digits(pd.Series(numbers, dtype=float) * unit).tolist() == written
    assert first_digits(-pd.Series(numbers, dtype=float)).tolist() == written


def test_one_row_a_firm_voids_and_other_sides_left_out(unchanged):
    rows = pd.DataFrame({"customer_id": ["C2", "C1", "C1", "C3"], "side": ["sale", "sale", "sale", "purchase"],
                         "status": ["valid", "valid", "void", "valid"], "net_yuan": [5.0, -7.0, 1.0, 1.0]})  # fmt: skip
    with unchanged(rows):
        found = digit_indicators(rows)
    assert found[["customer_id", "amounts_count"]].values.tolist() == [["C1", 1], ["C2", 1]]
    assert digit_indicators(rows.iloc[:0]).empty


# refusals


def test_nothing_and_no_number_are_refused():
    with pytest.raises(EmptyBook, match="zero"):
        digit_fit(pd.Series([0.0, 0.0]))
    with pytest.raises(BadData, match="missing or infinite"):
        digit_fit(pd.Series([1.0, np.nan]))
