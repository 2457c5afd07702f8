"""Twelve lines on two hospitals, stressed."""

from __future__ import annotations

import pandas as pd
import pytest

from microlib.design import limits
from microlib.design.stress import lines, scenarios

RATES = pd.DataFrame({"pd_case": ["mean", "upper"], "pd_rate": [0.01, 0.02]})


@pytest.fixture(scope="session")
def stresses(home):
    return scenarios.read_scenarios(home)


@pytest.fixture
def resting(applicants) -> pd.DataFrame:
    """The applicants on two hospitals, the dependence of the last unknown."""
    share = applicants["source_share"].where(applicants.index < 11)
    sources = ["H01"] * 8 + ["H02"] * 4
    return applicants.assign(source_id=sources, source_kind="hospital", source_share=share)


@pytest.fixture
def stressed(resting, hospital, policy) -> pd.DataFrame:
    sized = limits.size_limits(resting, product=hospital, policy=policy.limits)
    return lines.stress_lines(sized, applicants=resting, product=hospital, policy=policy, default_rates=RATES)
