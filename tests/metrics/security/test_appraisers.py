"""Appraisers against one another: the planted one, closed form, laws, refusals."""

import json

import numpy as np
import pandas as pd
import pytest

from microlib.bank.slices import read_branch
from microlib.errors import BadData, EmptyBook
from microlib.metrics.security.appraisers import appraiser_bias


def items(effects, *, count=40, noise=0.05, seed=1, districts=4):
    rng = np.random.default_rng(seed)
    who = np.repeat(list(effects), count)
    place = rng.integers(0, districts, len(who))
    unit = 10_000 * (1 + place) * np.exp(np.repeat(list(effects.values()), count) + rng.normal(0, noise, len(who)))
    area = rng.uniform(50, 200, len(who))
    return pd.DataFrame({"district": [f"D{p}" for p in place], "kind": "home", "appraiser_id": who, "area_m2": area,
                         "value_yuan": unit * area})  # fmt: skip


def test_the_planted_appraiser_is_found_and_no_other(demo_home):
    truth = json.loads((demo_home / "truth.json").read_text(encoding="utf8"))
    books = [read_branch(demo_home, branch=branch, as_of="2026-06-30")["collateral"] for branch in truth["branches"]]
    found = appraiser_bias(pd.concat(books, ignore_index=True)).set_index("appraiser_id")
    planted = truth["appraisal_bias"]
    assert found.index[found["is_high"]].tolist() == [planted["appraiser_id"]]
    worst = found.loc[planted["appraiser_id"]]
    assert worst.shrunk_bias_share == pytest.approx(planted["appraiser_bias_share"], abs=0.01)
    assert (found.drop(index=planted["appraiser_id"])["shrunk_bias_share"].abs() < 0.01).all()


def test_two_appraisers_a_fifth_apart_without_noise():
    rows = pd.DataFrame({"district": "D", "kind": "home", "appraiser_id": list("AABBCC"), "area_m2": 1.0,
                         "value_yuan": [120.0, 120, 100, 100, 100, 100]})  # fmt: skip
    found = appraiser_bias(rows).set_index("appraiser_id")["bias_share"]
    assert found.round(9).to_dict() == {"A": 0.2, "B": 0, "C": 0}


def test_few_items_are_drawn_towards_the_others():
    rows = pd.concat([items({"A": 0.0, "B": 0.02, "C": -0.02, "D": 0.01}), items({"E": 0.2}, count=3, seed=2)])
    found = appraiser_bias(rows).set_index("appraiser_id").loc["E"]
    assert 0 < found.shrunk_bias_share < found.bias_share and found.prior_weight_share > 0.05


def test_honest_appraisers_rarely_look_high():
    accused = [appraiser_bias(items(dict.fromkeys("ABCDEFGH", 0.0), seed=seed))["is_high"].sum() for seed in range(40)]
    assert sum(accused) <= 0.05 * 40 * 8


def test_prices_order_and_unknown_items_change_nothing(unchanged):
    rows = items({"A": 0.1, "B": 0.0, "C": 0.0})
    dearer = pd.concat([rows.assign(value_yuan=rows["value_yuan"] * 7), rows.iloc[:2].assign(appraiser_id=None)])
    with unchanged(rows):
        one, other = appraiser_bias(rows), appraiser_bias(dearer.sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(one, other, check_exact=False)


def test_appraisers_who_never_meet_are_refused():
    with pytest.raises(EmptyBook, match="no two appraisers"):
        appraiser_bias(items({"A": 0.0}))
    with pytest.raises(EmptyBook, match="noise"):
        appraiser_bias(items({"A": 0.0, "B": 0.1}, count=1, districts=1))
    with pytest.raises(BadData, match="area"):
        appraiser_bias(items({"A": 0.0, "B": 0.1}).assign(area_m2=0.0))
