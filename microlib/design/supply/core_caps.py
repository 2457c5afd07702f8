"""A core's exposure seen whole: its own debt to us and what hangs on it through suppliers, once, against its cap."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from microlib.design.supply.supply_policies import SupplyPolicy
from microlib.units import MONTHS_PER_YEAR

COLUMNS = ["core_id", "direct_yuan", "balance_yuan", "exposure_yuan", "payables_yuan", "cap_yuan", "proposed_cap_yuan",
           "headroom_yuan", "used_share", "state"]  # fmt: skip
BOOKS = ["core_id", "corporate_yuan", "small_yuan", "affected_yuan", "suppliers_loss_yuan", "loss_low_yuan",
         "loss_high_yuan"]  # fmt: skip


def core_caps(
    headrooms: pd.DataFrame, core_payables: pd.DataFrame, *, as_of: date, policy: SupplyPolicy
) -> pd.DataFrame:
    r"""Set each core's combined exposure beside its cap and the cap that its payables to suppliers here support.

    .. math:: E = E_{direct} + \sum_s B_s, \qquad C^* = \min\left(C,\; E_{direct} + a P_{12}\right)

    with :math:`B_s` the balance of suppliers here, :math:`C` the cap in force, :math:`P_{12}` a year's payables to
    them and :math:`a` the policy's part of these.

    Parameters
    ----------
    headrooms : DataFrame
        Result of `sources.source_headroom`; rows of cores are used. Not modified.
    core_payables : DataFrame[core_payables]
        Uses ``core_id, customer_id, delivered_date, amount_yuan``.
    as_of : date
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core, the least headroom first: ``direct_yuan, balance_yuan, exposure_yuan, payables_yuan,
        cap_yuan, proposed_cap_yuan, headroom_yuan`` (to the proposed cap), ``used_share``, ``state`` (``over``,
        ``near`` from nine tenths, ``within``).

    Notes
    -----
    Suppliers here only: what hangs on the core in other branches is added by head office.
    """
    rows = headrooms[headrooms["source_kind"] == "core"].rename(columns={"source_id": "core_id"})
    end = pd.Timestamp(as_of)
    recent = core_payables[core_payables["delivered_date"] > end - pd.DateOffset(months=MONTHS_PER_YEAR)]
    owed = recent[recent["customer_id"].notna()].groupby("core_id", observed=True)["amount_yuan"].sum()
    payables = rows["core_id"].map(owed).fillna(0.0).astype("float64")
    proposed = np.minimum(rows["cap_yuan"], rows["direct_yuan"] + policy.payables_share * payables)
    found = rows.assign(payables_yuan=payables, proposed_cap_yuan=proposed.where(payables > 0, rows["cap_yuan"]))
    found["headroom_yuan"] = found["proposed_cap_yuan"] - found["exposure_yuan"]
    found["used_share"] = found["exposure_yuan"] / found["proposed_cap_yuan"].where(found["proposed_cap_yuan"] > 0)
    found["state"] = np.select([found["used_share"] > 1, found["used_share"] >= 0.9], ["over", "near"], "within")
    return found.sort_values(["headroom_yuan", "core_id"])[COLUMNS].reset_index(drop=True)


def two_books(headrooms: pd.DataFrame, *, lgd_share: float) -> pd.DataFrame:
    """Say what a core's default costs in the corporate book and in the small-business book, each yuan once.

    Parameters
    ----------
    headrooms : DataFrame
        Result of `sources.source_headroom` on `sources.loss_if_stopped`. Not modified.
    lgd_share : float
        Loss given default of the core's own loans.

    Returns
    -------
    DataFrame
        One row per core with either: ``corporate_yuan`` (its own loans), ``small_yuan`` (suppliers' loans),
        ``affected_yuan`` (of these, who depend on it), ``suppliers_loss_yuan`` (high case, suppliers alone),
        ``loss_low_yuan, loss_high_yuan`` (the core's own loans at
        `lgd_share`, plus the suppliers' loss; missing where suppliers' cash is unknown).

    Examples
    --------
    >>> rows = pd.DataFrame({"source_kind": ["core"], "source_id": ["H1"], "direct_yuan": [100.0],
    ...     "balance_yuan": [50.0], "affected_yuan": [40.0], "loss_low_yuan": [4.0], "loss_high_yuan": [9.0]})
    >>> two_books(rows, lgd_share=0.5)[["loss_low_yuan", "loss_high_yuan"]].iloc[0].to_list()
    [54.0, 59.0]
    """
    rows = headrooms[headrooms["source_kind"] == "core"]
    own = rows["direct_yuan"] * lgd_share
    found = pd.DataFrame({
        "core_id": rows["source_id"], "corporate_yuan": rows["direct_yuan"], "small_yuan": rows["balance_yuan"],
        "affected_yuan": rows["affected_yuan"], "suppliers_loss_yuan": rows.get("loss_high_yuan", np.nan),
        **{name: own + rows.get(name, np.nan) for name in ("loss_low_yuan", "loss_high_yuan")},
    })  # fmt: skip
    return found.sort_values("core_id")[BOOKS].reset_index(drop=True)


def bad_news(core_enterprises: pd.DataFrame) -> pd.DataFrame:
    """Return when public bad news of each core was last put on file: ``core_id, bad_news_date`` (missing: none)."""
    return core_enterprises.reindex(columns=["core_id", "bad_news_date"]).drop_duplicates("core_id")
