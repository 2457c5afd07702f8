"""The inventory names every table there is a contract for, and what it would unlock."""

from __future__ import annotations

from datetime import date

from microlib.bank import inventories, loads
from microlib.contracts.tables.registry import TABLES
from microlib.contracts.unlocks import UNLOCKS

JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


def test_every_table_has_a_sentence_in_both_languages():
    assert set(UNLOCKS) == set(TABLES)
    assert all(zh and en for zh, en in UNLOCKS.values())


def test_held_tables_show_rows_dates_and_files(bank, frames):
    loads.load_frames(bank, {"loans": frames["loans"].head(4)}, as_of=JULY, name="july")
    loans = inventories.bank_inventory(bank, as_of=JULY).set_index("table").loc["loans"]
    assert (loans["is_held"], loans["rows_count"], loans["files_count"]) == (True, 9, 2)
    assert (loans["first_as_of"].date(), loans["last_as_of"].date()) == (JUNE, JULY)


def test_missing_tables_say_what_they_would_unlock(bank):
    missing = inventories.bank_inventory(bank, as_of=JUNE).query("not is_held").set_index("table")
    assert "vintage curves" in missing.loc["loan_months", "unlocks_en"]
    assert missing["rows_count"].eq(0).all() and missing["first_as_of"].isna().all()


def test_files_of_later_dates_do_not_count(bank):
    assert not inventories.bank_inventory(bank, as_of=date(2026, 5, 31))["is_held"].any()
