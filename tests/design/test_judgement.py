"""Judgements: one state a matter, never better on worse data, each no better than what it stands on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from microlib.design.decisions import MOST_DECISIONS, QUIET, choose_decisions, decision_frame
from microlib.design.judgement import (
    CONDITION_COLUMNS,
    CONDITIONS,
    GROUP_STATES,
    OFFER_STATES,
    REQUIRED,
    LossBudget,
    branch_judgement,
    carrying_sources,
    followed_judgements,
    group_evidence,
    group_states,
    judgement_frame,
    needed_loans,
    offer_judgement,
    offering_judgements,
    pilot_room,
    product_judgements,
    segment_judgements,
    source_judgements,
    withheld,
)
from microlib.design.terms import read_policy
from microlib.errors import BadData
from microlib.metrics.quality import JUDGED, four_pars

DAY = date(2026, 6, 30)
APPETITE = 0.05
#: the shares of a ledger alone, without the default rate
FOUR = REQUIRED[:-1]
POLICY = read_policy(".", as_of=DAY)
NO_RENEWALS = pd.DataFrame({"loan_id": pd.Series(dtype="str"), "state": pd.Series(dtype="str")})
BUDGET = LossBudget(profit_yuan=1e7, margin_rate=0.01, share=0.02, lgd_share=0.65)


def book(late: np.ndarray, balances: np.ndarray) -> pd.DataFrame:
    """Return a ledger of one loan a borrower, of which some are 60 days late."""
    names = [f"{i:04d}" for i in range(len(late))]
    return pd.DataFrame(
        {
            "loan_id": [f"L{name}" for name in names],
            "customer_id": [f"C{name}" for name in names],
            "segment": "a",
            "status": "normal",
            "balance_yuan": balances,
            "amount_yuan": balances,
            "overdue_days": np.where(late, 60, 0),
            "disbursed_date": pd.Timestamp("2026-01-05"),
        }
    )


def state_of(loans: pd.DataFrame, *, gone: float = 0.0) -> str:
    """Return the state of the only group of a ledger; `gone` yuan were written off this year beside it."""
    if gone:
        written = loans.head(1).assign(
            loan_id="W", customer_id="W", status="written_off", balance_yuan=0.0, written_off_yuan=gone,
            written_off_date=pd.Timestamp("2026-03-01"),
        )  # fmt: skip
        loans = pd.concat([loans.assign(written_off_yuan=0.0), written], ignore_index=True)
    renewals = pd.DataFrame({"loan_id": pd.Series(dtype="str"), "state": pd.Series(dtype="str")})
    pars = four_pars(loans, renewals=renewals, as_of=DAY, within="segment")
    return group_states(group_evidence(pars, within="segment"), appetite=APPETITE, required=FOUR)["state"].iloc[0]


def pool(rates: pd.DataFrame) -> str:
    """Return the state of a group of which only the default rate is known."""
    return group_states(group_evidence(rates=rates, within="segment"), appetite=APPETITE)["state"].iloc[0]


def test_what_left_without_a_recorded_amount_is_no_improvement() -> None:
    before = book(np.arange(300) < 30, np.full(300, 1e5))
    gone = before["overdue_days"] > 0
    left = before.assign(
        status=before["status"].mask(gone, "written_off"),
        balance_yuan=before["balance_yuan"].mask(gone, 0.0),
        written_off_date=pd.Series(pd.NaT, index=before.index).mask(gone, pd.Timestamp("2026-03-01")),
        written_off_yuan=np.nan,
    )
    assert state_of(before) == state_of(left) == "stop"


def test_a_book_of_which_everything_was_written_off_is_stopped() -> None:
    loans = book(np.zeros(30, bool), np.full(30, 1e5))
    written = loans.assign(
        status="written_off", balance_yuan=0.0, written_off_yuan=1e5, written_off_date=pd.Timestamp("2026-06-01")
    )
    assert state_of(written) == "stop"


def test_renewals_that_could_not_be_judged_do_not_let_a_group_grow() -> None:
    loans = book(np.zeros(300, bool), np.full(300, 1e5))
    renewals = pd.DataFrame({"loan_id": loans["loan_id"], "state": "unknown"})
    pars = four_pars(loans, renewals=renewals, as_of=DAY, within="segment")
    found = group_states(group_evidence(pars, within="segment"), appetite=APPETITE, required=FOUR)
    assert found["state"].item() == "pilot"


def test_others_experience_alone_is_no_evidence_of_a_group() -> None:
    rates = pd.DataFrame({"segment": ["a"], "bad_count": 0, "total_count": 0, "shrunk_rate": 0.01,
                          "shrunk_low": 0.0, "shrunk_high": 0.03})  # fmt: skip
    assert pool(rates) == "unknown"
    assert pool(rates.assign(total_count=40)) == "pilot"


def test_a_prior_alone_stops_nobody() -> None:
    rates = pd.DataFrame({"segment": ["a"], "bad_count": 0, "total_count": 20, "shrunk_rate": 0.15,
                          "shrunk_low": 0.08, "shrunk_high": 0.2})  # fmt: skip
    assert pool(rates) == "keep"


def test_a_bad_loan_never_raises_the_loss_budget() -> None:
    margins = pd.DataFrame(
        {"product_id": ["P1"], "balance_yuan": [1e8], "margin_rate": [0.01], "capital_rate": [0.009]}
    )
    late = pd.DataFrame({"product_id": ["P1"], "measure": "par30_plain", "hit_yuan": [2e7], "base_yuan": [1e8]})
    whole, less = (LossBudget.of(margins, pars, policy=POLICY) for pars in (None, late))
    assert less.profit_yuan == pytest.approx(0.8 * whole.profit_yuan)
    grown = margins.assign(balance_yuan=1.5e8)
    more = late.assign(hit_yuan=7e7, base_yuan=1.5e8)
    assert LossBudget.of(grown, more, policy=POLICY).profit_yuan == pytest.approx(less.profit_yuan)
    other = pd.concat([late, late.assign(product_id="P2")])
    assert np.isnan(LossBudget.of(margins, other, policy=POLICY).profit_yuan)


def rank(state: str) -> int:
    """Return a group state's rank, the worst first."""
    return GROUP_STATES.index(state)


