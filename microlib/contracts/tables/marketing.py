"""Level 4: campaigns and their members, leads, contacts, customers lost and won back, targets and tasks."""

from __future__ import annotations

from microlib.contracts.columns import Column, Table, code, count, day, flag, key, moment, month, share, text, yuan

TARGET_METRICS = "loans_count amount_yuan balance_yuan first_time_count"


TARGETS = Table(
    "targets",
    "目标",
    ("target_scope", "scope_id", "target_month", "metric"),
    level=4,
    state=True,
    columns=(
        code("target_scope", "目标层级", "branch rm", required=True),
        key("scope_id", "目标对象编号", example="0755"),
        month("target_month", "目标月份"),
        code("metric", "目标指标", TARGET_METRICS, required=True),
        key("branch_id", "机构号", "branches", example="0755"),
        Column("target_number", "number", "目标值", required=True, low=0.0, example="12"),
        text("target_source", "下达来源"),
        text("version", "版本"),
    ),
)


RM_MONTHS = Table(
    "rm_months",
    "客户经理月度业绩",
    ("rm_id", "month"),
    level=4,
    state=False,
    columns=(
        key("rm_id", "客户经理", "rms", example="R001"),
        month("month", "月份"),
        key("branch_id", "机构号", "branches", example="0755"),
        count("calls_count", "电话数"),
        count("visits_count", "拜访数"),
        count("applications_count", "进件数"),
        count("loans_count", "计绩放款笔数", required=True),
        count("late_loans_count", "月末三日计绩笔数"),
        yuan("amount_yuan", "计绩放款金额", required=True),
        yuan("overdue30_yuan", "逾期30天以上余额"),
        yuan("fee_yuan", "中间业务收入"),
        yuan("net_income_yuan", "FTP后净收入", low=None),
        yuan("pay_yuan", "绩效"),
        count("leave_days", "请假天数", high=31),
    ),
)


PLAN_TASKS = Table(
    "plan_tasks",
    "落地计划任务",
    ("task_id",),
    level=4,
    state=True,
    columns=(
        key("task_id", "任务编号", example="W001"),
        key("branch_id", "机构号", "branches", example="0755"),
        key("campaign_id", "活动编号", "campaigns", required=False),
        text("task", "任务", required=True, example="名单核对"),
        key("owner_id", "责任人编号", required=False),
        day("planned_start_date", "计划开始日", required=True),
        day("planned_end_date", "计划完成日", required=True),
        day("started_date", "实际开始日"),
        day("done_date", "实际完成日"),
        text("depends", "前置任务编号", example="W001;W002"),
    ),
)


PERFORMANCE_TABLES = (TARGETS, RM_MONTHS, PLAN_TASKS)


LEAD_SOURCES = "existing_customer roster referral core_supplier walk_in campaign"


LEAD_STATUSES = "open reached interested applied approved lent lost"


CONTACT_BASES = "consent existing_contract public_list referral none"


LOSS_REASONS = "price limit speed documents service refused_before moved_business closed_business no_need unknown"


VALUE_BANDS = "high middle low"


CAMPAIGNS = Table(
    "campaigns",
    "营销活动",
    ("campaign_id",),
    level=4,
    state=True,
    columns=(
        key("campaign_id", "活动编号", example="M2601"),
        key("branch_id", "机构号", "branches", example="0755"),
        key("programme_id", "总行方案号", required=False),
        text("name", "活动名称", required=True, example="示例活动"),
        code("goal", "活动目标", "new_loan retain regain referral", required=True),
        key("product_id", "产品编号", "products", required=False),
        key("venue_id", "市场编号", required=False),
        day("launch_date", "启动日期", required=True),
        day("closing_date", "结束日期", required=True),
        day("reading_date", "约定读数日"),
        day("registered_date", "登记日期"),
        code("design", "对照方式", "hold_out waves cluster none", required=True),
        share("holdout_share", "对照组占比"),
        text("stop_rule", "叫停线"),
        count("planned_members_count", "计划名单户数"),
        count("planned_reached_count", "计划触达户数"),
        count("planned_interested_count", "计划意向户数"),
        count("planned_applied_count", "计划申请户数"),
        count("planned_loans_count", "计划放款户数"),
        yuan("gifts_cost_yuan", "礼品费用"),
        yuan("staff_cost_yuan", "人工费用"),
        yuan("media_cost_yuan", "宣传费用"),
        yuan("reward_cost_yuan", "奖励费用"),
        yuan("margin_per_loan_yuan", "单笔全周期毛利"),
    ),
)


