"""The kernelspec ``microlib``: what papermill, nbval and JupyterLab name to get a warm kernel."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec

from microlib.errors import BadConfig

NAME = "microlib"
SPEC = {
    "argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "microlib (warm)",
    "language": "python",
    "metadata": {"kernel_provisioner": {"provisioner_name": "microlib-warm"}, "debugger": True},
}


def install_kernel(prefix: Path | None = None) -> Path:
    """Write the kernelspec below a prefix, by default this environment's, and return its folder.

    Raises
    ------
    BadConfig
        If the folder cannot be written.
    """
    folder = (prefix or Path(sys.prefix)) / "share" / "jupyter" / "kernels" / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "kernel.json").write_text(json.dumps(SPEC, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        what = f"the kernelspec cannot be written: {error.strerror or error}"
        raise BadConfig(what, where=str(folder), fix="install into an environment of your own") from error
    return folder


def warm_spec() -> KernelSpec:
    """Return the kernelspec without reading it from disk: a run needs no installed one."""
    return KernelSpec(**{**SPEC, "argv": [sys.executable, *SPEC["argv"][1:]]})
