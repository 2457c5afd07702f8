"""The demo bank keeps the contracts, is the same for the same seed, and differs for another."""

import pandas as pd
import pytest

from microlib.bank.demo.recipes import build_world
from microlib.bank.demo.worlds import AS_OF, World
from microlib.contracts.tables.registry import TABLES


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
