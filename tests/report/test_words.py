"""The words: complete in both languages, faithful to the contracts, free of words that accuse.

Numbers on the page.
Places of terms in words, and what stood there: one language a page, codes never bare.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from microlib.contracts.tables import TABLES
from microlib.design.terms import list_products, read_product
from microlib.design.versions import flat_terms
from microlib.errors import BadConfig
from microlib.report import words
from microlib.report.tables import grid
from microlib.report.words import (
    SPECS,
    Rate,
    Words,
    entries,
    interval,
    is_blank,
    percent,
    place_words,
    placeholders,
    plain,
    wan,
)

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
    monkeypatch.setattr(words, "FOLDER", tmp_path)
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


def test_the_interval_is_written_as_the_bank_reads_it():
    assert interval(Rate(0.022, 0.014, 0.127, 60), "zh") == "2.2 %（1.4–12.7 %，n=60）"


def test_the_english_interval_holds_the_same_numbers():
    assert interval(Rate(0.022, 0.014, 0.127, 60), "en") == "2.2 % (1.4–12.7 %, n=60)"


@pytest.mark.parametrize(("cases", "shown"), [(4, "—（n=4，过少）"), (5, "20.0 %（n=5）"), (0, "—（n=0，过少）")])
def test_a_rate_of_fewer_than_five_cases_shows_only_its_count(cases, shown):
    assert interval(Rate(0.2, None, None, cases), "zh") == shown


def test_yuan_become_wan():
    assert wan(12_345_678) == "1,234.6"


def test_a_small_share_is_not_rounded_to_nothing():
    assert percent(0.0004) == "0.04"


def test_zero_is_never_negative():
    assert plain(-0.0001, 1) == "0.0"


def test_missing_is_missing():
    assert is_blank(math.nan) and is_blank(None) and not is_blank(0)


def test_a_range_from_below_zero_is_joined_by_a_word():
    assert interval(Rate(0.0, -0.018, 0.02), "zh") == "0.0 %（-1.8 至 2.0 %）"
    assert interval(Rate(-0.051, -0.081, -0.02), "en") == "-5.1 % (-8.1 to -2.0 %)"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_place_of_every_shipped_product_has_words(root, lang) -> None:
    offers = [read_product(root, product=each, as_of="2026-06-30") for each in list_products(root)]
    places = {place for each in offers for place in flat_terms(each.model_dump()) if "." not in place or
              place.split(".")[0] in ("limit", "size", "repayment", "volumes")}  # fmt: skip
    told = {place: place_words(place, Words(lang)) for place in places - {"code", "version", "source"}}
    assert not {place: text for place, text in told.items() if "_" in text or "." in text}


def test_a_change_is_told_in_the_pages_language_with_its_unit_or_its_code() -> None:
    rows = [("limit.cap_yuan", 5e5, 3e5, "yuan", "", ""), ("repayment.method", None, None, "", "balloon", "bullet"),
            ("access.x.said.en", None, None, "", "a", "b")]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["place", "old_value", "new_value", "unit", "old_code", "new_code"])
    told = grid(frame.astype({"old_value": "float64", "new_value": "float64"}), Words("zh"))
    assert told.head == ["条款", "原来", "现在"]
    assert told.rows == [["单户额度上限", "50.0 万元", "30.0 万元"], ["还款方式", "气球贷", "到期一次还本付息"]]


def _told_in(lang: str, root: Path) -> list[str]:
    """Everything that papers say in a language: words of the reports, and prose of the notebooks."""
    words = [entry[lang] for kind in KINDS for entry in entries(kind).values()]
    cells = [
        cell
        for path in sorted((root / "notebooks").glob("[rc]*/*.ipynb"))
        for cell in json.loads(path.read_text("utf8"))["cells"]
    ]
    return words + ["".join(cell["source"]) for cell in cells if lang in cell["metadata"].get("tags", [])]


def test_the_papers_keep_to_the_glossary(root) -> None:
    terms = tomllib.loads((root / "data" / "reference" / "glossary.toml").read_text("utf8"))["terms"]
    assert all(set(term) == {"zh", "en", "meaning_zh", "meaning_en", "source", "instead_of"} for term in terms)
    assert len({term["zh"] for term in terms}) == len(terms)
    told = _told_in("zh", root)
    assert [term["zh"] for term in terms if not any(term["zh"] in text for text in told)] == []
    forbidden = [variant for term in terms for variant in term["instead_of"]]
    assert {variant: text for variant in forbidden for text in told if variant in text} == {}
    kept = [term["zh"] for term in terms if any(variant in term["zh"] for variant in forbidden)]
    assert kept == []
