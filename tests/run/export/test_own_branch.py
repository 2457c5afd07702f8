"""A branch's bundle holds only its branch."""

import re

import pypdf
import pytest

from microlib.bank.store import open_store
from microlib.run.privacy import check_private, passages_of

WORD = re.compile(r"[0-9A-Za-z_-]+")


def texts(job):
    """Yield name and text of every file in a report's folder, the PDF's own text included."""
    for path in sorted(path for path in job.folder.rglob("*") if path.is_file()):
        for _, text in passages_of(path.name, path.read_bytes()):
            yield path.name, text
        if path.suffix == ".pdf":
            yield path.name, " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


@pytest.fixture(scope="module")
def strangers(demo_home):
    """Keys of customers and loans that are some other branch's only."""
    with open_store(demo_home) as store:
        tables = [("customers", "customer_id"), ("loans", "loan_id")]
        sql = "SELECT DISTINCT {1} FROM {0} WHERE branch_id {2} '0995'"
        own = {key for pair in tables for (key,) in store.rows(sql.format(*pair, "="))}
        return {key for pair in tables for (key,) in store.rows(sql.format(*pair, "<>"))} - own


def test_no_key_of_another_branch_stands_in_any_output(bundle, strangers):
    assert len(strangers) > 20_000
    for job in bundle.values():
        held = {name: strangers & set(WORD.findall(text)) for name, text in texts(job)}
        assert not {name: keys for name, keys in held.items() if keys}, job.key


def test_keys_of_the_branch_itself_do_stand_there(bundle):
    """Otherwise the test above would prove nothing."""
    words = {word for job in bundle.values() for _, text in texts(job) for word in WORD.findall(text)}
    assert any(re.fullmatch(r"L\d{8}", word) for word in words)


def test_the_reports_of_the_demo_bank_hold_no_identifier(bundle):
    for job in bundle.values():
        check_private(job.folder, home=job_home(job))


def job_home(job):
    """The home of a job."""
    from microlib.home import Home

    return Home(job.home)
