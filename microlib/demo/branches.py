"""The demo bank's branches, managers and products, and the two rhythms of need and of the bank's own push.

Need: markets stock up about seven weeks before the Spring Festival (春节), farm inputs and households follow
their crop, building trades spring and autumn. Push: the opening season (开门红) and quarter ends, alike for
every group. A season measure must tell them apart.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.calendars import spring_festival
from microlib.demo.world import DAYS, HISTORY_MONTHS, World, masked_all, numbered, pick, read_settings

CUSTOMERS_PER_MANAGER = 95


def make_places(world: World) -> None:
    """Choose the branches, write their table and that of their managers."""
    places = _chosen_places(world.branches)
    places["customers_count"] = np.maximum(12, (places.customers_count * world.scale).astype(int))
    world.notes["places"] = places
    world.keep("branches", _branches(places))
    world.keep("rms", _managers(places, world.dice("managers")))


def _chosen_places(count: int) -> pd.DataFrame:
    written = read_settings("places")["places"]
    ordinary = [place for place in written if not place["trait"]][2:]
    more = [
        ordinary[i % len(ordinary)] | {"branch_id": f"{2001 + i}", "name": f"示例增设支行{i + 1}"}
        for i in range(max(0, count - len(written)))
    ]
    return pd.DataFrame(written[:count] + more)


def _branches(places: pd.DataFrame) -> pd.DataFrame:
    return places[["branch_id", "name", "authority_limit_yuan"]].assign(
        city="示例市", region_code="440300", opened_date=np.datetime64("2012-05-18"), is_active=True
    )


def _managers(places: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    counts = np.maximum(1, places.customers_count // CUSTOMERS_PER_MANAGER)
    frame = pd.DataFrame({"branch_id": np.repeat(places.branch_id.to_numpy(), counts)})
    frame["rm_id"] = numbered("R", range(1, len(frame) + 1), 4)
    frame["name_hash"] = masked_all("示例经理" + frame.rm_id)
    frame["role"] = pick(dice, {"micro": 0.7, "retail": 0.15, "corporate": 0.05, "team_lead": 0.1}, len(frame))
    frame["start_date"] = np.datetime64("2016-01-04") + dice.integers(0, 1900, len(frame))
    frame["hours_month_count"] = dice.integers(150, 185, len(frame))
    frame["selling_share"] = dice.uniform(0.2, 0.6, len(frame)).round(2)
    frame["team"] = "示例" + (frame.groupby("branch_id").cumcount() // 8 + 1).astype(str) + "组"
    return frame


METHODS = ("interest_only", "equal_instalment", "equal_principal", "seasonal")
#: what terms depend on
NEEDED = ["group", "season", "is_perennial", "amount_median_yuan"]
CROP_TERMS = {"rice": 8, "wheat": 9, "maize": 7, "vegetables": 5}


def make_offers(world: World) -> None:
    """Write the product table and note each group's products."""
    settings = read_settings("products")["products"]
    world.notes["offers"] = pd.DataFrame(settings).set_index("product_id")
    frame = pd.DataFrame(settings)
    for column, source, end in (
        ("min_amount_yuan", "amounts", 0),
        ("max_amount_yuan", "amounts", -1),
        ("min_term_months", "terms", 0),
        ("max_term_months", "terms", -1),
        ("min_yearly_rate", "rates", 0),
        ("max_yearly_rate", "rates", -1),
    ):
        frame[column] = [row[source][end] for row in settings]
    world.keep("products", frame.assign(status="live"))


