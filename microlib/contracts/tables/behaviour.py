"""Level 1, behaviour: month-end balances, schedules, repayments."""

from microlib.contracts.columns import Table, code, count, day, key, month, share, yuan
from microlib.contracts.tables.ledger import CLASSES, LOAN_STATUSES

LOAN_MONTHS = Table(
    "loan_months", "月末借据", ("loan_id", "month"), level=1, state=False,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        month("month", "月份"),
        yuan("balance_yuan", "余额", required=True),
        count("overdue_days", "逾期天数", required=True),
        code("class5", "五级分类", CLASSES),
        code("status", "状态", LOAN_STATUSES, required=True),
        share("yearly_rate", "年利率", high=0.36),
    ),
)  # fmt: skip

SCHEDULES = Table(
    "schedules", "还款计划", ("loan_id", "term_number"), level=1, state=False,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        count("term_number", "期数", required=True, low=1),
        day("due_date", "应还日期", required=True),
        yuan("principal_yuan", "应还本金", required=True),
        yuan("interest_yuan", "应还利息", required=True),
        yuan("fee_yuan", "应还费用"),
    ),
)  # fmt: skip

REPAYMENTS = Table(
    "repayments", "还款明细", ("loan_id", "paid_date", "sequence_number"), level=1, state=False,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        day("paid_date", "还款日期", required=True),
        count("sequence_number", "序号", required=True, low=1),
        yuan("principal_yuan", "本金", required=True),
        yuan("interest_yuan", "利息", required=True),
        yuan("fee_yuan", "费用"),
        code("source", "还款来源", "scheduled voluntary guarantor other_bank renewal unknown"),
    ),
)  # fmt: skip

TABLES = (LOAN_MONTHS, SCHEDULES, REPAYMENTS)
