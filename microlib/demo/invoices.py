"""Demo invoices, account flows and rosters of customers who let the bank look: plain, odd, or written twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.demo.world import DAYS, HISTORY_MONTHS, World, masked, masked_all, monthly_frame, pick

TWIN_SHARE = 0.9


def sort_books(frame: pd.DataFrame) -> pd.DataFrame:
    """Put rows in the order of books and dates."""
    return frame.sort_values(["person", "side", "issued_date"], kind="stable", ignore_index=True)


def write_twins(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Number the books, then write nine tenths of one firm's sales into another firm's book, twice over."""
    frame = _numbered(world, sort_books(frame), dice)
    people, casts, pairs = world.notes["people"], world.notes["casts"], []
    for part in ("twin_0755", "twin_0021"):
        if len(casts[part]) == 2:
            lead, copy = casts[part]
            frame = _written_over(frame, lead, copy, dice)
            pairs.append(people.customer_id[[lead, copy]].tolist())
    world.truth["twin_invoice_books"] = {"pairs": pairs, "shared_share": TWIN_SHARE}
    odd = ("invoice_gaps", "invoice_voids", "invoice_negatives")
    world.truth["odd_invoice_books"] = {part: people.customer_id[casts[part]].tolist() for part in odd}
    return frame


def occurrence_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Number the rows that stand under one number of one book: 1, 2 and so on."""
    counts = frame.groupby(["person", "side", "invoice_number"], sort=False).cumcount()
    return frame.assign(occurrence_number=counts + 1)


def _numbered(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Count sales up from a start of each book's own; purchases carry their sellers' numbers."""
    people = world.notes["people"]
    role = people.role.to_numpy()[frame.person]
    skips = np.where(role == "invoice_gaps", dice.poisson(1.2, len(frame)), dice.random(len(frame)) < 0.003)
    step = pd.Series(1 + skips).groupby(frame.person).cumsum().to_numpy()
    start = dice.integers(1_000_000, 80_000_000, len(people))[frame.person]
    number = np.where(frame.side == "sale", start + step, dice.integers(10_000_000, 99_999_999, len(frame)))
    return frame.assign(invoice_number=pd.Series(number).astype(str).str.zfill(8))


def _written_over(frame: pd.DataFrame, lead: int, copy: int, dice: np.random.Generator) -> pd.DataFrame:
    sales = frame.side == "sale"
    original = frame[(frame.person == lead) & sales]
    taken = original[dice.random(len(original)) < TWIN_SHARE].assign(person=copy)
    own = frame[(frame.person == copy) & sales]
    dropped = own.index[dice.permutation(len(own))[: len(own) - round(len(taken) / TWIN_SHARE * (1 - TWIN_SHARE))]]
    return pd.concat([frame.drop(index=dropped), taken], ignore_index=True)


MARKET_OF_NAMES = 5_000  # counterparties that nobody's own customer list holds
NEIGHBOURS = 18  # counterparties of one customer
LINES = {"sale": 1.0, "purchase": 0.6}  # purchases are fewer and larger


def make_invoices(world: World) -> None:
    """Write the invoices and say which books are odd."""
    people, dice = world.notes["people"], world.dice("invoices")
    chosen = np.flatnonzero(people.consents_invoices & (people.level >= 3))
    sides = [_side(world, chosen, side, dice) for side in LINES]
    frame = write_twins(world, pd.concat(sides, ignore_index=True), dice)
    frame = occurrence_numbers(_with_repeats(world, sort_books(frame), dice))
    world.keep("invoices", frame.assign(customer_id=people.customer_id.to_numpy()[frame.person]))


