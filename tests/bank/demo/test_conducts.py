"""What was planted in the tables of conduct can be seen there."""

import numpy as np
import pandas as pd

from microlib.bank.demo import outlooks
from microlib.bank.demo.worlds import World


def payments_of(world: World, name: str) -> pd.DataFrame:
    frame = world.frames["payments"]
    return frame[frame.loan_id.isin(world.truth["use_of_funds"][name])]


def test_payments_of_a_loan_sum_to_its_amount(small_world: World) -> None:
    paid = small_world.frames["payments"].groupby("loan_id").amount_yuan.sum()
    lent = small_world.frames["loans"].set_index("loan_id").amount_yuan.reindex(paid.index)
    whole = (small_world.frames["loans"].set_index("loan_id").disbursed_date < "2026-05-01").reindex(paid.index)
    assert (paid - lent)[whole].abs().max() < 0.02


def test_split_payments_stay_under_the_threshold_and_sum_above_it(small_world: World) -> None:
    pieces = payments_of(small_world, "split_under_threshold")
    assert (pieces.amount_yuan < 500_000).all()
    assert (pieces.method == "own").all()
    assert (pieces.groupby(["loan_id", "payee_hash"]).amount_yuan.sum() > 500_000).all()


def test_nothing_else_is_paid_out_by_the_borrower_above_the_threshold(small_world: World) -> None:
    own = small_world.frames["payments"].query("method == 'own'")
    assert own.amount_yuan.max() <= 500_000


def test_returned_money_is_most_of_it_and_refunds_are_little(small_world: World) -> None:
    back = payments_of(small_world, "returned_to_borrower")
    assert (back.returned_yuan > 0.8 * back.amount_yuan).all()
    refunds = payments_of(small_world, "refunds_innocent").dropna(subset=["returned_yuan"])
    small = refunds[~refunds.loan_id.isin(back.loan_id)]
    assert len(small)
    assert (small.returned_yuan < 0.1 * small.amount_yuan).all()


def test_six_borrowers_pay_one_payee(small_world: World) -> None:
    assert payments_of(small_world, "one_payee_for_many").payee_hash.nunique() == 1


def test_hidden_debt_is_missing_from_the_owners_worth(small_world: World) -> None:
    seen = small_world.frames["site_checks"]
    implied = seen.opening_worth_yuan + seen.profit_yuan + seen.injected_yuan - seen.withdrawn_yuan
    gap = (implied - seen.net_worth_yuan) / seen.net_worth_yuan
    hiding = seen.customer_id.isin(small_world.truth["hidden_debt"]["customer_ids"])
    assert gap[hiding].groupby(seen.customer_id).max().min() > 0.2
    assert gap[~hiding].abs().max() < 0.1


def test_reviews_name_reasons_as_often_as_planted(small_world: World) -> None:
    frame = small_world.frames["bad_loan_reviews"]
    both = frame.dropna(subset=["second_reason_code"])
    agreed = (both.reason_code == both.second_reason_code).mean()
    assert 0.7 < agreed < 0.97
    assert (frame.realised_loss_yuan >= 0).all()


def test_flows_of_one_trade_follow_one_series(small_world: World) -> None:
    series = small_world.frames["external_series"].query("series_id == @outlooks.FOLLOWED").set_index("month").value
    people = small_world.notes["people"]
    flows = small_world.frames["flow_months"]
    flows = flows[flows.customer_id.isin(people.customer_id[people.industry_code == outlooks.TRADE])]
    sold = small_world.notes["sales"][people.customer_id.isin(flows.customer_id).to_numpy()].sum(axis=0)
    moved = np.log(flows.groupby("month").inflow_yuan.sum().to_numpy() / sold)
    slope = np.polyfit(np.log(series.to_numpy()), moved, 1)[0]
    assert abs(slope - outlooks.ELASTICITY) < 0.05


def test_steps_of_an_application_keep_their_order_and_office_hours(small_world: World) -> None:
    frame, odd = small_world.frames["applications"], small_world.truth["timelines"]
    names = ["submitted_at", "documents_complete_at", "surveyed_at", "decided_at", "signed_at", "disbursed_at"]
    for earlier, later in zip(names, names[1:], strict=False):
        assert not (frame[earlier] > frame[later]).any(), (earlier, later)
    plain = frame[~frame.application_id.isin(odd["decided_at_night"])]
    assert plain.decided_at.dropna().dt.hour.between(9, 18).all()
    assert (plain.decided_at.dropna().dt.dayofweek < 5).mean() > 0.9


def test_planted_pledges_are_registered_after_the_money_was_out(small_world: World) -> None:
    links = small_world.frames["collateral_links"].merge(small_world.frames["collateral"], on="collateral_id")
    links = links.merge(small_world.frames["loans"][["loan_id", "disbursed_date"]], on="loan_id")
    late = set(links.loan_id[links.registered_date > links.disbursed_date])
    assert late == set(small_world.truth["timelines"]["disbursed_before_registration"])


def test_waived_rules_were_for_young_businesses(small_world: World) -> None:
    waived = small_world.truth["waived_rules"]["application_ids"]
    asked = small_world.frames["applications"]
    asked = asked[asked.application_id.isin(waived)].drop_duplicates("customer_id")
    founded = small_world.frames["customers"].set_index("customer_id").established_date
    assert ((asked.submitted_at - asked.customer_id.map(founded)).dt.days < 365).all()


def test_sold_pledges_bring_less_than_their_value(small_world: World) -> None:
    sold = small_world.frames["disposals"].merge(small_world.frames["collateral"], on="collateral_id")
    assert len(sold)
    assert (sold.price_yuan < 1.2 * sold.value_yuan).all()
