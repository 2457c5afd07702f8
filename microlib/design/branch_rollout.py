"""A branch as the rollout plan sees it: targets and capacity, pay, leads, managers, contacts, progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.contracts.cases import VisitGuide
from microlib.contracts.needs import result
from microlib.design.branch import Branch
from microlib.design.branch_campaigns import BranchCampaigns
from microlib.design.cards import (
    above_only,
    approval_cells,
    benefit_cards,
    customer_benefits,
    demand_by_manager,
    factor_counts,
    guide_lines,
    objection_lines,
    overdue_standings,
    read_guide,
    route_list,
    signal_grid,
    team_board,
    team_capacity,
    work_list,
)
from microlib.design.decisions import WHOLE_BRANCH
from microlib.design.incentives import (
    first_code,
    paid_loans,
    read_schemes,
    replay_schemes,
    scheme_changes,
    scheme_titles,
    scheme_totals,
)
from microlib.design.judgement import listed_judgements, offered_to
from microlib.design.rollout_plan import (
    TARGET,
    branch_launch,
    gap_closers,
    head_office_target,
    held_tasks,
    last_year,
    manager_targets,
    maturing_amount,
    mean_ticket,
    month_targets,
    next_month,
    progress_decision,
    seen_capacity,
    seen_habits,
    seen_months,
    target_decision,
    target_modes,
    task_dates,
    task_decision,
    total_asked,
)
from microlib.design.term_tables import row_titles
from microlib.design.terms import Written
from microlib.metrics.market import (
    contact_counts,
    contact_rules,
    lately_contacted,
    need_signals,
    roster_noncustomers,
    supplier_noncustomers,
)
from microlib.metrics.rhythm import monthly_lending, without_push
from microlib.metrics.selling import (
    ENDS,
    STAGES,
    activity_contributions,
    day_parts,
    late_credits,
    lead_paths,
    loans_path,
    manager_activities,
    plan_progress,
    rate_standings,
    stage_conversions,
    step_credits,
    touch_responses,
)
from microlib.stats.seasonality import seasonal_index


class BranchRollout(Branch):
    """A branch with the results that its rollout plan rests on; open it with ``BranchRollout.of(branch)``."""

    PROPOSALS: ClassVar[tuple[str, ...]] = (
        "target_decision",
        "progress_decision",
        "task_decision",
        "maturity_decisions",
    )
    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "seen": "seen_months",
        "capacities": "seen_capacity",
        "asked": "asked_amount",
        "maturing_yuan": "maturing_amount",
        "modes": "target_modes",
        "path": "loans_path",
        "progress": "plan_progress",
        "ticket_yuan": "mean_ticket",
        "potentials": "demand_by_manager",
        "total_yuan": "total_asked",
        "lending": "monthly_lending",
        "acted": "manager_activities",
        "activities": "manager_activities",
        "parts": "activity_contributions",
        "cases": "lead_paths",
        "prospects": "need_signals",
        "ruled": "contact_rules",
        "listed": "work_list",
        "benefits": "customer_benefits",
    }

    def titles(self) -> dict[str, Mapping[str, object]]:
        """Return what codes of its results are called: column -> code -> words in both languages."""
        named = {"product_id": ("products", "name"), "venue_id": ("venue_rosters", "venue_name")}
        named |= {"core_id": ("core_enterprises", "name"), "team": ("rms", "team")}
        known = {key: (self[table], name) for key, (table, name) in named.items() if self.has(table)}
        rows = {key: row_titles(table, key=key, name=name) for key, (table, name) in known.items()}
        groups = {segment.code: segment for segment in self.segments}
        return {"scheme": scheme_titles(self.schemes), "segment": groups, **rows}

    # ---- targets against what can be done

    @result
    def maturing_amount(self) -> float:
        """What matures over the plan's months of what may be lent again (`rollout_plan.maturing_amount`), yuan."""
        return self.compute(maturing_amount, loans=self.open_loans, months=self.policy.rollout.plan_months)

    @result
    def seen_months(self) -> pd.DataFrame:
        """Visits, applications and lending of the last months (`rollout_plan.seen_months`)."""
        return self.compute(seen_months)

    @result
    def seen_habits(self) -> pd.DataFrame:
        """What a month brings and what a loan takes (`rollout_plan.seen_habits`), and how much of it is still open."""
        return self.compute(seen_habits, managers="rms", still_open=self.open_months)

    @result
    def open_months(self) -> pd.DataFrame:
        """The same months by what the register leaves open (`rollout_plan.seen_months`)."""
        return self.compute(seen_months, loans=self.open_loans)

    @result
    def mean_ticket(self) -> float:
        """The mean loan (`rollout_plan.mean_ticket`), yuan."""
        return mean_ticket(self.seen_months)

    @result
    def seen_capacity(self) -> pd.DataFrame:
        """What each manager lends in a month as he has lent to what is still open (`rollout_plan.seen_capacity`)."""
        plan = self.policy.rollout
        told = {"loans": self.open_loans, "seen": self.open_months}
        return self.compute(seen_capacity, managers="rms", months=plan.plan_months, level=plan.capacity_level, **told)

    @result
    def team_capacity(self) -> pd.DataFrame:
        """What each team does in a month (`cards.team_capacity`)."""
        return team_capacity(self.seen_capacity)

    @result
    def asked_amount(self) -> pd.DataFrame:
        """What targets ask for from next month on (`rollout_plan.head_office_target`)."""
        since = next_month(self.as_of)
        return self.compute(head_office_target, since=since, months=self.policy.rollout.plan_months)

    @result
    def total_asked(self) -> float:
        """The whole of it (`rollout_plan.total_asked`), yuan."""
        return total_asked(self.asked_amount)

    @result
    def target_modes(self) -> pd.DataFrame:
        """What is asked against what is done, each way of counting (`rollout_plan.target_modes`)."""
        return self.compute(target_modes)

    @result
    def gap_closers(self) -> pd.DataFrame:
        """What would close the gap (`rollout_plan.gap_closers`)."""
        return self.compute(gap_closers, months=self.policy.rollout.plan_months)

    @result
    def demand_by_manager(self) -> pd.Series:
        """What each manager's customers applied for in a year (`cards.demand_by_manager`), yuan."""
        return self.compute(demand_by_manager, applications=self.still_open(self.applications))

    @result
    def overdue_standings(self) -> pd.DataFrame:
        """Whose customers are late more often than the others' (`cards.overdue_standings`)."""
        return self.compute(overdue_standings, fewest=self.policy.rollout.fewest_count)

    @result
    def manager_targets(self) -> pd.DataFrame:
        """Who takes how much of what is asked (`rollout_plan.manager_targets`)."""
        return self.compute(manager_targets, quality="overdue_standings", months=self.policy.rollout.plan_months)

    # ---- the year

    @result
    def monthly_lending(self) -> pd.DataFrame:
        """Loans paid out by month (`rhythm.monthly_lending`)."""
        return monthly_lending(self.loans, as_of=self.as_of)

    @result
    def season(self) -> pd.DataFrame:
        """The year's rhythm without the bank's own pushes (`seasonality.seasonal_index`)."""
        return seasonal_index(without_push(self.monthly_lending))

    @result
    def month_path(self) -> pd.DataFrame:
        """What is asked, by month: season times ramp (`rollout_plan.month_targets`)."""
        return self.compute(month_targets, season="season", ramp_months=self.policy.rollout.ramp_months)

    @result
    def branch_launch(self) -> pd.DataFrame:
        """When to begin, counted back from the peak (`rollout_plan.branch_launch`)."""
        return self.compute(branch_launch)

    # ---- what work is paid

    @result
    def schemes(self) -> tuple[Written, ...]:
        """Schemes of pay as they are written down, the present one first (`incentives.read_schemes`)."""
        return read_schemes(self.home, as_of=self.as_of)

    @result
    def scheme_replay(self) -> pd.DataFrame:
        """Past loans paid again by each scheme (`incentives.replay_schemes`)."""
        return replay_schemes(self.compute(paid_loans), schemes=self.schemes)

    @result
    def scheme_totals(self) -> pd.DataFrame:
        """What each scheme costs, and what of it went to bad loans (`incentives.scheme_totals`)."""
        return scheme_totals(self.scheme_replay)

    @result
    def scheme_changes(self) -> pd.DataFrame:
        """How many gain or lose beside the present scheme (`incentives.scheme_changes`)."""
        return scheme_changes(self.scheme_replay, current=first_code(self.schemes))

    @result
    def team_board(self) -> pd.DataFrame:
        """Each team's months (`cards.team_board`)."""
        return self.compute(team_board)

    @result
    def late_credits(self) -> pd.DataFrame:
        """Managers whose loans crowd at month ends (`selling.late_credits`)."""
        return self.compute(late_credits, fewest=self.policy.rollout.fewest_count)

    @result
    def step_credits(self) -> pd.DataFrame:
        """Managers with many months of exactly the step of pay (`selling.step_credits`)."""
        return self.compute(step_credits, step=self.policy.rollout.pay_step_count)

    @result
    def late_sample(self) -> pd.DataFrame:
        """Those of `late_credits` that stand out (`cards.above_only`)."""
        return above_only(self.late_credits)

    @result
    def step_sample(self) -> pd.DataFrame:
        """Those of `step_credits` that stand out (`cards.above_only`)."""
        return above_only(self.step_credits)

    # ---- the plan, and how far it has come

    @result
    def loans_path(self) -> pd.DataFrame:
        """Planned and actual loans by month (`selling.loans_path`)."""
        return self.compute(loans_path)

    @result
    def plan_progress(self) -> pd.DataFrame:
        """Whether the plan is kept (`selling.plan_progress`), its rest at the pace of what may still be lent."""
        habits = self.if_known("seen_habits")
        if habits is None:
            return plan_progress(self.loans_path)
        share = float(habits["open_loans_count"].iloc[0] / habits["loans_count"].iloc[0])
        return plan_progress(self.loans_path, open_share=share)

    @result
    def task_dates(self) -> pd.DataFrame:
        """Tasks of the plan with their slack (`rollout_plan.task_dates`), those of a closed product held."""
        found = self.compute(task_dates, tasks=self.plan_tasks)
        campaigns = BranchCampaigns.of(self).if_known("held_campaigns")
        return found if campaigns is None else held_tasks(found, campaigns)

    # ---- from lead to loan

    @result
    def lead_paths(self) -> pd.DataFrame:
        """Each lead with the day of every stage (`selling.lead_paths`)."""
        return self.compute(lead_paths)

    @result
    def stage_conversions(self) -> pd.DataFrame:
        """How many go on from each stage (`selling.stage_conversions`)."""
        return self._conversions(stages=STAGES)

    @result
    def channel_conversions(self) -> pd.DataFrame:
        """The same for each source of leads."""
        return self._conversions(stages=STAGES, by=["lead_source"])

    @result
    def channel_ends(self) -> pd.DataFrame:
        """What is left of each source, from lead to loan."""
        return self._conversions(stages=ENDS, by=["lead_source"])

    def _conversions(self, **asked: object) -> pd.DataFrame:
        return self.compute(stage_conversions, ripe_days=self.policy.rollout.ripe_days, **asked)

    # ---- what managers did

    @result
    def manager_activities(self) -> pd.DataFrame:
        """A year of each manager's work (`selling.manager_activities`)."""
        since, until = last_year(self.as_of)
        return self.compute(manager_activities, since=since, until=until)

    @result
    def manager_standings(self) -> pd.DataFrame:
        """Who is above, below, or not to be told apart (`selling.rate_standings`)."""
        return rate_standings(approval_cells(self.manager_activities), fewest=self.policy.rollout.fewest_count)

    @result
    def activity_contributions(self) -> pd.DataFrame:
        """What activity, conversion and ticket add to each result (`selling.activity_contributions`)."""
        return activity_contributions(self.manager_activities)

    @result
    def activity_factors(self) -> pd.DataFrame:
        """For how many managers each of them counts most (`cards.factor_counts`)."""
        return factor_counts(self.activity_contributions)

    # ---- whom to contact, and with what

    @result
    def need_signals(self) -> pd.DataFrame:
        """Customers without a loan who show a sign of need (`market.need_signals`)."""
        return self.compute(need_signals, growth_share=self.policy.rollout.growth_share)

    @result
    def lately_contacted(self) -> pd.DataFrame:
        """Customers who are to be left in peace (`market.lately_contacted`)."""
        return self.compute(lately_contacted, rest_days=self.policy.rollout.rest_days)

    @result
    def contact_rules(self) -> pd.DataFrame:
        """Who may be contacted, and why not (`market.contact_rules`)."""
        shut, lately = self.shut_customers, self.if_known("lately_contacted")
        others = BranchCampaigns.of(self).if_known("hold_out")
        listed = () if others is None else others["customer_id"]
        return self.compute(contact_rules, lately=lately, closed=shut, listed=listed)

    @result
    def contact_counts(self) -> pd.DataFrame:
        """How many each rule leaves (`market.contact_counts`)."""
        return contact_counts(self.contact_rules)

    @result
    def signal_grid(self) -> pd.DataFrame:
        """Prospects by their signs (`cards.signal_grid`)."""
        return signal_grid(self.contact_rules)

    @result
    def roster_strangers(self) -> pd.DataFrame:
        """Members of each venue whom we do not know (`market.roster_noncustomers`)."""
        found = self.compute(roster_noncustomers)
        return found[~found["venue_id"].isin(self.closed_places)].reset_index(drop=True)

    @result
    def supplier_strangers(self) -> pd.DataFrame:
        """Suppliers of each core whom we do not know (`market.supplier_noncustomers`)."""
        found = self.compute(supplier_noncustomers)
        return found[~found["core_id"].isin(self.closed_places)].reset_index(drop=True)

    @result
    def work_list(self) -> pd.DataFrame:
        """Each manager's prospects (`cards.work_list`)."""
        return self.compute(work_list, most=self.policy.rollout.list_count)

    @result
    def route_list(self) -> pd.DataFrame:
        """The same by place (`cards.route_list`)."""
        return self.compute(route_list)

    @result
    def customer_benefits(self) -> pd.DataFrame:
        """What a product that the register lets be offered would save each prospect (`cards.customer_benefits`)."""
        shelf = self.products[~self.products["product_id"].isin(self.withheld)]
        found = self.compute(customer_benefits, customers="work_list", products=shelf)
        held = offered_to(found, self.if_known("members")).isin(self.withheld)
        return found[~held].reset_index(drop=True)

    @result
    def benefit_cards(self) -> pd.DataFrame:
        """The best of it on one line a prospect (`cards.benefit_cards`)."""
        return self.compute(benefit_cards)

    @result
    def guide(self) -> VisitGuide:
        """The guide for calls and visits as it is written down (`cards.read_guide`)."""
        return read_guide(self.home)

    @result
    def visit_guide(self) -> pd.DataFrame:
        """What is asked and said on a visit (`cards.guide_lines`)."""
        return guide_lines(self.guide)

    @result
    def objections(self) -> pd.DataFrame:
        """What customers say, and the facts that answer (`cards.objection_lines`)."""
        return objection_lines(self.guide)

    @result
    def touch_responses(self) -> pd.DataFrame:
        """Which way and hour people listen (`selling.touch_responses`)."""
        told = {"by": ["way", "day_part"], "fewest": self.policy.rollout.fewest_count}
        return touch_responses(day_parts(self.touches), **told)

    @result
    def script_responses(self) -> pd.DataFrame:
        """Which script people listen to (`selling.touch_responses`)."""
        return self.compute(touch_responses, by=["script_id"], fewest=self.policy.rollout.fewest_count)

    # ---- what is proposed

    @result
    def target_decision(self) -> pd.DataFrame:
        """What the targets ask for, under the branch's own state (`rollout_plan.target_decision`)."""
        over = any(judged["state"].eq("over").any() for judged in self.known("branch_judgement"))
        appetite = float(self.policy.quality.appetite_share) if over else None
        return self.compute(target_decision, over_share=appetite)

    @result
    def target_judgements(self) -> pd.DataFrame:
        """The target in the register: within reach, open or beyond (`judgement.listed_judgements`)."""
        asked = self.target_modes.set_index("target_mode").loc["top_down"]
        able = asked[["capacity_yuan", "capacity_high_yuan", "capacity_low_yuan"]].astype("float64")
        share, low, high = (asked["target_yuan"] / able.where(able > 0)).to_list()
        told = {"measure": "asked_share", "share": share, "share_low": low, "share_high": high}
        held = WHOLE_BRANCH if self.target_decision["step"].eq("target_only_where_sound").any() else ""
        found = pd.DataFrame({"segment": [TARGET], **told, "held_by": held, "settled_by": "month_ends"})
        found["share_count"] = float(len(self.seen_months))
        return listed_judgements(self.target_decision, kind="target", evidence=found, policy=self.policy)

    @result
    def progress_decision(self) -> pd.DataFrame:
        """What the plan asks for (`rollout_plan.progress_decision`); nothing where it may not grow."""
        found = self.compute(progress_decision)
        return found if self.may_grow else found.iloc[:0]

    @result
    def task_decision(self) -> pd.DataFrame:
        """What late tasks ask for (`rollout_plan.task_decision`)."""
        return self.compute(task_decision, tasks=self.task_dates)
