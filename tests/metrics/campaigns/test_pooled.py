"""Pooling by strata: closed form, Simpson's trap, and differing strata."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.campaigns.pooled import pooled_effect, programme_effects

NAMES = ["treated_loans_count", "treated_count", "control_loans_count", "control_count"]


def _strata(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=NAMES)


def test_one_stratum_gives_its_own_lift() -> None:
    row = pooled_effect(_strata((24, 400, 3, 100))).iloc[0]
    assert row["lift_share"] == pytest.approx(0.03)
    wald = 1.959964 * (0.06 * 0.94 / 400 + 0.03 * 0.97 / 100) ** 0.5
    assert row["lift_high"] - row["lift_share"] == pytest.approx(wald, rel=1e-4)


def test_strata_are_not_thrown_together() -> None:
    strata = _strata((40, 400, 10, 100), (20, 100, 80, 400))
    assert pooled_effect(strata)["lift_share"].item() == pytest.approx(0.0)
    together = strata.sum()
    assert together["treated_loans_count"] / 500 - together["control_loans_count"] / 500 == pytest.approx(-0.06)


def test_strata_that_differ_are_noticed() -> None:
    alike = pooled_effect(_strata((30, 200, 20, 200), (32, 200, 21, 200)))["heterogeneity_p"].item()
    apart = pooled_effect(_strata((60, 200, 10, 200), (10, 200, 40, 200)))["heterogeneity_p"].item()
    assert apart < 0.001 < 0.5 < alike


def test_programmes_without_a_hold_out_are_refused() -> None:
    rows = _strata((5, 9, 0, 0)).assign(programme_id="P")
    with pytest.raises(EmptyBook, match="hold-out"):
        programme_effects(rows)
