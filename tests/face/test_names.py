"""The names of the face: lazy, complete for editors, found by words, and each with an example that runs."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

import microlib as ml
from microlib.errors import EmptyBook
from microlib.face.places import PLACES

FUNCTIONS = [name for name in PLACES if name != "WorkbenchError"]
OWN = [name for name, place in PLACES.items() if ".face." in place]


def test_importing_the_package_imports_words_alone() -> None:
    code = "import sys, microlib; print(*[name for name in sys.modules if name.startswith(('microlib.', 'pandas'))])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["microlib.face", "microlib.face.places"]


def test_a_name_that_is_not_there_says_how_to_see_those_that_are() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'parr'.*ml\.find\(\)"):
        ml.parr  # noqa: B018


def test_the_tab_key_offers_every_name() -> None:
    assert set(PLACES) <= set(dir(ml))


def test_no_name_hides_a_package() -> None:
    folders = {path.stem for path in Path(ml.__file__).parent.iterdir()}
    assert not folders & set(PLACES)


def test_editors_are_told_the_same_names_as_the_lookup() -> None:
    tree = ast.parse(Path(ml.__file__).read_text(encoding="utf8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == PLACES


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_name_keeps_its_docstring_signature_and_an_example(name: str) -> None:
    module, attribute = PLACES[name].split(":")
    behind = getattr(import_module(module), attribute)
    found = getattr(ml, name)
    assert inspect.getdoc(found) == inspect.getdoc(behind)
    assert inspect.signature(found) == inspect.signature(behind)
    assert doctest.DocTestParser().get_examples(inspect.getdoc(behind)), "no example"


@pytest.mark.parametrize("name", OWN)
def test_a_name_made_for_the_face_says_what_it_answers_returns_refuses_and_rests_on(name: str) -> None:
    told = inspect.getdoc(getattr(ml, name))
    assert [part for part in ("Returns", "Raises", "References", "Examples") if f"\n{part}\n---" not in told] == []


def test_find_lists_all_names_or_those_that_speak_of_something() -> None:
    assert ml.find()["name"].tolist() == list(PLACES)
    assert "concentration" in ml.find("HHI")["name"].tolist()
    assert "vintage" in ml.find("账龄")["name"].tolist()
    with pytest.raises(EmptyBook, match="no name speaks of 'unicorn'"):
        ml.find("unicorn")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("PAR30", "ml.par("),
        ("PAR30", "docs/methods/pars.md"),
        ("逾期天数", 'branch.loans["overdue_days"]'),
        ("loan_months", "branch.loan_months"),
        ("cap_yuan", "data/products/*.toml"),
        ("hardware market", "segment == 'hardware_market'"),
        ("逾期 四", "branch.pars"),
        ("slower sales", 'branch.customers["income_change_share"]'),
        ("销售下降", 'branch.customers["income_change_share"]'),
        ("cheaper funds", ".price_if(ftp_rate="),
        ("底价", "ml.price_floor("),
        ("担保圈", "ml.guarantee_circles("),
        ("manager bad loans", "branch.review.manager_funnel"),
        ("what matures soon", "ml.maturing("),
    ],
)
def test_find_searches_names_results_tables_columns_terms_and_methods(words: str, wanted: str) -> None:
    assert any(wanted in call for call in ml.find(words)["call"])


def test_what_bears_the_word_in_its_name_comes_first() -> None:
    found = ml.find("vintage")
    assert found["name"].iloc[0] == "vintage"
    assert set(found["group"]) >= {"quality", "results", "methods"}


def test_a_word_that_is_nearly_right_is_answered_with_the_nearest() -> None:
    with pytest.raises(EmptyBook) as caught:
        ml.find("concentraton")
    assert "did you mean concentration" in caught.value.fix


def test_the_page_of_names_is_the_one_that_docstrings_imply(script: object) -> None:
    page = script("laws/faces.py")
    assert page.PAGE.read_text(encoding="utf8") == page.rendered(), "run `python tests/laws/faces.py`"


def test_the_data_dictionary_is_the_one_that_contracts_imply(script: object) -> None:
    page = script("laws/dictionary.py")
    assert page.PAGE.read_text(encoding="utf8") == page.rendered(), "run `python tests/laws/dictionary.py`"


def test_a_refusal_in_a_notebook_is_its_sentences_alone() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    result = shell.run_cell("import microlib as ml; ml.par(3)", silent=True)
    told = "\n".join(result.error_in_exec._render_traceback_())
    assert told.startswith("BadData: loans is 3: not a table")
    assert "File" not in told and re.search(r"^  fix: ", told, re.M)


def test_a_summary_is_a_frame_that_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(ml.find("arrears"), pd.DataFrame)
    assert capsys.readouterr().out == ""
