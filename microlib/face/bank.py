"""A bank on file, its branches and their designs: what an analyst holds once tables are ingested."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel

from microlib.bank.branch import branch_names, parse_day, read_branch
from microlib.bank.store import default_as_of, open_store
from microlib.bank.sums.books import par_sums
from microlib.contracts.documents import checked
from microlib.contracts.policy import highest_rate
from microlib.contracts.tables import TABLES
from microlib.design import branch
from microlib.design.prices import typical_floors
from microlib.design.product_design import ProductDesign
from microlib.design.stress import scenario_losses
from microlib.design.terms import products_for, read_product
from microlib.design.what_if import bench_of, refuse_rate, setting_table, settings_today, sized_lines
from microlib.errors import BadConfig, UnknownName
from microlib.face.asking import customer_rows, history
from microlib.home import Home, find_home
from microlib.metrics.quality import branch_shares
from microlib.stats.forecast import funnel_standings

#: what else a branch knows, by topic: each the class that the report of that topic rests on
TOPICS = {
    "diagnosis": "microlib.design.branch_diagnosis:BranchDiagnosis",
    "review": "microlib.design.branch_review:BranchReview",
    "chain": "microlib.design.branch_chain:BranchChain",
    "shelf": "microlib.design.branch_shelf:BranchShelf",
    "rollout": "microlib.design.branch_rollout:BranchRollout",
    "selling": "microlib.design.branch_campaigns:BranchCampaigns",
}


def topic_class(name: str) -> type[branch.Branch]:
    """Return the class behind a topic of a branch.

    Parameters
    ----------
    name : str
        A key of `TOPICS`.

    Examples
    --------
    >>> topic_class("review").__name__
    'BranchReview'
    """
    module, made = TOPICS[name].split(":")
    return getattr(import_module(module), made)


def own_results(name: str) -> list[str]:
    """Return the names of the results that a topic adds to those of every branch.

    Examples
    --------
    >>> "connected_groups" in own_results("review"), "members" in own_results("review")
    (True, False)
    """
    return [each for each in topic_class(name).result_names() if each not in branch.Branch.result_names()]


def open_bank(home: str | Path = ".") -> Bank:
    """Open the bank of a folder: its branches, and through them every table and result.

    Answers "I have ingested my tables: where are they?" Nothing but the list of branches is read before it is asked
    for, and the file is open only while it is read.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``, or one with a demo bank below it.

    Returns
    -------
    Bank
        ``bank.branches`` (a frame), ``bank.branch("0755")``, ``bank.as_of`` (the day used where none is given).

    Raises
    ------
    BadConfig
        If there is no bank there: `microlib demo` makes a synthetic one, `microlib ingest` one of your tables.
    BadData
        If it holds no table yet.

    References
    ----------
    .. [1] What each table holds: the empty templates of ``microlib ingest --template``.

    Examples
    --------
    >>> open_bank("no such folder")
    Traceback (most recent call last):
    microlib.errors.BadConfig: there is no bank here yet
      where: ...
      fix: run `microlib demo`, or `microlib ingest` with tables of your own
    """
    bank = Bank(find_home(Path(home)))
    bank.branches  # noqa: B018 - a bank that cannot be read is refused here and not three lines later
    return bank


@dataclass(frozen=True)
class Bank:
    """A bank on file; get one by `open_bank`.

    Parameters
    ----------
    home : Home
        Its folders.
    """

    home: Home
    _opened: dict[tuple[str, date], Branch] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def as_of(self) -> date:
        """The day that holds where none is given: the last complete month end of the newest tables."""
        with open_store(self.home) as store:
            return default_as_of(store)

    @cached_property
    def branches(self) -> pd.DataFrame:
        """The branches known on `as_of`: ``branch_id, name``."""
        with open_store(self.home) as store:
            names = branch_names(store, as_of=self.as_of)
        return pd.DataFrame({"branch_id": list(names), "name": list(names.values())})

    @cached_property
    def standings(self) -> pd.DataFrame:
        """Which branch is an outlier: PAR30 of each, against what its trades would give and what chance explains.

        A row per branch, as `quality.branch_shares` returns it, with ``standing`` (``inside``, ``beyond_95``,
        ``beyond_998``: in the funnel around the bank's share) and ``target_share`` (the bank's share,
        `forecast.funnel_standings`). For head office: a branch sees its own row alone in its papers.
        """
        with open_store(self.home) as store:
            return funnel_standings(branch_shares(par_sums(store, as_of=self.as_of)))

    @cached_property
    def is_synthetic(self) -> bool:
        """Whether any row came from a generator and not from a bank."""
        with open_store(self.home) as store:
            return store.is_synthetic

    def branch(self, code: str, as_of: str | date | None = None) -> Branch:
        """Return one branch at a date; the same object for the same branch and date, so that results are kept.

        Parameters
        ----------
        code : str
            The branch's code, text: ``"0755"``, not 755.
        as_of : date, optional
            By default the bank's own.

        Raises
        ------
        UnknownBranch
            If the bank has no such branch then.
        BadConfig
            If the code is a number, or the date is none.
        """
        if not isinstance(code, str):
            fix = f'write the code as text with its zeros, such as "{self.branches["branch_id"].iloc[0]}"'
            raise BadConfig(f"the branch code {code!r} is no text", where="code", fix=fix)
        day = self.as_of if as_of is None else parse_day(as_of)
        if (code, day) not in self._opened:
            self._opened[code, day] = Branch.of(read_branch(self.home.root, branch=code, as_of=day))
        return self._opened[code, day]

    def __iter__(self) -> Iterator[Branch]:
        return (self.branch(code) for code in self.branches["branch_id"])

    def __len__(self) -> int:
        return len(self.branches)

    def __repr__(self) -> str:
        made = ", synthetic" if self.is_synthetic else ""
        return f"Bank({str(self.home.root)!r}, {len(self)} branches, as of {self.as_of}{made})"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>{self.branches.to_html(index=False)}"


@dataclass(frozen=True, repr=False)
class Branch(branch.Branch):
    """One branch at one date: its tables, its results, and the designs of its products.

    ``branch.loans`` and every other table is a frame; ``branch.pars``, ``branch.members`` … are results, computed when
    first asked for and kept. What one report alone prepares stands by topic: ``branch.review.connected_groups``,
    ``branch.chain``, ``branch.shelf`` … (`TOPICS`). The Tab key offers all of it. Get one by `Bank.branch`.
    """

    _designs: dict[str, Design] = field(default_factory=dict, repr=False, compare=False)
    _topics: dict[str, branch.Branch] = field(default_factory=dict, repr=False, compare=False)

    def __getattr__(self, name: str) -> object:
        if name in TOPICS:
            if name not in self._topics:
                self._topics[name] = self._about(name)
            return self._topics[name]
        try:
            return super().__getattr__(name)
        except UnknownName as refusal:
            held = {each: f"branch.{topic}.{each}" for topic in TOPICS for each in own_results(topic)}
            near = get_close_matches(name, held, n=2, cutoff=0.8)
            if not near:
                raise
            refusal.fix = f"did you mean {' or '.join(held[each] for each in near)}? {refusal.fix}"
            raise

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TOPICS})

    def _about(self, name: str) -> branch.Branch:
        """Return the branch of a topic, with what was computed here already."""
        made = topic_class(name).of(self)
        same = [
            each for each in branch.Branch.result_names() if getattr(type(made), each) is getattr(branch.Branch, each)
        ]
        vars(made).update({each: vars(self)[each] for each in same if each in vars(self)})
        return made

    def design(self, product: str = "") -> Design:
        """Return a product's design in this branch: the same object at each call, its results computed at most once.

        Parameters
        ----------
        product : str
            Code of a file in ``data/products``, such as ``"market_stall_credit"``; by default that of the product made
            for the branch's leading group.

        Raises
        ------
        BadConfig
            If there is no such product, or its terms cannot be followed.
        NobodyHere
            If no customer of the branch belongs to the product's groups.
        NeedsTable
            If the branch has no customer file.
        """
        if product not in self._designs:
            if product in set(self.designs["segment"]):
                made = self.designs.loc[self.designs["segment"] == product, "product"].tolist()
                fix = f"write branch.design({made[0]!r}); branch.designs lists them"
                raise BadConfig(f"{product} is a group of customers, no product", where="product", fix=fix)
            design = Design.of(self, product=product)
            _ = design.screened  # whether anybody belongs to its groups is said here, not three lines later
            self._designs[product] = design
        return self._designs[product]

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer with all that is measured of it (`asking.customer_rows`).

        The customer file itself is ``branch["customers"]``.
        """
        return customer_rows(self)

    def history(
        self,
        measure: str | Callable[..., pd.DataFrame] = "par30",
        *,
        by: str | None = None,
        months: int = 12,
        **options: object,
    ) -> pd.DataFrame:
        """Return a measure at every month end, the branch's own day last.

        Answers "since when is this so?" The book of an earlier month end is put together from ``loan_months`` and what
        the ledger says of each loan (`loans.month_end_books`); the branch itself need not have been ingested then.

        Parameters
        ----------
        measure : str or callable
            ``"par30"`` with any number of days, ``"npl"`` and the other ratios of `quality.committee_ratios`, the name
            of an amount of the ledger (``"balance_yuan"``), or any function whose first argument is a frame of loans:
            ``ml.concentration``.
        by : str, optional
            A column of the ledger, or ``"segment"``: the customer's primary group of today. Loans without one stand in
            no group.
        months : int
            Month ends at most.
        **options
            More arguments of the measure: ``across="use_industry_code"``.

        Returns
        -------
        DataFrame
            The measure's own columns behind ``month`` (``YYYY-MM``, ascending). A month without a live loan has no row.
        Whether two months differ by more than chance: `rate_gap` on ``customers_count`` and ``base_customers_count``
        of both (borrowers hit, borrowers in all); a change of which ``low`` and ``high`` have one sign.

        Raises
        ------
        NeedsTable
            If the branch has no loan, or groups are asked for and cannot be told.
        UnknownName
            If there is no such measure, column or argument; the nearest are named.
        """
        return history(self, measure, by=by, months=months, **options)

    @cached_property
    def designs(self) -> pd.DataFrame:
        """Products made for the groups that live here, one row per product and group: what `design` takes.

        ``product``, ``segment``, ``title_zh``, ``title_en``, ``status``, ``cap_yuan``, ``yearly_rate`` (fraction).
        """
        offered = {"branch": self.branch_id, "as_of": self.as_of}
        here = set(self.members["segment"])
        codes = products_for(self.home, here, **offered)
        made = [read_product(self.home, product=code, **offered) for code in codes]
        rows = [
            (
                each.code,
                segment,
                each.title.zh,
                each.title.en,
                each.status,
                each.limit.cap_yuan,
                float(each.yearly_rate),
            )
            for each in made
            for segment in each.segments
            if segment in here
        ]
        names = ["product", "segment", "title_zh", "title_en", "status", "cap_yuan", "yearly_rate"]
        return pd.DataFrame(rows, columns=names).astype({"yearly_rate": "float64"})

    @property
    def there(self) -> list[str]:
        """Names of the tables of which this branch has rows."""
        return [name for name in TABLES if self.has(name)]

    def __repr__(self) -> str:
        made = ", synthetic" if self.is_synthetic else ""
        return f"Branch({self.branch_id!r}, {self.name!r}, as of {self.as_of}, {len(self.there)} tables{made})"

    def _repr_html_(self) -> str:
        absent = [name for name in TABLES if not self.has(name)]
        asked = [f"branch.{name}" for name in ("customers", 'history("par30")', 'design("…")')]
        tables = ", ".join(f"<code>{name}</code> {TABLES[name].zh}" for name in self.there)
        lines = [("ask first · 先问", ", ".join(f"<code>{html.escape(each)}</code>" for each in asked))]
        lines += [("tables · 表", tables), ("not on file · 没有", ", ".join(absent))]
        lines += [("results · 结果", ", ".join(self.result_names()))]
        lines += [(f"<code>branch.{topic}</code>", ", ".join(own_results(topic))) for topic in TOPICS]
        rows = "".join(f"<tr><th>{title}</th><td style='text-align:left'>{told}</td></tr>" for title, told in lines)
        return f"<p>{html.escape(repr(self))}</p><table>{rows}</table>"


