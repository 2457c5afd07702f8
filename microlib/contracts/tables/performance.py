"""Level 4, management: targets, what managers did month by month, tasks of a rollout."""

from microlib.contracts.columns import Column, Table, code, count, day, key, month, text, yuan

TARGET_METRICS = "loans_count amount_yuan balance_yuan first_time_count"

TARGETS = Table(
    "targets", "目标", ("target_scope", "scope_id", "target_month", "metric"), level=4, state=True,
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
)  # fmt: skip

RM_MONTHS = Table(
    "rm_months", "客户经理月度业绩", ("rm_id", "month"), level=4, state=False,
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
)  # fmt: skip

PLAN_TASKS = Table(
    "plan_tasks", "落地计划任务", ("task_id",), level=4, state=True,
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
)  # fmt: skip

TABLES = (TARGETS, RM_MONTHS, PLAN_TASKS)
