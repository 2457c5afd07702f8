"""Where the money of a draw-down went: plain suppliers, and in 0755 what a check of use should stop at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.bank.demo.links import SPLIT_PAYEE
from microlib.bank.demo.masks import masked, masked_all
from microlib.bank.demo.worlds import AS_OF, World, pick

PLACE = "0755"
SINCE = pd.Timestamp("2024-07-01")
THRESHOLD = 500_000  # above it the law wants the seller paid
NAMES = 3_000
FITTING = {
    "medical_stock": {"supplier": 0.95, "platform": 0.05}, "stock": {"supplier": 0.9, "landlord": 0.1},
    "project_material": {"supplier": 0.75, "contractor": 0.2, "employee": 0.05}, "crop": {"supplier": 1.0},
    "equipment": {"supplier": 1.0}, "turnover": {"supplier": 0.75, "landlord": 0.1, "employee": 0.1, "platform": 0.05},
}  # fmt: skip
MEMOS = {"supplier": "goods", "contractor": "works", "landlord": "rent", "employee": "wages", "platform": "goods"}
#: how many loans of each planted kind, and of the innocent refunds
SPLIT, RETURNED, PROPERTY, REFUNDED = 12, 12, 9, 60
FAILED = 7  # of those whose money came back, how many went bad


def make_payments(world: World) -> None:
    """Write the payments of new loans since mid-2024 and say which are not what they seem."""
    dice = world.dice("payments_out")
    loans = world.frames["loans"]
    levels = loans.branch_id.map(world.notes["places"].set_index("branch_id").level)
    chosen = loans[(levels >= 2) & (loans.disbursed_date >= SINCE) & (loans.issue_type == "new")]
    chosen = chosen.reset_index(drop=True)
    frame = _plain(chosen, dice)
    frame = _with_refunds(frame, dice)
    casts = _casts(world, chosen, dice)
    frame = frame[~frame.loan_id.isin([*casts["split"], *casts["split_borrower"]])]
    frame = pd.concat([frame, _pieces(chosen, casts["split"], dice), _gathered(chosen, casts["split_borrower"])])
    frame = _returning(frame.reset_index(drop=True), casts["returned"], dice)
    frame = _elsewhere(frame, casts["property"], dice)
    frame = frame.sort_values(["loan_id", "paid_date", "payee_hash"], kind="stable", ignore_index=True)
    frame["sequence_number"] = frame.groupby("loan_id").cumcount() + 1
    world.keep("payments", frame[frame.paid_date <= pd.Timestamp(AS_OF)])
    world.truth["use_of_funds"] = {
        "split_under_threshold": casts["split"], "returned_to_borrower": casts["returned"],
        "off_purpose": casts["property"], "one_payee_for_many": casts["split_borrower"],
        "refunds_innocent": frame.loan_id[frame.returned_yuan.between(1, 0.1 * frame.amount_yuan)].tolist(),
        "branch_id": PLACE,
    }  # fmt: skip


def _plain(loans: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    counts = 1 + dice.poisson(0.9, len(loans))
    row = np.repeat(np.arange(len(loans)), counts)
    weight = dice.gamma(2.0, 1.0, len(row)) + 0.2
    share = weight / np.bincount(row, weights=weight)[row]
    own = loans.iloc[row].reset_index(drop=True)
    kind = np.empty(len(own), dtype=object)
    for purpose, kinds in FITTING.items():
        of_purpose = np.flatnonzero(own.purpose == purpose)
        kind[of_purpose] = pick(dice, kinds, len(of_purpose))
    amount = (own.amount_yuan * share).round(2)
    first = np.r_[True, row[1:] != row[:-1]]
    rest = own.amount_yuan - amount.groupby(row).transform("sum")
    days = pd.to_timedelta(dice.geometric(0.3, len(own)) - 1, "D")
    names = masked_all(f"示例收款方{number}" for number in range(NAMES))
    return pd.DataFrame({
        "loan_id": own.loan_id, "paid_date": own.disbursed_date + days,
        "amount_yuan": (amount + rest * first).round(2),
        "method": np.where((amount > THRESHOLD) | (dice.random(len(own)) < 0.35), "entrusted", "own"),
        "payee_hash": names[(NAMES * dice.random(len(own)) ** 1.6).astype(int)],
        "payee_kind": kind, "is_related": False, "memo_code": pd.Series(kind).map(MEMOS),
    })  # fmt: skip


def _with_refunds(frame: pd.DataFrame, dice: np.random.Generator) -> pd.DataFrame:
    """Goods sent back: small sums, weeks later; no more than that."""
    rows = np.sort(dice.choice(len(frame), min(REFUNDED, len(frame)), replace=False))
    returned = frame.amount_yuan.iloc[rows] * dice.uniform(0.02, 0.08, len(rows))
    frame.loc[rows, "returned_yuan"] = returned.round(2)
    days = pd.to_timedelta(dice.integers(20, 60, len(rows)), unit="D")
    frame.loc[rows, "returned_date"] = (frame.paid_date.iloc[rows] + days).clip(upper=pd.Timestamp(AS_OF))
    return frame


def _casts(world: World, loans: pd.DataFrame, dice: np.random.Generator) -> dict[str, list[str]]:
    six = set(world.truth["split_groups"][0]["customer_ids"])
    ours = loans[(loans.branch_id == PLACE) & ~loans.customer_id.isin(six)]
    large = dice.permutation(ours.loan_id[ours.amount_yuan.between(900_000, 1_600_000)])[:SPLIT].tolist()
    others = ours[~ours.loan_id.isin(large)]
    bad = dice.permutation(others.loan_id[(others.overdue_days > 90) | (others.status == "written_off")])
    others = dice.permutation(others.loan_id[~others.loan_id.isin(bad)]).tolist()
    rest = [*bad[:FAILED], *others]
    members = loans.loan_id[loans.customer_id.isin(six)].tolist()
    return {"split": sorted(large), "returned": sorted(rest[:RETURNED]), "split_borrower": members,
            "property": sorted(rest[RETURNED : RETURNED + PROPERTY])}  # fmt: skip


def _pieces(loans: pd.DataFrame, ids: list[str], dice: np.random.Generator) -> pd.DataFrame:
    """Pay a large draw on the borrower's own order, in pieces just under the threshold, within days, to one payee."""
    rows = []
    for loan in loans[loans.loan_id.isin(ids)].itertuples():
        left, place = loan.amount_yuan, 0
        while left > 0:
            piece = min(left, float(dice.integers(480, 500)) * 1_000)
            rows.append((loan.loan_id, loan.disbursed_date + pd.Timedelta(days=place), piece))
            left, place = round(left - piece, 2), place + 1
    frame = pd.DataFrame(rows, columns=["loan_id", "paid_date", "amount_yuan"])
    payee = [masked(f"示例拆付收款方{name}") for name in frame.loan_id]
    return frame.assign(method="own", payee_hash=payee, payee_kind="supplier", is_related=False, memo_code="goods")


