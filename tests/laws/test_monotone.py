"""Worse data never betters a judgement: laws over a whole branch's frames, worsened at random."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from microlib.design.branch import Branch, open_branch
from microlib.design.judgement import RANKS, group_evidence
from microlib.metrics.defaults import drawn_rates
from microlib.metrics.loans import RISK_DAYS
from microlib.metrics.payables import payable_lives, payment_trends
from microlib.stats.shrinkage import fit_priors

DAY = pd.Timestamp("2026-06-30")
Worsened = Callable[[dict[str, pd.DataFrame], np.random.Generator], dict[str, pd.DataFrame]]


def picked(loans: pd.DataFrame, draw: np.random.Generator, wanted: pd.Series, most: int = 12) -> pd.Index:
    """Draw some of the rows wanted."""
    rows = loans.index[wanted]
    return pd.Index(draw.permutation(rows)[: int(draw.integers(1, most + 1))])


def live(loans: pd.DataFrame) -> pd.Series:
    return (loans["balance_yuan"] > 0) & loans["status"].isin(["normal", "overdue"])


def later(frames: dict[str, pd.DataFrame], draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Some live loans are late by a hundred days or so, in the ledger and at the last month end."""
    loans, months = frames["loans"].copy(), frames["loan_months"].copy()
    rows = picked(loans, draw, live(loans))
    days = int(draw.integers(RISK_DAYS + 1, 200))
    loans.loc[rows, "overdue_days"] = np.maximum(loans.loc[rows, "overdue_days"], days)
    now = months["loan_id"].isin(loans.loc[rows, "loan_id"]) & (months["month"] == f"{DAY:%Y-%m}")
    months.loc[now, "overdue_days"] = np.maximum(months.loc[now, "overdue_days"], days)
    return {"loans": loans, "loan_months": months}


def left(
    frames: dict[str, pd.DataFrame], draw: np.random.Generator, *, status: str, wanted: pd.Series
) -> dict[str, pd.DataFrame]:
    """Some loans leave today; what is written down of it is at times missing."""
    loans, months = frames["loans"].copy(), frames["loan_months"].copy()
    rows = picked(loans, draw, wanted)
    written = status == "written_off"
    loans.loc[rows, "written_off_yuan"] = loans.loc[rows, "balance_yuan"] if written and draw.random() < 0.5 else np.nan
    loans.loc[rows, "written_off_date" if written else "closed_date"] = DAY if draw.random() < 0.7 else pd.NaT
    loans.loc[rows, "status"] = status
    loans.loc[rows, "balance_yuan"] = 0.0
    now = months["loan_id"].isin(loans.loc[rows, "loan_id"]) & (months["month"] == f"{DAY:%Y-%m}")
    return {"loans": loans, "loan_months": months[~now].reset_index(drop=True)}


