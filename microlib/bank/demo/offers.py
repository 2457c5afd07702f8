"""The bank's products, and the terms on which one customer gets one of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.worlds import World, pick, read_settings

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
