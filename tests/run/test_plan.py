"""Which groups live where: read for all branches at once, the same as from each branch's own book.

A request becomes jobs, or is refused before anything runs.
"""

from __future__ import annotations

from datetime import date

import pytest

from microlib.bank.branch import read_branch
from microlib.contracts.segment import read_segments
from microlib.design.terms import products_for, read_product
from microlib.errors import BadConfig, BadData, UnknownBranch
from microlib.home import Home, shipped_notebooks
from microlib.metrics.income import income_shares, yearly_incomes
from microlib.metrics.segments import assign_segments, customer_evidence
from microlib.run import plan
from microlib.run.jobs import RunOptions
from microlib.run.notebooks import find_notebooks, name_of
from microlib.run.plan import living_segments, plan_reports, products_of, read_inputs
from microlib.run.run import check_complete, run_reports

AS_OF = date(2026, 6, 30)


def from_own_book(home, branch):
    book = read_branch(home, branch=branch, as_of=AS_OF)
    income = yearly_incomes(book["customers"], book["invoices"], book["flow_months"], as_of=AS_OF)
    shares = income_shares(book["core_payables"], income, as_of=AS_OF)
    tables = (book["venue_rosters"], book["core_enterprises"])
    evidence = customer_evidence(book["customers"], book["loans"], shares, *tables)
    found = assign_segments(evidence, segments=read_segments(home.config("segments")))
    return tuple(sorted(set(found["segment"])))


def test_all_branches_at_once_give_what_each_branchs_own_book_gives(demo_home):
    home, branches = Home(demo_home), ("0755", "0021", "0896")
    found = living_segments(home, branches=branches, as_of=AS_OF)
    assert found == {branch: from_own_book(home, branch) for branch in branches}


def test_it_does_not_matter_how_many_are_read_at_once(demo_home, monkeypatch):
    home, branches = Home(demo_home), ("0755", "0021", "0896")
    whole = living_segments(home, branches=branches, as_of=AS_OF)
    monkeypatch.setattr(plan, "BRANCHES_AT_ONCE", 2)
    assert living_segments(home, branches=branches, as_of=AS_OF) == whole


def test_a_branch_without_customers_has_no_group(home):
    assert living_segments(home, branches=("0755",), as_of=AS_OF) == {"0755": ()}


def test_products_are_those_that_the_terms_give_for_the_groups(demo_home):
    found = read_inputs(Home(demo_home), as_of=AS_OF)
    living = living_segments(found.home, branches=("0755",), as_of=AS_OF)["0755"]
    alone = products_for(found.home, living, branch="0755", as_of=AS_OF)
    assert products_of(found, branches=("0755",)) == {"0755": alone}


DAY = date(2026, 6, 30)


def test_jobs_are_notebooks_by_branches_by_languages(planned):
    plan = planned("tiny_report", "tiny_failure", langs=("zh", "en"))
    assert len(plan.jobs) == 2 * 2 * 2
    assert plan.jobs[0].key == "0021/tiny_report/zh"


def test_only_a_designing_notebook_is_multiplied_by_products(planned):
    plan = planned("tiny_report", "tiny_design", branches=("0755",), products=("market_stall", "hospital_supplier"))
    reports = [job.report for job in plan.jobs]
    assert reports == ["tiny_report", "tiny_design--market_stall", "tiny_design--hospital_supplier"]


def test_without_products_a_branch_gets_those_of_the_groups_that_live_there(planned, monkeypatch):
    monkeypatch.setattr(plan, "products_of", lambda found, *, branches: {"0021": (), "0755": ("market_stall",)})
    found = planned("tiny_report", "tiny_design")
    assert [job.key for job in found.jobs if job.product] == ["0755/tiny_design--market_stall/zh"]
    assert found.left_out == (("0021", "tiny_design"),)


def test_a_report_left_out_for_want_of_a_product_is_said_and_shown(planned, monkeypatch, capsys):
    monkeypatch.setattr(plan, "products_of", lambda found, *, branches: {"0755": ()})
    run = run_reports(planned("tiny_report", "tiny_design", branches=("0755",)))
    check_complete(run)
    assert "event=left_out report=0755/tiny_design" in capsys.readouterr().err
    page = (run.folder / "index.html").read_text(encoding="utf-8")
    assert "没有做的报告" in page and page.index("left_out") < page.index("tiny_design")


