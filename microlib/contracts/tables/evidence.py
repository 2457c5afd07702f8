"""Level 3, business evidence: invoices, account flows, payables, rosters, contracts, where cores pay."""

from __future__ import annotations

from microlib.contracts.columns import (
    Column,
    Table,
    code,
    count,
    day,
    flag,
    hashed,
    key,
    month,
    number,
    share,
    text,
    yuan,
)

SUPPLY_CONTRACTS = Table(
    "supply_contracts",
    "供货合同",
    ("contract_id",),
    level=3,
    state=True,
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
)


PAYABLE_LOANS = Table(
    "payable_loans",
    "应付账款融资",
    ("loan_id", "payable_id"),
    level=3,
    state=True,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        key("payable_id", "应付编号", "core_payables", example="Y000001"),
        yuan("assigned_yuan", "融资对应应收金额", required=True),
        day("notified_date", "通知日期"),
        day("registered_date", "登记日期"),
    ),
)


CORE_RECEIPTS = Table(
    "core_receipts",
    "核心企业回款",
    ("receipt_id",),
    level=3,
    state=False,
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
)


TRADE_TABLES = (SUPPLY_CONTRACTS, PAYABLE_LOANS, CORE_RECEIPTS)


INVOICES = Table(
    "invoices",
    "发票",
    ("customer_id", "side", "invoice_number", "occurrence_number"),
    level=3,
    state=False,
    columns=(
        key("customer_id", "客户号", "customers", example="C000001"),
        code("side", "方向", "sale purchase", required=True),
        key("invoice_number", "发票号码", example="00012345"),
        count("occurrence_number", "同号序次", required=True, low=1),
        day("issued_date", "开票日期", required=True),
        hashed("counterparty_hash", "交易对方", required=True),
        yuan("net_yuan", "金额", required=True, low=None),
        yuan("tax_yuan", "税额", required=True, low=None),
        yuan("gross_yuan", "价税合计", required=True, low=None),
        code("status", "发票状态", "valid void", required=True),
        text("category", "品类"),
    ),
)


FLOW_MONTHS = Table(
    "flow_months",
    "月度流水",
    ("customer_id", "month", "channel"),
    level=3,
    state=False,
    columns=(
        key("customer_id", "客户号", "customers", example="C000001"),
        month("month", "月份"),
        code("channel", "渠道", "corporate_account business_account pos wallet", required=True),
        yuan("inflow_yuan", "流入", required=True),
        yuan("outflow_yuan", "流出", required=True),
        count("inflows_count", "流入笔数"),
        count("outflows_count", "流出笔数"),
        share("top1_inflow_share", "最大付款方占比"),
        share("top3_inflow_share", "前三付款方占比"),
        yuan("min_balance_yuan", "最低余额", low=None),
        count("active_days", "活跃天数", high=31),
    ),
)


CORE_ENTERPRISES = Table(
    "core_enterprises",
    "核心企业",
    ("core_id",),
    level=3,
    state=True,
    columns=(
        key("core_id", "核心企业编号", example="H01"),
        text("name", "名称", required=True, example="示例医院"),
        code("kind", "类型", "hospital infrastructure manufacturer market_operator platform chamber", required=True),
        text("industry_code", "行业代码"),
        code("size", "规模", "micro small medium large unknown"),
        code("ownership", "所有制", "public_institution state_owned private foreign"),
        count("contract_terms_days", "合同账期"),
        code("acknowledgement", "确权方式", "none verbal written"),
        text("programme", "合作项目"),
        yuan("direct_exposure_yuan", "直接授信"),
        yuan("cap_yuan", "总额上限"),
        hashed("uscc_hash", "统一社会信用代码"),
        key("managing_branch_id", "管户行", "branches", required=False),
        key("manager_rm_id", "对公客户经理", "rms", required=False),
        day("bad_news_date", "负面信息日期"),
    ),
)


CORE_PAYABLES = Table(
    "core_payables",
    "应付账款",
    ("payable_id",),
    level=3,
    state=True,
    columns=(
        key("payable_id", "应付编号", example="Y000001"),
        key("core_id", "核心企业编号", "core_enterprises", example="H01"),
        key("customer_id", "供应商客户号", "customers", required=False),
        hashed("supplier_hash", "供应商信用代码"),
        day("delivered_date", "交货日期", required=True),
        day("due_date", "约定付款日", required=True),
        day("paid_date", "实际付款日"),
        yuan("amount_yuan", "应付金额", required=True),
        yuan("deducted_yuan", "扣减金额"),
        key("project_id", "项目编号", required=False),
        text("milestone", "节点"),
        yuan("retention_yuan", "质保金"),
        code("instrument", "支付工具", "cash bill voucher"),
        text("invoice_number", "发票号码"),
        code("category", "品类", "drug consumable device material haulage labour other"),
        day("acknowledged_date", "确权日期"),
        flag("is_disputed", "是否争议"),
    ),
)


VENUE_ROSTERS = Table(
    "venue_rosters",
    "场所名册",
    ("venue_id", "list_source", "member_number"),
    level=3,
    state=True,
    columns=(
        key("venue_id", "市场编号", example="V01"),
        text("list_source", "名册来源", required=True, example="market_office"),
        key("member_number", "成员序号", example="A-101"),
        code("kind", "场所类型", "market chamber park street village", required=True),
        text("venue_name", "场所名称", required=True, example="示例五金市场"),
        hashed("uscc_hash", "统一社会信用代码"),
        hashed("phone_hash", "手机号"),
        key("customer_id", "客户号", "customers", required=False),
        text("industry_code", "行业代码"),
        day("since_date", "入驻日期"),
        number("area_m2", "面积", low=0),
        yuan("monthly_rent_yuan", "月租金"),
        hashed("landlord_hash", "出租方"),
        flag("is_relocating", "是否搬迁"),
        day("list_date", "名册日期", required=True),
    ),
)


EXTERNAL_SERIES = Table(
    "external_series",
    "外部序列",
    ("series_id", "month"),
    level=3,
    state=False,
    columns=(
        key("series_id", "序列编号", example="hardware_prices"),
        month("month", "月份"),
        Column("value", "number", "数值", required=True, example="101.3"),
        text("unit", "计量单位", example="index"),
        code("driver", "驱动因素", "industry house_price medical_payment fiscal_payment commodity_price weather other"),
        text("industry_code", "适用行业", example="F5174"),
        text("source", "来源", required=True, example="示例来源"),
        text("note", "备注"),
    ),
)


TABLES = (INVOICES, FLOW_MONTHS, CORE_ENTERPRISES, CORE_PAYABLES, *TRADE_TABLES, VENUE_ROSTERS, EXTERNAL_SERIES)
