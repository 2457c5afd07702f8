"""What a manager takes along to a visit: questions, papers, words not to say, objections and the facts that answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from microlib.contracts.quantities import Line, Said, Terms

Lines = Annotated[tuple[Said, ...], Field(min_length=1)]


class Objection(Terms):
    """Something a customer says, and what answers it."""

    zh_said: Line = Field(description="in Chinese")
    en_said: Line = Field(description="in English")
    zh_answer: Line = Field(description="the fact, in Chinese")
    en_answer: Line = Field(description="the fact, in English")


class VisitGuide(Terms):
    """The guide as a whole."""

    source: Line = Field(description="where the texts come from")
    status: Literal["verified", "unverified"] = Field(description="whether compliance has read them")
    questions: Lines = Field(description="to ask on every visit")
    papers: Lines = Field(description="to bring")
    never_say: Lines = Field(description="words not to say")
    objections: tuple[Objection, ...] = Field(description="objections and facts")
