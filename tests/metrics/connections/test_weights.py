"""What one link proves."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData
from microlib.metrics.connections.weights import LinkRules, link_weights

AS_OF = date(2026, 6, 30)


def links(*rows, **columns):
    """Rows of (one, other, kind, value)."""
    frame = pd.DataFrame(rows, columns=["customer_id_a", "customer_id_b", "link_type", "value_hash"])
    ordinary = {"strength_share": np.nan, "source": "system", "seen_date": pd.Timestamp("2026-01-05")}
    return frame.assign(**{**ordinary, **columns})


def star(count, kind="phone"):
    return links(*[("C000", f"C{n:03d}", kind, "v") for n in range(1, count)])


def weights(frame, **rules):
    return link_weights(frame, as_of=AS_OF, rules=LinkRules(**rules))


# closed form


def test_two_holders_of_a_phone_count_in_full_and_more_count_less():
    """.6, then .6 / (1 + ln(n / 2))."""
    found = [weights(star(n))["weight_share"].iloc[0] for n in (2, 4, 20, 21)]
    assert found == pytest.approx([0.6, 0.6 / (1 + np.log(2)), 0.6 / (1 + np.log(10)), 0.0])


def test_a_controller_of_many_is_not_weaker_evidence_until_it_is_a_filler():
    found = [weights(star(n, "controller")) for n in (2, 100, 201)]
    assert [frame["weight_share"].iloc[0] for frame in found] == pytest.approx([0.95, 0.95, 0.0])
    assert set(found[2]["left_out"]) == {"too_common"}


def test_a_source_that_doubts_lowers_the_weight():
    assert weights(star(2).assign(strength_share=0.5))["weight_share"].item() == pytest.approx(0.3)


def test_a_link_out_of_the_window_does_not_count_and_one_without_a_date_does():
    old = links(("A", "B", "phone", "v"), ("A", "C", "phone", "w"))
    found = weights(old.assign(seen_date=pd.to_datetime(["2024-06-29", None])))
    assert found["left_out"].tolist() == ["out_of_window", ""]
    assert found["weight_share"].tolist() == pytest.approx([0.0, 0.6])


def test_values_without_a_hash_are_each_their_own():
    frame = links(("A", "B", "phone", None), ("A", "C", "phone", None))
    assert weights(frame)["holders_count"].tolist() == [2, 2]


def test_one_value_under_two_kinds_is_two_values():
    frame = links(("A", "B", "phone", "v"), ("C", "D", "address", "v"))
    assert weights(frame)["holders_count"].tolist() == [2, 2]


def test_holders_are_counted_over_links_and_shared_values_together():
    shared = links(("C", "D", "phone", "v"))[["customer_id_a", "customer_id_b", "link_type", "value_hash", "source"]]
    found = link_weights(links(("A", "B", "phone", "v")), shared, as_of=AS_OF)
    assert found["holders_count"].tolist() == [4, 4]


def test_the_table_for_coded_links_holds_the_same_weights():
    rules = LinkRules()
    table = rules.table(["phone", "controller"])
    assert table[0, [2, 4, 21]] == pytest.approx([0.6, 0.6 / (1 + np.log(2)), 0.0])
    assert table[1, [2, 200, 201]] == pytest.approx([0.95, 0.95, 0.0])


# laws


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 60), st.sampled_from(["phone", "account", "controller", "spouse", "address"]))
def test_a_commoner_value_never_proves_more(count, kind):
    few, more = (weights(star(n, kind))["weight_share"].iloc[0] for n in (count, count + 1))
    assert 0.0 <= more <= few <= 1.0


def test_the_order_of_rows_and_ends_changes_nothing(unchanged):
    frame = links(("A", "B", "phone", "v"), ("B", "C", "phone", "v"), ("A", "C", "kin", "w"))
    ends = {"customer_id_a": "customer_id_b", "customer_id_b": "customer_id_a"}
    with unchanged(frame):
        pd.testing.assert_frame_equal(weights(frame), weights(frame.rename(columns=ends).iloc[::-1]))


# refusals and degenerate input


def test_a_customer_is_not_linked_to_himself():
    assert weights(links(("A", "A", "phone", "v"))).empty


def test_no_links_give_no_rows():
    assert weights(links()).empty


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadData, match="no weight for links of kind rumour"):
        weights(links(("A", "B", "rumour", "v")))


@pytest.mark.parametrize("strength", [-0.1, 90.0, np.inf])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(BadData, match="not in 0 .. 1"):
        weights(star(2).assign(strength_share=strength))


def test_a_link_without_a_customer_is_refused():
    with pytest.raises(BadData, match="lack a customer"):
        weights(links(("A", None, "phone", "v")))
