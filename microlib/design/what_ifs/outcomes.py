"""What a setting comes to: lines, volume, loss, margin, cost, the stop of a source, what a campaign can show."""

from __future__ import annotations

import pandas as pd

from microlib.design import limits
from microlib.design.what_ifs.benches import Bench
from microlib.design.what_ifs.money import money_figures
from microlib.design.what_ifs.settings import Settings, changed_product

CASES = ("today", "tried")


def sized_lines(bench: Bench, settings: Settings) -> pd.DataFrame:
    """Size every applicant's line under a setting (`limits.size_limits`)."""
    product = changed_product(bench.product, settings)
    return limits.size_limits(bench.applicants, product=product, policy=bench.policy.limits)


def setting_figures(bench: Bench, settings: Settings, *, lines: pd.DataFrame | None = None) -> dict[str, float]:
    """Compute a setting's figures.

    Answers "what would this change do to customers served, volume, margin, the borrower's cost and the worst loss?"

    Parameters
    ----------
    bench : Bench
    settings : Settings
    lines : DataFrame, optional
        Result of `sized_lines`, where it is at hand.

    Returns
    -------
    dict
        ``sized_count, limit_yuan, typical_yuan`` (middle line), ``volume_yuan, loss_yuan`` (high case of the pilot),
        ``floor_rate, margin_rate`` (mean default rate), ``eir_rate`` (the borrower's), ``worst_loss_yuan`` (the worst
        source stops), ``detectable_share`` (lift that the campaign can show). What cannot be had is missing.
    """
    found = sized_lines(bench, settings) if lines is None else lines
    sized = found.loc[found["reason"] == "sized", "limit_yuan"]
    head = {"sized_count": float(len(sized)), "limit_yuan": float(sized.sum())}
    told = {"detectable_share": bench.detectable(settings.contacted_count)}
    if sized.empty:
        return head | told
    stress = bench.policy.stress.model_copy(update={"pd_high": settings.stop_share})
    terms = {"product": changed_product(bench.product, settings), "rates": bench.rates}
    return head | money_figures(found, policy=bench.policy.model_copy(update={"stress": stress}), **terms) | told


def setting_table(
    bench: Bench, today: tuple[Settings, pd.DataFrame], tried: tuple[Settings, pd.DataFrame]
) -> pd.DataFrame:
    """Lay today's figures and a trial's side by side.

    Parameters
    ----------
    bench : Bench
    today, tried : tuple
        Settings, and the lines of `sized_lines` under them.

    Returns
    -------
    DataFrame
        Two rows, ``setting`` (``today``, ``tried``), and the settings and figures of `setting_figures` as columns.
    """
    rows = [
        {"setting": case, **vars(settings), **setting_figures(bench, settings, lines=lines)}
        for case, (settings, lines) in zip(CASES, (today, tried), strict=True)
    ]
    return pd.DataFrame(rows)
