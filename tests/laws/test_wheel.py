"""The wheel alone is the workbench: installed where nobody may write, far from a checkout, every command works."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from microlib.home import DISTRIBUTION

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(os.name != "posix", reason="rights of files are told in modes"),
]
#: how root gives up what lets it write everywhere: as nobody, or as itself without any capability; what setpriv starts
#: first still has them, so that is `env`
NO_ROOT = (
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env"],
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "env"],
)
BRANCH = "0755"


@dataclass(frozen=True)
class Desk:
    """An installation and a folder to work in.

    Parameters
    ----------
    place : Path
        The installed environment; nothing below it can be written.
    folder : Path
        Where commands are run.
    user : list of str
        Words before a command that has no more rights than any user.
    """

    place: Path
    folder: Path
    user: list[str]

    def run(self, program: str, *words: str) -> str:
        """Run a program of the installation and return what it says; it must succeed."""
        command = [*self.user, str(self.place / "bin" / program), *words]
        run = subprocess.run(command, cwd=self.folder, env=self.env(), capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{words}\n{run.stdout}\n{run.stderr}"
        return run.stdout

    def env(self) -> dict[str, str]:
        """The variables of a user who knows nothing of the checkout."""
        kept = {key: text for key, text in os.environ.items() if not key.startswith(("PYTHON", "MICROLIB", "JUPYTER"))}
        path = f"{self.place / 'bin'}{os.pathsep}{os.environ['PATH']}"
        own = {"HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp"), "XDG_CONFIG_HOME": ""}
        return {**kept, **own, "PATH": path, "MICROLIB_WARM_SECONDS": "1"}


def _built(root: Path, folder: Path) -> Path:
    """Build the wheel of the tree, asking no index."""
    words = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
    command = [sys.executable, "-m", "pip", *words, str(root)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("microlib_credit-*.whl")
    return wheel


def _installed(wheel: Path, place: Path) -> None:
    """Install the wheel into an environment of its own, beside the packages that this one has."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    python = str(place / "bin" / "python")
    words = ["install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *words], check=True, capture_output=True)
    # a path of packages alone: the lines by which this environment knows the checkout are not followed
    known = [*site.getsitepackages(), *(path for path in sys.path if path.endswith("site-packages"))]
    target = next(place.glob("lib/python*/site-packages"))
    (target / "beside.pth").write_text("".join(f"{path}\n" for path in dict.fromkeys(known)), encoding="utf8")
    for path in (place, *place.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)


def _user(place: Path, folder: Path) -> list[str]:
    """Return words that run a command without the right to write the installation."""
    attempt = f"import os, sys; sys.exit(not os.access('.', os.W_OK) or os.access({str(place)!r}, os.W_OK))"
    ways = [way for way in NO_ROOT if shutil.which(way[0])] if os.getuid() == 0 else [[]]
    for way in ways:
        os.chown(folder, *((65534, 65534) if "--reuid=65534" in way else (os.getuid(), os.getgid())))
        tried = subprocess.run([*way, str(place / "bin" / "python"), "-c", attempt], cwd=folder, check=False)
        if tried.returncode == 0:
            return way
    pytest.skip("root cannot give up its right to write everywhere: setpriv is not installed")


@pytest.fixture(scope="module")
def desk(root: Path) -> Iterator[Desk]:
    """A demo bank of one branch in a folder of a user who may not write the installation."""
    top = Path(tempfile.mkdtemp(prefix="装机 one "))
    top.chmod(0o755)
    place, folder = top / "小微 lab", top / "产品 经理"
    folder.mkdir()
    try:
        _installed(_built(root, top), place)
        found = Desk(place, folder, _user(place, folder))
        subprocess.run([*found.user, "mkdir", str(folder / "tmp")], check=True)
        found.run("microlib", "demo", "--branches", "1")
        yield found
    finally:
        for path in (place, *place.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(top)


@pytest.fixture(scope="module")
def inside(desk: Desk) -> Callable[[str], str]:
    """Say what an expression is there, given the modules that find things."""
    return lambda text: desk.run("python", "-c", f"import microlib\nfrom microlib import home\nprint({text})").strip()


def test_the_code_is_the_installed_one_and_brings_terms_and_notebooks(desk, inside):
    package = next(desk.place.glob("lib/python*/site-packages/microlib"))
    assert inside("microlib.__file__") == str(package / "__init__.py")
    assert inside("home.shipped_data()") == str(package / "shipped" / "data")
    assert inside("home.shipped_notebooks()") == str(package / "shipped" / "notebooks")


def test_what_is_shipped_is_what_the_tree_holds_without_any_bank(desk, root):
    package = next(desk.place.glob("lib/python*/site-packages/microlib"))
    for folder, inner in (("data", "shipped/data"), ("notebooks", "shipped/notebooks")):
        told = subprocess.run(["git", "ls-files", "-z", folder], cwd=root, capture_output=True, text=True, check=False)
        tracked = {path.removeprefix(f"{folder}/") for path in told.stdout.split("\0") if path}
        shipped = {path.relative_to(package / inner).as_posix() for path in (package / inner).rglob("*.*")}
        assert shipped and (not tracked or tracked <= shipped)
        assert not any(name.startswith("demo/") or ".duckdb" in name for name in shipped)


def test_it_says_its_version_however_it_is_called(desk):
    told = desk.run("microlib", "version")
    assert told == desk.run("python", "-m", "microlib", "--version") and told.startswith("microlib ")
    code = "import microlib; from importlib import metadata; print(microlib.__version__, metadata.version(%r))"
    own, installed = desk.run("python", "-c", code % DISTRIBUTION).split()
    assert own == installed == told.split()[1].rstrip(",")


def test_a_report_is_made_below_the_desk(desk):
    (page,) = desk.run("microlib", "report", "--branch", BRANCH, "--jobs", "1", "2_segment_analysis").split()
    assert page == f"reports/demo/2026-06-30/{BRANCH}/2_segment_analysis/zh/2_segment_analysis.html"
    assert (desk.folder / page).is_file() and (desk.folder / "reports/demo/2026-06-30/index.html").is_file()


def test_a_case_is_worked_through(desk):
    (page,) = desk.run("microlib", "case", "hotel_renovation").split()
    assert page == "reports/cases/hotel_renovation/zh/hotel_renovation.html" and (desk.folder / page).is_file()


def test_templates_and_exercises_are_given_out(desk):
    assert len(desk.run("microlib", "ingest", "--template", "templates").split()) >= 10
    assert (desk.folder / desk.run("microlib", "exercise", "new", "x08", "--to", "class").strip()).is_file()


def test_a_term_sheet_is_written(desk):
    words = ("hospital_supplier", "--branch", BRANCH, "--as-of", "2026-06-30", "--home", "data/demo")
    papers = desk.run("microlib", "design", "sheet", *words).splitlines()
    assert any(path.endswith("term_sheet.toml") for path in papers)
    assert all((desk.folder / path).is_file() for path in papers)


def test_a_lab_stands_on_copies_that_can_be_written(desk):
    code = "from microlib.home import Home; from microlib.run import lab; from pathlib import Path"
    told = desk.run("python", "-c", f"{code}; raise SystemExit(lab.open_lab(Home(Path()), ['--version']))")
    assert told.strip().split(".")[0].isdigit()
    copy = desk.folder / "notebooks" / "production" / "2_segment_analysis.ipynb"
    assert copy.stat().st_mode & 0o200
    assert (desk.folder / "notebooks" / ".lab" / "share" / "jupyter" / "kernels" / "microlib" / "kernel.json").is_file()


def test_a_homes_own_file_counts_and_is_told(desk, inside):
    own = desk.folder / "data" / "demo" / "data" / "products" / "market_stall.toml"
    assert "market_stall" not in desk.run("microlib", "check", "--bank", "--home", "data/demo")
    own.parent.mkdir()
    shutil.copyfile(inside("home.shipped_data() / 'products' / 'market_stall.toml'"), own)
    own.write_text(own.read_text("utf-8") + "\n# ours\n", "utf-8")
    told = desk.run("microlib", "check", "--bank", "--home", "data/demo").splitlines()
    line = "overrides\tdata/products/market_stall.toml\tdata/demo/data/products/market_stall.toml"
    assert [each for each in told if "market_stall" in each] == [line]
