"""What one row or one column gets wrong: contract rules, trade rules, unit slips (万元), identifiers in the open.

Each rule is an expression over any relation, written once: `contract_rules`, `column_rules`,
`cross_column_rules`. Rules over several tables stand in `cross_checks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial, reduce
from operator import or_

import ibis
import ibis.expr.types as ir
import pandas as pd

from microlib.bank.ingest.staging import Arrival, Rule, View, kept_rows, listed_failures, row_failures
from microlib.bank.pseudonyms import KEY_KIND, TEXT_KIND, register_identifiers
from microlib.bank.store import Store
from microlib.contracts.checks import FOLDER_CODE, RESERVED_CODES, TIES
from microlib.contracts.columns import HIGHEST_RATE, Column, Table
from microlib.contracts.failures import failure_frame, remedy
from microlib.contracts.policy import IntakePolicy, UnitSpan, highest_rate, standing_policy
from microlib.contracts.tables.ledger import RENEWALS
from microlib.identifiers import DOCUMENT_KEYS

DIGEST = "^([0-9a-f]{16,}|[0-9A-Za-z_-]{20,})$"
_NOTHINGS = ("", " ", "0", "-", "无", "null", "NULL", "None", "nan")


@ibis.udf.scalar.builtin(name=KEY_KIND)
def _kind_of_key(word: str, column: str) -> str:
    """Say which kind of identifier stands in a key, in a session that knows identifiers."""
    raise NotImplementedError  # the engine's own function answers


@ibis.udf.scalar.builtin(name=TEXT_KIND)
def _kind_in_text(word: str) -> str:
    """Say which kind of identifier a text holds, in a session that knows identifiers."""
    raise NotImplementedError  # the engine's own function answers


def identifier_kind(value: ir.StringValue, *, column: str, kind: str) -> ir.StringValue:
    """Return of which kind the identifier is that a column's value holds; an empty text where there is none.

    Parameters
    ----------
    value : ibis string
    column : str
        Its column's name.
    kind : str
        ``key``, where all of it may be one number, or ``text``.
    """
    return _kind_of_key(value, column) if kind == "key" else _kind_in_text(value)


def is_plain(value: ir.StringValue) -> ir.BooleanValue:
    """Return whether a pseudonym is none: too short, only digits, or of other signs than a digest has.

    Examples
    --------
    >>> texts = ibis.memtable({"hash": ["示例商行", "13800138000", "9f86d081884c7d659a2feaa0c55ad015"]})
    >>> is_plain(texts.hash).execute().tolist()
    [True, True, False]
    """
    return ~value.re_search(DIGEST) | value.re_search("^[0-9]+$")


def digests_of_nothing() -> list[str]:
    """Return plain digests of empty words: a pseudonym equal to one was made without a key.

    Examples
    --------
    >>> "d41d8cd98f00b204e9800998ecf8427e" in digests_of_nothing()
    True
    """
    makers = (hashlib.md5, hashlib.sha1, hashlib.sha256)
    return sorted(maker(word.encode()).hexdigest() for maker in makers for word in _NOTHINGS)


LONGEST_TEXT = 60
#: names of branches, markets and firms, in which an address is no person's
PLACE_NAMES = ("name", "venue_name")
CENT = 0.005
INVOICE_CENT = 0.011
#: no customer of a bank has ten trillion yuan of anything
LARGEST_YUAN = 1e13


def column_rules(table: Table) -> list[Rule]:
    """Return the rules that a column's kind alone calls for: identifiers in keys, plain hashes, odd dates.

    Examples
    --------
    >>> from microlib.contracts.tables import TABLES
    >>> [rule.name for rule in column_rules(TABLES["loan_months"])]
    ['identity_in_key', 'phone_in_key']
    """
    return [rule for column in table.columns for rule in _by_kind(table, column.name)]


def cross_column_rules(table: Table) -> list[Rule]:
    """Return the rules of the trade that apply to rows of one table, across its columns.

    Examples
    --------
    >>> from microlib.contracts.tables import TABLES
    >>> [rule.name for rule in cross_column_rules(TABLES["invoices"])]
    ['invoice_sum_differs', 'invoice_number_repeated']
    """
    return [_rule(name, column, fails) for name, column, fails in CROSS_COLUMN_RULES.get(table.name, ())]


def _rule(name: str, column: str, fails: Callable[[ir.Table], ir.BooleanValue]) -> Rule:
    tie = TIES[name]
    is_secret = name in ("identity_in_key", "phone_in_key", "hash_is_plain", "free_text")
    return Rule(name, column, tie.severity, tie.fix, fails, is_secret)


def _by_kind(table: Table, name: str) -> Iterator[Rule]:
    kind = table.column(name).kind
    if kind in ("key", "text"):

        def found(rows: ir.Table) -> ir.StringValue:
            return identifier_kind(rows[name], column=name, kind=kind)

        harmless = ("", "mobile", *(["address"] if name in PLACE_NAMES else []))
        yield _rule("identity_in_key", name, lambda rows: found(rows).notin(harmless))
        if name not in DOCUMENT_KEYS:
            yield _rule("phone_in_key", name, lambda rows: found(rows) == "mobile")
    if (table.name, name) == ("branches", "branch_id"):
        yield _rule("branch_code", name, _names_no_folder)
    if kind == "text":
        yield _rule("free_text", name, lambda rows: rows[name].length() > LONGEST_TEXT)
    if kind == "hash":
        yield _rule("hash_is_plain", name, lambda rows: is_plain(rows[name]))
        yield _rule("hash_unsalted", name, lambda rows: rows[name].isin(digests_of_nothing()))
    if kind in ("date", "moment"):
        yield _rule("implausible_date", name, lambda rows: ~rows[name].year().between(1900, 2199))


def _names_no_folder(rows: ir.Table) -> ir.BooleanValue:
    code = rows.branch_id
    return ~code.re_search(f"^{FOLDER_CODE}$") | code.startswith("-") | code.lower().isin(RESERVED_CODES)


def _above_amount(rows: ir.Table) -> ir.BooleanValue:
    return rows.balance_yuan > rows.amount_yuan + CENT


def _owes_though_closed(rows: ir.Table) -> ir.BooleanValue:
    return rows.status.isin(("settled", "transferred")) & (rows.balance_yuan > CENT)


def _overdue_above_balance(rows: ir.Table) -> ir.BooleanValue:
    return (rows.overdue_principal_yuan > rows.balance_yuan + CENT).fill_null(False)


def _lacks_days(rows: ir.Table) -> ir.BooleanValue:
    owing = rows.overdue_principal_yuan.fill_null(0.0) > CENT
    dated = (rows.first_overdue_date < rows.as_of).fill_null(False)
    live = (rows.balance_yuan > CENT) & rows.status.isin(("normal", "overdue"))
    return live & (rows.overdue_days == 0) & (owing | dated | (rows.status == "overdue"))


def _matured_without_days(rows: ir.Table) -> ir.BooleanValue:
    live = (rows.balance_yuan > CENT) & rows.status.isin(("normal", "overdue"))
    return (
        live
        & (rows.overdue_days == 0)
        & rows.maturity_date.between(rows.disbursed_date + ibis.interval(days=1), rows.as_of - ibis.interval(days=1))
    )


def _overdue_before_paid_out(rows: ir.Table) -> ir.BooleanValue:
    age = rows.as_of.delta(rows.disbursed_date, unit="day")
    early = (rows.first_overdue_date < rows.disbursed_date).fill_null(False)
    return (rows.overdue_days > 0) & ((rows.overdue_days > age + 1).fill_null(False) | early)


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


CROSS_COLUMN_RULES: dict[str, tuple[tuple[str, str, Callable[[ir.Table], ir.BooleanValue]], ...]] = {
    "loans": (
        ("balance_above_amount", "balance_yuan", _above_amount),
        ("settled_with_balance", "balance_yuan", _owes_though_closed),
        ("overdue_above_balance", "overdue_principal_yuan", _overdue_above_balance),
        ("arrears_without_days", "overdue_days", _lacks_days),
        ("matured_without_days", "maturity_date", _matured_without_days),
        ("overdue_before_disbursement", "overdue_days", _overdue_before_paid_out),
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
#: dates that may lie after the date of the file: they are agreed, not yet happened
AGREED_DATES = frozenset(
    {
        "maturity_date",
        "expiry_date",
        "due_date",
        "end_date",
        "launch_date",
        "closing_date",
        "reading_date",
        "planned_start_date",
        "planned_end_date",
        "follow_up_date",
        "target_month",
    }
)
MONTH_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"


def contract_rules(table: Table, *, lacking: Mapping[str, Collection[int]] | None = None) -> list[Rule]:
    """Return the rules that a contract states column by column: required, range, code, month, future date.

    Parameters
    ----------
    table : Table
        The contract.
    lacking : mapping, optional
        The files that are without a column that may lack: no row of theirs needs a value.

    Examples
    --------
    >>> from microlib.contracts.tables import TABLES
    >>> [rule.name for rule in contract_rules(TABLES["control_totals"])][:3]
    ['required', 'required', 'range']
    """
    makers = (partial(_required, lacking=lacking or {}), _range, _code, _month, _future)
    return [rule for column in table.columns for maker in makers if (rule := maker(column)) is not None]


def _required(column: Column, *, lacking: Mapping[str, Collection[int]]) -> Rule | None:
    without = sorted(lacking.get(column.name, ()))

    def fails(rows: ir.Table) -> ir.BooleanValue:
        absent = rows[column.name].isnull()
        return absent & rows.file_id.notin(without) if without else absent

    return Rule("required", column.name, "block", remedy("required", column), fails) if column.required else None


def _range(column: Column) -> Rule | None:
    if column.engine_type not in ("float64", "int64"):
        return None

    def fails(rows: ir.Table) -> ir.BooleanValue:
        value = rows[column.name]
        bad = [value.isinf()] if column.engine_type == "float64" else []
        bad += [value.abs() > LARGEST_YUAN] if column.kind == "yuan" else []
        bad += [value < column.low] if column.low is not None else []
        bad += [value > column.high] if column.high is not None else []
        return reduce(or_, bad) if bad else ibis.literal(False)

    return Rule("range", column.name, "block", remedy("range", column), fails)


def _code(column: Column) -> Rule | None:
    def fails(rows: ir.Table) -> ir.BooleanValue:
        return rows[column.name].notin(column.codes)

    return Rule("code", column.name, "block", remedy("code", column), fails) if column.codes else None


def _month(column: Column) -> Rule | None:
    def fails(rows: ir.Table) -> ir.BooleanValue:
        return ~rows[column.name].re_search(MONTH_PATTERN)

    return Rule("month", column.name, "block", remedy("month", column), fails) if column.kind == "month" else None


def _future(column: Column) -> Rule | None:
    if column.kind not in ("date", "moment", "month") or column.name in AGREED_DATES:
        return None

    def fails(rows: ir.Table) -> ir.BooleanValue:
        value = rows[column.name]
        if column.kind == "month":
            return value > rows.as_of.strftime("%Y-%m")
        return (value.date() if column.kind == "moment" else value) > rows.as_of

    return Rule("future_date", column.name, "block", remedy("future_date", column), fails)


def row_rules(
    table: Table, *, filled: Collection[str], lacking: Mapping[str, Collection[int]] | None = None
) -> list[Rule]:
    """Return every rule that one row can break: those of the contract, then those of the trade.

    Parameters
    ----------
    table : Table
        The contract.
    filled : collection of str
        The columns that hold any value; of an empty one only its absence can be wrong.
    lacking : mapping, optional
        As for `contract_rules`.
    """
    single = [*contract_rules(table, lacking=lacking), *column_rules(table)]
    return [*(rule for rule in single if rule.column in filled or rule.name == "required"), *cross_column_rules(table)]


def policy_of(view: View) -> IntakePolicy:
    """Return what an ingest into a home takes for another unit on the newest arriving day."""
    return standing_policy(view.store.home.config("policies") / "intake.toml", IntakePolicy, as_of=view.as_of)


def unit_slips(store: Store, arrival: Arrival, policy: IntakePolicy) -> list[pd.DataFrame]:
    """Return the columns of each file whose middle value is that of another unit.

    A small loan of less than 100 yuan or more than 100 million is no small loan; when half of a
    file's loans are, its amounts are in another unit than was declared.
    """
    table = arrival.table
    return [_slipped(store, arrival, column, span, policy=policy) for column, span in policy.spans_of(table)]


def _slipped(store: Store, arrival: Arrival, column: str, span: UnitSpan, *, policy: IntakePolicy) -> pd.DataFrame:
    if not _may_slip(store, arrival, column, span):
        return failure_frame()
    tie = TIES[span.rule]
    rows = arrival.rows.filter(arrival.rows[column] > 0)
    middles = rows.group_by("file_id").agg(middle=rows[column].median())
    broken = middles.filter(~middles.middle.between(span.low_yuan, span.high_yuan))
    if span.rule == "unit_doubt":  # what is refused is not doubted too
        for other, each in policy.spans_of(arrival.table, "unit_slip"):
            if other == column:
                broken = broken.filter(broken.middle.between(each.low_yuan, each.high_yuan))
    rule = Rule(span.rule, column, tie.severity, tie.fix)
    return listed_failures(store, arrival, _told(broken), rule=rule)


def _may_slip(store: Store, arrival: Arrival, column: str, span: UnitSpan) -> bool:
    """Return whether half of a file's values lie on one side of a span: else its middle one lies within."""
    sides = (f'"{column}" < {span.low_yuan}', f'"{column}" > {span.high_yuan}')
    halves = " OR ".join(f"2 * count(*) FILTER (WHERE {side}) >= count(*)" for side in sides)
    positive = f'SELECT file_id FROM incoming_{arrival.table} WHERE "{column}" > 0 GROUP BY file_id HAVING {halves}'
    return bool(store.rows(positive))


