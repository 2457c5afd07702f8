"""The guide for visits as tables: what to ask, what to bring, what never to say, what answers an objection."""

from __future__ import annotations

import pandas as pd

from microlib.contracts import documents
from microlib.contracts.visit_guides import VisitGuide
from microlib.design.dated_files import Place, home_at

PARTS = ("questions", "papers", "never_say")


def read_guide(home: Place) -> VisitGuide:
    """Read ``data/reference/visit_guide.toml``.

    Raises
    ------
    BadConfig
        If the file breaks its model.

    Examples
    --------
    >>> read_guide(".").status
    'unverified'
    """
    path = home_at(home).config("reference") / "visit_guide.toml"
    return documents.checked(documents.read_toml(path), VisitGuide, where=path)


def guide_lines(guide: VisitGuide) -> pd.DataFrame:
    """Lay out the guide's lines.

    Returns
    -------
    DataFrame
        ``guide_part`` (``questions, papers, never_say``), ``said_zh, said_en``.
    """
    rows = [(part, line.zh, line.en) for part in PARTS for line in getattr(guide, part)]
    return pd.DataFrame(rows, columns=["guide_part", "said_zh", "said_en"])


def objection_lines(guide: VisitGuide) -> pd.DataFrame:
    """Lay out objections and what answers them.

    Returns
    -------
    DataFrame
        ``said_zh, said_en, answer_zh, answer_en``.
    """
    rows = [(each.zh_said, each.en_said, each.zh_answer, each.en_answer) for each in guide.objections]
    return pd.DataFrame(rows, columns=["said_zh", "said_en", "answer_zh", "answer_en"])
