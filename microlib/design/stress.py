"""Stress on a product's lines: named scenarios, single drivers, reverse stress, and the product's cap.

`apply_shocks` is the engine; `scenario_losses` the table of scenarios, `driver_tornado` and
`breaking_points` one quantity at a time, `cap_frontier` where more cap stops being worth it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from microlib.contracts.documents import read_document
from microlib.contracts.policy import Driver, Policy, Shock, StressBook, StressPolicy, highest_rate
from microlib.contracts.product import Product
from microlib.design.applicants import months_tested
from microlib.design.limits import size_limits
from microlib.design.rates import yearly_margins
from microlib.design.terms import Place, home_at
from microlib.errors import BadConfig, NoMargin, NothingSized
from microlib.metrics.capacity import monthly_payment
from microlib.stats.grouping import one_row, told_apart
from microlib.units import MONTHS_PER_YEAR

KNOWN = ["customer_id", "cash_month_yuan", "debt_service_yuan", "kept_yuan", "source_share"]
#: securities whose worth rests on somebody who guarantees
GUARANTEED = ("guarantee", "mixed")


def stress_lines(
    limits: pd.DataFrame,
    *,
    applicants: pd.DataFrame,
    product: Product,
    policy: Policy,
    default_rates: pd.DataFrame,
) -> pd.DataFrame:
    """Gather, for every sized line, what a scenario may change.

    Parameters
    ----------
    limits : DataFrame
        Result of `limits.size_limits`. Not modified.
    applicants : DataFrame
        Result of `applicants.applicant_frame`; with ``source_kind`` of `with_source_kinds` a hospital is told from
        another core. Not modified.
    product : Product
    policy : Policy
    default_rates : DataFrame
        ``pd_case`` with ``mean`` and ``upper``, ``pd_rate``.

    Returns
    -------
    DataFrame
        One row per sized line, by ``customer_id``

        - ``source_id, source_kind`` (``core``, ``hospital``, ``venue``, empty), ``group_key``, ``is_guaranteed``
        - ``limit_yuan``; ``cash_month_yuan`` (poor month), ``free_share`` (of it, for debt service), ``source_share``
          (of income; missing where unknown)
        - ``yearly_rate, tested_months``; ``service_month_yuan`` (other loans), ``kept_yuan`` (their balance)
        - ``margin_yuan`` (a year, before loss, as drawn), ``mean_rate``, ``upper_rate`` (default rates)
    """
    sized = limits.loc[limits["reason"] == "sized", ["customer_id", "source_id", "group_key", "limit_yuan"]]
    told_apart(applicants, key=["customer_id"], table="applicants")
    told_apart(sized, key=["customer_id"], table="limits")
    names = [*KNOWN, *(["source_kind"] if "source_kind" in applicants else [])]
    found = sized.merge(applicants[names], on="customer_id", how="left", validate="1:1")
    cases = {case: one_row(default_rates, "default_rates", pd_case=case) for case in ("mean", "upper")}
    rates = {case: float(row["pd_rate"]) for case, row in cases.items()}
    margins = yearly_margins(found["limit_yuan"], product=product, policy=policy.pricing, pd_rate=rates["mean"])
    kind = {"core": "core", "venue": "venue"}.get(product.limit.source, "")
    if "source_kind" not in found:
        found["source_kind"] = pd.Series(kind, index=found.index, dtype="str").where(found["source_id"] != "", "")
    return found.rename(columns={"debt_service_yuan": "service_month_yuan"}).assign(
        is_guaranteed=product.secured in GUARANTEED,
        free_share=float(product.limit.cash_share),
        yearly_rate=float(product.yearly_rate),
        tested_months=months_tested(product, policy.limits),
        margin_yuan=margins["margin_yuan"],
        mean_rate=rates["mean"],
        upper_rate=rates["upper"],
    )


def with_source_kinds(applicants: pd.DataFrame, *, product: Product, core_enterprises: pd.DataFrame) -> pd.DataFrame:
    """Add what kind of source each applicant rests on; a core whose kind is not on file stays a core.

    Returns
    -------
    DataFrame
        `applicants` with ``source_kind``: ``hospital``, ``core``, ``venue`` or empty.
    """
    has_source = applicants["source_id"].fillna("") != ""
    if product.limit.source != "core":
        return applicants.assign(source_kind=np.where(has_source, product.limit.source, ""))
    kinds = core_enterprises.drop_duplicates("core_id").set_index("core_id")["kind"]
    is_hospital = applicants["source_id"].map(kinds).eq("hospital")
    return applicants.assign(source_kind=np.select([~has_source, is_hospital], ["", "hospital"], "core"))


def stressed_payment(lines: pd.DataFrame, *, rise: float | pd.Series) -> pd.Series:
    """Return each borrower's monthly debt service when rates rise; other loans rise by their interest alone."""
    rise = rise.reindex(lines.index) if isinstance(rise, pd.Series) else rise
    own = monthly_payment(lines["limit_yuan"], yearly_rate=lines["yearly_rate"] + rise, months=lines["tested_months"])
    return own + lines["service_month_yuan"] + lines["kept_yuan"] * rise / MONTHS_PER_YEAR


