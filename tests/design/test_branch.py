"""A branch computes what reports rest on once, feeds measures by name, and says which table is missing."""

from datetime import date

import pandas as pd
import pytest

from microlib.bank.branch import kept, read_branch
from microlib.bank.sums.books import default_pieces
from microlib.contracts.needs import measure
from microlib.contracts.segment import read_segments
from microlib.contracts.tables import TABLES
from microlib.design.branch import Branch, open_branch
from microlib.design.branch_review import BranchReview
from microlib.design.decisions import maturity_decisions
from microlib.design.judgement import source_judgements
from microlib.design.terms import read_policy
from microlib.errors import BadConfig, EmptyBook, MissingTable, NeedsTable
from microlib.home import FRAMES_FOLDER
from microlib.metrics.arrears import stressed_renewals
from microlib.metrics.defaults import default_cohorts, drawn_rates
from microlib.metrics.income import income_shares, yearly_incomes
from microlib.metrics.quality import four_pars
from microlib.metrics.segments import (
    assign_segments,
    customer_evidence,
    leading_segments,
    only_measure,
    primary_loans,
    segment_sizes,
)
from microlib.metrics.sources import source_headroom
from microlib.stats.shrinkage import fit_priors

DAY = date(2026, 6, 30)
KEPT = [name for name in Branch.result_names() if isinstance(getattr(Branch, name), kept)]


@pytest.fixture(scope="module")
def branch(demo_home) -> Branch:
    return open_branch(demo_home, branch="0755", as_of=DAY)


@pytest.fixture
def poor(branch) -> Branch:
    """The branch as if nothing but its ledger had been loaded."""
    known = {"loans", "customers", "branches", "rms"}
    frames = {name: branch[name] if name in known else branch[name].head(0) for name in TABLES}
    return Branch(branch.branch_id, branch.name, branch.as_of, branch.home, branch.is_synthetic, branch._stamp, frames)


