"""Connected groups from coded links."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.metrics.connections.components import CodedLinks, coded_groups, evidence_of, holder_counts, linked_labels

#: one kind; two holders .9, three .4, four and more nothing
TABLE = np.array([[0.0, 0.0, 0.9, 0.4, 0.0]])
LINKS = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15), st.integers(0, 8)), min_size=1, max_size=40)


def coded(rows, customers=16):
    rows = sorted({(min(a, b), max(a, b), v) for a, b, v in rows if a != b})
    first, second, values = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return CodedLinks(first, second, np.zeros(len(rows), np.int64), values, customers)


def slowly(links, threshold):
    """The same definition by dictionaries and repeated merging."""
    rows = list(zip(links.first, links.second, links.values, strict=True))
    holders = {v: {x for a, b, w in rows if w == v for x in (a, b)} for _, _, v in rows}
    spared = {}
    for a, b, v in rows:
        spared[a, b] = spared.get((a, b), 1.0) * (1 - TABLE[0, min(len(holders[v]), 4)])
    group = list(range(links.customers))
    for (a, b), left in spared.items():
        if 1 - left >= threshold - 1e-9:
            group = [group[a] if g == group[b] else g for g in group]
    return group


def same_partition(one, two):
    return pd.Series(list(zip(one, two, strict=True))).nunique() == len(set(one)) == len(set(two))


# closed form


def test_all_pairs_and_one_against_the_others_count_the_same_holders():
    star, pairs = [(0, n, 0) for n in (1, 2, 3)], [(a, b, 0) for a in range(4) for b in range(a)]
    assert holder_counts(coded(star)).tolist() == holder_counts(coded(pairs)).tolist() == [4]


def test_nine_hundred_stalls_at_one_address_are_nine_hundred_groups():
    hub = coded([(0, n, 0) for n in range(1, 900)], customers=900)
    assert len(set(coded_groups(hub, weights=TABLE, threshold=0.5))) == 900


def test_two_weak_signs_make_a_strong_one():
    """1 - .6 x .6 = .64; one alone, .4, is under the threshold."""
    weak = [(0, 1, 0), (1, 2, 0), (0, 1, 1), (1, 3, 1)]
    assert coded_groups(coded(weak, 4), weights=TABLE, threshold=0.5).tolist() == [0, 0, 1, 2]


def test_strongly_connected_asks_for_a_way_back():
    first, second = np.array([0, 1, 2]), np.array([1, 0, 0])
    assert len(set(linked_labels(first, second, count=3))) == 1
    assert len(set(linked_labels(first, second, count=3, strong=True))) == 2


def test_evidence_adds_up_to_at_least_one_holds():
    assert 1 - np.exp(-evidence_of(np.array([0.3, 0.5])).sum()) == pytest.approx(1 - 0.7 * 0.5)


# laws


@settings(deadline=None, max_examples=80)
@given(LINKS, st.sampled_from([0.3, 0.5, 0.7, 0.95]))
def test_groups_are_those_of_the_definition(rows, threshold):
    links = coded(rows)
    found = coded_groups(links, weights=TABLE, threshold=threshold) if len(links.values) else list(range(16))
    assert same_partition(found, slowly(links, threshold))


@settings(deadline=None, max_examples=30)
@given(LINKS, st.randoms(use_true_random=False))
def test_the_order_of_links_and_of_their_ends_changes_nothing(rows, dice):
    turned = [(b, a, v) if dice.random() < 0.5 else (a, b, v) for a, b, v in dice.sample(rows, len(rows))]
    links = coded(rows)
    if not len(links.values):
        return
    again = coded(turned)
    swapped = CodedLinks(again.second, again.first, again.kinds, again.values, again.customers)
    one, two = (coded_groups(each, weights=TABLE, threshold=0.5) for each in (links, swapped))
    assert same_partition(one, two)


@settings(deadline=None, max_examples=30)
@given(LINKS)
def test_a_higher_threshold_never_joins(rows):
    links = coded(rows)
    if not len(links.values):
        return
    low, high = (coded_groups(links, weights=TABLE, threshold=cut) for cut in (0.3, 0.8))
    assert pd.Series(low).groupby(high).nunique().eq(1).all()
