"""What a bank writes itself does nothing in what is handed out: papers, sheets for outside, bundles, the index.

The name of a branch, the sentences of a product, the words and the notebook of a report of the bank's own.

Values from the data do nothing: as names of folders, as parameters of a notebook, in Markdown and on pages.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import date
from html import unescape
from pathlib import Path

import docx
import openpyxl
import pandas as pd
import pypdf
import pytest
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from papermill.translators import PythonTranslator

from microlib.bank.ingest.load import load_frames
from microlib.errors import WorkbenchError
from microlib.home import Home
from microlib.run.bundles import ROLES, write_bundles
from microlib.run.export.html import report_page
from microlib.run.jobs import Job, RunOptions
from microlib.run.notebooks import write_own_report
from microlib.run.overview import write_index
from microlib.run.plan import plan_reports
from microlib.run.run import check_complete, run_reports
from tests.faults import plants

NAME = (
    "=cmd|' /C calc'!A0\"><script>alert(1)</script>\n# 乙😀 ../../etc {{7*7}} "
    '[a](javascript:alert(1)) #link("h") ' + "长" * 200
)
#: keys of two loans and of their customer
KEYS = ("../../L1');--$$", "=1+1&<script>alert(4)</script>{{7*7}}", 'C1"; DROP TABLE loans; --')
#: what stands for every sentence of a product's terms
TITLE = (
    '=1+1"><img src=x onerror=alert(2)><script>alert(2)</script> #import "/etc/passwd": * #eval("1") $x$ '
    "\\\\input{/etc/passwd} {% for x in y %} {{ config }} [a](javascript:alert(2)) ```{=html} ../../x"
)
#: what stands in front of every word of a report of the bank's own, and what is read of it where it stands
OWN = '=2+5|\' /C own\'!A0 own"><script>alert(3)</script>{{7*7}} #eval("3") \\\\input{x} [a](javascript:alert(3)) '
READ = 'own"><script>alert(3)</script>'
LINK = re.compile(r"#|data:|(?:\.\./)?[\w./-]+\.(?:html|xlsx|docx|pptx|pdf|zip|json)(?:#[\w-]+)?")


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory, root):
    """Every file of the bundles for branch, manager and head office, and the index: name -> content."""
    home = Home(tmp_path_factory.mktemp("bank"))
    dates = {"disbursed_date": pd.Timestamp("2026-01-05"), "maturity_date": pd.Timestamp("2026-07-20")}
    said = {
        "purpose": "turnover",
        "amount_yuan": 1e5,
        "balance_yuan": 1e5,
        "yearly_rate": 0.05,
        "status": "normal",
        "overdue_days": 0,
    }
    keys = {"loan_id": KEYS[:2], "customer_id": KEYS[2], "branch_id": "0755", "rm_id": "R1"}
    frames = {
        "branches": pd.DataFrame({"branch_id": ["0755"], "name": [NAME]}),
        "rms": pd.DataFrame({"rm_id": ["R1"], "branch_id": ["0755"]}),
        "customers": pd.DataFrame({"customer_id": [KEYS[2]], "branch_id": ["0755"], "kind": ["company"]}),
        "loans": pd.DataFrame({**keys, **dates, **said}),
    }
    load_frames(home.root, frames, as_of=date(2026, 6, 30), name="made.csv", synthetic=True)
    shipped = (root / "data" / "products" / "market_stall.toml").read_text("utf-8")
    own = home.root / "data" / "products" / "market_stall.toml"
    own.parent.mkdir()
    own.write_text(re.sub('zh = "[^"]*"', lambda _: f"zh = {json.dumps(TITLE)}", shipped), "utf-8")
    books = [str(root / "tests" / "run" / "notebooks" / f"tiny_{name}.ipynb") for name in ("outlets", "design")]
    books += ["0_branch_brief", own_report(home)]
    asked = RunOptions(notebooks=tuple(books), products=("market_stall",), formats=("xlsx", "docx", "pdf", "pptx"))
    run = run_reports(plan_reports(home, asked))
    check_complete(run)
    paths = [*write_bundles(run.folder, roles=ROLES), run.folder / "index.html"]
    return {name: data for path in paths for name, data in opened(path)}


def own_report(home):
    """Write a report of the bank's own, whose every word and heading tries to do harm; return its name."""
    notebook, words = write_own_report(home, "9_own")
    more = '\n[columns]\nbalance_share = { zh = "占比" , en = "share" }\n'
    more += '[codes.purpose]\nturnover = { zh = "周转" , en = "turnover" }\n'
    spoilt = OWN.replace("{", "{{").replace("}", "}}")
    worse = re.sub(
        'zh = "([^"]*)"', lambda said: f"zh = {json.dumps(spoilt + said[1])}", words.read_text("utf-8") + more
    )
    words.write_text(worse, "utf-8")
    cells = json.loads(notebook.read_text("utf-8"))
    for cell in (cell for cell in cells["cells"] if cell["cell_type"] == "markdown"):
        cell["source"] = (
            "".join(cell["source"]).replace("# ", f"# {OWN}", 1) + f"\n\n{OWN}<style>*{{display:none}}</style>"
        )
    notebook.write_text(json.dumps(cells), "utf-8")
    return "9_own"


