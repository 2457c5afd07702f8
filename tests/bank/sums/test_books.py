"""The engine's pieces are the measures' own, branch by branch, on the whole demo bank and on a ledger of odd rows.

Whole-bank pieces add up, count borrowers once in a group, and never hold a rate.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from microlib.bank.branch import read_branch
from microlib.bank.ingest.load import load_frames
from microlib.bank.store import open_store
from microlib.bank.sums.bank_wide import campaign_arms, vintage_ends
from microlib.bank.sums.books import default_pieces, ledger_totals, month_sums, par_sums, quality_sums
from microlib.errors import NeedsColumn
from microlib.metrics.arrears import stressed_renewals
from microlib.metrics.book import compared_totals
from microlib.metrics.campaign_effect import arm_counts, campaign_outcomes
from microlib.metrics.defaults import default_cohorts, default_counts
from microlib.metrics.outcome import loan_outcomes
from microlib.metrics.quality import four_pars, pars_from_sums
from microlib.stats.vintage import vintage_counts, vintage_grid

AS_OF = date(2026, 6, 30)
BRANCHES = ("0010", "0021", "0371", "0755", "0995")


@pytest.fixture(scope="module")
def book_of(demo_home):
    """A branch's book as it is read alone, read once."""
    return cache(lambda branch: read_branch(demo_home, branch=branch, as_of=AS_OF))


@pytest.mark.parametrize("cut_days", [30, 90])
def test_ends_of_the_engine_give_the_vintage_of_each_book(demo_home, book_of, cut_days):
    with open_store(demo_home) as store:
        ends = vintage_ends(store, as_of=AS_OF, by=["branch_id", "product_id"], cut_days=cut_days)
    for branch in BRANCHES:
        book = book_of(branch)
        outcomes = loan_outcomes(
            book["loans"], book["loan_months"], as_of=AS_OF, cut_days=cut_days, within=["product_id"]
        )
        ours = vintage_grid(ends[ends["branch_id"] == branch], within="product_id")
        pd.testing.assert_frame_equal(ours, vintage_counts(outcomes, within="product_id"), check_dtype=False)


def test_months_of_disbursement_may_be_cohorts(demo_home):
    with open_store(demo_home) as store:
        ends = vintage_ends(store, as_of=AS_OF, by=["disbursed_month"])
    assert (
        ends["disbursed_month"].str.fullmatch(r"\d{4}-\d\d").all() and ends["disbursed_month"].is_monotonic_increasing
    )


def test_pieces_of_the_engine_give_the_four_pars_of_each_book(demo_home, book_of):
    with open_store(demo_home) as store:
        pieces = par_sums(store, as_of=AS_OF, by=["branch_id"])
    shares = pars_from_sums(pieces, within="branch_id").set_index(["branch_id", "measure"])
    for branch in BRANCHES:
        book = book_of(branch)
        renewals = stressed_renewals(book["loans"], book["loan_months"], as_of=AS_OF)
        theirs = four_pars(book["loans"], book["loan_months"], renewals=renewals, as_of=AS_OF).set_index("measure")
        known = theirs["share"].notna()  # a book without a year of month ends has no lagged share
        assert known.to_list() == shares.loc[branch, "share"].notna().to_list()
        for column in ("share", "share_low", "share_high", "hit_yuan", "base_yuan", "unknown_yuan"):
            found = shares.loc[branch].loc[known.to_numpy(), column].to_list()
            assert found == pytest.approx(theirs.loc[known, column].to_list()), column


def test_counts_are_of_borrowers_and_sections_add_up(demo_home, book_of):
    with open_store(demo_home) as store:
        whole, split = par_sums(store, as_of=AS_OF, by=["branch_id"]), par_sums(store, as_of=AS_OF)
    book = book_of("0755")["loans"]
    live = book[(book["balance_yuan"] > 0) & ~book["status"].isin(["settled", "written_off", "transferred"])]
    row = whole.set_index("branch_id").loc["0755"]
    assert (row.loans_count, row.customers_count) == (len(live), live["customer_id"].nunique())
    assert row.par30_count == live.loc[live["overdue_days"] > 30, "customer_id"].nunique()
    assert split.groupby("branch_id")["adjusted_yuan"].sum().to_list() == pytest.approx(
        whole["adjusted_yuan"].to_list()
    )


