"""The house's laws: few deep modules that define what they offer, no cycle, nothing printed, no work at import."""

from __future__ import annotations

import ast
import collections
import statistics
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "microlib").rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
VAGUE = {"utils", "helpers", "common", "base", "misc", "tools"}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf8"))


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


TREES = {_dotted(path): path for path in MODULES}


def _imports(path: Path) -> list[tuple[str, str]]:
    """Module and name of everything of ours that a module imports, wherever in it."""
    return [
        (node.module, each.name)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "microlib"
        for each in node.names
    ]


def _defined(path: Path) -> set[str]:
    """Names that a module binds itself at its top, other than by importing them."""
    found: set[str] = set()
    for node in _tree(path).body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            found.add(node.name)
        elif not isinstance(node, (ast.Import, ast.ImportFrom)):
            stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
            found |= {each.id for each in stored if isinstance(each.ctx, ast.Store)}
    return found


def _code_lines(path: Path) -> int:
    """Lines that are neither docstring, blank, comment nor import."""
    left_out: set[int] = set()
    for node in ast.walk(_tree(path)):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, (ast.Import, ast.ImportFrom)) or (is_text and isinstance(node.value.value, str)):
            left_out.update(range(node.lineno, node.end_lineno + 1))
    lines = path.read_text(encoding="utf8").splitlines()
    told = (line.strip() for number, line in enumerate(lines, 1) if number not in left_out)
    return sum(1 for line in told if line and not line.startswith("#"))


def test_the_house_has_few_and_deep_modules() -> None:
    rooms = [_code_lines(path) for path in MODULES if path.stem != "__init__"]
    assert len(MODULES) <= 260
    assert statistics.median(rooms) >= 100


def test_a_file_name_seldom_stands_twice() -> None:
    stems = collections.Counter(path.stem for path in MODULES if path.stem != "__init__")
    assert sum(count > 1 for count in stems.values()) <= 20


def test_no_module_imports_in_a_circle() -> None:
    """Not even inside a function."""
    reached = {
        name: {f"{module}.{each}" if f"{module}.{each}" in TREES else module for module, each in _imports(path)}
        - {name}
        for name, path in TREES.items()
    }
    left = dict(reached)
    while free := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in free:
            del left[name]
    assert not left, f"these import each other in a circle, or stand above one that does: {sorted(left)}"


def test_a_name_is_imported_from_the_module_that_defines_it() -> None:
    borrowed = [
        f"{_dotted(path)} takes {name} from {module}"
        for path in MODULES
        for module, name in _imports(path)
        if f"{module}.{name}" not in TREES and (module not in TREES or name not in _defined(TREES[module]))
    ]
    assert not borrowed, "\n".join(borrowed)


def test_no_module_is_reached_through_another() -> None:
    for path in MODULES:
        ours = {name for module, name in _imports(path) if f"{module}.{name}" in TREES}
        for node in ast.walk(_tree(path)):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)):
                continue
            if isinstance(node.value.value, ast.Name) and node.value.value.id in ours:
                inner = [module for module in TREES if module.endswith(f".{node.value.attr}")]
                assert not inner, f"{path}:{node.lineno} reaches {ast.unparse(node)}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_names_its_concept_and_says_what_it_is(path: Path) -> None:
    assert path.stem not in VAGUE
    assert ast.get_docstring(_tree(path))


def test_nothing_prints_and_no_global_option_is_set() -> None:
    for path in MODULES:
        calls = [ast.unparse(node.func) for node in ast.walk(_tree(path)) if isinstance(node, ast.Call)]
        assert "print" not in calls, path
        assert not {"pd.set_option", "plt.rc", "warnings.filterwarnings"} & set(calls), path


def test_importing_a_module_does_no_work() -> None:
    allowed = (ast.Import, ast.ImportFrom, *FUNCTIONS, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.Expr, ast.If)
    for path in MODULES:
        for node in _tree(path).body:
            assert isinstance(node, allowed), f"{path}:{node.lineno}"
            if isinstance(node, ast.Expr):
                assert isinstance(node.value, ast.Constant), f"{path}:{node.lineno} does work at import"
