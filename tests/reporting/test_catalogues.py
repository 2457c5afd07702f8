"""The words: complete in both languages, faithful to the contracts, free of words that accuse."""

import re

import pytest

from microlib.contracts.tables.registry import TABLES
from microlib.errors import BadConfig
from microlib.reporting import entries as module
from microlib.reporting.catalogues import Words
from microlib.reporting.entries import entries, placeholders
from microlib.reporting.fillings import SPECS

KINDS = ("columns", "codes", "units", "captions", "notes", "sentences", "marks", "leaflets")
COLUMNS = [column for table in TABLES.values() for column in table.columns]
#: labels that results use in a wider sense than the ledger's header
WIDER = {"customers_count", "start_date", "customer_id", "kind", "name", "owner"}
FORBIDDEN = ("以大化小", "虚假", "违规", "关注清单", "垒户", "缴费", "质量真相")
PURE_NUMBERS = re.compile(r"^[^一-鿿]*$")


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_speaks_both_languages(kind):
    assert all(set(entry) == {"zh", "en"} and all(entry.values()) for entry in entries(kind).values())


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_want_the_same_values(kind):
    unlike = [key for key, e in entries(kind).items() if placeholders(e["zh"]) != placeholders(e["en"])]
    assert not unlike


@pytest.mark.parametrize("kind", KINDS)
def test_no_entry_accuses_or_uses_a_word_the_bank_does_not(kind):
    found = [(key, word) for key, e in entries(kind).items() for word in FORBIDDEN if word in e["zh"]]
    assert not found


@pytest.mark.parametrize("kind", ("sentences", "notes", "captions"))
def test_the_chinese_is_chinese_and_the_english_english(kind):
    mixed = [key for key, e in entries(kind).items() if PURE_NUMBERS.match(e["zh"]) or not re.search("[a-z]", e["en"])]
    assert not mixed


def test_every_placeholder_has_a_known_format():
    formats = {p.partition(":")[2] for k in KINDS for e in entries(k).values() for p in placeholders(e["zh"])}
    assert formats <= {*SPECS, "codes"}


def test_every_brace_of_a_sentence_is_a_placeholder():
    for key, entry in entries("sentences").items():
        for text in entry.values():
            assert text.count("{") == len(re.findall(r"\{[a-z0-9_]+(?::[a-z_]+|:[a-z ]+\|[a-z ]+)?\}", text)), key


def test_every_contract_column_has_a_label_in_the_ledgers_own_chinese():
    headers = {}
    for column in COLUMNS:
        headers.setdefault(column.name, set()).add(column.zh)
    strange = {n for n, zh in headers.items() if n not in WIDER and not any(Words("zh").column(n) in h for h in zh)}
    assert not strange


def test_every_contract_code_has_words():
    codes = {(column.name, code) for column in COLUMNS for code in column.codes}
    bare = sorted((name, code) for name, code in codes if Words("zh").code(name, code) == code)
    assert not bare


def test_every_table_has_a_name_in_the_contracts_own_chinese():
    assert all(Words("zh").code("table", name) == table.zh for name, table in TABLES.items())


def test_headers_name_the_unit():
    assert Words("zh").header("balance_yuan") == "贷款余额（万元）"
    assert Words("en").header("yearly_rate") == "yearly rate (%)"


def test_bounds_of_a_labelled_rate_need_no_words_of_their_own():
    assert Words("zh").column("npl_share_low") == "不良率（下限）"


def test_a_name_from_the_terms_serves_as_code_and_as_column():
    words = Words("en").naming("segment", {"hospital": {"zh": "医院供应商", "en": "hospital suppliers"}})
    assert words.code("segment", "hospital") == words.column("hospital") == "hospital suppliers"


def test_an_unknown_key_is_named():
    with pytest.raises(BadConfig, match="no words for colour_of_money"):
        Words("zh").column("colour_of_money")


def test_an_unknown_language_is_refused():
    with pytest.raises(BadConfig, match="'fr'"):
        Words("fr")


def test_a_sentence_without_its_value_is_refused():
    with pytest.raises(BadConfig, match="wants label"):
        Words("zh").mark("of_low")


def test_an_entry_without_a_language_is_refused(tmp_path, monkeypatch):
    (tmp_path / "odd.toml").write_text('[a]\nb = { zh = "甲" }\n', "utf-8")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    with pytest.raises(BadConfig, match=r"a\.b lacks a language"):
        entries("odd")


#: commands and files are called by their names
NAMED = re.compile(r"\{[^}]*\}|[\w/.]+\.(?:toml|csv|zip|md|ipynb)|SHA256SUMS")


@pytest.mark.parametrize("kind", KINDS)
def test_no_entry_shows_a_raw_code(kind):
    said = {key: NAMED.sub("", " ".join(entry.values())) for key, entry in entries(kind).items()}
    assert not {key: text for key, text in said.items() if re.search(r"\b[a-z]+_[a-z_]+\b", text)}


@pytest.mark.parametrize("kind", KINDS)
def test_english_has_english_quotes(kind):
    assert not [key for key, entry in entries(kind).items() if set("“”‘’（），。：；、") & set(entry["en"])]


def test_a_sentence_has_no_blank_between_chinese_signs():
    said = Words("zh").sentence("top_source", source_kind="venue", source_id="示例市场", borrowers_count=2,
                                balance_yuan=10_000.0, top_source_share=0.5)  # fmt: skip
    assert "是示例市场：2 户 1.0 万元，" in said


def test_an_english_sentence_begins_with_a_capital():
    words = Words("en").naming("campaign_id", {"c": {"zh": "短信", "en": "messages"}})
    assert words.sentence("read_unfinished", campaign_id=["c"])[0].isupper()
    assert words.sentence("held_cluster", campaign_id="c", lift_share=0.1, lift_low=0.0, lift_high=0.2,
                          reading="lifted").startswith("Messages: ")  # fmt: skip