#: who is hit -> kinds of source; a hospital is a core too
KINDS = {"core": ("core", "hospital"), "hospital": ("hospital",), "venue": ("venue",)}
POOLS = {"group": "group_key"}


def hit_by(lines: pd.DataFrame, shock: Shock) -> pd.Series:
    """Return which lines a shock reaches, before any single source is picked."""
    if shock.hits == "everyone":
        return pd.Series(True, index=lines.index)
    if shock.hits == "guaranteed":
        return lines["is_guaranteed"].astype("bool")
    if shock.hits == "group":
        return lines["group_key"].fillna("") != ""
    return lines["source_kind"].isin(KINDS[shock.hits])


def pool_of(shock: Shock) -> str:
    """Return the column that names the single sources a shock may strike one at a time."""
    return POOLS.get(shock.hits, "source_id")


def apply_shocks(
    lines: pd.DataFrame,
    shocks: Sequence[tuple[Shock, pd.Series]],
    *,
    policy: StressPolicy,
    fixed_cost_share: float,
) -> pd.DataFrame:
    r"""Strike the lines with shocks, each on its own members, all in the same year.

    .. math:: q_i = \frac{12 f C_i - \min(F_i, 12 C_i)}{12 A_i}, \qquad
        loss_i = L_i \cdot PD \cdot LGD \;\text{ where } q_i < 1

    Parameters
    ----------
    lines : DataFrame
        Result of `stress_lines`. Not modified.
    shocks : sequence of (Shock, Series of bool)
        With the lines each strikes.
    policy : StressPolicy
        ``coverage_months`` and the ranges of default and loss of borrowers out of cash.
    fixed_cost_share : float

    Returns
    -------
    DataFrame
        Index of `lines`

        - ``is_hit``; ``is_unknown``: hit, but cash or dependence is not known and what is known does not make it
          short: no loss is guessed
        - ``coverage_ratio`` (missing where not known), ``is_short`` (below 1), ``loss_low_yuan``, ``loss_high_yuan``
    """
    months, count = policy.coverage_months, len(lines)
    rise, lost = np.zeros(count), np.zeros(count)
    hit, blind = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for shock, chosen in shocks:
        members = chosen.reindex(lines.index, fill_value=False).to_numpy(dtype=bool)
        _, taken = _lost(lines, shock, fixed=fixed_cost_share)
        lost += np.where(members, np.nan_to_num(taken), 0.0)
        blind |= members & np.isnan(taken)
        rise += shock.rate_rise * members
        hit |= members
    cash = _numbers(lines, "cash_month_yuan") * months
    service = _numbers_of(stressed_payment(lines, rise=pd.Series(rise, index=lines.index))) * months
    with np.errstate(invalid="ignore", divide="ignore"):
        coverage = (cash * _numbers(lines, "free_share") - np.minimum(lost, cash)) / service
        short = coverage < 1 - 1e-9
    found = {
        "is_hit": hit,
        "is_unknown": hit & ~short & (blind | np.isnan(coverage)),
        "coverage_ratio": np.where(blind, np.nan, coverage),
        "is_short": short,
    }
    return pd.DataFrame({**found, **_losses(lines, shocks, short=short, policy=policy)}, index=lines.index)


