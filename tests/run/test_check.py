"""Written terms are checked file by file; one that is wrong does not hide the others."""

import shutil

import pytest

from microlib.errors import BadConfig
from microlib.run.check import check_file, check_files, joined


def test_every_shipped_file_of_terms_passes(root):
    passed, refused = check_files(sorted(root.glob("data/*/*.toml")))
    assert refused == []
    assert {"market_stall", "hardware_market", "limits"} <= {each.code for each in passed}


def test_a_misspelt_key_is_named_with_its_remedy(root, tmp_path):
    shutil.copytree(root / "data" / "products", tmp_path / "data" / "products")
    path = tmp_path / "data" / "products" / "market_stall.toml"
    path.write_text(path.read_text().replace("segment", "segmnt", 1))
    passed, refused = check_files(sorted(path.parent.glob("*.toml")))
    assert len(passed) == len(list(path.parent.glob("*.toml"))) - 1
    assert "segmnt" in str(refused[0])


def test_a_file_of_no_known_kind_is_refused(tmp_path):
    (tmp_path / "x.toml").write_text("")
    with pytest.raises(BadConfig, match="no folder of written terms"):
        check_file(tmp_path / "x.toml")


def test_several_refusals_become_one_that_names_each():
    both = joined([BadConfig("one", where="a"), BadConfig("two", where="b")])
    assert str(both).splitlines() == ["2 faults", "one", "  where: a", "two", "  where: b"]
