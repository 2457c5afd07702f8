"""Level 0, who is who: branches, managers, customers."""

from microlib.contracts.columns import Table, code, count, day, flag, hashed, key, share, text, yuan

CUSTOMER_KINDS = "company sole_trader owner_of_small_firm farm_household person"

BRANCHES = Table(
    "branches", "机构", ("branch_id",), level=0, state=True,
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
)  # fmt: skip

RMS = Table(
    "rms", "客户经理", ("rm_id",), level=0, state=True,
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
)  # fmt: skip

CUSTOMERS = Table(
    "customers", "客户", ("customer_id",), level=0, state=True,
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
)  # fmt: skip

TABLES = (BRANCHES, RMS, CUSTOMERS)