def _lost(lines: pd.DataFrame, shock: Shock, *, fixed: float) -> tuple[np.ndarray, np.ndarray]:
    """Return income lost and what that takes from debt service, by line."""
    share = np.ones(len(lines))
    if shock.hits in KINDS:
        share = _numbers(lines, "source_share")
        share = share if shock.dependence_share is None else np.where(np.isnan(share), shock.dependence_share, share)
    part = shock.income_share * shock.months
    income = _numbers(lines, "cash_month_yuan") * share * part if part else np.zeros(len(lines))
    margin = np.minimum(_numbers(lines, "free_share") + fixed, 1.0)
    return income, income * (margin + shock.cost_share * (1 - margin))


def _losses(
    lines: pd.DataFrame, shocks: Sequence[tuple[Shock, pd.Series]], *, short: np.ndarray, policy: StressPolicy
) -> dict[str, np.ndarray]:
    """Return the larger of what shortage of cash and what each shock itself makes of every line."""
    amount = _numbers(lines, "limit_yuan")
    low, high = (
        amount * pd_rate * lgd * short
        for pd_rate, lgd in ((policy.pd_low, policy.lgd_low), (policy.pd_high, policy.lgd_high))
    )
    for shock, members in shocks:
        rates = _own_defaults(lines, shock)
        if rates is not None:
            struck = members.reindex(lines.index, fill_value=False).to_numpy(dtype=bool)
            lgds = (shock.lgd_share,) * 2 if shock.lgd_share is not None else (policy.lgd_low, policy.lgd_high)
            low, high = (
                np.maximum(loss, amount * rate * lgd * struck)
                for loss, rate, lgd in zip((low, high), rates, lgds, strict=True)
            )
    return {"loss_low_yuan": low, "loss_high_yuan": high}


def _own_defaults(lines: pd.DataFrame, shock: Shock) -> tuple | None:
    """Return low and high default rate that a shock brings of itself, whatever the cash; None where it brings none."""
    if shock.defaults == "all":
        return 1.0, 1.0
    if shock.defaults == "as_priced":
        return _numbers(lines, "mean_rate"), _numbers(lines, "upper_rate")
    return None


def _numbers(lines: pd.DataFrame, name: str) -> np.ndarray:
    return _numbers_of(lines[name])


def _numbers_of(values: pd.Series) -> np.ndarray:
    return values.to_numpy(dtype="float64", na_value=np.nan)


BASE, TOGETHER = "base", "worst_together"


def scenario_losses(lines: pd.DataFrame, *, stresses: StressBook, policy: StressPolicy) -> pd.DataFrame:
    r"""Evaluate every named scenario on a product's lines, and the worst of them together.

    Answers "which of the things that could happen would hurt, and how many of our borrowers could still pay?"

    Parameters
    ----------
    lines : DataFrame
        Result of `stress_lines`. Not modified.
    stresses : StressBook
        Of `read_scenarios`.
    policy : StressPolicy

    Returns
    -------
    DataFrame
        One row per scenario, as written, after ``base`` and before ``worst_together``

        - ``scenario``, ``combines`` (codes put together, else empty), ``source_id`` (the one source or group struck)
        - ``state``: ``computed``, ``not_applicable`` (nobody is reached), ``unknown`` (all reached lack evidence)
        - ``lines_count``, ``hit_count``, ``hit_yuan``; ``unknown_count``, ``unknown_yuan``: reached, but cash or
          dependence is not known, so no loss of theirs is in the figures
        - ``short_count``, ``short_yuan``: coverage of the year below 1, all lines; ``short_share`` (of lines known)
        - ``loss_low_yuan``, ``loss_high_yuan``, ``loss_high_share`` (of all lines), ``extra_high_yuan`` (over base)
        - ``margin_yuan`` (a year's, before loss), ``margins_ratio``: high loss over it

    Raises
    ------
    NothingSized
        If no line was sized.

    Notes
    -----
    Scenarios are what-ifs without a probability. Lines count in full, drawn or not: under stress they are drawn. Shocks
    that meet are added up in cash before coverage is tested, so losses of two do not simply add.
    """
    if lines.empty:
        raise NothingSized("no line was sized", where="stress", fix="look at what bound the limits first")
    struck = {
        shock.code: targeted_lines(lines, shock, policy=policy, fixed=stresses.fixed_cost_share)
        for shock in stresses.scenarios
    }
    shocks = {shock.code: shock for shock in stresses.scenarios}
    rows = [_row(lines, BASE, [], policy, stresses.fixed_cost_share)]
    rows += [_row(lines, code, [(shocks[code], *struck[code])], policy, stresses.fixed_cost_share) for code in shocks]
    found = pd.DataFrame(rows)
    ranked = found[(found["state"] == "computed") & (found["scenario"] != BASE)]
    ranked = ranked.sort_values("loss_high_yuan", ascending=False, kind="stable")
    worst = ranked["scenario"].head(stresses.worst_together_count).to_list()
    both = [(shocks[code], *struck[code]) for code in worst]
    found = pd.DataFrame([*rows, _row(lines, TOGETHER, both, policy, stresses.fixed_cost_share)])
    extra = found["loss_high_yuan"] - found["loss_high_yuan"].iloc[0]
    found.insert(found.columns.get_loc("margin_yuan"), "extra_high_yuan", extra)
    return found