def opened(path):
    """Yield a file, or the files in a bundle under its name."""
    if path.suffix != ".zip":
        yield path.name, path.read_bytes()
        return
    with zipfile.ZipFile(path) as held:
        yield from ((f"{path.stem}/{name}", held.read(name)) for name in held.namelist())


def of_kind(handed_out, kind):
    """Return the files of one kind."""
    found = {name: data for name, data in handed_out.items() if name.endswith(f".{kind}")}
    assert found
    return found


def test_all_roles_got_theirs_under_names_made_of_codes(handed_out):
    assert {"branch-0755", "0755-R1", "head-office"} <= {name.split("/")[0] for name in handed_out}
    assert any("/leaflets/" in name for name in handed_out) and any("/head-office/" in name for name in handed_out)
    assert [name for name in handed_out if not re.fullmatch(r"[\w./-]+", name, re.ASCII) or ".." in name] == []


def test_no_page_has_a_script_or_a_link_of_its_own_made_of_the_name(handed_out):
    told = shown = 0
    for name, data in of_kind(handed_out, "html").items():
        tree = html.fromstring(data.decode())
        assert len(tree.xpath("//script")) <= 1 and not tree.xpath("//iframe|//base|//object|//embed|//link"), name
        assert [key for each in tree.iter() for key in each.attrib if key.startswith("on")] == []
        assert [link for link in tree.xpath("//@href|//@src") if not LINK.match(link)] == [], name
        text = " ".join(tree.text_content().split())
        told, shown = told + (" ".join(NAME.split()) in text), shown + (" ".join(TITLE.split()) in text)
    assert told >= 4 and shown >= 1


def test_no_cell_is_a_formula_and_no_field_or_address_stands_in_a_word_file(handed_out):
    for name, data in of_kind(handed_out, "xlsx").items():
        cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(data)) for row in sheet for cell in row]
        assert [cell.value for cell in cells if cell.data_type == "f"] == [], name
    for name, data in of_kind(handed_out, "docx").items():
        document = docx.Document(io.BytesIO(data))
        assert [each.target_ref for each in document.part.rels.values() if each.is_external] == [], name
        fields = re.findall(r"<w:instrText[^>]*>([^<]*)", document.element.xml)
        assert {field.split()[0] for field in fields} <= {"TOC", "PAGE", "NUMPAGES", "SEQ", "PAGEREF"}, name


def test_slides_hold_no_script_no_address_and_no_formula(handed_out):
    shown = 0
    for name, data in of_kind(handed_out, "pptx").items():
        with zipfile.ZipFile(io.BytesIO(data)) as deck:
            parts = {part: deck.read(part) for part in deck.namelist()}
        assert not [part for part in parts if re.search(r"vba|activeX|oleObject|\.bin$|externalLink", part)], name
        links = [part for part, text in parts.items() if part.endswith(".rels") and b'TargetMode="External"' in text]
        assert links == [] and not any(b"hlinkClick" in text and b"action=" in text for text in parts.values()), name
        for part in (part for part in parts if part.endswith(".xlsx")):
            book = openpyxl.load_workbook(io.BytesIO(parts[part]))
            assert [cell.value for sheet in book for row in sheet for cell in row if cell.data_type == "f"] == [], part
        told = [html.fromstring(text).text_content() for part, text in parts.items() if part.startswith("ppt/slides/s")]
        shown += any("长" * 20 in text for text in told)
    assert shown


def test_words_and_headings_of_a_report_of_ones_own_are_shown_as_they_stand(handed_out):
    own = {name: data for name, data in handed_out.items() if name.startswith("branch-0755/") and "/9_own." in name}
    assert {name.rpartition(".")[2] for name in own} == {"html", "xlsx", "docx", "pdf"}
    for name, data in own.items():
        text = " ".join(" ".join(plants.texts_in(name, data)).split())
        told = (
            text if name.endswith("pdf") else html.fromstring(text).text_content() if "html" in name else unescape(text)
        )
        assert told.replace(" ", "").count(READ.replace(" ", "")) >= 5, name


