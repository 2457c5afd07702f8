"""What a notebook's own cell declares decides what may be passed to it."""

import pytest

from microlib.errors import BadConfig
from microlib.run.notebooks import checked_parameters, read_parameters

GIVEN = {"branch": "0755", "level": 0.95}


def test_defaults_are_read_without_running_the_notebook(written_notebook):
    path = written_notebook('branch = "0755"  # four digits\nlevel: float = 0.95')
    assert read_parameters(path) == {"branch": "0755", "level": 0.95}


def test_values_that_fit_come_back_unchanged(written_notebook):
    path = written_notebook('branch = "0001"\nlevel = 0.9')
    assert checked_parameters(path, GIVEN) == GIVEN


def test_a_whole_number_fits_a_number(written_notebook):
    assert checked_parameters(written_notebook("level = 0.9"), {"level": 1}) == {"level": 1}


def test_a_misspelt_parameter_is_refused_with_the_nearest_name(written_notebook):
    path = written_notebook('brnach = "0001"\nlevel = 0.9')
    with pytest.raises(BadConfig, match="written has no parameter branch\n.*\n.*did you mean brnach"):
        checked_parameters(path, GIVEN)


def test_a_parameter_that_a_run_does_not_give_is_refused(written_notebook):
    path = written_notebook('branch = "0001"\nlevel = 0.9\nthreshold = 3')
    with pytest.raises(BadConfig, match="parameter threshold to which a report run gives no value"):
        checked_parameters(path, GIVEN)


@pytest.mark.parametrize("value", [755, True, None, ["0755"]])
def test_a_value_of_another_type_is_refused(written_notebook, value):
    with pytest.raises(BadConfig, match="parameter branch is str, not"):
        checked_parameters(written_notebook('branch = "0001"'), {"branch": value})


def test_a_truth_value_is_no_number(written_notebook):
    with pytest.raises(BadConfig, match="parameter count is int, not bool"):
        checked_parameters(written_notebook("count = 3"), {"count": True})


@pytest.mark.parametrize("line", ["double = 2 * rate", "from x import y", "a, b = 1, 2", "rate: float", "print(1)"])
def test_anything_but_plain_literals_is_refused(written_notebook, line):
    with pytest.raises(BadConfig, match="more than plain literals"):
        read_parameters(written_notebook(line))


def test_a_cell_that_is_not_python_is_refused(written_notebook):
    with pytest.raises(BadConfig, match="not Python"):
        read_parameters(written_notebook("branch = = 1"))


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path):
    path = tmp_path / "plain.ipynb"
    path.write_text('{"cells": []}')
    with pytest.raises(BadConfig, match="this has 0"):
        read_parameters(path)


def test_a_file_that_is_no_notebook_is_refused(tmp_path):
    path = tmp_path / "text.ipynb"
    path.write_text("hello")
    with pytest.raises(BadConfig, match="not a notebook"):
        read_parameters(path)