def targeted_lines(lines: pd.DataFrame, shock: Shock, *, policy: StressPolicy, fixed: float) -> tuple[pd.Series, str]:
    """Return the lines a shock strikes and, where it strikes one source or group only, which: the costliest.

    A tie, no loss anywhere included, goes to the source with the most lent, then to the first by name.
    """
    reached = hit_by(lines, shock)
    if not shock.only_worst or not reached.any():
        return reached, ""
    struck = apply_shocks(lines, [(shock, reached)], policy=policy, fixed_cost_share=fixed)
    pools = lines.loc[reached, pool_of(shock)]
    sums = pd.DataFrame(
        {
            "loss": struck.loc[reached, "loss_high_yuan"].groupby(pools).sum(),
            "lent": lines.loc[reached, "limit_yuan"].groupby(pools).sum(),
        }
    )
    worst = sums.sort_values(["loss", "lent"], ascending=False, kind="stable").index[0]
    return reached & (lines[pool_of(shock)] == worst), str(worst)


def _row(lines: pd.DataFrame, code: str, shocks: list[tuple], policy: StressPolicy, fixed: float) -> dict:
    pairs = [(shock, members) for shock, members, _ in shocks]
    found = apply_shocks(lines, pairs, policy=policy, fixed_cost_share=fixed)
    amount, margin = lines["limit_yuan"], float(lines["margin_yuan"].sum())
    hit, unknown, short = found["is_hit"], found["is_unknown"], found["is_short"]
    known = int((short | found["coverage_ratio"].notna()).sum())
    state = "computed" if not shocks or (hit & ~unknown).any() else "unknown" if hit.any() else "not_applicable"
    losses = found[["loss_low_yuan", "loss_high_yuan"]].sum()
    return {
        "scenario": code,
        "combines": " ".join(shock.code for shock, _ in pairs) if code == TOGETHER else "",
        "source_id": " ".join(name for _, _, name in shocks if name),
        "state": state,
        "lines_count": len(lines),
        "hit_count": int(hit.sum()),
        "hit_yuan": float(amount[hit].sum()),
        "unknown_count": int(unknown.sum()),
        "unknown_yuan": float(amount[unknown].sum()),
        "short_count": int(short.sum()),
        "short_yuan": float(amount[short].sum()),
        "short_share": short.sum() / known if known else float("nan"),
        "loss_low_yuan": float(losses["loss_low_yuan"]),
        "loss_high_yuan": float(losses["loss_high_yuan"]),
        "loss_high_share": float(losses["loss_high_yuan"] / amount.sum()),
        "margin_yuan": margin,
        "margins_ratio": float(losses["loss_high_yuan"]) / margin if margin > 0 else float("nan"),
    }


#: halvings of the range: to a ten-millionth of it
HALVINGS = 24


