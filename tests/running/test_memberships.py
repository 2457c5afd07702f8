"""Which groups live where: read for all branches at once, the same as from each branch's own book."""

from datetime import date

from microlib.bank.slices import read_branch
from microlib.contracts.segments import read_segments
from microlib.design import terms
from microlib.homes import Home
from microlib.metrics import evidences, incomes, segments
from microlib.running import plan

AS_OF = date(2026, 6, 30)


def from_own_book(home, branch):
    book = read_branch(home, branch=branch, as_of=AS_OF)
    income = incomes.yearly_incomes(book["customers"], book["invoices"], book["flow_months"], as_of=AS_OF)
    shares = incomes.income_shares(book["core_payables"], income, as_of=AS_OF)
    tables = (book["venue_rosters"], book["core_enterprises"])
    evidence = evidences.customer_evidence(book["customers"], book["loans"], shares, *tables)
    found = segments.assign_segments(evidence, segments=read_segments(home.config("segments")))
    return tuple(sorted(set(found["segment"])))


def test_all_branches_at_once_give_what_each_branchs_own_book_gives(demo_home):
    home, branches = Home(demo_home), ("0755", "0021", "0896")
    found = plan.living_segments(home, branches=branches, as_of=AS_OF)
    assert found == {branch: from_own_book(home, branch) for branch in branches}


def test_it_does_not_matter_how_many_are_read_at_once(demo_home, monkeypatch):
    home, branches = Home(demo_home), ("0755", "0021", "0896")
    whole = plan.living_segments(home, branches=branches, as_of=AS_OF)
    monkeypatch.setattr(plan, "BRANCHES_AT_ONCE", 2)
    assert plan.living_segments(home, branches=branches, as_of=AS_OF) == whole


def test_a_branch_without_customers_has_no_group(home):
    assert plan.living_segments(home, branches=("0755",), as_of=AS_OF) == {"0755": ()}


def test_products_are_those_that_the_terms_give_for_the_groups(demo_home):
    found = plan.read_inputs(Home(demo_home), as_of=AS_OF)
    living = plan.living_segments(found.home, branches=("0755",), as_of=AS_OF)["0755"]
    alone = terms.products_for(found.home, living, branch="0755", as_of=AS_OF)
    assert plan.products_of(found, branches=("0755",)) == {"0755": alone}