#: amounts of single contracts, each of which is judged beside the middle one of its file
CONTRACT_AMOUNTS = (("loans", "amount_yuan"), ("facilities", "approved_yuan"), ("applications", "asked_yuan"))


def amount_outliers(store: Store, arrival: Arrival, policy: IntakePolicy) -> list[pd.DataFrame]:
    """Return the rows whose amount is a thousand times off the middle amount of their file.

    A few small ones are doubted; when every twentieth row is one, part of the file is in another unit. Amounts
    above a billion yuan that are a thousand times the middle one are refused.
    """
    return [
        found
        for table, column in CONTRACT_AMOUNTS
        if table == arrival.table and column in arrival.filled
        for found in _outliers(store, arrival, column, policy=policy)
    ]


def _outliers(store: Store, arrival: Arrival, column: str, *, policy: IntakePolicy) -> Iterator[pd.DataFrame]:
    rows = arrival.rows.filter(arrival.rows[column] > 0)
    middles = rows.group_by("file_id").agg(middle=rows[column].median(), rows_count=rows.count())
    judged = rows.join(middles, "file_id")
    value = judged[column]
    small = judged.filter((value < policy.small_yuan) & (value * policy.far_ratio <= judged.middle))
    large = judged.filter(value.between(policy.large_yuan, LARGEST_YUAN), value >= judged.middle * policy.far_ratio)
    shares = small.group_by("file_id").agg(share=small.count() / small.rows_count.max())
    many = shares.filter(shares.share >= policy.mixed_share)
    cases = (
        ("unit_mixed", small.semi_join(many, "file_id")),
        ("amount_small", small.anti_join(many, "file_id")),
        ("amount_large", large),
    )
    for name, broken in cases:
        tie = TIES[name]
        rule = Rule(name, column, tie.severity, tie.fix)
        told = broken.select("file_id", "row_number", value=broken[column].cast("string"))
        yield listed_failures(store, arrival, told, rule=rule)


