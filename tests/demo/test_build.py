"""What was planted in the tables of conduct can be seen there.

Making and keeping: the demo bank passes the checks of any file, says it is synthetic, and is not made twice.
The demo bank keeps the contracts, is the same for the same seed, and differs for another.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microlib.bank.store import open_store, read_meta
from microlib.contracts.tables import TABLES
from microlib.demo import build
from microlib.demo.build import build_world, keep_demo, make_demo
from microlib.demo.reviews import ELASTICITY, FOLLOWED, TRADE
from microlib.demo.world import AS_OF, World


def payments_of(world: World, name: str) -> pd.DataFrame:
    frame = world.frames["payments"]
    return frame[frame.loan_id.isin(world.truth["use_of_funds"][name])]


def test_payments_of_a_loan_sum_to_its_amount(small_world: World) -> None:
    paid = small_world.frames["payments"].groupby("loan_id").amount_yuan.sum()
    lent = small_world.frames["loans"].set_index("loan_id").amount_yuan.reindex(paid.index)
    whole = (small_world.frames["loans"].set_index("loan_id").disbursed_date < "2026-05-01").reindex(paid.index)
    assert (paid - lent)[whole].abs().max() < 0.02


def test_split_payments_stay_under_the_threshold_and_sum_above_it(small_world: World) -> None:
    pieces = payments_of(small_world, "split_under_threshold")
    assert (pieces.amount_yuan < 500_000).all()
    assert (pieces.method == "own").all()
    assert (pieces.groupby(["loan_id", "payee_hash"]).amount_yuan.sum() > 500_000).all()


def test_nothing_else_is_paid_out_by_the_borrower_above_the_threshold(small_world: World) -> None:
    own = small_world.frames["payments"].query("method == 'own'")
    assert own.amount_yuan.max() <= 500_000


def test_returned_money_is_most_of_it_and_refunds_are_little(small_world: World) -> None:
    back = payments_of(small_world, "returned_to_borrower")
    assert (back.returned_yuan > 0.8 * back.amount_yuan).all()
    refunds = payments_of(small_world, "refunds_innocent").dropna(subset=["returned_yuan"])
    small = refunds[~refunds.loan_id.isin(back.loan_id)]
    assert len(small)
    assert (small.returned_yuan < 0.1 * small.amount_yuan).all()


def test_six_borrowers_pay_one_payee(small_world: World) -> None:
    assert payments_of(small_world, "one_payee_for_many").payee_hash.nunique() == 1


def test_hidden_debt_is_missing_from_the_owners_worth(small_world: World) -> None:
    seen = small_world.frames["site_checks"]
    implied = seen.opening_worth_yuan + seen.profit_yuan + seen.injected_yuan - seen.withdrawn_yuan
    gap = (implied - seen.net_worth_yuan) / seen.net_worth_yuan
    hiding = seen.customer_id.isin(small_world.truth["hidden_debt"]["customer_ids"])
    assert gap[hiding].groupby(seen.customer_id).max().min() > 0.2
    assert gap[~hiding].abs().max() < 0.1


def test_reviews_name_reasons_as_often_as_planted(small_world: World) -> None:
    frame = small_world.frames["bad_loan_reviews"]
    both = frame.dropna(subset=["second_reason_code"])
    agreed = (both.reason_code == both.second_reason_code).mean()
    assert 0.7 < agreed < 0.97
    assert (frame.realised_loss_yuan >= 0).all()


def test_flows_of_one_trade_follow_one_series(small_world: World) -> None:
    series = small_world.frames["external_series"].set_index("series_id").loc[FOLLOWED].set_index("month").value
    people = small_world.notes["people"]
    flows = small_world.frames["flow_months"]
    flows = flows[flows.customer_id.isin(people.customer_id[people.industry_code == TRADE])]
    sold = small_world.notes["sales"][people.customer_id.isin(flows.customer_id).to_numpy()].sum(axis=0)
    moved = np.log(flows.groupby("month").inflow_yuan.sum().to_numpy() / sold)
    slope = np.polyfit(np.log(series.to_numpy()), moved, 1)[0]
    assert abs(slope - ELASTICITY) < 0.05


def test_steps_of_an_application_keep_their_order_and_office_hours(small_world: World) -> None:
    frame, odd = small_world.frames["applications"], small_world.truth["timelines"]
    names = ["submitted_at", "documents_complete_at", "surveyed_at", "decided_at", "signed_at", "disbursed_at"]
    for earlier, later in zip(names, names[1:], strict=False):
        assert not (frame[earlier] > frame[later]).any(), (earlier, later)
    plain = frame[~frame.application_id.isin(odd["decided_at_night"])]
    assert plain.decided_at.dropna().dt.hour.between(9, 18).all()
    assert (plain.decided_at.dropna().dt.dayofweek < 5).mean() > 0.9


def test_planted_pledges_are_registered_after_the_money_was_out(small_world: World) -> None:
    links = small_world.frames["collateral_links"].merge(small_world.frames["collateral"], on="collateral_id")
    links = links.merge(small_world.frames["loans"][["loan_id", "disbursed_date"]], on="loan_id")
    late = set(links.loan_id[links.registered_date > links.disbursed_date])
    assert late == set(small_world.truth["timelines"]["disbursed_before_registration"])


def test_waived_rules_were_for_young_businesses(small_world: World) -> None:
    waived = small_world.truth["waived_rules"]["application_ids"]
    asked = small_world.frames["applications"]
    asked = asked[asked.application_id.isin(waived)].drop_duplicates("customer_id")
    founded = small_world.frames["customers"].set_index("customer_id").established_date
    assert ((asked.submitted_at - asked.customer_id.map(founded)).dt.days < 365).all()


def test_sold_pledges_bring_less_than_their_value(small_world: World) -> None:
    sold = small_world.frames["disposals"].merge(small_world.frames["collateral"], on="collateral_id")
    assert len(sold)
    assert (sold.price_yuan < 1.2 * sold.value_yuan).all()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "build_world", lambda **asked: build_world(**asked, scale=0.03))
        make_demo(home, branches=4)
    return home


def test_a_made_bank_is_loaded_and_says_it_is_synthetic(made: Path) -> None:
    with open_store(made) as store:
        assert set(TABLES) - set(store.tables) <= {"disposals"}  # few loans, few pledges sold
        assert store.is_synthetic
        assert read_meta(store, "made_by")


def test_the_truth_stands_in_the_home(made: Path) -> None:
    assert (made / "truth.json").is_file()


def test_a_kept_bank_is_not_made_again(made: Path) -> None:
    before = (made / "data" / "bank.duckdb").stat().st_mtime_ns
    assert keep_demo(made, branches=4).stat().st_mtime_ns == before


def test_a_bank_from_another_seed_is_made_anew(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(build, "make_demo", lambda home, **options: asked.append(options) or home)
    keep_demo(made, branches=4, seed=5)
    assert asked == [{"branches": 4, "seed": 5}]


@pytest.fixture(scope="module")
def pair() -> tuple[World, World, World]:
    one, same, other = (build_world(branches=2, seed=seed, scale=0.04) for seed in (3, 3, 4))
    return one, same, other


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_the_columns_and_types_of_its_contract(small_world: World, table: str) -> None:
    frame, contract = small_world.frames[table], TABLES[table]
    assert list(frame.columns) == contract.names
    assert {c.name: str(frame[c.name].dtype) for c in contract.columns} == {
        c.name: c.frame_type for c in contract.columns
    }


@pytest.mark.parametrize("table", TABLES)
def test_keys_are_unique_and_required_values_present(small_world: World, table: str) -> None:
    frame, contract = small_world.frames[table], TABLES[table]
    assert len(frame)
    assert not frame.duplicated(list(contract.key)).any()
    assert frame[contract.required].notna().all().all()


@pytest.mark.parametrize("table", TABLES)
def test_codes_ranges_and_references_hold(small_world: World, table: str) -> None:
    frame = small_world.frames[table]
    for column in TABLES[table].columns:
        values = frame[column.name].dropna()
        if column.codes:
            assert set(values) <= set(column.codes), column.name
        if column.low is not None:
            assert (values >= column.low).all(), column.name
        if column.high is not None:
            assert (values <= column.high).all(), column.name
        if column.refers:
            assert set(values) <= set(small_world.frames[column.refers][TABLES[column.refers].key[0]]), column.name


def test_the_same_seed_makes_the_same_bank(pair: tuple[World, World, World]) -> None:
    one, same, _ = pair
    for table, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, same.frames[table])
    assert one.truth == same.truth


def test_another_seed_makes_another_bank(pair: tuple[World, World, World]) -> None:
    one, _, other = pair
    for table in ("customers", "loans", "loan_months", "flow_months", "invoices", "collateral"):
        assert not one.frames[table].equals(other.frames[table]), table


def test_nothing_happens_after_the_as_of_date(small_world: World) -> None:
    end = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    events = {"loans": "disbursed_date", "repayments": "paid_date", "invoices": "issued_date",
              "core_payables": "paid_date", "applications": "decided_at"}  # fmt: skip
    for table, column in events.items():
        assert (small_world.frames[table][column].dropna() < end).all(), table


def test_schedules_sum_to_the_amount(small_world: World) -> None:
    planned = small_world.frames["schedules"].groupby("loan_id").principal_yuan.sum()
    amounts = small_world.frames["loans"].set_index("loan_id").amount_yuan.reindex(planned.index)
    assert (planned - amounts).abs().max() < 0.01


def test_repayments_and_balance_make_the_amount_of_recent_loans(small_world: World) -> None:
    loans = small_world.frames["loans"]
    recent = loans[(loans.disbursed_date > "2024-07-31") & (loans.branch_id != "0591")].set_index("loan_id")
    recent = recent[~recent.status.isin(["written_off", "transferred"])]
    paid = small_world.frames["repayments"].groupby("loan_id").principal_yuan.sum().reindex(recent.index).fillna(0)
    assert (paid + recent.balance_yuan - recent.amount_yuan).abs().max() < 0.02


def test_the_last_month_end_agrees_with_the_loans(small_world: World) -> None:
    months, loans = small_world.frames["loan_months"], small_world.frames["loans"].set_index("loan_id")
    last = months[months.month == "2026-06"].set_index("loan_id")
    for column in ("balance_yuan", "overdue_days", "class5", "status"):
        assert (last[column] == loans[column].reindex(last.index)).all(), column


def test_no_loan_is_repaid_after_it_closed(small_world: World) -> None:
    last = small_world.frames["repayments"].groupby("loan_id").paid_date.max()
    closed = small_world.frames["loans"].set_index("loan_id").closed_date.reindex(last.index)
    assert not (last > closed).any()


def test_a_ledger_only_branch_delivers_nothing_more(small_world: World) -> None:
    loans, people = small_world.frames["loans"], small_world.frames["customers"]
    own = set(loans.loan_id[loans.branch_id == "0591"])
    members = set(people.customer_id[people.branch_id == "0591"])
    assert own
    assert not own & set(small_world.frames["loan_months"].loan_id)
    assert not members & set(small_world.frames["flow_months"].customer_id)


def test_more_branches_than_written_follow_the_pattern() -> None:
    frames = build_world(branches=13, seed=1, scale=0.02).frames
    assert frames["branches"].branch_id.iloc[-1] == "2001"
    assert (frames["loans"].branch_id == "2001").any()
