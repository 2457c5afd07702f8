"""Levels 1 and 2: month-end balances, schedules, repayments, use of funds, visits, and how the bank served."""

from __future__ import annotations

from microlib.contracts.columns import (
    HIGHEST_RATE,
    Table,
    code,
    count,
    day,
    flag,
    hashed,
    key,
    moment,
    month,
    number,
    share,
    text,
    wanted,
    yuan,
)
from microlib.contracts.tables.ledger import CLASSES, LOAN_STATUSES

LOAN_MONTHS = Table(
    "loan_months",
    "月末借据",
    ("loan_id", "month"),
    level=1,
    state=False,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        month("month", "月份"),
        yuan("balance_yuan", "余额", required=True),
        wanted(count("overdue_days", "逾期天数", required=True)),
        code("class5", "五级分类", CLASSES),
        code("status", "状态", LOAN_STATUSES, required=True),
        share("yearly_rate", "年利率", high=HIGHEST_RATE),
    ),
)
SCHEDULES = Table(
    "schedules",
    "还款计划",
    ("loan_id", "term_number"),
    level=1,
    state=False,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        count("term_number", "期数", required=True, low=1),
        day("due_date", "应还日期", required=True),
        yuan("principal_yuan", "应还本金", required=True),
        yuan("interest_yuan", "应还利息", required=True),
        yuan("fee_yuan", "应还费用"),
    ),
)
REPAYMENTS = Table(
    "repayments",
    "还款明细",
    ("loan_id", "paid_date", "sequence_number"),
    level=1,
    state=False,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        day("paid_date", "还款日期", required=True),
        count("sequence_number", "序号", required=True, low=1),
        yuan("principal_yuan", "本金", required=True),
        yuan("interest_yuan", "利息", required=True),
        yuan("fee_yuan", "费用"),
        code("source", "还款来源", "scheduled voluntary guarantor other_bank renewal unknown"),
    ),
)
TABLES = (LOAN_MONTHS, SCHEDULES, REPAYMENTS)
PAYEE_KINDS = (
    "supplier contractor landlord employee customer_self related_party lender property_seller securities_broker"
    " platform other unknown"
)
MEMO_CODES = "goods equipment works rent wages tax transfer debt_repayment property investment other"
BAD_REASONS = (
    "business_decline diverted_use hidden_debt deception family guarantee_call unwilling buyer_default disaster other"
)
CONTROLS = (
    "use_of_funds_check debt_check own_funds_proof site_visit related_borrower_check identity_check"
    " collateral_valuation guarantor_check buyer_check post_loan_visit entrusted_payment none"
)
PAYMENTS = Table(
    "payments",
    "放款去向",
    ("loan_id", "sequence_number"),
    level=2,
    state=False,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        count("sequence_number", "序号", required=True, low=1),
        day("paid_date", "支付日期", required=True),
        yuan("amount_yuan", "支付金额", required=True),
        code("method", "支付方式", "entrusted own", required=True),
        hashed("payee_hash", "收款方", required=True),
        code("payee_kind", "收款方类型", PAYEE_KINDS),
        flag("is_related", "收款方是否关联"),
        code("memo_code", "用途代码", MEMO_CODES),
        yuan("returned_yuan", "回流金额"),
        day("returned_date", "回流日期"),
    ),
)
SITE_CHECKS = Table(
    "site_checks",
    "三品三表",
    ("customer_id", "checked_date"),
    level=2,
    state=False,
    columns=(
        key("customer_id", "客户号", "customers", example="C000001"),
        day("checked_date", "核查日期", required=True),
        key("rm_id", "核查客户经理", "rms", required=False),
        flag("references_asked", "人品是否侧面核实"),
        flag("products_seen", "产品是否现场核实"),
        flag("pledge_seen", "押品是否现场核实"),
        number("electricity_kwh", "月用电量", low=0),
        number("water_m3", "月用水量", low=0),
        yuan("tax_sales_yuan", "报税销售额"),
        yuan("customs_yuan", "报关金额"),
        yuan("stock_yuan", "存货"),
        count("stock_days_count", "存货周转天数"),
        yuan("orders_yuan", "在手订单"),
        yuan("project_yuan", "项目总投入"),
        yuan("own_funds_yuan", "自有资金"),
        code("own_funds_evidence", "自有资金证明", "invoices flows none"),
        yuan("own_funds_borrowed_yuan", "自有资金中借入"),
        yuan("opening_worth_yuan", "期初权益", low=None),
        yuan("profit_yuan", "期间利润", low=None),
        yuan("injected_yuan", "期间投入"),
        yuan("withdrawn_yuan", "期间提取"),
        yuan("net_worth_yuan", "核实权益", low=None),
        yuan("declared_debt_yuan", "自报他行及民间负债"),
        yuan("declared_debt_month_yuan", "自报负债月还款"),
    ),
)
BAD_LOAN_REVIEWS = Table(
    "bad_loan_reviews",
    "不良复盘",
    ("loan_id",),
    level=2,
    state=True,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        day("reviewed_date", "复盘日期"),
        code("reason_code", "不良成因", BAD_REASONS, required=True),
        key("reviewer_id", "复盘人", required=False),
        code("second_reason_code", "复核成因", BAD_REASONS),
        key("second_reviewer_id", "复核人", required=False),
        code("missed_control", "本可发现的控制", CONTROLS),
        flag("evidence_existed", "当时是否已有证据"),
        yuan("realised_loss_yuan", "损失金额"),
        code("diligence", "尽职认定", "exempt not_exempt pending"),
        text("evidence_code", "证据代码"),
    ),
)
CONDUCT_TABLES = (PAYMENTS, SITE_CHECKS, BAD_LOAN_REVIEWS)
DOCUMENTS = (
    "identity licence lease account_statements invoices tax_returns financial_statements contracts"
    " collateral_papers utility_bills kin_consent guarantor_papers"
)
FACILITY_MONTHS = Table(
    "facility_months",
    "额度月度使用",
    ("facility_id", "month"),
    level=1,
    state=False,
    columns=(
        key("facility_id", "授信编号", "facilities", example="F000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        month("month", "月份"),
        yuan("limit_yuan", "可用额度", required=True),
        yuan("used_yuan", "日均用信", required=True),
        count("draws_count", "提款次数"),
        count("returns_count", "还款次数"),
    ),
)
APPLICATION_DOCUMENTS = Table(
    "application_documents",
    "申请资料",
    ("application_id", "document"),
    level=2,
    state=False,
    columns=(
        key("application_id", "申请编号", "applications", example="A000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        code("document", "资料", DOCUMENTS, required=True),
        flag("is_mandatory", "是否制度必备"),
        number("waited_days", "等待天数", low=0),
        flag("changed_decision", "是否改变审批结论"),
    ),
)
ONLINE_SCREENS = Table(
    "online_screens",
    "线上初筛",
    ("screen_id",),
    level=2,
    state=False,
    columns=(
        key("screen_id", "初筛编号", example="O000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        key("product_id", "产品编号", "products", required=False),
        moment("screened_at", "初筛时间", required=True),
        number("decision_seconds", "决策秒数", low=0),
        code("decision", "审批结论", "approved refused", required=True),
        yuan("granted_yuan", "批准金额"),
        yuan("needed_yuan", "客户所需金额"),
        text("reason_code", "原因代码"),
    ),
)
SERVICE_TABLES = (FACILITY_MONTHS, APPLICATION_DOCUMENTS, ONLINE_SCREENS)
