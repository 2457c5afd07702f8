"""Names that come with the bank's own tables: venues and core enterprises instead of their numbers."""

from __future__ import annotations

import pandas as pd


def source_names(core_enterprises: pd.DataFrame, venue_rosters: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return the names of sources of repayment, code -> words in both languages.

    Only institutions are named: a core enterprise by the bank's own table, a venue by its roster; guarantors and
    customers keep their numbers.

    Parameters
    ----------
    core_enterprises, venue_rosters : DataFrame
        May be empty. Not modified.

    Examples
    --------
    >>> cores = pd.DataFrame({"core_id": ["H01"], "name": ["第一医院"]})
    >>> source_names(cores, pd.DataFrame({"venue_id": [], "venue_name": []}))
    {'H01': {'zh': '第一医院', 'en': '第一医院'}}
    """
    cores = zip(core_enterprises["core_id"], core_enterprises["name"], strict=True)
    venues = zip(venue_rosters["venue_id"], venue_rosters["venue_name"], strict=True)
    named = {str(code): str(name) for code, name in [*cores, *venues] if pd.notna(name)}
    return {code: {"zh": name, "en": name} for code, name in named.items()}
