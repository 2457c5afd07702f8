from __future__ import annotations

from microlib.metrics.exits import bad_exits

AS_OF = "2026-06-30"


def test_exits_outside_the_window_or_sold_sound_are_left_out(ledger):
    loans = ledger(
        3,
        balance_yuan=0.0,
        status=["written_off", "transferred", "transferred"],
        class5=["loss", "normal", "loss"],
        closed_date=["2025-06-30", "2026-01-31", "2026-01-31"],
        written_off_yuan=[9.0, None, None],
    )
    found = bad_exits(loans, as_of=AS_OF)
    assert found.loan_id.to_list() == ["L0002"] and not found.is_known.item()


def test_the_last_balance_stands_in_for_an_amount_not_recorded(ledger, month_ends):
    loans = ledger(1, balance_yuan=0.0, status="written_off", closed_date="2026-03-31")
    months = month_ends(["L0000"] * 3, ["2026-01", "2026-02", "2026-03"], balance_yuan=[9.0, 8.0, 0.0])
    assert bad_exits(loans, months, as_of=AS_OF).exit_yuan.to_list() == [8.0]


def test_a_write_off_without_a_date_is_taken_in_and_marked(ledger):
    found = bad_exits(ledger(1, balance_yuan=0.0, status="written_off", written_off_yuan=9.0), as_of=AS_OF)
    assert found.exit_yuan.to_list() == [9.0] and not found.is_known.item()


def test_a_part_written_off_counts_while_the_rest_lives(ledger):
    loans = ledger(1, written_off_yuan=9.0, written_off_date="2026-06-01")
    assert bad_exits(loans, as_of=AS_OF).exit_yuan.to_list() == [9.0]


def test_an_empty_book_has_no_exits_and_input_is_left_alone(ledger, month_ends, unchanged):
    assert bad_exits(ledger(0), as_of=AS_OF).empty
    loans, months = ledger(2, status="written_off"), month_ends(["L0000"], ["2026-01"])
    with unchanged(loans, months):
        bad_exits(loans, months, as_of=AS_OF)
