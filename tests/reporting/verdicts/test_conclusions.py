"""Page 1 and the bound of few members."""

import pandas as pd


def floors(mean: float, upper: float) -> pd.DataFrame:
    frame = pd.DataFrame({"pd_case": ["mean", "upper"], "yearly_rate": 0.05, "floor_taxed_rate": [mean, upper]})
    return frame.assign(amount_yuan=5e5, margin_rate=frame["yearly_rate"] - frame["floor_taxed_rate"])


def volume(customers: int = 10) -> pd.DataFrame:
    return pd.DataFrame({"customers_count": [5, customers], "volume_yuan": [1e6, 2e6], "loss_yuan": [1e4, 3e4]})


HOLDS, FIRES = pd.DataFrame({"rule": ["r"], "state": ["holds"]}), pd.DataFrame({"rule": ["late"], "state": ["fires"]})


def test_a_price_above_both_floors_goes(told):
    assert "可以试点" in told("product_conclusion", volume(), floors=floors(0.04, 0.045), stops=HOLDS)


def test_a_price_under_the_upper_floor_stays_small(told):
    assert "可小规模试点" in told("product_conclusion", volume(), floors=floors(0.04, 0.06), stops=HOLDS)


def test_a_price_under_the_floor_does_not_start(told):
    text = told("product_conclusion", volume(), floors=floors(0.055, 0.06), stops=HOLDS)
    assert "执行利率 5.00 % 低于定价下限 5.50 %" in text


def test_a_rule_that_fires_stops_the_pilot(told):
    assert "叫停线已触发（late）" in told("product_conclusion", volume(), floors=floors(0.04, 0.045), stops=FIRES)


def test_nobody_to_lend_to_is_no_pilot(told):
    assert "没有可定额的客户" in told("product_conclusion", volume(0), floors=floors(0.04, 0.045), stops=HOLDS)


def test_a_shared_source_prints_both_bounds_and_what_history_cannot_say(told):
    row = {"segment": "hospital", "bad_count": 3, "total_count": 60, "upper_share": 0.1242}
    text = told("shared_source_bound", pd.DataFrame([row | {"correlated_upper_share": 0.22, "correlation": 0.12}]))
    assert "12.4 %" in text and "22.0 %" in text
    assert text.endswith("这段历史里该来源没有停过，历史不良不能说明它停了会怎样。")


def test_independent_members_need_no_such_sentence(told):
    row = {"segment": "stalls", "bad_count": 0, "total_count": 40, "upper_share": 0.0722}
    text = told("shared_source_bound", pd.DataFrame([row | {"correlated_upper_share": None}]))
    assert "7.2 %" in text and "没有停过" not in text


def test_decisions_are_told_do_stop_wait(told):
    row = {"segment": "whole_branch", "step": "gather_evidence", "amount_yuan": 1e6}
    text = told("decisions", pd.DataFrame([row | {"action": "wait"}, row | {"action": "do"}]))
    assert text.index("做：本支行整体") < text.index("等：本支行整体")


def test_a_decision_whose_amount_is_not_known_shows_no_empty_bracket(told):
    row = {"segment": "whole_branch", "step": "gather_evidence", "amount_yuan": None, "action": "stop"}
    assert told("decisions", pd.DataFrame([row])).startswith("停：本支行整体，") and "—" not in told(
        "decisions", pd.DataFrame([row])
    )
