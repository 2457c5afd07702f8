"""The page of a report: one language, no code, nothing fetched, every name inert."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from microlib.running import exports
from microlib.running.jobs import Job

ADDRESS = re.compile(r"""(?:src|href)\s*=\s*["']?([^"'\s>]*)|url\(["']?([^)]{4})""", re.IGNORECASE)


def notebook(*cells):
    return new_notebook(cells=list(cells))


def prose(text, *tags):
    return new_markdown_cell(text, metadata={"tags": list(tags)})


def shown(*outputs, source="secret = 1", tags=()):
    return new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def data(**kinds):
    return new_output("display_data", data={kind.replace("_", "/"): text for kind, text in kinds.items()})


@pytest.fixture
def page():
    """Make a page of cells for a job."""

    def make(*cells, **options):
        known = {"home": Path("h"), "as_of": "2026-06-30", "branch": "0755", "branch_name": "示例支行"}
        return exports.report_page(notebook(*cells), job=Job(Path("x.ipynb"), **{**known, **options}))

    return make


def test_only_the_cells_of_the_language_are_shown(page):
    cells = (prose("# 中文题", "zh"), prose("# English title", "en"), prose("both"))
    chinese, english = page(*cells), page(*cells, lang="en")
    assert "中文题" in chinese
    assert "English title" not in chinese
    assert "English title" in english
    assert "both" in chinese and "both" in english


def test_an_output_cell_may_belong_to_a_language(page):
    assert "only english" not in page(shown(data(text_plain="only english"), tags=("en",)))


def test_head_and_foot_call_report_and_product_by_their_names(page):
    made = page(prose("x"), product="market_stall", report_name="产品设计", product_name="市场摊位贷")
    assert "市场摊位贷" in made and ">产品设计<" in made and "market_stall" not in made


def test_what_only_a_notebook_shows_is_on_no_page(page):
    assert "twice" not in page(shown(data(text_html="<aside><div>said twice</div></aside><p>once</p>")))


def test_no_line_breaks_before_a_unit(page):
    assert "1.6\u00a0%" in page(prose("1.6 % of them"))


def test_code_is_hidden(page):
    assert "secret" not in page(shown(data(text_plain="42")))


def test_nothing_is_fetched_from_anywhere(page):
    made = page(prose("[law](http://example.org) ![x](http://example.org/x.png)"), shown(data(text_html="<b>1</b>")))
    assert {"".join(found)[:1] for found in ADDRESS.findall(made)} <= {"#", "d"}
    assert not re.search("http://|https://|<link|@import", made, re.IGNORECASE)
    assert "default-src 'none'" in made


def test_one_script_runs_and_no_other(page):
    made = page(prose("<script>alert(1)</script>"))
    own = hashlib.sha256(re.search("<script>(.*?)</script>", made, re.S)[1].encode()).digest()
    assert made.count("<script") == 1
    assert f"script-src 'sha256-{base64.b64encode(own).decode()}'" in made


def test_the_title_stands_above_the_table_of_contents(page):
    made = page(prose("# 题\n\n## 甲\n\n## 乙"))
    assert made.index("<h1>题</h1>") < made.index('<a href="#s2">甲</a>') < made.index('<h2 id="s2">甲</h2>')
    assert "<title>题 · 示例支行 · 2026-06-30</title>" in made


def test_a_figure_is_carried_inside_with_its_words(page):
    made = page(shown(data(image_png="iVBORw0KGgo=", text_plain='余额 "万元" <b>')))
    assert '<img alt="余额 &quot;万元&quot; &lt;b&gt;" src="data:image/png;base64,iVBORw0KGgo=">' in made


def test_a_table_is_preferred_to_its_text(page):
    made = page(shown(data(text_html="<table><tr><td>html</td></tr></table>", text_plain="as text")))
    assert "html" in made
    assert "as text" not in made


def test_made_up_data_say_so_in_both_languages(page):
    assert "合成数据" in page(prose("x"), is_synthetic=True)
    assert "Synthetic data" in page(prose("x"), is_synthetic=True, lang="en")
    assert "合成数据" not in page(prose("x"))


def test_what_a_cell_wrote_to_its_error_stream_is_not_printed(page):
    assert "warned" not in page(shown(new_output("stream", name="stderr", text="warned")))


def test_names_that_try_to_do_harm_are_inert(page):
    name = '"><script>alert(1)</script>../'
    made = page(prose("x"), branch_name=name)
    assert made.count("<script") == 1 and "<script>alert" not in made
    assert "&lt;script&gt;" in made


def test_the_chinese_glyphs_are_carried_inside(page):
    assert "font/woff;base64," in page(prose("龘"))


def test_the_same_notebook_makes_the_same_page(page):
    assert page(prose("# 题")) == page(prose("# 题"))
