"""Every team's product designed on one branch and one date, and the designs laid side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from microlib.bank.slices import read_branch
from microlib.design.product_design import design_product
from microlib.design.teams import rooms, scores


def compare_teams(home: rooms.Home, *, teams: Sequence[str], branch: str, as_of: date) -> pd.DataFrame:
    """Design every team's product on the same branch and date.

    Parameters
    ----------
    home : Home
        The bank's home, in which the teams have their rooms.
    teams : sequence of str
    branch : str
    as_of : date

    Returns
    -------
    DataFrame
        Result of `scores.compare_designs`.

    Raises
    ------
    BadConfig
        If a team has no room, its terms cannot be followed, or teams design different products.
    """
    found = {team: rooms.find_room(home, team) for team in dict.fromkeys(teams)}
    products = {team: rooms.product_of(room) for team, room in found.items()}
    rooms.check_same(products)
    designs = {
        team: design_product(read_branch(room, branch=branch, as_of=as_of), product=products[team])
        for team, room in found.items()
    }
    return scores.compare_designs(
        {team: {name: design.part(name) for name in scores.RESULTS} for team, design in designs.items()}
    )


def score_lines(compared: pd.DataFrame) -> list[str]:
    r"""Return a comparison as lines: the head, a line per measure, and whether one team is better in everything.

    Examples
    --------
    >>> score_lines(pd.DataFrame({"measure": ["apr_rate"], "red": [0.05], "leads": [""]}))[1:]
    ['apr_rate\t0.05\t', 'no overall winner: say which measure you would give up for which']
    """
    shown = [
        "\t".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row)
        for row in compared.itertuples(index=False)
    ]
    whole, none = (
        "one team is better wherever they differ",
        "no overall winner: say which measure you would give up for which",
    )
    return ["\t".join(compared.columns), *shown, whole if scores.is_dominated(compared) else none]