def test_nine_and_ten_bad_of_three_hundred_are_judged_by_one_method() -> None:
    balances = np.full(300, 1e5)
    states = [state_of(book(np.arange(300) < bad, balances)) for bad in range(0, 60)]
    ranks = [rank(state) for state in states]
    assert ranks == sorted(ranks, reverse=True), "one more bad loan never betters the state"
    assert states[9] == states[10] == "pilot"
    assert states[0] == "expand" and states[59] == "stop"


@pytest.mark.parametrize("seed", range(12))
def test_worse_data_never_betters_a_state(seed: int) -> None:
    draw = np.random.default_rng(seed)
    size = int(draw.integers(5, 200))
    balances = np.exp(draw.normal(12, draw.choice([0.5, 1.0, 1.5]), size))
    late = draw.random(size) < draw.choice([0.0, 0.02, 0.05, 0.2])
    before = state_of(book(late, balances))
    worse = late.copy()
    worse[draw.integers(0, size)] = True
    assert rank(state_of(book(worse, balances))) <= rank(before)
    assert rank(state_of(book(late, balances), gone=float(balances.mean()))) <= rank(before)


@pytest.mark.parametrize("bad", [0, 1, 2, 4])
def test_more_data_of_the_same_kind_moves_a_state_one_way(bad: int) -> None:
    late = np.arange(40) < bad
    ranks = [rank(state_of(book(np.tile(late, times), np.full(40 * times, 1e5)))) for times in (1, 2, 4, 8, 16, 32)]
    steps = np.sign(np.diff(ranks))
    assert not (steps > 0).any() or not (steps < 0).any(), ranks