def written_off(frames: dict[str, pd.DataFrame], draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    return left(frames, draw, status="written_off", wanted=live(frames["loans"]))


def sold_late(frames: dict[str, pd.DataFrame], draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    loans = frames["loans"]
    return left(frames, draw, status="transferred", wanted=live(loans) & (loans["overdue_days"] > RISK_DAYS))


def late_written_off(frames: dict[str, pd.DataFrame], draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    loans = frames["loans"]
    return left(frames, draw, status="written_off", wanted=live(loans) & (loans["overdue_days"] > RISK_DAYS))


def more_written_off(frames: dict[str, pd.DataFrame], draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    """A borrower of the branch had one more loan, which was written off."""
    loans = frames["loans"]
    made = {
        "loan_id": f"WORSE{len(loans)}",
        "status": "written_off",
        "balance_yuan": 0.0,
        "written_off_yuan": float(draw.uniform(1e4, 5e6)),
        "written_off_date": pd.Timestamp("2026-03-01"),
        "disbursed_date": pd.Timestamp("2026-01-15"),
    }
    row = loans.loc[picked(loans, draw, live(loans), most=1)].assign(**made)
    return {"loans": pd.concat([loans, row.astype(loans.dtypes.to_dict())], ignore_index=True)}


def slower(frames: dict[str, pd.DataFrame], draw: np.random.Generator) -> dict[str, pd.DataFrame]:
    """A core pays what it was delivered in the last year later by some weeks, or not yet."""
    owed = frames["core_payables"].copy()
    core = draw.choice(sorted(owed["core_id"].unique()))
    late = (owed["core_id"] == core) & (owed["delivered_date"] > DAY - pd.DateOffset(years=1))
    paid = owed["paid_date"] + pd.to_timedelta(int(draw.integers(20, 90)), unit="D")
    owed["paid_date"] = owed["paid_date"].mask(late, paid.mask(paid > DAY))
    return {"core_payables": owed}


#: in the order in which a book rots
WORSE: dict[str, Worsened] = {
    "later": later,
    "sold_late": sold_late,
    "slower": slower,
    "written_off": written_off,
    "late_written_off": late_written_off,
    "more_written_off": more_written_off,
}


@pytest.fixture(scope="module")
def branch(demo_home) -> Branch:
    """A branch of the demo bank with cores, payables and month ends."""
    found = open_branch(demo_home, branch="0010", as_of=DAY.date())
    found.fetch(*found.held)
    return found


def ranks(branch: Branch, frames: dict[str, pd.DataFrame]) -> pd.Series:
    """Return every subject's rank in a register of the branch with other frames; what the bank knows stays the same."""
    given = (branch.branch_id, branch.name, branch.as_of, branch.home, branch.is_synthetic, branch._stamp)
    other = Branch(*given, {**branch.frames, **frames})
    for name in ("priors", "bank_pieces", "members", "common_guarantors"):
        other.__dict__[name] = getattr(branch, name)
    lives = payable_lives(other["core_payables"], as_of=DAY.date())
    other.__dict__["source_trends"] = payment_trends(lives, as_of=DAY.date(), notable_days=branch.supply.notable_days)
    rows = other.judgements
    return rows["state"].map(RANKS).set_axis(pd.MultiIndex.from_frame(rows[["kind", "segment"]].astype("str")))


def rot(branch: Branch, seed: int) -> list[str]:
    """Worsen a branch's frames step by step; return what rose, or vanished from the register, on the way."""
    draw, frames, told = np.random.default_rng(seed), dict(branch.frames), []
    before = ranks(branch, frames)
    for how, worsened in WORSE.items():
        frames |= worsened(frames, draw)
        after = ranks(branch, frames)
        known = before.dropna()
        told += [f"{how}: {subject} is judged no more" for subject in known.index.difference(after.index)]
        risen = after.reindex(known.index) > known
        told += [f"{how}: {subject} rose" for subject in known.index[risen.to_numpy(dtype=bool)]]
        before = after
    return told


def test_no_subject_of_a_branch_rises_while_its_book_rots(branch: Branch) -> None:
    assert {"segment", "source", "product"} <= set(branch.judgements["kind"])
    assert rot(branch, seed=0) == []


def test_another_kind_s_bad_year_moves_no_end_of_a_range_and_a_middle_by_little(branch: Branch) -> None:
    """The whole range is the group's own; its middle and its pilot may listen to the bank, within bounds."""
    pieces, level = branch.bank_pieces, branch.policy.quality.price_level
    before = branch.group_rates.set_index("segment")
    own = group_evidence(rates=branch.group_rates, within="segment")
    for kind in sorted(set(pieces["kind"])):
        elsewhere = (pieces["kind"] == kind) & (pieces["branch_id"] != branch.branch_id)
        more = np.ceil(pieces["total_count"] * 0.1).clip(upper=pieces["total_count"] - pieces["bad_count"])
        worse = pieces.assign(bad_count=pieces["bad_count"] + more.where(elsewhere, 0.0).astype("int64"))
        rates = drawn_rates(branch.group_cohorts, priors=fit_priors(worse), within="segment", price_level=level)
        found = group_evidence(rates=rates, within="segment")
        pd.testing.assert_frame_equal(found.drop(columns="share"), own.drop(columns="share"))
        after = rates.set_index("segment")
        assert (after["shrunk_rate"] >= 0.95 * before["shrunk_rate"]).all()
        assert (after["shrunk_upper"] >= 0.98 * before["shrunk_upper"]).all()


def test_a_group_s_own_bad_year_raises_its_rate_though_the_bank_learns_from_it_too(branch: Branch) -> None:
    """Every group of the branch: ten of its borrowers turn bad, in the branch's cohorts and in the bank's pieces."""
    rows, pieces, level = branch.group_cohorts, branch.bank_pieces, branch.policy.quality.price_level
    before = branch.group_rates.set_index("segment")
    for segment in before.index[before["total_count"] >= 20]:
        turned = rows.index[(rows["segment"] == segment) & (rows["outcome"] == "good")][:10]
        cohorts = rows.assign(outcome=rows["outcome"].mask(rows.index.isin(turned), "bad"))
        more = rows.loc[turned].groupby(["kind", rows.loc[turned, "opening_date"].dt.strftime("%Y-%m")]).size()
        keys = pd.MultiIndex.from_frame(pieces[["kind", "year"]])
        extra = pd.Series(more.reindex(keys).fillna(0.0).to_numpy(), index=pieces.index)
        extra = extra.where(pieces["branch_id"] == branch.branch_id, 0.0).astype("int64")
        priors = fit_priors(pieces.assign(bad_count=pieces["bad_count"] + extra))
        after = drawn_rates(cohorts, priors=priors, within="segment", price_level=level).set_index("segment")
        for name in ("shrunk_rate", "shrunk_upper"):
            assert after.loc[segment, name] > before.loc[segment, name]
