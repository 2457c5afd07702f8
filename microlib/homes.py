"""A home is the folder that holds a bank's `data/` and `reports/`: where everything of one bank is found."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from microlib.errors import BadConfig

SHIPPED = Path(__file__).resolve().parent.parent / "data"
#: names the folder, closed to others, in which a run keeps frames; where it is not set nothing is kept
FRAMES_FOLDER = "MICROLIB_FRAMES_FOLDER"


@dataclass(frozen=True)
class Home:
    """One bank's folders.

    Parameters
    ----------
    root : Path
        The folder that holds ``data/`` and ``reports/``.

    Examples
    --------
    >>> Home(Path("mybank")).bank.as_posix()
    'mybank/data/bank.duckdb'
    """

    root: Path

    @property
    def bank(self) -> Path:
        """The store: one DuckDB file."""
        return self.root / "data" / "bank.duckdb"

    @property
    def reports(self) -> Path:
        """Where reports are written, one folder per as-of date."""
        return self.root / "reports"

    def config(self, kind: str) -> Path:
        """Return the folder of one kind of written terms; a home without its own uses the shipped ones.

        Parameters
        ----------
        kind : str
            ``products``, ``policies``, ``segments``, ``branches``, ``mappings`` or ``reference``.
        """
        own = self.root / "data" / kind
        return own if own.is_dir() else SHIPPED / kind


def find_home(root: str | Path) -> Home:
    """Return the home at `root`, or the demo home below it when only a demo bank has been made there.

    Raises
    ------
    BadConfig
        If there is no bank at either place.
    """
    own, demo = Home(Path(root)), Home(Path(root) / "data" / "demo")
    for home in (own, demo):
        if home.bank.is_file():
            return home
    raise BadConfig(
        "there is no bank here yet",
        where=str(own.bank),
        fix="run `make demo`, or `microlib ingest` with tables of your own",
    )


def settings_file(home: Home, ending: str) -> Path:
    """Return the place of a file about one home below the user's settings, outside all that is copied or sent."""
    root = home.root.resolve()
    settings = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return settings / "microlib" / f"{root.name}-{hashlib.sha256(str(root).encode()).hexdigest()[:12]}.{ending}"
