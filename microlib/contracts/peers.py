"""What a row about a peer's product must say; above all where it was seen, and when."""

from microlib.contracts.columns import Table, code, count, day, flag, key, share, text, yuan
from microlib.contracts.tables.ledger import GUARANTEES, REPAYMENTS

PAYERS = "borrower bank core_enterprise guarantor fund"

PEERS = Table(
    "peers", "同业产品", ("offer_id",), level=0, state=True,
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
        share("yearly_rate", "年利率", required=True, high=0.36),
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
)  # fmt: skip