ABOVE_CAP = (
    "the country's policy allows at most {cap:g} as a fraction: does the source write percent or permille? Where such"
    " rates are true, write a higher highest_rate into data/policies/country.toml of your home"
)


def rates_above_cap(view: View, arrival: Arrival) -> pd.DataFrame:
    """Return the rows whose yearly rate is above what the country's policy allows on the day of the file."""
    if "yearly_rate" not in arrival.filled:
        return failure_frame()
    cap = highest_rate(view.store.home, as_of=view.as_of)
    rule = Rule("range", "yearly_rate", "block", ABOVE_CAP.format(cap=cap))
    rows = arrival.rows.filter(arrival.rows.yearly_rate.between(cap, HIGHEST_RATE), arrival.rows.yearly_rate != cap)
    told = rows.select("file_id", "row_number", value=rows.yearly_rate.cast("string"))
    return listed_failures(view.store, arrival, told, rule=rule)


def rates_below(store: Store, arrival: Arrival, policy: IntakePolicy) -> pd.DataFrame:
    """Return the rows whose yearly rate is so small that it is rather a fraction of another unit."""
    if "yearly_rate" not in arrival.filled:
        return failure_frame()
    rate, tie = arrival.rows.yearly_rate, TIES["rate_scale"]
    rows = arrival.rows.filter(rate >= 0, rate < policy.smallest_rate)
    told = rows.select("file_id", "row_number", value=rows.yearly_rate.cast("string"))
    return listed_failures(store, arrival, told, rule=Rule("rate_scale", "yearly_rate", tie.severity, tie.fix))


