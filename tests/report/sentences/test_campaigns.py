"""Sentences on campaigns: none says that a campaign did something unless members were held out by lot.

What the cases of selling may say: an effect only against a hold-out.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from microlib.report.sentences import diagnosis, verdict
from microlib.report.sentences.campaigns import HELD, VERDICTS, campaign_effects, case_cost, case_effect
from microlib.report.words import PageWords, Words, entries, page_words

ROOT = Path(__file__).resolve().parents[3]
#: words that say that one thing made another happen
CAUSAL = {
    "zh": re.compile("带来|导致|拉动|促成|使得|提升了|提高了|归功|见效|有效地"),
    "en": re.compile(r"\b(caus\w+|brought about|led to|lifted by|boost\w*|thanks to|because of the|drove|added)\b"),
}
#: pages of campaigns and departures, in whatever report they stand, and all of the report on campaigns
OWN = {**VERDICTS, **diagnosis.VERDICTS}


def _own_pages() -> list[PageWords]:
    pages = [page_words(name) for name in entries("captions")]
    ours = [page for page in pages if page.name in OWN and page.file != "cases.toml"]
    return [*ours, *(page for page in pages if page.file == "8_campaign_effect.toml" and page not in ours)]


def test_only_sentences_of_held_out_campaigns_use_a_causal_word() -> None:
    said = {key: entry for page in _own_pages() for key, entry in page.sentences.items()}
    loose = [key for key, entry in said.items() if not key.startswith(HELD)
             and any(CAUSAL[lang].search(entry[lang]) for lang in ("zh", "en"))]  # fmt: skip
    assert len(said) > 40
    assert set(loose) <= {"cost_unknown", "payouts"}, loose  # of what would be needed to know, and of a rule of pay


def test_captions_use_no_causal_word() -> None:
    loose = [page.name for page in _own_pages()
             if any(CAUSAL[lang].search(page.caption[lang]) for lang in ("zh", "en"))
             and page.name not in ("costs_per_added",)]  # fmt: skip
    assert not loose


def test_the_reports_prose_uses_no_causal_word_in_chinese() -> None:
    notebook = json.loads((ROOT / "notebooks/reports/8_campaign_effect.ipynb").read_text("utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    assert not [text for text in cells if CAUSAL["zh"].search(text)]


def _reading(reading: str, basis: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    held = reading in ("lifted", "lowered", "not_distinguished")
    row = {"campaign_id": "M", "reading": reading, "basis": basis, "is_causal": held, "lift_share": 0.08,
           "lift_low": 0.04, "lift_high": 0.12, "detectable_lift_share": 0.05}  # fmt: skip
    shares = {"campaign_id": "M", "treated_share": 0.14, "control_share": 0.06, "lift_share": 0.08, "lift_low": 0.04,
              "lift_high": 0.12}  # fmt: skip
    return pd.DataFrame([row]), pd.DataFrame([shares])


@pytest.mark.parametrize("reading", ["process_only", "too_few", "ratio_broken", "no_inference", "all_borrowed",
                                     "matched_more", "matched_open", "unfinished"])  # fmt: skip
def test_a_reading_without_a_hold_out_never_takes_a_held_sentence(reading: str) -> None:
    said = campaign_effects(*_reading(reading, "none"))
    assert not [each.key for each in said if each.key.startswith(HELD)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_held_out_campaign_is_told_with_its_range(told, lang: str) -> None:
    text = told("campaign_effects", *_reading("lifted", "hold_out"), lang=lang)
    assert "14.0 %" in text and "6.0 %" in text and "4.0" in text and "12.0" in text
    assert CAUSAL[lang].search(text)


def test_clusters_are_told_as_clusters(told) -> None:
    assert "按整群比较" in told("campaign_effects", *_reading("not_distinguished", "cluster"))


def test_costs_without_a_reading_name_what_is_not_known(told) -> None:
    readings, _ = _reading("process_only", "hold_out")
    costs = pd.DataFrame({"campaign_id": ["M"], "cost_yuan": [38_000.0], "loans_count": [24]})
    assert "没有对照组就不知道" in told("costs_per_added", costs, readings)


def test_empty_frames_are_told_too(told) -> None:
    nothing = pd.DataFrame({"campaign_id": [], "reading": [], "is_causal": pd.Series(dtype=bool), "ratio_p": []})
    assert "没有" in told("campaign_readings", nothing)
    assert "没有" in told("sample_ratio", nothing)
    assert "没有" in told("cluster_effects", nothing)


def test_every_verdict_of_both_modules_is_registered() -> None:
    for key, function in {**VERDICTS, **diagnosis.VERDICTS}.items():
        assert verdict(key) is function


def said(reading: str, lang: str) -> str:
    row = pd.DataFrame({"reading": [reading], "lift_share": [0.08], "lift_low": [0.04], "lift_high": [0.12],
                        "lift_share_count": [900]})  # fmt: skip
    told = case_effect(row)
    return Words(lang).sentence(told.key, **told.values)


@pytest.mark.parametrize(
    ("lang", "words"), [("zh", "不能推断效果，只能描述"), ("en", "No inference possible, descriptive only")]
)
def test_one_market_is_described_and_not_inferred_from(lang, words) -> None:
    assert words in said("no_inference", lang) and "8.0" not in said("no_inference", lang)


def test_an_effect_is_claimed_only_above_zero_against_a_hold_out() -> None:
    assert "7" not in said("process_only", "en") and "Process only" in said("process_only", "en")
    assert "no effect can be told" in said("not_distinguished", "en")
    assert "hold-out drawn by lot" in said("lifted", "en")


def test_a_cost_for_each_added_loan_needs_a_hold_out() -> None:
    cost = pd.DataFrame({"cost_per_added_yuan": [float("nan")], "cost_per_loan_yuan": [900.0], "loans_count": [26]})
    assert case_cost(cost, pd.DataFrame({"break_even_count": [3.9]})).key == "case_cost_plain"
