"""What identifies a person is in nothing that an ingest, its refusal, a report or a bundle writes or says."""

import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from microlib.bank.ingest.drafts import draft_lines, preview_lines
from microlib.bank.ingest.intake import load_files
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.contracts.documents import read_toml
from microlib.contracts.failures import failure_lines
from microlib.errors import BadConfig, BadData
from microlib.home import Home
from microlib.run.bundles import ROLES, write_bundles
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports
from tests.faults import plants

JUNE, SEED = date(2026, 6, 30), 20260630
NOTEBOOK = Path(__file__).resolve().parent.parent / "run" / "notebooks" / "tiny_outlets.ipynb"
#: tables of every level, and all that a manager's sheet is made of
SOME = (
    "branches",
    "rms",
    "products",
    "customers",
    "facilities",
    "loans",
    "schedules",
    "applications",
    "leads",
    "invoices",
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, str(tmp_path / "bank.key"))
    return Home(tmp_path / "out" / "home")


@pytest.fixture
def planted():
    return plants.Planted(random.Random(SEED))


def said(folder: Path, *texts: str) -> None:
    """Put what was said among what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "said.txt").write_text("\n".join(texts))


def test_keys_hashes_heads_sheets_and_names_that_are_identifiers_are_nowhere(
    demo_home, planted, home, tmp_path, shared_zygote, capsys
):
    frames = plants.frames_of(demo_home, branch="0995", rows=14, tables=SOME)
    files = plants.plant(frames, tmp_path, planted)
    drafted = draft_lines(home, files[-3:])
    shown = preview_lines(home, files[-3:], mapping="own_tables", as_of=JUNE)
    loaded = load_files(home.root, files, mapping="own_tables", as_of=JUNE)
    books, formats = (str(NOTEBOOK), "0_branch_brief"), ("xlsx", "docx", "pdf", "pptx")
    run = run_reports(plan_reports(home, RunOptions(notebooks=books, formats=formats)))
    assert [outcome.error for outcome in run.outcomes] == ["", ""]
    assert list(run.folder.rglob("*.pptx"))
    assert len(write_bundles(run.folder, roles=ROLES)) == 3
    told = capsys.readouterr()
    said(home.root, *drafted, *shown, *failure_lines(loaded.findings), *map(str, loaded.readings), told.out, told.err)
    assert len(planted.places) > 400
    assert plants.leaks(plants.written(tmp_path / "out"), planted) == []
    assert len(plants.leaks(((str(path), path.read_bytes()) for path in files), planted)) > 400


def test_every_text_that_holds_an_identifier_is_refused_and_not_told(demo_home, planted, home, tmp_path):
    frames = plants.frames_of(demo_home, branch="0995", rows=8)
    files = plants.plant_texts(frames, tmp_path, planted)
    with pytest.raises(BadData) as caught:
        load_files(home.root, list(files), mapping="own_tables", as_of=JUNE)
    failures = caught.value.failures
    found = failures[failures["rule"].isin(["identity_in_key", "phone_in_key"])]
    rows = found.groupby(["table", "column"])["row"].nunique()
    #: in the name of a branch or a market an address is no person's, and a phone none in an invoice's number
    allowed = {"name": 6, "venue_name": 6, "invoice_number": 6}
    texts = [(path.stem, column) for path, columns in files.items() for column in columns]
    assert [each for each in texts if rows.get(each, 0) != allowed.get(each[1], 7)] == []
    said(home.root, str(caught.value), *failure_lines(failures, limit=10_000))
    assert plants.leaks(plants.written(tmp_path / "out"), planted) == []
    assert not home.bank.exists()


def test_terms_that_hold_an_identifier_are_refused_with_their_place(planted, root, tmp_path):
    for path in sorted((root / "data" / "products").glob("[a-z]*.toml"))[:1]:
        text = path.read_text("utf-8")
        for kind in (kind for kind in plants.WRITINGS if kind not in ("name", "address")):
            own = shutil.copy(path, tmp_path / path.name)
            own.write_text(f'{text}\n[extra]\nnote = "找 {planted.one("terms", kinds=[kind])}。"\n', "utf-8")
            with pytest.raises(BadConfig, match=r"extra\.note holds a") as caught:
                read_toml(own)
            assert plants.leaks([("said", str(caught.value).encode())], planted) == []
