"""Targets of branches and managers, and the tasks of the campaign that comes next."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World

GROWTH = 1.18
SLIPS, SLIPPED_DAYS = "0755", 6
#: task, days before launch at which it starts and ends, after which ones
TASKS = (
    ("名单与授权核对", 56, 47, ()), ("对照组随机分组并封存", 46, 43, (0,)), ("产品与费用口径确认", 50, 40, ()),
    ("话术与利益点卡片", 39, 30, (2,)), ("客户经理培训", 29, 25, (3,)), ("审批产能与排期确认", 38, 24, (2,)),
    ("首批名单下发", 10, 8, (1, 4)), ("启动会", 2, 1, (5, 6)),
)  # fmt: skip


def make_targets(world: World) -> None:
    """Write monthly targets for the last year and the next half: last year's loans and more, split evenly."""
    rms, months = world.frames["rm_months"], pd.period_range("2025-07", "2026-12", freq="M")
    own = rms.assign(period=pd.PeriodIndex(rms.month, freq="M"))
    yearly = own[own.period >= "2025-07"].groupby("branch_id")[["loans_count", "amount_yuan"]].sum() * GROWTH
    rows = [
        ("branch", branch, str(month), metric, branch, float(np.ceil(total / 12)))
        for metric in yearly for branch, total in yearly[metric].items() for month in months
    ]  # fmt: skip
    desks = own.drop_duplicates("rm_id").groupby("branch_id").rm_id.apply(list)
    rows += [
        ("rm", desk, str(month), "loans_count", branch, float(round(total / 12 / len(desks[branch]), 2)))
        for branch, total in yearly.loans_count.items() for desk in desks[branch] for month in months[-6:]
    ]  # fmt: skip
    names = ["target_scope", "scope_id", "target_month", "metric", "branch_id", "target_number"]
    world.keep("targets", pd.DataFrame(rows, columns=names).assign(target_source="head_office", version="2026-1"))


def make_plan_tasks(world: World) -> None:
    """Write the tasks before each campaign that has not begun; in one branch sealing the hold-out is late."""
    heads = world.frames["campaigns"]
    heads = heads[heads.launch_date > pd.Timestamp(world.as_of)]
    desks = world.frames["rms"].groupby("branch_id").rm_id.first()
    rows = [row for head in heads.itertuples() for row in _tasks(head, desks[head.branch_id], world.as_of)]
    world.keep("plan_tasks", pd.DataFrame(rows))
    world.truth["slippage"] = {"branch_id": SLIPS, "task": TASKS[1][0], "days": SLIPPED_DAYS}


def _tasks(head, owner: str, as_of) -> list[dict]:
    rows, today = [], pd.Timestamp(as_of)
    for number, (task, begin, end, after) in enumerate(TASKS):
        due = head.launch_date - pd.Timedelta(days=end)
        late = SLIPPED_DAYS if head.branch_id == SLIPS and number == 1 else 0
        done, began = due + pd.Timedelta(days=late), head.launch_date - pd.Timedelta(days=begin)
        rows.append({
            "task_id": f"{head.campaign_id}_{number + 1:02d}", "branch_id": head.branch_id, "task": task,
            "campaign_id": head.campaign_id, "owner_id": owner, "planned_start_date": began, "planned_end_date": due,
            "started_date": began if began <= today else pd.NaT, "done_date": done if done <= today else pd.NaT,
            "depends": ";".join(f"{head.campaign_id}_{place + 1:02d}" for place in after) or None,
        })  # fmt: skip
    return rows
