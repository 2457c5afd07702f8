"""The real firms' bank, loaded once through its mapping file alone."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from microlib.bank.ingest.intake import load_files
from microlib.bank.pseudonyms import KEY_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("MICROLIB_REAL_DATA", ROOT.parent / "shared" / "data")) / "cumcm2020c"
FILES = ("企业信息_附件1_123家.csv", "附件1_进项发票.parquet", "附件1_销项发票.parquet")


def _loaded(folder: Path) -> tuple:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(folder / "bank.key"))
        files = [REAL / name for name in FILES]
        return folder / "home", load_files(folder / "home", files, mapping="contest_firms", as_of=date(2020, 2, 21))


@pytest.fixture(scope="session")
def loaded(once) -> tuple:
    """The home, and what was said of its loading; to be read only, but for reports."""
    return once("contest", _loaded)