def matures_late(store: Store, arrival: Arrival, policy: IntakePolicy) -> pd.DataFrame:
    """Return the loans that run longer than any does, from the day paid out or else from that of the file."""
    if arrival.table != "loans" or "maturity_date" not in arrival.filled:
        return failure_frame()
    rows, tie = arrival.rows, TIES["maturity_far"]
    years = rows.maturity_date.year() - rows.disbursed_date.fill_null(rows.as_of).year()
    broken = rows.filter(years > policy.longest_years)
    told = broken.select("file_id", "row_number", value=broken.maturity_date.cast("string"))
    return listed_failures(store, arrival, told, rule=Rule(tie.name, "maturity_date", tie.severity, tie.fix))


def unlike_columns(store: Store, arrival: Arrival, policy: IntakePolicy) -> list[pd.DataFrame]:
    """Return the files of loans whose balances are in another unit than their amounts, or whose rates are nought."""
    if arrival.table != "loans":
        return []
    rows = arrival.rows.filter(arrival.rows.balance_yuan > 0)
    whole = rows.filter(rows.amount_yuan > 0)
    middles = whole.group_by("file_id").agg(middle=(whole.balance_yuan / whole.amount_yuan).median())
    low = middles.filter(middles.middle < policy.other_unit_share)
    share = rows.group_by("file_id").agg(middle=(rows.yearly_rate == 0).cast("float64").mean())
    rates = rows.filter(rows.yearly_rate > 0).group_by("file_id").agg(middle=rows.yearly_rate.median())
    cases = (
        ("unit_of_two_columns", "balance_yuan", low.select("file_id", middle=low.middle)),
        ("rate_nought", "yearly_rate", share.filter(share.middle >= policy.rateless_share)),
        ("rate_high", "yearly_rate", rates.filter(rates.middle > policy.high_rate)),
    )
    found = []
    for name, column, broken in cases:
        tie = TIES[name]
        told = broken.select("file_id", row_number=ibis.null("int64"), value=broken.middle.round(6).cast("string"))
        found.append(listed_failures(store, arrival, told, rule=Rule(name, column, tie.severity, tie.fix)))
    return found


