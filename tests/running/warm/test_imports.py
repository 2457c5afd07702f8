"""What is imported before a fork is what the notebooks import; a zygote of other code has another key."""

import ast
import json

from microlib.running.warm import imports


def notebook(path, *sources):
    cells = [{"cell_type": "code", "source": [source]} for source in sources]
    path.write_text(json.dumps({"cells": cells}))
    return path


def test_the_packages_own_modules_are_found_in_cells(tmp_path):
    path = notebook(
        tmp_path / "a.ipynb", "import pandas as pd", "from microlib.metrics import pars, quality", "%time x"
    )
    found = imports.imported_by([path])
    assert found == ("microlib.metrics", "microlib.metrics.pars", "microlib.metrics.quality")


def test_what_is_no_notebook_imports_nothing(tmp_path):
    (tmp_path / "b.ipynb").write_text("{")
    assert imports.imported_by([tmp_path / "b.ipynb", tmp_path / "c.ipynb"]) == ()


def test_a_module_that_is_not_there_is_left_to_the_notebook():
    imports.import_all(["microlib.nowhere"])


def test_the_key_changes_with_modules_environment_and_files(tmp_path, monkeypatch):
    monkeypatch.setattr(imports, "PACKAGE", tmp_path)
    keys = [imports.code_key(["a"]), imports.code_key(["b"])]
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    keys.append(imports.code_key(["a"]))
    (tmp_path / "new.py").write_text("")
    keys.append(imports.code_key(["a"]))
    assert len(set(keys)) == 4
    assert imports.code_key(["a"]) == keys[-1]


def test_what_a_measure_imports_late_is_imported_before_the_fork():
    """Fonts are cut for pages, which no kernel writes."""
    floors = ("bank", "contracts", "design", "metrics", "reporting")
    paths = [path for floor in floors for path in (imports.PACKAGE / floor).rglob("*.py") if "demo" not in path.parts]
    late = {name for path in paths for name in _late(ast.parse(path.read_text(encoding="utf8")))}
    assert {name for name in late if not name.startswith("fontTools")} <= set(imports.ALWAYS)


def _late(tree: ast.Module) -> set[str]:
    """Modules that functions import: ``from a import b`` is ``a.b`` where that is one, else ``a``."""
    bodies = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    froms = [node for body in bodies for node in ast.walk(body) if isinstance(node, ast.ImportFrom)]
    plain = [
        alias.name for body in bodies for node in ast.walk(body) if isinstance(node, ast.Import) for alias in node.names
    ]
    known = [[f"{node.module}.{alias.name}", node.module] for node in froms for alias in node.names]
    return {*plain, *(whole if whole in imports.ALWAYS else module for whole, module in known)}
