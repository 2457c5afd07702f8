"""`environment.yml` says what `pyproject.toml` says; run as a module, this rewrites it."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def rendered() -> str:
    """Return the text of environment.yml that pyproject.toml implies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["build"], *extras["dev"]]
    lines = ["# Made from pyproject.toml by `make lock`; a test compares the two.", "name: microlib"]
    lines += ["channels:", "  - conda-forge", "dependencies:", f"  - python{project['requires-python']}", "  - pip"]
    lines += ["  - pip:", *(f'      - "{requirement}"' for requirement in wanted), '      - "-e ."']
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ROOT / "environment.yml").write_text(rendered(), encoding="utf8")
