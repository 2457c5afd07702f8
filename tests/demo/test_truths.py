"""What was planted can be seen in the tables."""

import pandas as pd
import pytest

from microlib.demo.ledger_tables import class_of
from microlib.demo.world import AS_OF, World, read_settings


def _named(world: World, table: str, column: str, keys: list) -> pd.DataFrame:
    frame = world.frames[table]
    return frame[frame[column].isin(keys)]


def test_six_loans_of_one_borrower_stay_under_the_authority(small_world: World) -> None:
    group = small_world.truth["split_groups"][0]
    six = _named(small_world, "loans", "loan_id", group["loan_ids"])
    assert len(six) == 6
    assert (six.amount_yuan < group["authority_limit_yuan"]).all()
    assert (six.disbursed_date.max() - six.disbursed_date.min()).days <= 60
    phones = _named(small_world, "customers", "customer_id", group["customer_ids"]).phone_hash
    assert phones.nunique() == 1


def test_innocent_lookalikes_are_there_and_disjoint_from_the_split_group(small_world: World) -> None:
    innocent = small_world.truth["innocent_lookalikes"]
    guilty = set(small_world.truth["split_groups"][0]["customer_ids"])
    assert len(innocent["owner_and_own_company"]) > 5
    for members in innocent.values():
        flat = {member for item in members for member in (item if isinstance(item, list) else [item])}
        assert flat
        assert not flat & guilty


def test_loans_that_cross_90_days_do_so_by_their_own_dates(small_world: World) -> None:
    truth = small_world.truth["crossing_90_before_next_month_end"]
    loans = _named(small_world, "loans", "loan_id", list(truth)).set_index("loan_id")
    assert len(loans)
    assert loans.overdue_days.between(60, 90).all()
    days = (pd.to_datetime(pd.Series(truth)) - loans.first_overdue_date.reindex(truth)).dt.days
    assert (days == 91).all()


def test_the_overdue_days_are_those_since_the_first_overdue_date(small_world: World) -> None:
    loans = small_world.frames["loans"]
    late = loans[loans.overdue_days > 0]
    assert ((pd.Timestamp(AS_OF) - late.first_overdue_date).dt.days == late.overdue_days).all()
    assert (late.overdue_interest_yuan > 0).all()


def test_the_classes_cut_strictly_above_90_days(small_world: World) -> None:
    loans = small_world.frames["loans"]
    over = loans[(loans.balance_yuan > 0) & (loans.overdue_days > 90)]
    assert over.class5.isin(["substandard", "doubtful", "loss"]).all()
    assert not loans.class5[loans.overdue_days.between(8, 90)].isin(["normal", "substandard"]).any()
    assert class_of(pd.Series([90, 91]).to_numpy(), pd.Series([False, False]).to_numpy())[1] == "substandard"


def test_renewals_that_hide_arrears_are_apart_from_compliant_ones(small_world: World) -> None:
    hiding = small_world.truth["renewals_hiding_arrears"]
    clean = small_world.truth["renewals_compliant"]
    both = _named(small_world, "loans", "loan_id", hiding["all"] + clean)
    assert not set(hiding["all"]) & set(clean)
    assert set(hiding["overdue"]) <= set(hiding["all"])
    assert both.previous_loan_id.notna().all()
    assert set(small_world.truth["rolled_over_with_cash"]) <= set(clean)


def test_control_totals_tie_but_for_the_planted_branch(small_world: World) -> None:
    loans = small_world.frames["loans"]
    live = loans[loans.balance_yuan > 0]
    said = small_world.frames["control_totals"].set_index("branch_id").balance_yuan
    off = (said / live.groupby("branch_id").balance_yuan.sum() - 1).abs().round(6)
    assert off[off > 0].to_dict() == pytest.approx({"0010": 0.003}, abs=1e-5)


def test_two_lists_estimate_the_known_population(small_world: World) -> None:
    for venue in ("V01", "V02"):
        truth = small_world.truth["venue_populations"][venue]
        lists = small_world.frames["venue_rosters"].query("venue_id == @venue").groupby("list_source").uscc_hash
        one, two = (set(hashes) for _, hashes in lists)
        estimate = (len(one) + 1) * (len(two) + 1) / (len(one & two) + 1) - 1
        assert estimate == pytest.approx(truth["chapman_count"])
        assert estimate == pytest.approx(truth["members_count"], rel=0.08)


def test_the_second_hospital_pays_later_and_later(small_world: World) -> None:
    paid = small_world.frames["core_payables"].dropna(subset=["paid_date"])
    days = (paid.paid_date - paid.delivered_date).dt.days.groupby([paid.core_id, paid.delivered_date.dt.year]).mean()
    assert abs(days["H01", 2025] - days["H01", 2022]) < 3
    assert days["H02", 2025] > days["H02", 2023] + 40


def test_income_shares_can_be_read_from_payables(small_world: World) -> None:
    payables, truth = small_world.frames["core_payables"], small_world.truth["dependence"]["H01"]
    year = payables[(payables.delivered_date > "2025-06-30") & (payables.core_id == "H01")]
    sales = small_world.frames["customers"].set_index("customer_id").annual_sales_yuan
    share = (year.groupby("customer_id").amount_yuan.sum() / sales).dropna()
    assert share.to_dict() == pytest.approx({name: truth["share_by_customer"][name] for name in share.index}, abs=1e-4)
    assert set(truth["unknown_ids"]) == set(sales.index[sales.isna()]) & set(truth["share_by_customer"])


def test_twin_books_share_nine_tenths_of_their_sales(small_world: World) -> None:
    sales = small_world.frames["invoices"].query("side == 'sale'")
    keys = ["invoice_number", "counterparty_hash", "gross_yuan", "issued_date"]
    for one, other in small_world.truth["twin_invoice_books"]["pairs"]:
        books = [set(map(tuple, sales.loc[sales.customer_id == name, keys].to_numpy())) for name in (one, other)]
        assert 0.8 < len(books[0] & books[1]) / len(books[0]) < 0.97


def test_one_appraiser_sees_more_value_than_the_others(small_world: World) -> None:
    frame, truth = small_world.frames["collateral"], small_world.truth["appraisal_bias"]
    unit = frame.value_yuan / frame.area_m2
    middle = unit.groupby([frame.district, frame.kind]).transform("median")
    ratio = (unit / middle).groupby(frame.appraiser_id).median()
    assert ratio.idxmax() == truth["appraiser_id"]


def test_the_special_branches_are_what_they_are_said_to_be(small_world: World) -> None:
    branches = small_world.truth["branches"]
    assert branches["0995"]["loans_count"] == 12
    assert branches["0896"]["overdue_count"] == 0
    assert (branches["0591"]["level"], branches["0371"]["level"]) == (0, 1)


def test_every_group_of_the_settings_lives_somewhere(small_world: World) -> None:
    assert set(small_world.truth["groups"]) == set(read_settings("groups"))


def test_the_weak_rollover_chains_do_not_earn_their_interest(small_world: World) -> None:
    weak = _named(small_world, "loans", "loan_id", small_world.truth["renewals_hiding_arrears"]["rolled_without_cash"])
    year = small_world.frames["flow_months"].query("month > '2025-06'").groupby("customer_id")
    net = year.inflow_yuan.sum() - year.outflow_yuan.sum()
    assert len(weak)
    assert (net.reindex(weak.customer_id).to_numpy() < (weak.amount_yuan * weak.yearly_rate).to_numpy()).all()