def _gathered(loans: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """All draws of the split borrower reach one account."""
    own = loans[loans.loan_id.isin(ids)]
    return pd.DataFrame({
        "loan_id": own.loan_id, "paid_date": own.disbursed_date, "amount_yuan": own.amount_yuan, "method": "own",
        "payee_hash": masked(SPLIT_PAYEE), "payee_kind": "supplier", "is_related": False, "memo_code": "goods",
    })  # fmt: skip


def _returning(frame: pd.DataFrame, ids: list[str], dice: np.random.Generator) -> pd.DataFrame:
    """Let most of what was paid come back to an account of the borrower within days."""
    rows = np.flatnonzero(frame.loan_id.isin(ids))
    share = dice.uniform(0.82, 0.98, len(rows))
    frame.loc[rows, "returned_yuan"] = (frame.amount_yuan.iloc[rows] * share).round(2)
    days = pd.to_timedelta(dice.integers(2, 10, len(rows)), unit="D")
    frame.loc[rows, "returned_date"] = (frame.paid_date.iloc[rows] + days).clip(upper=pd.Timestamp(AS_OF))
    return frame


def _elsewhere(frame: pd.DataFrame, ids: list[str], dice: np.random.Generator) -> pd.DataFrame:
    """Let the money of some loans go to sellers of homes and to brokers."""
    rows = np.flatnonzero(frame.loan_id.isin(ids))
    kind = pick(dice, {"property_seller": 0.6, "securities_broker": 0.4}, len(rows))
    frame.loc[rows, "payee_kind"] = kind
    frame.loc[rows, "memo_code"] = np.where(kind == "property_seller", "property", "investment")
    return frame
