"""Demo managers' work: leads, contacts, monthly credits (honest, hoarded, rushed), targets and plan tasks."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.world import AS_OF, World, numbered, pick

SINCE = pd.Timestamp("2025-07-01")
END = pd.Timestamp(AS_OF)
#: managers of this branch lose more of those reached before they are interested
WEAK_BRANCH, WEAK_STAGE = "0571", "interested"
ENDS = {"open": 0.2, "reached": 0.35, "interested": 0.2, "lost": 0.25}
WEAK_ENDS = {"open": 0.15, "reached": 0.6, "interested": 0.05, "lost": 0.2}
CALLED_ENDS = {"reached": 0.45, "interested": 0.28, "applied": 0.05, "lost": 0.22}
REASONS = {"price": 0.35, "limit": 0.2, "no_need": 0.2, "speed": 0.1, "documents": 0.1, "unknown": 0.05}
SOURCES = {
    "branch": "walk_in",
    "market_office": "roster",
    "village": "roster",
    "chamber": "roster",
    "core_enterprise": "core_supplier",
}
DECIDED = {"approved": "lent", "partly_approved": "lent", "refused": "lost", "withdrawn": "lost", "pending": "applied"}


def make_leads(world: World) -> None:
    """Write a year of leads: those that asked for a loan, those that did not, and those on lists of strangers."""
    dice = world.dice("leads")
    parts = [_asked(world, dice), _silent(world, dice), _strangers(world, dice), _campaign(world), _referred(world)]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    frame = frame.sort_values(["created_date", "branch_id"], kind="stable", ignore_index=True)
    cost = {"campaign": 35.0, "roster": 12.0, "referral": 60.0}
    frame = frame.assign(lead_id=numbered("D", range(1, len(frame) + 1), 6), cost_yuan=frame.lead_source.map(cost))
    world.keep("leads", frame)
    world.truth["funnel"] = {"weak_branch": WEAK_BRANCH, "weak_stage": WEAK_STAGE}


def _asked(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """A lead behind each application of the year, with the loan where one was paid out."""
    asked = world.frames["applications"].drop(columns="loan_id")
    levels = world.notes["places"].set_index("branch_id").level
    asked = asked[(asked.submitted_at >= SINCE) & asked.branch_id.map(levels).ge(3)].reset_index(drop=True)
    loans = world.frames["loans"]
    paid = loans.assign(day=loans.disbursed_date).drop_duplicates(["customer_id", "day"])[
        ["customer_id", "day", "loan_id"]
    ]
    rows = asked.assign(day=asked.disbursed_at.dt.normalize()).merge(paid, on=["customer_id", "day"], how="left")
    lent = rows.loan_id.notna()
    reason = rows.reason_code.map({"documents_missing": "documents", "customer_withdrew": "speed"}).fillna(
        "refused_before"
    )
    status = np.where(lent, "lent", rows.decision.map(DECIDED).replace("lent", "approved"))
    before = pd.to_timedelta(dice.integers(1, 25, len(rows)), "D")
    return rows[["branch_id", "customer_id", "rm_id", "channel", "application_id", "loan_id"]].assign(
        lead_source=rows.channel.map(SOURCES).fillna("existing_customer"),
        lead_status=status,
        loss_reason=reason.where(status == "lost"),
        contact_basis="existing_contract",
        created_date=(rows.submitted_at.dt.normalize() - before),
    )


def _silent(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Customers who were spoken to and asked for nothing; every fourteenth without a basis of contact."""
    people, levels = world.frames["customers"], world.notes["places"].set_index("branch_id").level
    own = people[people.branch_id.map(levels).ge(3)]
    rows = own.iloc[np.sort(dice.permutation(len(own))[: int(0.45 * len(own))])]
    weak = (rows.branch_id == WEAK_BRANCH).to_numpy()
    status = np.where(weak, pick(dice, WEAK_ENDS, len(rows)), pick(dice, ENDS, len(rows)))
    consents = rows.consents_marketing.fillna(False).astype(bool)
    basis = np.where(consents, "consent", np.where(dice.random(len(rows)) < 0.85, "existing_contract", "none"))
    return rows[["branch_id", "customer_id", "rm_id"]].assign(
        lead_source="existing_customer",
        channel="branch",
        lead_status=status,
        contact_basis=basis,
        loss_reason=np.where(status == "lost", pick(dice, REASONS, len(rows)), None),
        created_date=SINCE + pd.to_timedelta(dice.integers(0, 330, len(rows)), "D"),
    )


