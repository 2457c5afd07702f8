"""What identifies a person is in nothing that an ingest, its refusal, a report or a bundle writes or says."""

import json
import random
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from microlib.bank.ingest.drafts import draft_lines, preview_lines
from microlib.bank.ingest.intake import load_files
from microlib.bank.ingest.load import load_frames
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.contracts.documents import read_toml
from microlib.contracts.failures import failure_lines
from microlib.errors import BadConfig, BadData
from microlib.home import Home
from microlib.run.bundles import ROLES, write_bundles
from microlib.run.jobs import RunOptions
from microlib.run.notebooks import write_own_report
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports
from tests.faults import plants

JUNE, SEED = date(2026, 6, 30), 20260630
NOTEBOOK = Path(__file__).resolve().parent.parent / "run" / "notebooks" / "tiny_outlets.ipynb"
#: what is found in any text: not a name, nor an address that leads to no door
IN_TEXTS = [kind for kind in plants.WRITINGS if kind not in ("name", "address")]
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
        for kind in IN_TEXTS:
            own = shutil.copy(path, tmp_path / path.name)
            own.write_text(f'{text}\n[extra]\nnote = "找 {planted.one("terms", kinds=[kind])}。"\n', "utf-8")
            with pytest.raises(BadConfig, match=r"extra\.note holds a") as caught:
                read_toml(own)
            assert plants.leaks([("said", str(caught.value).encode())], planted) == []


@pytest.mark.parametrize("place", ["prose", "head", "code", "output", "metadata", "tag", "words"])
def test_a_report_of_ones_own_that_holds_an_identifier_is_in_no_format(planted, own_home, place):
    planted.rng.seed(place)
    notebook, words = write_own_report(own_home, "9_own")
    told, found = planted.one(place, kinds=IN_TEXTS), json.loads(notebook.read_text("utf-8"))
    prose = next(cell for cell in found["cells"] if cell["cell_type"] == "markdown")
    if place in ("prose", "head"):
        prose["source"] = "".join(prose["source"]) + ("\n\n## " if place == "head" else "\n\n找 ") + told
    elif place == "metadata":
        found["metadata"]["authors"] = [{"name": told}]
    elif place == "tag":
        prose["metadata"]["note"] = told
    elif place == "words":
        text = words.read_text("utf-8")
        words.write_text(text.replace('zh = "', f'zh = "{told} ', 1), "utf-8")
    else:
        last = next(cell for cell in reversed(found["cells"]) if cell["cell_type"] == "code")
        more = f"# {told}" if place == "code" else f"print({told!r})"
        last["source"] = "".join(last["source"]) + f"\n{more}"
    notebook.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    asked = RunOptions(notebooks=("9_own",), branches=("0755",), formats=("xlsx", "docx", "pdf", "pptx"), workers=1)
    try:
        (outcome,) = run_reports(plan_reports(own_home, asked)).outcomes
    except BadConfig as refused:
        assert place == "words"
        said(own_home.reports, str(refused))
    else:
        assert outcome.error.startswith("PersonalData"), outcome.error
        assert not outcome.job.page.exists()
    assert plants.leaks(plants.written(own_home.reports), planted) == []


@pytest.fixture
def own_home(tmp_path, shared_zygote):
    """A bank of one branch with a loan."""
    days = {"disbursed_date": pd.Timestamp("2026-01-05"), "maturity_date": pd.Timestamp("2026-07-20")}
    money = {"amount_yuan": 1e5, "balance_yuan": 1e5, "yearly_rate": 0.05, "status": "normal", "overdue_days": 0}
    keys = {"loan_id": ["L1"], "customer_id": "C1", "branch_id": "0755", "purpose": "turnover"}
    frames = {
        "branches": pd.DataFrame({"branch_id": ["0755"], "name": ["示例支行"]}),
        "customers": pd.DataFrame({"customer_id": ["C1"], "branch_id": ["0755"], "kind": ["company"]}),
        "loans": pd.DataFrame({**keys, **days, **money}),
    }
    load_frames(tmp_path / "own", frames, as_of=JUNE, name="made.csv", synthetic=True)
    return Home(tmp_path / "own")