def evidence(**shares: tuple[float, float, float]) -> pd.DataFrame:
    """Return the evidence of the group ``a``: measure -> share and range."""
    rows = [("a", name, *values, 100.0) for name, values in shares.items()]
    return pd.DataFrame(rows, columns=["segment", "measure", "share", "share_low", "share_high", "share_count"])


SOUND = (0.01, 0.0, 0.03)


def test_low_arrears_beside_high_write_offs_are_no_growth() -> None:
    four = dict.fromkeys(("par30_plain", "par30_adjusted", "par30_plain_with_exits"), SOUND)
    grown = evidence(**four, par30_adjusted_with_exits=SOUND, default_rate=SOUND)
    held = evidence(**four, par30_adjusted_with_exits=(0.06, 0.049, 0.073), default_rate=SOUND)
    assert group_states(grown, appetite=APPETITE)["state"].item() == "expand"
    found = group_states(held, appetite=APPETITE).iloc[0]
    assert (found["state"], found["measure"]) == ("keep", "par30_adjusted_with_exits")


def test_what_is_missing_is_no_growth_and_nothing_at_all_is_unknown() -> None:
    assert group_states(evidence(par30_plain=SOUND), appetite=APPETITE)["state"].item() == "pilot"
    nothing = evidence(par30_plain=(np.nan, np.nan, np.nan))
    assert group_states(nothing, appetite=APPETITE)["state"].item() == "unknown"


def test_a_pilot_s_loss_at_the_upper_rate_is_its_budget() -> None:
    room = pilot_room(pd.Series([0.02, 0.11]), budget_yuan=BUDGET.yuan, lgd_share=BUDGET.lgd_share)
    assert (room * [0.02, 0.11] * BUDGET.lgd_share).to_list() == pytest.approx([2e5, 2e5])
    assert pilot_room(pd.Series([0.02]), budget_yuan=-5.0, lgd_share=0.6).item() == 0.0


def test_without_a_bad_loan_the_count_is_that_of_the_closed_form() -> None:
    for appetite in (0.02, 0.05, 0.1):
        assert needed_loans(0.0, appetite=appetite, level=0.95) == np.ceil(np.log(0.05) / np.log(1 - appetite))


def judged_segments(share: float, **more: object) -> pd.DataFrame:
    """Judge one group, ``a``, with the middle at `share`."""
    rates = pd.DataFrame({"segment": ["a"], "shrunk_rate": [0.02], "shrunk_upper": [0.04]})
    given = {"balances": pd.Series({"a": 1e7}), "budget": BUDGET, "policy": POLICY, "as_of": DAY} | more
    return segment_judgements(evidence(par30_plain=(share, 0.0, 0.2)), rates, **given)


def test_where_evidence_falls_short_the_answer_is_a_pilot_with_its_size_and_its_end() -> None:
    row = judged_segments(0.0).iloc[0]
    assert (row["state"], row["action"], row["step"]) == ("pilot", "do", "pilot_in_budget")
    assert row["amount_yuan"] == pytest.approx(1e7 * 0.02 / (0.04 * 0.65))
    assert row["needed_count"] > 59 and row["needed_months"] == POLICY.decisions.judging_months
    assert row["settled_by"] == "pilot_outcome"


def test_a_budget_too_small_for_a_pilot_keeps_the_group_and_says_so() -> None:
    row = judged_segments(0.0, budget=LossBudget(1e4, 0.01, 0.02, 0.65)).iloc[0]
    assert (row["state"], row["held_by"]) == ("keep", "loss_budget")
    unknown = judged_segments(0.0, budget=LossBudget(np.nan, np.nan, 0.02, 0.65)).iloc[0]
    assert (unknown["state"], unknown["held_by"]) == ("keep", "loss_budget")