def test_a_branch_of_few_loans_gets_brief_and_diagnosis_unless_a_report_is_named(demo_home):
    home = Home(demo_home)
    found = plan_reports(home, RunOptions(branches=("0995", "0028")))
    made = {branch: {job.notebook.stem for job in found.jobs if job.branch == branch} for branch in ("0995", "0028")}
    assert made["0995"] == {"0_branch_brief", "1_branch_diagnosis"}
    assert {branch for branch, _ in found.too_small} == {"0995"}
    assert made["0995"] | {report for _, report in found.too_small} == made["0028"]
    named = plan_reports(home, RunOptions(branches=("0995",), notebooks=("2_segment_analysis",)))
    assert [job.notebook.stem for job in named.jobs] == ["2_segment_analysis"] and not named.too_small


def test_a_bank_without_customers_has_nothing_to_design(planned):
    with pytest.raises(BadConfig, match="no product is made for a group that lives there"):
        planned("tiny_design")


def test_a_name_given_twice_is_one_job(planned):
    assert len(planned("tiny_report", "tiny_report", branches=("0755", "0755")).jobs) == 1


def test_the_date_is_the_last_complete_month_end_unless_given(home, notebooks):
    request = RunOptions(notebooks=(str(notebooks / "tiny_report.ipynb"),), branches=("0755",))
    assert [job.as_of for job in plan_reports(home, request).jobs] == ["2026-06-30"]


def test_a_home_with_notebooks_of_its_own_uses_those(home, notebooks):
    own = home.root / "notebooks" / "reports"
    own.mkdir(parents=True)
    (own / "mine.ipynb").write_bytes((notebooks / "tiny_report.ipynb").read_bytes())
    shipped = sorted(path.stem for path in (shipped_notebooks() / "reports").glob("*.ipynb"))
    assert [path.stem for path in notebooks_found(home)] == [*shipped, "mine"]


def notebooks_found(home):
    return find_notebooks(home)


def test_an_unknown_notebook_is_refused_with_the_nearest(home, notebooks):
    own = home.root / "notebooks" / "reports"
    own.mkdir(parents=True)
    (own / "2_segment_analysis.ipynb").write_bytes((notebooks / "tiny_report.ipynb").read_bytes())
    with pytest.raises(BadConfig, match=r"no notebook 2_segment_analysys(.|\n)*did you mean 2_segment_analysis\?"):
        plan_reports(home, RunOptions(notebooks=("2_segment_analysys",)))


def test_an_unknown_branch_is_refused(planned):
    with pytest.raises(UnknownBranch, match="no branch '755'"):
        planned("tiny_report", branches=("755",))


def test_jobs_know_what_report_and_product_are_called(planned):
    (job,) = planned("tiny_design", products=("market_stall",), branches=("0755",), langs=("en",)).jobs
    assert job.report_name == name_of(job.notebook, "en")
    assert job.product_name == read_product(Home(job.home), product="market_stall", as_of=DAY).title.en


def test_an_unknown_product_is_refused(planned):
    with pytest.raises(BadConfig, match="no product market_stal"):
        planned("tiny_design", products=("market_stal",))


def test_a_date_before_the_data_is_refused(home, notebooks):
    request = RunOptions(as_of=date(2019, 12, 31), notebooks=(str(notebooks / "tiny_report.ipynb"),))
    with pytest.raises(BadData, match="2019-12-31"):
        plan_reports(home, request)


def test_a_notebook_with_other_parameters_is_refused(home, written_notebook):
    path = written_notebook('home = as_of = lang = out = ""')
    with pytest.raises(BadConfig, match="plain literals"):
        plan_reports(home, RunOptions(notebooks=(str(path),)))


def test_a_misspelt_parameter_is_refused_before_any_kernel_starts(home, written_notebook):
    path = written_notebook('home = ""\nbrunch = ""\nas_of = ""\nlang = ""\nout = ""')
    with pytest.raises(BadConfig, match="written has no parameter branch(.|\n)*did you mean brunch"):
        plan_reports(home, RunOptions(notebooks=(str(path),)))
