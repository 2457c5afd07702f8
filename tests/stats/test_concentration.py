"""Concentration of a book: printed values, closed forms, laws, refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook
from microlib.stats.concentration import atkinson, concentration, grouped_indices, hannah_kay, renyi

INEQ = [541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261]


def book(amounts, names=None):
    names = [f"N{place:03}" for place in range(len(amounts))] if names is None else names
    return pd.DataFrame({"branch_id": "0755", "name": names, "balance_yuan": np.asarray(amounts, dtype=float)})


def measured(amounts, names=None):
    return concentration(book(amounts, names), within="branch_id", across="name").iloc[0]


# published


def test_worked_example_of_the_us_doj():
    """US Department of Justice, Herfindahl-Hirschman Index: four firms of 30, 30, 20 and 20 % give 2,600 points."""
    assert measured([30, 30, 20, 20]).hhi * 10_000 == pytest.approx(2600)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("hhi", 0.18408123091548528), ("hhi_normalised", 0.09342358990609476), ("gini", 0.46209113026762383),
        ("theil", 0.362341242343895), ("shannon", 1.940243850650151), ("hall_tideman", 0.1859050958757245),
        ("cr3_share", 0.637806746162857), ("cr5_share", 0.8149160484), ("atkinson", 0.17965909804634173),
        ("cci", 0.46937694316174794), ("renyi", 1.6923781464), ("effective_parts", 5.432384361),
    ],
)  # fmt: skip
def test_sample_vector_of_the_r_inequality_packages(column, value):
    """TV-B1; Gini 0.4620911 as R's ineq prints it, Atkinson as concentrationMetrics' tests quote it."""
    assert measured(INEQ)[column] == pytest.approx(value, abs=1e-9)


def test_atkinson_of_order_one_as_quoted_by_concentration_metrics():
    """TV-B1: 0.3518251."""
    assert atkinson(INEQ, aversion=1) == pytest.approx(0.3518250597350755, abs=1e-10)


def test_four_shares_of_infinitelexicon():
    """TV-B2: shares 40/30/20/10; HHI 3,000 points is the printed value."""
    found = measured([40, 30, 20, 10])
    expected = {"hhi": 0.3, "hhi_normalised": 0.0666666667, "gini": 0.25, "theil": 0.10644014, "shannon": 1.27985423,
                "hall_tideman": 1 / 3, "atkinson": 0.05558586}  # fmt: skip
    assert found[list(expected)].astype(float).to_dict() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(("order", "form"), [(0.5, 0.26471438), (1, 0.27807783), (2, 0.30), (3, 0.31622777)])
def test_hannah_kay_concentration_form(order, form):
    """TV-B2."""
    assert 1 / hannah_kay([40, 30, 20, 10], order=order) == pytest.approx(form, abs=1e-8)


def test_renyi_entropy_of_concentration_metrics():
    """TV-B3: its test.py prints -ln 0.375."""
    assert renyi([1, 2, 1], order=2) == pytest.approx(0.9808292530, abs=1e-10)


@pytest.mark.parametrize(("amounts", "value"), [([5.0], 1.0), ([1, 1, 1, 1], 0.578125), ([1, 2, 1], 0.71875)])
def test_horvath_index_of_concentration_metrics(amounts, value):
    """TV-B3: pull request 31 of concentrationMetrics."""
    assert measured(amounts).cci == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(("amounts", "value"), [([60, 20], 0.625), ([20, 20, 20, 20], 0.25)])
def test_uk_finance_shows_that_the_cut_decides_the_index(amounts, value):
    """TV-B4: one book of 80, cut in two regions or four."""
    assert measured(amounts).hhi == pytest.approx(value, abs=1e-12)


def test_ten_names_exercise_whose_print_is_off_by_one():
    """reference B1, studyx.ai prints 0.1293; exact arithmetic gives 0.1292."""
    assert measured([18, 12, 3, 9, 10, 19, 6, 4, 14, 5]).hhi == pytest.approx(0.1292, abs=1e-12)


def test_five_names_under_one_controller_triple_the_index():
    """TV-B5: ten equal names 0.10; five of them one group 0.30, effective number 3.33."""
    names = ["group"] * 5 + list("abcde")
    assert measured([1] * 10).hhi == pytest.approx(0.10)
    assert measured([1] * 10, names)[["hhi", "effective_parts"]].tolist() == pytest.approx([0.30, 10 / 3])


def test_the_answer_key_of_the_effective_number():
    """answer_keys.txt: 5.1282; it leaves the shares out, these seven have its HHI of 0.195."""
    assert measured([30, 20, 20, 10, 10, 5, 5]).effective_parts == pytest.approx(5.128205128205127)


def test_horvath_index_can_fall_when_the_largest_grows():
    """Two names of .5 give .875, names of .75 and .25 give .859: the index is kept for comparison only."""
    assert measured([0.5, 0.5]).cci == pytest.approx(0.875)
    assert measured([0.75, 0.25]).cci == pytest.approx(0.859375)


# closed form


@pytest.mark.parametrize("parts", [1, 2, 7, 50])
def test_equal_parts_give_one_over_their_number(parts):
    found = measured([3.0] * parts)
    assert found[["hhi", "hall_tideman"]].tolist() == pytest.approx([1 / parts] * 2)
    assert found[["effective_parts", "hannah_kay_parts"]].tolist() == pytest.approx([parts] * 2)
    assert found[["gini", "theil", "atkinson"]].tolist() == pytest.approx([0, 0, 0], abs=1e-12)


def test_one_part_is_wholly_concentrated():
    found = measured([7.0])
    assert found[["hhi", "hhi_normalised", "cr1_share", "cci", "hall_tideman"]].tolist() == [1] * 5
    assert found[["gini", "theil", "shannon", "renyi", "atkinson"]].tolist() == [0] * 5


def test_ties_for_the_largest_part_go_to_the_first_label():
    assert measured([1, 5, 5], ["c", "b", "a"]).largest_part == "a"


def test_rows_without_a_label_stay_in_the_book():
    found = measured([60, 40], ["food", None])
    assert (found.balance_yuan, found.parts_count, found.hhi) == (100, 2, pytest.approx(0.52))


def test_rectangle_and_long_sort_agree(monkeypatch):
    rng = np.random.default_rng(3)
    groups = np.sort(rng.integers(0, 40, 900))
    amounts = rng.lognormal(size=900)
    short = grouped_indices(amounts, groups)
    monkeypatch.setattr("microlib.stats.concentration.ROOM", -(10**9))
    pd.testing.assert_frame_equal(short, grouped_indices(amounts, groups))


def test_a_table_with_room_and_a_sort_agree(monkeypatch):
    rng = np.random.default_rng(4)
    loans = pd.DataFrame({"branch_id": rng.integers(0, 9, 500), "name": rng.integers(0, 60, 500)})
    loans["balance_yuan"] = rng.lognormal(size=500)
    full = concentration(loans, within="branch_id", across="name")
    monkeypatch.setattr("microlib.stats.concentration.ROOM", -(10**9))
    pd.testing.assert_frame_equal(full, concentration(loans, within="branch_id", across="name"))


# laws

amounts_lists = st.lists(st.floats(0.01, 1e7), min_size=1, max_size=25)
INDICES = ["hhi", "hhi_normalised", "gini", "theil", "shannon", "hall_tideman", "atkinson", "renyi", "cci", "cr3_share"]


@settings(deadline=None, max_examples=40)
@given(amounts_lists, st.floats(0.001, 1000))
def test_scale_changes_no_index(amounts, factor):
    scaled = measured(np.array(amounts) * factor)
    assert measured(amounts)[INDICES].tolist() == pytest.approx(scaled[INDICES].tolist(), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(amounts_lists, st.randoms(use_true_random=False))
def test_row_order_changes_no_index(amounts, random):
    rows = book(amounts)
    shuffled = rows.sample(frac=1, random_state=random.randrange(2**31))
    pair = [concentration(each, within="branch_id", across="name").iloc[0][INDICES] for each in (rows, shuffled)]
    assert pair[0].tolist() == pytest.approx(pair[1].tolist(), abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(amounts_lists)
def test_splitting_a_loan_of_one_name_changes_no_index(amounts):
    rows = book(amounts)
    halves = pd.concat([rows.assign(balance_yuan=rows["balance_yuan"] / 2)] * 2)
    split = concentration(halves, within="branch_id", across="name").iloc[0]
    assert measured(amounts)[INDICES].tolist() == pytest.approx(split[INDICES].tolist(), abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.01, 1e7), min_size=2, max_size=25))
def test_merging_two_names_never_lowers_the_index(amounts):
    names = [0, 0, *range(1, len(amounts) - 1)]
    assert measured(amounts, names).hhi >= measured(amounts).hhi - 1e-12


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.01, 1e7), min_size=2, max_size=25))
def test_moving_balance_to_the_largest_part_lowers_no_index_but_horvaths(amounts):
    moved = np.sort(np.array(amounts))
    moved[0], moved[-1] = moved[0] / 2, moved[-1] + moved[0] / 2
    more, less = measured(moved), measured(np.sort(amounts))
    assert all(more[name] >= less[name] - 1e-9 for name in ("hhi", "gini", "theil", "hall_tideman", "atkinson"))


@settings(deadline=None, max_examples=40)
@given(amounts_lists)
def test_every_index_keeps_its_bounds(amounts):
    found, parts = measured(amounts), len(amounts)
    assert 1 / parts - 1e-9 <= found.hhi <= 1 + 1e-9
    assert 0 <= found.gini <= 1 - 1 / parts + 1e-9
    assert 0 <= found.theil <= np.log(parts) + 1e-9
    assert 1 - 1e-9 <= found.effective_parts <= found.hannah_kay_parts + 1e-9 <= parts + 1e-6


@settings(deadline=None, max_examples=25)
@given(amounts_lists)
def test_an_empty_name_is_no_part(amounts):
    assert measured([*amounts, 0.0])[INDICES].tolist() == pytest.approx(measured(amounts)[INDICES].tolist())


def test_the_frame_given_is_not_altered(unchanged):
    rows = book([3, 2, 1])
    with unchanged(rows):
        concentration(rows, within="branch_id", across="name")


# refusals


def test_a_book_without_balance_is_refused_by_name():
    with pytest.raises(EmptyBook, match="0755"):
        measured([0.0, 0.0])


def test_an_empty_frame_is_refused():
    with pytest.raises(EmptyBook, match="no balance"):
        concentration(book([]), within="branch_id", across="name")


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_amounts_without_a_share_are_counted_and_refused(wrong):
    with pytest.raises(BadData, match="1 of 2 amounts"):
        measured([wrong, 5.0])


def test_the_families_refuse_what_has_no_share():
    with pytest.raises(EmptyBook):
        renyi([0.0], order=2)
    with pytest.raises(BadData, match="negative"):
        atkinson([-1.0, 2.0], aversion=0.5)
    with pytest.raises(BadData, match="above zero"):
        hannah_kay([1.0], order=0)
    with pytest.raises(BadData, match="above zero"):
        atkinson([1.0], aversion=0)
