"""What the contracts alone cannot say: the checks of the trade, each with its meaning, severity and remedy.

The numbers are those of the fifteen checks that bite most often. Numbers 6 (a later month
appended), 7 (orphans) and 13 (future dates) are rules of the contracts themselves.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tie:
    """One check of the trade.

    Parameters
    ----------
    name : str
        The rule, as failures call it.
    check : int
        Its number among the fifteen.
    severity : str
        ``block``, ``warn`` or ``note``.
    meaning : str
        What is wrong, in one sentence.
    fix : str
        What to do about it, as an instruction.
    """

    name: str
    check: int
    severity: str
    meaning: str
    fix: str


UNIT = "correct the column's unit in the mapping: 万元 are declared as wan_yuan, yuan as yuan"
CONTRACT_CHECKS = {6: "unique", 7: "orphan", 13: "future_date"}

TIES: dict[str, Tie] = {
    tie.name: tie
    for tie in (
        Tie("unit_slip", 1, "block", "the middle amount is no small loan's: the unit is another", UNIT),
        Tie("unit_doubt", 1, "warn", "the middle amount is very small for yuan", UNIT),
        Tie("total_off_by_unit", 1, "block", "the rows' sum is some 10,000 times off the control total", UNIT),
        Tie("balance_above_amount", 2, "block", "more is owed than was lent", "correct balance or amount"),
        Tie("month_above_amount", 2, "warn", "a month-end balance is above the amount lent", "correct one of the two"),
        Tie("maturity_before_disbursement", 3, "block", "the loan matures before it is paid out", "correct the dates"),
        Tie("campaign_closes_early", 3, "block", "the campaign closes before it begins", "correct the dates"),
        Tie("campaign_registered_late", 3, "warn", "the campaign was registered after it had begun",
            "register list, hold-out and reading date before the launch; what was agreed later proves nothing"),
        Tie("arms_drawn_late", 3, "warn", "a member was contacted before the arms were drawn",
            "draw the arms first, then contact"),
        Tie("class_lags_arrears", 3, "warn", "more than 90 days overdue and not yet substandard",
            "ask the risk desk for the class, the row is kept as it is"),
        Tie("closed_before_repayment", 4, "warn", "the loan was repaid after it was closed",
            "correct the closing date"),
        Tie("renewal_without_previous", 5, "warn", "a renewal names no previous loan", "fill previous_loan_id"),
        Tie("previous_loan_unknown", 5, "warn", "the previous loan is in no file", "ingest the older ledger too"),
        Tie("loan_vanished", 6, "warn", "a live loan of the previous snapshot is not in this one",
            "say whether it was settled, written off or transferred; until then it counts as unknown"),
        Tie("hash_is_plain", 8, "block", "an identifier stands here in plain text", "let the mapping pseudonymise it"),
        Tie("hash_unsalted", 8, "warn", "the value is a plain digest of an empty word", "pseudonymise with the key"),
        Tie("hash_shared", 8, "warn", "several customers carry one identity", "check whether they are one customer"),
        Tie("hash_low_entropy", 8, "warn", "one value stands in a fifth of the rows", "leave unknown values empty"),
        Tie("implausible_date", 9, "block", "the year is before 1900 or after 2199",
            "read the column as Excel serials, or leave an open end empty"),
        Tie("month_gap", 10, "warn", "months are missing between the first and the last", "ingest the missing months"),
        Tie("rate_scale", 11, "warn", "the yearly rate is below half a percent",
            "check whether percent was taken for permille"),
        Tie("control_total_differs", 14, "warn", "the rows' sum is off the control total by more than 0.1 %",
            "find the missing or doubled rows before the figures are quoted"),
        Tie("control_total_alone", 14, "note", "rows and control total are not of one date", "ingest both of one date"),
        Tie("identity_in_key", 15, "block", "an identity number stands in a key or a text",
            "let the mapping pseudonymise the column"),
        Tie("phone_in_key", 15, "warn", "eleven digits like a mobile number stand in a key or a text",
            "pseudonymise the column if they are phones"),
        Tie("free_text", 15, "warn", "a text is longer than 60 characters", "map it to a short code"),
        Tie("schedule_sum_differs", 14, "warn", "the schedule's principal does not sum to the amount",
            "ingest the whole schedule of the loan"),
        Tie("payee_is_borrower", 12, "warn", "an entrusted payment went to the borrower",
            "correct the way of paying or the payee"),
        Tie("invoice_sum_differs", 2, "warn", "net and tax do not sum to gross", "check the columns of the list"),
        Tie("invoice_number_repeated", 6, "warn", "an invoice number stands more than once", "check for re-exports"),
        Tie("invoice_row_repeated", 6, "warn", "an invoice stands twice with the same content",
            "check for re-exports; the rows are kept"),
    )
}  # fmt: skip
