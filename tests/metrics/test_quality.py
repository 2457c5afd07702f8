"""The four PARs from sums: the key of the course, laws, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlib.errors import BadData, EmptyBook, MissingTable
from microlib.metrics.arrears import stressed_renewals
from microlib.metrics.quality import (
    committee_ratios,
    four_pars,
    monthly_ratios,
    pars_from_sums,
    portfolio_at_risk,
    ratio_changes,
)

KEY = {
    "balance_yuan": 1000.0, "par30_yuan": 22.0, "adjusted_yuan": 58.0, "unjudged_yuan": 5.0, "exits_yuan": 9.0,
    "balance_then_yuan": 820.0, "par30_then_yuan": 22.0, "adjusted_then_yuan": 58.0,
    "balance_square": 1e4, "whole_square": 1e4, "balance_then_square": 1e4,
}  # fmt: skip


def pieces(**columns):
    return pd.DataFrame([KEY]).assign(**columns)


def test_the_key_of_the_course():
    """X17: 2.20, 5.80, 3.07, 6.64, 2.68 and 7.07 percent."""
    found = pars_from_sums(pieces())
    assert (100 * found["share"]).round(2).tolist() == [2.2, 5.8, 3.07, 6.64, 2.68, 7.07]
    assert found["unknown_yuan"].tolist() == [0, 5, 0, 5, 0, 5]


def test_equal_borrowers_are_as_many_as_they_are():
    found = pars_from_sums(pieces(balance_square=100 * 10.0**2))
    assert found["base_effective_count"][0] == 100 and found["share_low"][0] < 0.022 < found["share_high"][0]


def test_nothing_late_still_has_a_range_and_no_base_has_none():
    found = pars_from_sums(pieces(par30_yuan=0.0, balance_then_yuan=0.0)).set_index("measure")
    assert found.loc["par30_plain", "share_low"] == 0 < found.loc["par30_plain", "share_high"]
    assert found.loc["par30_plain_lagged", "reason"] == "no_base" and np.isnan(found.loc["par30_plain_lagged", "share"])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0.1, 1e6))
def test_pieces_add_up_and_scale_does_not_matter(late, scale):
    parts = pd.concat([pieces(par30_yuan=1000.0 * share, group=str(i)) for i, share in enumerate(late)])
    whole = pars_from_sums(parts).set_index("measure")["share"]
    assert whole["par30_plain"] == pytest.approx(np.mean(late))
    yuan = [name for name in parts if name.endswith("_yuan")]
    square = [name for name in parts if name.endswith("_square")]
    larger = parts.assign(**(parts[yuan] * scale), **(parts[square] * scale**2))
    columns = ["share", "share_low", "share_high"]
    one, other = (pars_from_sums(frame, within="group")[columns] for frame in (parts, larger))
    pd.testing.assert_frame_equal(one, other, rtol=1e-6)


def test_groups_come_in_order_and_nothing_is_altered(unchanged):
    both = pd.concat([pieces(branch_id="b"), pieces(branch_id="a")], ignore_index=True)
    with unchanged(both):
        found = pars_from_sums(both, within="branch_id")
    assert found["branch_id"].tolist() == ["a"] * 6 + ["b"] * 6


def test_no_piece_and_no_number_are_refused():
    with pytest.raises(EmptyBook):
        pars_from_sums(pieces().iloc[:0])
    with pytest.raises(BadData, match="missing"):
        pars_from_sums(pieces(par30_yuan=np.nan))


AS_OF = "2026-06-30"
balances = st.lists(st.tuples(st.floats(1, 1e6), st.integers(0, 120)), min_size=1, max_size=30)


@pytest.fixture
def x17(ledger, month_ends):
    """Balance 1,000; late 22; stressed renewals 36; written off 9; a year ago 820."""
    loans = ledger(
        6,
        balance_yuan=[22.0, 36.0, 0.0, 942.0, 0.0, 0.0],
        overdue_days=[45, 0, 0, 0, 0, 0],
        status=["overdue", "normal", "settled", "normal", "written_off", "settled"],
        amount_yuan=[22.0, 36.0, 36.0, 942.0, 9.0, 753.0],
        issue_type=["new", "refinance", "new", "new", "new", "new"],
        previous_loan_id=[None, "L0002", None, None, None, None],
        disbursed_date=["2025-01-05", "2026-01-05", "2025-01-05", "2026-03-01", "2024-01-05", "2024-05-01"],
        first_overdue_date=["2026-05-16", None, "2025-11-20", None, None, None],
        written_off_date=[None, None, None, None, "2026-02-01", None],
        written_off_yuan=[None, None, None, None, 9.0, None],
    )
    months = month_ends(["L0000", "L0002", "L0004", "L0005"], ["2025-06"] * 4, balance_yuan=[22.0, 36.0, 9.0, 753.0])
    return loans, months


def _four(loans, months, **options):
    renewals = stressed_renewals(loans, months, as_of=AS_OF)
    return four_pars(loans, months, renewals=renewals, as_of=AS_OF, **options)


def test_the_four_pars_of_exercise_x17(x17):
    """Corrections, key X17: 2.20 / 5.80 / 3.07 / 6.64 / 2.68 / 7.07 percent, two digits."""
    shares = _four(*x17).set_index("measure").share * 100
    assert shares.to_list() == pytest.approx([2.20, 5.80, 3.07, 6.64, 2.68, 7.07], abs=0.0051)


def test_a_late_stressed_renewal_is_counted_once(x17):
    loans, months = x17
    loans = loans.assign(overdue_days=[45, 40, 0, 0, 0, 0])
    shares = _four(loans, months).set_index("measure").share
    assert shares["par30_plain"] == shares["par30_adjusted"] == pytest.approx(0.058)


def test_a_lagged_share_counts_only_debts_that_existed_then(x17):
    loans, months = x17
    loans = loans.assign(
        disbursed_date=loans["disbursed_date"].mask(loans["loan_id"] == "L0000", pd.Timestamp("2026-02-02"))
    )
    shares = _four(loans, months).set_index("measure").share
    assert shares["par30_plain_lagged"] == 0.0
    assert shares["par30_adjusted_lagged"] == pytest.approx(36 / 820)


def test_a_ledger_alone_says_what_it_cannot(x17):
    found = four_pars(x17[0], as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain", "share"] == pytest.approx(0.022)
    assert found.loc["par30_plain_with_exits", "share"] == pytest.approx(31 / 1009)
    assert found.loc["par30_adjusted", "reason"] == "needs_renewals"
    assert found.loc["par30_adjusted_lagged", "reason"] == "needs_loan_months"
    assert found.loc["par30_plain_lagged", ["share", "share_low", "hit_yuan"]].isna().all()


def test_months_that_start_too_late_are_no_year_ago(x17, month_ends):
    found = four_pars(x17[0], month_ends(["L0000"], ["2026-01"]), as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain_lagged", "reason"] == "needs_loan_months"


def test_a_branch_that_was_empty_a_year_ago_has_no_base(ledger, month_ends):
    months = month_ends(["L0000", "L0000"], ["2025-06", "2025-07"], balance_yuan=[0.0, 100.0])
    found = four_pars(ledger(2), months, as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain_lagged", "reason"] == "no_base"


def test_loans_gone_from_the_ledger_count_a_year_ago(ledger, month_ends):
    months = month_ends(["L0000", "GONE"], ["2025-06"] * 2, balance_yuan=[100.0, 300.0])
    found = four_pars(ledger(1, overdue_days=31), months, as_of=AS_OF).set_index("measure")
    assert found.loc["par30_plain_lagged", "share"] == pytest.approx(0.25)


def test_groups_are_measured_apart_and_add_up(ledger):
    loans = ledger(4, segment=["a", "a", "b", "b"], overdue_days=[0, 31, 0, 0], balance_yuan=[1.0, 3.0, 2.0, 2.0])
    found = portfolio_at_risk(loans, days=(30,), within="segment").set_index("segment")
    assert found.share.to_dict() == {"a": 0.75, "b": 0.0}
    assert found.hit_yuan.sum() / found.base_yuan.sum() == portfolio_at_risk(loans, days=(30,)).share.item()


def test_the_cut_is_strict(ledger):
    found = portfolio_at_risk(ledger(2, overdue_days=[30, 31]), days=(30,))
    assert found.share.item() == 0.5


@settings(max_examples=25, deadline=None)
@given(balances, st.floats(0.01, 1000))
def test_scale_and_order_do_not_matter(rows, factor):
    loans = _plain(rows)
    scaled = loans.assign(balance_yuan=loans["balance_yuan"] * factor)[::-1]
    mine, other = portfolio_at_risk(loans), portfolio_at_risk(scaled)
    columns = ["share", "share_low", "share_high"]
    assert mine[columns].to_numpy() == pytest.approx(other[columns].to_numpy(), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(balances)
def test_splitting_a_loan_in_two_changes_neither_share_nor_range(rows):
    loans = _plain(rows)
    halves = loans.assign(balance_yuan=loans["balance_yuan"] / 2)
    split = pd.concat([halves, halves.assign(loan_id=halves["loan_id"] + "b")], ignore_index=True)
    columns = ["share", "share_low", "share_high"]
    mine, other = portfolio_at_risk(loans)[columns], portfolio_at_risk(split)[columns]
    assert mine.to_numpy() == pytest.approx(other.to_numpy(), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(balances)
def test_shares_fall_with_the_cut_and_stay_in_range(rows):
    found = portfolio_at_risk(_plain(rows), days=(0, 30, 60, 90))
    assert found.share.is_monotonic_decreasing
    assert (found.share_low <= found.share).all() and (found.share <= found.share_high).all()
    assert found.share_low.ge(0).all() and found.share_high.le(1 + 1e-12).all()


def _plain(rows):
    frame = pd.DataFrame(rows, columns=["balance_yuan", "overdue_days"])
    names = [f"{i:03d}" for i in range(len(frame))]
    return frame.assign(loan_id=names, customer_id=names, status="normal")


def test_par_input_is_left_alone(x17, unchanged):
    with unchanged(*x17):
        _four(*x17, within="branch_id")


def test_par_a_book_without_a_live_loan_is_refused(ledger):
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        four_pars(ledger(2, balance_yuan=0.0), as_of=AS_OF)
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        portfolio_at_risk(ledger(0))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0])
def test_a_balance_that_is_none_is_refused(ledger, wrong):
    with pytest.raises(BadData, match="balance_yuan is missing, infinite or negative in 1 rows") as refusal:
        portfolio_at_risk(ledger(2, balance_yuan=[1.0, wrong]))
    assert refusal.value.failures["loan_id"].to_list() == ["L0001"]


def test_a_loan_that_stands_twice_is_refused(ledger, month_ends):
    with pytest.raises(BadData, match="a loan stands twice in the ledger"):
        portfolio_at_risk(ledger(2, loan_id=["L1", "L1"]))
    with pytest.raises(BadData, match="a loan stands twice in 2025-06"):
        four_pars(ledger(1), month_ends(["L0000"] * 2, ["2025-06"] * 2), as_of=AS_OF)


def test_a_missing_column_is_named(ledger):
    with pytest.raises(MissingTable, match="the loans lack overdue_days"):
        portfolio_at_risk(ledger(2).drop(columns="overdue_days"))


def test_days_of_a_loan_that_nobody_knows_are_refused_though_others_left_bad(ledger):
    loans = ledger(3, status=["normal", "normal", "written_off"], balance_yuan=[10.0, 10.0, 0.0])
    loans = loans.assign(overdue_days=[0.0, np.nan, 0.0], written_off_yuan=[0.0, 0.0, 9.0])
    loans = loans.assign(written_off_date=pd.to_datetime([None, None, "2026-03-01"]))
    with pytest.raises(BadData, match="overdue_days is missing"):
        four_pars(loans, as_of=AS_OF)


def test_no_class_at_all_is_no_nought_of_bad_loans(ledger):
    loans = ledger(2, class5=None, overdue_days=[0, 40])
    rows = committee_ratios(loans, as_of=AS_OF).set_index("measure")
    assert rows.loc[["npl", "special_mention"], "share"].isna().all()
    assert set(rows.loc[["npl", "special_mention"], "reason"]) == {"needs_class5"}
    late = committee_ratios(loans.assign(overdue_days=[0, 91]), as_of=AS_OF).set_index("measure")
    assert late.loc["npl", "share"] == 0.5 and np.isnan(late.loc["special_mention", "share"])
    months = monthly_ratios(loans, as_of=AS_OF)
    assert months["npl_share"].isna().all() and (months["overdue30_share"] == 0.5).all()


def test_one_loan_all_bad_is_a_stated_value(ledger):
    row = portfolio_at_risk(ledger(1, overdue_days=200), days=(30,)).iloc[0]
    assert row["share"] == 1.0 and row["share_high"] == 1.0 and row["share_low"] < 0.05


def _shares(*args, **options):
    return committee_ratios(*args, as_of=AS_OF, **options).set_index("measure").share


def test_a_published_ratio_of_bad_balances(ledger):
    """Vectors TV-E1 (gansulong.com): (35000 + 22000 + 11000 + 9000) / 3,102,000 = 2.48 %."""
    bad = [35000.0, 22000.0, 11000.0, 9000.0]
    loans = ledger(
        5, balance_yuan=[*bad, 3_102_000.0 - sum(bad)], class5=["substandard"] * 2 + ["doubtful", "loss", "normal"]
    )
    assert _shares(loans)["npl"] == pytest.approx(0.0248, abs=5e-5)


def test_each_ratio_counts_what_its_name_says(ledger):
    classes = ["normal", "special_mention", "substandard", "special_mention", "normal"]
    loans = ledger(5, balance_yuan=[60.0, 15.0, 10.0, 5.0, 10.0], class5=classes, overdue_days=[0, 30, 120, 95, 31])
    found = _shares(loans)
    expected = {"npl": 0.10, "special_mention": 0.20, "overdue30": 0.25, "overdue90_to_npl": 1.5}
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_formation_adds_back_what_was_written_off_or_sold(ledger, month_ends):
    """Opening 1,000 with 10 bad; 10 written off, 5 sold bad, 30 bad now: (30 - 10 + 15) / 1,000."""
    loans = ledger(
        4,
        balance_yuan=[30.0, 0.0, 0.0, 955.0],
        class5=["substandard", "loss", "doubtful", "normal"],
        status=["overdue", "written_off", "transferred", "normal"],
        written_off_date=[None, "2026-03-31", None, None],
        written_off_yuan=[None, 10.0, None, None],
        closed_date=[None, "2026-03-31", "2026-05-31", None],
    )
    months = month_ends(
        ["L0000", "L0001", "L0002", "L0003", "L0002"],
        ["2025-06"] * 4 + ["2026-04"],
        balance_yuan=[30.0, 10.0, 5.0, 955.0, 5.0],
        class5=["normal", "substandard", "normal", "normal", "doubtful"],
    )
    assert _shares(loans, months)["npl_formation"] == pytest.approx(0.035)
    assert _shares(loans, months)["npl_with_exits"] == pytest.approx((30 + 15) / (985 + 15))


def test_formation_is_negative_when_more_is_cured_than_formed(ledger, month_ends):
    months = month_ends(["L0000"], ["2025-06"], class5="substandard")
    row = committee_ratios(ledger(1), months, as_of=AS_OF).set_index("measure").loc["npl_formation"]
    assert row.share == -1.0


def test_a_ratio_of_ones_own_ledger_has_no_range(ledger):
    assert not {"share_low", "share_high"} & set(committee_ratios(ledger(3), as_of=AS_OF))


def test_nothing_written_off_makes_the_two_bad_ratios_equal(ledger):
    found = _shares(ledger(3, class5=["loss", "normal", "normal"]))
    assert found["npl"] == found["npl_with_exits"]


def test_a_ledger_alone_names_what_formation_needs(ledger):
    row = committee_ratios(ledger(3), as_of=AS_OF).set_index("measure").loc["npl_formation"]
    assert row.reason == "needs_loan_months" and np.isnan(row.share)


def test_no_bad_loan_leaves_nothing_to_compare_with(ledger):
    row = committee_ratios(ledger(3), as_of=AS_OF).set_index("measure").loc["overdue90_to_npl"]
    assert row.reason == "no_base" and np.isnan(row.share)


def test_a_loan_without_a_class_is_bad_beyond_90_days_and_counted_as_unknown(ledger):
    found = committee_ratios(ledger(3, class5=None, overdue_days=[0, 90, 91]), as_of=AS_OF).set_index("measure")
    assert found.loc["npl", "share"] == pytest.approx(1 / 3)
    assert found.loc["npl", ["unknown_count", "unknown_yuan"]].to_list() == [3, 300.0]


def test_groups_hold_all_six_ratios(ledger):
    found = committee_ratios(ledger(4, segment=["a", "a", "b", "b"]), as_of=AS_OF, within="segment")
    assert found.groupby("segment").measure.count().to_dict() == {"a": 6, "b": 6}


def test_quality_input_is_left_alone(ledger, month_ends, unchanged):
    loans, months = ledger(3), month_ends(["L0000"], ["2025-06"])
    with unchanged(loans, months):
        committee_ratios(loans, months, as_of=AS_OF)


def test_quality_a_book_without_a_live_loan_is_refused(ledger):
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        committee_ratios(ledger(2, status="settled"), as_of=AS_OF)


def test_each_month_has_the_ratios_that_its_own_ledger_would_have(ledger, month_ends):
    """The last row is `committee_ratios` of the ledger, an earlier one that of the ledger put back to that day."""
    names = [f"L{place:04d}" for place in range(4)]
    was = {"balance_yuan": [50.0, 30.0, 20.0, 0.0], "overdue_days": [0, 31, 95, 0],
           "class5": ["normal", "special_mention", "loss", "normal"]}  # fmt: skip
    loans = ledger(4, balance_yuan=[40.0, 30.0, 0.0, 30.0], class5=["normal", "loss", "loss", "normal"],
                   status=["normal", "overdue", "settled", "normal"], overdue_days=[0, 120, 0, 31])  # fmt: skip
    found = monthly_ratios(loans, month_ends(names, ["2026-05"] * 4, **was), as_of="2026-06-30").set_index("month")
    for month, then in {"2026-05": ledger(4, **was), "2026-06": loans}.items():
        ratios = committee_ratios(then, as_of="2026-06-30").set_index("measure")["share"]
        named = found.loc[month, ["npl_share", "special_mention_share", "overdue30_share"]].tolist()
        assert named == ratios[["npl", "special_mention", "overdue30"]].tolist()
    assert found["customers_count"].tolist() == [3, 3] and found["balance_yuan"].tolist() == [100.0, 100.0]


def test_a_month_that_is_not_there_has_no_change(ledger, month_ends):
    months = month_ends(["L0000"] * 2, ["2025-06", "2026-03"], balance_yuan=[60.0, 70.0])
    changed = ratio_changes(monthly_ratios(ledger(1), months, as_of="2026-06-30")).set_index("figure")
    told = changed.loc["balance_yuan", ["after", "quarter_change", "year_change"]].tolist()
    assert told == [100.0, 30.0, 40.0] and np.isnan(changed.loc["balance_yuan", "month_change"])
    alone = ratio_changes(monthly_ratios(ledger(1), None, as_of="2026-06-30"))
    assert alone.filter(like="_change").isna().all(axis=None)