def driver_tornado(lines: pd.DataFrame, *, stresses: StressBook, policy: StressPolicy) -> pd.DataFrame:
    """Turn each driver from its mild to its severe value, all else as it is, widest swing first.

    Answers "which one thing matters most to this product?"

    Parameters
    ----------
    lines : DataFrame
        Result of `stress_lines`. Not modified.
    stresses : StressBook
    policy : StressPolicy

    Returns
    -------
    DataFrame
        One row per driver: ``driver, varies, low_value, high_value``, ``loss_at_low_yuan, loss_at_high_yuan`` (high
        case), ``swing_yuan``, ``short_at_low_count, short_at_high_count``, ``hit_count``, ``unknown_count``; a driver
        that reaches nobody has swing 0 and ``hit_count`` 0
    """
    rows = []
    for driver in stresses.drivers:
        turn = _turned(lines, driver, stresses=stresses, policy=policy)
        low, high = turn(driver.low), turn(driver.high)
        rows.append(
            {
                "driver": driver.code,
                "varies": driver.varies,
                "low_value": driver.low,
                "high_value": driver.high,
                "loss_at_low_yuan": low["loss"],
                "loss_at_high_yuan": high["loss"],
                "swing_yuan": high["loss"] - low["loss"],
                "short_at_low_count": low["short"],
                "short_at_high_count": high["short"],
                "hit_count": high["hit"],
                "unknown_count": high["unknown"],
            }
        )
    return pd.DataFrame(rows).sort_values("swing_yuan", ascending=False, kind="stable", ignore_index=True)


def breaking_points(lines: pd.DataFrame, *, stresses: StressBook, policy: StressPolicy) -> pd.DataFrame:
    r"""Find how far each driver must turn, alone, before the high loss reaches a year's margin (reverse stress).

    Answers "what must happen for this product to lose what it earns in a year?"

    .. math:: v^* = \min \{ v \le v_{most} : loss_{high}(v) \ge margin \}

    The loss rises or stays as a driver turns, so halving the range finds the one point.

    Returns
    -------
    DataFrame
        One row per driver, as written: ``driver, varies, most_value``; ``state`` (``breaks``, ``holds``: not even the
        most does, ``broken``: the loss is there already, ``not_applicable``, ``unknown``); ``breaking_value`` (missing
        unless it breaks), ``short_count``, ``loss_yuan`` (there, or at the most), ``margin_yuan``, ``unknown_count``

    Raises
    ------
    NoMargin
        If no line was sized, or the lines earn no margin that could be lost.
    """
    margin = float(lines["margin_yuan"].sum()) if len(lines) else 0.0
    if not margin > 0:
        raise NoMargin("there is no year's margin to lose", where="stress", fix="mend the price first: see the floor")
    return pd.DataFrame([_break(lines, driver, margin, stresses, policy) for driver in stresses.drivers])


def _break(lines: pd.DataFrame, driver: Driver, margin: float, stresses: StressBook, policy: StressPolicy) -> dict:
    turn = _turned(lines, driver, stresses=stresses, policy=policy)
    start, end = turn(0.0), turn(driver.most)
    state = "breaks" if end["loss"] >= margin else "holds"
    state = "broken" if start["loss"] >= margin else state
    state = "unknown" if end["hit"] and end["hit"] == end["unknown"] else state
    state = state if end["hit"] else "not_applicable"
    low, high = 0.0, driver.most
    for _ in range(HALVINGS if state == "breaks" else 0):
        middle = (low + high) / 2
        loss = turn(middle)["loss"]
        low, high = (low, middle) if loss >= margin else (middle, high)
    there = turn(high)
    return {
        "driver": driver.code,
        "varies": driver.varies,
        "most_value": driver.most,
        "state": state,
        "breaking_value": high if state == "breaks" else np.nan,
        "short_count": there["short"],
        "loss_yuan": there["loss"],
        "margin_yuan": margin,
        "unknown_count": there["unknown"],
    }


