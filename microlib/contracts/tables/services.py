"""Levels 1 and 2, how the bank served: papers asked for, what the online check said, how lines were drawn."""

from microlib.contracts.columns import Table, code, count, flag, key, moment, month, number, text, yuan

DOCUMENTS = (
    "identity licence lease account_statements invoices tax_returns financial_statements contracts"
    " collateral_papers utility_bills kin_consent guarantor_papers"
)

FACILITY_MONTHS = Table(
    "facility_months", "额度月度使用", ("facility_id", "month"), level=1, state=False,
    columns=(
        key("facility_id", "授信编号", "facilities", example="F000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        month("month", "月份"),
        yuan("limit_yuan", "可用额度", required=True),
        yuan("used_yuan", "日均用信", required=True),
        count("draws_count", "提款次数"),
        count("returns_count", "还款次数"),
    ),
)  # fmt: skip

APPLICATION_DOCUMENTS = Table(
    "application_documents", "申请资料", ("application_id", "document"), level=2, state=False,
    columns=(
        key("application_id", "申请编号", "applications", example="A000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        code("document", "资料", DOCUMENTS, required=True),
        flag("is_mandatory", "是否制度必备"),
        number("waited_days", "等待天数", low=0),
        flag("changed_decision", "是否改变审批结论"),
    ),
)  # fmt: skip

ONLINE_SCREENS = Table(
    "online_screens", "线上初筛", ("screen_id",), level=2, state=False,
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
)  # fmt: skip

TABLES = (FACILITY_MONTHS, APPLICATION_DOCUMENTS, ONLINE_SCREENS)