@pytest.fixture(scope="module")
def kept_run(demo_home, tmp_path_factory):
    """The smallest branch in a run, all that is kept worked out once, and the folder of the run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FRAMES_FOLDER, str(tmp_path_factory.mktemp("run") / "frames"))
        first = open_branch(demo_home, branch="0995", as_of=DAY)
        yield first, {name: first.part(name) for name in KEPT}


def same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    pd.testing.assert_frame_equal(one, other)
    return True


# ---- what a run works out once


@pytest.mark.parametrize("view", [Branch, BranchReview])
def test_what_was_worked_out_in_a_run_is_read_by_its_next_report(kept_run, monkeypatch, view):
    first, made = kept_run
    held = {name: frame for name, frame in made.items() if isinstance(frame, pd.DataFrame)}
    assert len(held) > 35
    for each in (four_pars, assign_segments, source_headroom):
        monkeypatch.setattr(f"microlib.design.branch.{each.__name__}", None)  # whoever works it out again stumbles
    again = view.of(open_branch(first.home, branch="0995", as_of=DAY))
    kept_ones = [name for name, frame in held.items() if same(frame, getattr(again, name))]
    assert {"headroom", "members", "pars", "segment_judgements"} <= set(kept_ones)


def test_what_was_worked_out_in_a_run_is_what_is_worked_out_without_one(kept_run, monkeypatch):
    first, made = kept_run
    monkeypatch.delenv(FRAMES_FOLDER)
    alone = open_branch(first.home, branch="0995", as_of=DAY)
    for name, frame in made.items():
        found = alone.part(name)
        assert str(found) == str(frame) if not isinstance(frame, pd.DataFrame) else same(found, frame)


def test_a_book_that_was_changed_or_read_under_other_terms_has_results_of_its_own(kept_run, tmp_path):
    first, _ = kept_run
    late = first.loans.assign(overdue_days=400)
    given = (first.branch_id, first.name, first.as_of, first.home, first.is_synthetic, first._stamp)
    changed = Branch(*given, {**first.frames, "loans": late})
    assert changed.pars["share"].min() > first.pars["share"].min()
    (tmp_path / "data" / "policies").mkdir(parents=True)
    (tmp_path / "data" / "bank.duckdb").symlink_to(first.home.bank.resolve())
    own = open_branch(tmp_path, branch="0995", as_of=DAY)
    shipped = (first.home.config("policies") / "quality.toml").read_text("utf-8")
    (tmp_path / "data" / "policies" / "quality.toml").write_text(shipped + "\n# ours\n", "utf-8")
    assert own.result_marks != first.result_marks


# ---- tables


def test_a_table_is_an_attribute_and_an_item(branch):
    assert branch.loans is branch["loans"] and {"loans", "members"} <= set(dir(branch))


def test_a_table_without_rows_is_refused_as_attribute_and_empty_as_item(poor):
    with pytest.raises(NeedsTable, match="no row of invoices") as refused:
        _ = poor.invoices
    assert refused.value.tables == ("invoices",) and isinstance(refused.value, MissingTable)
    assert poor["invoices"].empty and list(poor["invoices"]) == TABLES["invoices"].names


def test_an_unknown_name_is_no_attribute(branch):
    assert not hasattr(branch, "loanz")


def test_no_result_is_called_as_a_table(branch):
    assert not set(branch.result_names()) & {*TABLES, "frames", "files", "findings", "held", "missing"}


def test_a_branch_shares_the_frames_of_the_book_it_stands_on(demo_home):
    book = read_branch(demo_home, branch="0755", as_of=DAY)
    upper = Branch.of(book)
    assert upper["branches"] is book["branches"] and Branch.of(upper) is upper


# ---- arguments by name


def test_an_argument_is_found_under_its_own_name_and_that_of_measures(branch):
    assert branch.argument("as_of") == DAY and branch.argument("branch") == "0755"
    assert branch.argument("loans") is branch.loans
    assert branch.argument("memberships") is branch.argument("members") is branch.members


def test_the_policy_is_the_part_that_the_type_names(branch):
    assert branch.argument("policy") is branch.policy is branch.argument("policy", "Policy")
    assert branch.argument("policy", "PricingPolicy") is branch.policy.pricing
    assert branch.argument("policy", "StressRules") is branch.policy.quality
    assert branch.argument("stress", "StressPolicy") is branch.policy.stress
    assert branch.argument("policy", "SupplyPolicy") is branch.supply


def test_a_value_of_one_part_only_has_its_own_name(branch):
    assert branch.argument("notional_months") == branch.policy.limits.notional_months
    assert not branch.offers("dscr_minimum"), "two parts of the policy hold it"


def test_a_name_of_another_kind_is_not_given(branch):
    assert branch.offers("segments", "Iterable[Segment]") and not branch.offers("segments", "pd.Series | None")
    assert branch.offers("repayments", "pd.DataFrame") and not branch.offers("repayments", "pd.Series")


def test_an_unknown_argument_is_refused_with_what_there_is(branch):
    with pytest.raises(BadConfig, match="nothing that is called colour") as refused:
        branch.argument("colour")
    assert "members" in refused.value.fix


# ---- computing by name


def test_what_is_given_goes_before_what_is_held(branch):
    few = branch.loans.head(5)
    assert branch.compute(lambda loans: loans, loans=few) is few
    assert branch.compute(lambda frame, *, as_of: (frame, as_of), frame=few) == (few, DAY)


def test_a_text_in_a_frames_place_names_a_table_or_result(branch):
    def chosen(rows: pd.DataFrame, title: str) -> tuple:
        return rows, title

    assert branch.compute(chosen, rows="members", title="members") == (branch.members, "members")


def test_an_optional_table_that_is_absent_is_empty_and_another_is_asked_for(poor):
    @measure(optional=["schedules"])
    def promised(loans: pd.DataFrame, schedules: pd.DataFrame) -> int:
        return len(schedules)

    def paid(loans: pd.DataFrame, repayments: pd.DataFrame, schedules: pd.DataFrame) -> int:
        return len(repayments)

    def both(repayments: pd.DataFrame | None = None) -> object:
        return repayments

    assert poor.compute(promised) == 0 and poor.compute(both) is None
    with pytest.raises(NeedsTable) as refused:
        poor.compute(paid)
    assert refused.value.tables == ("repayments", "schedules")


def test_many_results_go_to_a_measure_that_takes_many(branch):
    def counted(*parts: pd.DataFrame) -> int:
        return len(parts)

    assert branch.compute(counted, parts=(branch.size, branch.due)) == 2


def test_a_refusal_given_in_a_results_place_is_raised(branch):
    with pytest.raises(EmptyBook, match="nothing"):
        branch.compute(len, obj=EmptyBook("nothing"))


def test_a_result_with_a_default_is_left_to_it_where_it_is_refused(poor):
    def needing(gaps: pd.DataFrame | None = None) -> object:
        return gaps

    assert poor.compute(needing) is None


def test_what_nobody_gives_is_named(branch):
    def painted(loans: pd.DataFrame, *, colour: str) -> None: ...

    with pytest.raises(BadConfig, match="painted needs colour"):
        branch.compute(painted)


# ---- results


def test_a_result_is_computed_once(branch, monkeypatch):
    one = branch.members
    monkeypatch.setattr("microlib.design.branch.assign_segments", None)
    assert branch.members is one


def test_a_refusal_is_kept_and_says_which_table(poor, monkeypatch):
    calls = []
    with pytest.raises(NeedsTable) as first:
        _ = poor.penetration
    monkeypatch.setattr("microlib.design.branch.penetration", lambda **_: calls.append(1))
    with pytest.raises(NeedsTable) as second:
        _ = poor.penetration
    assert first.value is second.value and first.value.tables == ("venue_rosters",) and not calls
    assert poor.part("penetration") is first.value


def test_results_that_rest_on_a_missing_table_name_it(poor):
    assert poor.part("stopped").tables == ("flow_months",)
    assert poor.first("stopped", "affected") is poor.affected
    assert len(poor.known("stopped", "affected")) == 1
    assert list(poor.headroom["affected_yuan"]) == list(poor.affected["affected_yuan"])


def test_an_unknown_part_is_refused(branch):
    with pytest.raises(BadConfig, match="no result loanz"):
        branch.part("loanz")


def test_groups_are_those_wired_by_hand(branch, demo_home):
    income = yearly_incomes(branch["customers"], branch["invoices"], branch["flow_months"], as_of=DAY)
    payers = income_shares(branch["core_payables"], income, as_of=DAY)
    tables = (branch["customers"], branch["loans"], payers, branch["venue_rosters"], branch["core_enterprises"])
    evidence = customer_evidence(*tables)
    groups = read_segments(branch.home.config("segments"))
    members = assign_segments(evidence, segments=groups)
    assert same(branch.evidence, evidence) and same(branch.members, members)
    sizes = segment_sizes(members, branch["loans"])
    assert same(branch.leading, leading_segments(sizes, segments=groups))


def test_quality_is_that_wired_by_hand(branch):
    policy = read_policy(branch.home, as_of=DAY)
    months = branch["loan_months"]
    renewed = stressed_renewals(branch["loans"], months, as_of=DAY, policy=policy.quality)
    grouped = primary_loans(branch["loans"], branch.members)
    found = four_pars(grouped, months, renewals=renewed, as_of=DAY, within="segment")
    assert same(branch.group_quality, only_measure(found, measure="par30_adjusted"))


def test_default_rates_are_those_wired_by_hand(branch):
    priors = fit_priors(default_pieces(branch.home, as_of=DAY))
    book = (branch["loans"], branch["loan_months"], branch["customers"])
    terms = {"priors": priors, "price_level": branch.policy.quality.price_level}
    products = default_cohorts(*book, as_of=DAY, within="product_id")
    assert same(branch.product_rates, drawn_rates(products, within="product_id", **terms))
    groups = primary_loans(default_cohorts(*book, as_of=DAY), branch.members)
    assert same(branch.group_rates, drawn_rates(groups, within="segment", **terms))


def test_decisions_are_fed_by_name(branch):
    dated = {"policy": branch.policy, "as_of": DAY}
    assert same(branch.compute(maturity_decisions), maturity_decisions(branch.crossing, branch.due, **dated))
    lifted = {name: float(getattr(branch.supply, name)) for name in ("notable_days", "slow_days")} | dated
    assert same(branch.source_judgements, source_judgements(branch.headroom, branch.source_trends, **lifted))
