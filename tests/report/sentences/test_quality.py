"""Sentences on the book, defaults on file, invoices of a pool, the list of actions.

Sentences on data quality, rosters, profiles, seasons.
Sentences of page 1.
Sentences on quality, from the measures themselves.
Sentences on sources of repayment.
The two ways of counting, explained: exits compete, censoring does not.
"""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.contracts.policy import StressPolicy
from microlib.contracts.tables import TABLES
from microlib.metrics.arrears import (
    first_payment_defaults,
    first_payments,
    loans_turning_bad,
    maturing,
    stressed_renewals,
    warnings,
)
from microlib.metrics.book import book_size, control_differences, table_coverage
from microlib.metrics.defaults import default_rates
from microlib.metrics.market import two_list_estimate
from microlib.metrics.migration import MOVES
from microlib.metrics.quality import committee_ratios, four_pars, ratio_changes
from microlib.metrics.sources import affected_balances, loss_if_stopped, source_headroom
from microlib.stats.concentration import concentration
from microlib.stats.vintage import vintage_counts, vintage_curve

BOOK_LOANS = pd.DataFrame(
    {
        "loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "status": ["normal", "normal"],
        "balance_yuan": [300_000.0, 100_000.0], "overdue_days": [0, 0],
    }
)  # fmt: skip


def test_the_book_is_told_in_customers_loans_and_wan(told):
    text = told("book_size", book_size(BOOK_LOANS))
    assert text == "本行有贷款 1 户、2 笔，余额 40.0 万元，户均 40.0 万元。"


def test_defaults_on_file_are_told_with_their_interval(told):
    customers = pd.DataFrame({"is_defaulted": pd.array([True] * 27 + [False] * 96, "boolean")})
    text = told("default_rates", default_rates(customers))
    assert text.startswith("有违约记录的 27 户，违约率 22.0 %（") and "n=123" in text


def test_groups_are_compared_on_their_intervals(told):
    rows = [("A", 0.01, 0.0, 0.05, 100), ("D", 0.9, 0.7, 1.0, 24)]
    names = ["rating", "default_share", "default_share_low", "default_share_high", "default_share_count"]
    apart = pd.DataFrame(rows, columns=names)
    assert "差别可判" in told("default_rates_by", apart, within="rating")
    meeting = apart.assign(default_share_high=1.0)
    assert "证据不足以说有差别" in told("default_rates_by", meeting, within="rating")


def test_the_first_action_is_named_with_its_owner(told):
    row = {"due_date": pd.Timestamp("2026-07-15"), "segment": "whole_branch", "step": "gather_evidence"}
    text = told("actions", pd.DataFrame([row | {"owner": "risk_head"}]))
    assert "2026-07-15" in text and "风险负责人" in text


def test_voids_and_returns_are_told_side_by_side(told):
    row = {"side": "sale", "firms_count": 123, "invoices_count": 1000, "void_share": 0.08, "negative_share": 0.02}
    assert told("pool_totals", pd.DataFrame([row])).startswith("销项：123 户共 1,000 张，作废 8.0 %")


DATA_LOANS = pd.DataFrame(
    {
        "loan_id": ["L1"], "customer_id": ["C1"], "branch_id": ["0755"], "status": ["normal"],
        "balance_yuan": [99.0], "overdue_days": [0],
    }
)  # fmt: skip
TOTALS = pd.DataFrame({"branch_id": ["0755"], "customers_count": [1], "balance_yuan": [100.0], "overdue_yuan": [0.0]})


def test_totals_that_tie_make_the_data_usable(told):
    tied = control_differences(DATA_LOANS, TOTALS.assign(balance_yuan=99.0))
    assert "数据可用" in told("control_differences", tied)


def test_totals_that_differ_are_named(told):
    text = told("control_differences", control_differences(DATA_LOANS, TOTALS))
    assert text == "贷款余额与控制总数不符，差得最多的是贷款余额（相差 1.0 %）：先核对再使用。"


def test_no_totals_limit_the_use(told):
    assert "限制使用" in told("control_differences", control_differences(DATA_LOANS))


def test_the_level_reached_is_said(told):
    assert f"{len(TABLES)} 张表中有 1 张" in told("table_coverage", table_coverage({"loans": DATA_LOANS}))


def test_what_ingest_noticed_is_counted(told):
    found = pd.DataFrame({"severity": ["warn", "note"], "rows_count": [7, 3]})
    assert "1 类警告（涉及 7 行）和 1 类提示" in told("findings", found)
    assert "没有发现" in told("findings", found.iloc[:0])


def test_two_lists_give_a_size_with_its_interval(told):
    estimate = two_list_estimate(600, 500, 316).assign(venue_name="五金市场")
    assert "五金市场共有" in told("venue_populations", estimate)


