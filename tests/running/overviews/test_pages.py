"""The overview in a real browser: opens offline, sorts by mouse and keyboard, every link works, enough contrast."""

from urllib.parse import unquote, urlparse

import pytest

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


def test_it_prints_on_a4(opened, tmp_path):
    import pypdf

    paper = pypdf.PdfReader(opened.paper(tmp_path / "index.pdf"))
    sizes = {tuple(round(float(side)) for side in page.mediabox[2:]) for page in paper.pages}
    assert sizes <= {(842, 595), (595, 842)} and "支行漏斗图" in "".join(page.extract_text() for page in paper.pages)
