"""Level 3, trade evidence: contracts of supply, loans against payables, and where a core's money arrives."""

from microlib.contracts.columns import Table, code, count, day, flag, key, text, yuan

SUPPLY_CONTRACTS = Table(
    "supply_contracts", "供货合同", ("contract_id",), level=3, state=True,
    columns=(
        key("contract_id", "合同编号", example="HT00001"),
        key("core_id", "核心企业编号", "core_enterprises", example="H01"),
        key("customer_id", "供应商客户号", "customers", required=False),
        code("kind", "合同类型", "tender framework project order", required=True),
        key("project_id", "项目编号", required=False),
        day("start_date", "起始日期", required=True),
        day("expiry_date", "到期日期"),
        yuan("amount_yuan", "合同金额"),
        count("warranty_months", "质保月数"),
        flag("is_back_to_back", "是否背靠背"),
        flag("has_wage_account", "是否有农民工工资专户"),
    ),
)  # fmt: skip

PAYABLE_LOANS = Table(
    "payable_loans", "应付账款融资", ("loan_id", "payable_id"), level=3, state=True,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        key("payable_id", "应付编号", "core_payables", example="Y000001"),
        yuan("assigned_yuan", "融资对应应收金额", required=True),
        day("notified_date", "通知日期"),
        day("registered_date", "登记日期"),
    ),
)  # fmt: skip

CORE_RECEIPTS = Table(
    "core_receipts", "核心企业回款", ("receipt_id",), level=3, state=False,
    columns=(
        key("receipt_id", "回款编号", example="Q000001"),
        key("core_id", "核心企业编号", "core_enterprises", example="H01"),
        key("customer_id", "供应商客户号", "customers", example="C000001"),
        key("payable_id", "应付编号", "core_payables", required=False),
        day("received_date", "回款日期", required=True),
        yuan("amount_yuan", "回款金额", required=True),
        code("account", "回款账户", "controlled own_account other_bank unknown", required=True),
        text("source", "来源"),
    ),
)  # fmt: skip

TABLES = (SUPPLY_CONTRACTS, PAYABLE_LOANS, CORE_RECEIPTS)
