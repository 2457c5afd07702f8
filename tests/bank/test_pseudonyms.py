"""The key of the pseudonyms: made once, readable by its owner alone, missed when it is gone.

The engine's pseudonyms are the textbook's HMAC; a person's number in a key is found.
"""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pytest

from microlib.bank.pseudonyms import (
    KEY_BYTES,
    KEY_VARIABLE,
    _hmac_sql,
    fingerprint,
    holds_identifier_sql,
    identifier_sql,
    key_file,
    key_pseudonym,
    key_pseudonym_sql,
    make_key,
    note_key,
    pseudonym,
    pseudonym_sql,
    register_identifiers,
    settled_key,
)
from microlib.bank.store import open_store
from microlib.errors import BadConfig
from microlib.home import Home
from microlib.identifiers import is_card, is_sole_trader_code, key_kind, plain_identifier


@pytest.fixture
def key_path(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "keys" / "bank.key"))
    return tmp_path / "keys" / "bank.key"


@pytest.fixture
def store(tmp_path):
    with open_store(Home(tmp_path / "home"), writable=True) as store:
        yield store


def test_a_key_is_made_on_first_use_and_kept(store, key_path):
    key = settled_key(store)
    assert len(key) == KEY_BYTES
    assert key_path.stat().st_mode & 0o777 == 0o600
    assert settled_key(store) == key


def test_the_key_stands_outside_the_home(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    place = key_file(Home(tmp_path / "bank"))
    assert place.parent == tmp_path / "settings" / "microlib"
    assert place != key_file(Home(tmp_path / "another" / "bank"))


def test_only_the_fingerprint_of_the_key_is_in_the_store(store, key_path):
    note_key(store, key := settled_key(store))
    noted = store.rows("SELECT value FROM meta WHERE key = 'key_fingerprint'")[0][0]
    assert noted == fingerprint(key) and key.hex() not in noted


def test_a_key_that_others_may_read_is_refused(store, key_path):
    settled_key(store)
    key_path.chmod(0o644)
    with pytest.raises(BadConfig, match="chmod 600"):
        settled_key(store)


def test_a_lost_key_is_noticed_and_no_new_one_made(store, key_path):
    note_key(store, settled_key(store))
    key_path.unlink()
    with pytest.raises(BadConfig, match="restore it from its back-up"):
        settled_key(store)
    assert not key_path.exists()


def test_another_key_is_noticed(store, key_path):
    note_key(store, b"another key")
    make_key(key_path)
    with pytest.raises(BadConfig, match="not the key"):
        settled_key(store)


@pytest.mark.parametrize("text", ["not hexadecimal", "ab"])
def test_a_file_that_holds_no_key_is_refused(store, key_path, text):
    key_path.parent.mkdir()
    key_path.write_text(text)
    key_path.chmod(0o600)
    with pytest.raises(BadConfig, match="key"):
        settled_key(store)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="cannot be made"):
        make_key(tmp_path / "file" / "bank.key")


def test_real_data_do_not_go_into_a_synthetic_bank(store, key_path):
    store.rows("INSERT INTO files (file_id, is_synthetic) VALUES (1, TRUE)")
    with pytest.raises(BadConfig, match="published"):
        settled_key(store)


KEYS = [b"k", b"\x0b" * 20, b"x" * 64, b"\xaa" * 131]


def engine(sql, text):
    with duckdb.connect() as con:
        register_identifiers(con)
        return con.execute(f"SELECT {sql} FROM (SELECT ?::VARCHAR AS t)", [text]).fetchone()[0]


def test_the_case_of_rfc_4231():
    """RFC 4231, 4.7: test case 6, a key longer than one block; the message as printed, unchanged by normalising."""
    told = _hmac_sql("t", b"\xaa" * 131)
    expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    assert engine(told, "Test Using Larger Than Block-Size Key - Hash Key First") == expected


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("text", ["13800138000", "示例商贸有限公司", "91440300MA5EXAMPLE"])
def test_the_engine_agrees_with_python(key, text):
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert engine(pseudonym_sql("t", key=key), text) == expected == pseudonym(text, key=key)


@pytest.mark.parametrize("text", ["138-0013-8000", "+86 13800138000", "008613800138000", "8613800138000",
                                  "１３８００１３８０００", " 138 0013 8000　"])  # fmt: skip
def test_one_phone_in_any_writing_has_one_pseudonym(text):
    said = pseudonym_sql("t", key=b"k")
    assert engine(said, text) == engine(said, "13800138000") == pseudonym(text, key=b"k")


def test_width_and_case_do_not_part_a_name():
    said = pseudonym_sql("t", key=b"k")
    assert engine(said, "示例（深圳）Trade公司") == engine(said, "示例(深圳)TRADE公司")


def test_a_landline_keeps_its_86():
    assert plain_identifier("86123456") == engine(identifier_sql("t"), "86-123456") == "86123456"


def test_nothing_has_no_pseudonym():
    assert engine(pseudonym_sql("t", key=b"k"), " - ") is None


