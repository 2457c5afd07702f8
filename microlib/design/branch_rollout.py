"""A branch as the rollout plan sees it: what managers can do, what is asked of them, how far the plan has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.design.branch import Branch
from microlib.design.result import result
from microlib.design.rollout import habits, month_plans, openings, target_plans, task_dates, workloads
from microlib.metrics.selling import monthly_counts, progresses


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
        """What matures over the plan's months (`month_plans.maturing_amount`), yuan."""
        return self.compute(month_plans.maturing_amount, months=self.policy.rollout.plan_months)

    @result
    def visiting_habits(self) -> habits.Habits:
        """How managers work and what comes of it (`habits.visiting_habits`)."""
        return self.compute(habits.visiting_habits)

    @result
    def usual_ticket(self) -> float:
        """The usual loan (`habits.usual_ticket`), yuan."""
        return habits.usual_ticket(self.visiting_habits)

    @result
    def monthly_capacity(self) -> pd.DataFrame:
        """What each manager can do in a month (`workloads.monthly_capacity`)."""
        level = self.policy.rollout.capacity_level
        return self.compute(workloads.monthly_capacity, managers=self.rms, level=level)

    @result
    def asked_amount(self) -> pd.DataFrame:
        """What targets ask for from next month on (`target_plans.asked_amount`)."""
        since = month_plans.next_month(self.as_of)
        return self.compute(target_plans.asked_amount, since=since, months=self.policy.rollout.plan_months)

    @result
    def target_modes(self) -> pd.DataFrame:
        """What is asked against what can be done, each way of counting (`target_plans.target_modes`)."""
        return self.compute(target_plans.target_modes)

    @result
    def loans_path(self) -> pd.DataFrame:
        """Planned and actual loans by month (`monthly_counts.loans_path`)."""
        return self.compute(monthly_counts.loans_path)

    @result
    def plan_progress(self) -> pd.DataFrame:
        """Whether the plan is kept (`progresses.plan_progress`)."""
        return progresses.plan_progress(self.loans_path)

    @result
    def task_dates(self) -> pd.DataFrame:
        """Tasks of the plan with their slack (`task_dates.task_dates`)."""
        return self.compute(task_dates.task_dates, tasks=self.plan_tasks)

    @result
    def target_decision(self) -> pd.DataFrame:
        """What the targets ask for (`openings.target_decision`)."""
        return self.compute(openings.target_decision)

    @result
    def progress_decision(self) -> pd.DataFrame:
        """What the plan's progress asks for (`openings.progress_decision`)."""
        return self.compute(openings.progress_decision)

    @result
    def task_decision(self) -> pd.DataFrame:
        """What late tasks ask for (`openings.task_decision`)."""
        return self.compute(openings.task_decision, tasks=self.task_dates)
