"""The first notebook: under twenty lines of code on the synthetic tables beside it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pandas as pd

import microlib as ml

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "explore"


def test_the_tables_beside_the_notebook_are_those_of_the_generator() -> None:
    for name, made in (("loans", ml.sample_loans()), ("month_ends", ml.sample_month_ends())):
        pd.testing.assert_frame_equal(pd.read_csv(FOLDER / f"{name}.csv"), made, check_dtype=False)


def test_the_notebook_needs_under_twenty_lines_of_code() -> None:
    cells = nbformat.read(FOLDER / "first_steps.ipynb", as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", [])]
    assert sum(bool(line.strip()) for cell in code for line in cell.source.splitlines()) < 20


def test_the_samples_are_the_same_at_each_call_and_the_two_agree() -> None:
    pd.testing.assert_frame_equal(ml.sample_loans(), ml.sample_loans())
    last = ml.sample_month_ends().groupby("loan").last()
    pd.testing.assert_series_equal(ml.sample_loans().set_index("loan")["dpd"], last["dpd"], check_dtype=False)


def test_groups_of_the_samples_differ_so_that_there_is_something_to_see() -> None:
    late = ml.sample_month_ends().merge(ml.sample_loans()[["loan", "industry"]], on="loan")
    shares = late.assign(late=late["dpd"] > 0).groupby("industry")["late"].mean()
    assert shares["transport"] > shares["farming"]
