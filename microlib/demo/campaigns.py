"""Demo campaigns, referrals and win-back lists: with a true lift, with none, by clusters, without a hold-out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

from microlib.demo.world import AS_OF, World, pick
from microlib.metrics.campaign_plan import COSTS


def candidates(world: World, *, branch: str, launch: object, closing: object) -> pd.DataFrame:
    """Return the customers of a branch without a loan at launch, and the first new loan of each in the window.

    Columns: ``customer_id``, ``rm_id``, ``venue_id``, ``consents``, ``stratum`` (how often he borrowed in
    the year before), ``loan_id``, ``outcome_date``, ``outcome_yuan``, ``converts``.
    """
    people, start, end = world.frames["customers"], pd.Timestamp(launch), pd.Timestamp(closing)
    own = people[people.branch_id == branch].reset_index(drop=True)
    loans = world.frames["loans"]
    loans = loans[loans.branch_id == branch]
    open_then = (loans.disbursed_date < start) & ~(loans.closed_date < start)
    own = own[~own.customer_id.isin(loans.customer_id[open_then])]
    before = loans.disbursed_date.between(start - pd.Timedelta(days=365), start, inclusive="left")
    history = loans[before].groupby("customer_id").size()
    first = _first_new(loans, start, end)
    frame = own[["customer_id", "rm_id", "venue_id"]].assign(
        consents=own.consents_marketing.fillna(False).astype(bool),
        stratum=own.customer_id.map(history).fillna(0).clip(upper=2).astype(int),
    )
    found = frame.merge(first, on="customer_id", how="left")
    return found.assign(converts=found.loan_id.notna())


def _first_new(loans: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    new = loans[loans.issue_type.eq("new") & loans.disbursed_date.between(start, end)]
    first = new.sort_values(["disbursed_date", "loan_id"]).drop_duplicates("customer_id")
    return first.rename(columns={"disbursed_date": "outcome_date", "amount_yuan": "outcome_yuan"})[
        ["customer_id", "loan_id", "outcome_date", "outcome_yuan"]
    ]


def room(pool: pd.DataFrame, *, size: int, share: float) -> int:
    """Return how many members a pool can give when a share of them is to borrow."""
    yes = int(pool.converts.sum())
    return int(min(size, 0.9 * yes / max(share, 0.01), 0.9 * (len(pool) - yes) / max(1 - share, 0.01)))


def drawn_members(
    pool: pd.DataFrame, dice: np.random.Generator, *, treated: np.ndarray, base: float, lift: float
) -> pd.DataFrame:
    """Draw a list from a pool so that the untreated borrow at `base` and the treated at `base + lift`.

    Who is persuaded has the history of those who would not have borrowed: the list is balanced on it.
    """
    n = len(treated)
    mixed = pool.iloc[dice.permutation(len(pool))]
    yes, no = mixed[mixed.converts], mixed[~mixed.converts]
    would = dice.random(n) < base
    persuaded = treated & ~would & (dice.random(n) < lift / max(1 - base, 1e-9))
    rows = no.iloc[np.arange(n) % len(no)].index.to_numpy(copy=True) if len(no) else yes.index.to_numpy()[:n].copy()
    own = np.flatnonzero(would)[: len(yes)]
    rows[own] = yes.index[: len(own)]
    swaps = _alike(yes.iloc[len(own) :], pool.stratum.loc[rows[persuaded]].to_numpy())
    places = np.flatnonzero(persuaded)[: len(swaps)]
    rows[places] = swaps
    return (
        pool.loc[rows]
        .assign(arm=np.where(treated, "treated", "control"), is_persuaded=persuaded)
        .reset_index(drop=True)
    )


def _alike(yes: pd.DataFrame, strata: np.ndarray) -> np.ndarray:
    """Return rows of `yes`, each of the stratum asked for while there are any, else of any."""
    shelves = {value: list(part.index) for value, part in yes.groupby("stratum")}
    rows = []
    for stratum in strata:
        shelf = shelves.get(stratum) or next((left for left in shelves.values() if left), None)
        if not shelf:
            break
        rows.append(shelf.pop())
    return np.array(rows, dtype=int)


UNCONSENTED = 0.06
REACHED = 0.85
STOP_RULE = "逾期30天以上占比超过 3% 或投诉 3 起即停"


def make_campaigns(world: World) -> None:
    """Write campaigns and their members for the branches that deliver marketing data; say what was planted."""
    plans = tomllib.loads((Path(__file__).parent / "campaigns.toml").read_text(encoding="utf-8"))["campaigns"]
    level = world.notes["places"].set_index("branch_id").level
    heads, lists, truth = [], [], {}
    for plan in plans:
        for branch in plan["branch_ids"]:
            if level.get(branch, 0) < 3:
                continue
            named = plan | {"branch_id": branch, "campaign_id": f"{plan['campaign_id']}_{branch}"}
            heads.append(_campaign_record(named))
            members = _members(world, named)
            lists.append(members)
            truth[named["campaign_id"]] = _planted(named, members)
    world.keep("campaigns", pd.DataFrame(heads))
    world.keep("campaign_members", pd.concat(lists, ignore_index=True))
    world.truth["campaigns"] = truth


def _campaign_record(plan: dict) -> dict:
    launch, size = pd.Timestamp(plan["launch_date"]), plan["size"]
    hoped = plan.get("hoped_share", plan["base_share"] + 0.06 if plan["base_share"] > 0 else 0.16)
    called = size * (1 - plan["holdout_share"])
    planned = (size, called * 0.9, called * 0.45, called * min(hoped * 1.5, 1), called * min(hoped, 1))
    names = ("members", "reached", "interested", "applied", "loans")
    return (
        plan
        | dict(zip(COSTS, plan["costs_yuan"], strict=True))
        | {
            "closing_date": pd.Timestamp(plan["closing_date"]),
            "launch_date": launch,
            "reading_date": pd.Timestamp(plan["closing_date"]),
            "stop_rule": STOP_RULE,
            "margin_per_loan_yuan": 6200.0,
            "registered_date": min(launch - pd.Timedelta(days=21), pd.Timestamp(AS_OF)),
        }
        | {f"planned_{name}_count": int(count) for name, count in zip(names, planned, strict=True)}
    )


def _members(world: World, plan: dict) -> pd.DataFrame:
    if plan["cut"] == "none":
        return pd.DataFrame()
    dice = world.dice(plan["campaign_id"])
    pool = candidates(world, branch=plan["branch_id"], launch=plan["launch_date"], closing=plan["closing_date"])
    allowed = pool[pool.consents | (dice.random(len(pool)) < UNCONSENTED)].reset_index(drop=True)
    allowed = allowed if len(allowed) > 30 else pool
    if plan.get("venue_id"):
        members = pool[pool.venue_id == plan["venue_id"]].assign(arm="treated", cluster_id=plan["venue_id"])
    elif plan["cut"] == "manager":
        members = _by_manager(allowed, plan, dice)
    else:
        members = _by_customer(allowed, plan, dice)
    return _contacted_members(members.drop_duplicates("customer_id"), plan, dice)


def _by_customer(pool: pd.DataFrame, plan: dict, dice: np.random.Generator) -> pd.DataFrame:
    share = plan["base_share"] + plan["lift_share"] * (1 - plan["holdout_share"])
    n = room(pool, size=plan["size"], share=share)
    treated = dice.permutation(n) >= int(n * plan["holdout_share"])
    members = drawn_members(pool, dice, treated=treated, base=plan["base_share"], lift=plan["lift_share"])
    moved = (members.arm == "control") & members.converts & (dice.random(n) < plan.get("moved_share", 0) * 2)
    moved |= (members.arm == "control") & (dice.random(n) < plan.get("moved_share", 0))
    return members.assign(arm=np.where(moved, "treated", members.arm), wave=np.where(members.arm == "control", 2, 1))


def _by_manager(pool: pd.DataFrame, plan: dict, dice: np.random.Generator) -> pd.DataFrame:
    managers = dice.permutation(sorted(pool.rm_id.unique()))
    each, parts = max(2, plan["size"] // len(managers)), []
    for place, manager in enumerate(managers):
        own = pool[pool.rm_id == manager].reset_index(drop=True)
        base = plan["base_share"] * float(np.exp(dice.normal(0, 0.25)))
        n = room(own, size=each, share=base + plan["lift_share"])
        treated = np.full(n, place % 2 == 0)
        if n:
            parts.append(drawn_members(own, dice, treated=treated, base=base, lift=plan["lift_share"]))
    return pd.concat(parts, ignore_index=True).assign(cluster_id=lambda rows: rows.rm_id)


def _contacted_members(members: pd.DataFrame, plan: dict, dice: np.random.Generator) -> pd.DataFrame:
    """Write what the branch's list shows: contacts of the contacted arm, and the deals its managers claimed."""
    n, launch = len(members), pd.Timestamp(plan["launch_date"])
    treated = (members.arm == "treated").to_numpy()
    reached = dice.random(n) < REACHED
    begin = np.where(treated, launch, pd.Timestamp(plan["closing_date"]) + pd.Timedelta(days=1))
    contacted = pd.Series(pd.to_datetime(begin), index=members.index) + pd.to_timedelta(dice.integers(0, 14, n), "D")
    told = reached & (treated | (plan["design"] == "waves"))
    claimed = told & treated & members.converts.to_numpy() & (dice.random(n) < 0.95)
    return members.assign(
        campaign_id=plan["campaign_id"],
        branch_id=plan["branch_id"],
        assigned_date=launch - pd.Timedelta(days=7),
        contacted_date=contacted.where(told),
        contact_basis=np.where(members.consents, "consent", "public_list" if plan.get("venue_id") else "none"),
        loan_id=members.loan_id.where(claimed),
        outcome_date=members.outcome_date.where(claimed),
        outcome_yuan=members.outcome_yuan.where(claimed),
    )


