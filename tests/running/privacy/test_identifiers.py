"""Identifiers are found wherever they are written, and ordinary ledgers raise none."""

import random

import pytest

from microlib.bank import pseudonyms
from microlib.running.privacy import identifiers

#: the example of the standard for identity numbers, and numbers made up to pass or fail one check each
PERSON, PHONE, CARD = "11010519491231002X", "13800138000", "6222021234567890128"


def kinds(text):
    return [found.kind for found in identifiers.find_identifiers(text)]


def test_worked_example_of_the_identity_standard():
    """GB 11643-1999, annex: 11010519491231002X."""
    assert identifiers.is_identity(PERSON)
    assert identifiers.is_identity("440524188001010014") is (identifiers.OLDEST <= 1880)


@pytest.mark.parametrize("text", [
    PERSON, PERSON.lower(), f"证件{PERSON}，", "110105 19491231 002X", f"C{PERSON}",
    "１１０１０５１９４９１２３１００２Ｘ", "110105\u200b19491231002X",
])  # fmt: skip
def test_an_identity_number_is_found_however_it_is_written(text):
    assert kinds(text) == ["identity"]


@pytest.mark.parametrize(
    "text", ["13800138000", "+86 138-0013-8000", "8613800138000", "电话138 0013 8000。", "L_13800138000"]
)
def test_a_mobile_phone_is_found_however_it_is_written(text):
    assert kinds(text) == ["mobile"]


@pytest.mark.parametrize("text", [CARD, "6222 0212 3456 7890 128", "4111111111111111", f"卡号{CARD}"])
def test_a_bank_card_is_found_however_it_is_written(text):
    assert kinds(text) == ["card"]


@pytest.mark.parametrize("text", [
    "110105194912310021",  # check sign
    "991105194912310021",  # region
    "110105194913310021",  # month
    "1138001380001",  # digits on both sides
    "0.13800138000", "13800138000.55", "13,800,138,000",
    "7222021234567890128",  # no card begins so
    "6222021234567890129",  # Luhn
    "2026-06-30 20260630T163354", "a13800138000b0cd", "P0123456789013800138000AB",
])  # fmt: skip
def test_what_only_resembles_one_is_none(text):
    assert kinds(text) == []


def test_amounts_counts_and_days_of_a_ledger_raise_none():
    draw = random.Random(1)
    amounts = [f"{draw.uniform(0, 1e12):,.2f}" for _ in range(20_000)]
    shares = [f"{draw.random():.12f}" for _ in range(20_000)]
    assert kinds("  ".join(amounts) + "\n" + "\n".join(shares)) == []


def test_one_in_ten_loan_numbers_passes_luhn_and_hardly_any_the_beginnings_too():
    draw = random.Random(2)
    loans = ["".join(draw.choices("0123456789", k=19)) for _ in range(20_000)]
    assert sum(identifiers.is_card(f"62{number[2:]}") for number in loans) / len(loans) == pytest.approx(0.1, abs=0.01)
    assert sum(map(identifiers.is_card, loans)) / len(loans) < 0.002


def test_the_bank_s_engine_checks_by_the_same_rule():
    assert (identifiers.WEIGHTS, identifiers.CHECK_SIGNS) == (pseudonyms.WEIGHTS, pseudonyms.CHECK_SIGNS)


def test_messages_are_masked():
    said = identifiers.masked_text(f"KeyError: {PERSON} {PHONE}")
    assert PERSON not in said and PHONE not in said and "138******00" in said
