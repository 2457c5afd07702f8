"""Level 0, the ledger: products, facilities, loans, control totals (台账)."""

from microlib.contracts.columns import Table, code, count, day, flag, key, share, text, yuan
from microlib.contracts.tables import parties

REPAYMENTS = (
    "equal_instalment equal_principal interest_only bullet"
    " equal_principal_and_interest seasonal revolving balloon other"
)
GUARANTEES = "credit guarantee mortgage pledge mixed"
ISSUE_TYPES = "new renewal_without_principal refinance extension restructure transferred_in"
CLASSES = "normal special_mention substandard doubtful loss"
LOAN_STATUSES = "normal overdue settled written_off transferred unknown"

PRODUCTS = Table(
    "products", "产品", ("product_id",), level=0, state=True,
    columns=(
        key("product_id", "产品编号", example="P01"),
        text("name", "产品名称", required=True, example="市场经营贷"),
        code("kind", "产品类别", "standard nonstandard"),
        code("secured", "担保方式", GUARANTEES),
        flag("is_online", "是否线上"),
        flag("is_revolving", "是否循环"),
        yuan("min_amount_yuan", "最低金额"),
        yuan("max_amount_yuan", "最高金额"),
        count("min_term_months", "最短期限"),
        count("max_term_months", "最长期限"),
        share("min_yearly_rate", "最低年利率", high=0.36),
        share("max_yearly_rate", "最高年利率", high=0.36),
        code("status", "状态", "draft pilot live retired"),
    ),
)  # fmt: skip

FACILITIES = Table(
    "facilities", "授信额度", ("facility_id",), level=0, state=True,
    columns=(
        key("facility_id", "授信编号", example="F000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        yuan("approved_yuan", "授信金额", required=True),
        day("start_date", "起始日", required=True),
        day("expiry_date", "到期日", required=True),
        flag("is_revolving", "是否循环"),
        flag("is_secured", "是否有担保"),
        key("approver_id", "审批人", required=False),
        text("authority_level", "审批层级"),
        code("status", "状态", "active frozen expired cancelled"),
    ),
)  # fmt: skip

LOANS = Table(
    "loans", "借据", ("loan_id",), level=0, state=True,
    columns=(
        key("loan_id", "借据号", example="L00000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        key("contract_id", "合同号", required=False),
        key("facility_id", "授信编号", "facilities", required=False),
        key("product_id", "产品编号", "products", required=False),
        key("branch_id", "机构号", "branches", example="0755"),
        key("rm_id", "信贷员工号", "rms", required=False),
        day("disbursed_date", "发放日期", required=True),
        day("maturity_date", "到期日期", required=True),
        day("closed_date", "终结日期"),
        yuan("amount_yuan", "贷款金额", required=True),
        yuan("balance_yuan", "贷款余额", required=True),
        share("yearly_rate", "年利率", required=True, high=0.36),
        code("rate_type", "利率类型", "lpr fixed"),
        code("repayment", "还款方式", REPAYMENTS),
        code("guarantee", "担保方式", GUARANTEES),
        text("purpose", "用途"),
        text("use_industry_code", "投向行业"),
        code("issue_type", "发放类型", ISSUE_TYPES),
        key("previous_loan_id", "上笔借据号", required=False),
        count("extensions_count", "展期次数"),
        count("overdue_days", "逾期天数", required=True),
        yuan("overdue_principal_yuan", "欠本金额"),
        yuan("overdue_interest_yuan", "欠息金额"),
        day("first_overdue_date", "首次逾期日期"),
        code("class5", "五级分类", CLASSES),
        code("status", "贷款状态", LOAN_STATUSES, required=True),
        day("written_off_date", "核销日期"),
        yuan("written_off_yuan", "核销金额"),
        key("core_id", "核心企业编号", required=False),
        key("venue_id", "市场编号", required=False),
        text("channel", "渠道"),
        flag("is_inclusive", "是否普惠"),
        flag("is_agricultural", "是否涉农"),
        flag("repayment_source_confirmed", "还款来源是否确认"),
    ),
)  # fmt: skip

CONTROL_TOTALS = Table(
    "control_totals", "控制总数", ("branch_id",), level=0, state=True,
    columns=(
        key("branch_id", "机构号", "branches", example="0755"),
        count("customers_count", "贷款户数", required=True),
        yuan("balance_yuan", "贷款余额", required=True),
        yuan("overdue_yuan", "逾期余额", required=True),
    ),
)  # fmt: skip

#: all of level 0, parties first
TABLES = (*parties.TABLES, PRODUCTS, FACILITIES, LOANS, CONTROL_TOTALS)
