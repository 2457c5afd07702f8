"""The house's budgets: small functions, small modules, few imports, nothing printed, no work at import."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "microlib").rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
VAGUE = {"utils", "helpers", "common", "base", "misc", "tools"}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf8"))


def _functions() -> list[tuple[str, ast.FunctionDef]]:
    found = []
    for path in MODULES:
        nodes = [node for node in ast.walk(_tree(path)) if isinstance(node, FUNCTIONS)]
        found += [(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node) for node in nodes]
    return found


def _body_lines(node: ast.FunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return node.end_lineno - body[0].lineno + 1 if body else 0


def _code_lines(path: Path) -> int:
    tree, text = _tree(path), path.read_text(encoding="utf8").splitlines()
    holders = [node for node in ast.walk(tree) if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Module))]
    docs = {
        line
        for node in holders
        if ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    kept = [line for number, line in enumerate(text, 1) if number not in docs]
    return sum(1 for line in kept if line.strip() and not line.strip().startswith("#"))


def test_no_function_body_is_longer_than_30_lines() -> None:
    long = [f"{place}: {_body_lines(node)}" for place, node in _functions() if _body_lines(node) > 30]
    assert not long, "\n".join(long)


def test_the_median_body_is_at_most_8_lines() -> None:
    assert statistics.median(_body_lines(node) for _, node in _functions()) <= 8


def test_no_function_takes_more_than_five_parameters() -> None:
    wide = []
    for place, node in _functions():
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        if len([name for name in names if name not in ("self", "cls")]) > 5:
            wide.append(place)
    assert not wide, "\n".join(wide)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf8").splitlines()) <= 300
    assert _code_lines(path) <= 150


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


def test_a_module_imports_at_most_four_of_ours() -> None:
    for path in MODULES:
        nodes = [node for node in ast.walk(_tree(path)) if isinstance(node, ast.ImportFrom)]
        ours = {
            f"{node.module}.{name.name}" if (ROOT / node.module.replace(".", "/")).is_dir() else node.module
            for node in nodes
            if (node.module or "").startswith("microlib")
            for name in node.names
        }
        assert len(ours - {"microlib.errors", "microlib.units"}) <= 4, f"{path}: {sorted(ours)}"
