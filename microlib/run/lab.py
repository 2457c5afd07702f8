"""JupyterLab on a home: a start page, copies of the notebooks in one language, the warm kernel, no figures in files."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_server.services.contents.largefilemanager import LargeFileManager
from tornado.web import HTTPError

from microlib.bank.branch import branch_names
from microlib.bank.store import default_as_of, open_store
from microlib.errors import BadConfig, WorkbenchError
from microlib.home import HOME_FOLDER, Home, find_home, install_hint, shipped_notebooks
from microlib.report.words import LANGS, entries
from microlib.run.warm.provisioner import NAME, install_kernel
from microlib.run.warm.zygote import die_with

#: below a home's notebooks, hidden: what a lab needs where the environment cannot be written
OWN = ".lab"
#: below a home's notebooks: what production runs, as it is shipped; and copies made of it by editing
PRODUCTION, DRAFTS, START = "production", "drafts", "start.md"
KERNEL = {"display_name": "microlib (warm)", "language": "python", "name": NAME}
#: Lab's own settings that are wanted here: a page is read, not edited, and nothing is asked of the network
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}
#: what a page may ask for: this server alone; Voila's own templates name servers of others for letters and icons
OWN_ALONE = "; ".join(
    (
        "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:",
        "connect-src 'self' ws://127.0.0.1:* ws://localhost:*",
        "frame-ancestors 'self'",
    )
)
#: Voila's settings: this computer alone, and behind a token, for whoever asks its kernel asks with the user's rights
PAGE = {"ip": "127.0.0.1", "auto_token": True, "tornado_settings": {"headers": {"Content-Security-Policy": OWN_ALONE}}}


def open_lab(home: Home, arguments: Sequence[str] = (), *, lang: str = "zh") -> int:
    """Open JupyterLab on a home's start page and return its exit code once it has ended.

    The shipped notebooks stand in ``<home>/notebooks`` then, in one language; what is there already is the user's and
    stays as it is. Production's own stand in ``production`` as they are shipped: a change to one is kept as a draft.
    Where the environment has no kernelspec ``microlib``, the lab alone is given one, below ``<home>/notebooks/.lab``.
    An interrupt from the keyboard is left to JupyterLab, which asks whether it is meant.

    Parameters
    ----------
    home : Home
        The folder that the user asked for, with a bank or without: notebooks find a demo bank below it.
    arguments : sequence of str
        More words for ``jupyter lab``, such as ``--no-browser``.
    lang : str
        ``zh`` or ``en``: of the start page and of notebooks copied now.

    Raises
    ------
    BadConfig
        If the notebooks cannot be written there.
    """
    copy_notebooks(home, lang=lang)
    _written(home.root / "notebooks" / START, start_page(home, lang=lang))
    return _served(home.root, ["jupyterlab", *arguments], lab_variables(home, lang=lang))


def open_what_if(home: Home, arguments: Sequence[str] = (), *, lang: str = "zh") -> int:
    """Serve the what-if notebook as a page by Voila, without its code, and return the exit code once it has ended.

    The page is for this computer, behind a token that the address said at the start bears, and asks no other server for
    anything.

    Parameters are those of `open_lab`; words go to ``voila``.

    Raises
    ------
    BadConfig
        If the page cannot be written, or Voila is not installed.
    """
    if importlib.util.find_spec("voila") is None:
        raise BadConfig("Voila is not installed", where="what-if", fix=install_hint("lab"))
    page = home.root / "notebooks" / OWN / "what_if.ipynb"
    text = (shipped_notebooks() / "explore" / "what_if.ipynb").read_text(encoding="utf-8")
    _emptied(home)
    _written(page, in_one_language(text, lang=lang))
    _written(page.parent / "config" / "voila.json", json.dumps({"Voila": PAGE}, indent=1))
    return _served(page.parent, ["voila", str(page.absolute()), *arguments], _variables(home, lang=lang))


#: seconds that a server is given to end its kernels once it is told to
ENDING = 20


def _served(folder: Path, words: Sequence[str], own: Mapping[str, str]) -> int:
    """Run a server in a folder until it ends; it does not outlive this process, on Linux not even if that is killed.

    Voila takes programs of that folder for its settings.
    """

    def end(sign: int, _: FrameType | None) -> NoReturn:
        raise SystemExit(128 + sign)

    told = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    former = {sign: signal.signal(sign, end) for sign in told}
    try:
        bound = partial(die_with, os.getpid(), signal.SIGTERM) if sys.platform == "linux" else None
        command = [sys.executable, "-P", "-m", *words]  # no file of the home stands for a library's
        with subprocess.Popen(command, cwd=folder, env={**os.environ, **own}, preexec_fn=bound) as server:
            try:
                while True:
                    try:
                        return server.wait()
                    except KeyboardInterrupt:
                        continue
            finally:
                server.terminate()
                try:
                    server.wait(ENDING)
                except subprocess.TimeoutExpired:
                    server.kill()
    finally:
        for sign, handler in former.items():
            signal.signal(sign, handler)


def lab_variables(home: Home, *, lang: str = "zh") -> dict[str, str]:
    """Return the variables under which JupyterLab opens on a home: kernel, settings, start page, language.

    Raises
    ------
    BadConfig
        If a file of the lab's own cannot be written.
    """
    own = _emptied(home).resolve()
    options = {
        "ServerApp": {"contents_manager_class": f"{__name__}.DeskContents"},
        "LabApp": {"default_url": f"/lab/tree/notebooks/{START}", "extension_manager": "readonly"},
        "MappingKernelManager": {"default_kernel_name": NAME},
    }
    _written(own / "config" / "jupyter_server_config.json", json.dumps(options, indent=1))
    _written(own / "config" / "jupyter_lab_config.json", json.dumps(options, indent=1))
    _written(own / "config" / "labconfig" / "default_setting_overrides.json", json.dumps(SETTINGS, indent=1))
    return _variables(home, lang=lang)


def _variables(home: Home, *, lang: str) -> dict[str, str]:
    above, own = os.environ.get("JUPYTER_CONFIG_PATH", ""), (home.root / "notebooks" / OWN / "config").resolve()
    return {
        **kernel_paths(home),
        HOME_FOLDER: str(home.root.resolve()),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, [str(own), above])),
        "MICROLIB_LANG": lang,
    }


def copy_notebooks(home: Home, *, lang: str = "zh") -> list[Path]:
    """Copy the shipped notebooks into ``<home>/notebooks``, where no file of their name stands; return the copies.

    A copy speaks one language and opens on the warm kernel. Those that reports are made of go to ``production``.

    Raises
    ------
    BadConfig
        If one cannot be written.
    """
    shipped, made = shipped_notebooks(), []
    for path in sorted(shipped.glob("*/*.*")):
        if path.suffix not in (".ipynb", ".csv"):
            continue
        folder = PRODUCTION if path.parent.name == "reports" else path.parent.name
        copy = home.root / "notebooks" / folder / path.name
        if copy.exists() and folder != PRODUCTION:
            continue
        text = path.read_text(encoding="utf-8")
        told = in_one_language(text, lang=lang) if path.suffix == ".ipynb" else text
        if copy.exists() and copy.read_text(encoding="utf-8") == told:
            continue
        _written(copy, told)
        made += [copy] if path.suffix == ".ipynb" else []
    return made


def in_one_language(text: str, *, lang: str) -> str:
    """Return a notebook's text without the cells of the other language, its ``lang`` set, on the warm kernel."""
    notebook = json.loads(text)
    others = {each for each in LANGS if each != lang}
    cells = [cell for cell in notebook["cells"] if not others & set(cell["metadata"].get("tags", []))]
    for cell in cells:
        if "parameters" in cell["metadata"].get("tags", []):
            lines = cell["source"] if isinstance(cell["source"], list) else cell["source"].splitlines(keepends=True)
            cell["source"] = [line.replace('lang = "zh"', f'lang = "{lang}"') for line in lines]
    notebook["cells"], notebook["metadata"]["kernelspec"] = cells, KERNEL
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _emptied(home: Home) -> Path:
    """Return the lab's own folder without what lies there: a file of settings that came with a home would be run."""
    own = home.root / "notebooks" / OWN
    try:
        own.unlink() if own.is_symlink() else shutil.rmtree(own, ignore_errors=not own.exists())
    except OSError as error:
        what = f"the lab's own folder cannot be emptied: {error.strerror or error}"
        raise BadConfig(what, where=str(own), fix="choose another --home") from error
    return own


