"""Some of the mutated files of `mutations.py`: read right, refused in words or told, each in time."""

import pytest

from microlib.bank.pseudonyms import KEY_VARIABLE
from tests.faults.mutations import fault_of, mutated


@pytest.mark.parametrize("seed", range(1, 25))
def test_a_mutated_file_is_read_right_refused_or_told(tmp_path, monkeypatch, seed):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    assert fault_of(seed, tmp_path) == "", "+".join(mutated(seed).told)
