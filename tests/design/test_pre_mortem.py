"""Twelve failure modes: each with sign, owner and loss or unknown; they become the stop rules."""

from datetime import date

import pandas as pd
import pytest

from microlib.design.pre_mortem import early_premortem, failure_figures, loss_bases, premortem, read_modes

DAY = date(2026, 6, 30)


@pytest.fixture
def modes(home):
    return read_modes(home, as_of=DAY)


@pytest.fixture
def sized():
    return pd.DataFrame(
        {"customer_id": ["C1", "C2", "C3"], "limit_yuan": [6e5, 3e5, 1e5], "group_key": ["g", "h", "h"]}
    )


def test_there_are_twelve_each_with_sign_owner_and_loss_or_unknown(modes, stall):
    found = premortem(modes, product=stall, figures={}, bases={})
    assert len(found) == 12 and (found[["sign_zh", "sign_en", "owner_zh", "owner_en"]] != "").all(axis=None)
    assert set(found["loss_state"]) == {"unknown", "not_applicable"}
    assert set(found["state"]) <= {"fires", "unknown", "holds", "not_applicable"}
    assert found["loss_yuan"].isna().all()


def test_losses_by_hand(modes, stall, policy, sized):
    """High case: volume 1,000,000, balance 800,000, PD 1 and 3 %, LGD 45 %; stop .60 x .65; margin 1 %."""
    volume = pd.DataFrame({"case": ["low", "high"], "volume_yuan": [4e5, 1e6], "balance_yuan": [3e5, 8e5],
                           "pd_rate": [0.01, 0.03], "lgd_share": 0.45})  # fmt: skip
    watched = {"floor_margin_rate": 0.01, "worst_source_loss_yuan": 250_000.0}
    bases = loss_bases(sized, volume=volume, watched=watched, product=stall, policy=policy.stress)
    found = premortem(modes, product=stall, figures=watched, bases=bases).set_index("mode")["loss_yuan"]
    assert found["adverse_selection"] == pytest.approx(0.02 * 0.45 * 8e5)
    assert found["linked_borrowers"] == pytest.approx(0.6 * 1e6 * 0.60 * 0.65)
    assert found["price_war"] == pytest.approx(0.005 * 8e5) and found["place_closes"] == 250_000
    assert found["no_volume"] == pytest.approx(0.01 * (12_000_000 - 4e5) * 0.9)


def test_a_market_does_not_fail_by_its_core_nor_a_supplier_by_its_market(modes, stall, hospital):
    for product, mode in ((stall, "core_delays"), (hospital, "place_closes")):
        found = premortem(modes, product=product, figures={}, bases={}).set_index("mode")
        assert found.loc[mode, "state"] == found.loc[mode, "loss_state"] == "not_applicable"


def test_a_figure_past_its_trigger_fires_the_mode(modes, stall):
    for share, state in ((0.2, "fires"), (0.1, "holds")):
        found = premortem(modes, product=stall, figures={"largest_group_share": share}, bases={})
        assert found.set_index("mode").loc["linked_borrowers", "state"] == state


def test_further_figures_leave_out_what_is_not_known(sized):
    applicants = pd.DataFrame({"customer_id": ["C1", "C2", "C3"], "cash_source": ["invoices", "flows", None]})
    loans = pd.DataFrame({"rm_id": ["R1", "R2", None], "balance_yuan": [3.0, 1.0, 9.0]})
    asked = pd.DataFrame({"granted_yuan": [1.0], "is_exception": pd.array([True], dtype="boolean"),
                          "submitted_at": pd.to_datetime(["2026-01-01"]),
                          "disbursed_at": pd.to_datetime(["2026-01-11"])})  # fmt: skip
    found = failure_figures(applicants, sized, loans=loans, applications=asked)
    assert found == {"largest_group_share": 0.6, "invoice_share": 0.6, "top_manager_share": 0.75,
                     "exception_share": 1.0, "approval_days": 10.0}  # fmt: skip
    empty = failure_figures(applicants, sized.head(0), loans=loans.head(0), applications=asked.head(0))
    assert empty == {}


def test_before_a_design_only_sources_of_the_product_s_kind_and_its_late_payers_are_told(home, hospital):
    """A market's stop is no loss behind hospitals; a hospital that pays 95 days late shows at once."""
    losses = pd.DataFrame({"source_kind": ["venue", "core"], "loss_high_yuan": [1.163e7, 4e6]})
    delays = pd.DataFrame({"core_id": ["H01"], "delay_days": [95.0]})
    modes, judged = read_modes(home, as_of=DAY), pd.DataFrame({"segment": ["H01"], "step": ["within_cap"]})
    found = early_premortem(modes, hospital, losses, delays, judged).set_index("mode")
    assert found.loc["core_delays", ["value", "state", "loss_yuan"]].to_list() == [95.0, "fires", 4e6]
    # what the register stops for its days to pay shows the sign, whatever the days past the agreed one
    delays, slow = delays.assign(delay_days=75.0), judged.assign(step="stop_behind_core")
    states = {
        name: early_premortem(modes, hospital, losses, delays, rows).set_index("mode").loc["core_delays", "state"]
        for name, rows in (("open", judged), ("slow", slow))
    }
    assert states == {"open": "holds", "slow": "fires"}