def test_a_profile_is_told_by_fifths(told):
    rows = [("income_yuan", 5e5, 1e6, 3e6), ("gap_yuan", 5e4, 1e5, 2e5), ("gap_months_count", 1, 2, 4)]
    counts = {"segment": "s", "members_count": 50, "known_count": 40, "counted_count": 9}
    frame = pd.DataFrame([{"measure": m, "p20": low, "p50": mid, "p80": top} | counts for m, low, mid, top in rows])
    assert "年收入中位数 100.0 万元" in told("segment_profile", frame, segment="s")
    assert "40 户中 9 户出现过逐月的资金缺口，缺口中位数 10.0 万元" in told("segment_profile", frame, segment="s")
    assert "看不到资金缺口" in told("segment_profile", frame.assign(counted_count=0), segment="s")
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


@pytest.fixture
def maturity_ledger() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "loan_id": ["L1", "L2", "L3"],
            "customer_id": ["C1", "C2", "C3"],
            "status": ["overdue", "normal", "normal"],
            "balance_yuan": [300_000.0, 200_000.0, 100_000.0],
            "overdue_days": [70, 0, 0],
            "disbursed_date": pd.to_datetime(["2025-01-10"] * 3),
            "maturity_date": pd.to_datetime(["2027-01-10", "2026-06-20", "2026-08-01"]),
            "repayment_source_confirmed": pd.array([None, False, True], "boolean"),
            "overdue_interest_yuan": [1800.0, 0.0, 0.0],
        }
    )


def test_what_matures_is_said_with_customers_and_wan(told, maturity_ledger):
    text = told("maturing", maturing(maturity_ledger, as_of="2026-06-08"))
    assert text == "30 天内到期 1 户 20.0 万元，90 天内到期 2 户 30.0 万元。"


def test_what_nobody_confirmed_is_said(told, maturity_ledger):
    text = told("maturing_sources", maturing(maturity_ledger, as_of="2026-06-08"))
    assert "还款来源未确认 1 户 20.0 万元" in text


def test_a_book_that_records_no_source_says_so(told, maturity_ledger):
    bare = maturity_ledger.drop(columns="repayment_source_confirmed")
    assert "都没有登记还款来源" in told("maturing_sources", maturing(bare, as_of="2026-06-08"))


def test_the_day_on_which_a_loan_turns_bad_is_said(told, maturity_ledger):
    text = told("crossing_loans", loans_turning_bad(maturity_ledger, as_of="2026-06-08"))
    assert "1 笔 30.0 万元" in text and "最早 2026-06-29" in text


def test_no_crossing_is_said_plainly(told, maturity_ledger):
    calm = maturity_ledger.assign(overdue_days=0)
    assert told("crossing_loans", loans_turning_bad(calm, as_of="2026-06-08")).startswith(
        "数据日之后的下一个月底前，没有"
    )


def test_warnings_name_the_largest(told, maturity_ledger):
    text = told("warnings", warnings(maturity_ledger, as_of="2026-06-08"))
    assert text.startswith("待处理事项：") and "欠息" in text


def test_no_warning_is_said_plainly(told, maturity_ledger):
    calm = maturity_ledger.assign(overdue_days=0, status="normal", overdue_interest_yuan=0.0)
    assert "没有新增逾期" in told("warnings", warnings(calm, as_of="2026-06-08"))


BOOK = {
    "loan_id": [f"L{i}" for i in range(40)],
    "customer_id": [f"C{i}" for i in range(40)],
    "status": ["overdue"] * 2 + ["normal"] * 38,
    "balance_yuan": [25_000.0] * 40,
    "amount_yuan": [25_000.0] * 40,
    "overdue_days": [95, 40] + [0] * 38,
    "class5": ["substandard", "special_mention"] + ["normal"] * 38,
    "issue_type": ["new"] * 40,
    "previous_loan_id": [None] * 40,
    "disbursed_date": pd.to_datetime(["2025-01-05"] * 40),
    "maturity_date": pd.to_datetime(["2027-01-05"] * 40),
}


@pytest.fixture
def quality_ledger() -> pd.DataFrame:
    return pd.DataFrame(BOOK)


def test_the_heading_holds_the_committees_ratios_as_the_ledger_holds_them(told, quality_ledger):
    text = told("committee_ratios", committee_ratios(quality_ledger, as_of="2026-06-30"))
    assert text == "不良率 2.5 %，关注率 2.5 %，逾期30天以上余额占比 5.0 %。"


def test_what_a_ledger_alone_cannot_say_is_said(told, quality_ledger):
    text = told("committee_remarks", committee_ratios(quality_ledger, as_of="2026-06-30"))
    assert "100.0 %，没有超过不良" in text and "还原不良生成率未计算" in text