def _planted(plan: dict, members: pd.DataFrame) -> dict:
    names = ("design", "cut", "base_share", "lift_share", "holdout_share")
    unconsented = int((members.contact_basis == "none").sum()) if len(members) else 0
    return {name: plan[name] for name in names} | {
        "members_count": len(members),
        "no_basis_count": unconsented,
        "moved_share": plan.get("moved_share", 0.0),
    }


BRANCH, CAMPAIGN = "0755", "M2511_0755"
LAUNCH, CLOSING = pd.Timestamp("2025-09-01"), pd.Timestamp("2026-02-28")
REFERRAL_SIZE, REFERRAL_HOLD_OUT_SHARE = 600, 0.5
RATES = {"treated": 0.12, "control": 0.048}  # referred borrowers per member
REWARD_YUAN = 800.0
HUB_CLIENTS = 12


def make_referrals(world: World) -> None:
    """Add the referral campaign to campaigns and members, and note who brought whom."""
    dice = world.dice("referrals")
    first = _first_loans(world)
    members = _referrers(world, dice, first)
    brought = _brought(world, dice, members=members, first=first)
    world.notes["referred"] = brought
    world.keep("campaigns", pd.concat([world.frames["campaigns"], pd.DataFrame([_referral_record(len(members))])]))
    listed = members.assign(
        campaign_id=CAMPAIGN,
        branch_id=BRANCH,
        wave=1,
        contact_basis="consent",
        assigned_date=LAUNCH - pd.Timedelta(days=7),
    )
    world.keep("campaign_members", pd.concat([world.frames["campaign_members"], listed], ignore_index=True))
    world.truth["referrals"] = {
        "campaign_id": CAMPAIGN,
        "rates": RATES,
        "anyway_share": RATES["control"] / RATES["treated"],
        "hub_customer_id": str(members.customer_id.iloc[0]),
        "hub_clients_count": int((brought.place == 0).sum()),
    }