def odd_ledger():
    """A chain that bites its tail, a renewal without root, an extension in place, a write-off without a date."""
    days = ["2026-02-01", "2025-02-01", "2026-03-01", "2025-01-01", "2024-01-01", "2026-01-01"]
    loans = pd.DataFrame({
        "loan_id": [f"L{number}" for number in range(1, 7)], "customer_id": "C1", "branch_id": "B1",
        "previous_loan_id": ["L2", "L1", "lost", None, None, "L5"], "amount_yuan": 1e5,
        "balance_yuan": [5e4, 0, 7e4, 6e4, 0, 0], "issue_type": [*["refinance"] * 3, "extension", "new", "new"],
        "disbursed_date": pd.to_datetime(days), "maturity_date": pd.Timestamp("2027-01-01"), "yearly_rate": 0.05,
        "overdue_days": [0, 0, 0, 40, 0, 0], "overdue_interest_yuan": [0, 900.0, 0, 0, 0, 0],
        "status": ["normal", "settled", "normal", "overdue", "written_off", "unknown"],
    })  # fmt: skip
    months = {"loan_id": ["L4", "L5", "L4"], "month": ["2025-06", "2025-06", "2026-05"], "overdue_days": [0, 100, 5]}
    return loans, pd.DataFrame(months).assign(balance_yuan=[8e4, 9e4, 6e4], status="normal")


