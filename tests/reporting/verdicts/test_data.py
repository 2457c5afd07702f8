"""Sentences on data quality, rosters, profiles, seasons."""

import pandas as pd

from microlib.contracts.tables.registry import TABLES
from microlib.metrics import populations, reconciliations

LOANS = pd.DataFrame(
    {
        "loan_id": ["L1"], "customer_id": ["C1"], "branch_id": ["0755"], "status": ["normal"],
        "balance_yuan": [99.0], "overdue_days": [0],
    }
)  # fmt: skip
TOTALS = pd.DataFrame({"branch_id": ["0755"], "customers_count": [1], "balance_yuan": [100.0], "overdue_yuan": [0.0]})


def test_totals_that_tie_make_the_data_usable(told):
    tied = reconciliations.control_differences(LOANS, TOTALS.assign(balance_yuan=99.0))
    assert "数据可用" in told("control_differences", tied)


def test_totals_that_differ_are_named(told):
    text = told("control_differences", reconciliations.control_differences(LOANS, TOTALS))
    assert text == "贷款余额与控制总数不符，差得最多的是贷款余额（相差 1.0 %）：先核对再使用。"


def test_no_totals_limit_the_use(told):
    assert "限制使用" in told("control_differences", reconciliations.control_differences(LOANS))


def test_the_level_reached_is_said(told):
    assert f"{len(TABLES)} 张表中有 1 张" in told("table_coverage", reconciliations.table_coverage({"loans": LOANS}))


def test_what_ingest_noticed_is_counted(told):
    found = pd.DataFrame({"severity": ["warn", "note"], "rows_count": [7, 3]})
    assert "1 类警告（涉及 7 行）和 1 类提示" in told("findings", found)
    assert "没有发现" in told("findings", found.iloc[:0])


def test_two_lists_give_a_size_with_its_interval(told):
    estimate = populations.two_list_estimate(600, 500, 316).assign(venue_name="五金市场")
    assert "五金市场共有" in told("venue_populations", estimate)


def test_a_profile_is_told_by_fifths(told):
    rows = [("income_yuan", 5e5, 1e6, 3e6), ("gap_yuan", 5e4, 1e5, 2e5), ("gap_months_count", 1, 2, 4)]
    counts = {"segment": "s", "members_count": 50, "known_count": 40}
    frame = pd.DataFrame([{"measure": m, "p20": low, "p50": mid, "p80": top} | counts for m, low, mid, top in rows])
    assert "年收入中位数 100.0 万元" in told("segment_profile", frame, segment="s")
    assert "没有一户的收入有据可查" in told("segment_profile", frame, segment="other")


def rhythms(*rows: tuple[str, str, int]) -> pd.DataFrame:
    shared = {"peak_ratio": 1.8, "peak_low": 1.4, "peak_high": 2.2, "raw_peak_month": 1}
    return pd.DataFrame([{"segment": s, "reason": r, "peak_month": m} | shared for s, r, m in rows])


def test_the_banks_own_rhythm_is_called_by_its_name(told):
    text = told("bank_rhythms", rhythms(("a", "bank_rhythm", 1), ("b", "own_season", 10)))
    assert "b的旺季在10月" in text and "这是行内投放节奏，不是客群旺季，不给启动周" in text


def test_the_heading_says_so_too(told):
    assert "行内投放节奏，不是客群旺季" in told("season_title", rhythms(("a", "bank_rhythm", 1)))
    assert "都看不出稳定的旺季" in told("season_title", rhythms(("a", "no_clear_season", 1)))


def test_a_launch_week_is_given_only_where_there_is_one(told):
    row = {"segment": "b", "launch_week": "2026-W35", "launch_date": "2026-08-27", "peak_month_name": "2026-10"}
    due = pd.DataFrame([row]).astype({"launch_date": "datetime64[s]"})
    assert "2026-08-27 所在的那一周（2026-W35）" in told("launch_week", due)
    assert told("launch_week", due.assign(launch_week=None)) == "没有可以定启动周的客群。"
