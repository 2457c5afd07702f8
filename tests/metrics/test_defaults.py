"""Who of the performing turned bad within a year, by group, and default rates where a customer file records them.

Bounds of small groups, as independent trials and as members of one source.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from microlib.contracts.segment import read_segments
from microlib.design.terms import read_policy
from microlib.errors import BadData, EmptyBook
from microlib.metrics.defaults import (
    backtest_rates,
    default_cohorts,
    default_counts,
    default_marks,
    default_rates,
    default_shares,
    drawn_rates,
    shared_bounds,
)
from microlib.stats.shrinkage import Prior

LOANS = pd.DataFrame({
    "loan_id": ["L1", "L2", "L3"], "customer_id": ["C1", "C1", "C2"], "balance_yuan": [1.0, 2.0, 3.0],
    "overdue_days": [0, 0, 91], "status": ["normal"] * 3, "class5": ["normal", "loss", "special_mention"],
    "segment": ["a", "a", "b"],
})  # fmt: skip
SEEN = {"month": "2025-06", "balance_yuan": 1.0, "overdue_days": 0, "status": "normal"}
MONTHS = pd.DataFrame({"loan_id": ["L1", "L2"], **SEEN})
AS_OF = "2026-06-30"
CUSTOMERS = pd.DataFrame({
    "customer_id": ["C1", "C2", "C3"], "rating": ["A", "B", "B"], "is_defaulted": [False, True, None]
})  # fmt: skip


def test_the_published_pool_has_its_rate_and_range():
    pool = pd.DataFrame({"is_defaulted": [True] * 27 + [False] * 96})
    found = default_rates(pool).iloc[0]
    assert (found["bad_count"], found["default_share_count"]) == (27, 123)
    assert found["default_share"] == pytest.approx(0.2195, abs=1e-4)
    assert found["default_share_low"] == pytest.approx(0.153, abs=1e-3)


def test_an_unknown_default_is_counted_apart():
    found = default_rates(CUSTOMERS, within="rating")
    assert found["unknown_count"].to_list() == [0, 1]


def test_groups_of_a_pool_carry_no_balance():
    members = pd.DataFrame({"customer_id": ["C1", "C2"], "segment": "pool", "is_primary": True})
    found = default_shares(CUSTOMERS, members).iloc[0]
    assert (found["segment"], found["bad_count"], found["share_count"]) == ("pool", 1, 2)
    assert pd.isna(found["base_yuan"])


@pytest.fixture
def followed(ledger, month_ends):
    """What became of one loan seen at 2025-06: its later month ends, and what the ledger says of it at 2026-06-30."""

    def made(*after, **columns):
        loans = ledger(1, **{"balance_yuan": 0.0, "status": "settled", "closed_date": "2026-01-31", **columns})
        rows = [{"month": "2025-06"}, *after]
        months = month_ends(["L0000"] * len(rows), [row["month"] for row in rows])
        marks = pd.DataFrame([{key: row[key] for key in row if key != "month"} for row in rows])
        for name in marks:
            months[name] = marks[name].where(marks[name].notna(), months[name])
        return default_cohorts(loans, months, as_of=AS_OF, cohorts=1)["outcome"].to_list()

    return made


def test_who_repaid_and_left_did_not_turn_bad(followed):
    assert followed({"month": "2025-12"}) == ["good"]


@pytest.mark.parametrize(
    "row",
    [{"class5": "substandard"}, {"overdue_days": 91}, {"status": "written_off", "balance_yuan": 0.0}],
    ids=["by class", "by days", "written off"],
)
def test_bad_at_any_month_end_is_bad_though_paid_off_afterwards(followed, row):
    """A loan that went bad and was closed is in no stock."""
    assert followed({"month": "2025-12"} | row, {"month": "2026-01"}) == ["bad"]


def test_bad_before_the_year_or_after_it_is_not_of_it(followed):
    assert followed({"month": "2026-07", "overdue_days": 100}) == ["good"]
    assert followed({"month": "2025-05", "overdue_days": 100}) == ["good"]


def test_what_the_ledger_writes_off_within_the_year_is_bad(followed):
    gone = {"status": "written_off", "written_off_yuan": 9.0, "closed_date": None}
    assert followed(written_off_date="2026-02-28", **gone) == ["bad"]
    assert followed(written_off_date="2026-07-31", **gone) == ["good"]
    assert followed(written_off_date=None, **gone) == ["bad"]  # no date, and not seen at the end of the year


def test_a_loan_sold_bad_is_bad_and_one_sold_sound_is_not(followed):
    sold = {"status": "transferred", "closed_date": "2026-03-31"}
    assert followed(class5="doubtful", **sold) == ["bad"]
    assert followed(class5="normal", **sold) == ["good"]


def test_a_loan_that_left_without_a_trace_is_unknown(followed):
    assert followed({"month": "2025-12"}, status="unknown", closed_date=None) == ["unknown"]
    assert followed({"month": "2026-06"}, status="unknown", closed_date=None) == ["good"]


def test_bad_already_is_not_in_the_cohort(ledger, month_ends):
    months = month_ends(["L0000", "L0001"], ["2025-06"] * 2, overdue_days=[91, 90])
    found = default_cohorts(ledger(2), months, as_of=AS_OF)
    assert found["customer_id"].to_list() == ["C0001"]


def test_a_loan_taken_later_turns_its_borrower_bad(ledger, month_ends):
    """Borrower, not loan: the second loan of C1 goes bad; in a product of its own it is no loan of that cohort."""
    loans = ledger(2, customer_id=["C1", "C1"], product_id=["P1", "P2"])
    months = month_ends(["L0000", "L0001"], ["2025-06", "2026-03"], overdue_days=[0, 100])
    assert default_cohorts(loans, months, as_of=AS_OF)["outcome"].to_list() == ["bad"]
    apart = default_cohorts(loans, months, as_of=AS_OF, within="product_id")
    assert apart[["product_id", "outcome"]].to_numpy().tolist() == [["P1", "good"]]


def test_two_years_are_two_trials_and_a_default_counts_in_its_own(ledger, month_ends):
    names, months = zip(
        ("L0000", "2024-06"),
        ("L0000", "2025-06"),
        ("L0000", "2026-03"),
        ("L0001", "2024-06"),
        ("L0001", "2025-03"),
        ("L0001", "2025-06"),
        strict=True,
    )
    late = [0, 0, 100, 0, 100, 120]
    found = default_cohorts(ledger(2), month_ends(list(names), list(months), overdue_days=late), as_of=AS_OF)
    years = found["opening_date"].dt.year
    assert list(zip(found["customer_id"], years, found["outcome"], strict=True)) == [
        ("C0000", 2024, "good"),
        ("C0000", 2025, "bad"),
        ("C0001", 2024, "bad"),
    ]
    assert default_counts(found, within=None).iloc[0].to_list() == ["cohort", 2, 3, 0]


def test_without_month_ends_of_a_year_ago_the_stock_is_counted_and_said(ledger, month_ends):
    loans = ledger(3, overdue_days=[0, 91, 0], class5=[None, None, "loss"], segment=["a", "a", "b"])
    for months in (None, month_ends(["L0000"], ["2025-07"])):
        found = default_counts(default_cohorts(loans, months, as_of=AS_OF, within="segment"), within="segment")
        assert found.to_numpy().tolist() == [["a", "stock", 1, 2, 0], ["b", "stock", 1, 1, 0]]


def test_a_book_without_a_live_loan_has_no_stock(ledger):
    with pytest.raises(EmptyBook, match="no loan has a balance"):
        default_cohorts(ledger(1, balance_yuan=0.0), as_of=AS_OF)


def test_a_borrower_hangs_on_core_then_venue_then_trade(ledger):
    loans = ledger(4, core_id=["H01", None, None, None], venue_id=["V1", "V1", None, None], use_industry_code=None)
    customers = pd.DataFrame({"customer_id": ["C0000", "C0002"], "industry_code": ["F5154", "f51"], "venue_id": None})
    assert default_cohorts(loans, None, customers, as_of=AS_OF)["kind"].to_list() == ["H01", "V1", "F", "?"]


def test_the_order_of_rows_does_not_matter(ledger, month_ends):
    generator = np.random.default_rng(2)
    loans = ledger(30, customer_id=[f"C{i}" for i in generator.integers(0, 12, 30)])
    rows = [(f"L{i:04d}", f"{2024 + (m + 5) // 12}-{(m + 5) % 12 + 1:02d}") for i in range(30) for m in range(0, 25, 3)]
    months = month_ends(*map(list, zip(*rows, strict=True)), overdue_days=generator.choice([0, 0, 0, 100], len(rows)))
    forth = default_cohorts(loans, months, as_of=AS_OF)
    back = default_cohorts(loans[::-1], months.sample(frac=1, random_state=1), as_of=AS_OF)
    pd.testing.assert_frame_equal(forth, back)


def test_marks_are_counted_and_what_bears_none_is_unknown():
    found = default_counts(default_marks(CUSTOMERS), within=None).iloc[0]
    assert found.to_list() == ["default_marks", 1, 2, 1]
    assert default_counts(default_marks(CUSTOMERS.assign(is_defaulted=None)), within=None)["basis"].item() == "none"


def _rows(outcomes, year=2025, segment="a", kind="F"):
    names = [f"C{i}" for i in range(len(outcomes))]
    return pd.DataFrame(
        {
            "segment": segment,
            "basis": "cohort",
            "kind": kind,
            "customer_id": names,
            "opening_date": pd.Timestamp(year, 6, 30),
            "outcome": outcomes,
        }
    )


def test_a_rate_is_drawn_to_the_kinds_of_its_members():
    """Beta(1, 9) for half of them and Beta(3, 7) for the others: prior mean .2, and no case yet."""
    rows = pd.concat([_rows(["unknown"] * 2, kind="F"), _rows(["unknown"] * 2, kind="G")])
    priors = {"F": Prior(1.0, 9.0), "G": Prior(3.0, 7.0), "": Prior(0.5, 0.5)}
    found = drawn_rates(rows, priors=priors, within="segment").iloc[0]
    assert (found["total_count"], found["unknown_count"]) == (0, 4)
    assert found["shrunk_rate"] == pytest.approx(0.2) and pd.isna(found["rate"])


def test_what_was_told_is_held_against_what_came():
    rows = pd.concat(
        [
            _rows(["good"] * 99 + ["bad"], 2024),
            _rows(["bad"] * 30 + ["good"] * 70),
            _rows(["good"] * 100, 2024, "b"),
            _rows(["good"] * 99 + ["bad"], 2025, "b"),
        ]
    )
    pieces = pd.DataFrame({"kind": "F", "year": "2024-06", "bad_count": [20, 18], "total_count": 1000})
    found = backtest_rates(rows, pieces, within="segment").set_index("segment")
    assert found["finding"].to_dict() == {"a": "above", "b": "inside"}
    assert found.loc["a", "came_rate"] == 0.3 and found["told_rate"].between(0.01, 0.03).all()


def test_what_came_does_not_move_what_was_told():
    pieces = pd.DataFrame({"kind": "F", "year": ["2024-06", "2025-06"], "bad_count": [20, 900], "total_count": 1000})
    tellings = [
        backtest_rates(pd.concat([_rows(["good"] * 50, 2024), _rows(came)]), pieces, within="segment")[
            "told_rate"
        ].item()
        for came in (["bad"] * 50, ["good"] * 50)
    ]
    assert tellings[0] == tellings[1] < 0.03


def test_one_year_alone_cannot_be_held_against_another():
    with pytest.raises(EmptyBook, match="no rate could be told a year ago"):
        backtest_rates(_rows(["good"]), pd.DataFrame(), within="segment")


def test_nothing_known_is_refused():
    with pytest.raises(EmptyBook, match="no customer's default"):
        default_rates(CUSTOMERS.assign(is_defaulted=None))


def test_frames_are_not_altered(unchanged):
    with unchanged(LOANS, CUSTOMERS):
        default_cohorts(LOANS, MONTHS, as_of=AS_OF, within="segment")
        default_rates(CUSTOMERS, within="rating")


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
