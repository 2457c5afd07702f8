"""The page on mappings names every key that a mapping may hold, each in a row of its own with an example that reads."""

import re
from pathlib import Path

import pytest

from microlib.contracts.mapping import ExitList, Join, SourceMapping, TableMapping, strptime_form
from microlib.units import FACTORS

PAGE = (Path(__file__).parents[3] / "docs" / "mappings.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
NAMED = {name.removeprefix("tables.").split(".")[0] for row in ROWS for name in re.findall(r"[a-z_.]+", row[0])}


@pytest.mark.parametrize("name", sorted({*SourceMapping.model_fields, *TableMapping.model_fields}))
def test_every_key_has_a_row_with_an_example(name):
    assert name in NAMED
    row = next(row for row in ROWS if re.search(rf"\b{name}\b", row[0]))
    assert "`" in row[1]
    assert row[2].strip(" |")


def test_the_keys_of_lists_and_joins_are_shown():
    shown = {"exits": ExitList, "joins": Join}
    for name, model in shown.items():
        row = next(row for row in ROWS if f"[[{name}]]" in row[0])
        assert {key for key in model.model_fields if key in "".join(row)} == set(model.model_fields)


def test_every_unit_is_told():
    bases = {unit.removesuffix("_per_month").removesuffix("_per_day") for unit in FACTORS} - {"count"}
    assert not [unit for unit in bases if f"`{unit}`" not in PAGE]


def test_the_forms_of_dates_that_the_page_shows_are_known():
    for form in re.findall(r'"([DMY][A-Z/-]+)"', PAGE):
        assert strptime_form(form)
