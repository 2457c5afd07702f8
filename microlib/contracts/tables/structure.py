"""Level 2, risk structure: links between customers, collateral and its sales, guarantees, applications."""

from __future__ import annotations

from microlib.contracts.columns import Table, code, count, day, flag, hashed, key, moment, number, share, text, yuan
from microlib.contracts.tables.behaviour import CONDUCT_TABLES, SERVICE_TABLES

LINK_TYPES = (
    "legal_representative controller shareholder spouse kin phone address mailbox account device"
    " guarantee shared_collateral referral registered_address accountant"
)
COLLATERAL_KINDS = "home shop factory land equipment receivable inventory vehicle stall_right other"
CUSTOMER_LINKS = Table(
    "customer_links",
    "客户关联",
    ("customer_id_a", "customer_id_b", "link_type"),
    level=2,
    state=True,
    columns=(
        key("customer_id_a", "客户号甲", "customers", example="C000001"),
        key("customer_id_b", "客户号乙", "customers", example="C000002"),
        code("link_type", "关联类型", LINK_TYPES, required=True),
        hashed("value_hash", "关联值"),
        share("strength_share", "强度"),
        text("source", "来源"),
        day("seen_date", "发现日期"),
    ),
)
GUARANTEES = Table(
    "guarantees",
    "保证",
    ("loan_id", "guarantor_id"),
    level=2,
    state=True,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        key("guarantor_id", "保证人编号", example="C000002"),
        code("kind", "保证类型", "person company guarantee_company joint_group risk_pool", required=True),
        yuan("amount_yuan", "保证金额", required=True),
        yuan("net_worth_yuan", "净资产", low=None),
        day("called_date", "代偿日期"),
        yuan("called_yuan", "代偿金额"),
    ),
)
COLLATERAL = Table(
    "collateral",
    "押品",
    ("collateral_id",),
    level=2,
    state=True,
    columns=(
        key("collateral_id", "押品编号", example="K000001"),
        code("kind", "押品类型", COLLATERAL_KINDS, required=True),
        text("district", "区域"),
        number("area_m2", "面积", low=0),
        yuan("value_yuan", "评估价值", required=True),
        day("valued_date", "评估日期"),
        key("appraiser_id", "评估人", required=False),
        code("method", "评估方法", "comparison income cost automatic"),
        day("registered_date", "登记日期"),
        code("registration_order", "抵押顺位", "first second"),
        yuan("prior_charges_yuan", "前序抵押债权"),
        share("origin_ltv_share", "初始抵押率", high=5.0),
    ),
)
COLLATERAL_LINKS = Table(
    "collateral_links",
    "押品关联",
    ("loan_id", "collateral_id"),
    level=2,
    state=True,
    columns=(
        key("loan_id", "借据号", "loans", example="L00000001"),
        key("collateral_id", "押品编号", "collateral", example="K000001"),
        yuan("secured_yuan", "担保金额", required=True),
        code("owner", "权属", "self third_party"),
    ),
)
APPLICATIONS = Table(
    "applications",
    "申请",
    ("application_id",),
    level=2,
    state=False,
    columns=(
        key("application_id", "申请编号", example="A000001"),
        key("customer_id", "客户号", "customers", example="C000001"),
        key("product_id", "产品编号", "products", required=False),
        key("branch_id", "机构号", "branches", example="0755"),
        key("rm_id", "客户经理", "rms", required=False),
        text("channel", "渠道"),
        yuan("asked_yuan", "申请金额", required=True),
        text("purpose", "用途"),
        key("loan_id", "借据号", "loans", required=False),
        moment("submitted_at", "提交时间", required=True),
        moment("documents_complete_at", "资料齐备时间"),
        moment("surveyed_at", "调查时间"),
        moment("decided_at", "审批时间"),
        moment("signed_at", "签约时间"),
        moment("disbursed_at", "放款时间"),
        code("decision", "审批结论", "approved partly_approved refused withdrawn pending", required=True),
        text("reason_code", "原因代码"),
        key("approver_id", "审批人", required=False),
        flag("is_exception", "是否例外"),
        text("exception_code", "例外代码"),
        yuan("granted_yuan", "批准金额"),
        count("documents_count", "资料份数"),
        count("documents_required_count", "应交资料份数"),
        hashed("device_hash", "提交设备"),
    ),
)
DISPOSALS = Table(
    "disposals",
    "押品处置",
    ("collateral_id",),
    level=2,
    state=True,
    columns=(
        key("collateral_id", "押品编号", "collateral", example="K000001"),
        day("started_date", "处置启动日期"),
        day("sold_date", "处置日期", required=True),
        yuan("price_yuan", "处置价款", required=True),
        yuan("cost_yuan", "处置费用"),
        code("way", "处置方式", "auction agreed_sale transfer_of_claim debt_for_asset"),
    ),
)
#: all of level 2: structure, how applications and lines were served, conduct
OWN = (CUSTOMER_LINKS, GUARANTEES, COLLATERAL, COLLATERAL_LINKS, APPLICATIONS, DISPOSALS)
TABLES = (*OWN, *SERVICE_TABLES, *CONDUCT_TABLES)
