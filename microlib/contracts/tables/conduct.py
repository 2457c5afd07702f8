"""Level 2, conduct: where the money went, what was seen on site, why a loan went bad."""

from microlib.contracts.columns import Table, code, count, day, flag, hashed, key, number, text, yuan

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
    "payments", "放款去向", ("loan_id", "sequence_number"), level=2, state=False,
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
)  # fmt: skip

SITE_CHECKS = Table(
    "site_checks", "三品三表", ("customer_id", "checked_date"), level=2, state=False,
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
)  # fmt: skip

BAD_LOAN_REVIEWS = Table(
    "bad_loan_reviews", "不良复盘", ("loan_id",), level=2, state=True,
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
)  # fmt: skip

TABLES = (PAYMENTS, SITE_CHECKS, BAD_LOAN_REVIEWS)