def _first_loans(world: World) -> pd.DataFrame:
    """Loans of the branch in the window that are their borrower's first."""
    loans = world.frames["loans"]
    first = loans.sort_values(["disbursed_date", "loan_id"]).drop_duplicates("customer_id")
    return first[(first.branch_id == BRANCH) & first.disbursed_date.between(LAUNCH, CLOSING)]


def _referrers(world: World, dice: np.random.Generator, first: pd.DataFrame) -> pd.DataFrame:
    """The accountant first, then customers who borrowed before the campaign."""
    people = world.frames["customers"]
    own = people[(people.branch_id == BRANCH) & (people.first_loan_date < LAUNCH)]
    size = int(min(REFERRAL_SIZE, len(first) / 0.15, 0.8 * len(own)))
    ids = dice.permutation(own.customer_id.to_numpy())[:size]
    hub = world.notes["people"].customer_id.to_numpy()[world.notes["casts"]["accountant"]][:1]
    ids = np.concatenate([hub, ids[~np.isin(ids, hub)]])
    held = dice.permutation(len(ids)) < int(len(ids) * REFERRAL_HOLD_OUT_SHARE)
    held[: len(hub)] = False
    return pd.DataFrame({"customer_id": ids, "arm": np.where(held, "control", "treated")}).assign(
        contacted_date=lambda rows: pd.Series(LAUNCH, index=rows.index).where(rows.arm == "treated")
    )