def test_late_loans_outside_the_bad_classes_are_noticed(told, quality_ledger):
    mild = quality_ledger.assign(class5=["substandard", "normal"] + ["normal"] * 38, overdue_days=[95, 120] + [0] * 38)
    assert "有逾期超过90天的贷款没有计入不良" in told("committee_remarks", committee_ratios(mild, as_of="2026-06-30"))


def test_without_renewals_only_the_plain_share_is_said(told, quality_ledger):
    assert "未做调整" in told("four_pars", four_pars(quality_ledger, as_of="2026-06-30"))


def test_renewals_known_and_none_stressed(told, quality_ledger):
    states = stressed_renewals(quality_ledger, as_of="2026-06-30")
    text = told("four_pars", four_pars(quality_ledger, renewals=states, as_of="2026-06-30"))
    assert "没有发现承压续贷" in text and told("renewals", states) == "没有存续的续贷。"


@pytest.mark.parametrize(("low", "high", "word"), [(0.0, 0.02, "达标"), (0.06, 0.2, "超标"), (0.01, 0.1, "不可判")])
def test_the_appetite_is_judged_on_the_whole_interval(told, low, high, word):
    row = {"measure": "par30_adjusted", "share": (low + high) / 2, "share_low": low, "share_high": high}
    frame = pd.DataFrame([row | {"base_customers_count": 60}])
    assert word in told("against_appetite", frame, measure="par30_adjusted", appetite=0.05)


def test_no_fresh_loan_is_no_rate(told, quality_ledger):
    found = first_payments(quality_ledger, as_of="2026-06-30")
    assert "暂不能判断" in told("first_payment_defaults", first_payment_defaults(found))


def test_both_languages_hold_the_same_numbers(told, quality_ledger):
    ratios = committee_ratios(quality_ledger, as_of="2026-06-30")
    numbers = [
        [part for part in told("committee_ratios", ratios, lang=lang).replace("，", " ").split() if part[0].isdigit()]
        for lang in ("zh", "en")
    ]
    assert numbers[0][0] == numbers[1][0] == "2.5"


SHARES = {"pd_low": 0.2, "pd_high": 0.4, "lgd_low": 0.4, "lgd_high": 0.6, "dependence_share": 0.5}
STRESS = StressPolicy(stop_days=90, coverage_months=12, correlation={}, **SHARES)
MEMBERS = pd.DataFrame(
    {
        "source_kind": "core", "source_id": "H1", "customer_id": ["C1", "C2"],
        "income_share": [0.8, 0.6], "balance_yuan": [3e5, 2e5],
    }
)  # fmt: skip
CASH = pd.DataFrame(
    {
        "customer_id": ["C1", "C2"], "buffer_yuan": [1e4, 9e5], "inflow_month_yuan": [1e5, 1e5],
        "outflow_month_yuan": [9e4, 9e4], "fixed_month_yuan": [3e4, 3e4], "debt_service_yuan": [1.2e5, 8e4],
    }
)  # fmt: skip


def test_without_flows_only_the_affected_balance_is_said(told):
    text = told("affected_balances", affected_balances(MEMBERS, stress=STRESS))
    assert "H1：2 户、50.0 万元" in text


def test_the_loss_is_a_range(told):
    text = told("loss_if_stopped", loss_if_stopped(MEMBERS, CASH, stress=STRESS))
    assert "1 户 30.0 万元现金断档" in text and "预计损失 2.4 万元至 7.2 万元" in text


def test_borrowers_without_flows_are_counted(told):
    losses = loss_if_stopped(MEMBERS, CASH.head(1), stress=STRESS)
    assert "1 户次 20.0 万元没有流水" in told("untested_sources", losses)


def test_an_unknown_share_is_not_taken_for_dependence(told):
    unknown = MEMBERS.assign(income_share=float("nan"))
    assert "占比未知的以 H1 最多" in told("affected_balances", affected_balances(unknown, stress=STRESS))


def test_a_source_over_its_cap_is_named(told):
    found = source_headroom(affected_balances(MEMBERS, stress=STRESS), cap_yuan=400_000)
    assert "敞口 50.0 万元，上限 40.0 万元" in told("source_headroom", found)


def test_no_common_source_is_said_plainly(told):
    assert "没有发现多户共用" in told("affected_balances", affected_balances(MEMBERS.iloc[:0], stress=STRESS))


def test_the_concentration_is_told_in_equal_parts(told):
    loans = pd.DataFrame({"branch_id": "0755", "industry_code": ["a", "b"], "balance_yuan": [1.0, 1.0]})
    text = told("concentration", concentration(loans, within="branch_id", across="industry_code"))
    assert "2 份余额，分散度相当于约 2 份等额" in text


