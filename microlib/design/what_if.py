"""A trial of terms: five settings turned on a product's own applicants, figures recomputed, kept as a proposal.

`open_bench` computes the applicants once, `setting_figures` a setting, `save_as_proposal` writes the file.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from microlib.bank.branch import BranchBook
from microlib.contracts.columns import HIGHEST_RATE
from microlib.contracts.policy import Policy, StressPolicy, highest_rate
from microlib.contracts.product import Product, Proposal
from microlib.design.cost import product_cost
from microlib.design.limits import size_limits
from microlib.design.prices import typical_floors
from microlib.design.product_design import ProductDesign, design_product
from microlib.design.terms import Place, home_at, toml_text
from microlib.design.versions import proposals_folder
from microlib.design.volume import expected_volume, worst_sources
from microlib.errors import BadConfig
from microlib.files import replaced_file
from microlib.metrics.campaign_plan import detectable_lift

#: days in which a loan without any campaign shows how many would come anyway
NATURAL_DAYS = 90


@dataclass(frozen=True)
class Bench:
    """A product on the bench.

    Parameters
    ----------
    product : Product
        As the branch offers it today.
    policy : Policy
    applicants : DataFrame
        Result of `eligibility.screen_applicants`.
    rates : DataFrame
        Result of `prices.default_rate_cases`.
    natural_share : float
        Share of the applicants who took a new loan in the last 90 days, without this product's campaign.
    """

    product: Product
    policy: Policy
    applicants: pd.DataFrame = field(repr=False)
    rates: pd.DataFrame = field(repr=False)
    natural_share: float

    def detectable(self, contacted_count: int) -> float:
        """Return the smallest lift that a campaign of two equal arms can show (fraction)."""
        half = contacted_count // 2
        return detectable_lift(self.natural_share, treated=half, control=half)


def open_bench(book: BranchBook, *, product: str) -> Bench:
    """Put a product on the bench for a branch.

    Parameters
    ----------
    book : Branch
        As `bank.branch.read_branch` gives it. Not modified.
    product : str
        Code of a product that the branch offers.

    Raises
    ------
    BadConfig
        If terms or policy cannot be followed.
    EmptyBook
        If nobody here belongs to the product's groups.
    """
    return bench_of(design_product(book, product=product))


def bench_of(design: ProductDesign) -> Bench:
    """Put a product on the bench whose design is there; raises what `open_bench` does."""
    book, asked = design.branch, design.screened
    return Bench(
        design.product, design.policy, asked, design.rates, _natural(asked["customer_id"], book["loans"], book.as_of)
    )


def _natural(customers: pd.Series, loans: pd.DataFrame, as_of: object) -> float:
    days = (pd.Timestamp(as_of) - loans["disbursed_date"]).dt.days
    lately = loans[days.between(0, NATURAL_DAYS) & (loans["issue_type"] == "new")]
    return float(customers.isin(lately["customer_id"]).mean()) if len(customers) else 0.0


@dataclass(frozen=True)
class Settings:
    """One setting of the bench.

    Parameters
    ----------
    cap_yuan : int
        Largest line of one customer.
    yearly_rate : float
        Fraction, 0 .. 10; what the country allows is looked at when it is proposed.
    term_months : int
        Longest tenor.
    contacted_count : int
        Customers that a campaign puts in its two arms together, half and half.
    stop_share : float
        Share of borrowers who default when their source stops (the stress), 0 .. 1.

    Raises
    ------
    BadConfig
        If one lies outside its range; the sentence names it.
    """

    cap_yuan: int
    yearly_rate: float
    term_months: int
    contacted_count: int
    stop_share: float

    def __post_init__(self) -> None:
        ranges = {
            "cap_yuan": self.cap_yuan > 0,
            "yearly_rate": 0 <= self.yearly_rate <= HIGHEST_RATE,
            "term_months": 1 <= self.term_months <= 360,
            "contacted_count": self.contacted_count >= 2,
            "stop_share": 0 <= self.stop_share <= 1,
        }
        wrong = [name for name, holds in ranges.items() if not holds]
        if wrong:
            what = f"{wrong[0]} = {getattr(self, wrong[0])}: is outside its range"
            raise BadConfig(what, where="settings", fix="turn it back")


def settings_today(product: Product, stress: StressPolicy) -> Settings:
    """Return the settings that the written terms and the policy stand for."""
    return Settings(
        cap_yuan=product.limit.cap_yuan,
        yearly_rate=float(product.yearly_rate),
        term_months=product.max_term_months,
        contacted_count=2 * product.volumes.pilot_customers_count,
        stop_share=stress.pd_high,
    )


def refuse_rate(settings: Settings, *, home: Place, as_of: date) -> None:
    """Refuse a trial's rate that is above what the country allows."""
    cap = highest_rate(home_at(home), as_of=as_of)
    if settings.yearly_rate > cap:
        what = (
            f"yearly_rate = {settings.yearly_rate:g}: is above {cap:g}, the highest_rate of data/policies/country.toml"
        )
        raise BadConfig(what, where="settings", fix="write a fraction: 4.85 % is 0.0485")


