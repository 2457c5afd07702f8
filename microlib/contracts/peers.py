"""Peers' products and patterns of use as written: what a row must say, and when a borrower holds the money.

A row about a peer says where it was seen and when. A `Usage` says for how many months money must be at hand
and in which of them it is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from microlib.contracts.columns import HIGHEST_RATE, Table, code, count, day, flag, key, share, text, yuan
from microlib.contracts.documents import Bilingual, Code, Terms, read_document
from microlib.contracts.tables.ledger import GUARANTEES, REPAYMENTS

PAYERS = "borrower bank core_enterprise guarantor fund"
PEERS = Table(
    "peers",
    "同业产品",
    ("offer_id",),
    level=0,
    state=True,
    columns=(
        key("offer_id", "产品编号", example="Q01"),
        text("lender", "机构", required=True, example="合成同业甲"),
        text("name", "产品名称", required=True),
        text("source", "来源", required=True),
        day("seen_date", "看到日期", required=True),
        text("seen_by", "看到人", required=True),
        flag("is_synthetic", "是否合成", required=True),
        text("segments", "客群"),
        code("repayment", "还款方式", REPAYMENTS.replace(" other", ""), required=True),
        share("yearly_rate", "年利率", required=True, high=HIGHEST_RATE),
        count("min_term_months", "最短期限", required=True, low=1),
        count("max_term_months", "最长期限", required=True, low=1),
        yuan("max_amount_yuan", "最高额度", required=True),
        code("secured", "担保方式", GUARANTEES, required=True),
        share("fee_share", "前端费率", required=True),
        yuan("fee_yuan", "前端定额费用", required=True),
        share("yearly_fee_rate", "年费率", required=True),
        code("fee_payer", "费用承担人", PAYERS, required=True),
        share("retained_share", "留存存款比例", required=True),
        share("retained_rate", "留存存款利率", required=True),
        count("approval_days", "审批天数"),
    ),
)
Month = Annotated[int, Field(strict=True, ge=1, le=60)]


class Usage(Terms):
    """One pattern of use: money contracted for some months and needed in some of them."""

    code: Code = Field(description="name of the pattern")
    said: Bilingual = Field(description="the pattern in words")
    term_months: Month = Field(description="months for which the money must be at hand")
    used_months: tuple[Month, ...] = Field(min_length=1, description="months, from 1, in which it is really needed")

    @model_validator(mode="after")
    def _within_the_term(self) -> Usage:
        if max(self.used_months) > self.term_months or len(set(self.used_months)) < len(self.used_months):
            raise ValueError(f"usage {self.code}: used_months stand once each and within {self.term_months} months")
        return self


class Usages(Terms):
    """All patterns of use."""

    usages: tuple[Usage, ...] = Field(min_length=1, description="patterns of use")


def read_usages(path: str | Path) -> tuple[Usage, ...]:
    """Read the patterns of use.

    Raises
    ------
    BadConfig
        If the file is not there or breaks its model.

    Examples
    --------
    >>> [usage.code for usage in read_usages("data/peers/usages.toml")][:2]
    ['whole_year', 'five_months']
    """
    return read_document(path, Usages).usages