def unit_jumps(view: View, arrival: Arrival, policy: IntakePolicy) -> list[pd.DataFrame]:
    """Return the files whose middle amount is hundreds of times off that of the other files and months."""
    names = [column for column, _ in policy.spans_of(arrival.table, "unit_slip") if column in arrival.filled]
    return [_jumped(view, arrival, column, most=policy.jump_ratio) for column in names]


def _jumped(view: View, arrival: Arrival, column: str, *, most: float) -> pd.DataFrame:
    rows = arrival.rows.filter(arrival.rows[column] > 0)
    middles = rows.group_by("file_id").agg(middle=rows[column].median())
    kept = kept_rows(view.store, arrival.table, replaced=view.replaced)
    last = kept.filter(kept[column] > 0, kept.as_of == kept.as_of.max())
    known = last.aggregate(file_id=ibis.null("int32"), middle=last[column].median())
    usual = ibis.union(middles.select(middle=middles.middle), known.select("middle")).aggregate(
        usual=ibis._.middle.median()
    )
    judged = middles.cross_join(usual)
    is_off = (judged.middle * most < judged.usual) | (judged.middle > judged.usual * most)
    tie = TIES["unit_jumps"]
    rule = Rule("unit_jumps", column, tie.severity, tie.fix)
    return listed_failures(view.store, arrival, _told(judged.filter(is_off)), rule=rule)


def _told(broken: ir.Table) -> ir.Table:
    value = "median " + broken.middle.round(2).cast("string")
    return broken.select("file_id", row_number=ibis.null("int64"), value=value)


def row_problems(view: View) -> Iterator[pd.DataFrame]:
    """Yield failures of rows by themselves, and columns whose values are those of another unit."""
    register_identifiers(view.store.con.con)
    policy = policy_of(view)
    for arrival in view.arriving.values():
        yield row_failures(
            view.store, arrival, row_rules(arrival.contract, filled=arrival.filled, lacking=arrival.lacking)
        )
        yield rates_above_cap(view, arrival)
        yield rates_below(view.store, arrival, policy)
        yield matures_late(view.store, arrival, policy)
        yield from unit_slips(view.store, arrival, policy)
        yield from amount_outliers(view.store, arrival, policy)
        yield from unlike_columns(view.store, arrival, policy)
        yield from unit_jumps(view, arrival, policy)
