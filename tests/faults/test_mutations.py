"""A hundred mutated files of `mutations.py`: each read right, refused in words or told, in time; some are read."""

import pytest

from microlib.bank.pseudonyms import KEY_VARIABLE
from tests.faults.mutations import faults_among, key_file


@pytest.mark.parametrize("first", [1, 51, 2, 52])  # odd seeds mutate ledgers, even ones files of the other mappings
def test_mutated_files_are_read_right_refused_or_told(tmp_path, monkeypatch, first):
    monkeypatch.setenv(KEY_VARIABLE, key_file())
    came, faults = faults_among(range(first, first + 50, 2), tmp_path)
    assert faults == []
    assert came["right"] >= 3  # whoever refuses everything has read nothing
