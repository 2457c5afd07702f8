"""Frames for the tests of campaigns: one campaign's members out of counts."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture
def members():
    """Return a maker of members from counts: treated borrowers, treated, control borrowers, control."""

    def made(k1: int, n1: int, k0: int, n0: int, **more) -> pd.DataFrame:
        arm = ["treated"] * n1 + ["control"] * n0
        borrowed = [True] * k1 + [False] * (n1 - k1) + [True] * k0 + [False] * (n0 - k0)
        return pd.DataFrame({"campaign_id": "M", "arm": arm, "has_borrowed": borrowed, "cluster_id": None} | more)

    return made
