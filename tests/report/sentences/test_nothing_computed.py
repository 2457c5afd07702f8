"""Nothing computed is no all clear: each page says that it cannot be judged."""

import pandas as pd
import pytest

UNSEEN = {
    "use_summary": pd.DataFrame({"sign": ["any_sign"], "loans_count": [0], "known_count": [0], "balance_yuan": [0.0]}),
    "timeline_summary": pd.DataFrame({"check": ["at_night"], "files_count": [0], "looked_count": [0]}),
    "unexplained_equity": pd.DataFrame({"is_explained": pd.Series(dtype=bool), "hidden_yuan": []}),
    "rules_checked": pd.DataFrame({"rule": ["property_use"], "state": ["unknown"]}),
    "funnel": pd.DataFrame({"funnel_place": pd.Series(dtype=str)}),
    "book_changes": pd.DataFrame({"is_beyond": pd.Series(dtype=bool), "figure": pd.Series(dtype=str)}),
    "product_overlaps": pd.DataFrame({"finding": pd.Series(dtype=str)}),
    "replacements": pd.DataFrame({"new_count": [0], "replaced_share": [None], "replaced_count": [0]}),
    "refinanced_ends": pd.DataFrame({"ended_count": [0], "renewed_share": [None], "renewed_count": [0]}),
    "gap_closers": pd.DataFrame({"closer": ["more_managers", "larger_ticket"], "needed_number": None}),
    "warnings": pd.DataFrame({"warning": ["new_overdue"], "loans_count": [0], "unknown_count": [9]}),
    "leading_groups": pd.DataFrame({"segment": [], "measure": [], "p50": []}),
    "actions": pd.DataFrame(),
    "meeting_ask": pd.DataFrame(),
}


@pytest.mark.parametrize("page", UNSEEN)
def test_what_nobody_could_see_cannot_be_judged(told, page):
    options = {"audience": "risk_desk"} if page == "meeting_ask" else {}
    assert "无法判断" in told(page, UNSEEN[page], **options)
    assert "cannot be judged" in told(page, UNSEEN[page], lang="en", **options)


def test_collateral_that_covers_is_told_with_what_sales_brought_and_without_sales_as_unknown(told):
    shocks = pd.DataFrame({
        "fall_share": [0.0, 0.3], "balance_yuan": 9e6, "uncovered_yuan": [0.0, 0.0], "lost_yuan": 1e6, "lgd_share": 0.1,
        "sold_open_yuan": [1e5, 5e5], "sold_open_low_yuan": [0.0, 1e5], "sold_open_high_yuan": [3e5, 9e5],
        "sales_count": 5, "behind_count": 2, "behind_yuan": 4e5,
    })  # fmt: skip
    said = told("value_shocks", shocks)
    assert "押品足额覆盖，无缺口" in said and "核销 100.0 万元" in said and "10.0 万元（0.0 万元–30.0 万元）" in said
    assert "2 笔 40.0 万元排在别人抵押之后" in said
    assert "变现率无法判断" in told("value_shocks", shocks.assign(sold_open_low_yuan=None, behind_count=0))


def test_a_market_closes_and_a_payer_stops_paying(told):
    lost = pd.DataFrame({
        "source_id": ["V01"], "source_kind": ["venue"], "affected_yuan": 9e6, "gap_count": 3, "gap_yuan": 5e6,
        "loss_low_yuan": 1e5, "loss_high_yuan": 4e5,
    })  # fmt: skip
    assert "停业 90 天" in told("loss_if_stopped", lost)
    assert "停付 90 天" in told("loss_if_stopped", lost.assign(source_kind="core_enterprise"))


def test_without_flows_or_lines_the_balance_is_told_and_nothing_is_shared(told):
    hung = pd.DataFrame({
        "source_id": ["G01"], "source_kind": ["guarantor"], "affected_count": 2, "affected_yuan": 9e5,
        "unknown_count": 0, "unknown_yuan": 0.0,
    })  # fmt: skip
    assert told("loss_if_stopped", hung) == told("affected_balances", hung)
    shared = pd.DataFrame({"core_id": [], "case": [], "margin_yuan": [], "corporate_yuan": [], "small_yuan": []})
    assert "没有可定额的供应商" in told("shared_margins", shared)
    lines = pd.DataFrame({"core_id": [], "limit_yuan": [], "bound_by": []})
    assert "没有可定额的供应商" in told("supplier_lines", lines)


def test_a_month_as_high_as_the_peak_is_named_and_a_launch_heeds_the_decision(told):
    row = {"segment": ["g"], "reason": "own_season", "peak_month": 9, "peak_ratio": 1.8, "peak_low": 1.44}
    rhythms = pd.DataFrame({**row, "peak_high": 2.19})
    index = pd.DataFrame({"segment": "g", "calendar_month": [4, 9, 10], "index_ratio": [1.48, 1.54, 1.2],
                          "index_low": [1.46, 1.52, 1.18]})  # fmt: skip
    assert "图里的4月也到了" in told("bank_rhythms", rhythms, index)
    assert "图里" not in told("bank_rhythms", rhythms, index.assign(index_ratio=[1.40, 1.54, 1.2]))
    launch = pd.DataFrame({"segment": ["g"], "launch_week": "2026-W29", "peak_month_name": "2026-09",
                           "launch_date": pd.Timestamp("2026-07-19")})  # fmt: skip
    decided = pd.DataFrame({"segment": ["g"], "action": "wait", "due_date": pd.Timestamp("2026-07-30")})
    assert "2026-07-30 前暂不扩大" in told("launch_week", launch, decided)
    assert "暂不扩大" not in told("launch_week", launch, decided.assign(due_date=pd.Timestamp("2026-07-10")))
    assert "不启动" in told("launch_week", launch, decided.assign(action="stop"))
