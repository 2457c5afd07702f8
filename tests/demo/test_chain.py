"""The trade behind the demo bank's loans: what is planted can be read off the finished tables, what is innocent too."""

import pandas as pd

from microlib.demo.world import World

TERMS = ["core_id", "customer_id", "delivered_date", "amount_yuan", "invoice_number"]


def _net(rows: pd.DataFrame) -> pd.Series:
    return rows["amount_yuan"] - rows["deducted_yuan"] - rows["retention_yuan"]


def test_planted_twins_are_alike_in_everything_and_look_alikes_are_not(small_world: World) -> None:
    rows = small_world.frames["core_payables"].set_index("payable_id")[TERMS]
    truth = small_world.truth["duplicate_payables"]
    assert truth["pairs"] and truth["look_alike_pairs"]
    assert all(rows.loc[one].equals(rows.loc[other]) for one, other in truth["pairs"])
    for one, other in truth["look_alike_pairs"]:
        assert rows.loc[one, "amount_yuan"] == rows.loc[other, "amount_yuan"]
        assert rows.loc[one, "invoice_number"] != rows.loc[other, "invoice_number"]


def test_only_planted_payables_carry_more_than_they_are_worth(small_world: World) -> None:
    claimed = small_world.frames["payable_loans"].groupby("payable_id").assigned_yuan.sum()
    worth = _net(small_world.frames["core_payables"].set_index("payable_id")).reindex(claimed.index)
    truth = small_world.truth["payables_financed_beyond_worth"]
    assert set(claimed.index[claimed > worth + 0.01]) == set(truth["payable_ids"])
    counts = small_world.frames["payable_loans"].groupby("payable_id").size()
    assert (counts[truth["split_payable_ids"]] == 2).all()


def test_money_turned_away_arrives_elsewhere_and_money_moved_here_does_not(small_world: World) -> None:
    truth = small_world.truth["receipts_turned_away"]
    rows = small_world.frames["core_receipts"]
    late = rows[rows.received_date >= truth["since"]]
    away = late[late.customer_id.isin(truth["diverted_ids"])]
    moved = late[late.customer_id.isin(truth["moved_here_ids"])]
    assert len(away) and set(away.account) == {"other_bank"}
    assert len(moved) and set(moved.account) == {"own_account"}


def test_every_core_is_managed_by_a_branch_that_exists(small_world: World) -> None:
    cores = small_world.frames["core_enterprises"]
    assert set(cores.managing_branch_id.dropna()) <= set(small_world.frames["branches"].branch_id)
    assert cores.managing_branch_id.notna().any()
