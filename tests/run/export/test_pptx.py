"""The slides: six messages, tables and charts that can be edited, the Chinese font, values that do nothing."""

import io
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace

import nbformat
import openpyxl
import pandas as pd
import pptx
import pypdf
import pytest
from pptx.util import Inches

from microlib.report.fonts import bold_file, font_file
from microlib.run.export.document import read_document
from microlib.run.export.pptx import FACE, HIGH, WIDE, decks, write_slides
from microlib.run.jobs import SLIDED
from microlib.run.privacy import passages_of

BRIEF = "0_branch_brief/zh"


@pytest.fixture(scope="module")
def told(published):
    """The brief of the smallest branch as a document."""
    job = published[BRIEF]
    notebook = nbformat.read(job.folder / job.notebook.name, as_version=4)
    return read_document(notebook, job=job, results=job.folder / "results")


@pytest.fixture(scope="module")
def hostile(told, read, tmp_path_factory):
    """Its slides where managers' keys and a heading try to do harm."""
    folder = tmp_path_factory.mktemp("hostile")
    results = folder / "results"
    shutil.copytree(told.results, results)
    many = pd.DataFrame({"rm_id": list(read.nasty.values()), "loans_count": 1, "customers_count": 1,
                         "balance_yuan": 1e4, "crossing_date": pd.Timestamp("2026-07-03")})  # fmt: skip
    many.to_parquet(results / "crossing_managers.parquet")
    blocks = tuple(
        replace(block, runs=(replace(block.runs[0], text=read.nasty["formula"] + read.nasty["script"]),))
        if block.kind == "heading"
        else block
        for block in told.blocks
    )
    return write_slides(replace(told, results=results, blocks=blocks), folder / "r.pptx")


def test_reports_shown_in_a_meeting_have_six_slides_each():
    assert set(decks()) == set(SLIDED)
    assert {len(plans) for plans in decks().values()} == {6}


def test_nothing_stands_outside_a_slide_or_over_another_thing(published):
    for job in published.values():
        for path in job.papers:
            if path.suffix == ".pptx":
                deck = pptx.Presentation(path)
                assert (deck.slide_width, deck.slide_height) == (Inches(WIDE), Inches(HIGH))
                for slide in deck.slides:
                    check_places(slide)


def check_places(slide):
    """Boxes lie on the slide; no table, chart or text lies over another one."""
    boxes = [(each.left, each.top, each.left + each.width, each.top + each.height)
             for each in slide.shapes if each.width]  # fmt: skip
    room = Inches(0.02)
    for left, top, right, low in boxes:
        assert left >= 0 and top >= 0 and right <= Inches(WIDE) + room and low <= Inches(HIGH) + room
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            across = min(one[2], other[2]) - max(one[0], other[0])
            down = min(one[3], other[3]) - max(one[1], other[1])
            assert min(across, down) <= room, (one, other)


def test_the_theme_s_font_is_chinese_for_latin_and_east_asian_text(hostile):
    with zipfile.ZipFile(hostile) as parts:
        theme = parts.read("ppt/theme/theme1.xml").decode()
    assert theme.count(f'<a:latin typeface="{FACE}"/><a:ea typeface="{FACE}"/>') == 2


def test_values_are_text_and_nothing_else(hostile, read):
    slides = read.slides(hostile)
    assert slides[0].title == read.nasty["formula"] + read.nasty["script"]
    names = {name for slide in slides for names, _ in slide.charts for name in names}
    assert {read.nasty["formula"], read.nasty["script"], read.nasty["plus"]} <= names
    with zipfile.ZipFile(hostile) as parts:
        sources = [
            parts.read(name).decode("utf-8", "ignore") for name in parts.namelist() if name.endswith((".xml", ".rels"))
        ]
        books = [parts.read(name) for name in parts.namelist() if name.endswith(".xlsx")]
    assert not [each for each in sources if re.search('TargetMode="External"|<a:hlinkClick|<script|vbaProject', each)]
    assert books
    for book in books:
        cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(book)) for row in sheet for cell in row]
        assert not [cell.value for cell in cells if cell.data_type == "f"]


def test_the_scan_reads_titles_cells_charts_and_the_workbooks_behind_them(hostile, read):
    found = list(passages_of("r.pptx", hostile.read_bytes()))
    held = {
        kind: [text for place, text in found if kind in place]
        for kind in ("slides/", "charts/", "embeddings/", "notes")
    }
    for kind, texts in held.items():
        assert any(read.nasty["path"] in text for text in texts) or kind == "notes", kind
    assert any("results/" in text for text in held["notes"])


def test_rows_that_do_not_fit_are_counted_in_the_notes(hostile, read):
    crossing = read.slides(hostile)[3]
    shown = len(crossing.tables[0]) - 1
    assert shown < len(read.nasty)
    assert f"另有 {len(read.nasty) - shown} 行" in crossing.notes


def test_the_same_report_is_the_same_bytes(told, tmp_path):
    one, other = (write_slides(told, tmp_path / f"{n}.pptx").read_bytes() for n in "ab")
    assert one == other


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Return what makes a PDF of an Office file, in the project's own font."""
    program = shutil.which("soffice")
    if program is None:
        sentence = "LibreOffice is not installed: run `make system`"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    folder = tmp_path_factory.mktemp("office")
    dirs = "".join(f"<dir>{path.parent}</dir>" for path in (font_file(), bold_file()))
    alias = (
        "<alias binding='same'><family>Microsoft YaHei</family><prefer><family>Noto Sans SC</family></prefer></alias>"
    )
    (folder / "fonts.conf").write_text(
        f"<fontconfig>{dirs}<cachedir>{folder}/c</cachedir>{alias}</fontconfig>", "utf-8"
    )

    own = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf")}

    def printed(path):
        place = folder / path.suffix[1:]
        command = [program, f"-env:UserInstallation=file://{folder}/p", "--headless", "--convert-to", "pdf"]
        command += ["--outdir", str(place), str(path)]
        subprocess.run(command, check=True, timeout=240, capture_output=True, env=own)
        return place / f"{path.stem}.pdf"

    return printed


@pytest.mark.system
def test_word_and_slides_open_and_print_whole(office, published, read):
    """Every title and every cell of the slides is printed; Word prints all headings."""
    job = published[BRIEF]
    word, slides = (job.page.with_suffix(kind) for kind in (".docx", ".pptx"))
    pages = {"word": office(word), "slides": office(slides)}
    notebook = nbformat.read(job.folder / job.notebook.name, as_version=4)
    document = read_document(notebook, job=job, results=job.folder / "results")
    printed = {name: "".join(read.text(path).split()) for name, path in pages.items()}
    said = [block.text for block in document.blocks if block.kind == "heading"]
    assert said and not [text for text in said if "".join(text.split()) not in printed["word"]]
    assert len(pypdf.PdfReader(pages["slides"]).pages) == 6
    for slide in read.slides(slides):
        told = [slide.title, *(cell for table in slide.tables for row in table for cell in row)]
        assert not [text for text in told if "".join(text.split()) not in printed["slides"]]
