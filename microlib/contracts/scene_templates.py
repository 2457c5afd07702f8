"""A scene's template: what is looked at where lending follows a project, a hospital or a market, with its lines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from microlib.contracts.quantities import Code, Number, Said, Terms

#: figures that the workbench can find for a core or a venue; a person must answer for the rest
Quantity = Literal[
    "median_days", "within_legal_share", "retention_share", "late_maturity_share", "back_to_back_count",
    "wage_account_share", "voucher_share", "largest_project_share", "tender_cliff_share", "tender_first_share",
    "dependent_share", "several_cores_share", "landlord_share", "relocating_share", "stall_right_share",
    "card_share", "rent_burden_share",
]  # fmt: skip


class ScenePoint(Terms):
    """One point of a template: the figure, the line it is held against, and what follows past the line."""

    code: Code = Field(description="English code")
    said: Said = Field(description="what is asked")
    quantity: Quantity | None = Field(default=None, description="figure; none where a person must answer")
    test: Literal["at_most", "at_least"] | None = Field(default=None, description="side on which the point holds")
    value: Annotated[float, Number] | None = Field(default=None, description="the line, in the figure's own unit")
    action: Said = Field(description="what is done past the line, or whom to ask")
    owner: Literal["product_manager", "micro_manager", "corporate_manager", "risk_head", "branch_head"]

    @model_validator(mode="after")
    def _line_is_whole(self) -> ScenePoint:
        given = [self.quantity is not None, self.test is not None, self.value is not None]
        if any(given) and not all(given):
            raise ValueError("quantity, test and value belong together")
        return self


class SceneTemplate(Terms):
    """The template of one kind of scene, chosen by the kind of the core enterprise or of the venue."""

    code: Code
    title: Said
    subject: Literal["core", "venue"] = Field(description="what the scene hangs on")
    kinds: tuple[Code, ...] = Field(min_length=1, description="kinds of core or venue it is for")
    product: Code | None = Field(default=None, description="product whose price the scene is reckoned at")
    source: str = Field(min_length=3)
    status: Literal["unverified", "verified"] = "unverified"
    points: tuple[ScenePoint, ...] = Field(min_length=1)
