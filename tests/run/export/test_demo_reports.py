"""The smallest demo branch's reports: the same numbers in every format and language, its own keys and no other's."""

import re

import nbformat
import pypdf
import pytest
from lxml import html

from microlib.bank.store import open_store
from microlib.home import Home
from microlib.report.words import entries
from microlib.run.export.document import read_document
from microlib.run.privacy import check_private, passages_of


def test_every_report_says_the_same_in_the_page_excel_word_and_pdf(published, read, script):
    check_equal = script("run/export/test_equality.py").check_equal
    assert len({job.notebook.stem for job in published.values()}) == 9
    for job in published.values():
        notebook = nbformat.read(job.folder / job.notebook.name, as_version=4)
        document = read_document(notebook, job=job, results=job.folder / "results")
        files = {path.suffix[1:]: path for path in job.papers}
        check_equal(job.page.read_text("utf-8"), document, files, read)


def printed(job):
    """Count the printed pages of a report's body, and of the whole."""
    pages = [page.extract_text() for page in pypdf.PdfReader(job.page.with_suffix(".pdf")).pages]
    begins = [number for number, text in enumerate(pages) if entries("marks")["appendix"][job.lang] in text]
    return begins[0] if begins else len(pages), len(pages)


def test_a_body_is_at_most_six_printed_pages_and_a_small_branch_gets_eight_in_all(published):
    pages = {key: printed(job) for key, job in published.items()}
    assert {name: body for name, (body, _) in pages.items() if body > 6} == {}
    assert all(body < whole for name, (body, whole) in pages.items() if not name.startswith("0_branch_brief"))
    assert pages["0_branch_brief/zh"][1] + pages["1_branch_diagnosis/zh"][1] <= 8


@pytest.mark.system
def test_nothing_on_a_page_is_crushed_cut_off_or_drawn_over(published, script, tab):
    looks = script("run/looks.py")
    pages = {key: job.page for key, job in published.items() if job.lang == "zh"}
    assert {key: found for key, page in pages.items() if (found := looks.page_faults(tab, page))} == {}


def test_a_demo_report_keeps_the_same_results_in_both_languages(bundle):
    zh, en = (bundle[f"2_segment_analysis/{lang}"].folder / "results" for lang in ("zh", "en"))
    names = sorted(path.name for path in zh.iterdir())
    assert names == sorted(path.name for path in en.iterdir())
    assert [name for name in names if (zh / name).read_bytes() != (en / name).read_bytes()] == []


def test_the_brief_leads_to_the_tables_behind_its_answers(published):
    brief = published["0_branch_brief/zh"]
    links = html.fromstring(brief.page.read_text("utf-8")).xpath("//p[@class='behind']/a/@href")
    assert len(links) >= 4
    for link in links:
        place, _, mark = link.partition("#")
        target = (brief.folder / place).resolve()
        assert target.is_relative_to(brief.folder.parents[1]) and target.is_file()
        assert not mark or re.fullmatch("c-[0-9a-f]{8}", mark)
    marks = [link.split("#") for link in links if "#" in link]
    held = [f'id="{mark}"' in (brief.folder / place).read_text("utf-8") for place, mark in marks]
    assert sum(held) >= 2  # a table may be left out where a branch has nothing to show in it


WORD = re.compile(r"[0-9A-Za-z_-]+")


def texts(job, read):
    """Yield name and text of every file in a report's folder, the PDF's own text included."""
    for path in sorted(path for path in job.folder.rglob("*") if path.is_file()):
        for _, text in passages_of(path.name, path.read_bytes()):
            yield path.name, text
        if path.suffix == ".pdf":
            yield path.name, read.text(path)


@pytest.fixture(scope="module")
def strangers(demo_home):
    """Keys of customers and loans that are some other branch's only."""
    with open_store(demo_home) as store:
        tables = [("customers", "customer_id"), ("loans", "loan_id")]
        sql = "SELECT DISTINCT {1} FROM {0} WHERE branch_id {2} '0995'"
        own = {key for pair in tables for (key,) in store.rows(sql.format(*pair, "="))}
        return {key for pair in tables for (key,) in store.rows(sql.format(*pair, "<>"))} - own


def test_no_key_of_another_branch_stands_in_any_output(bundle, strangers, read):
    assert len(strangers) > 20_000
    for job in bundle.values():
        held = {name: strangers & set(WORD.findall(text)) for name, text in texts(job, read)}
        assert not {name: keys for name, keys in held.items() if keys}, job.key


def test_keys_of_the_branch_itself_do_stand_there(bundle, read):
    """Otherwise the test above would prove nothing."""
    words = {word for job in bundle.values() for _, text in texts(job, read) for word in WORD.findall(text)}
    assert any(re.fullmatch(r"C\d{6}|L\d{8}", word) for word in words)


def test_the_reports_of_the_demo_bank_hold_no_identifier(bundle):
    for job in bundle.values():
        check_private(job.folder, home=Home(job.home))
