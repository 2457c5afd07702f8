"""One protection of the customer (客户保护): its name, and the rules and checklist items that show it."""

from __future__ import annotations

from pydantic import Field, model_validator

from microlib.contracts.quantities import Code, Said, Terms


class Principle(Terms):
    """One principle of protection, shown by rules that are checked and items that a person answers.

    Examples
    --------
    >>> Principle(title={"zh": "提前还款不罚", "en": "no penalty"}, rules=("early_repayment_penalty",)).items
    ()
    """

    title: Said = Field(description="the principle in words")
    rules: tuple[Code, ...] = Field(default=(), description="codes of rules (regulation.toml) that show it")
    items: tuple[Code, ...] = Field(default=(), description="codes of checklist items (approval.toml) that show it")

    @model_validator(mode="after")
    def _rests_on_something(self) -> Principle:
        if not self.rules and not self.items:
            raise ValueError("a principle needs a rule or an item that shows it")
        return self
