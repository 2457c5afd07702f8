"""All verdicts: each has a caption, each sentence a verdict says has words."""

import ast
import inspect

import pytest

from microlib.errors import BadConfig
from microlib.report.sentences import verdict, verdicts
from microlib.report.words import entries


def test_every_verdict_has_a_caption_for_the_page_that_could_not_be_computed():
    assert set(verdicts()) <= set(entries("captions"))


def test_every_note_belongs_to_a_caption():
    assert {key.split(".")[0] for key in entries("notes")} <= set(entries("captions"))


def test_every_sentence_of_the_catalogue_is_said_by_some_verdict():
    modules = {inspect.getmodule(function) for function in verdicts().values()}
    texts = {n.value for m in modules for n in ast.walk(ast.parse(inspect.getsource(m))) if isinstance(n, ast.Constant)}
    built = ("appetite_", "branch_", "bridge_", "decision_", "decisions_", "judged_", "product_")
    assert {key for key in entries("sentences") if key not in texts and not key.startswith(built)} == set()


def test_an_unknown_verdict_is_named_with_those_there_are():
    with pytest.raises(BadConfig, match="weather") as caught:
        verdict("weather")
    assert "four_pars" in caught.value.fix