def _strangers(world: World, dice: np.random.Generator) -> pd.DataFrame:
    """Members of the rosters whom the bank does not know, worked by the managers of the branch nearby."""
    rosters, homes = world.frames["venue_rosters"], {"V01": "0755", "V02": "0021", "V03": "0755", "V04": "0021"}
    rows = rosters[rosters.customer_id.isna()] if len(rosters) else rosters
    rows = rows.iloc[::3][["venue_id", "member_number"]].reset_index(drop=True)
    rows = rows.assign(branch_id=rows.venue_id.map(homes)).drop_duplicates(["venue_id", "member_number"])
    desks = world.frames["rms"].groupby("branch_id").rm_id.apply(list)
    rows = rows[rows.branch_id.isin(desks.index)]
    status = pick(dice, {"open": 0.5, "reached": 0.3, "interested": 0.08, "lost": 0.12}, len(rows))
    return rows.assign(
        rm_id=[desks[branch][int(dice.integers(len(desks[branch])))] for branch in rows.branch_id],
        lead_source="roster",
        channel="market_office",
        lead_status=status,
        contact_basis="public_list",
        loss_reason=np.where(status == "lost", "no_need", None),
        created_date=END - pd.to_timedelta(dice.integers(1, 29, len(rows)), "D"),
    )


def _campaign(world: World) -> pd.DataFrame:
    """A lead for each member of a campaign who was contacted within the year."""
    dice = world.dice("campaign_leads")
    rows = world.frames["campaign_members"]
    heads = world.frames["campaigns"].set_index("campaign_id")
    rows = rows[rows.contacted_date.ge(SINCE) & rows.campaign_id.map(heads.goal).eq("new_loan")]
    managers = world.frames["customers"].set_index("customer_id").rm_id
    silent = pick(dice, CALLED_ENDS, len(rows))
    status = np.where(rows.loan_id.notna(), "lent", silent)
    return rows[["branch_id", "customer_id", "campaign_id", "contact_basis", "loan_id"]].assign(
        lead_source="campaign",
        channel="branch",
        rm_id=rows.customer_id.map(managers),
        lead_status=status,
        created_date=rows.contacted_date,
        loss_reason=np.where(status == "lost", pick(dice, REASONS, len(rows)), None),
    )


def _referred(world: World) -> pd.DataFrame:
    rows = world.notes["referred"]
    return rows[["customer_id", "loan_id", "referrer_customer_id", "rm_id"]].assign(
        branch_id="0755",
        campaign_id=np.where(rows.arm == "treated", "M2511_0755", None),
        lead_source="referral",
        channel="referral",
        lead_status="lent",
        contact_basis="referral",
        created_date=rows.disbursed_date - pd.Timedelta(days=12),
    )


COUNTS = {"open": 0.0, "reached": 1.2, "interested": 2.0, "applied": 2.4, "approved": 2.6, "lent": 2.8, "lost": 1.6}
LAST = {"reached": "refused", "interested": "interested", "lost": "refused"}
WAYS = {"call": 0.58, "visit": 0.22, "wechat": 0.15, "event": 0.05}
MINUTES = {"call": 6, "visit": 55, "wechat": 4, "event": 20}
#: the script that opens with the customer's own figures is answered more often
SCRIPTS, BETTER_SCRIPT, ANSWERED = ["S1", "S2", "S3"], "S2", {"S1": 0.5, "S2": 0.68, "S3": 0.5}