def test_a_pdf_holds_no_script_and_no_address(handed_out):
    for name, data in of_kind(handed_out, "pdf").items():
        pages = pypdf.PdfReader(io.BytesIO(data)).pages
        marks = [mark.get_object() for page in pages for mark in page.get("/Annots") or []]
        actions = {mark["/A"].get_object()["/S"] for mark in marks if "/A" in mark}
        assert actions <= {"/GoTo"} and b"/JavaScript" not in data, name
        text = "".join("".join(page.extract_text() for page in pages).split())
        assert "长" * 20 in text or "9_own" in name, name


NASTY = ["=cmd|' /C calc'!A0", '"><script>alert(1)</script>', "甲\n# 乙", "铺子😀", "长" * 200, "../../etc",
         "{{7*7}} {% raw %}", "`x` [a](javascript:alert(1)) ![b](http://x/y.png)", "'; import os #\\"]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_a_branch_s_name_is_text_in_every_format(name, notebooks, tmp_path):
    job = Job(notebooks / "tiny_report.ipynb", home=tmp_path, as_of="2026-06-30", branch="0755", branch_name=name)
    prose = new_markdown_cell(f"# 题\n\n{name}")
    shown = new_code_cell("", outputs=[new_output("display_data", data={"text/markdown": name})])
    page = report_page(new_notebook(cells=[prose, shown]), job=job)
    body = page[page.index("<body") :].casefold()
    assert "<script" not in body and "49" not in body
    assert not re.search(r"""(?:href|src|on\w+)=["']?(?!["']?[#d])""", re.sub(r">[^<]*<", "><", body))


@pytest.mark.parametrize("name", NASTY)
def test_parameters_reach_a_notebook_as_the_text_they_are(name):
    given = {}
    exec(PythonTranslator.codify({"branch": name}), given)
    assert given["branch"] == name and "os" not in given


@pytest.mark.parametrize(
    "code",
    ["../x", "a/b", "x" * 200, "甲\n乙", "<b>", "=1+1", "..", "$$", 'x"; DROP TABLE loans; --', "__import__('os')"],
)
def test_a_branch_s_code_that_is_no_name_of_a_folder_is_refused(code, tmp_path):
    with pytest.raises(WorkbenchError):
        frames = {"branches": pd.DataFrame({"branch_id": [code], "name": ["示例支行"]})}
        load_frames(tmp_path, frames, as_of=pd.Timestamp("2026-06-30").date(), name="branches.csv")
        plan_reports(Home(tmp_path), RunOptions(branches=(code,)))


def test_names_of_files_come_from_codes_and_notebooks_only(tmp_path, notebooks):
    job = Job(notebooks / "tiny_report.ipynb", home=tmp_path, as_of="2026-06-30", branch="0755", branch_name="../../x")
    assert job.folder.relative_to(tmp_path).parts == ("reports", "2026-06-30", "0755", "tiny_report", "zh")


@pytest.mark.parametrize("name", NASTY)
def test_a_branch_s_name_is_text_in_the_overview_and_on_its_own_page(name, ran, tmp_path):
    folder = Path(shutil.copytree(ran, tmp_path / "reports" / ran.name))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["branches"]["0021"] = name
    (folder / "manifest.json").write_text(json.dumps(manifest))
    for page in (write_index(folder), folder / "0021" / "index.html"):
        tree = html.fromstring(page.read_text("utf-8"))
        assert len(tree.xpath("//script")) == 1 and not tree.xpath("//img|//iframe|//link|//base")
        assert [each for each in tree.iter() for key in each.attrib if key.startswith("on")] == []
        assert " ".join(name.split()) in " ".join(tree.text_content().split())


@pytest.mark.parametrize("workers", [1, 2])
def test_no_file_of_the_folder_that_a_report_is_asked_for_in_stands_for_a_library_s(home, notebooks, tmp_path, workers):
    for name in ("json", "pandas", "microlib", "multiprocessing", "matplotlib", "sitecustomize", "IPython", "signal"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'pwned')!r}, 'a').write(__file__)\n")
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfigure.facecolor: red\n")
    words = ["report", str(notebooks / "tiny_outlets.ipynb"), "--jobs", str(workers), "--home", str(home.root)]
    command = [Path(sys.executable).with_name("microlib"), *words, "--branch", "0755", "--branch", "0021"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, (tmp_path / "pwned").exists()) == (0, False), done.stderr
    assert done.stdout.count(".html") == 2