@pytest.mark.parametrize(("state", "best"), [("stop", "keep"), ("near_cap", "pilot"), ("usable", "pilot")])
def test_a_group_is_no_better_than_the_source_that_carries_it(state: str, best: str) -> None:
    sources = judgement_frame(pd.DataFrame({"kind": ["source"], "segment": ["H1"], "state": [state]}))
    carried = pd.DataFrame({"segment": ["a"], "source_id": ["H1"], "carried_share": [0.6]})
    row = judged_segments(0.0, sources=sources, carried=carried).iloc[0]
    assert row["state"] == best
    assert row["held_by"] == ("H1" if state == "stop" else "")
    light = carried.assign(carried_share=0.4)
    assert judged_segments(0.0, sources=sources, carried=light)["state"].item() == "pilot"


def test_the_part_that_a_source_carries_counts_borrowers_whose_dependence_is_unknown() -> None:
    loans = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "segment": "a", "balance_yuan": [5e5, 3e5, 2e5]})
    members = pd.DataFrame({"source_id": "H1", "customer_id": ["C1", "C2", "C3"], "income_share": [0.7, np.nan, 0.1]})
    assert carrying_sources(loans, members, dependence_share=0.5)["carried_share"].item() == pytest.approx(0.8)


def headroom(state: str, used: float) -> pd.DataFrame:
    """Return one source's headroom against a cap of a million."""
    return pd.DataFrame(
        {
            "source_id": ["H1"],
            "state": [state],
            "used_share": [used],
            "headroom_yuan": [1e6 * (1 - used)],
            "balance_yuan": [5e5],
            "borrowers_count": [12],
            "loss_high_yuan": [9e4],
        }
    )


def test_a_source_is_stopped_over_its_cap_or_when_it_pays_later() -> None:
    given = {"policy": POLICY, "as_of": DAY}
    late = pd.DataFrame({"core_id": ["H1"], "trend": ["later"], "change_days": [40.0]})
    cases = {
        "usable": source_judgements(headroom("within", 0.5), **given),
        "near_cap": source_judgements(headroom("near", 0.94), **given),
        "stop": source_judgements(headroom("over", 1.2), **given),
    }
    assert {state: rows["state"].item() for state, rows in cases.items()} == {name: name for name in cases}
    assert cases["stop"]["amount_yuan"].item() == pytest.approx(2e5)
    slow = source_judgements(headroom("within", 0.5), late, **given).iloc[0]
    assert (slow["state"], slow["measure"], slow["waiting_cost_yuan"]) == ("stop", "change_days", 9e4)
    assert source_judgements(headroom("no_cap", np.nan), **given).empty


def test_a_product_on_the_shelf_has_one_judgement() -> None:
    found = pd.concat(
        [
            evidence(par30_plain=SOUND, par30_adjusted=SOUND).assign(segment="P1"),
            evidence(par30_plain=(0.2, 0.1, 0.3)).assign(segment="P2"),
        ]
    )
    margins = pd.DataFrame({"product_id": ["P1", "P2"], "margin_finding": "loses", "margin_yuan": [-1e5, -2e5]})
    given = {"balances": pd.Series({"P1": 1e6, "P2": 2e6}), "policy": POLICY, "as_of": DAY}
    rows = product_judgements(found, margins, **given).set_index("segment")
    assert rows["state"].to_dict() == {"P1": "keep", "P2": "stop"}
    assert rows["step"].to_dict() == {"P1": "reprice_product", "P2": "stop_new_lending"}
    assert rows.loc["P1", "waiting_cost_yuan"] == 1e5


def test_a_product_stopped_with_its_group_shows_the_group_s_evidence_and_what_would_overturn_it() -> None:
    given = {"balances": pd.Series({"P1": 1e6}), "policy": POLICY, "as_of": DAY}
    own = evidence(par30_plain=SOUND, par30_adjusted=SOUND).assign(segment="P1")
    group = {"segment": ["a"], "state": ["stop"], "measure": ["par30_plain"], "share": [0.2], "share_low": [0.1],
             "overturning_measure": ["share_low"], "overturning_value": [0.05], "overturning_now": [0.1]}  # fmt: skip
    served = pd.DataFrame({"segment": ["P1"], "source_id": ["a"], "carried_share": [0.9]})
    row = product_judgements(own, groups=judgement_frame(pd.DataFrame(group)), served=served, **given).iloc[0]
    assert (row["state"], row["held_by"], row["share"], row["overturning_now"]) == ("stop", "a", 0.2, 0.1)
    card = choose_decisions(row.to_frame().T).iloc[0]
    assert card["overturning_now"] > card["overturning_value"] and card["held_by"] == "a"