def changed_product(product: Product, settings: Settings) -> Product:
    """Return the product with a trial's cap, rate and tenor; the tenor does not fall under the shortest."""
    rate = type(product.yearly_rate)(str(round(settings.yearly_rate, 6)))
    limit = product.limit.model_copy(update={"cap_yuan": max(settings.cap_yuan, product.limit.floor_yuan)})
    longest = max(settings.term_months, product.min_term_months)
    return product.model_copy(update={"yearly_rate": rate, "max_term_months": longest, "limit": limit})


NAME = re.compile(r"[a-z][a-z0-9_]{2,60}")
#: setting -> place of the term in a product's file
PLACES = {"cap_yuan": "limit.cap_yuan", "yearly_rate": "yearly_rate", "term_months": "max_term_months"}


def changes_of(bench: Bench, settings: Settings) -> dict[str, object]:
    """Return the terms that a trial changes, by their place; campaign and stress are no terms."""
    today, tried = vars(settings_today(bench.product, bench.policy.stress)), vars(settings)
    moved = {name: tried[name] for name in PLACES if tried[name] != today[name]}
    rounded = {name: round(value, 6) if name == "yearly_rate" else int(value) for name, value in moved.items()}
    return {PLACES[name]: value for name, value in rounded.items()}


def save_as_proposal(
    home: str | Path, *, bench: Bench, settings: Settings, name: str, effective_from: date, reason: str
) -> Path:
    """Submit a trial: write it as ``data/products/proposals/<name>.toml`` of a home, where reports show it.

    Parameters
    ----------
    home : path
    bench : Bench
    settings : Settings
    name : str
        A small-letter word; a proposal that is there is not overwritten.
    effective_from : date
        First day on which the changed terms would count.
    reason : str
        Why, in a sentence: the committee reads it.

    Returns
    -------
    Path

    Raises
    ------
    BadConfig
        If the name cannot be a file's, the proposal is there already, nothing was changed, the rate is above what the
        country allows, or no reason is given.
    """
    refuse_rate(settings, home=home, as_of=effective_from)
    changes, path = changes_of(bench, settings), proposals_folder(home) / f"{name}.toml"
    _refuse_name(name)
    if path.exists():
        raise BadConfig(f"{name}: a proposal of this name is there", where=str(path), fix="choose another name")
    if not changes:
        raise BadConfig("nothing was changed", where="settings", fix="turn cap, rate or tenor first")
    told = " ".join(reason.split())
    if not told:
        raise BadConfig("no reason is given", where="reason", fix="write in a sentence why; or keep it as a draft")
    made = Proposal.model_validate(
        dict(
            title={"zh": f"{bench.product.title.zh}：试算", "en": f"{bench.product.title.en}: a trial"},
            author="product manager",
            product=bench.product.code,
            baseline_version=bench.product.version,
            effective_from=effective_from,
            reason={"zh": told, "en": told},
            evidence="notebooks/explore/what_if.ipynb",
            changes=changes,
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    held = made.model_dump(exclude={"changes", "status", "removed"})
    path.write_text(toml_text(held) + "\n[changes]\n" + "".join(_line(*pair) for pair in changes.items()), "utf-8")
    return path


def _refuse_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BadConfig(f"{name}: is no name for a proposal", where="name", fix="small letters, digits and _")


def drafts_folder(home: str | Path) -> Path:
    """Return the folder of a home's private trials, which no report reads.

    Examples
    --------
    >>> drafts_folder("bank").as_posix()
    'bank/data/products/drafts'
    """
    return Path(home) / "data" / "products" / "drafts"


def save_draft(home: str | Path, *, bench: Bench, settings: Settings, name: str) -> Path:
    """Keep a trial as a private draft: its author alone can read it, and no report shows it.

    A draft of the same name is written over.

    Raises
    ------
    BadConfig
        If the name cannot be a file's.
    """
    _refuse_name(name)
    folder = drafts_folder(home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}.json"
    with replaced_file(path) as draft:
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"product": bench.product.code, **vars(settings)}, indent=1), "utf-8")
    return path


