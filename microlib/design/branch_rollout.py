"""A branch as the rollout plan sees it: what managers can do, what is asked of them, how far the plan has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.result import result
from microlib.design.rollout_plan import (
    Habits,
    head_office_target,
    maturing_amount,
    monthly_capacity,
    next_month,
    progress_decision,
    target_decision,
    target_modes,
    task_dates,
    task_decision,
    usual_ticket,
    visiting_habits,
)
from microlib.metrics.selling import loans_path, plan_progress


class BranchRollout(Branch):
    """A branch with the results that its rollout plan rests on; open it with ``BranchRollout.of(branch)``."""

    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "habits": "visiting_habits",
        "capacities": "monthly_capacity",
        "asked": "asked_amount",
        "maturing_yuan": "maturing_amount",
        "modes": "target_modes",
        "path": "loans_path",
        "progress": "plan_progress",
        "ticket_yuan": "usual_ticket",
    }

    @result
    def maturing_amount(self) -> float:
        """What matures over the plan's months (`rollout_plan.maturing_amount`), yuan."""
        return self.compute(maturing_amount, months=self.policy.rollout.plan_months)

    @result
    def visiting_habits(self) -> Habits:
        """How managers work and what comes of it (`rollout_plan.visiting_habits`)."""
        return self.compute(visiting_habits)

    @result
    def usual_ticket(self) -> float:
        """The usual loan (`rollout_plan.usual_ticket`), yuan."""
        return usual_ticket(self.visiting_habits)

    @result
    def monthly_capacity(self) -> pd.DataFrame:
        """What each manager can do in a month (`rollout_plan.monthly_capacity`)."""
        level = self.policy.rollout.capacity_level
        return self.compute(monthly_capacity, managers=self.rms, level=level)

    @result
    def asked_amount(self) -> pd.DataFrame:
        """What targets ask for from next month on (`rollout_plan.head_office_target`)."""
        since = next_month(self.as_of)
        return self.compute(head_office_target, since=since, months=self.policy.rollout.plan_months)

    @result
    def target_modes(self) -> pd.DataFrame:
        """What is asked against what can be done, each way of counting (`rollout_plan.target_modes`)."""
        return self.compute(target_modes)

    @result
    def loans_path(self) -> pd.DataFrame:
        """Planned and actual loans by month (`selling.loans_path`)."""
        return self.compute(loans_path)

    @result
    def plan_progress(self) -> pd.DataFrame:
        """Whether the plan is kept (`selling.plan_progress`)."""
        return plan_progress(self.loans_path)

    @result
    def task_dates(self) -> pd.DataFrame:
        """Tasks of the plan with their slack (`rollout_plan.task_dates`)."""
        return self.compute(task_dates, tasks=self.plan_tasks)

    @result
    def target_decision(self) -> pd.DataFrame:
        """What the targets ask for (`rollout_plan.target_decision`)."""
        return self.compute(target_decision)

    @result
    def progress_decision(self) -> pd.DataFrame:
        """What the plan's progress asks for (`rollout_plan.progress_decision`)."""
        return self.compute(progress_decision)

    @result
    def task_decision(self) -> pd.DataFrame:
        """What late tasks ask for (`rollout_plan.task_decision`)."""
        return self.compute(task_decision, tasks=self.task_dates)