def test_a_branch_over_its_appetite_says_so() -> None:
    third = evidence(par30_plain=(0.327, 0.28, 0.38)).assign(segment="whole_branch")
    row = branch_judgement(third, balance_yuan=1e8, policy=POLICY, as_of=DAY).iloc[0]
    assert (row["state"], row["action"]) == ("over", "stop")
    assert choose_decisions(row.to_frame().T)["step"].item() == "grow_only_where_sound"


def test_where_no_group_is_open_a_branch_over_its_appetite_stops_new_lending() -> None:
    third = evidence(default_rate=(0.33, 0.27, 0.39)).assign(segment="whole_branch")
    for state, step in (("keep", "stop_new_lending"), ("pilot", "grow_only_where_sound")):
        groups = judgement_frame(pd.DataFrame({"segment": ["a", "b"], "state": ["stop", state]}))
        row = branch_judgement(third, balance_yuan=1e8, groups=groups, policy=POLICY, as_of=DAY).iloc[0]
        assert (row["state"], row["step"]) == ("over", step)
        assert row["overturning_measure"] == "default_rate_low"  # not a share past due


@pytest.mark.parametrize("product", GROUP_STATES)
@pytest.mark.parametrize("group", GROUP_STATES)
def test_a_product_within_a_group_is_no_better_than_either_nor_than_its_own_loans(product: str, group: str) -> None:
    """Nine combinations of parents by loans that are sound, above the appetite, and certainly beyond it."""
    own = {"sound": (0.0, 0.0, 0.03), "above": (0.06, 0.01, 0.2), "beyond": (0.3, 0.2, 0.4)}
    most = {"sound": "expand", "above": "keep", "beyond": "stop"}
    for name, shares in own.items():
        found = offering_judgements(
            evidence(default_rate=shares).assign(segment="P1×a"),
            products=judgement_frame(pd.DataFrame({"segment": ["P1"], "state": [product], "measure": ["m"]})),
            groups=judgement_frame(pd.DataFrame({"segment": ["a"], "state": [group], "measure": ["m"]})),
            balances=pd.Series({"P1×a": 1e6}),
            policy=POLICY,
            as_of=DAY,
        ).iloc[0]
        worst = min((product, group, most[name]), key=GROUP_STATES.index)
        assert found["state"] == worst
        own_word = GROUP_STATES.index(most[name]) < min(map(GROUP_STATES.index, (product, group)))
        assert (found["held_by"] == "") == (own_word or worst == "expand")
        assert (found["step"] in QUIET) == (not own_word)
        assert found["measure"] == ("default_rate" if found["held_by"] == "" else "m")


VOLUME = pd.DataFrame({"case": ["low", "high"], "volume_yuan": [1e6, 2e6], "balance_yuan": [8e5, 1.6e6],
                       "customers_count": [5, 9]})  # fmt: skip


def judged_offer(**answers: str) -> pd.Series:
    """Judge a product of which all conditions hold but those given."""
    rows = [(name, answers.get(name, "yes"), None, None, "") for name in CONDITIONS]
    conditions = pd.DataFrame(rows, columns=CONDITION_COLUMNS)
    terms = {"room_yuan": 1.5e6, "margin_rate": 0.01, "product": "stall", "policy": POLICY, "as_of": DAY}
    return offer_judgement(conditions, VOLUME, **terms).iloc[0]


def test_a_pilot_is_approved_where_every_condition_holds_and_within_the_room_of_its_groups() -> None:
    row = judged_offer()
    assert (row["state"], row["step"], row["amount_yuan"]) == ("approve", "start_pilot", 1.5e6)
    assert row["waiting_cost_yuan"] == pytest.approx(8e3)


