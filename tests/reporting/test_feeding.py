"""A result or what it waits for."""

import pandas as pd
import pytest

from microlib.errors import BadData, EmptyBook, MissingTable
from microlib.reporting.feeding import NotComputed


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