def _side(world: World, chosen: np.ndarray, side: str, dice: np.random.Generator) -> pd.DataFrame:
    people, sales = world.notes["people"], world.notes["sales"][chosen]
    size = np.sqrt(people.sales_yuan.to_numpy()[chosen] / 2_500_000)[:, None]
    lines = dice.poisson(np.clip(2.8 * size * LINES[side] * sales / sales.mean(axis=1, keepdims=True), 0.3, 9))
    cell = np.repeat(np.arange(lines.size), lines.ravel())
    weight = dice.gamma(1.5, 1.0, len(cell))
    volume = sales if side == "sale" else sales * (0.85 - people.margin.to_numpy()[chosen][:, None])
    net = volume.ravel()[cell] * weight / np.bincount(cell, weights=weight, minlength=lines.size)[cell]
    person, month = chosen[cell // len(HISTORY_MONTHS)], cell % len(HISTORY_MONTHS)
    frame = pd.DataFrame({"person": person, "side": side, "issued_date": _days(world, person, month, dice)})
    frame["counterparty_hash"] = _counterparties(world, person, side, dice)
    return _priced(people, frame.assign(net_yuan=net.round(2)), dice)


def _days(world: World, person: np.ndarray, month: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    """Draw days inside the months after each one's daily need."""
    edges = np.append(np.searchsorted(DAYS, HISTORY_MONTHS.astype("datetime64[D]")), len(DAYS))
    season = world.notes["people"].season_number.to_numpy()[person]
    day = np.zeros(len(person), dtype=int)
    for number, need in enumerate(world.notes["daily_need"]):
        of_season = np.flatnonzero(season == number)
        reached = np.append(0.0, need.cumsum())
        low, high = reached[edges[month[of_season]]], reached[edges[month[of_season] + 1]]
        target = low + dice.random(len(of_season)) * (high - low)
        day[of_season] = np.searchsorted(reached, target, side="right") - 1
    return DAYS[np.clip(day, edges[month], edges[month + 1] - 1)]


def _counterparties(world: World, person: np.ndarray, side: str, dice: np.random.Generator) -> np.ndarray:
    """Draw from each one's own neighbours, the first ones far more often; suppliers sell to their source."""
    people = world.notes["people"]
    names = masked_all(f"示例{side}方{i}" for i in range(MARKET_OF_NAMES))
    neighbours = dice.integers(0, MARKET_OF_NAMES, (len(people), NEIGHBOURS))
    rank = (NEIGHBOURS * dice.random(len(person)) ** 2.4).astype(int)
    chosen = names[neighbours[person, rank]]
    if side == "purchase":
        return chosen
    core = people.core_id.to_numpy()[person]
    to_core = dice.random(len(person)) < people.dependence_share.to_numpy()[person]
    sources = {name: masked(f"示例信用代码{name}") for name in pd.unique(core)}
    return np.where(to_core, pd.Series(core).map(sources).to_numpy(), chosen)


def _priced(people: pd.DataFrame, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    role = people.role.to_numpy()[frame.person]
    draws = dice.random((2, len(frame)))
    negative = draws[0] < np.where(role == "invoice_negatives", 0.16, 0.012)
    void = draws[1] < np.where(role == "invoice_voids", 0.2, 0.02)
    net = np.where(negative, -0.4 * frame.net_yuan, frame.net_yuan).round(2)
    rate = np.where(people.kind.to_numpy()[frame.person] == "company", 0.13, 0.01)
    tax = np.round(net * rate, 2)
    frame = frame.assign(net_yuan=net, tax_yuan=tax, gross_yuan=np.round(net + tax, 2))
    return frame.assign(status=np.where(void, "void", "valid"), category=np.where(rate > 0.1, "goods", "small_scale"))


def _with_repeats(world: World, frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Repeat a handful of rows under their own number: rare, and no crime."""
    twins = np.concatenate([world.notes["casts"]["twin_0755"], world.notes["casts"]["twin_0021"]])
    rows = np.flatnonzero(~frame.person.isin(twins).to_numpy())
    rows = np.sort(dice.choice(rows, size=min(8, len(rows)), replace=False))
    repeated = frame.iloc[rows]
    ids = world.notes["people"].customer_id.to_numpy()[repeated.person]
    world.truth["repeated_invoices"] = [
        list(key) for key in zip(ids, repeated.side, repeated.invoice_number, strict=True)
    ]
    return pd.concat([frame, repeated], ignore_index=True)


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
        month=HISTORY_MONTHS.astype(str)[frame.month],
        inflows_count=1 + dice.poisson(frame.inflow_yuan / ticket),
        outflows_count=1 + dice.poisson(frame.outflow_yuan / 25_000),
        top1_inflow_share=top1.round(4),
        top3_inflow_share=top3.round(4),
        min_balance_yuan=(frame.inflow_yuan * dice.uniform(0.01, 0.15, n)).round(2),
        active_days=np.minimum(28, 2 + dice.poisson(14, n)),
    )


#: venue -> (kind, name, true members, list -> chance that a member is on it)
VENUES = {
    "V01": ("market", "示例五金市场", 950, {"market_office": 0.62, "street_walk": 0.5}),
    "V02": ("market", "示例服装市场", 620, {"market_office": 0.7, "street_walk": 0.55}),
    "V03": ("chamber", "示例商会", 260, {"chamber_office": 0.95}),
    "V04": ("village", "示例村", 640, {"village_committee": 0.97}),
}
ALSO_IN_CHAMBER = {"hardware_market": 25, "decoration": 20}
LIST_DATE = np.datetime64("2026-05-31")


def make_rosters(world: World) -> None:
    """Write the rosters and say how many members each venue truly has."""
    dice = world.dice("rosters")
    lists, truth = [], {}
    for venue_id, (kind, name, size, sources) in VENUES.items():
        members = _members(world, venue_id, size, dice)
        if members.empty:
            continue
        members = members.assign(venue_id=venue_id, kind=kind, venue_name=name)
        drawn = {source: dice.random(len(members)) < chance for source, chance in sources.items()}
        lists.extend(_listed(members[on], source) for source, on in drawn.items())
        truth[venue_id] = _counted(members, drawn)
    world.truth["venue_populations"] = truth
    world.keep("venue_rosters", pd.concat(lists, ignore_index=True) if lists else pd.DataFrame())


def _members(world: World, venue_id: str, size: int, dice: np.random.Generator) -> pd.DataFrame:
    """Return the true population: our customers there, then strangers up to the size."""
    people = world.notes["people"]
    own = people[(people.venue_id == venue_id) & (people.level >= 3)]
    if venue_id == "V03":
        own = _chamber(people, dice)
    if own.empty:
        return pd.DataFrame()
    strangers = max(size - len(own), 0)
    names = np.array([f"示例场所成员{venue_id}{i}" for i in range(strangers)], dtype=object)
    trades = own.industry_code.to_numpy()[dice.integers(0, len(own), strangers)]
    hashes = {"uscc_hash": masked_all("证" + names), "phone_hash": masked_all("话" + names)}
    others = pd.DataFrame({"industry_code": trades, **hashes})
    wanted = ["customer_id", "industry_code", "uscc_hash", "phone_hash"]
    members = pd.concat([own[wanted], others], ignore_index=True)
    return _furnished(members, venue_id, dice)


def _chamber(people: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """The chamber's own members and some of the market's and the decorators' who belong to it as well."""
    home = people[people.branch_id == "0755"]
    parts = [home[home.group == "chamber"]]
    for group, count in ALSO_IN_CHAMBER.items():
        of_group = home[home.group == group]
        parts.append(of_group.iloc[np.sort(dice.permutation(len(of_group))[:count])])
    return pd.concat(parts)


def _furnished(members: pd.DataFrame, venue_id: str, dice: np.random.Generator) -> pd.DataFrame:
    n, stall = len(members), venue_id in ("V01", "V02")
    area = dice.gamma(4, 9, n).round(1)
    landlords = masked_all(f"示例出租方{venue_id}{i}" for i in range(3))
    return members.assign(
        since_date=np.datetime64("2012-01-01") + dice.integers(0, 5000, n),
        area_m2=np.where(stall, area, np.nan),
        monthly_rent_yuan=np.where(stall, (area * dice.uniform(60, 120, n)).round(), np.nan),
        landlord_hash=np.where(stall, landlords[dice.choice(3, n, p=[0.7, 0.2, 0.1])], None),
        is_relocating=dice.random(n) < 0.03,
    )


def _listed(members: pd.DataFrame, source: str) -> pd.DataFrame:
    numbers = [f"{source[0].upper()}-{i:04d}" for i in range(1, len(members) + 1)]
    return members.assign(list_source=source, member_number=numbers, list_date=LIST_DATE)


def _counted(members: pd.DataFrame, drawn: dict[str, np.ndarray]) -> dict:
    truth = {"members_count": len(members), "customers_count": int(members.customer_id.notna().sum())}
    truth |= {f"{source}_count": int(on.sum()) for source, on in drawn.items()}
    if len(drawn) == 2:
        one, two = drawn.values()
        both = int((one & two).sum())
        truth |= {"both_count": both, "chapman_count": (one.sum() + 1) * (two.sum() + 1) / (both + 1) - 1}
    return truth
