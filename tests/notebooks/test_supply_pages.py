"""What is planted in the demo bank's supply chain stands on the page where a reader would look for it."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Text outputs of the report's committed run, by the source of their cell."""
    notebook = json.loads((ROOT / "notebooks/reports/4_supply_chain.ipynb").read_text(encoding="utf8"))
    found = {}
    for cell in (cell for cell in notebook["cells"] if cell["cell_type"] == "code"):
        texts = [output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
        found["".join(cell["source"])] = "\n".join("".join(text) for text in texts)
    return found


def _page(pages: dict[str, str], shown: str) -> str:
    return "\n".join(text for source, text in pages.items() if shown in source)


def test_the_late_core_is_named_in_the_title_of_its_page_and_stopped_on_page_one(pages: dict[str, str]) -> None:
    title = _page(pages, 'title("payment_days"')
    assert "示例市第二医院付款中位" in title and "变慢" in title
    assert "超过政策的" in title  # what the register stops it for
    assert "停：示例市第二医院" in _page(pages, "report.decisions(")


def test_the_twin_and_the_over_financed_payables_stand_open(pages: dict[str, str], demo_home: Path) -> None:
    truth = json.loads((demo_home / "truth.json").read_text(encoding="utf8"))
    twins, financed = _page(pages, '"twin_payables"'), _page(pages, '"financed_payables"')
    assert any(one in twins and other in twins for one, other in truth["duplicate_payables"]["pairs"])
    rows = [line for line in financed.splitlines() if "融资超过净额" in line]
    planted = truth["payables_financed_beyond_worth"]["payable_ids"]
    assert rows and all(line.split()[0] in planted for line in rows)


def test_receipts_turned_away_stand_open_and_moved_ones_do_not(pages: dict[str, str], demo_home: Path) -> None:
    truth = json.loads((demo_home / "truth.json").read_text(encoding="utf8"))["receipts_turned_away"]
    rows = [line for line in _page(pages, '"turned_receipts"').splitlines() if "待核" in line and " C0" in line]
    named = {part for line in rows for part in line.split() if part.startswith("C0")}
    assert named and named <= set(truth["diverted_ids"]) and not named & set(truth["moved_here_ids"])


def test_no_page_accuses(pages: dict[str, str]) -> None:
    text = "\n".join(pages.values())
    assert not [word for word in ("以大化小", "虚假", "违规", "骗") if word in text]