def offered_terms(world: World, persons: np.ndarray, month: int, dice: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw product, amount, rate, term and method for each person who borrows in a month."""
    people = world.notes["people"][NEEDED].iloc[persons]
    product = _products_of(people, dice)
    offers = world.notes["offers"].loc[product]
    term = _terms_of(people, offers, dice)
    low, high = np.array(offers.rates.to_list()).T
    easing = 0.0006 * (59 - month) / 12
    rate = np.clip(low + (high - low) * dice.beta(2, 2, len(people)) + easing, low, high)
    return {
        "product": product,
        "method": _methods_of(offers, term, dice),
        "term": term,
        "amount": _amounts_of(people, offers, dice),
        "rate": rate.round(4),
    }


def _products_of(people: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    groups = read_settings("groups")
    product = np.empty(len(people), dtype=object)
    for name in pd.unique(people.group):
        of_group = (people.group == name).to_numpy()
        product[of_group] = pick(dice, groups[name]["products"], int(of_group.sum()))
    product[people.is_perennial.to_numpy()] = "P02"
    return product


def _terms_of(people: pd.DataFrame, offers: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    draws = dice.random(len(people))
    term = np.array([terms[int(u * len(terms))] for terms, u in zip(offers.terms, draws, strict=True)])
    crop = people.season.map(CROP_TERMS).to_numpy(dtype=float)
    seasonal = (offers.index == "P06") & ~np.isnan(crop)
    return np.where(seasonal, np.nan_to_num(crop), term).astype(int)


def _methods_of(offers: pd.DataFrame, term: np.ndarray, dice: np.random.Generator) -> np.ndarray:
    draws = dice.random(len(term))
    names = [methods[int(u * len(methods))] for methods, u in zip(offers.methods, draws, strict=True)]
    return np.array([METHODS.index(name) for name in names])


def _amounts_of(people: pd.DataFrame, offers: pd.DataFrame, dice: np.random.Generator) -> np.ndarray:
    low, high = np.array(offers.amounts.to_list(), dtype=float).T
    drawn = people.amount_median_yuan.to_numpy() * offers.factor.to_numpy() * np.exp(dice.normal(0, 0.45, len(people)))
    step = np.where(drawn < 200_000, 5_000, 10_000)
    return np.clip(np.round(drawn / step) * step, low, high)


FESTIVAL_LEAD_DAYS = 49
#: peaks in days of the year, height over the quiet level, width in days
CROPS = {
    "rice": (75, 6.0, 14),
    "wheat": (280, 6.0, 14),
    "maize": (105, 6.0, 14),
    "vegetables": (45, 6.0, 14),
}
SEASONS = ("flat", "festival", "building", *CROPS)


def make_seasons(world: World) -> None:
    """Note the daily need of every season and the daily push of every group."""
    need = np.stack([daily_need(name) for name in SEASONS])
    world.notes["daily_need"] = need
    world.notes["monthly_need"] = monthly_means(need)
    strengths = [group["push"] for group in read_settings("groups").values()]
    push = np.stack([daily_push(strength) for strength in strengths])
    world.notes["daily_push"] = push
    together = np.stack([monthly_means(need * one) for one in push])
    world.notes["draw_weight"] = together / monthly_means(push).mean()


def daily_need(season: str) -> np.ndarray:
    """Return the need of one season for every day, about 1 on a quiet day.

    Examples
    --------
    >>> str(DAYS[:365][daily_need("festival")[:365].argmax()])  # 49 days before 2022-02-01
    '2021-12-14'
    """
    years = range(2021, 2028)
    if season == "festival":
        peaks = [np.datetime64(spring_festival(year)) - FESTIVAL_LEAD_DAYS for year in years]
        return _bumps(peaks, height=2.6, width=14)
    if season == "building":
        return _bumps(_each_year(years, 95) + _each_year(years, 262), height=1.3, width=25)
    if season in CROPS:
        day, height, width = CROPS[season]
        return _bumps(_each_year(years, day), height=height, width=width)
    return np.ones(len(DAYS))


def daily_push(strength: float) -> np.ndarray:
    """Return the bank's own rhythm: opening season, quarter ends, hardly anything on days off."""
    months = DAYS.astype("datetime64[M]")
    day = (DAYS - months.astype("datetime64[D]")).astype(int) + 1
    calendar_month = months.astype(int) % 12 + 1
    opening = (calendar_month == 1) & (day <= 20)
    quarter_end = (calendar_month % 3 == 0) & (day > 20)
    push = np.where(opening, strength, np.where(quarter_end, 1 + (strength - 1) * 0.5, 1.0))
    return push * np.where(_days_off(), 0.05, 1.0)


def monthly_means(daily: np.ndarray) -> np.ndarray:
    """Average the days of each of the sixty months, along the last axis."""
    starts = np.searchsorted(DAYS, HISTORY_MONTHS.astype("datetime64[D]"))
    lengths = np.diff(np.append(starts, len(DAYS)))
    return np.add.reduceat(daily, starts, axis=-1) / lengths


def _each_year(years: range, day: int) -> list[np.datetime64]:
    return [np.datetime64(f"{year}-01-01") + (day - 1) for year in years]


def _bumps(peaks: list, *, height: float, width: float) -> np.ndarray:
    distance = (DAYS[:, None] - np.array(peaks, dtype="datetime64[D]")[None, :]).astype(float)
    return 1.0 + height * np.exp(-0.5 * (distance / width) ** 2).sum(axis=1)


def _days_off() -> np.ndarray:
    weekend = (DAYS.astype(int) + 3) % 7 >= 5
    festivals = np.array([spring_festival(year) for year in range(2021, 2028)], dtype="datetime64[D]")
    since = (DAYS[:, None] - festivals[None, :]).astype(int)
    return weekend | ((since >= -1) & (since <= 6)).any(axis=1)