Written = TypeVar("Written", bound=BaseModel)


@dataclass(frozen=True, repr=False)
class Design(ProductDesign):
    """A product designed for a branch; get one by `Branch.design`.

    ``design.limits, .prices, .volume, .stress`` and every further result is an attribute, computed when first asked
    for and kept; one that could not be had is refused with why. The Tab key lists them.
    """

    def what_if(self, **changed: float) -> pd.DataFrame:
        """Set today's terms and changed ones side by side, all figures computed again (`what_if.setting_table`).

        Answers "what if the cap were 800,000?"

        Parameters
        ----------
        **changed
            Any of ``cap_yuan, yearly_rate, term_months, contacted_count, stop_share`` (`what_if.Settings`).

        Raises
        ------
        UnknownName
            If there is no such setting.
        BadConfig
            If one lies outside its range.
        """
        bench = bench_of(self)
        today = settings_today(bench.product, bench.policy.stress)
        for name in changed:
            if name not in vars(today):
                raise UnknownName.nearest(name, vars(today), of="what_if", fix="help(design.what_if) lists them")
        tried = replace(today, **changed)
        refuse_rate(tried, home=self.branch.home, as_of=self.branch.as_of)
        return setting_table(bench, *((setting, sized_lines(bench, setting)) for setting in (today, tried)))

    def price_if(self, **changed: object) -> pd.DataFrame:
        """Set the price floor of the typical loan beside what it were under other prices (`prices.typical_floors`).

        Answers "what if our funds were a fifth cheaper?" ``design.price_if(ftp_rate=0.0164)``.

        Parameters
        ----------
        **changed
            Any number or switch of ``data/policies/pricing.toml`` (`PricingPolicy`): ``ftp_rate``, ``opex_rate``,
            ``capital_cost_rate``, ``income_tax`` …; ``design.policy.pricing`` shows today's.

        Returns
        -------
        DataFrame
            ``setting`` (``today``, ``tried``) before the columns of `floors_typical`, one row per case of default.

        Raises
        ------
        UnknownName
            If there is no such term.
        BadConfig
            If one lies outside its range.
        """
        today = self.policy.pricing
        for name in changed:
            if name not in type(today).model_fields:
                raise UnknownName.nearest(
                    name, type(today).model_fields, of="price_if", fix="design.policy.pricing shows them"
                )
        tried = self._tried(today, changed, where="price_if")
        given = {"product": self.product, "amount_yuan": self.amount_yuan}
        found = [typical_floors(self.rates, policy=policy, **given) for policy in (today, tried)]
        rows = [each.assign(setting=setting) for each, setting in zip(found, ("today", "tried"), strict=True)]
        whole = pd.concat(rows, ignore_index=True)
        return whole[["setting", *found[0].columns]]

    def strike(self, scenario: str, **changed: float) -> pd.DataFrame:
        """Return what a written scenario costs, with some of its numbers changed (`stress.scenario_losses`).

        Answers "what if the largest payer pays two months later?" ``design.strike("core_pays_late", months=2)``.

        Parameters
        ----------
        scenario : str
            One of `scenario_register`.
        **changed
            Its numbers: ``months``, ``income_share``, ``cost_share``, ``rate_rise`` …

        Returns
        -------
        DataFrame
            Two rows, ``base`` and the scenario, which bears what was changed in its name.

        Raises
        ------
        UnknownName
            If there is no such scenario or number.
        BadConfig
            If one lies outside its range.
        """
        known = {shock.code: shock for shock in self.stresses.scenarios}
        if scenario not in known:
            raise UnknownName.nearest(scenario, known, of="the scenarios", fix="design.scenario_register lists them")
        whole = known[scenario].model_dump()
        for name in changed:
            if name not in whole:
                raise UnknownName.nearest(name, whole, of=scenario, fix="design.scenario_register shows its numbers")
        shock = self._tried(known[scenario], changed, where="strike")
        alone = self.stresses.model_copy(update={"scenarios": (shock,)})
        found = scenario_losses(self.stress_lines, stresses=alone, policy=self.policy.stress).head(2)
        told = ", ".join(f"{name}={value}" for name, value in changed.items())
        return found.assign(scenario=[found["scenario"].iloc[0], f"{scenario}: {told}" if told else scenario])

    def _tried(self, written: Written, changed: dict[str, float], *, where: str) -> Written:
        cap = highest_rate(self.branch.home, as_of=self.branch.as_of)
        return checked({**written.model_dump(), **changed}, type(written), where=where, highest_rate=cap)

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):  # what Python and its tools ask of any object
            raise AttributeError(f"Design has no attribute {name!r}", name=name, obj=self)
        known, whose = dir(type(self)), f"design {self.product.code}"
        raise UnknownName.nearest(name, known, of=whose, fix="press Tab after the dot")

    @property
    def computed(self) -> list[str]:
        """Names of the results that have been computed so far."""
        return [name for name in self.result_names() if name in vars(self)]

    def __repr__(self) -> str:
        done = f"{len(self.computed)} of {len(self.result_names())} results computed"
        return f"Design({self.product.code!r} in {self.branch.branch_id!r}, as of {self.branch.as_of}, {done})"

    def _repr_html_(self) -> str:
        lines = [("begin with", ["limits", "prices", "volume", "stress"]), ("results", list(self.result_names()))]
        rows = "".join(f"<tr><th>{title}</th><td>{', '.join(names)}</td></tr>" for title, names in lines)
        return f"<p>{html.escape(repr(self))}</p><table>{rows}</table>"