def curve(*outcomes: tuple[str, int, int]) -> pd.DataFrame:
    rows = [(name, month) for name, month, times in outcomes for _ in range(times)]
    frame = pd.DataFrame(rows, columns=["outcome", "month_on_book"]).assign(amount_yuan=1.0)
    return vintage_curve(vintage_counts(frame))


def test_the_key_of_settled_loans_is_explained_as_exits(told):
    text = told("vintage_methods", curve(("bad", 3, 2), ("settled", 5, 45), ("bad", 9, 2), ("open", 9, 51)))
    assert "4.0 %" in text and "会得到" in text and "高估了不良" in text


def test_loans_not_yet_observed_are_no_exits(told):
    text = told("vintage_methods", curve(("bad", 3, 2), ("open", 5, 45), ("bad", 9, 2), ("open", 9, 51)))
    assert "有 45 笔只是还没观察到那么久，不是退出" in text


def test_the_headline_carries_interval_and_count(told):
    text = told("vintage", curve(("bad", 3, 2), ("open", 9, 98)))
    assert text.startswith("放款后第 9 个月") and "n=100" in text


def _bridges(**moves: float) -> pd.DataFrame:
    """A bridge of a month and the same over a year, of the yuan given; one loan a move."""
    yuan = pd.Series(0.0, index=pd.Index(MOVES, name="move")).add(pd.Series(moves), fill_value=0.0).reindex(MOVES)
    sides = {"yuan": yuan, "count": (yuan > 0).astype(int)}
    return pd.DataFrame(
        {f"{span}_{part}": side for span in ("month", "year") for part, side in sides.items()} | {"year_months": 12}
    ).reset_index()


def test_a_fall_by_write_offs_is_told_from_one_by_cash(told):
    erased = _bridges(opening=9e6, new=1e6, recovered=5e5, written_off=2e6, transferred=5e5, closing=7e6)
    assert told("npl_bridges", erased).startswith(
        "不良由 900.0 万元降到 700.0 万元，靠的是核销和转让 250.0 万元，现金只收回 50.0"
    )
    paid = _bridges(opening=9e6, recovered=2e6, closing=7e6)
    assert told("npl_bridges", paid, lang="en").endswith("0 new (0.0 wan yuan).")
    assert "升到" in told("npl_bridges", _bridges(opening=1e6, new=1e6, closing=2e6))
    assert told("npl_bridges", _bridges()) == "上月末到现在没有不良贷款。"


def test_a_loan_that_left_without_trace_is_told(told):
    said = told("bridge_remarks", _bridges(opening=1e6, untraced=1e6))
    assert "去向不明 1 笔 100.0 万元" in said and said.startswith("近 12 个月新增不良 0.0 万元")
    assert told("bridge_remarks", _bridges(opening=1e6, closing=1e6)) == ""


def test_only_more_than_in_any_month_before_is_asked_about(told):
    frame = {"month": ["2026-05", "2026-06"], "loans_count": [1, 2], "cleared_yuan": [3e6, 4e6],
             "former_most_yuan": [None, 3e6], "is_most": [False, True]}  # fmt: skip
    cleared = pd.DataFrame(frame)
    assert told("cleared_arrears", cleared).startswith("要问的一件事：本月 2 笔 400.0 万元")
    assert told("cleared_arrears", cleared.assign(is_most=False)) == ""
    assert "没有更早的月份可比" in told("cleared_arrears", cleared[:1])
    assert told("cleared_arrears", cleared.assign(loans_count=0)) == ""


@pytest.mark.parametrize(("months", "said"), [(0, "看不出变化"), (1, "（上月末 2.0 %）"), (12, "，一年前 1.0 %）")])
def test_the_state_is_told_against_the_months_that_are_there(told, months, said):
    rows = {"2025-06": 0.01, "2026-05": 0.02, "2026-06": 0.03}
    kept = {0: ["2026-06"], 1: ["2026-05", "2026-06"], 12: list(rows)}[months]
    frame = pd.DataFrame({"month": kept, "balance_yuan": 1e6, "customers_count": 5, "special_mention_share": 0.0,
                          "npl_share": [rows[month] for month in kept], "overdue30_share": 0.0})  # fmt: skip
    assert said in told("ratio_changes", ratio_changes(frame))


def test_missing_tables_are_named_and_none_is_no_sentence(told):
    there = table_coverage({name: BOOK_LOANS for name in TABLES})
    assert told("missing_tables", there) == ""
    assert told("missing_tables", there.assign(state=["absent"] + ["present"] * (len(there) - 1))) == "缺的表：机构。"
