"""A result or what it waits for."""

import datetime as dt
import inspect
from pathlib import Path

import pandas as pd
import pytest

from microlib.contracts.needs import measure
from microlib.design.branch import Branch
from microlib.errors import BadConfig, BadData, EmptyBook, MissingTable
from microlib.home import Home
from microlib.metrics.book import book_size
from microlib.report.feeding import NotComputed
from microlib.report.report import open_report


def total(loans: pd.DataFrame, *, customers: pd.DataFrame | None = None, above: float = 0.0) -> pd.DataFrame:
    return loans[loans["balance_yuan"] > above].assign(known=customers is not None)


def label(loans: pd.DataFrame, *, source: str) -> str:
    return source


def refusing(loans: pd.DataFrame, *, error: Exception) -> None:
    raise error


def test_a_table_is_passed_by_its_name(opened):
    assert len(opened().compute(total, "loans", above=500_000)) == 1


def test_an_absent_table_is_named(opened):
    assert opened().compute(total, "loans", "customers") == NotComputed(needs=("customers",))


def test_an_absent_table_given_as_an_option_is_named(opened):
    assert opened().compute(total, "loans", customers="customers").needs == ("customers",)


def test_an_optional_table_is_passed_empty(opened):
    result = opened().compute(total, "loans", "customers", optional=("customers",))
    assert result["known"].all()


def test_a_text_that_is_no_table_stays_a_text(opened):
    assert opened().compute(label, "loans", source="invoices") == "invoices"


def pair(loans: pd.DataFrame, found: pd.DataFrame, customers: pd.DataFrame) -> tuple:
    return len(loans), len(found), len(customers)


def test_tables_find_the_parameter_of_their_name_and_results_the_places_left(opened):
    found = pd.DataFrame({"a": range(7)})
    assert opened().compute(pair, "customers", found, "loans", optional=("customers",)) == (2, 7, 0)


def test_too_many_inputs_fail_as_they_would_in_a_call(opened):
    with pytest.raises(TypeError):
        opened().compute(label, "loans", pd.DataFrame(), source="x")


def test_what_waits_makes_what_follows_wait(opened):
    report = opened()
    first = report.compute(total, "loan_months")
    assert report.compute(total, first).needs == ("loan_months",)
    assert report.compute(total, "loans", customers=first).needs == ("loan_months",)


@pytest.mark.parametrize("error", [EmptyBook("nothing lent"), MissingTable("no months", where="loan_months")])
def test_a_narrow_refusal_becomes_a_grey_box(opened, error):
    result = opened().compute(refusing, "loans", error=error)
    assert (result.refusal, result.detail) == (type(error).__name__, error.what)


def test_a_missing_table_found_late_is_still_named(opened):
    error = MissingTable("no months", where="loan_months")
    assert opened().compute(refusing, "loans", error=error).needs == ("loan_months",)


def test_broken_data_stop_the_report(opened):
    with pytest.raises(BadData, match="broken"):
        opened().compute(refusing, "loans", error=BadData("broken"))


def test_a_fault_of_ours_is_not_hidden(opened):
    with pytest.raises(ZeroDivisionError):
        opened().compute(refusing, "loans", error=ZeroDivisionError())


def test_the_tables_are_not_altered(opened, book, unchanged):
    with unchanged(book["loans"]):
        opened().compute(total, "loans")


def test_a_step_makes_do_with_what_was_computed(opened, loans):
    report, absent = opened(), NotComputed(needs=("invoices",))
    assert report.known(absent, 1, 2) == [1, 2]
    assert report.first(absent, loans) is loans
    assert report.first(absent, NotComputed()) is absent


def test_a_table_that_has_rows_is_not_asked_for_again(opened):
    result = opened().compute(refusing, "loans", error=EmptyBook("nobody to call", where="loans"))
    assert result.needs == () and result.refusal == "EmptyBook"


# ---------------------------------------------------------------- by name


def sized(loans: pd.DataFrame, *, as_of: dt.date, above: float = 0.0) -> pd.DataFrame:
    return loans[loans["balance_yuan"] > above].assign(day=as_of)


def joined(sized: pd.DataFrame, customers: pd.DataFrame) -> tuple[int, int]:
    return len(sized), len(customers)


def test_tables_and_the_date_are_fed_by_name(opened, book):
    result = opened().compute(sized)
    assert len(result) == 2 and set(result["day"]) == {book.as_of}


def test_what_is_given_goes_before_what_is_fed(opened, loans):
    report = opened()
    assert len(report.compute(sized, loans=loans.head(1))) == 1
    assert len(report.compute(sized, above=500_000)) == 1


def test_a_default_nobody_declared_optional_is_not_fed(opened):
    assert not opened().compute(total)["known"].any()


