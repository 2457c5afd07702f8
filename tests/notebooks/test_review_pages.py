"""What is planted in the demo bank's lending stands on the page of the risk review where a reader would look for it."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def said() -> str:
    """Everything that the report's committed run says of the branch."""
    notebook = json.loads((ROOT / "notebooks/reports/3_risk_review.ipynb").read_text(encoding="utf8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return "\n".join("".join(output.get("data", {}).get("text/plain", "")) for output in outputs)


@pytest.fixture(scope="module")
def truth(demo_home: Path) -> dict:
    return json.loads((demo_home / "truth.json").read_text(encoding="utf8"))


def _number(said: str, pattern: str) -> int:
    return int(re.search(pattern, said).group(1))


def test_each_sign_of_use_counts_what_was_planted(said: str, truth: dict) -> None:
    planted = truth["use_of_funds"]
    assert _number(said, r"与用途不符 (\d+) 笔") == len(planted["off_purpose"])
    assert _number(said, r"多户同一收款方 (\d+) 笔") == len(planted["one_payee_for_many"])


def test_hidden_debt_is_counted_on_the_page_of_own_funds(said: str, truth: dict) -> None:
    assert _number(said, r"走访过的 \d+ 户里，(\d+) 户的权益交叉检验不符") == len(truth["hidden_debt"]["customer_ids"])


def test_the_split_group_is_the_one_that_stands_open_and_look_alikes_are_explained(said: str, truth: dict) -> None:
    own = [group for group in truth["split_groups"] if group["branch_id"] == "0755"]
    assert _number(said, r"待核的关联组 (\d+) 组") == len(own)
    assert _number(said, r"已排除 (\d+) 组") > 10 * len(own)


def test_the_guarantee_ring_is_counted(said: str) -> None:
    assert _number(said, r"担保圈 (\d+) 个") == 1


def test_borrowers_late_with_money_are_told_by_group(said: str) -> None:
    assert "能力强、意愿弱" in said


def test_no_list_of_persons_or_staff_stands_in_the_branch_s_report(said: str, truth: dict) -> None:
    listed = {key for group in truth["split_groups"] for key in group["customer_ids"]}
    listed |= set(truth["hidden_debt"]["customer_ids"])
    assert not {key for key in listed if key in said}


def test_no_page_accuses(said: str) -> None:
    assert not [word for word in ("以大化小", "虚假", "违规", "骗") if word in said]