def _written(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")  # not kept safe from a power cut: it is made again from what is shipped
    except OSError as error:
        what = f"the notebooks cannot be written: {error.strerror or error}"
        raise BadConfig(what, where=str(path), fix="choose another --home") from error


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


# ---- the start page


def start_page(home: Home, *, lang: str) -> str:
    """Return the page on which the lab opens, as Markdown: the bank, its last run and reports, what to read and to try.

    Parameters
    ----------
    home : Home
        With a bank or without.
    lang : str
    """
    said = {key.removeprefix("desk_"): entry[lang] for key, entry in entries("running").items() if key[:5] == "desk_"}
    notebooks = home.root / "notebooks"
    lines = [f"# {said['title']}", "", *_bank_lines(home, said), "", f"## {said['explore']}", ""]
    lines += [*_links(notebooks.glob("explore/*.ipynb"), notebooks), "", f"## {said['reports']}", ""]
    lines += [*_report_lines(home, said), "", f"## {said['terms']}", "", said["terms_note"], ""]
    for kind in ("products", "policies", "branches", "segments"):
        names = [path for path in home.config(kind).glob("*.toml") if not path.name.startswith("_")]
        lines.append(f"- `data/{kind}/`: {len(names)}")
    for title, folder in (("cases", "cases"), ("exercises", "exercises"), ("production", PRODUCTION)):
        lines += ["", f"## {said[title]}", "", *([said["production_note"], ""] if folder == PRODUCTION else [])]
        lines += _links(notebooks.glob(f"{folder}/*.ipynb"), notebooks)
    return "\n".join([*lines, ""])


def _bank_lines(home: Home, said: dict[str, str]) -> list[str]:
    try:
        bank = find_home(home.root)
        with open_store(bank) as store:
            day, is_synthetic = default_as_of(store), store.is_synthetic
            names = branch_names(store, as_of=day)
    except WorkbenchError as refusal:
        return [f"- {refusal.what}: {refusal.fix}"]
    listed = " · ".join(f"{code} {name}" for code, name in list(names.items())[:24])
    made = [said["synthetic"]] if is_synthetic else []
    return [
        f"- {said['bank']}: `{bank.root}`, {day}",
        f"- {said['branches']}: {listed}",
        *(f"- {each}" for each in made),
    ]


def _report_lines(home: Home, said: dict[str, str]) -> list[str]:
    try:
        folder = find_home(home.root).reports
    except WorkbenchError:
        folder = home.reports
    pages = sorted(folder.glob("*/index.html"), reverse=True)
    if not pages:
        return [said["no_run"]]
    last = pages[0].parent
    made = sorted(last.glob("*/*/*/*.html"))[:40]
    return [*_links(pages[:3], home.root / "notebooks"), *_links(made, home.root / "notebooks")]


def _links(paths: Iterable[Path], start: Path) -> list[str]:
    listed = [(path, os.path.relpath(path.resolve(), start.resolve())) for path in sorted(paths)]
    return [f"- [{_title(path)}]({Path(place).as_posix()})" for path, place in listed]


def _title(path: Path) -> str:
    """A notebook's own heading; of another file the end of its path."""
    if path.suffix != ".ipynb":
        return "/".join(path.parts[-3:])
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    first = next(("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"), f"# {path.stem}")
    return f"{first.splitlines()[0].removeprefix('# ')} · {path.stem}"


# ---- what is saved


def without_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook's content with nothing in it that a bank's data left: outputs, numbers of runs, widgets.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "1", "outputs": [{"text": "12 万元"}], "execution_count": 3}
    >>> without_outputs({"cells": [cell], "metadata": {"widgets": {}}})
    {'cells': [{'cell_type': 'code', 'source': '1', 'outputs': [], 'execution_count': None}], 'metadata': {}}
    """
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    kept = {name: value for name, value in notebook["metadata"].items() if name != "widgets"}
    return {**notebook, "cells": cells, "metadata": kept}


class DeskContents(LargeFileManager):
    """Lab's files: a notebook is saved without outputs unless the bank is synthetic, and production's is kept as it is.

    So no figure of a bank, as text or as picture, reaches version control through a notebook. What was changed in a
    notebook of ``production`` is kept as a working copy below ``drafts``, and whoever saved it is told where.
    """

    def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Save a file."""
        if model.get("type") == "notebook" and model.get("content") and not self._is_synthetic():
            model = {**model, "content": without_outputs(model["content"])}
        parts = Path(path.strip("/")).parts
        if parts[:2] != ("notebooks", PRODUCTION):
            return super().save(model, path)
        draft = "/".join(("notebooks", DRAFTS, *parts[2:]))
        if not self.dir_exists(f"notebooks/{DRAFTS}"):
            super().save({"type": "directory"}, f"notebooks/{DRAFTS}")
        super().save(model, draft)
        raise HTTPError(409, f"production is as shipped; your changes are kept as a working copy: {draft}")

    def _is_synthetic(self) -> bool:
        try:
            with open_store(find_home(self.root_dir)) as store:
                return store.is_synthetic
        except WorkbenchError:  # no bank here: then there is none of whom anything could be told
            return True
