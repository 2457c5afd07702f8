"""The funnel plot of all branches as a drawing inside the page: shapes besides colours, a link and a title per dot."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from microlib.metrics.funnel_limits import LEVELS, funnel_limits
from microlib.reporting import formats

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 390, 44, 44, 34, 52
POINTS = 60
#: where a branch stands -> its shape's class, and the shape around a middle
SHAPES = {
    "inside": '<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>',
    "beyond_95": '<path d="M{x:.1f} {y:.1f}m0 -7l7 7l-7 7l-7 -7z"/>',
    "beyond_998": '<path d="M{x:.1f} {y:.1f}m0 -8l8 14l-16 0z"/>',
}


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return where each branch stands in the funnel around the bank's share.

    Parameters
    ----------
    rows : DataFrame
        ``branch_id, share, hit_yuan, balance_yuan, base_effective_count``; branches without a share are left out.

    Returns
    -------
    DataFrame
        The rows with ``standing`` (inside, beyond_95, beyond_998) and ``target``.
    """
    known = rows[rows["share"].notna() & (rows["base_effective_count"] >= 1)].reset_index(drop=True)
    if known.empty:
        return known.assign(standing=pd.Series(dtype="str"), target=pd.Series(dtype="float64"))
    target = float(known["hit_yuan"].sum() / known["balance_yuan"].sum())
    standing = pd.Series("inside", index=known.index)
    cases = known["base_effective_count"].round()
    limits = funnel_limits(cases.unique(), target=target).set_index(["level", "cases_count"])
    for level, name in zip(LEVELS, ("beyond_95", "beyond_998"), strict=True):
        own = limits.loc[level].reindex(cases).reset_index(drop=True)
        standing[(known["share"] < own["low_share"]) | (known["share"] > own["high_share"])] = name
    return known.assign(standing=standing, target=target)


def funnel_svg(
    rows: pd.DataFrame, *, names: Mapping[str, str], words: Mapping[str, Mapping[str, str]], linked: Container[str] = ()
) -> Markup:
    """Return the plot; empty where no branch has a share.

    Parameters
    ----------
    rows : DataFrame
        As `placed` returns it.
    names : mapping
        Branch code -> name.
    words : mapping
        ``funnel_across, funnel_up, funnel_alt`` in both languages.
    linked : container of str
        Branches that have a row of their own on the page (``b-<code>``) to lead to.
    """
    if rows.empty:
        return Markup("")
    scale = _Scale(rows)
    body = [_frame(scale, words), _curves(scale, float(rows["target"].iloc[0]))]
    ordered = rows.sort_values("standing", key=lambda each: each.map(list(SHAPES).index))
    body += [
        _dot(row, scale, name=names.get(row.branch_id, ""), is_linked=row.branch_id in linked)
        for row in ordered.itertuples()
    ]
    alt = escape(f"{words['funnel_alt']['zh']} {words['funnel_alt']['en']}")
    head = f'<svg class="funnel" viewBox="0 0 {WIDTH} {HEIGHT}" role="group" aria-label="{alt}">'
    return Markup(f"{head}{''.join(body)}</svg>")


class _Scale:
    """Counts across (logarithmic) and shares up as places in the drawing."""

    def __init__(self, rows: pd.DataFrame) -> None:
        counts = rows["base_effective_count"]
        self.low, self.high = max(1.0, counts.min() * 0.8), counts.max() * 1.25
        self.top = min(1.0, max(0.02, rows["share"].max() * 1.15, float(rows["target"].iloc[0]) * 3))

    def x(self, count: float) -> float:
        part = math.log(count / self.low) / math.log(self.high / self.low)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, share: float) -> float:
        return HEIGHT - BOTTOM - min(share / self.top, 1) * (HEIGHT - TOP - BOTTOM)

    def counts(self) -> list[int]:
        ticks = [step * 10**power for power in range(7) for step in (1, 2, 5)]
        return [tick for tick in ticks if self.low <= tick <= self.high]

    def shares(self) -> list[float]:
        step = next(step for step in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if self.top / step <= 7)
        return [number * step for number in range(int(self.top / step) + 1)]


def _frame(scale: _Scale, words: Mapping[str, Mapping[str, str]]) -> str:
    floor, side = HEIGHT - BOTTOM, WIDTH - RIGHT
    ups = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{side}" y1="{scale.y(share):.1f}" y2="{scale.y(share):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{scale.y(share) + 4:.1f}" text-anchor="end">{100 * share:g}</text>'
        for share in scale.shares()
    )
    across = "".join(
        f'<text x="{scale.x(count):.1f}" y="{floor + 18}" text-anchor="middle">{count:,}</text>'
        for count in scale.counts()
    )
    names = {key: escape(f"{words[key]['zh']}  {words[key]['en']}") for key in ("funnel_across", "funnel_up")}
    return (
        f"{ups}{across}"
        f'<text x="{(LEFT + side) / 2}" y="{HEIGHT - 10}" text-anchor="middle">{names["funnel_across"]}</text>'
        f'<text x="4" y="14">{names["funnel_up"]}</text>'
    )


def _curves(scale: _Scale, target: float) -> str:
    counts = np.unique(np.round(np.geomspace(scale.low, scale.high, POINTS)))
    limits = funnel_limits(counts, target=target)
    lines = [f'<path class="target" d="M{LEFT} {scale.y(target):.1f}H{WIDTH - RIGHT}"/>']
    for level, rows in limits.groupby("level"):
        for side in ("low_share", "high_share"):
            inside = [(min(max(scale.x(n), LEFT), WIDTH - RIGHT), scale.y(s))
                      for n, s in zip(rows["cases_count"], rows[side], strict=True)]  # fmt: skip
            path = "L".join(f"{x:.1f} {y:.1f}" for x, y in inside)
            lines.append(f'<path class="limit l{level * 1000:.0f}" d="M{path}"/>')
    return "".join(lines)


def _dot(row, scale: _Scale, *, name: str, is_linked: bool) -> str:
    x, y = scale.x(row.base_effective_count), scale.y(row.share)
    told = formats.interval(formats.Rate(row.share, row.share_low, row.share_high, row.base_effective_count), "zh")
    title = escape(f"{name} {row.branch_id}  {told}")
    shape = SHAPES[row.standing].format(x=x, y=y)
    label = "" if row.standing == "inside" else f'<text x="{x + 10:.1f}" y="{y + 4:.1f}">{escape(row.branch_id)}</text>'
    body = f"<title>{title}</title>{shape}{label}"
    if not is_linked:
        return f'<g class="{row.standing}">{body}</g>'
    return f'<a class="{row.standing}" href="{escape(f"#b-{row.branch_id}")}" aria-label="{title}">{body}</a>'
