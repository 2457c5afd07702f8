"""Row rules of the trade: what one row says that cannot be, or that deserves a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import ibis.expr.types as ir

from microlib.bank import identities
from microlib.bank.checks import Rule
from microlib.contracts.columns import Table
from microlib.contracts.ties import TIES

LONGEST_TEXT = 60
CENT = 0.005
INVOICE_CENT = 0.011
SMALLEST_RATE = 0.005
RENEWALS = ("renewal_without_principal", "refinance", "extension", "restructure")
#: keys that are numbers of documents, where eleven digits mean nothing
DOCUMENT_KEYS = frozenset({"invoice_number"})


def doubts(table: Table) -> list[Rule]:
    """Return the rules that a column's kind alone calls for: identifiers in keys, plain hashes, odd dates.

    Examples
    --------
    >>> from microlib.contracts.tables.registry import TABLES
    >>> [rule.name for rule in doubts(TABLES["loan_months"])]
    ['identity_in_key', 'phone_in_key', 'rate_scale']
    """
    return [rule for column in table.columns for rule in _by_kind(table, column.name)]


def suspicions(table: Table) -> list[Rule]:
    """Return the rules of the trade that apply to rows of one table, across its columns.

    Examples
    --------
    >>> from microlib.contracts.tables.registry import TABLES
    >>> [rule.name for rule in suspicions(TABLES["invoices"])]
    ['invoice_sum_differs', 'invoice_number_repeated']
    """
    return [_rule(name, column, fails) for name, column, fails in BY_TABLE.get(table.name, ())]


def _rule(name: str, column: str, fails: Callable[[ir.Table], ir.BooleanValue]) -> Rule:
    tie = TIES[name]
    is_secret = name in ("identity_in_key", "phone_in_key", "hash_is_plain", "free_text")
    return Rule(name, column, tie.severity, tie.fix, fails, is_secret)


def _by_kind(table: Table, name: str) -> Iterator[Rule]:
    kind = table.column(name).kind
    if kind in ("key", "text"):
        rule = _rule("identity_in_key", name, lambda rows: identities.holds_identity(rows[name]))
        yield replace(rule, hints=lambda rows: identities.resembles_identity(rows[name]))
    if kind in ("key", "text") and name not in DOCUMENT_KEYS:
        yield _rule("phone_in_key", name, lambda rows: identities.holds_mobile(rows[name]))
    if kind == "text":
        yield _rule("free_text", name, lambda rows: rows[name].length() > LONGEST_TEXT)
    if kind == "hash":
        yield _rule("hash_is_plain", name, lambda rows: identities.is_plain(rows[name]))
        yield _rule("hash_unsalted", name, lambda rows: rows[name].isin(identities.digests_of_nothing()))
    if kind in ("date", "moment"):
        yield _rule("implausible_date", name, lambda rows: ~rows[name].year().between(1900, 2199))
    if name == "yearly_rate":
        yield _rule("rate_scale", name, lambda rows: (rows[name] > 0) & (rows[name] < SMALLEST_RATE))


def _above_amount(rows: ir.Table) -> ir.BooleanValue:
    return rows.balance_yuan > rows.amount_yuan + CENT


def _matures_early(rows: ir.Table) -> ir.BooleanValue:
    return rows.maturity_date <= rows.disbursed_date


def _lags_arrears(rows: ir.Table) -> ir.BooleanValue:
    return (rows.overdue_days > 90) & rows.class5.isin(("normal", "special_mention"))


def _lacks_previous(rows: ir.Table) -> ir.BooleanValue:
    return rows.issue_type.isin(RENEWALS) & rows.previous_loan_id.isnull()


def _invoice_differs(rows: ir.Table) -> ir.BooleanValue:
    return (rows.net_yuan + rows.tax_yuan - rows.gross_yuan).abs() > INVOICE_CENT


def _is_repeated(rows: ir.Table) -> ir.BooleanValue:
    return rows.occurrence_number > 1


def _pays_borrower(rows: ir.Table) -> ir.BooleanValue:
    return (rows.method == "entrusted") & (rows.payee_kind == "customer_self")


def _closes_early(rows: ir.Table) -> ir.BooleanValue:
    return rows.closing_date <= rows.launch_date


def _registered_late(rows: ir.Table) -> ir.BooleanValue:
    return rows.registered_date > rows.launch_date


def _drawn_late(rows: ir.Table) -> ir.BooleanValue:
    return rows.assigned_date > rows.contacted_date


BY_TABLE: dict[str, tuple[tuple[str, str, Callable[[ir.Table], ir.BooleanValue]], ...]] = {
    "loans": (
        ("balance_above_amount", "balance_yuan", _above_amount),
        ("maturity_before_disbursement", "maturity_date", _matures_early),
        ("class_lags_arrears", "class5", _lags_arrears),
        ("renewal_without_previous", "previous_loan_id", _lacks_previous),
    ),
    "loan_months": (("class_lags_arrears", "class5", _lags_arrears),),
    "invoices": (
        ("invoice_sum_differs", "gross_yuan", _invoice_differs),
        ("invoice_number_repeated", "invoice_number", _is_repeated),
    ),
    "campaigns": (
        ("campaign_closes_early", "closing_date", _closes_early),
        ("campaign_registered_late", "registered_date", _registered_late),
    ),
    "campaign_members": (("arms_drawn_late", "assigned_date", _drawn_late),),
    "payments": (("payee_is_borrower", "payee_kind", _pays_borrower),),
}
