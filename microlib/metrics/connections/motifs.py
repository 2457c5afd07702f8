"""Shapes of guarantees (担保结构): how many stand for each other, in chains, in circles, around one guarantor."""

from __future__ import annotations

import pandas as pd

from microlib.metrics.connections.guarantee_circles import guarantee_areas, guarantee_circles
from microlib.metrics.connections.guarantee_edges import guarantee_cycles, guarantee_stars, mutual_guarantees

MOTIFS = ("mutual", "cycle", "circle", "star", "chain")


def guarantee_motifs(edges: pd.DataFrame) -> pd.DataFrame:
    """Count the shapes in which guarantees hang together, and the amount that each holds.

    Answers "if one fails, does the call end with the guarantor or run on?"

    Parameters
    ----------
    edges : DataFrame
        Result of `guarantee_edges.guarantee_edges`. Not modified.

    Returns
    -------
    DataFrame
        One row per shape of `MOTIFS`: ``motif, motifs_count, largest_count`` (members of the largest).

        - ``mutual``: pairs that stand for each other; ``cycle``: ways on which a guarantee comes back
        - ``circle``: firms all reachable from each other; ``star``: guarantors of three borrowers or more
        - ``chain``: areas whose longest way has three steps or more
    """
    mutual, cycles, circles = mutual_guarantees(edges), guarantee_cycles(edges), guarantee_circles(edges)
    stars, areas = guarantee_stars(edges), guarantee_areas(edges)
    chains = areas[areas["chain_count"] >= 3]
    sizes = {
        "mutual": (len(mutual), 2 if len(mutual) else 0),
        "cycle": (len(cycles), cycles["members_count"].max() if len(cycles) else 0),
        "circle": (len(circles), circles["members_count"].max() if len(circles) else 0),
        "star": (len(stars), stars["borrowers_count"].max() if len(stars) else 0),
        "chain": (len(chains), chains["chain_count"].max() if len(chains) else 0),
    }
    rows = [(name, int(sizes[name][0]), int(sizes[name][1])) for name in MOTIFS]
    return pd.DataFrame(rows, columns=["motif", "motifs_count", "largest_count"])
