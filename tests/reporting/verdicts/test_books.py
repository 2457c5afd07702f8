"""Sentences on the book, defaults on file, invoices of a pool, the list of actions."""

import pandas as pd

from microlib.metrics import book_sizes, borrower_defaults

LOANS = pd.DataFrame(
    {
        "loan_id": ["L1", "L2"], "customer_id": ["C1", "C1"], "status": ["normal", "normal"],
        "balance_yuan": [300_000.0, 100_000.0], "overdue_days": [0, 0],
    }
)  # fmt: skip


def test_the_book_is_told_in_customers_loans_and_wan(told):
    text = told("book_size", book_sizes.book_size(LOANS))
    assert text == "本行有贷款 1 户、2 笔，余额 40.0 万元，户均 40.0 万元。"


def test_defaults_on_file_are_told_with_their_interval(told):
    customers = pd.DataFrame({"is_defaulted": pd.array([True] * 27 + [False] * 96, "boolean")})
    text = told("default_rates", borrower_defaults.default_rates(customers))
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