@pytest.mark.parametrize("answer", ["no", "unknown"])
@pytest.mark.parametrize("condition", list(CONDITIONS))
def test_no_condition_may_fail_and_one_that_cannot_be_answered_is_no_yes(condition: str, answer: str) -> None:
    row = judged_offer(**{condition: answer})
    assert row["state"] == CONDITIONS[condition][0] != "approve"
    assert row["step"] == (CONDITIONS[condition][1] if answer == "no" else "cannot_judge")


def test_one_more_failing_condition_never_betters_an_offer() -> None:
    for one in CONDITIONS:
        alone = OFFER_STATES.index(judged_offer(**{one: "no"})["state"])
        for other in CONDITIONS:
            both = OFFER_STATES.index(judged_offer(**{one: "no", other: "no"})["state"])
            assert both <= alone, (one, other)


def test_the_worst_never_drops_off_the_page_and_what_asks_for_nothing_is_not_on_it() -> None:
    rows = [
        {"action": action, "segment": f"{action}{i}", "step": step, "waiting_cost_yuan": cost}
        for action, step in (("do", "pilot_in_budget"), ("stop", "stop_new_lending"), ("wait", QUIET[0]))
        for i, cost in enumerate((1.0, 2.0, 3.0))
    ]
    chosen = choose_decisions(decision_frame(rows))
    assert chosen["segment"].to_list() == ["stop2", "stop1", "stop0", "do2", "do1"]
    assert len(chosen) == MOST_DECISIONS


def test_what_became_of_the_last_judgements_is_told_the_worst_first() -> None:
    now = judgement_frame(
        pd.DataFrame({"kind": "segment", "segment": ["a", "b", "c"], "state": ["pilot", "stop", "unknown"]})
    )
    then = judgement_frame(
        pd.DataFrame({"kind": "segment", "segment": ["a", "b", "c", "d"], "state": ["keep", "pilot", "keep", "stop"]})
    )
    older = then.assign(state="expand", report_date=pd.Timestamp("2026-04-30"))
    past = pd.concat([older, then.assign(report_date=pd.Timestamp("2026-05-31"))])
    found = followed_judgements(now, past)
    told = found.set_index("segment")["finding"].to_dict()
    assert told == {"b": "worse", "d": "gone", "c": "unknown", "a": "better"}
    assert found["segment"].to_list() == ["b", "d", "c", "a"]
    assert followed_judgements(now, past.iloc[:0]).empty


def test_what_is_late_and_then_written_off_or_sold_moves_no_share_of_a_judgement() -> None:
    late = np.arange(120) < 9
    before = book(late, np.exp(np.random.default_rng(4).normal(12, 1, 120))).assign(written_off_yuan=np.nan)
    gone = before["overdue_days"] > 0
    for status, day in (("written_off", "written_off_date"), ("transferred", "closed_date")):
        after = before.assign(
            status=before["status"].mask(gone, status), balance_yuan=before["balance_yuan"].mask(gone, 0.0)
        )
        after[day] = pd.Series(pd.NaT, index=before.index).mask(gone, pd.Timestamp("2026-06-01"))
        found = [
            four_pars(rows, renewals=NO_RENEWALS, as_of=DAY, within="segment", measures=JUDGED).dropna(subset="share")
            for rows in (before, after)
        ]
        pd.testing.assert_frame_equal(
            found[0][["share", "share_low", "share_high"]], found[1][["share", "share_low", "share_high"]]
        )


def test_behind_one_source_a_pilot_is_smaller_and_no_number_of_loans_may_prove_it() -> None:
    alone, shared = (judged_segments(0.0, correlations=each).iloc[0] for each in (None, {"a": 0.2}))
    bad_year = ndtr((ndtri(0.04) + np.sqrt(0.2) * ndtri(0.8)) / np.sqrt(0.8))
    assert alone["amount_yuan"] / shared["amount_yuan"] == pytest.approx(bad_year / 0.04)
    assert (alone["settled_by"], shared["settled_by"]) == ("pilot_outcome", "other_years")
    assert alone["settling_cost_yuan"] > 1800 * alone["needed_count"] > 0


