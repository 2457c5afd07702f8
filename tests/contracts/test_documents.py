"""A TOML file becomes its model, or an error that names file, key, value and remedy."""

from decimal import Decimal
from typing import ClassVar, Literal

import pytest
from pydantic import BaseModel, Field

from microlib.contracts.documents import checked, nearest, read_document, read_toml
from microlib.errors import BadConfig


class Fee(BaseModel, extra="forbid"):
    name: str
    amount_yuan: int


class Terms(BaseModel, extra="forbid", frozen=True):
    RENAMED: ClassVar = {"rate": "was renamed yearly_rate in 0.1"}
    yearly_rate: Decimal = Field(description="fraction per year")
    status: Literal["draft", "pilot", "live"] = "draft"
    fees: tuple[Fee, ...] = ()
    limits: dict[str, Fee] = {}


def write(folder, text, name="stall.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder, text):
    with pytest.raises(BadConfig) as caught:
        read_document(write(folder, text), Terms)
    return caught.value


def test_a_decimal_stays_exact(tmp_path):
    assert read_document(write(tmp_path, "yearly_rate = 0.0685"), Terms).yearly_rate == Decimal("0.0685")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    assert read_toml(write(tmp_path, "\ufeffa = 1")) == {"a": 1}


def test_a_misspelt_key_names_the_nearest_legal_one(tmp_path):
    error = refusal(tmp_path, "yearly_rat = 0.07")
    assert "yearly_rat = 0.07: is not a key here" in error.what
    assert error.where.endswith("stall.toml")
    assert error.fix == "write yearly_rate instead of yearly_rat"


def test_all_faults_are_named_at_once(tmp_path):
    error = refusal(tmp_path, 'status = "live!"\nfees = [{name = "a", amount_yuan = "x"}]')
    assert {line.split(" ")[0].strip(":") for line in error.what.splitlines()} == {
        "yearly_rate",
        "status",
        "fees.0.amount_yuan",
    }
    assert "add yearly_rate (fraction per year)" in error.fix
    assert "write live for status" in error.fix


def test_a_key_misspelt_in_a_nested_table_gets_the_nested_remedy(tmp_path):
    error = refusal(tmp_path, 'yearly_rate = 0.1\n[limits.hotel]\nname = "a"\namount_yuan = 1\namont_yuan = 2')
    assert "limits.hotel.amont_yuan = 2" in error.what
    assert error.fix == "write amount_yuan instead of amont_yuan"


def test_an_old_key_is_told_its_new_name(tmp_path):
    assert "rate was renamed yearly_rate in 0.1" in refusal(tmp_path, "rate = 0.1").fix


def test_a_key_like_nothing_lists_the_legal_ones(tmp_path):
    assert "legal here: yearly_rate, status" in refusal(tmp_path, "yearly_rate = 0.1\nzzzzzz = 1").fix


def test_a_broken_line_is_located(tmp_path):
    error = refusal(tmp_path, "branch = 0755")
    assert "line 1" in error.what
    assert "in quotes" in error.fix


def test_a_missing_file_names_the_nearest_one(tmp_path):
    write(tmp_path, "", "market_stall.toml")
    with pytest.raises(BadConfig, match="market_stall.toml"):
        read_toml(tmp_path / "market_stal.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "a.toml").write_bytes("名称 = 1".encode("gbk"))
    with pytest.raises(BadConfig, match="not UTF-8"):
        read_toml(tmp_path / "a.toml")


def test_values_merged_from_files_are_checked_the_same_way():
    with pytest.raises(BadConfig, match="two files"):
        checked({}, Terms, where="two files")


def test_nothing_near_is_an_empty_text():
    assert nearest("zz", ["amount"]) == ""