CAMPAIGN_MEMBERS = Table(
    "campaign_members",
    "活动名单",
    ("campaign_id", "customer_id"),
    level=4,
    state=True,
    columns=(
        key("campaign_id", "活动编号", "campaigns", example="M2601"),
        key("customer_id", "客户号", "customers", example="C000001"),
        key("branch_id", "机构号", "branches", example="0755"),
        code("arm", "组别", "treated control", required=True),
        count("wave", "批次", low=1),
        key("cluster_id", "整群编号", required=False),
        day("assigned_date", "分组日期", required=True),
        day("contacted_date", "首次触达日期"),
        code("contact_basis", "联系依据", CONTACT_BASES),
        key("loan_id", "登记借据号", "loans", required=False),
        day("outcome_date", "登记成交日期"),
        yuan("outcome_yuan", "登记成交金额"),
    ),
)


LEADS = Table(
    "leads",
    "线索",
    ("lead_id",),
    level=4,
    state=True,
    columns=(
        key("lead_id", "线索编号", example="D000001"),
        key("branch_id", "机构号", "branches", example="0755"),
        key("customer_id", "客户号", "customers", required=False),
        key("venue_id", "市场编号", required=False),
        key("member_number", "名册编号", required=False),
        code("lead_source", "线索来源", LEAD_SOURCES, required=True),
        text("channel", "渠道"),
        key("referrer_customer_id", "转介绍人客户号", required=False),
        key("campaign_id", "活动编号", "campaigns", required=False),
        key("rm_id", "客户经理", "rms", required=False),
        day("created_date", "建立日期", required=True),
        code("lead_status", "线索状态", LEAD_STATUSES, required=True),
        code("loss_reason", "流失原因", LOSS_REASONS),
        code("contact_basis", "联系依据", CONTACT_BASES),
        yuan("cost_yuan", "线索费用"),
        key("application_id", "申请编号", "applications", required=False),
        key("loan_id", "借据号", "loans", required=False),
    ),
)


TOUCHES = Table(
    "touches",
    "触达记录",
    ("touch_id",),
    level=4,
    state=False,
    columns=(
        key("touch_id", "触达编号", example="T0000001"),
        key("lead_id", "线索编号", "leads", example="D000001"),
        key("branch_id", "机构号", "branches", example="0755"),
        key("rm_id", "客户经理", "rms", required=False),
        moment("touched_at", "触达时间", required=True),
        code("way", "触达方式", "call visit wechat event", required=True),
        key("script_id", "话术编号", required=False),
        code("touch_result", "触达结果", "no_answer refused interested appointment applied", required=True),
        count("minutes_count", "用时分钟"),
    ),
)


WIN_BACKS = Table(
    "win_backs",
    "双挽名单",
    ("customer_id", "listed_date"),
    level=4,
    state=True,
    columns=(
        key("customer_id", "客户号", "customers", example="C000001"),
        day("listed_date", "列入名单日期", required=True),
        key("branch_id", "机构号", "branches", example="0755"),
        code("goal", "双挽目标", "retain regain", required=True),
        day("lost_date", "流失日期"),
        text("rule_code", "认定规则"),
        code("value_band", "价值分层", VALUE_BANDS),
        code("loss_reason", "流失原因", LOSS_REASONS),
        code("arm", "组别", "treated control", required=True),
        key("rm_id", "客户经理", "rms", required=False),
        text("offer", "挽回条件"),
        yuan("offer_cost_yuan", "挽回让利"),
        day("follow_up_date", "跟进期限"),
        day("contacted_date", "首次触达日期"),
        code("result", "跟进结果", "no_answer refused thinking returned retained"),
        day("returned_date", "挽回日期"),
    ),
)


CHURN_REVIEWS = Table(
    "churn_reviews",
    "流失户分析会记录",
    ("customer_id", "reviewed_date"),
    level=4,
    state=False,
    columns=(
        key("customer_id", "客户号", "customers", example="C000001"),
        day("reviewed_date", "会议日期", required=True),
        key("branch_id", "机构号", "branches", example="0755"),
        day("lost_date", "流失日期", required=True),
        code("loss_reason", "流失原因", LOSS_REASONS, required=True),
        code("gone_to", "去向", "other_bank other_lender none unknown"),
        code("value_band", "价值分层", VALUE_BANDS),
        day("last_contact_date", "最近联系日期"),
        code("would_return_for", "回流条件", "lower_rate higher_limit faster_decision revolving nothing unknown"),
        flag("is_not_to_recover", "是否不再挽回"),
        key("rm_id", "客户经理", "rms", required=False),
    ),
)


#: all of level 4, management last
TABLES = (CAMPAIGNS, CAMPAIGN_MEMBERS, LEADS, TOUCHES, WIN_BACKS, CHURN_REVIEWS, *PERFORMANCE_TABLES)