def read_drafts(home: str | Path, *, product: str) -> dict[str, Settings]:
    """Return the drafts that are kept of a product, by name; a file that is none is passed over."""
    found: dict[str, Settings] = {}
    for path in sorted(drafts_folder(home).glob("*.json")):
        with suppress(OSError, ValueError, TypeError, BadConfig):
            held = json.loads(path.read_text("utf-8"))
            if held.pop("product") == product:
                found[path.stem] = Settings(**held)
    return found


def _line(place: str, value: object) -> str:
    return f'"{place}" = {value}\n'


#: a sample loan begins on this day: the cost of a year hardly depends on it
START = date(2026, 1, 1)


def money_figures(lines: pd.DataFrame, *, product: Product, policy: Policy, rates: pd.DataFrame) -> dict[str, float]:
    """Compute volume, loss, floor, margin, the borrower's cost and the worst source's loss.

    Parameters
    ----------
    lines : DataFrame
        Result of `limits.size_limits`, some of them sized. Not modified.
    product, policy : Product, Policy
        As they stand in the setting.
    rates : DataFrame
        Result of `prices.default_rate_cases`.

    Returns
    -------
    dict
        ``typical_yuan`` (middle line), ``volume_yuan, loss_yuan`` (high case of the pilot), ``floor_rate, margin_rate``
        (mean default rate), ``eir_rate``, ``worst_loss_yuan`` (missing where no line hangs on a source).
    """
    typical = float(lines.loc[lines["reason"] == "sized", "limit_yuan"].median())
    lgd = policy.pricing.lgd[product.secured]
    volume = expected_volume(lines, product=product, default_rates=rates, lgd_share=lgd).set_index("case")
    worst = worst_sources(lines, policy=policy.stress)
    floor = typical_floors(rates, product=product, policy=policy.pricing, amount_yuan=typical)
    mean = floor.set_index("pd_case").loc["mean"]
    cost = product_cost(product, amount_yuan=typical, start=START)
    return {
        "typical_yuan": typical,
        "volume_yuan": float(volume.loc["high", "volume_yuan"]),
        "loss_yuan": float(volume.loc["high", "loss_yuan"]),
        "floor_rate": float(mean["floor_rate"]),
        "margin_rate": float(mean["margin_rate"]),
        "eir_rate": float(cost["eir_rate"].iloc[0]),
        "worst_loss_yuan": float(worst["loss_high_yuan"].max()) if len(worst) else float("nan"),
    }


CASES = ("today", "tried", "second")


def sized_lines(bench: Bench, settings: Settings) -> pd.DataFrame:
    """Size every applicant's line under a setting (`limits.size_limits`)."""
    product = changed_product(bench.product, settings)
    return size_limits(bench.applicants, product=product, policy=bench.policy.limits)


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


def setting_table(bench: Bench, *settings: tuple[Settings, pd.DataFrame]) -> pd.DataFrame:
    """Lay today's figures and those of one or two trials side by side.

    Parameters
    ----------
    bench : Bench
    *settings : tuple
        Today's settings, then the trials', each with the lines of `sized_lines` under it.

    Returns
    -------
    DataFrame
        A row each, ``setting`` (``today``, ``tried``, ``second``), and the settings and figures of `setting_figures`
        as columns.
    """
    return pd.DataFrame([setting_row(bench, case, *each) for case, each in zip(CASES, settings, strict=False)])


def setting_row(bench: Bench, case: str, settings: Settings, lines: pd.DataFrame) -> dict[str, object]:
    """Return one row of `setting_table`."""
    return {"setting": case, **vars(settings), **setting_figures(bench, settings, lines=lines)}
