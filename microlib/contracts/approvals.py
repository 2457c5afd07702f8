"""One item of the approval checklist: who does what (RACI), what answers it, and whether it blocks while open."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from microlib.contracts.quantities import Said, Switch, Terms

Role = Literal[
    "product_manager",
    "risk_manager",
    "compliance_officer",
    "finance_officer",
    "operations_lead",
    "branch_head",
    "head_office",
]
#: what the workbench can answer by computation; person is left to a signature
Measure = Literal[
    "rules_failed_count",
    "rules_unknown_count",
    "rules_unverified_count",
    "changes_unexplained_count",
    "members_count",
    "eligible_count",
    "exclusions_count",
    "sized_count",
    "to_be_verified_share",
    "floor_margin_rate",
    "stated_cost_rate",
    "worst_source_loss_share",
    "stop_rules_firing_count",
    "stop_rules_unknown_count",
    "modes_unwatched_count",
    "modes_unknown_loss_count",
    "claims_unproven_count",
    "person",
]


class ApprovalItem(Terms):
    """One question that must be answered before a pilot is approved."""

    title: Said = Field(description="the question in words")
    responsible: Role = Field(description="who does it (R)")
    accountable: Role = Field(description="who answers for it and signs (A)")
    consulted: tuple[Role, ...] = Field(default=(), description="who is asked (C)")
    informed: tuple[Role, ...] = Field(default=(), description="who is told (I)")
    measure: Measure = Field(description="figure that answers it")
    test: Literal["at_most", "at_least"] | None = Field(default=None, description="side on which the answer is yes")
    value: float | None = Field(default=None, description="the number of the test")
    is_blocking: Switch = Field(description="whether the pilot waits while the answer is not yes")

    @model_validator(mode="after")
    def _test_is_whole(self) -> ApprovalItem:
        wanted = self.measure != "person"
        if wanted != (self.test is not None) or wanted != (self.value is not None):
            raise ValueError(f"measure {self.measure} {'needs' if wanted else 'has no'} test and value")
        return self