def test_odd_rows_are_judged_alike(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROLIB_KEY_FILE", str(tmp_path / "key"))
    loans, months = odd_ledger()
    frames = {
        "branches": pd.DataFrame({"branch_id": ["B1"], "name": ["bench"]}),
        "customers": pd.DataFrame({"customer_id": ["C1"], "branch_id": "B1"}),
        "loans": loans, "loan_months": months,
    }  # fmt: skip
    load_frames(tmp_path, frames, as_of=AS_OF, name="odd")
    with open_store(tmp_path) as store:
        pieces, ends = (
            par_sums(store, as_of=AS_OF, by=["branch_id"]),
            vintage_ends(store, as_of=AS_OF, by=["branch_id"]),
        )
    book = read_branch(tmp_path, branch="B1", as_of=AS_OF)
    renewals = stressed_renewals(book["loans"], book["loan_months"], as_of=AS_OF)
    theirs = four_pars(book["loans"], book["loan_months"], renewals=renewals, as_of=AS_OF)
    assert pars_from_sums(pieces)["hit_yuan"].to_list() == pytest.approx(theirs["hit_yuan"].to_list())
    outcomes = loan_outcomes(book["loans"], book["loan_months"], as_of=AS_OF)
    assert ends["loans_count"].sum() == (outcomes["outcome"] != "not_observed").sum()


def test_arms_of_the_engine_are_those_of_each_branch(demo_home, book_of):
    with open_store(demo_home) as store:
        arms = campaign_arms(store, as_of=AS_OF)
    for branch in ("0021", "0755"):
        book = book_of(branch)
        found = campaign_outcomes(book["campaigns"], book["campaign_members"], book["loans"], as_of=AS_OF)
        ours = arm_counts(found).sort_values("campaign_id", ignore_index=True)
        theirs = arms.loc[arms["branch_id"] == branch, list(ours.columns)].reset_index(drop=True)
        pd.testing.assert_frame_equal(theirs, ours, check_dtype=False)


JUNE = date(2026, 6, 30)


def pieces(home, **options: object) -> pd.DataFrame:
    with open_store(home) as store:
        return quality_sums(store, as_of=JUNE, **options)


def test_pieces_of_the_small_bank_are_those_counted_by_hand(bank):
    south = pieces(bank, by=["branch_id"]).set_index("branch_id").loc["0755"].to_dict()
    assert south == {
        "loans_count": 3, "customers_count": 2, "balance_yuan": 580_000.0,
        "overdue_30_yuan": 300_000.0, "overdue_60_yuan": 300_000.0, "overdue_90_yuan": 300_000.0,
        "npl_yuan": 300_000.0, "special_mention_yuan": 0.0, "bad_count": 1,
    }  # fmt: skip


def test_pieces_of_the_sections_add_up_to_those_of_the_branches(bank):
    sections, whole = pieces(bank), pieces(bank, by=["branch_id"])
    added = sections.groupby("branch_id")["balance_yuan"].sum()
    assert added.to_dict() == whole.set_index("branch_id")["balance_yuan"].to_dict()


def test_a_customer_without_an_industry_stands_under_a_question_mark(bank):
    assert pieces(bank)["industry_section"].tolist() == ["?", "C", "F"]


def test_settled_and_written_off_loans_are_not_on_the_books(tmp_path, frames):
    frames["loans"] = frames["loans"].assign(status=["settled", "written_off", "normal", "normal", "transferred"])
    load_frames(tmp_path, frames, as_of=JUNE, name="june")
    assert pieces(tmp_path, by=["branch_id"])["loans_count"].tolist() == [1, 1]


def test_days_that_nobody_knows_are_in_no_sum_and_in_no_frame(tmp_path, frames):
    """A branch whose file lacks days past due has no PAR, in the engine as in frames; the other one keeps its own."""
    loans = frames["loans"].assign(class5=None)
    dayless = loans["branch_id"] == "0755"
    load_frames(tmp_path, {**frames, "loans": loans[~dayless]}, as_of=JUNE, name="june")
    load_frames(tmp_path, {"loans": loans[dayless].drop(columns="overdue_days")}, as_of=JUNE, name="other")
    with open_store(tmp_path) as store:
        sums = par_sums(store, as_of=JUNE, by=["branch_id"])
        months, totals = month_sums(store, as_of=JUNE), ledger_totals(store, as_of=JUNE)
    shares = pars_from_sums(sums, within="branch_id").set_index(["branch_id", "measure"])
    unknown = shares.loc["0755"]
    assert unknown.loc[["par30_plain", "par30_adjusted"], "share"].isna().all()
    assert unknown.loc["par30_plain", "reason"] == "needs_overdue_days" and unknown.loc["par30_plain", "base_yuan"] > 0
    assert pars_from_sums(sums)["share"].isna().all()
    assert months.iloc[-1][["npl_yuan", "overdue_30_yuan"]].isna().all()
    tied = totals.set_index("branch_id")["overdue_yuan"]
    assert np.isnan(tied["0755"]) and tied["0021"] >= 0
    control = totals.assign(overdue_yuan=0.0)
    states = compared_totals(totals.set_index("branch_id"), control).set_index(["branch_id", "total"])["state"]
    assert states["0755", "overdue_yuan"] == "no_own_total" and states["0755", "balance_yuan"] == "tied"
    known, lacking = (read_branch(tmp_path, branch=code, as_of=JUNE)["loans"] for code in ("0021", "0755"))
    theirs = four_pars(known, as_of=JUNE).set_index("measure")
    assert shares.loc[("0021", "par30_plain"), "share"] == theirs.loc["par30_plain", "share"]
    with pytest.raises(NeedsColumn, match="overdue_days"):
        four_pars(lacking, as_of=JUNE)


def test_an_unknown_class_is_not_bad(tmp_path, frames):
    frames["loans"] = frames["loans"].assign(class5=None, overdue_days=90)
    load_frames(tmp_path, frames, as_of=JUNE, name="june")
    assert default_pieces(tmp_path, as_of=JUNE)["bad_count"].sum() == 0


def test_without_month_ends_the_stock_is_counted_per_branch_and_kind(bank):
    assert default_pieces(bank, as_of=JUNE).drop(columns="unknown_count").to_numpy().tolist() == [
        ["0021", "?", "", 0, 1],
        ["0021", "C", "", 0, 1],
        ["0755", "F", "", 1, 2],
    ]


def test_a_bank_without_loans_counts_marked_defaults(tmp_path, frames):
    marked = frames["customers"].assign(is_defaulted=[True, False, None, True])
    pool = {"branches": frames["branches"], "customers": marked}
    load_frames(tmp_path, pool, as_of=JUNE, name="pool")
    found = default_pieces(tmp_path, as_of=JUNE).drop(columns="unknown_count")
    assert found.to_numpy().tolist() == [["0021", "?", "", 1, 1], ["0755", "F", "", 1, 2]]


def test_the_engine_follows_the_cohorts_that_a_branch_follows(demo_home):
    """The same definitions, by branch, kind and year; a branch without month ends has only its stock."""
    pieces = default_pieces(demo_home, as_of=AS_OF).set_index("branch_id")
    names = ["kind", "year", "bad_count", "total_count", "unknown_count"]
    for branch in ("0021", "0371"):
        book = read_branch(demo_home, branch=branch, as_of=AS_OF)
        rows = default_cohorts(book["loans"], book["loan_months"], book["customers"], as_of=AS_OF)
        rows = rows.assign(year=rows["opening_date"].dt.strftime("%Y-%m"))
        parts = [default_counts(part, within="kind").assign(year=year) for year, part in rows.groupby("year")]
        ours = pd.concat(parts)[names].sort_values(["kind", "year"], ignore_index=True)
        pd.testing.assert_frame_equal(ours, pieces.loc[branch, names].reset_index(drop=True), check_dtype=False)


def test_exits_without_a_trace_or_date_are_what_the_branch_says(tmp_path, frames):
    """Ends of every kind, in the engine and in frames."""
    ends = pd.DataFrame(
        {
            "status": ["settled", "written_off", "unknown", "written_off", "transferred", "normal"],
            "written_off_date": [None, "2026-02-28", None, None, None, None],
            "closed_date": ["2026-01-31", None, None, None, "2026-03-31", None],
            "class5": ["normal", "loss", "normal", "loss", "doubtful", "normal"],
        }
    )
    first = frames["loans"].iloc[[0] * len(ends)].reset_index(drop=True)
    who = [f"C{i}" for i in range(len(ends))]
    days = {name: pd.to_datetime(ends[name]) for name in ("written_off_date", "closed_date")}
    loans = first.assign(
        loan_id=[f"E{i}" for i in range(len(ends))], customer_id=who, overdue_days=0, **{**ends, **days}
    )
    loans["balance_yuan"] = np.where(loans["status"] == "normal", 90_000.0, 0.0)
    loans["written_off_yuan"] = np.where(loans["status"] == "written_off", 90_000.0, 0.0)
    customers = frames["customers"].iloc[[0] * len(ends)].assign(customer_id=who).reset_index(drop=True)
    months = pd.DataFrame(
        {
            "loan_id": loans["loan_id"],
            "month": "2025-06",
            "balance_yuan": 90_000.0,
            "overdue_days": 0,
            "class5": "normal",
            "status": "normal",
            "yearly_rate": 0.05,
        }
    )
    made = {"branches": frames["branches"], "customers": customers, "loans": loans, "loan_months": months}
    load_frames(tmp_path, made, as_of=JUNE, name="june")
    book = read_branch(tmp_path, branch=str(loans["branch_id"].iloc[0]), as_of=JUNE)
    rows = default_cohorts(book["loans"], book["loan_months"], book["customers"], as_of=JUNE)
    assert rows["outcome"].to_list() == ["good", "bad", "unknown", "bad", "bad", "good"]
    names = ["bad_count", "total_count", "unknown_count"]
    assert default_pieces(tmp_path, as_of=JUNE)[names].sum().to_list() == [3, 5, 1]


def test_who_s_days_are_unknown_is_unknown_and_never_good(tmp_path, frames):
    """At the opening, after it, or nowhere; in the engine and in frames alike. A bad class needs no days."""
    first = frames["loans"].iloc[[0] * 5].reset_index(drop=True)
    who = [f"C{i}" for i in range(5)]
    loans = first.assign(loan_id=[f"E{i}" for i in range(5)], customer_id=who, overdue_days=0, class5="normal")
    customers = frames["customers"].iloc[[0] * 5].assign(customer_id=who).reset_index(drop=True)
    days = {"2025-06": [None, 0, 0, None, 0], "2025-12": [0, None, 0, 120, None], "2026-06": [0, 0, 0, 0, 0]}
    classes = {"2025-12": ["normal"] * 4 + ["doubtful"]}
    rows = {"loan_id": loans["loan_id"], "balance_yuan": 9e4, "status": "normal", "yearly_rate": 0.05}
    months = pd.concat(
        pd.DataFrame({**rows, "month": month, "overdue_days": late, "class5": classes.get(month, "normal")})
        for month, late in days.items()
    ).astype({"overdue_days": "float64"})
    made = {"branches": frames["branches"], "customers": customers, "loans": loans}
    load_frames(tmp_path, {**made, "loan_months": months[months["overdue_days"].notna()]}, as_of=JUNE, name="june")
    lacking = months[months["overdue_days"].isna()].drop(columns="overdue_days")
    load_frames(tmp_path, {"loan_months": lacking}, as_of=JUNE, name="no_days")
    book = read_branch(tmp_path, branch=str(loans["branch_id"].iloc[0]), as_of=JUNE)
    with pytest.raises(NeedsColumn, match="overdue_days"):
        default_cohorts(book["loans"], book["loan_months"], as_of=JUNE)
    rows = default_cohorts(book["loans"], months.reset_index(drop=True), book["customers"], as_of=JUNE)
    assert rows["outcome"].to_list() == ["unknown", "unknown", "good", "unknown", "bad"]
    names = ["bad_count", "total_count", "unknown_count"]
    assert default_pieces(tmp_path, as_of=JUNE)[names].sum().to_list() == [1, 2, 3]


def test_in_the_stock_too_unknown_days_are_unknown(tmp_path, frames):
    """A branch that gave no days beside one that did."""
    mine = frames["loans"]["branch_id"] == "0755"
    load_frames(tmp_path, {**frames, "loans": frames["loans"][~mine]}, as_of=JUNE, name="june")
    lacking = frames["loans"][mine].drop(columns="overdue_days")
    load_frames(tmp_path, {"loans": lacking}, as_of=JUNE, name="no_days")
    found = default_pieces(tmp_path, as_of=JUNE).set_index(["branch_id", "kind"])
    # L3 is substandard, the other two borrowers' loans are not known to be in time
    assert found.loc[("0755", "F"), ["bad_count", "total_count", "unknown_count"]].to_list() == [1, 1, 1]
