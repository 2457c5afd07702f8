"""Sentences on quality, from the measures themselves."""

import pandas as pd
import pytest

from microlib.metrics import first_payments, pars, quality, renewals

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
def ledger() -> pd.DataFrame:
    return pd.DataFrame(BOOK)


def test_the_heading_holds_the_committees_ratios_with_their_intervals(told, ledger):
    text = told("committee_ratios", quality.committee_ratios(ledger, as_of="2026-06-30"))
    assert text.startswith("不良率 2.5 %（") and "n=40）" in text and "关注率 2.5 %" in text
    assert "逾期30天以上余额占比 5.0 %" in text


def test_what_a_ledger_alone_cannot_say_is_said(told, ledger):
    text = told("committee_remarks", quality.committee_ratios(ledger, as_of="2026-06-30"))
    assert "100.0 %，没有超过不良" in text and "还原不良生成率未计算" in text


def test_late_loans_outside_the_bad_classes_are_noticed(told, ledger):
    mild = ledger.assign(class5=["substandard", "normal"] + ["normal"] * 38, overdue_days=[95, 120] + [0] * 38)
    assert "有逾期超过90天的贷款没有计入不良" in told(
        "committee_remarks", quality.committee_ratios(mild, as_of="2026-06-30")
    )


def test_without_renewals_only_the_plain_share_is_said(told, ledger):
    assert "未做调整" in told("four_pars", pars.four_pars(ledger, as_of="2026-06-30"))


def test_renewals_known_and_none_stressed(told, ledger):
    states = renewals.stressed_renewals(ledger, as_of="2026-06-30")
    text = told("four_pars", pars.four_pars(ledger, renewals=states, as_of="2026-06-30"))
    assert "没有发现承压续贷" in text and told("renewals", states) == "没有存续的续贷。"


@pytest.mark.parametrize(("low", "high", "word"), [(0.0, 0.02, "达标"), (0.06, 0.2, "超标"), (0.01, 0.1, "不可判")])
def test_the_appetite_is_judged_on_the_whole_interval(told, low, high, word):
    row = {"measure": "par30_adjusted", "share": (low + high) / 2, "share_low": low, "share_high": high}
    frame = pd.DataFrame([row | {"base_customers_count": 60}])
    assert word in told("against_appetite", frame, measure="par30_adjusted", appetite=0.05)


def test_no_fresh_loan_is_no_rate(told, ledger):
    found = first_payments.first_payments(ledger, as_of="2026-06-30")
    assert "暂不能判断" in told("first_payment_defaults", first_payments.first_payment_defaults(found))


def test_both_languages_hold_the_same_numbers(told, ledger):
    ratios = quality.committee_ratios(ledger, as_of="2026-06-30")
    numbers = [
        [part for part in told("committee_ratios", ratios, lang=lang).replace("，", " ").split() if part[0].isdigit()]
        for lang in ("zh", "en")
    ]
    assert numbers[0][0] == numbers[1][0] == "2.5"
