"""Monthly account flows of customers who let the bank look."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.sales import monthly_frame
from microlib.bank.demo.worlds import MONTHS, World, pick

CHANNELS = {
    "company": {"corporate_account": 1.0},
    "sole_trader": {"pos": 0.4, "wallet": 0.3, "business_account": 0.3},
    "owner_of_small_firm": {"business_account": 1.0},
    "farm_household": {"business_account": 1.0},
    "person": {"wallet": 1.0},
}
WEAK_COVER = 0.4  # yearly net cash over yearly interest of the weak perennial renewers


def make_flows(world: World) -> None:
    """Write flow_months for consenting customers of branches that deliver evidence."""
    people, dice = world.notes["people"], world.dice("flows")
    chosen = np.flatnonzero(people.consents_flows & (people.level >= 3))
    frame = monthly_frame(world, chosen)
    capture = dice.uniform(0.85, 1.0, len(people))
    frame["inflow_yuan"] = frame.sales_yuan * capture[frame.person]
    frame["outflow_yuan"] = _outflows(world, frame, dice)
    frame = _by_channel(people, frame, chosen, dice)
    world.keep("flow_months", _described(people, frame, dice))


def _outflows(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    people, ledger = world.notes["people"], world.notes["ledger"]
    margin = people.margin.to_numpy()[frame.person]
    spent = frame.inflow_yuan.to_numpy() * (1 - margin) * np.exp(dice.normal(0, 0.06, len(frame)))
    interest = np.zeros(len(people))
    interest[ledger["person"]] = ledger["amount"] * ledger["rate"] / 12
    kept = WEAK_COVER * interest[frame.person]
    weak = (people.role == "perennial_weak").to_numpy()[frame.person]
    strong = (people.role == "perennial_strong").to_numpy()[frame.person]
    spent = np.where(weak, np.maximum(frame.inflow_yuan - kept, 0), spent)
    return np.where(strong, frame.inflow_yuan * 0.78, spent)


def _by_channel(
    people: pd.DataFrame, frame: pd.DataFrame, chosen: np.ndarray, dice: np.random.Generator
) -> pd.DataFrame:
    """Spread a quarter of the customers over a second channel, the wallet."""
    first = np.full(len(people), "", dtype=object)
    for kind, channels in CHANNELS.items():
        of_kind = chosen[(people.kind.iloc[chosen] == kind).to_numpy()]
        first[of_kind] = pick(dice, channels, len(of_kind))
    second = np.zeros(len(people))
    eligible = chosen[first[chosen] != "wallet"]
    second[eligible] = np.where(dice.random(len(eligible)) < 0.25, dice.uniform(0.15, 0.4, len(eligible)), 0)
    part = second[frame.person]
    main = frame.assign(channel=first[frame.person], part=1 - part)
    wallet = frame[part > 0].assign(channel="wallet", part=part[part > 0])
    both = pd.concat([main, wallet], ignore_index=True)
    both[["inflow_yuan", "outflow_yuan"]] = both[["inflow_yuan", "outflow_yuan"]].mul(both.part, axis=0).round(2)
    return both


def _described(people: pd.DataFrame, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    n = len(frame)
    share = people.dependence_share.to_numpy()[frame.person]
    habit = dice.beta(2, 9, len(people))[frame.person]
    top1 = np.where(share > 0, share + dice.normal(0, 0.015, n), habit + dice.normal(0, 0.02, n)).clip(0.01, 0.98)
    top3 = np.minimum(0.995, top1 + (1 - top1) * dice.beta(2, 5, n))
    ticket = np.where(frame.channel.isin(["pos", "wallet"]), 2_000, 30_000)
    return frame.assign(
        customer_id=people.customer_id.to_numpy()[frame.person],
        month=MONTHS.astype(str)[frame.month],
        inflows_count=1 + dice.poisson(frame.inflow_yuan / ticket),
        outflows_count=1 + dice.poisson(frame.outflow_yuan / 25_000),
        top1_inflow_share=top1.round(4),
        top3_inflow_share=top3.round(4),
        min_balance_yuan=(frame.inflow_yuan * dice.uniform(0.01, 0.15, n)).round(2),
        active_days=np.minimum(28, 2 + dice.poisson(14, n)),
    )