def make_touches(world: World) -> None:
    """Write the contacts of every lead that was reached."""
    dice, leads = world.dice("touches"), world.frames["leads"]
    mean = leads.lead_status.map(COUNTS).to_numpy()
    counts = np.where(mean > 0, 1 + dice.poisson(np.maximum(mean - 1, 0.05)), 0)
    rows = leads.loc[np.repeat(leads.index, counts)].reset_index(drop=True)
    order = rows.groupby("lead_id").cumcount()
    is_last = order.eq(rows.groupby("lead_id").lead_id.transform("size") - 1).to_numpy()
    n, way = len(rows), pick(dice, WAYS, len(rows))
    script = pick(dice, SCRIPTS, n)
    answered = dice.random(n) < np.array([ANSWERED[name] for name in script])
    early = np.where(answered, "interested", "no_answer")
    day = rows.created_date + pd.to_timedelta(order * 4 + dice.integers(0, 4, n), "D")
    moment = day.clip(upper=pd.Timestamp(AS_OF)) + pd.to_timedelta(dice.integers(9 * 60, 18 * 60, n), "min")
    frame = (
        rows[["lead_id", "branch_id", "rm_id"]]
        .assign(
            touched_at=moment,
            way=way,
            script_id=np.where(way == "call", script, None),
            touch_result=np.where(is_last, rows.lead_status.map(LAST).fillna("applied"), early),
            minutes_count=1 + dice.poisson([MINUTES[name] for name in way]),
        )
        .sort_values("touched_at", kind="stable", ignore_index=True)
    )
    world.keep("touches", frame.assign(touch_id=numbered("T", range(1, n + 1), 7)))
    world.truth["scripts"] = {"better": BETTER_SCRIPT, "answered_share": ANSWERED}


MONTHS = pd.period_range("2024-07", "2026-06", freq="M")
PAY_STEP = 3  # credited loans a month from which the bonus is paid
BASE_PAY_YUAN, LOAN_PAY_YUAN, STEP_PAY_YUAN = 6_000.0, 300.0, 1_800.0
GAMING_FROM = 15  # only branches with this many managers hold the planted ones
PLANTED = 3  # of each kind, in each such branch


def make_manager_months(world: World) -> None:
    """Write the months of every manager of the branches that deliver marketing data."""
    dice = world.dice("rm_months")
    desks = _desks(world)
    kinds = _planted(desks, dice)
    counts, amounts, late = _lent(world, desks)
    counts, amounts = _hoarded(counts, amounts, [name for name, kind in kinds.items() if kind == "hoards"])
    rushed = late.index.get_level_values("rm_id").isin([name for name, kind in kinds.items() if kind == "rushes"])
    late = np.where(rushed, dice.binomial(counts.astype(int), 0.75), np.minimum(late, counts))
    frame = pd.DataFrame({"loans_count": counts, "amount_yuan": amounts, "late_loans_count": late}).reset_index()
    frame = _worked(frame.merge(desks, on="rm_id"), world, dice)
    world.keep("rm_months", frame)
    world.truth["gaming"] = {
        "hoarders": sorted(name for name, kind in kinds.items() if kind == "hoards"),
        "rushers": sorted(name for name, kind in kinds.items() if kind == "rushes"),
        "pay_step_count": PAY_STEP,
    }


def _desks(world: World) -> pd.DataFrame:
    levels = world.notes["places"].set_index("branch_id").level
    rms = world.frames["rms"]
    return rms[rms.branch_id.map(levels).ge(3)][["rm_id", "branch_id", "hours_month_count", "selling_share"]]


def _planted(desks: pd.DataFrame, dice: np.random.Generator) -> dict[str, str]:
    kinds = {}
    for _, own in desks.groupby("branch_id"):
        if len(own) >= GAMING_FROM:
            chosen = dice.permutation(own.rm_id.to_numpy())[: 2 * PLANTED]
            kinds |= dict.fromkeys(chosen[:PLANTED], "hoards") | dict.fromkeys(chosen[PLANTED:], "rushes")
    return kinds


