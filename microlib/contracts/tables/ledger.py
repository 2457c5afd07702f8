"""Level 0, the ledger (台账): branches, managers, customers, products, facilities, loans, control totals."""

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
    share,
    text,
    wanted,
    yuan,
)

CUSTOMER_KINDS = "company sole_trader owner_of_small_firm farm_household person"
BRANCHES = Table(
    "branches",
    "机构",
    ("branch_id",),
    level=0,
    state=True,
    columns=(
        key("branch_id", "机构号", example="0755"),
        text("name", "机构名称", required=True, example="示例支行"),
        key("parent_id", "上级机构号", required=False),
        text("city", "城市", example="示例市"),
        text("region_code", "行政区划代码", example="440300"),
        day("opened_date", "开业日期"),
        yuan("authority_limit_yuan", "审批权限"),
        flag("is_active", "是否在营"),
    ),
)
RMS = Table(
    "rms",
    "客户经理",
    ("rm_id",),
    level=0,
    state=True,
    columns=(
        key("rm_id", "信贷员工号", example="R001"),
        key("branch_id", "机构号", "branches", example="0755"),
        hashed("name_hash", "姓名"),
        code("role", "岗位", "retail micro corporate team_lead"),
        day("start_date", "上岗日期"),
        day("end_date", "离岗日期"),
        count("hours_month_count", "月工时", high=220),
        share("selling_share", "营销时间占比"),
        text("team", "团队"),
    ),
)
CUSTOMERS = Table(
    "customers",
    "客户",
    ("customer_id",),
    level=0,
    state=True,
    columns=(
        key("customer_id", "客户号", example="C000001"),
        key("branch_id", "管户机构号", "branches", example="0755"),
        code("kind", "客户类型", CUSTOMER_KINDS),
        hashed("name_hash", "客户名称"),
        hashed("uscc_hash", "统一社会信用代码"),
        hashed("id_hash", "证件号码"),
        hashed("phone_hash", "手机号"),
        hashed("address_hash", "经营地址"),
        day("established_date", "成立日期"),
        text("industry_code", "行业代码", example="F5174"),
        code("size", "企业规模", "micro small medium large unknown"),
        text("region_code", "行政区划代码"),
        key("venue_id", "市场编号", required=False),
        count("employees_count", "从业人数"),
        yuan("annual_sales_yuan", "年销售收入"),
        code("sales_source", "收入来源", "declared tax flows invoices"),
        key("rm_id", "管户客户经理", "rms", required=False),
        day("first_loan_date", "首次贷款日期"),
        flag("is_inclusive", "是否普惠"),
        flag("is_economically_dependent", "是否经济依存"),
        key("group_id", "集团编号", required=False),
        flag("is_related_party", "是否关联方"),
        flag("consents_marketing", "营销授权"),
        flag("consents_invoices", "发票授权"),
        flag("consents_flows", "流水授权"),
        yuan("deposits_avg_12m_yuan", "存款年日均"),
        text("rating", "信誉评级", example="A"),
        flag("is_defaulted", "是否违约"),
        day("defaulted_date", "违约日期"),
    ),
)
PARTY_TABLES = (BRANCHES, RMS, CUSTOMERS)
REPAYMENTS = (
    "equal_instalment equal_principal interest_only bullet"
    " equal_principal_and_interest seasonal revolving balloon other"
)
GUARANTEES = "credit guarantee mortgage pledge mixed"
ISSUE_TYPES = "new renewal_without_principal refinance extension restructure transferred_in"
CLASSES = "normal special_mention substandard doubtful loss"
LOAN_STATUSES = "normal overdue settled written_off transferred unknown"
#: statuses of a loan that has left the book
CLOSED_STATUSES = ("settled", "written_off", "transferred")
#: classes that are bad loans (不良): substandard and worse
BAD_CLASSES = tuple(CLASSES.split()[2:])
#: issue types by which an old debt lives on
RENEWALS = ("renewal_without_principal", "refinance", "extension", "restructure")
PRODUCTS = Table(
    "products",
    "产品",
    ("product_id",),
    level=0,
    state=True,
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
        share("min_yearly_rate", "最低年利率", high=HIGHEST_RATE),
        share("max_yearly_rate", "最高年利率", high=HIGHEST_RATE),
        code("status", "状态", "draft pilot live retired"),
    ),
)
FACILITIES = Table(
    "facilities",
    "授信额度",
    ("facility_id",),
    level=0,
    state=True,
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
)
LOANS = Table(
    "loans",
    "借据",
    ("loan_id",),
    level=0,
    state=True,
    columns=(
        key("loan_id", "借据号", example="L00000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        key("contract_id", "合同号", required=False),
        key("facility_id", "授信编号", "facilities", required=False),
        key("product_id", "产品编号", "products", required=False),
        key("branch_id", "机构号", "branches", example="0755"),
        key("rm_id", "信贷员工号", "rms", required=False),
        day("disbursed_date", "发放日期", required=True),
        wanted(day("maturity_date", "到期日期", required=True)),
        day("closed_date", "终结日期"),
        yuan("amount_yuan", "贷款金额", required=True),
        wanted(yuan("balance_yuan", "贷款余额", required=True)),
        wanted(share("yearly_rate", "年利率", required=True, high=HIGHEST_RATE)),
        code("rate_type", "利率类型", "lpr fixed"),
        code("repayment", "还款方式", REPAYMENTS),
        code("guarantee", "担保方式", GUARANTEES),
        text("purpose", "用途"),
        text("use_industry_code", "投向行业"),
        code("issue_type", "发放类型", ISSUE_TYPES),
        key("previous_loan_id", "上笔借据号", required=False),
        count("extensions_count", "展期次数"),
        wanted(count("overdue_days", "逾期天数", required=True)),
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
)
CONTROL_TOTALS = Table(
    "control_totals",
    "控制总数",
    ("branch_id",),
    level=0,
    state=True,
    columns=(
        key("branch_id", "机构号", "branches", example="0755"),
        count("customers_count", "贷款户数", required=True),
        yuan("balance_yuan", "贷款余额", required=True),
        yuan("overdue_yuan", "逾期余额", required=True),
    ),
)
#: all of level 0, parties first
TABLES = (*PARTY_TABLES, PRODUCTS, FACILITIES, LOANS, CONTROL_TOTALS)
