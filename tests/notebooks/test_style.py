"""A notebook is prose with a little code: no function, no loop, no typed number, and outputs that nbval can compare."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
REPORTS = [path for path in NOTEBOOKS if path.parent.name == "reports"]
BANNED = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.Try, ast.With, ast.comprehension, ast.If)
LANGUAGES = ("zh", "en")
#: folders whose pages people read, and a code as it must not stand there
PAGES = ("reports", "cases")
RAW = re.compile(r"(?<![\w/（(.])[a-z]+(?:_\w+)+(?!\w*\.(?:toml|zip|csv))(?!\w)")
STANDARD = {"home", "branch", "as_of", "lang", "out"}
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_report = pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)


def _cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def _parameters(path: Path) -> nbformat.NotebookNode:
    return next(cell for cell in _cells(path, "code") if "parameters" in cell.metadata.get("tags", []))


def test_there_are_notebooks() -> None:
    assert REPORTS


@every_notebook
def test_a_code_cell_is_short(path: Path) -> None:
    long = [cell.source for cell in _cells(path, "code") if len(cell.source.splitlines()) > 8]
    assert not long, "move it to the library"


@every_notebook
def test_no_cell_defines_loops_catches_or_prints(path: Path) -> None:
    for cell in _cells(path, "code"):
        tree = ast.parse(cell.source)
        assert not [node for node in ast.walk(tree) if isinstance(node, BANNED)], cell.source
        assert "print(" not in cell.source


@every_notebook
def test_no_number_is_typed(path: Path) -> None:
    for cell in _cells(path, "code"):
        if "parameters" not in cell.metadata.get("tags", []):
            constants = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
            assert not [value for value in constants if isinstance(value, int | float) and value not in (True, False)]


@every_notebook
def test_prose_types_no_number(path: Path) -> None:
    for cell in _cells(path, "markdown"):
        text = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)", "", cell.source)
        assert not re.search(r"\d", text), cell.source


@every_notebook
def test_prose_is_tagged_with_one_language(path: Path) -> None:
    for cell in _cells(path, "markdown"):
        assert len([tag for tag in cell.metadata.get("tags", []) if tag in LANGUAGES]) == 1, cell.source


@every_notebook
def test_both_languages_say_as_many_things(path: Path) -> None:
    tags = [tag for cell in _cells(path, "markdown") for tag in cell.metadata.get("tags", []) if tag in LANGUAGES]
    assert tags.count("zh") == tags.count("en")


@every_notebook
def test_never_three_code_cells_without_prose(path: Path) -> None:
    kinds = "".join("c" if cell.cell_type == "code" else "m" for cell in nbformat.read(path, as_version=4).cells)
    assert "ccc" not in kinds[4:], kinds


@every_notebook
def test_there_is_one_title_in_each_language(path: Path) -> None:
    for language in LANGUAGES:
        cells = [cell for cell in _cells(path, "markdown") if language in cell.metadata.get("tags", [])]
        assert len([cell for cell in cells if cell.source.startswith("# ")]) == 1


@every_report
def test_parameters_are_plain_literals_and_each_is_read(path: Path) -> None:
    tree = ast.parse(_parameters(path).source)
    names = {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body}
    rest = "\n".join(cell.source for cell in _cells(path, "code") if "parameters" not in cell.metadata.get("tags", []))
    read = {node.id for node in ast.walk(ast.parse(rest)) if isinstance(node, ast.Name)}
    assert STANDARD <= set(names) <= STANDARD | {"product"}
    assert set(names) <= read
    assert (names["home"], names["lang"], names["out"]) == ("../..", "zh", "")


@every_notebook
def test_outputs_are_kept_without_images(path: Path) -> None:
    for cell in _cells(path, "code"):
        assert cell.execution_count is not None, "run `make notebooks`"
        data = [kind for output in cell.outputs for kind in output.get("data", {})]
        assert not [kind for kind in data if kind.startswith("image/")]


@every_notebook
def test_the_last_section_says_what_it_cannot_tell(path: Path) -> None:
    headings = [cell.source for cell in _cells(path, "markdown") if cell.source.startswith("## ")]
    assert any("不能告诉" in heading for heading in headings[-4:])
    assert any("cannot tell" in heading for heading in headings[-4:])


def _told(cell: nbformat.NotebookNode) -> str:
    """What a reader sees of a cell in words: its prose without code spans, or its outputs as text."""
    if cell.cell_type == "markdown":
        return re.sub(r"`[^`]*`", "", cell.source)
    return "\n".join(output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", []))


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.parent.name in PAGES], ids=lambda path: path.stem)
def test_no_raw_code_is_shown_to_people(path: Path) -> None:
    """A code has words; beside them a table's own name may stand in brackets, a file with its ending."""
    cells = nbformat.read(path, as_version=4).cells
    assert not [code for cell in cells for code in RAW.findall(_told(cell))]


@every_notebook
def test_no_example_product_is_named_in_code(path: Path) -> None:
    """A bank has products of its own: a notebook takes what the home offers to the groups that live in the branch."""
    shipped = {place.stem for place in (ROOT / "data" / "products").glob("[!_]*.toml")}
    assert not [code for cell in _cells(path, "code") for code in shipped if f'"{code}"' in cell.source]