def _lent(world: World, desks: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return count, amount and count of the last three days of each manager's months, from the ledger."""
    loans = world.frames["loans"]
    loans = loans[loans.issue_type.eq("new") & loans.rm_id.isin(desks.rm_id)]
    month = loans.disbursed_date.dt.to_period("M")
    left = (loans.disbursed_date + pd.offsets.MonthEnd(0) - loans.disbursed_date).dt.days
    every = pd.MultiIndex.from_product([sorted(desks.rm_id), MONTHS], names=["rm_id", "period"])
    by = [loans.rm_id, month.rename("period")]
    parts = (loans.groupby(by).size(), loans.groupby(by).amount_yuan.sum(), (left < 3).groupby(by).sum())
    return tuple(part.reindex(every, fill_value=0) for part in parts)


def _hoarded(counts: pd.Series, amounts: pd.Series, names: list) -> tuple[pd.Series, pd.Series]:
    """Hold loans back until the step is reached, then have exactly so many credited."""
    counts, amounts = counts.copy(), amounts.copy()
    for name in names:
        kept, drawer, worth = [], 0, 0.0
        for count, amount in zip(counts[name], amounts[name], strict=True):
            drawer, worth = drawer + count, worth + amount
            shown = PAY_STEP if drawer >= PAY_STEP else 0
            part = worth * shown / drawer if shown else 0.0
            kept.append((shown, part))
            drawer, worth = drawer - shown, worth - part
        counts.loc[name], amounts.loc[name] = [list(column) for column in zip(*kept, strict=True)]
    return counts, amounts


def _worked(frame: pd.DataFrame, world: World, dice: np.random.Generator) -> pd.DataFrame:
    n = len(frame)
    leave = dice.binomial(20, 0.04, n)
    hours = frame.hours_month_count * frame.selling_share * (1 - leave / 22)
    asked = world.frames["applications"]
    applied = asked.groupby([asked.rm_id, asked.submitted_at.dt.to_period("M").rename("period")]).size()
    late = _overdue(world)
    keys = pd.MultiIndex.from_frame(frame[["rm_id", "period"]])
    pay = BASE_PAY_YUAN + LOAN_PAY_YUAN * frame.loans_count + STEP_PAY_YUAN * (frame.loans_count >= PAY_STEP)
    return frame.assign(
        month=frame.period.astype(str),
        leave_days=leave,
        visits_count=dice.poisson(np.maximum(hours / 3.2, 1)),
        calls_count=dice.poisson(np.maximum(hours * 1.4, 1)),
        applications_count=applied.reindex(keys).fillna(0).to_numpy(dtype=int),
        overdue30_yuan=late.reindex(keys).fillna(0.0).to_numpy(),
        pay_yuan=pay.astype(float),
        fee_yuan=(frame.amount_yuan * 0.0004).round(0),
        net_income_yuan=(frame.amount_yuan * 0.021).round(0),
    )


def _overdue(world: World) -> pd.Series:
    months = world.frames["loan_months"]
    months = months[months.overdue_days > 30]
    owner = world.frames["loans"].set_index("loan_id").rm_id
    period = pd.PeriodIndex(months.month, freq="M").rename("period")
    return months.balance_yuan.groupby([months.loan_id.map(owner).rename("rm_id").to_numpy(), period]).sum()


GROWTH = 1.18
SLIPS, SLIPPED_DAYS = "0755", 6
#: task, days before launch at which it starts and ends, after which ones
TASKS = (
    ("名单与授权核对", 56, 47, ()),
    ("对照组随机分组并封存", 46, 43, (0,)),
    ("产品与费用口径确认", 50, 40, ()),
    ("话术与利益点卡片", 39, 30, (2,)),
    ("客户经理培训", 29, 25, (3,)),
    ("审批产能与排期确认", 38, 24, (2,)),
    ("首批名单下发", 10, 8, (1, 4)),
    ("启动会", 2, 1, (5, 6)),
)


def make_targets(world: World) -> None:
    """Write monthly targets for the last year and the next half: last year's loans and more, split evenly."""
    rms, months = world.frames["rm_months"], pd.period_range("2025-07", "2026-12", freq="M")
    own = rms.assign(period=pd.PeriodIndex(rms.month, freq="M"))
    yearly = own[own.period >= "2025-07"].groupby("branch_id")[["loans_count", "amount_yuan"]].sum() * GROWTH
    rows = [
        ("branch", branch, str(month), metric, branch, float(np.ceil(total / 12)))
        for metric in yearly
        for branch, total in yearly[metric].items()
        for month in months
    ]
    desks = own.drop_duplicates("rm_id").groupby("branch_id").rm_id.apply(list)
    rows += [
        ("rm", desk, str(month), "loans_count", branch, float(round(total / 12 / len(desks[branch]), 2)))
        for branch, total in yearly.loans_count.items()
        for desk in desks[branch]
        for month in months[-6:]
    ]
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
        rows.append(
            {
                "task_id": f"{head.campaign_id}_{number + 1:02d}",
                "branch_id": head.branch_id,
                "task": task,
                "campaign_id": head.campaign_id,
                "owner_id": owner,
                "planned_start_date": began,
                "planned_end_date": due,
                "started_date": began if began <= today else pd.NaT,
                "done_date": done if done <= today else pd.NaT,
                "depends": ";".join(f"{head.campaign_id}_{place + 1:02d}" for place in after) or None,
            }
        )
    return rows
