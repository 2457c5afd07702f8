"""The fees of an exercise's offer, in the shape of written terms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from microlib.contracts.product_rules import Fee


def fees_of(offer: Any) -> tuple[Fee, ...]:
    """Return an offer's fees at the start: a guarantee fee on the amount, and a fixed valuation fee."""
    paid = {"payer": "borrower", "when": "at_start", "said": {"zh": "费用", "en": "fee"}}
    fees = []
    if offer.guarantee_fee_share:
        rate = Decimal(str(offer.guarantee_fee_share))
        fees.append(Fee.model_validate({**paid, "code": "guarantee", "basis": "amount", "rate": rate}))
    if offer.valuation_fee:
        fees.append(
            Fee.model_validate({**paid, "code": "valuation", "basis": "fixed", "yuan": int(offer.valuation_fee)})
        )
    return tuple(fees)
