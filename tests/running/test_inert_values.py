"""Values from the data do nothing: as names of folders, as parameters of a notebook, in Markdown and on pages."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from papermill.translators import PythonTranslator

from microlib.bank import loads
from microlib.errors import WorkbenchError
from microlib.homes import Home
from microlib.running import exports, indexes
from microlib.running.jobs import Job, RunOptions
from microlib.running.plan import plan_reports

NASTY = ["=cmd|' /C calc'!A0", '"><script>alert(1)</script>', "甲\n# 乙", "铺子😀", "长" * 200, "../../etc",
         "{{7*7}} {% raw %}", "`x` [a](javascript:alert(1)) ![b](http://x/y.png)", "'; import os #\\"]  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_a_branch_s_name_is_text_in_every_format(name, notebooks, tmp_path):
    job = Job(notebooks / "tiny_report.ipynb", home=tmp_path, as_of="2026-06-30", branch="0755", branch_name=name)
    prose = new_markdown_cell(f"# 题\n\n{name}")
    shown = new_code_cell("", outputs=[new_output("display_data", data={"text/markdown": name})])
    page = exports.report_page(new_notebook(cells=[prose, shown]), job=job)
    body = page[page.index("<body") :].casefold()
    assert "<script" not in body and "49" not in body
    assert not re.search(r"""(?:href|src|on\w+)=["']?(?!["']?[#d])""", re.sub(r">[^<]*<", "><", body))


@pytest.mark.parametrize("name", NASTY)
def test_parameters_reach_a_notebook_as_the_text_they_are(name):
    given = {}
    exec(PythonTranslator.codify({"branch": name}), given)
    assert given["branch"] == name and "os" not in given


@pytest.mark.parametrize("code", ["../x", "a/b", "x" * 200, "甲\n乙", "<b>", "=1+1"])
def test_a_branch_s_code_that_is_no_name_of_a_folder_is_refused(code, tmp_path):
    with pytest.raises(WorkbenchError):
        frames = {"branches": pd.DataFrame({"branch_id": [code], "name": ["示例支行"]})}
        loads.load_frames(tmp_path, frames, as_of=pd.Timestamp("2026-06-30").date(), name="branches.csv")
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
    for page in (indexes.write_index(folder), folder / "0021" / "index.html"):
        tree = html.fromstring(page.read_text("utf-8"))
        assert len(tree.xpath("//script")) == 1 and not tree.xpath("//img|//iframe|//link|//base")
        assert [each for each in tree.iter() for key in each.attrib if key.startswith("on")] == []
        assert " ".join(name.split()) in " ".join(tree.text_content().split())
