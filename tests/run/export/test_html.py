"""The overview in a real browser: opens offline, sorts by mouse and keyboard, every link works, enough contrast.

The page of a report: one language, no code, nothing fetched, every name inert.
Nothing that comes from data can act on a page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from microlib.run.export.html import cell_parts, html_of_markdown, report_page, safe_html
from microlib.run.jobs import Job

pytestmark = pytest.mark.system
FIRST = "[...document.querySelector('#branch-table').tBodies[0].rows].map(r => r.id)"
WIDTHS = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).map(e => e.ariaLabel)"
INNER = "[...document.querySelectorAll('a')].map(a => a.getAttribute('href'))"


@pytest.fixture
def opened(tab, overview):
    """The overview in a tab without a network."""
    tab.cut_off()
    tab.open((overview / "index.html").as_uri())
    return tab


def test_it_opens_offline_without_an_error_and_asks_for_nothing(opened):
    assert "支行报告总览" in opened.run("document.body.innerText")
    assert opened.errors == []
    assert {urlparse(url).scheme for url in opened.requests} <= {"file", "data"}


def test_a_click_on_a_head_sorts_and_another_turns_it_round(opened):
    assert opened.run(FIRST) == ["b-0021", "b-0896"]
    opened.click("#branch-table th:nth-child(2) button")
    assert opened.run(FIRST) == ["b-0896", "b-0021"]
    opened.click("#branch-table th:nth-child(2) button")
    assert opened.run(FIRST) == ["b-0021", "b-0896"]
    assert opened.run("document.querySelector('#branch-table th:nth-child(2)').ariaSort") == "descending"


def test_the_keyboard_reaches_a_head_and_sorts(opened):
    opened.run("document.querySelector('#branch-table th:nth-child(1) button').focus()")
    opened.press("Tab")
    opened.press("Enter")
    assert opened.run(FIRST) == ["b-0896", "b-0021"]
    opened.press("Space")
    assert opened.run(FIRST) == ["b-0021", "b-0896"]
    assert "solid" in opened.run("getComputedStyle(document.activeElement).outlineStyle")


def test_small_branches_stay_below_whatever_is_sorted(opened):
    opened.click("#branch-table th:nth-child(3) button")
    assert opened.run("document.querySelector('#branch-table').tBodies[1].rows[1].id") == "b-0995"


def test_the_field_narrows_the_branches(opened):
    opened.run("document.querySelector('input[data-narrows]').focus()")
    opened.type("0896")
    seen = "[...document.querySelectorAll('#branch-table tr[data-name]')].filter(r => !r.hidden).map(r => r.id)"
    assert opened.run(seen) == ["b-0896"]


def test_every_link_of_it_and_of_a_branch_s_page_leads_somewhere(opened, overview):
    for page in (overview / "index.html", overview / "0021" / "index.html"):
        opened.open(page.as_uri())
        found = opened.run("[...document.querySelectorAll('a')].map(a => a.href.baseVal ?? a.href)")
        files = [unquote(urlparse(link).path) for link in found if link.startswith("file:")]
        assert files and [path for path in files if not overview.__class__(path).is_file()] == []
        assert opened.run(f"{INNER}.filter(h => h[0] === '#' && !document.getElementById(h.slice(1)))") == []


def test_a_link_is_followed_to_the_branch_s_report(opened):
    opened.click("#b-0021 a")
    opened.wait("document.readyState === 'complete' && location.pathname.endsWith('/0021/index.html')")
    opened.click("#papers ~ .scroll a")
    opened.wait("document.readyState === 'complete' && location.pathname.endsWith('tiny_figures.html')")
    assert opened.errors == []


@pytest.mark.parametrize("name", ["index.html", "0021/index.html"])
def test_its_text_has_enough_contrast(opened, overview, faint_texts, name):
    opened.open((overview / name).as_uri())
    assert faint_texts(opened) == []


@pytest.mark.parametrize("width", [390, 1100])
def test_nothing_is_cut_off_at_the_side(opened, width):
    opened.resize(width, phone=width < 500)
    assert opened.run("document.documentElement.scrollWidth") <= width
    assert opened.run(WIDTHS) == [] or width < 500


def test_no_column_of_words_is_squeezed_to_a_sign_a_line_on_a_phone(opened):
    opened.resize(390, phone=True)
    narrow = (
        "[...document.querySelectorAll('.scroll td:not(.number), .scroll tbody th')].filter(e => e.offsetWidth < 80)"
    )
    assert opened.run(f"{narrow}.filter(e => e.offsetWidth).map(e => e.textContent)") == []


def test_words_in_a_report_s_tables_keep_their_room_on_a_phone(opened, overview):
    opened.resize(390, phone=True)
    opened.open((overview / "0021" / "tiny_figures" / "zh" / "tiny_figures.html").as_uri())
    cells = "[...document.querySelectorAll('.wb-table td:not([style*=right])')]"
    assert opened.run(f"{cells}.length") and opened.run(f"{cells}.filter(e => e.offsetWidth < 80).length") == 0


def test_what_scrolls_on_a_phone_can_be_reached_by_keyboard(opened):
    opened.resize(390, phone=True)
    assert opened.run("[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0 && e.ariaLabel)")


def test_tables_of_a_report_sort_too(opened, overview):
    opened.open((overview / "0021" / "tiny_figures" / "zh" / "tiny_figures.html").as_uri())
    opened.click(".wb-table th:nth-child(2) button")
    cells = opened.run("[...document.querySelector('.wb-table').tBodies[0].rows].map(r => r.cells[1].textContent)")
    numbers = [float(text.replace(",", "")) for text in cells]
    assert len(numbers) > 2 and numbers == sorted(numbers)
    assert opened.errors == []


def test_a_long_table_of_a_report_filters_and_a_short_one_needs_no_field(tab, page, tmp_path):
    def table(count):
        rows = "".join(f"<tr><td>R{number:02}</td></tr>" for number in range(count))
        return f'<table class="wb-table"><thead><tr><th>key</th></tr></thead><tbody>{rows}</tbody></table>'

    path = tmp_path / "long.html"
    path.write_text(page(shown(data(text_html=table(12))), shown(data(text_html=table(3)))), "utf-8")
    tab.cut_off()
    tab.open(path.as_uri())
    assert tab.run("document.querySelectorAll('.find.rows').length") == 1
    tab.run("document.querySelector('.find.rows input').focus()")
    tab.type("07")
    seen = "[...document.querySelector('.wb-table').tBodies[0].rows].filter(r => !r.hidden).map(r => r.textContent)"
    assert tab.run(seen) == ["R07"] and "1 / 12" in tab.run("document.querySelector('.find.rows').textContent")
    assert tab.errors == []


def test_it_prints_on_a4(opened, tmp_path):
    import pypdf

    paper = pypdf.PdfReader(opened.paper(tmp_path / "index.pdf"))
    sizes = {tuple(round(float(side)) for side in page.mediabox[2:]) for page in paper.pages}
    assert sizes <= {(842, 595), (595, 842)} and "支行漏斗图" in "".join(page.extract_text() for page in paper.pages)


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
        return report_page(notebook(*cells), job=Job(Path("x.ipynb"), **{**known, **options}))

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


def test_prose_of_a_page_that_was_not_computed_is_left_out_with_it(page):
    absent, there = (shown(data(text_html=text)) for text in ("<aside>not computed</aside>", "<p>said</p>"))
    made = page(prose("# 题"), absent, prose("怎么看这一页"), prose("## 一节"), there, prose("怎么看那一页"))
    assert "not computed" not in made and "怎么看这一页" not in made
    assert "一节" in made and "怎么看那一页" in made


def test_the_appendix_is_told_apart_in_the_contents(page):
    made = page(prose("# 题"), shown(data(text_html='<h2>甲</h2><h2 class="wb-appendix">附录</h2><h2>乙</h2>')))
    assert '<li class="cut"><a href="#s3">附录</a>' in made and '<h2 id="s3" class="wb-appendix">附录</h2>' in made


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


def test_tables_and_text_come_through_unchanged():
    cells = '<th scope="col">余额（万元）</th><td style="text-align:right">1.0</td>'
    source = f'<table class="wb-table"><tr>{cells}</tr></table>'
    assert safe_html(source) == source


def test_what_is_safe_stays_as_it_is_when_made_safe_again():
    once = safe_html('<p>a & b <b title="x<y">c</b> <img src="data:image/png;base64,AA==" alt="图"></p>')
    assert safe_html(once) == once


def test_tags_are_balanced():
    assert safe_html("</div><p><b>x</p>y<i>z") == "<p><b>x</b></p>y<i>z</i>"


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//x.y/z.js></SCRIPT>",
        "<style>@import 'http://x'</style>",
        "<svg onload=alert(1)><script>1</script></svg>",
        "<iframe src='http://x'></iframe>",
        "<textarea><script>alert(1)</script></textarea>",
        "<link rel=stylesheet href=http://x>",
        "<meta http-equiv=refresh content='0;url=http://x'>",
        "<img src=http://x/y.png>",
        "<script>never closed",
    ],
)
def test_what_could_act_or_fetch_is_gone(source):
    assert safe_html(source) == ""


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://x", "//x", "/etc/passwd", "../../x", "data:text/html,x"]
)
def test_a_link_that_leads_outwards_keeps_its_text_only(link):
    assert safe_html(f'<a href="{link}">text</a>') == "<a>text</a>"


def test_links_within_the_page_stay():
    assert safe_html('<a href="#s1">x</a>') == '<a href="#s1">x</a>'


def test_handlers_and_foreign_styles_are_dropped():
    assert safe_html('<td onclick="x()" style="background:url(http://x)">1</td>') == "<td>1</td>"


def test_html_inside_markdown_is_shown_as_text():
    assert "&lt;img" in html_of_markdown('<img src="x" onerror="alert(1)">')


def test_markdown_tables_become_tables():
    assert "<table>" in html_of_markdown("| a | b |\n|---|---|\n| 1 | 2 |")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_needs_a_script_is_said_unless_it_left_a_picture(lang: str) -> None:
    live = {"text/html": "<div>x</div><script>draw()</script>", "text/plain": "alt.Chart(...)"}
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "IntSlider()"}
    said = {"zh": "页面不带脚本", "en": "pages carry no scripts"}[lang]
    for data in (live, widget, {"application/vnd.vegalite.v6+json": {}, "text/plain": "c"}):
        output = new_output("display_data", data=data)
        page = "".join(cell_parts(new_code_cell(outputs=[output]), lang))
        assert said in page and "<script" not in page
        drawn = new_output("display_data", data={**data, "image/png": "AAAA"})
        assert said not in "".join(cell_parts(new_code_cell(outputs=[drawn]), lang))
