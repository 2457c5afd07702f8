"""One branch at one date with everything that is measured of it: each result by its name, computed at most once."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Self, TypeVar

import pandas as pd

from microlib.bank.branch import BranchBook, kept, kept_frame, read_branch
from microlib.bank.store import open_store, refuse_changed
from microlib.bank.sums.bank_wide import common_guarantors, core_payables
from microlib.bank.sums.books import default_pieces
from microlib.contracts.needs import Computed, naming_columns, needs_of, result
from microlib.contracts.policy import Policy, SupplyPolicy, WorkdayPolicy
from microlib.contracts.product import Product
from microlib.contracts.segment import Segment, read_segments
from microlib.contracts.tables import TABLES
from microlib.design.decisions import WHOLE_BRANCH, choose_decisions, list_actions, maturity_decisions
from microlib.design.judgement import (
    NO_GROWTH,
    TIMES,
    LossBudget,
    bad_year_rate,
    branch_judgement,
    carrying_sources,
    closed_places,
    group_evidence,
    judgement_frame,
    lent_in_year,
    not_lent,
    offered_loans,
    offered_to,
    offering_judgements,
    open_groups,
    product_judgements,
    segment_judgements,
    served_groups,
    shared_correlations,
    source_judgements,
    stopped,
    told_judgements,
    withheld,
)
from microlib.design.lineup import product_margins
from microlib.design.rules import breaking_products, read_rules
from microlib.design.supply import branch_exposures, control_levels, read_supply_policy
from microlib.design.terms import products_for, read_policy, read_product
from microlib.design.workdays import read_workdays
from microlib.errors import BadConfig, BadData, NeedsTable, UnknownName
from microlib.home import Home
from microlib.metrics.arrears import (
    first_payment_defaults,
    first_payments,
    loans_turning_bad,
    maturing,
    stressed_renewals,
    warnings,
)
from microlib.metrics.book import book_size, control_differences, table_coverage
from microlib.metrics.defaults import backtest_rates, default_cohorts, default_counts, default_shares, drawn_rates
from microlib.metrics.income import cash_gaps, cash_positions, income_shares, yearly_incomes
from microlib.metrics.loans import bad_exits, with_exits
from microlib.metrics.market import penetration, venue_populations
from microlib.metrics.outcome import loan_outcomes, vintage
from microlib.metrics.payables import capture_rates, payable_lives, payment_trends
from microlib.metrics.products import loss_reasons, product_tree, realised_terms, usual_repayments
from microlib.metrics.quality import JUDGED, committee_ratios, four_pars
from microlib.metrics.segments import (
    assign_segments,
    customer_evidence,
    leading_segments,
    only_measure,
    primary_loans,
    segment_sizes,
)
from microlib.metrics.service import (
    customer_needs,
    need_coverage,
    secured_customers,
    stage_times,
    standard_products,
    term_fits,
)
from microlib.metrics.sources import (
    EXPOSURES,
    KEYS,
    affected_balances,
    exposures_elsewhere,
    loss_if_stopped,
    source_exits,
    source_headroom,
    source_members,
)
from microlib.stats.grouping import year_before
from microlib.stats.shrinkage import Prior, fit_priors
from microlib.stats.vintage import supported_months

T = TypeVar("T")
NO_EXPOSURES = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in {"branch_id": "str", **EXPOSURES}.items()})
#: parts of the policy by the type that a measure asks for; `renewals` names its three values itself
PARTS = {
    **{field.annotation.__name__: name for name, field in Policy.model_fields.items()},
    "StressRules": "quality",
}
#: results that make up the register, what others rest on first
REGISTER = (
    *("branch_judgement", "source_judgements", "segment_judgements", "product_judgements"),
    "offering_judgements",
)
#: results that judge what is sold
OFFERED = ("product_judgements", "offering_judgements")
#: results that views word in their own way, on which no kept one rests
WORDED = ("judgements", "actions")
#: results that views of a branch hand to each other: what the register rests on, and itself
SHARED = ("members", "grouped", *REGISTER)


@dataclass(frozen=True)
class Branch(BranchBook, Computed):
    """One branch at one date: its tables, the policy that holds there, and every result that reports rest on.

    Tables are frames by name: ``branch.loans`` refuses kindly where the branch has no row, ``branch["loans"]`` is then
    an empty frame of the contract's columns. Results are attributes (``branch.members``, ``branch.due``); each is
    computed when it is first asked for and kept, and so is its refusal. `compute` feeds any measure from both by the
    names of its parameters.

    Open one with `open_branch`; the parameters are those of `bank.slices.BranchBook`. What only one report prepares
    stands in a class of its own that extends this one (`branch_diagnosis`, `branch_review`, `branch_chain`,
    `branch_shelf`, `branch_rollout`, `branch_campaigns`).
    """

    #: results from which page one and the list of actions are drawn
    PROPOSALS: ClassVar[tuple[str, ...]] = ("judgements", "maturity_decisions")
    #: parameters of measures that are called otherwise than the result that goes there
    CALLED: ClassVar[Mapping[str, str]] = {
        "memberships": "members",
        "incomes": "income",
        "shares": "payers",
        "maturing": "due",
        "headrooms": "headroom",
        "renewals": "renewed",
        "shrunk": "product_rates",
        "margins": "product_margins",
        "start": "as_of",
        "captures": "capture_rates",
        "pledged": "secured_customers",
        "needs": "customer_needs",
    }

    @classmethod
    def of(cls, book: BranchBook) -> Self:
        """Return a branch on a book that is open already; frames read before are kept, and what was judged."""
        if isinstance(book, cls):
            return book
        made = cls(book.branch_id, book.name, book.as_of, book.home, book.is_synthetic, book._stamp, book.frames)
        alike = [name for name in SHARED if getattr(type(book), name, None) is getattr(cls, name)]
        vars(made).update({name: vars(book)[name] for name in alike if name in vars(book)})
        return made

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_"):  # what Python and its tools ask of any object
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}", name=name, obj=self)
        if name not in TABLES:
            known, whose = [*TABLES, *dir(type(self))], f"branch {self.branch_id}"
            raise UnknownName.nearest(name, known, of=whose, fix="press Tab after the dot, or ml.find() a word of it")
        return self.table(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TABLES})

    def _own_results(self) -> tuple[str, ...]:
        names = (name for name in Branch.result_names() if name not in WORDED)
        return tuple(name for name in names if getattr(type(self), name, None) is not getattr(Branch, name))

    def table(self, name: str) -> pd.DataFrame:
        """Return the rows of a table, in the order of its key.

        Raises
        ------
        NeedsTable
            If the branch has no row of it.
        """
        if not self.has(name):
            raise NeedsTable(tables=[name])
        return self[name]

    def argument(self, name: str, kind: str = "") -> object:
        """Return what a measure's parameter is given here.

        Parameters
        ----------
        name : str
            The parameter's name: a table of the bank; ``as_of``, ``home``, ``branch`` (the code), ``book`` (this
            object), ``policy``, ``segments``, ``supply``, ``week``; a part of the policy (``quality``, ``stress`` …);
            a result (`result_names`), or what measures call it (``memberships`` for ``members``); a value that
            stands in one part of the policy only (``notional_months``).
        kind : str
            The parameter's annotation, as it is written. A table or result is given where it is of that kind, and
            ``policy`` is the part that the type names (``PricingPolicy``); empty means any.

        Raises
        ------
        NeedsTable
            If it is a table of which the branch has no row, or rests on one.
        BadData
            What the result itself refuses.
        BadConfig
            If the branch has nothing of that name and kind.

        Examples
        --------
        >>> branch = Branch("0755", "South", date(2026, 6, 30), Home(Path(".")), is_synthetic=True)
        >>> branch.argument("policy", "LimitsPolicy").notional_months, branch.argument("notional_months")
        (36, 36)
        >>> branch.argument("branch"), branch.argument("start") == branch.as_of
        ('0755', True)
        """
        found = self._held(name, kind) or self._written(name)
        if found is None:
            what = f"the branch has nothing that is called {name}"
            raise BadConfig(what, where=kind or name, fix=f"give {name}=…; there are {', '.join(self.result_names())}")
        return found()

    def offers(self, name: str, kind: str = "") -> bool:
        """Return whether `argument` has anything of that name and kind; a result's refusal is something."""
        return (self._held(name, kind) or self._written(name)) is not None

    def compute(self, fn: Callable[..., T], **given: object) -> T:
        """Call a measure with what it asks for by name.

        Each parameter gets, in this order: what is given; what `argument` has under its name and kind; its default.
        A table that may be absent (`contracts.needs.measure`) is then an empty frame of its contract; a table or
        result with a default is left to it.

        Parameters
        ----------
        fn : callable
            A measure or a design.
        **given
            Arguments by name. A text in the place of a frame is the name of a table or result; a refusal in a
            result's place is raised.

        Returns
        -------
        object
            What `fn` returns.

        Raises
        ------
        NeedsTable
            If tables that it needs, or that results it needs rest on, are absent; it names all of them.
        BadData
            If a result that it needs was refused, or `fn` refuses.
        BadConfig
            If a parameter without a default is neither given nor known here.

        Examples
        --------
        >>> from microlib.metrics.book import book_size
        >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": ["C1"], "status": ["normal"],
        ...                       "balance_yuan": [9e4], "overdue_days": [0]})
        >>> home, frames = Home(Path(".")), {"loans": loans}
        >>> branch = Branch("0755", "South", date(2026, 6, 30), home, is_synthetic=True, frames=frames)
        >>> branch.compute(book_size)["balance_yuan"].to_list(), branch.size["loans_count"].to_list()
        ([90000.0], [1])
        """
        places: list[object] = []
        named: dict[str, object] = {}
        absent: list[BadData] = []  # own tables, named before those that results rest on
        refused: list[BadData] = []
        for parameter in inspect.signature(fn).parameters.values():
            name, kind = parameter.name, _annotated(parameter)
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                places.extend(given.get(name, ()))
                continue
            try:
                value = self._given(given[name], kind) if name in given else self._fed(fn, parameter)
            except BadData as refusal:
                (absent if _is_table(given.get(name, name)) else refused).append(refusal)
                continue
            if parameter.kind is parameter.KEYWORD_ONLY:
                named[name] = value
            else:
                places.append(value)
        _raise_first([*absent, *refused])
        with naming_columns(self):
            return fn(*places, **named)

    def attempt(self, fn: Callable[..., T], **given: object) -> T | BadData:
        """Return what `compute` does, or the refusal in its place, for a step that makes do with what there is.

        Raises
        ------
        BadData
            If it was refused in general terms: broken data are no reason to go on.
        """
        try:
            return self.compute(fn, **given)
        except BadData as refusal:
            if type(refusal) is BadData:
                raise
            return refusal

    def first(self, *names: str) -> pd.DataFrame:
        """Return the first of several results that is there; where none is, the first one's refusal is raised."""
        known = self.known(*names)
        return known[0] if known else getattr(self, names[0])

    def known(self, *names: str) -> list[pd.DataFrame]:
        """Return those of several results that are there, for a step that makes do with what there is."""
        found = [self.part(name) for name in names]
        return [each for each in found if not isinstance(each, BadData)]

    def _held(self, name: str, kind: str) -> Callable[[], object] | None:
        """Return how what the branch holds under a name is come by: a table, a result, the day, the policy."""
        own = self.CALLED.get(name, name)
        fixed = {"as_of": self.as_of, "home": self.home, "branch": self.branch_id, "book": self}
        if own in fixed:
            return lambda: fixed[own]
        if own == "policy":
            return self._policies().get((_words(kind) or {"Policy"}).pop())
        if own in self.result_names():
            made = inspect.get_annotations(getattr(type(self), own).func).get("return", "")
            return (lambda: getattr(self, own)) if not kind or _words(str(made)) & _words(kind) else None
        return (lambda: self.table(own)) if own in TABLES and (not kind or "DataFrame" in kind) else None

    def _written(self, name: str) -> Callable[[], object] | None:
        """Return how a part of the policy is come by, or a value that stands in one part only."""
        parts = Policy.model_fields
        holders = [part for part, field in parts.items() if name in field.annotation.model_fields]
        if name in parts:
            return lambda: getattr(self.policy, name)
        return (lambda: getattr(getattr(self.policy, holders[0]), name)) if len(holders) == 1 else None

    def _policies(self) -> dict[str, Callable[[], object]]:
        parts = {kind: (lambda part=part: getattr(self.policy, part)) for kind, part in PARTS.items()}
        own = {"Policy": lambda: self.policy, "SupplyPolicy": lambda: self.supply, "WorkdayPolicy": lambda: self.week}
        return {**parts, **own}

    def _fed(self, fn: Callable[..., object], parameter: inspect.Parameter) -> object:
        """Return what a parameter gets that is not given: what the branch has of its name, else its default."""
        name, kind = parameter.name, _annotated(parameter)
        if name in TABLES and "DataFrame" in kind and name in needs_of(fn).optional:
            return self[name]
        found = self._held(name, kind)
        if parameter.default is not parameter.empty:
            return _or_default(found, parameter.default)
        found = found or self._written(name)
        if found is None:
            raise BadConfig(f"{fn.__name__} needs {name}", where=fn.__name__, fix=f"give {name}=…")
        return found()

    def _given(self, value: object, kind: str) -> object:
        """Return a given argument; a text in a frame's place is the name of a table or result."""
        if isinstance(value, BadData):
            raise value
        return self.argument(value) if isinstance(value, str) and "DataFrame" in kind else value

    # ---- what is written down

    @result
    def policy(self) -> Policy:
        """The bank's policy as it stood on the day, all its parts."""
        return read_policy(self.home, as_of=self.as_of)

    @result
    def supply(self) -> SupplyPolicy:
        """The bank's policy on lending along a chain."""
        return read_supply_policy(self.home, as_of=self.as_of)

    @result
    def week(self) -> WorkdayPolicy:
        """The cuts of the weekly list and of the shelf."""
        return read_workdays(self.home, as_of=self.as_of)

    @result
    def segments(self) -> tuple[Segment, ...]:
        """The customer groups as they are written down."""
        return tuple(read_segments(self.home.config("segments")))

    # ---- the book today

    @result
    def size(self) -> pd.DataFrame:
        """Loans, customers and balance on the books (`book.book_size`)."""
        return self.compute(book_size)

    @result
    def due(self) -> pd.DataFrame:
        """What matures within each window of the policy (`quality.maturing`)."""
        return self.compute(maturing, days=self.policy.quality.maturing_days)

    @result
    def crossing(self) -> pd.DataFrame:
        """Loans that are about to become non-performing (`quality.loans_turning_bad`)."""
        return self.compute(loans_turning_bad, cut_days=self.policy.quality.crossing_days)

    @kept
    def warnings(self) -> pd.DataFrame:
        """What the calendar warns of (`quality.warnings`)."""
        return self.compute(warnings)

    @kept
    def first_payments(self) -> pd.DataFrame:
        """Whether the first instalments of new loans were paid (`arrears.first_payments`)."""
        return self.compute(first_payments)

    @result
    def first_payment_defaults(self) -> pd.DataFrame:
        """The share of new loans whose first instalment failed (`arrears.first_payment_defaults`)."""
        return first_payment_defaults(self.first_payments)

    @kept
    def coverage(self) -> pd.DataFrame:
        """How many rows each table holds and how far it is filled (`book.table_coverage`)."""
        self.fetch(*self.held)
        return table_coverage({name: self.frames[name] for name in self.held})

    @result
    def control_differences(self) -> pd.DataFrame:
        """The ledger against the bank's control totals (`book.control_differences`)."""
        return self.compute(control_differences)

    # ---- who the customers are

    @kept
    def income(self) -> pd.DataFrame:
        """Each customer's yearly income and what it rests on (`income.yearly_incomes`)."""
        return self.compute(yearly_incomes)

    @kept
    def payers(self) -> pd.DataFrame:
        """What each core pays to each supplier, in shares of its income (`income.income_shares`)."""
        return self.compute(income_shares)

    @kept
    def evidence(self) -> pd.DataFrame:
        """What is known of each customer for telling its group (`segments.customer_evidence`)."""
        return self.compute(customer_evidence)

    @kept
    def members(self) -> pd.DataFrame:
        """Which customer belongs to which group, and by which rule (`segments.assign_segments`)."""
        return self.compute(assign_segments)

    @result
    def sizes(self) -> pd.DataFrame:
        """Customers, borrowers and balance of each group (`segments.segment_sizes`)."""
        return self.compute(segment_sizes)

    @result
    def leading(self) -> pd.DataFrame:
        """The groups that a report goes into (`segments.leading_segments`)."""
        return self.compute(leading_segments)

    @kept
    def grouped(self) -> pd.DataFrame:
        """Loans with the primary group of each borrower (`segments.primary_loans`)."""
        return self.compute(primary_loans)

    @result
    def gaps(self) -> pd.DataFrame:
        """How long each customer's money is out (`income.cash_gaps`)."""
        return self.compute(cash_gaps)

    @kept
    def penetration(self) -> pd.DataFrame:
        """Members of each venue who are customers and borrowers (`segments.penetration`)."""
        return self.compute(penetration)

    @result
    def venue_populations(self) -> pd.DataFrame:
        """How many businesses each venue has, from two lists (`segments.venue_populations`)."""
        return self.compute(venue_populations)

    # ---- quality

    @result
    def renewed(self) -> pd.DataFrame:
        """Live renewals, under stress or not (`arrears.stressed_renewals`)."""
        return self.compute(stressed_renewals)

    @kept
    def pars(self) -> pd.DataFrame:
        """The four portfolios at risk of the book (`quality.four_pars`)."""
        return self.compute(four_pars)

    @kept
    def group_pars(self) -> pd.DataFrame:
        """The four portfolios at risk of each group (`quality.four_pars`)."""
        return self.compute(four_pars, loans=self.grouped, within="segment")

    @result
    def group_quality(self) -> pd.DataFrame:
        """The adjusted portfolio at risk of each group (`segments.only_measure`)."""
        return only_measure(self.group_pars, measure="par30_adjusted")

    @kept
    def product_pars(self) -> pd.DataFrame:
        """The four portfolios at risk of each product (`quality.four_pars`)."""
        return self.compute(four_pars, within="product_id")

    @result
    def product_quality(self) -> pd.DataFrame:
        """The adjusted portfolio at risk of each product (`segments.only_measure`)."""
        return only_measure(self.product_pars, measure="par30_adjusted")

    @kept
    def risk_shares(self) -> pd.DataFrame:
        """The shares by which the book is judged: with what left bad (`quality.JUDGED`)."""
        return self.compute(four_pars, measures=JUDGED)

    @kept
    def group_risk_shares(self) -> pd.DataFrame:
        """The same of each group."""
        return self.compute(four_pars, loans=self.grouped, within="segment", measures=JUDGED)

    @kept
    def product_risk_shares(self) -> pd.DataFrame:
        """The same of each product."""
        return self.compute(four_pars, within="product_id", measures=JUDGED)

    @kept
    def committee_ratios(self) -> pd.DataFrame:
        """The ratios that the committee watches (`quality.committee_ratios`)."""
        return self.compute(committee_ratios)

    @kept
    def vintages(self) -> pd.DataFrame:
        """How loans of each age turned bad (`outcome.vintage`), at the policy's days for bad."""
        return self.compute(vintage, cut_days=self.policy.quality.bad_days)

    @result
    def vintage_tail(self) -> pd.DataFrame:
        """The vintage as far as enough loans support it (`vintage.supported_months`)."""
        return supported_months(self.vintages)

    @kept
    def outcomes(self) -> pd.DataFrame:
        """How each loan fared and for how long (`outcome.loan_outcomes`), at the policy's days for bad."""
        return self.compute(loan_outcomes, cut_days=self.policy.quality.bad_days)

    # ---- default rates

    @result
    def default_shares(self) -> pd.DataFrame:
        """Customers in default in each group (`defaults.default_shares`)."""
        return self.compute(default_shares)

    @result
    def bank_pieces(self) -> pd.DataFrame:
        """Of the whole bank, how many performing borrowers of each kind turned bad within a year."""
        return _of_whole_bank(default_pieces, self.home, self._stamp, self.as_of)

    @result
    def priors(self) -> dict[str, Prior]:
        """What the whole bank says of each kind's default (`shrinkage.fit_priors`)."""
        return fit_priors(self.bank_pieces)

    @kept
    def cohorts(self) -> pd.DataFrame:
        """Who was performing a year ago and before, and what became of them (`defaults.default_cohorts`)."""
        return self.compute(default_cohorts)

    @result
    def group_cohorts(self) -> pd.DataFrame:
        """The same with the primary group of each borrower (`segments.primary_loans`)."""
        return primary_loans(self.cohorts, self.members)

    @result
    def group_defaults(self) -> pd.DataFrame:
        """Defaults and years of borrowers of each group (`defaults.default_counts`)."""
        return default_counts(self.group_cohorts, within="segment")

    @kept
    def group_rates(self) -> pd.DataFrame:
        """Default rates of the groups, with the bank's experience of their kinds (`defaults.drawn_rates`)."""
        level = self.policy.quality.price_level
        return drawn_rates(self.group_cohorts, priors=self.priors, within="segment", price_level=level)

    @kept
    def group_backtest(self) -> pd.DataFrame:
        """What could be told of the groups a year ago against what happened (`defaults.backtest_rates`)."""
        return backtest_rates(self.group_cohorts, self.bank_pieces, within="segment")

    @kept
    def product_cohorts(self) -> pd.DataFrame:
        """Who was performing in each product, and what became of them (`defaults.default_cohorts`)."""
        return self.compute(default_cohorts, within="product_id")

    @result
    def product_defaults(self) -> pd.DataFrame:
        """Defaults and years of borrowers of each product (`defaults.default_counts`)."""
        return default_counts(self.product_cohorts, within="product_id")

    @kept
    def product_rates(self) -> pd.DataFrame:
        """Default rates of the products, with the bank's experience (`defaults.drawn_rates`)."""
        level = self.policy.quality.price_level
        return drawn_rates(self.product_cohorts, priors=self.priors, within="product_id", price_level=level)

    # ---- one source of repayment

    @kept
    def source_members(self) -> pd.DataFrame:
        """Which borrower hangs on which source (`sources.source_members`)."""
        return self.compute(source_members, common=self.common_guarantors)

    @result
    def common_guarantors(self) -> frozenset[str]:
        """Who stands behind borrowers here and elsewhere (`bank_wide.common_guarantors`); of those here, no other."""
        if not self.home.bank.is_file():
            return frozenset()
        found = _of_whole_bank(_guarantors, self.home, self._stamp, self.as_of)
        return frozenset(found["guarantor_id"]) & set(self["guarantees"]["guarantor_id"])

    @kept
    def bad_exits(self) -> pd.DataFrame:
        """What left bad or late within a year (`loans.bad_exits`)."""
        return self.compute(bad_exits)

    @kept
    def source_claims(self) -> pd.DataFrame:
        """Who hangs on which source, with what left bad within a year as if it still stood (`loans.with_exits`)."""
        owed = with_exits(self.loans, self.bad_exits)
        return self.compute(source_members, loans=owed, common=self.common_guarantors)

    @result
    def source_exits(self) -> pd.DataFrame:
        """What left bad within a year of those who hang on each source (`sources.source_exits`)."""
        return source_exits(self.source_claims, self.source_members)

    def _elsewhere(self) -> pd.DataFrame:
        """Return what all other branches have on this branch's sources (`sources.exposures_elsewhere`).

        Never a result: what is held back is in it to the yuan, and is told by `rooms` in steps only.
        """
        quality = self.policy.quality
        terms = {"fewest": quality.minimum_peers_count, "dominance_share": quality.dominance_share}
        return exposures_elsewhere(self._exposures(), branch=self.branch_id, **terms)

    def _exposures(self) -> pd.DataFrame:
        """Return the exposures of all branches, worked out once a run; head office's alone, so never a result."""
        if not self.home.bank.is_file():
            return NO_EXPOSURES
        return _of_whole_bank(_exposures, self.home, self._stamp, self.as_of)

    @kept
    def affected(self) -> pd.DataFrame:
        """The balance that depends on each source (`quality.affected_balances`)."""
        return affected_balances(self.source_members, stress=self.policy.stress)

    @kept
    def cash(self) -> pd.DataFrame:
        """What each borrower has and needs in a month (`income.cash_positions`)."""
        return self.compute(cash_positions)

    @kept
    def stopped(self) -> pd.DataFrame:
        """The loss if each source pays nothing for a while (`quality.loss_if_stopped`)."""
        return self.compute(loss_if_stopped, members="source_members")

    @kept
    def headroom(self) -> pd.DataFrame:
        """What the whole bank has on each source, and the room left under its cap (`sources.source_headroom`)."""
        held, left = self.first("stopped", "affected"), self.source_exits
        gone = left[left["exits_yuan"] > 0].merge(held[KEYS].astype("str"), on=KEYS, how="left", indicator=True)
        gone = gone.loc[gone["_merge"] == "left_only", KEYS]  # nobody who hangs on it owes any more
        if gone.empty:
            return self.rooms(held)
        nothing = gone.assign(**dict.fromkeys(held.columns.difference(KEYS), 0))
        return self.rooms(pd.concat([held, nothing.astype(held.dtypes.to_dict())], ignore_index=True))

    def rooms(self, balances: pd.DataFrame) -> pd.DataFrame:
        """Return the rows given with the room under each source's cap (`sources.source_headroom`)."""
        limits, keys = self.policy.limits, pd.MultiIndex.from_frame(balances[KEYS].astype("str"))
        for left in self.known("source_exits"):  # nothing left of a branch whose files hold no loan
            gone = left.set_index(KEYS)["exits_yuan"].reindex(keys).fillna(0.0)
            balances = balances.assign(exits_yuan=gone.to_numpy())
        caps = {"cap_yuan": limits.source_cap_yuan, "step_share": limits.held_back_step_share}
        caps |= {"worth_ratio": self.policy.review.guarantee_ratio}
        caps |= {"fewest_count": self.policy.quality.minimum_peers_count}
        return self.compute(source_headroom, balances=balances, elsewhere=self._elsewhere(), **caps)

    # ---- products and applications

    @kept
    def tree(self) -> pd.DataFrame:
        """Every product by security, selling and kind, with its balance (`products.product_tree`)."""
        return self.compute(product_tree)

    @kept
    def product_margins(self) -> pd.DataFrame:
        """What each product earns over its floor (`lineup.product_margins`)."""
        return self.compute(product_margins, shrunk=self.product_rates)

    @result
    def realised_terms(self) -> pd.DataFrame:
        """The terms that each product really had (`products.realised_terms`)."""
        return self.compute(realised_terms)

    @kept
    def stage_times(self) -> pd.DataFrame:
        """How long each stage of an application took (`service.stage_times`)."""
        return self.compute(stage_times, quantile=self.week.promise_share)

    @kept
    def product_stage_times(self) -> pd.DataFrame:
        """How long each stage took, by product (`service.stage_times`)."""
        return self.compute(stage_times, quantile=self.week.promise_share, within="product_id")

    @result
    def loss_reasons(self) -> pd.DataFrame:
        """Why applications of the year were lost (`products.loss_reasons`)."""
        return self.compute(loss_reasons, applications=self.asked_in_year)

    @result
    def asked_in_year(self) -> pd.DataFrame:
        """Applications of the last twelve months."""
        return self.applications[self.applications["submitted_at"] > year_before(self.as_of)]

    # ---- how firmly receivables are held

    @kept
    def capture_rates(self) -> pd.DataFrame:
        """The part of cores' payments that comes to our accounts (`payables.capture_rates`)."""
        return self.compute(capture_rates, months=self.supply.window_months)

    @kept
    def control_levels(self) -> pd.DataFrame:
        """How well each claim is controlled (`supply.control_levels`)."""
        return self.compute(control_levels)

    # ---- what the shelf meets already

    @result
    def secured_customers(self) -> pd.Series:
        """Which customers have pledged something (`service.secured_customers`)."""
        return self.compute(secured_customers)

    @kept
    def customer_needs(self) -> pd.DataFrame:
        """What each customer needs: amount, time, security (`service.customer_needs`)."""
        gaps = self.compute(cash_gaps, flow_months=self["flow_months"])  # without account flows nobody's is known
        return self.compute(customer_needs, gaps=gaps, pledged=self.part("secured_customers"))

    @result
    def standard_products(self) -> pd.DataFrame:
        """The products on the shelf (`service.standard_products`)."""
        return self.compute(standard_products)

    @result
    def need_coverage(self) -> pd.DataFrame:
        """How far the shelf meets the needs of each group (`service.term_fits`, `service.need_coverage`)."""
        return need_coverage(self.term_fits)

    @result
    def term_fits(self) -> pd.DataFrame:
        """How far each product on the shelf fits what each customer needs (`service.term_fits`)."""
        repayments = usual_repayments(self.realised_terms)
        return self.compute(term_fits, needs="customer_needs", products="standard_products", repayments=repayments)

    # ---- the register: one judgement per matter, and what the calendar asks for

    @result
    def loss_budget(self) -> LossBudget:
        """What one pilot may lose in a year (`judgement.LossBudget`); not known without the products' margins."""
        margins, pars = self.if_known("product_margins"), self.if_known("product_risk_shares")
        gone = self.if_known("bad_exits")
        lost = float("nan") if gone is None else float(gone["exit_yuan"].sum())
        return LossBudget.of(margins, pars, policy=self.policy, lost_yuan=lost)

    @property
    def may_grow(self) -> bool:
        """Whether more than today may be lent in all: not where the branch's own share is beyond its appetite."""
        judged = self.if_known("branch_judgement")
        beyond = judged is not None and judged["step"].isin(NO_GROWTH).any()
        return not beyond

    @property
    def is_over(self) -> bool:
        """Whether general new lending is stopped here: then only groups that may expand or pilot are lent to."""
        judged = self.if_known("branch_judgement")
        return judged is not None and bool(judged["state"].eq("over").any())

    @kept
    def branch_judgement(self) -> pd.DataFrame:
        """The branch as a whole, judged by all shares at risk and its defaults (`judgement.branch_judgement`)."""
        cohorts = self.if_known("cohorts")
        counts = None if cohorts is None else default_counts(cohorts, within=None)
        evidence = group_evidence(self.risk_shares, counts, within=None)
        size = self.if_known("size")
        balance = 0.0 if size is None else float(size["balance_yuan"].iloc[0])
        lent = lent_in_year(self["loans"].assign(segment=WHOLE_BRANCH), within="segment", as_of=self.as_of)
        told = {"groups": self.if_known("segment_judgements"), "lent": lent, "policy": self.policy, "as_of": self.as_of}
        return branch_judgement(evidence, balance_yuan=balance, **told)

    @kept
    def source_trends(self) -> pd.DataFrame:
        """Whether a core on which loans rest pays later than it did, whoever manages it (`payables.payment_trends`)."""
        with open_store(self.home) as store:
            owed = core_payables(store, as_of=self.as_of)
        if owed.empty:
            raise NeedsTable(tables=["core_payables"])
        mine = owed[owed["core_id"].isin(self.headroom["source_id"])]
        lives = payable_lives(mine, as_of=self.as_of)
        return payment_trends(lives, as_of=self.as_of, notable_days=self.supply.notable_days)

    @kept
    def source_judgements(self) -> pd.DataFrame:
        """Every common source of repayment, judged once (`judgement.source_judgements`)."""
        days = {"notable_days": float(self.supply.notable_days), "slow_days": float(self.supply.slow_days)}
        trends = self.known("source_trends")
        return source_judgements(self.headroom, *trends, **days, policy=self.policy, as_of=self.as_of)

    @result
    def carried_groups(self) -> pd.DataFrame:
        """Which part of a group's balance hangs on which source (`judgement.carrying_sources`)."""
        owed, least = with_exits(self.grouped, self.bad_exits), float(self.policy.stress.dependence_share)
        return carrying_sources(owed, self.source_claims, dependence_share=least)

    @result
    def group_sources(self) -> pd.DataFrame:
        """Sources that carry a group (``decisions.carrying_share`` of its balance), each with its state."""
        found, least = self.carried_groups, float(self.policy.decisions.carrying_share)
        states = self.source_judgements.set_index("segment")["state"]
        found = found[found["carried_share"] >= least].reset_index(drop=True)
        return found.assign(state=found["source_id"].map(states))

    @kept
    def segment_judgements(self) -> pd.DataFrame:
        """Every customer group, judged once (`judgement.segment_judgements`)."""
        pars, rates = (self.if_known(name) for name in ("group_risk_shares", "group_rates"))
        marks = self.if_known("default_shares") if pars is None else None
        if pars is None and rates is None and marks is None:
            return self.group_risk_shares  # raises what stands in the way
        sources, carried, grouped = (self.if_known(name) for name in ("source_judgements", "carried_groups", "grouped"))
        live = self["loans"].assign(segment="").iloc[:0] if grouped is None else grouped[grouped["balance_yuan"] > 0]
        return segment_judgements(
            group_evidence(pars, rates, marks=marks, within="segment"),
            rates,
            balances=live.groupby("segment", observed=True)["balance_yuan"].sum(),
            lent=None if grouped is None else lent_in_year(grouped, within="segment", as_of=self.as_of),
            averages=live.groupby("segment", observed=True)["balance_yuan"].mean(),
            sources=sources,
            carried=carried,
            correlations=shared_correlations(self.segments, stress=self.policy.stress),
            budget=self.loss_budget,
            policy=self.policy,
            as_of=self.as_of,
        )

    @kept
    def pilot_rooms(self) -> pd.DataFrame:
        """How the loss budget becomes the room of each pilot: budget / (rate of a bad year x loss given default)."""
        pilots, budget = self.segment_judgements, self.loss_budget
        pilots = pilots.loc[pilots["state"] == "pilot", ["segment", "amount_yuan"]].reset_index(drop=True)
        rates = self.group_rates.set_index("segment").reindex(pilots["segment"])
        shared = pilots["segment"].map(shared_correlations(self.segments, stress=self.policy.stress))
        upper = pd.Series(rates["shrunk_upper"].to_numpy(), index=pilots.index)
        level = float(self.policy.quality.price_level)
        return pilots.assign(
            budget_yuan=budget.yuan,
            shrunk_rate=rates["shrunk_rate"].to_numpy(),
            shrunk_upper=upper,
            correlation_share=shared.astype("float64").fillna(0.0),
            bad_year_rate=bad_year_rate(upper, correlation=shared, level=level),
            lgd_share=budget.lgd_share,
        )

    @result
    def breaking_products(self) -> pd.DataFrame:
        """Products whose own loans break a rule (`rules.breaking_products`)."""
        rules = read_rules(self.home, as_of=self.as_of)
        return breaking_products(self, rules, threshold_yuan=self.policy.review.entrusted_threshold_yuan)

    @kept
    def product_judgements(self) -> pd.DataFrame:
        """Every product on the shelf, judged once: loans, margin and rules (`judgement.product_judgements`)."""
        evidence = group_evidence(self.product_risk_shares, self.if_known("product_rates"), within="product_id")
        live, grouped = self.loans[self.loans["balance_yuan"] > 0], self.if_known("grouped")
        served = None
        if grouped is not None:
            named = grouped.drop_duplicates("loan_id").set_index("loan_id")["segment"]
            owed = with_exits(self.loans, self.bad_exits)
            served = served_groups(owed.assign(segment=owed["loan_id"].map(named)))
        return product_judgements(
            evidence,
            self.if_known("product_margins"),
            groups=self.if_known("segment_judgements"),
            served=served,
            broken=self.if_known("breaking_products"),
            balances=live.groupby("product_id", observed=True)["balance_yuan"].sum(),
            lent=lent_in_year(self.loans, within="product_id", as_of=self.as_of),
            policy=self.policy,
            as_of=self.as_of,
        )

    @result
    def offered(self) -> pd.DataFrame:
        """Loans with the product and the group that they were lent to (`judgement.offered_loans`)."""
        return offered_loans(self.grouped)

    @kept
    def offering_judgements(self) -> pd.DataFrame:
        """Every product within every group, judged once (`judgement.offering_judgements`)."""
        loans = self.offered
        pars = self.attempt(four_pars, loans=loans, within="offering", measures=JUDGED)
        cohorts = self.attempt(default_cohorts, loans=loans, within="offering")
        counts = None if isinstance(cohorts, BadData) else default_counts(cohorts, within="offering")
        if isinstance(pars, BadData):
            raise pars
        return offering_judgements(
            group_evidence(pars, counts, within="offering"),
            products=self.product_judgements,
            groups=self.segment_judgements,
            balances=loans[loans["balance_yuan"] > 0].groupby("offering")["balance_yuan"].sum(),
            lent=lent_in_year(loans, within="offering", as_of=self.as_of),
            policy=self.policy,
            as_of=self.as_of,
        )

    @result
    def group_products(self) -> tuple[Product, ...]:
        """Products made for groups that live here, as the branch offers them (`terms.products_for`)."""
        codes = products_for(self.home, set(self.members["segment"]), branch=self.branch_id, as_of=self.as_of)
        return tuple(read_product(self.home, product=code, branch=self.branch_id, as_of=self.as_of) for code in codes)

    @result
    def judgements(self) -> pd.DataFrame:
        """The register: branch, sources, groups, products, products in groups, each with one state and evidence.

        All papers show this and none decides by itself; the diagnosis adds campaigns, rules and the target.

        Raises
        ------
        BadData
            If nothing could be judged, why the branch as a whole could not.
        """
        return self._judged_book()

    def _judged_book(self) -> pd.DataFrame:
        found = self.known(*REGISTER)
        if not found:
            return self.branch_judgement  # raises what stands in the way
        return judgement_frame(pd.concat(found, ignore_index=True))

    @result
    def told_judgements(self) -> pd.DataFrame:
        """What a page shows of the register (`judgement.told_judgements`)."""
        return told_judgements(self.judgements, fewest=self.policy.quality.minimum_peers_count)

    @result
    def maturity_decisions(self) -> pd.DataFrame:
        """What the calendar asks for (`decisions.maturity_decisions`)."""
        return self.compute(maturity_decisions)

    @result
    def decisions(self) -> pd.DataFrame:
        """The few of page one, what costs most first (`decisions.choose_decisions`)."""
        return choose_decisions(*self.known(*self.PROPOSALS))

    @result
    def group_decisions(self) -> pd.DataFrame:
        """The few that concern customer groups and what repays them (`decisions.choose_decisions`)."""
        return choose_decisions(*self.known("segment_judgements", "source_judgements"))

    @result
    def actions(self) -> pd.DataFrame:
        """Everything that is proposed, by date (`decisions.list_actions`)."""
        return list_actions(*self.known(*self.PROPOSALS))

    @result
    def withheld(self) -> frozenset[str]:
        """Products, and products within a group, that nobody new is offered (`judgement.withheld`)."""
        judged = self.known("product_judgements", "offering_judgements")
        return frozenset(code for rows in judged for code in withheld(rows))

    @result
    def closed_customers(self) -> frozenset[str]:
        """Customers to whom nothing new is sold: those of a stopped group, and who hang on a stopped source."""
        members = self.if_known("members")
        found: set[str] = set()
        if members is not None:
            gone = members["segment"].isin(self.stopped_in("segment_judgements"))
            found |= set(members.loc[members["is_primary"] & gone, "customer_id"])
        return frozenset(found | set(self.behind_stopped))

    @result
    def behind_stopped(self) -> dict[str, str]:
        """Customers who hang on a stopped source, each with that source (of several the first by its code)."""
        sources, pairs = self.stopped_in("source_judgements"), self._hanging()
        least = float(self.policy.stress.dependence_share)
        hangs = pairs["income_share"].isna() | (pairs["income_share"] >= least)
        found = pairs[hangs & pairs["source_id"].isin(sources)].sort_values(["source_id", "customer_id"])
        return found.drop_duplicates("customer_id").set_index("customer_id")["source_id"].to_dict()

    @result
    def shut_customers(self) -> frozenset[str]:
        """Customers who are not made borrowers: barred, or of a group that takes no new ones or has no product."""
        members, groups = self.if_known("members"), self.if_known("segment_judgements")
        if members is None or groups is None:
            return self.barred_customers
        shut = list(set(groups["segment"]) - set(open_groups(groups)))
        sold = self.if_known("shelf_offers")
        shut += [] if sold is None else sold.loc[sold["product_id"].isna(), "segment"].to_list()
        own = members[members["is_primary"] & members["segment"].isin(shut)]
        return self.barred_customers | frozenset(own["customer_id"])

    @result
    def shelf_offers(self) -> pd.DataFrame:
        """With which products of the shelf each open group may be lent to: ``segment, product_id``, one row each.

        Those that the group has today and of which neither the product nor the two together are held from new
        customers; a group that has none of these has no product: something is to be designed or mended first.
        """
        groups, judged = self.segment_judgements, self.offering_judgements["segment"]
        codes = judged.str.split(TIMES, n=1, expand=True).reindex(columns=[0, 1])
        pairs = pd.DataFrame({"segment": codes[1], "product_id": codes[0]})
        free = pairs[~judged.isin(self.withheld) & ~pairs["product_id"].isin(self.withheld)]
        open_ones = open_groups(groups).to_frame()
        return open_ones.merge(free.drop_duplicates().astype("str"), on="segment", how="left")

    @result
    def barred_customers(self) -> frozenset[str]:
        """Customers to whom nothing new is lent: closed; where the branch is stopped, whoever is of no open group."""
        if not self.is_over:
            return self.closed_customers
        everybody = {*self["customers"]["customer_id"], *self["loans"]["customer_id"]}
        members, groups = self.if_known("members"), self.if_known("segment_judgements")
        if members is None or groups is None:
            return frozenset(everybody)
        own = members.loc[members["is_primary"] & members["segment"].isin(open_groups(groups)), "customer_id"]
        return self.closed_customers | frozenset(everybody - set(own))

    @result
    def open_loans(self) -> pd.DataFrame:
        """Loans of what the register leaves open (`still_open`)."""
        return self.still_open(self.loans)

    def still_open(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Keep what may be lent again: to whom the register lets lend, by products neither stopped nor to be repriced.

        Parameters
        ----------
        rows : DataFrame
            ``customer_id``; ``product_id`` where it is told. Not modified.
        """
        gone = rows["customer_id"].isin(self.barred_customers)
        if "product_id" in rows:
            held = {code for name in OFFERED for judged in self.known(name) for code in not_lent(judged)}
            gone |= rows["product_id"].isin(held) | offered_to(rows, self.if_known("members")).isin(held)
        return rows[~gone].reset_index(drop=True)

    @result
    def closed_places(self) -> list[str]:
        """Payers and places at which nothing new is sold: stopped, or living off a stopped group."""
        least = float(self.policy.decisions.carrying_share)
        pairs = self._hanging()[["source_id", "customer_id"]]
        places = closed_places(pairs, self.closed_customers, least_share=least)
        return sorted({*places, *self.stopped_in("source_judgements")})

    @result
    def closed_audiences(self) -> frozenset[str]:
        """Kinds of places (market, chamber) of which the branch has some and every one is closed: no sheet for them."""
        rosters = self["venue_rosters"]
        is_open = ~rosters["venue_id"].isin(self.closed_places)
        return frozenset(rosters["kind"].dropna()) - frozenset(rosters.loc[is_open, "kind"].dropna())

    def _hanging(self) -> pd.DataFrame:
        """Return who is paid by which core and who has his place where, borrower or not."""
        names = ["source_id", "customer_id", "income_share"]
        parts = [
            rows.rename(columns={"core_id": "source_id"}).reindex(columns=names)
            for rows in self.known("payers")
            if "core_id" in rows
        ]
        parts += [
            rows.rename(columns={"venue_id": "source_id"}).assign(income_share=1.0)[names]
            for rows in self.known("evidence")
        ]
        parts += [rows[names] for rows in self.known("source_members")]
        held = [rows for rows in parts if len(rows)]
        return pd.concat(held, ignore_index=True) if held else pd.DataFrame(columns=names)

    def if_known(self, name: str) -> pd.DataFrame | None:
        """Return a result where it is there, for a step that makes do without it."""
        found = self.part(name)
        return None if isinstance(found, BadData) else found

    def stopped_in(self, name: str) -> list[str]:
        """Return the codes that a result of judgements stops (`judgement.stopped`); none where nothing was judged."""
        return [code for judged in self.known(name) for code in stopped(judged)]


def open_branch(home: str | Path | Home, *, branch: str, as_of: str | date) -> Branch:
    """Open one branch at a date, with its tables and results; nothing is read or computed before it is asked for.

    Parameters
    ----------
    home : path
        The folder that holds ``data/bank.duckdb``, or one with a demo bank below it.
    branch : str
        The branch's code, text: ``"0755"``.
    as_of : str or date
        The date, ISO text.

    Raises
    ------
    BadConfig
        If there is no bank, or the date cannot be read.
    BadData
        If the date is before the bank's first tables.
    UnknownBranch
        If the bank has no such branch at that date.

    Notes
    -----
    In a notebook::

        branch = open_branch(home, branch="0755", as_of="2026-06-30")
        branch.loans, branch.members, branch.due
        branch.compute(quality.four_pars, within="product_id")
    """
    return Branch.of(read_branch(home, branch=branch, as_of=as_of))


def _exposures(home: Home, *, as_of: date) -> pd.DataFrame:
    with open_store(home) as store:
        return branch_exposures(store, as_of=as_of)


def _guarantors(home: Home, *, as_of: date) -> pd.DataFrame:
    with open_store(home) as store:
        found = sorted(common_guarantors(store, as_of=as_of))
    return pd.DataFrame({"guarantor_id": pd.Series(found, dtype="str")})


@lru_cache(maxsize=8)
def _of_whole_bank(measure: Callable[..., pd.DataFrame], home: Home, stamp: int, as_of: date) -> pd.DataFrame:
    """Return a measure of all branches at a state of the bank, worked out once and kept for the run's processes."""

    def made() -> pd.DataFrame:
        found = measure(home, as_of=as_of)
        if stamp:
            refuse_changed(home, stamp)
        return found

    return kept_frame((str(home.bank.resolve()), stamp, "", as_of), measure.__name__.strip("_"), made)


def _raise_first(refused: Sequence[BadData]) -> None:
    """Raise what stands in the way: all tables that are missing together, from what was refused beside, if anything."""
    lacking = [each for each in refused if isinstance(each, NeedsTable)]
    others = [each for each in refused if not isinstance(each, NeedsTable)]
    if len(lacking) > 1 or (lacking and others):
        beside = next((each for each in [*others, *(each.__cause__ for each in lacking)] if each), None)
        raise NeedsTable(tables=dict.fromkeys(name for each in lacking for name in each.tables)) from beside
    if refused:
        raise refused[0]


def _or_default(found: Callable[[], object] | None, default: object) -> object:
    try:
        return default if found is None else found()
    except BadData:
        return default


def _annotated(parameter: inspect.Parameter) -> str:
    return "" if parameter.annotation is parameter.empty else str(parameter.annotation)


def _words(kind: str) -> set[str]:
    """Return the names of types in an annotation, without what they are held in."""
    return set(re.findall(r"[A-Z]\w+|float|int|bool", kind)) - {"None", "Iterable", "Sequence", "Mapping", "Any"}


def _is_table(value: object) -> bool:
    return isinstance(value, str) and value in TABLES