def _brought(world: World, dice: np.random.Generator, *, members: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """One row per referred borrower: place of the referrer among the members, and his first loan."""
    clients = world.notes["people"].customer_id.to_numpy()[world.notes["casts"]["accountant_client"]]
    loans = world.frames["loans"]
    window = loans.disbursed_date.between(LAUNCH, CLOSING) & loans.customer_id.isin(clients)
    hub = loans[window].sort_values("disbursed_date").drop_duplicates("customer_id").head(HUB_CLIENTS)
    others = first[~first.customer_id.isin([*clients, *members.customer_id])]
    counts = dice.poisson(members.arm.map(RATES).to_numpy())
    counts[0] = 0
    places = np.repeat(np.arange(len(members)), counts)[: len(others)]
    chosen = others.iloc[np.sort(dice.permutation(len(others))[: len(places)])]
    rows = pd.concat([hub.assign(place=0), chosen.assign(place=dice.permutation(places))], ignore_index=True)
    return rows[["customer_id", "loan_id", "disbursed_date", "rm_id", "place"]].assign(
        referrer_customer_id=members.customer_id.to_numpy()[rows.place],
        arm=members.arm.to_numpy()[rows.place],
    )


def _referral_record(size: int) -> dict:
    return {
        "campaign_id": CAMPAIGN,
        "branch_id": BRANCH,
        "name": "示例老客户转介绍",
        "goal": "referral",
        "product_id": "P01",
        "launch_date": LAUNCH,
        "closing_date": CLOSING,
        "reading_date": CLOSING,
        "registered_date": LAUNCH - pd.Timedelta(days=21),
        "design": "hold_out",
        "holdout_share": REFERRAL_HOLD_OUT_SHARE,
        "stop_rule": "单一转介绍人超过 10 户即停并核查",
        "planned_members_count": size,
        "planned_loans_count": 40,
        "gifts_cost_yuan": 0.0,
        "staff_cost_yuan": 4000.0,
        "media_cost_yuan": 1500.0,
        "margin_per_loan_yuan": 6200.0,
        "reward_cost_yuan": REWARD_YUAN * size * REFERRAL_HOLD_OUT_SHARE * RATES["treated"],
    }


END = pd.Timestamp(AS_OF)
BRANCHES = ("0755", "0021", "0571", "0512")
#: of reviewed customers: how many ever return by themselves, and after how many days on average
RETURNING_SHARE, RETURN_DAYS = 0.25, 75.0
REVIEWED = 220
SEEN_UNTIL = END - pd.Timedelta(days=270)
LOSS_REASONS = {
    "price": 0.32,
    "limit": 0.2,
    "speed": 0.14,
    "documents": 0.08,
    "service": 0.05,
    "refused_before": 0.05,
    "moved_business": 0.06,
    "closed_business": 0.05,
    "no_need": 0.05,
}
WISHES = {
    "price": "lower_rate",
    "limit": "higher_limit",
    "speed": "faster_decision",
    "documents": "faster_decision",
    "no_need": "revolving",
    "moved_business": "nothing",
    "closed_business": "nothing",
}


def make_churn_reviews(world: World) -> None:
    """Write the reviews of lost customers; how they return is planted by who was reviewed."""
    dice = world.dice("churn_reviews")
    spells = away_spells(world.frames["loans"])
    spells = spells[spells.branch_id.isin(BRANCHES) & (spells.reviewed_date <= SEEN_UNTIL) & (spells.days > 0)]
    parts = [_reviewed(part, dice) for _, part in spells.groupby("branch_id")]
    rows = pd.concat(parts, ignore_index=True) if parts else spells
    reason = pick(dice, LOSS_REASONS, len(rows))
    managers = world.frames["customers"].set_index("customer_id").rm_id
    rows = rows.assign(
        loss_reason=reason,
        rm_id=rows.customer_id.map(managers),
        gone_to=pick(dice, {"other_bank": 0.5, "other_lender": 0.1, "none": 0.2, "unknown": 0.2}, len(rows)),
        value_band=pick(dice, {"high": 0.2, "middle": 0.45, "low": 0.35}, len(rows)),
        would_return_for=[WISHES.get(name, "unknown") for name in reason],
        is_not_to_recover=np.isin(reason, ["closed_business"]),
        last_contact_date=rows.reviewed_date - pd.to_timedelta(dice.integers(5, 160, len(rows)), "D"),
    )
    world.keep("churn_reviews", rows)
    rest = (1 - RETURNING_SHARE) / RETURNING_SHARE
    world.truth["churn"] = {
        "returning_share": RETURNING_SHARE,
        "mean_days": RETURN_DAYS,
        "cut_days": float(RETURN_DAYS * np.log(0.95 / 0.05 / rest)),
        "reasons": LOSS_REASONS,
    }


def away_spells(loans: pd.DataFrame) -> pd.DataFrame:
    """Return each time that a customer stood without a loan: from the last settlement to the next loan, or to now.

    ``lost_date``, ``reviewed_date`` (the month end after it), ``days`` from the review, ``returns``.
    """
    rows = loans.sort_values(["customer_id", "disbursed_date"])
    ends = rows.closed_date.fillna(pd.Timestamp("2099-01-01")).groupby(rows.customer_id).cummax()
    same = rows.customer_id.eq(rows.customer_id.shift(-1))
    following = rows.disbursed_date.shift(-1).where(same)
    gone = (following > ends) | (~same & (ends <= END))
    found = rows[gone][["customer_id", "branch_id"]].assign(lost_date=ends[gone], returned_date=following[gone])
    found["reviewed_date"] = found.lost_date + pd.offsets.MonthEnd(0)
    found["returns"] = found.returned_date.notna()
    found["days"] = (found.returned_date.fillna(END) - found.reviewed_date).dt.days
    return found.reset_index(drop=True)


def _reviewed(spells: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Choose from one branch those who stay away, and those who return after the planted number of days."""
    stay, back = spells[~spells.returns], spells[spells.returns].sort_values("days")
    size = int(min(REVIEWED, len(stay) / (1 - RETURNING_SHARE), 2 * len(back)))
    wanted = dice.exponential(RETURN_DAYS, round(size * RETURNING_SHARE))
    free, chosen = back.days.to_numpy(dtype=float).copy(), []
    for days in wanted:
        place = int(np.abs(free - days).argmin())
        chosen.append(place)
        free[place] = np.inf
    kept = stay.iloc[np.sort(dice.permutation(len(stay))[: size - len(wanted)])]
    return pd.concat([kept, back.iloc[sorted(chosen)]]).drop_duplicates(["customer_id", "reviewed_date"])


LISTED = {"regain": pd.Timestamp("2025-11-30"), "retain": pd.Timestamp("2025-08-31")}
WINDOW = {"regain": 180, "retain": 150}
WIN_BACK_SIZE, WIN_BACK_HOLD_OUT_SHARE = {"regain": 420, "retain": 320}, 0.3
BASE, LIFT = {"regain": 0.07, "retain": 0.38}, {"regain": 0.12, "retain": 0.2}
BANDS = {"high": 0.25, "middle": 0.45, "low": 0.3}
WIN_BACK_REASONS = {"price": 0.4, "limit": 0.25, "speed": 0.2, "unknown": 0.15}


def make_win_backs(world: World) -> None:
    """Write both lists: of customers gone for 90 days and more, and of loans about to mature."""
    parts = []
    for goal in LISTED:
        for branch in BRANCHES:
            if (world.frames["customers"].branch_id == branch).any():
                parts.append(_listed(world, goal, branch, world.dice(f"win_backs {goal} {branch}")))
    rows = pd.concat(parts, ignore_index=True)
    managers = world.frames["customers"].set_index("customer_id").rm_id
    world.keep("win_backs", rows.assign(rm_id=rows.customer_id.map(managers)))
    world.truth["win_backs"] = {"base_share": BASE, "lift_share": LIFT, "window_days": WINDOW}


def _listed(world: World, goal: str, branch: str, dice: np.random.Generator) -> pd.DataFrame:
    pool = (_gone if goal == "regain" else _maturing)(world, branch)
    n = room(pool, size=WIN_BACK_SIZE[goal], share=BASE[goal] + LIFT[goal] * (1 - WIN_BACK_HOLD_OUT_SHARE))
    treated = dice.permutation(n) >= int(n * WIN_BACK_HOLD_OUT_SHARE)
    members = drawn_members(pool, dice, treated=treated, base=BASE[goal], lift=LIFT[goal])
    return _win_back_rows(members.drop_duplicates("customer_id"), goal, dice).assign(branch_id=branch)


def _gone(world: World, branch: str) -> pd.DataFrame:
    """Customers without a loan for 90 days and more, and who of them borrows anew within the window."""
    start = LISTED["regain"] + pd.Timedelta(days=1)
    pool = candidates(world, branch=branch, launch=start, closing=start + pd.Timedelta(days=WINDOW["regain"] - 1))
    last = world.frames["loans"].query("disbursed_date < @start").groupby("customer_id").closed_date.max()
    lost = pool.customer_id.map(last)
    return pool.assign(lost_date=lost)[(lost <= start - pd.Timedelta(days=91)).to_numpy()].reset_index(drop=True)


def _maturing(world: World, branch: str) -> pd.DataFrame:
    """Customers whose last loan is settled in the two months after listing, and who of them borrows on."""
    start, loans = LISTED["retain"], world.frames["loans"]
    own = loans[(loans.branch_id == branch) & (loans.disbursed_date <= start)]
    live = own[~(own.closed_date <= start)].groupby("customer_id").closed_date.max()
    live = live[live.le(start + pd.Timedelta(days=60)) & own.groupby("customer_id").closed_date.max().notna()]
    end = start + pd.Timedelta(days=WINDOW["retain"])
    later = loans[loans.disbursed_date.gt(start) & loans.disbursed_date.le(end)].sort_values("disbursed_date")
    first = later.drop_duplicates("customer_id").set_index("customer_id")
    frame = pd.DataFrame({"customer_id": live.index, "lost_date": pd.NaT, "stratum": 0})
    frame["outcome_date"] = frame.customer_id.map(first.disbursed_date)
    return frame.assign(converts=frame.outcome_date.notna())


def _win_back_rows(members: pd.DataFrame, goal: str, dice: np.random.Generator) -> pd.DataFrame:
    n, listed = len(members), LISTED[goal]
    treated, back = (members.arm == "treated").to_numpy(), members.converts.to_numpy()
    contacted = pd.Series(listed, index=members.index) + pd.to_timedelta(dice.integers(2, 30, n), "D")
    answers = pick(dice, {"no_answer": 0.3, "refused": 0.4, "thinking": 0.3}, n)
    ended = np.where(back, {"regain": "returned", "retain": "retained"}[goal], answers)
    return members[["customer_id", "lost_date", "arm"]].assign(
        goal=goal,
        listed_date=listed,
        rule_code={"regain": "settled_90_days", "retain": "matures_60_days"}[goal],
        value_band=pick(dice, BANDS, n),
        loss_reason=pick(dice, WIN_BACK_REASONS, n),
        offer=np.where(treated, pick(dice, ["rate_15bp", "revolving_line", "fast_lane"], n), None),
        offer_cost_yuan=np.where(treated & back, dice.gamma(4, 200, n).round(0), 0.0),
        follow_up_date=listed + pd.Timedelta(days=45),
        contacted_date=contacted.where(treated),
        result=np.where(treated, ended, None),
        returned_date=members.outcome_date.where(treated & back),
    )
