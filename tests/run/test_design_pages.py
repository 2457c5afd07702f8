"""Cases run from the command line like reports, on what their notebooks declare."""

from __future__ import annotations

import pytest

from microlib.errors import BadConfig
from microlib.run.design_pages import plan_cases, run_cases


def test_a_case_is_given_only_what_it_declares(tmp_path) -> None:
    (job,) = plan_cases(tmp_path, names=["hotel_renovation"])
    given = job.parameters(tmp_path / "out")
    assert set(given) == {"home", "as_of", "lang", "out"}
    assert job.folder == tmp_path.resolve() / "reports" / "cases" / "hotel_renovation" / "zh"


def test_an_unknown_case_is_named_with_the_nearest(tmp_path) -> None:
    with pytest.raises(BadConfig, match="no case hotel_renovatoin") as caught:
        plan_cases(tmp_path, names=["hotel_renovatoin"])
    assert "did you mean hotel_renovation" in str(caught.value)


def test_a_case_without_a_bank_becomes_a_page_that_says_it_is_invented(tmp_path) -> None:
    (outcome,) = run_cases(plan_cases(tmp_path, names=["hotel_renovation"], langs=["en"]))
    assert outcome.is_ok, outcome.error
    page = outcome.job.page.read_text("utf-8")
    assert "A teaching case" in page and "1.62" in page and "-458,049" in page