def test_an_earlier_result_is_fed_by_its_measure_s_name(opened):
    report = opened()
    report.compute(sized)
    assert report.compute(joined, optional=("customers",)) == (2, 0)


def test_results_are_passed_first_and_the_rest_is_fed_by_name(opened, loans):
    assert len(opened().compute(sized, loans.head(1))) == 1
    assert opened().compute(joined, loans).needs == ("customers",)
    assert opened().compute(joined, loans, optional=("customers",)) == (2, 0)


def test_a_result_is_kept_under_the_name_that_it_is_given(opened, loans):
    report = opened()
    report.keep(sized=loans.head(1))
    assert report.compute(joined, optional=("customers",)) == (1, 0)


def test_of_two_results_of_one_name_the_meant_one_is_to_be_said(opened):
    report = opened()
    few, _ = report.compute(sized, above=500_000), report.compute(sized)
    with pytest.raises(BadConfig, match="two results are called sized"):
        report.compute(joined, optional=("customers",))
    report.keep(sized=few)
    assert report.compute(joined, optional=("customers",)) == (1, 0)


def test_all_tables_that_are_absent_are_named(opened):
    def wants(loans: pd.DataFrame, customers: pd.DataFrame, loan_months: pd.DataFrame) -> None:
        raise AssertionError

    assert opened().compute(wants).needs == ("customers", "loan_months")


def test_a_table_declared_optional_is_passed_empty(opened):
    @measure(optional=("customers",))
    def wants(loans: pd.DataFrame, customers: pd.DataFrame) -> int:
        return len(customers)

    assert opened().compute(wants) == 0


def test_an_optional_result_that_was_not_computed_is_left_out(opened):
    @measure(optional=("sized",))
    def wants(loans: pd.DataFrame, sized: pd.DataFrame | None = None) -> bool:
        return sized is None

    report = opened()
    report.keep(sized=NotComputed(needs=("loan_months",)))
    assert report.compute(wants)


def test_what_follows_an_uncomputed_result_waits_by_name_too(opened):
    report = opened()
    report.keep(sized=NotComputed(needs=("loan_months",)))
    assert report.compute(joined, optional=("customers",)).needs == ("loan_months",)


def test_a_parameter_that_nothing_knows_is_named(opened):
    def wants(loans: pd.DataFrame, *, weather: str) -> None:
        raise AssertionError

    with pytest.raises(BadConfig, match="nothing of the branch is called weather"):
        opened().compute(wants)


class Rich:
    """A branch that has more than tables."""

    branch_id, name, as_of, is_synthetic = "0755", "城东支行", dt.date(2026, 6, 30), True

    def __init__(self, book) -> None:
        self.held = book
        self.has = book.has

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.held[table]

    def argument(self, name: str) -> object:
        held = {"policy": 0.05, "warnings": self.held["loans"]}
        if name not in held:
            raise MissingTable("not there", where="schedules")
        return held[name]

    def compute(self, measure, **given: object) -> object:
        rest = [name for name in inspect.signature(measure).parameters if name not in given]
        return measure(**given, **{name: self.argument(name) for name in rest})


def test_a_branch_feeds_its_policy_and_its_results(book):
    report = open_report(Rich(book), lang="zh", out="")
    assert report.compute(lambda policy, warnings: (policy, len(warnings))) == (0.05, 2)
    assert report.compute(lambda stopped: stopped).needs == ("schedules",)


def test_a_branch_s_own_result_is_shown_by_name(book):
    report = open_report(Rich(book), lang="zh", out="")
    with pytest.raises(BadConfig, match="the table has no column warning"):
        report.table("warnings", report.branch.argument("warnings"))
    assert "未计算" in repr(report.show("crossing_loans"))


def test_results_are_shown_by_their_names(book):
    report = open_report(Rich(book), lang="zh", out="")
    assert report.result("warnings") is book["loans"] and report.result(book) is book
    assert "L2" in repr(report.table("loans", "warnings"))
    assert "未计算" in repr(report.say("book_size", "stopped"))
    assert "100.0" in repr(report.fact("first", "warnings", column="balance_yuan"))
    assert report.result("stopped").needs == ("schedules",)


@pytest.fixture
def whole(book) -> Branch:
    """A real branch on the small book's loans, enough to size it."""
    loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "status": ["normal"], "balance_yuan": [9e4],
                          "overdue_days": [0]})  # fmt: skip
    return Branch("0755", "城东支行", dt.date(2026, 6, 30), Home(Path()), is_synthetic=True, frames={"loans": loans})


def test_a_real_branch_is_a_report_s_book_and_feeds_it(whole):
    report = open_report(whole, lang="zh", out="")
    assert report.book is whole and report.branch is whole
    assert report.compute(book_size) is not None
    assert repr(report.say("book_size", "size")) == repr(report.say("book_size", whole.size))
