"""Copies for a class, and marking what comes back, from the command line."""

from __future__ import annotations

import nbformat
import pytest
from click.testing import CliRunner

from microlib.cli import workbench
from microlib.errors import BadConfig
from microlib.exercises import copies, rehearsals
from microlib.exercises.registry import find_task


def run(*arguments):
    return CliRunner().invoke(workbench, ["exercise", *map(str, arguments)], catch_exceptions=False)


def test_a_copy_has_its_seed_and_one_language(tmp_path) -> None:
    path = run("new", "x17", "--seed", 7, "--lang", "en", "--to", tmp_path).output.strip()
    notebook = nbformat.read(tmp_path / "x17_hidden_arrears_7.ipynb", as_version=4)
    assert path.endswith("x17_hidden_arrears_7.ipynb")
    assert any("seed = 7" in cell.source and 'lang = "en"' in cell.source for cell in notebook.cells)
    assert not any("zh" in cell.metadata.get("tags", []) for cell in notebook.cells)


def test_a_solved_copy_checks_as_right(tmp_path) -> None:
    run("solve", "x19", "--seed", 4, "--to", tmp_path)
    lines = run("check", tmp_path / "x19_supplier_caps_4_solved.ipynb").output.splitlines()
    assert [line.split("\t")[1:] for line in lines] == [["x19", "4", "limits", "right", ""]]


def test_a_copy_that_was_not_touched_is_blank(tmp_path) -> None:
    run("new", "x09", "--to", tmp_path)
    assert run("check", tmp_path / "x09_capital_needs_0.ipynb").output.count("blank") == 2


def test_work_is_never_written_over(tmp_path) -> None:
    copies.written_copy(copies.new_copy("x09", seed=0, lang="zh"), tmp_path / "mine.ipynb")
    with pytest.raises(BadConfig, match="such a notebook already"):
        copies.written_copy(copies.new_copy("x09", seed=0, lang="zh"), tmp_path / "mine.ipynb")


def test_a_cell_that_stops_is_named(tmp_path) -> None:
    notebook = copies.new_copy("x09", seed=0, lang="zh")
    answer = next(cell for cell in notebook.cells if copies.is_tagged(cell, copies.ANSWER))
    answer.source = "answer = dict(capital=1 / 0)"
    path = copies.written_copy(notebook, tmp_path / "mine.ipynb")
    with pytest.raises(Exception, match="ZeroDivisionError") as caught:
        rehearsals.mark_notebook(path)
    assert "code cell 4" in str(caught.value)


def test_an_unknown_exercise_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadConfig, match="no exercise x99") as caught:
        find_task("x99")
    assert "x01" in str(caught.value)


def test_the_list_names_every_notebook() -> None:
    assert "x01\tx01_loan_reasons" in run("list").output
