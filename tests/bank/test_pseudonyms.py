"""The engine's pseudonyms are the textbook's HMAC; a person's number in a key is found."""

import hashlib
import hmac

import duckdb
import pytest

from microlib.bank import pseudonyms

KEYS = [b"k", b"\x0b" * 20, b"x" * 64, b"\xaa" * 131]


def engine(sql, text):
    return duckdb.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS t)", [text]).fetchone()[0]


def test_the_case_of_rfc_4231():
    """RFC 4231, 4.7: test case 6, a key longer than one block; the message as printed, unchanged by normalising."""
    told = pseudonyms._hmac_sql("t", b"\xaa" * 131)
    expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    assert engine(told, "Test Using Larger Than Block-Size Key - Hash Key First") == expected


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("text", ["13800138000", "示例商贸有限公司", "91440300MA5EXAMPLE"])
def test_the_engine_agrees_with_python(key, text):
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert engine(pseudonyms.pseudonym_sql("t", key=key), text) == expected == pseudonyms.pseudonym(text, key=key)


@pytest.mark.parametrize("text", ["138-0013-8000", "+86 13800138000", "008613800138000", "8613800138000",
                                  "１３８００１３８０００", " 138 0013 8000　"])  # fmt: skip
def test_one_phone_in_any_writing_has_one_pseudonym(text):
    said = pseudonyms.pseudonym_sql("t", key=b"k")
    assert engine(said, text) == engine(said, "13800138000") == pseudonyms.pseudonym(text, key=b"k")


def test_width_and_case_do_not_part_a_name():
    said = pseudonyms.pseudonym_sql("t", key=b"k")
    assert engine(said, "示例（深圳）Trade公司") == engine(said, "示例(深圳)TRADE公司")


def test_a_landline_keeps_its_86():
    assert pseudonyms.plain_identifier("86123456") == engine(pseudonyms.identifier_sql("t"), "86-123456") == "86123456"


def test_nothing_has_no_pseudonym():
    assert engine(pseudonyms.pseudonym_sql("t", key=b"k"), " - ") is None


@pytest.mark.parametrize(
    ("text", "held"),
    [("11010519491231002X", True), ("C11010519491231002x", True), ("110105194912310021", False), ("13800138000", True),
     ("L138001380001", False), ("C000001", False), ("440300202613450012", False)],
)  # fmt: skip
def test_a_person_s_number_in_a_key_is_found(text, held):
    assert engine(pseudonyms.embeds_person_sql("t"), text) is held


def test_eleven_digits_in_an_invoice_number_are_no_phone():
    assert engine(pseudonyms.embeds_person_sql("t", name="invoice_number"), "13800138000") is False


def test_a_hidden_key_is_short_and_the_same_everywhere():
    hidden = engine(pseudonyms.key_pseudonym_sql("t", key=b"k"), "13800138000")
    assert hidden == pseudonyms.key_pseudonym("13800138000", key=b"k")
    assert len(hidden) == 25