def _turned(
    lines: pd.DataFrame, driver: Driver, *, stresses: StressBook, policy: StressPolicy
) -> Callable[[float], dict]:
    """Return what a driver does at any value, on the source that its most would cost most."""
    fixed = stresses.fixed_cost_share
    most = driver.model_copy(update={driver.varies: driver.most})
    members, _ = targeted_lines(lines, most, policy=policy, fixed=fixed)

    def at(value: float) -> dict:
        turned = driver.model_copy(update={driver.varies: value})
        found = apply_shocks(lines, [(turned, members)], policy=policy, fixed_cost_share=fixed)
        return {
            "loss": float(found["loss_high_yuan"].sum()),
            "short": int(found["is_short"].sum()),
            "hit": int(found["is_hit"].sum()),
            "unknown": int(found["is_unknown"].sum()),
        }

    return at


PARTS = (0.2, 0.4, 0.6, 0.8, 1.0)


def cap_frontier(
    applicants: pd.DataFrame, *, product: Product, policy: Policy, stresses: StressBook, default_rates: pd.DataFrame
) -> pd.DataFrame:
    """Size the product again under smaller caps and stress each, from a fifth of the cap to the whole.

    Answers "what does a smaller cap give up in customers and margin, and what does it save when things go wrong?"

    Parameters
    ----------
    applicants : DataFrame
        As for `limits.size_limits`, or with ``source_kind``. Not modified.
    product, policy, stresses, default_rates
        As for `stress_lines` and `scenario_losses`.

    Returns
    -------
    DataFrame
        One row per cap under which a line was sized, ascending: ``cap_yuan, served_count, limit_yuan, margin_yuan``,
        ``worst_scenario``, ``worst_loss_yuan`` (high, single scenarios), ``together_loss_yuan``, ``margins_ratio``

    Raises
    ------
    BadConfig
        If no cap leaves a line.
    """
    rows = []
    for cap in _caps(product, PARTS):
        narrowed = product.model_copy(update={"limit": product.limit.model_copy(update={"cap_yuan": cap})})
        limits = size_limits(applicants, product=narrowed, policy=policy.limits)
        lines = stress_lines(
            limits, applicants=applicants, product=narrowed, policy=policy, default_rates=default_rates
        )
        if len(lines):
            found = scenario_losses(lines, stresses=stresses, policy=policy.stress)
            rows.append({"cap_yuan": cap, **_outcome(lines, found)})
    if not rows:
        raise BadConfig("no cap leaves a line", where=product.code, fix="look at what bound the limits first")
    return pd.DataFrame(rows)


def _caps(product: Product, parts: Iterable[float]) -> list[int]:
    unit, floor = product.limit.unit_yuan, product.limit.floor_yuan
    rounded = {int(product.limit.cap_yuan * part // unit * unit) for part in parts}
    return sorted({max(cap, floor) for cap in rounded})


def _outcome(lines: pd.DataFrame, found: pd.DataFrame) -> dict:
    single = found.iloc[1:-1].sort_values("loss_high_yuan", ascending=False, kind="stable").iloc[0]
    together = found.iloc[-1]
    return {
        "served_count": len(lines),
        "limit_yuan": float(lines["limit_yuan"].sum()),
        "margin_yuan": float(lines["margin_yuan"].sum()),
        "worst_scenario": single["scenario"],
        "worst_loss_yuan": single["loss_high_yuan"],
        "together_loss_yuan": together["loss_high_yuan"],
        "margins_ratio": together["margins_ratio"],
    }


FILE = "stress_scenarios.toml"
SHOWN = [
    "code",
    "hits",
    "only_worst",
    "income_share",
    "months",
    "cost_share",
    "rate_rise",
    "defaults",
    "source",
    "status",
]


def read_scenarios(home: Place) -> StressBook:
    """Read the stress scenarios and drivers of a home.

    Raises
    ------
    BadConfig
        If the file is not there or breaks its model.

    Examples
    --------
    >>> len(read_scenarios(".").scenarios)
    11
    """
    found = home_at(home)
    return read_document(found.config("policies") / FILE, StressBook, highest_rate=highest_rate(found))


def scenario_register(stresses: StressBook) -> pd.DataFrame:
    """List what every scenario assumes, with its source and status: one row per scenario, as written."""
    rows = [{name: getattr(each, name) for name in SHOWN} for each in stresses.scenarios]
    return pd.DataFrame(rows, columns=SHOWN).rename(columns={"code": "scenario"})