@pytest.mark.parametrize(
    ("text", "held"),
    [("11010519491231002X", True), ("C11010519491231002x", True), ("110105194912310021", False), ("13800138000", True),
     ("L138001380001", False), ("C000001", False), ("440300202613450012", False)],
)  # fmt: skip
def test_a_person_s_number_in_a_key_is_found(text, held):
    assert engine(holds_identifier_sql("t"), text) is held


@pytest.mark.parametrize(("text", "kind"), [
    ("110105 19491231 002X", "identity"), ("１１０１０５１９４９１２３１００２Ｘ", "identity"),
    ("110105491231002", "identity"),
    ("11-01-05-1949-1231-002x", "identity"), ("110105\u200b19491231\u200d002X", "identity"),
    ("138-1234-5678", "mobile"), ("138.1234.5678", "mobile"), ("(138)12345678", "mobile"),
    ("+86 138 1234 5678", "mobile"),
    ("138\u00a01234\u20135678", "mobile"), ("f13812345678", "mobile"), ("13-812-345-678", "mobile"),
    ("KH-13812345678", "mobile"), ("0086-138/1234/5678", "mobile"), ("1\u03053812345678", "mobile"),
    ("6222021234567890128", "card"), ("6222 0212 3456 7890 128", "card"), ("6222-0212-3456-7890-128", "card"),
    ("4111111111111111", "card"), ("zhang.san@example.com", "mail"), ("ZHANG＠EXAMPLE．COM", "mail"),
    ("wxid_a1b2c3d4", "chat"), ("qq:123456789", "chat"), ("微信号zhang_88", ""), ("微信号：zhang_88", "chat"),
    ("", ""), ("C000001", ""), ("L00000001", ""), ("4403002024011500123", ""), ("0755-2026-000123", ""),
    ("深农借字(2024)第001号", ""), ("P0123456789013800138000AB", ""), ("440300202401150012", ""),
])  # fmt: skip
def test_a_key_has_one_kind_in_any_writing_in_python_and_in_the_engine(text, kind):
    assert key_kind(text) == kind
    assert engine(holds_identifier_sql("t"), text) is bool(kind)


def test_the_unified_code_of_a_sole_trader_is_an_identifier_and_a_company_s_is_none():
    """GB 32100-2015: sole traders' codes begin with 92; the check sign is made here by the standard's sum."""
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for begin, expected in (("92440300MA5EXAM19", "code"), ("91440300MA5EXAM19", "")):
        total = sum(signs.index(sign) * pow(3, place, 31) for place, sign in enumerate(begin))
        code = begin + signs[(31 - total % 31) % 31]
        for text in (code, code.lower(), f"{code[:6]} {code[6:]}", f"{code[:8]}-{code[8:]}"):
            assert key_kind(text) == expected
            assert engine(holds_identifier_sql("t"), text) is bool(expected)
        assert not is_sole_trader_code(code[:-1] + ("0" if code[-1] != "0" else "1"))


@pytest.mark.parametrize("text", ["王小明", "福田区福华路12号", "C王"])
def test_a_customer_s_key_of_chinese_signs_is_a_name_or_an_address(text):
    assert engine(holds_identifier_sql("t", column="customer_id"), text) is True
    assert engine(holds_identifier_sql("t", column="loan_id"), text) is False


def test_the_engine_asks_about_all_that_python_knows():
    """Cards, phones and identities with every separator in every place: the engine's first look lets none through."""
    numbers = ["13812345678", "8613812345678", "110105491231002", "11010519491231002X", "6222021234567890128"]
    keys = [f"{number[:place]}{sign}{number[place:]}" for number in numbers for place in range(len(number) + 1)
            for sign in ("", "-", " ", ".", "/", "_", "(", "\u3000", "\u200b", "\u2014")]  # fmt: skip
    assert is_card(numbers[-1])
    with duckdb.connect() as con:
        register_identifiers(con)
        sql = f"SELECT t, {holds_identifier_sql('t')}, {identifier_sql('t')} FROM (SELECT unnest(?::VARCHAR[]) AS t)"
        found = con.execute(sql, [keys]).fetchall()
    assert [held for _, held, _ in found] == [bool(key_kind(key)) for key in keys]
    assert all(held for _, held, _ in found)
    assert [bare for *_, bare in found] == [plain_identifier(key) for key in keys]
    assert {bare for *_, bare in found} == {plain_identifier(number) for number in numbers}


@pytest.mark.parametrize("text", ["示例（深圳）公司", "示例·商行 A-1", "㈱示例", "ＡＢＣ１２", "阿卜杜拉•买买提",
                                  "(138)1234.5678", "(0755)8888-1234", "Café", "1\n3", "示例\u200b商行"])  # fmt: skip
def test_the_engine_reads_signs_as_python_does(text):
    assert engine(identifier_sql("t"), text) == plain_identifier(text)


def test_eleven_digits_in_an_invoice_number_are_no_phone():
    assert engine(holds_identifier_sql("t", column="invoice_number"), "13800138000") is False


def test_a_hidden_key_is_short_and_the_same_everywhere():
    hidden = engine(key_pseudonym_sql("t", key=b"k"), "13800138000")
    assert hidden == key_pseudonym("13800138000", key=b"k")
    assert len(hidden) == 25
