"""Checks between tables that columns alone cannot state, and what each table unlocks in the reports.

`TIES` lists them with meaning, severity and remedy; `microlib.bank` evaluates them. The numbers are those
of the checks that bite most often; 6 (a month appended late), 7 (orphans) and 13 (future dates) are
contract rules. `UNLOCKS` says what a bank lacks without a table.
"""

from __future__ import annotations

import re
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


#: what a branch may be called, since folders and links bear its code
FOLDER_CODE = "[A-Za-z0-9_-]{1,64}"
#: folders that reports keep for themselves, and names that some systems keep for devices
RESERVED_CODES = (
    *("bundles", "head-office", "managers", "con", "prn", "aux", "nul"),
    *(f"{device}{number}" for device in ("com", "lpt") for number in range(10)),
)


def names_folder(code: str) -> bool:
    """Return whether a branch's code can name a folder of reports, in any system.

    Examples
    --------
    >>> names_folder("0755"), names_folder("福田支行"), names_folder("Bundles"), names_folder("-x")
    (True, False, False, False)
    """
    is_plain = re.fullmatch(FOLDER_CODE, code) is not None and not code.startswith("-")
    return is_plain and code.lower() not in RESERVED_CODES


UNIT = "correct the column's unit in the mapping: 万元 are declared as wan_yuan, yuan as yuan"
ZEROS = "export the column as text: a cell that is a number loses its leading zeros (0755 becomes 755)"
MIXED = "look whether these rows are in another unit (万元), and mend them in the file"
CONTRACT_CHECKS = {6: "unique", 7: "orphan", 13: "future_date"}
TIES: dict[str, Tie] = {
    tie.name: tie
    for tie in (
        Tie("unit_slip", 1, "block", "the middle amount is no small loan's: the unit is another", UNIT),
        Tie("unit_mixed", 1, "block", "some amounts are a thousandth of the file's middle one, or less", MIXED),
        Tie("amount_small", 1, "warn", "the amount is a thousandth of the file's middle one, or less", MIXED),
        Tie("amount_large", 1, "block", "the amount is a thousand times the file's middle one, or more", MIXED),
        Tie("unit_jumps", 1, "block", "the middle amount is hundreds of times off that of the other months", UNIT),
        Tie("unit_of_two_columns", 1, "block", "the middle balance is a 500th of the amount lent, or less", UNIT),
        Tie("unit_doubt", 1, "warn", "the middle amount is very small or large for yuan", UNIT),
        Tie(
            "rate_high",
            1,
            "warn",
            "the middle yearly rate is higher than banks lend at",
            "look whether the source quotes by the month, or in percent, and say it under units in the mapping",
        ),
        Tie("total_off_by_unit", 1, "block", "the rows' sum is some 10,000 times off the control total", UNIT),
        Tie(
            "settled_with_balance",
            2,
            "warn",
            "the loan is settled (结清) or transferred and has a balance: it leaves every ratio",
            "correct the status or the balance",
        ),
        Tie(
            "overdue_above_balance",
            2,
            "warn",
            "more principal is overdue than is owed",
            "correct the principal overdue or the balance",
        ),
        Tie(
            "arrears_without_days",
            2,
            "warn",
            "principal overdue, a first overdue date or the status overdue (逾期), and no days overdue",
            "correct the days: they are what every arrears figure counts by",
        ),
        Tie(
            "matured_without_days",
            2,
            "warn",
            "the loan has matured with a balance, and has no days overdue",
            "correct the days overdue, the maturity (extended?) or the balance",
        ),
        Tie(
            "overdue_before_disbursement",
            3,
            "block",
            "the loan is overdue since before it was paid out",
            "correct the days or the date; leave it empty where there are no arrears (1900-01-01 is no date)",
        ),
        Tie(
            "maturity_far",
            3,
            "warn",
            "the loan runs longer than any does",
            "correct the date; leave an open end empty",
        ),
        Tie("zeros_lost", 6, "block", "the key is that of another row but for leading zeros", ZEROS),
        Tie(
            "keys_alike",
            6,
            "warn",
            "two keys differ only by capitals, blanks, strokes or letters that look alike",
            "write one of them the same way in every row, if they are one",
        ),
        Tie(
            "keys_rounded",
            6,
            "warn",
            "all long numbers of the key end in noughts: a spreadsheet seems to have rounded them",
            "export the column as text from its source: a sheet that held them as numbers has lost digits",
        ),
        Tie("zeros_doubted", 6, "warn", "the key seems to have lost leading zeros that others have", ZEROS),
        Tie("balance_above_amount", 2, "block", "more is owed than was lent", "correct balance or amount"),
        Tie("month_above_amount", 2, "warn", "a month-end balance is above the amount lent", "correct one of the two"),
        Tie("maturity_before_disbursement", 3, "block", "the loan matures before it is paid out", "correct the dates"),
        Tie("campaign_closes_early", 3, "block", "the campaign closes before it begins", "correct the dates"),
        Tie(
            "campaign_registered_late",
            3,
            "warn",
            "the campaign was registered after it had begun",
            "register list, hold-out and reading date before the launch; what was agreed later proves nothing",
        ),
        Tie(
            "arms_drawn_late",
            3,
            "warn",
            "a member was contacted before the arms were drawn",
            "draw the arms first, then contact",
        ),
        Tie(
            "class_lags_arrears",
            3,
            "warn",
            "more than 90 days overdue and not yet substandard",
            "ask the risk desk for the class, the row is kept as it is",
        ),
        Tie(
            "closed_before_repayment", 4, "warn", "the loan was repaid after it was closed", "correct the closing date"
        ),
        Tie("renewal_without_previous", 5, "warn", "a renewal names no previous loan", "fill previous_loan_id"),
        Tie("previous_loan_unknown", 5, "warn", "the previous loan is in no file", "ingest the older ledger too"),
        Tie(
            "loan_vanished",
            6,
            "warn",
            "a live loan of the previous snapshot is not in this one",
            "say whether it was settled, written off or transferred; until then it counts as unknown",
        ),
        Tie("hash_is_plain", 8, "block", "an identifier stands here in plain text", "let the mapping pseudonymise it"),
        Tie("hash_unsalted", 8, "warn", "the value is a plain digest of an empty word", "pseudonymise with the key"),
        Tie("hash_shared", 8, "warn", "several customers carry one identity", "check whether they are one customer"),
        Tie("hash_low_entropy", 8, "warn", "one value stands in a fifth of the rows", "leave unknown values empty"),
        Tie(
            "implausible_date",
            9,
            "block",
            "the year is before 1900 or after 2199",
            "read the column as Excel serials, or leave an open end empty",
        ),
        Tie("month_gap", 10, "warn", "months are missing between the first and the last", "ingest the missing months"),
        Tie(
            "rate_scale",
            11,
            "warn",
            "the yearly rate is below half a percent",
            "check whether percent was taken for permille",
        ),
        Tie(
            "rate_nought",
            11,
            "warn",
            "half of the loans or more bear a rate of nought",
            "leave the rate empty where it is not known",
        ),
        Tie(
            "control_total_differs",
            14,
            "warn",
            "the rows' sum is off the control total by more than 0.1 %",
            "find the missing or doubled rows before the figures are quoted",
        ),
        Tie("control_total_alone", 14, "note", "rows and control total are not of one date", "ingest both of one date"),
        Tie(
            "identity_in_key",
            15,
            "block",
            "an identifier of a person (identity number, card, sole trader's code, mail ...) stands in a key or a text",
            "let the mapping pseudonymise the column, or take the identifier out of the text",
        ),
        Tie(
            "phone_in_key",
            15,
            "block",
            "a number like a mobile phone's stands in a key or a text",
            "let the mapping pseudonymise the column, or take the number out of the text",
        ),
        Tie(
            "branch_code",
            15,
            "block",
            "a branch's code cannot name a folder",
            "give every branch a code of letters, digits, _ and - (64 at most, none of "
            f"{', '.join(RESERVED_CODES[:3])} ...): map the column that holds codes, not names",
        ),
        Tie("free_text", 15, "warn", "a text is longer than 60 characters", "map it to a short code"),
        Tie(
            "schedule_sum_differs",
            14,
            "warn",
            "the schedule's principal does not sum to the amount",
            "ingest the whole schedule of the loan",
        ),
        Tie(
            "payee_is_borrower",
            12,
            "warn",
            "an entrusted payment went to the borrower",
            "correct the way of paying or the payee",
        ),
        Tie("invoice_sum_differs", 2, "warn", "net and tax do not sum to gross", "check the columns of the list"),
        Tie("invoice_number_repeated", 6, "warn", "an invoice number stands more than once", "check for re-exports"),
        Tie(
            "invoice_row_repeated",
            6,
            "warn",
            "an invoice stands twice with the same content",
            "check for re-exports; the rows are kept",
        ),
    )
}
#: table -> (in Chinese, in English)
UNLOCKS: dict[str, tuple[str, str]] = {
    "branches": ("每家机构一份报告；没有它什么也不能导入", "one report per branch; nothing can be loaded without it"),
    "rms": ("每条建议落到客户经理", "an owner for every action"),
    "customers": ("客群划分、规模与行业", "segments, their size and industry"),
    "products": ("按产品的质量与余额", "quality and balance by product"),
    "facilities": ("授信使用率、审批权限、循环贷款", "utilisation, approval authority, revolving loans"),
    "loans": ("到期与预警、不良率与逾期率、集中度", "maturities and warnings, bad-loan ratios, concentration"),
    "control_totals": ("与总账核对", "a tie-out with the bank's own totals"),
    "loan_months": ("账龄曲线、新增逾期、迁徙", "vintage curves, new arrears, migration"),
    "schedules": ("首期违约、应还未还", "first-payment default, what was due and not paid"),
    "repayments": ("提前还款与还款来源", "early repayment and where repayments come from"),
    "customer_links": ("关联关系待核查清单", "the list of links to be checked"),
    "guarantees": ("担保圈与代偿", "guarantee circles and calls"),
    "collateral": ("抵押率与押品上限", "loan to value and the collateral cap"),
    "collateral_links": ("一押多贷、剩余额度", "one pledge behind many loans, headroom"),
    "applications": ("准入漏斗、拒绝原因、时效与时序异常", "the access funnel, refusals, time to yes, odd timelines"),
    "facility_months": (
        "额度怎么用、随借随还省多少利息",
        "how lines are drawn, what that saves",
    ),
    "application_documents": ("哪些资料改变过审批结论", "which papers ever changed a decision"),
    "online_screens": (
        "线上通过率、额度够不够、误拒的好客户",
        "online pass rates, limits, good customers refused",
    ),
    "disposals": ("押品变现率，按自己的处置经验定折扣", "what pledges really brought, haircuts by own experience"),
    "payments": ("用途核查：去向、回流、限额下拆分支付", "use of funds: where it went, what came back, split payments"),
    "site_checks": ("自有资金与隐性负债、三品三表", "own funds and hidden debt, what was seen on site"),
    "bad_loan_reviews": ("不良成因、本可发现的控制、尽职免责", "why loans went bad, which control would have seen it"),
    "invoices": ("交易对手集中度、季节、按发票测额度", "counterparty concentration, seasons, limits by invoices"),
    "flow_months": ("现金缺口、按流水测还款能力", "cash gaps, repayment capacity by account flows"),
    "core_enterprises": ("来源上限与合同账期", "caps per source, contractual payment terms"),
    "core_payables": ("核心企业付款拖延、停付 90 天损失", "how late a core pays, loss if it stops for 90 days"),
    "supply_contracts": ("标期、项目结束与贷款到期对照", "ends of tenders and projects beside maturities of loans"),
    "payable_loans": ("同一应收重复融资、控制等级", "one payable financed twice, levels of control"),
    "core_receipts": ("回款归集率、回款转走", "how much of what a core pays arrives here"),
    "external_series": ("外部因素敏感度（弹性）", "how far sales follow outside conditions (elasticity)"),
    "venue_rosters": ("市场容量与渗透率", "how many there are and how many we serve"),
    "campaigns": (
        "活动计划对实际、登记在前的读数约定",
        "a campaign's plan against what happened, and what was agreed before",
    ),
    "campaign_members": (
        "活动净效果与区间、单笔增量成本",
        "a campaign's net effect with its interval, cost per added loan",
    ),
    "leads": ("线索到放款的漏斗、转介绍集中度", "the funnel from lead to loan, concentration of referrers"),
    "touches": ("触达有效性、话术与时段比较", "which contacts work, by script and time"),
    "win_backs": ("挽留与挽回对照组后的净效果", "retention and win-back against a hold-out"),
    "churn_reviews": (
        "流失认定条件、流失原因排序、客户分析会材料",
        "the churn rule, reasons of loss, the meeting's pack",
    ),
    "targets": ("目标分解与缺口", "targets broken down, and the gap"),
    "rm_months": ("客户经理产能、激励方案回放", "managers' capacity, incentive schemes replayed"),
    "plan_tasks": ("落地计划的关键路径与延误", "the critical path of a rollout and its slippage"),
}
