"""JupyterLab on a home: the shipped notebooks copied beside its data, the warm kernel offered, the server run there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

from microlib.errors import BadConfig
from microlib.home import Home, shipped_notebooks
from microlib.run.warm.provisioner import NAME, install_kernel

#: below a home's notebooks, hidden: what a lab needs where the environment cannot be written
OWN = ".lab"


def open_lab(home: Home, arguments: Sequence[str] = ()) -> int:
    """Open JupyterLab on a home and return its exit code once it has ended.

    The shipped notebooks stand in ``<home>/notebooks`` then; what is there already is the user's and stays as it is.
    Where the environment has no kernelspec ``microlib``, the lab alone is given one, below ``<home>/notebooks/.lab``.
    An interrupt from the keyboard is left to JupyterLab, which asks whether it is meant.

    Parameters
    ----------
    home : Home
        The folder that the user asked for, with a bank or without: notebooks find a demo bank below it.
    arguments : sequence of str
        More words for ``jupyter lab``, such as ``--no-browser``.

    Raises
    ------
    BadConfig
        If the notebooks cannot be written there.
    """
    copy_notebooks(home)
    command = [sys.executable, "-m", "jupyterlab", *arguments]
    with subprocess.Popen(command, cwd=home.root, env={**os.environ, **kernel_paths(home)}) as server:
        while True:
            try:
                return server.wait()
            except KeyboardInterrupt:
                continue


def copy_notebooks(home: Home) -> list[Path]:
    """Copy the shipped notebooks into ``<home>/notebooks``, where no file of their name stands; return the copies.

    Raises
    ------
    BadConfig
        If one cannot be written.
    """
    shipped, made = shipped_notebooks(), []
    for path in sorted(shipped.glob("*/*.ipynb")):
        copy = home.root / "notebooks" / path.relative_to(shipped)
        if copy.exists():
            continue
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)  # its text alone: a copy may be written though the installation may not
        except OSError as error:
            what = f"the notebooks cannot be written: {error.strerror or error}"
            raise BadConfig(what, where=str(copy), fix="choose another --home") from error
        made.append(copy)
    return made


def kernel_paths(home: Home) -> dict[str, str]:
    """Return the variables by which JupyterLab finds the warm kernel; where none is installed, one is written.

    Raises
    ------
    BadConfig
        If it must be written and cannot be.
    """
    if NAME in KernelSpecManager().find_kernel_specs():
        return {}
    folder = install_kernel((home.root / "notebooks" / OWN).resolve()).parents[1]
    return {"JUPYTER_PATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("JUPYTER_PATH", "")]))}
