"""What a run stands on: versions of Python and libraries, and the code's revision where git is there."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib import metadata

from microlib.homes import project_folder

LIBRARIES = (
    "microlib",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "matplotlib",
    "duckdb",
    "ibis-framework",
    "papermill",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that numbers depend on."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in LIBRARIES}}


def revision() -> str:
    """Return the code's revision, empty where the code is no repository or git is not there."""
    git = shutil.which("git")
    project = project_folder()
    if git is None or not (project / ".git").exists():
        return ""
    command = [git, "-C", str(project), "describe", "--always", "--dirty", "--abbrev=12"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return answer.stdout.strip()