def test_one_number_lifts_a_stop_and_missing_payables_are_named() -> None:
    late = pd.DataFrame({"core_id": ["H1"], "trend": ["later"], "change_days": [40.0]})
    rows = headroom("within", 0.5).assign(source_kind="core")
    slow = source_judgements(rows, late, notable_days=10.0, policy=POLICY, as_of=DAY).iloc[0]
    turned = ["overturning_measure", "overturning_side", "overturning_value"]
    assert slow[turned].to_list() == ["change_low_days", "below", 10.0]
    unseen = source_judgements(rows, policy=POLICY, as_of=DAY).iloc[0]
    assert (unseen["state"], unseen["settled_by"]) == ("usable", "core_payables")


def test_who_stays_as_slow_as_a_year_ago_is_stopped_by_the_level_and_lifted_by_nothing_else() -> None:
    rows = headroom("within", 0.5).assign(source_kind="core")
    steady = pd.DataFrame(
        {"core_id": ["H1"], "trend": ["steady"], "median_low_days": [122.0], "change_low_days": [-3.0]}
    )
    told = {"notable_days": 10.0, "slow_days": 90.0, "policy": POLICY, "as_of": DAY}
    slow = source_judgements(rows, steady, **told).iloc[0]
    turned = ["state", "measure", "overturning_measure", "overturning_side", "overturning_value", "overturning_now"]
    assert slow[turned].to_list() == ["stop", "median_days", "median_low_days", "below", 90.0, 122.0]
    quick = source_judgements(rows, steady.assign(median_low_days=90.0), **told).iloc[0]
    assert (quick["state"], quick["measure"]) == ("usable", "cap_used_share")
    over = source_judgements(headroom("over", 1.2).assign(source_kind="core"), steady, **told).iloc[0]
    assert (over["measure"], over["overturning_measure"]) == ("cap_used_share", "headroom_yuan")


def test_a_product_whose_loans_break_a_rule_is_offered_to_nobody_new_until_it_is_mended() -> None:
    found = pd.concat(
        [evidence(par30_plain=SOUND, par30_adjusted=SOUND).assign(segment=code) for code in ("P1", "P2")]
        + [evidence(par30_plain=(0.2, 0.1, 0.3)).assign(segment="P3")]
    )
    broken = pd.DataFrame({"product_id": ["P1", "P1", "P3"], "rule": ["R20", "R10", "R20"]})
    given = {"balances": pd.Series({"P1": 1e6, "P2": 1e6, "P3": 1e6}), "policy": POLICY, "as_of": DAY}
    rows = product_judgements(found, broken=broken, **given).set_index("segment")
    assert rows["step"].to_dict() == {"P1": "mend_rule_first", "P2": "keep_selling", "P3": "stop_new_lending"}
    assert rows.loc["P1", ["state", "held_by", "overturning_now"]].to_list() == ["keep", "R10 R20", 2.0]
    assert withheld(rows.reset_index()).to_list() == ["P1", "P3"]
    with pytest.raises(BadData, match="broken"):
        product_judgements(found, broken=broken.assign(rule=[None, "R10", "R20"]), **given)


def test_the_budget_rests_on_expected_profit_and_the_realised_one_is_told_beside() -> None:
    margins = pd.DataFrame({"product_id": ["P1"], "balance_yuan": [1e8], "margin_rate": [0.01], "capital_rate": [0.009],
                            "loss_rate": [0.005]})  # fmt: skip
    budget = LossBudget.of(margins, policy=POLICY, lost_yuan=2e6)
    assert budget.profit_yuan == pytest.approx(1.9e6)
    assert budget.realised_yuan == pytest.approx(1.9e6 + 5e5 - 2e6) and budget.lost_yuan == 2e6
    assert np.isnan(LossBudget.of(margins, policy=POLICY).realised_yuan)
