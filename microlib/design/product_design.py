"""One product designed for one branch: who is served, with how much, at what price, at what risk, under which rules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Self, TypeVar

import pandas as pd

from microlib.bank.branch import BranchBook
from microlib.contracts.needs import Computed, result
from microlib.contracts.policy import Policy, StressBook
from microlib.contracts.product import Product
from microlib.contracts.tables import TABLES
from microlib.design.applicants import applicant_frame, own_experience, product_members
from microlib.design.branch import Branch, open_branch
from microlib.design.business_evidence import source_of
from microlib.design.cost import cost_by_use, disclosure, product_cost, sample_schedule, typical_size
from microlib.design.decisions import pilot_sources
from microlib.design.eligibility import (
    access_waterfall,
    coverage_summary,
    limit_examples,
    missing_evidence,
    not_served_list,
    screen_applicants,
    waiting_list,
)
from microlib.design.limits import binding_counts, limit_quantiles, size_limits
from microlib.design.peers import peer_gap, peer_results
from microlib.design.pre_mortem import failure_figures, loss_bases, premortem, read_modes
from microlib.design.prices import (
    Parts,
    default_rate_cases,
    line_margins,
    margin_summary,
    paying_limits,
    price_floors,
    switch_cases,
    typical_floors,
)
from microlib.design.programme import allocate_pilot, allocation_outcomes, programme_candidates
from microlib.design.rates import churn_prices, rate_corridor, rate_steps, read_churns
from microlib.design.repayment import compared_methods, free_cash_per_yuan
from microlib.design.replay import past_applications, replay_access, rule_overlap
from microlib.design.rules import book_figures, check_rules, design_figures, read_rules
from microlib.design.stress import (
    breaking_points,
    cap_frontier,
    driver_tornado,
    read_scenarios,
    scenario_losses,
    scenario_register,
    stress_lines,
    with_source_kinds,
)
from microlib.design.term_tables import policy_values, written_list
from microlib.design.terms import policy_register, products_for, read_product
from microlib.design.versions import last_changes, version_log, waiting_proposals
from microlib.design.volume import (
    evaluate_stop_rules,
    expected_volume,
    figure_table,
    gathered_figures,
    known_shares,
    nothing_seen,
    payer_delay,
    pilot_precision,
    source_use,
    watched_figures,
    with_book,
    worst_judged,
    worst_sources,
)
from microlib.errors import BadData, EmptyBook, NobodyHere, NothingSized
from microlib.home import Home
from microlib.metrics.arrears import first_payment_defaults, first_payments, maturing, warnings
from microlib.metrics.defaults import default_counts, drawn_rates
from microlib.metrics.payables import payable_lives, payment_delays
from microlib.metrics.quality import committee_ratios
from microlib.metrics.segments import primary_loans, segment_sizes
from microlib.units import MONTHS_PER_YEAR

T = TypeVar("T")


@dataclass(frozen=True)
class ProductDesign(Computed):
    """A product as it would be in one branch; every result is computed when it is first asked for, and once.

    Answers "what would this product do here, and may it be approved?" A result that could not be had (nobody sized,
    no past applications) raises the refusal that says why, at every access the same; `part` returns it instead, so
    that a page can tell it. A report opened on a design is fed from it: by `argument` what a page shows, by `compute`
    what a measure asks for by name; what the design has not comes from its branch.

    Parameters
    ----------
    branch : Branch
        Whose tables and results are used; its home holds the terms.
    product : Product
        As the branch offers it.

    Examples
    --------
    See `design_product`.
    """

    branch: Branch
    product: Product

    #: parameters of measures and sentences that are called otherwise than the result that goes there
    CALLED: ClassVar[Mapping[str, str]] = {
        "default_rates": "rates",
        "stops": "stop_rules",
        "spread": "source_spread",
        "modes": "failure_modes",
        "start": "as_of",
    }

    @classmethod
    def opened(cls, home: str | Path | Home, *, product: str, branch: str, as_of: str | date) -> Self:
        """Open a design of a branch at a date; nothing is computed, and nobody need belong to the product's groups.

        Parameters and errors are those of `branch.open_branch` and `terms.read_product`.
        """
        return cls.of(open_branch(home, branch=branch, as_of=as_of), product=product)

    @classmethod
    def of(cls, book: BranchBook, *, product: str) -> Self:
        """Return a design of a product, by its code, on a book that is open already; nothing else is computed.

        Without a code it is the product made for the branch's leading group (`leading_product`).
        """
        code = product or leading_product(book)
        offer = read_product(book.home, product=code, branch=book.branch_id, as_of=book.as_of)
        return cls(Branch.of(book), offer)

    @property
    def book(self) -> Branch:
        """The branch, as a report calls it."""
        return self.branch

    def argument(self, name: str, kind: str = "") -> object:
        """Return what a measure's parameter or a page is given: a result of the design, else what the branch has.

        Parameters
        ----------
        name : str
            A result (`result_names`) or what measures call it; ``product``, ``design``, ``used_months`` (of the credit
            year), ``level`` (of the upper default rate); or any name that `Branch.argument` knows.
        kind : str
            The parameter's annotation, for the branch.

        Raises
        ------
        BadData
            What the result refuses.
        BadConfig
            If neither the design nor its branch has anything of that name.
        """
        own = self.CALLED.get(name, name)
        if own in FACTS:
            return FACTS[own](self)
        return getattr(self, own) if own in self.result_names() else self.branch.argument(name, kind)

    def compute(self, fn: Callable[..., T], **given: object) -> T:
        """Call a measure with what it asks for by name: what is given, the design's results, then the branch's.

        Parameters and errors are those of `Branch.compute`.
        """
        asked = [each for each in inspect.signature(fn).parameters.values() if each.default is each.empty]
        names = [each.name for each in asked if each.name not in {*given, *TABLES}]
        mine = {name: self._own(name) for name in names if self._has(name)}
        return self.branch.compute(fn, **mine, **given)

    def _has(self, name: str) -> bool:
        own = self.CALLED.get(name, name)
        return own in FACTS or own in self.result_names()

    def _own(self, name: str) -> object:
        """Return a result or fact of the design; a refusal stands for itself, and the branch's `compute` raises it."""
        try:
            return self.argument(name)
        except BadData as refusal:
            return refusal

    @property
    def policy(self) -> Policy:
        """The bank's policy on the branch's day."""
        return self.branch.policy

    @property
    def files(self) -> list[Path]:
        """Files of terms and policies that the design was read from."""
        home = self.branch.home
        return [
            home.config("products") / f"{self.product.code}.toml",
            *sorted(home.config("policies").glob("[!_]*.toml")),
        ]

    # ---- access and limits

    @result
    def memberships(self) -> pd.DataFrame:
        """Which customer of the branch belongs to which group (`Branch.members`)."""
        return self.branch.members

    @result
    def applicants(self) -> pd.DataFrame:
        """Every member of the product's groups with what rules and limits ask for (`applicants.applicant_frame`)."""
        branch = self.branch
        known = {"evidence": branch.evidence, "memberships": self.memberships, "rooms": self.source_rooms}
        terms = {"product": self.product, "policy": self.policy.limits, "controls": self._controls()}
        return applicant_frame(branch, **known, **terms, behind=branch.behind_stopped)

    @result
    def source_rooms(self) -> pd.DataFrame:
        """What the whole bank has on each source of its kind, and what is left (`sources.source_headroom`).

        A source on which nobody borrows here yet is there too; one that the register stops is marked ``stop``.
        """
        kind = self.product.limit.source
        names = source_of(self.branch.evidence, kind=kind)
        resting = pd.DataFrame({"source_kind": kind, "source_id": sorted(set(names) - {""})})
        held = [rows[["source_kind", "source_id", "balance_yuan"]] for rows in self.branch.known("affected")]
        sums = pd.concat([resting.assign(balance_yuan=0.0), *held]).groupby(["source_kind", "source_id"])
        balances = sums["balance_yuan"].sum().reset_index()
        rooms = self.branch.rooms(balances[balances["source_kind"] == kind].reset_index(drop=True))
        stopped = rooms["source_id"].isin(self.branch.stopped_in("source_judgements"))
        return rooms.assign(state=rooms["state"].mask(stopped, "stop"))

    def _controls(self) -> pd.DataFrame | None:
        """Return how firmly receivables are held, where the product lends on them and it is known."""
        return self.branch.if_known("control_levels") if self.product.limit.collateral == "assignment" else None

    @result
    def screened(self) -> pd.DataFrame:
        """The same, each with the outcome of the access rules (`eligibility.screen_applicants`)."""
        return screen_applicants(self.applicants, product=self.product)

    @result
    def waterfall(self) -> pd.DataFrame:
        """How many each access rule leaves (`eligibility.access_waterfall`)."""
        return access_waterfall(self.applicants, product=self.product)

    @result
    def not_served(self) -> pd.DataFrame:
        """Who is not served, and where they are sent (`eligibility.not_served_list`)."""
        return not_served_list(self.screened, product=self.product)

    @result
    def limits(self) -> pd.DataFrame:
        """Each applicant's line and what bound it (`limits.size_limits`)."""
        return size_limits(self.screened, product=self.product, policy=self.policy.limits)

    @result
    def bound(self) -> pd.DataFrame:
        """How often each cap bound a line (`limits.binding_counts`)."""
        return binding_counts(self.limits)

    @result
    def limit_quantiles(self) -> pd.DataFrame:
        """How lines are distributed (`limits.limit_quantiles`)."""
        return limit_quantiles(self.limits)

    @result
    def missing_evidence(self) -> pd.DataFrame:
        """Which evidence is missing, and for whom (`eligibility.missing_evidence`)."""
        return missing_evidence(self.limits, self.screened, product=self.product)

    @result
    def waiting_list(self) -> pd.DataFrame:
        """From whom to gather it, the largest balance first (`eligibility.waiting_list`)."""
        return waiting_list(self.limits, self.screened)

    @result
    def limit_examples(self) -> pd.DataFrame:
        """The six caps of some members (`eligibility.limit_examples`)."""
        return limit_examples(self.limits)

    @result
    def coverage_summary(self) -> pd.DataFrame:
        """How far cash covers what falls due (`eligibility.coverage_summary`)."""
        return coverage_summary(self.limits, product=self.product, policy=self.policy.limits)

    # ---- the loans that its customers have

    @result
    def group_members(self) -> pd.DataFrame:
        """Members of the product's groups (`applicants.product_members`)."""
        return product_members(self.memberships, product=self.product)

    @result
    def group_sizes(self) -> pd.DataFrame:
        """How many they are, and what they owe (`segments.segment_sizes`)."""
        return self.branch.compute(segment_sizes, memberships=self.group_members)

    @result
    def group_loans(self) -> pd.DataFrame:
        """Their loans (`segments.primary_loans`)."""
        return self.branch.compute(primary_loans, memberships=self.group_members)

    @result
    def group_due(self) -> pd.DataFrame:
        """What of these matures within each window of the policy (`arrears.maturing`)."""
        return self.branch.compute(maturing, loans=self.group_loans, days=self.policy.quality.maturing_days)

    @result
    def group_warnings(self) -> pd.DataFrame:
        """What the calendar warns of (`arrears.warnings`)."""
        return self.branch.compute(warnings, loans=self.group_loans)

    @result
    def group_shares(self) -> pd.DataFrame:
        """What is late of these, as far as their loans can say (`volume.known_shares`)."""
        return known_shares(committee_ratios(self.group_loans, as_of=self.branch.as_of))

    @result
    def first_payment_defaults(self) -> pd.DataFrame:
        """The share of their new loans whose first instalment failed (`arrears.first_payment_defaults`)."""
        return first_payment_defaults(self.branch.compute(first_payments, loans=self.group_loans))

    # ---- price, cost and volume

    @result
    def past(self) -> pd.DataFrame:
        """What became of the group's borrowers (`applicants.own_experience`)."""
        return self.branch.compute(own_experience, members=self.group_members)

    @result
    def experience(self) -> pd.DataFrame:
        """The group's own defaults and years of borrowers (`defaults.default_counts`)."""
        return default_counts(self.past, within=None)

    @result
    def shrunk(self) -> pd.DataFrame:
        """The group's default rate, with the bank's experience of its kinds (`defaults.drawn_rates`)."""
        level = self.policy.quality.price_level
        return drawn_rates(self.past, priors=self.branch.priors, within=None, price_level=level)

    @result
    def rates(self) -> pd.DataFrame:
        """Mean and upper default rate that the product is priced on (`prices.default_rate_cases`)."""
        return default_rate_cases(self.shrunk)

    @result
    def floors(self) -> pd.DataFrame:
        """The price floor for each loan size of the policy (`prices.price_floors`)."""
        return price_floors(self.rates, product=self.product, policy=self.policy.pricing)

    @result
    def amount_yuan(self) -> float:
        """The typical loan (`cost.typical_size`), yuan."""
        return typical_size(self.limits, floors=self.floors)

    @result
    def floors_typical(self) -> pd.DataFrame:
        """The price floor of the typical loan (`prices.typical_floors`)."""
        terms = {"product": self.product, "policy": self.policy.pricing}
        return typical_floors(self.rates, amount_yuan=self.amount_yuan, **terms)

    @result
    def cost(self) -> pd.DataFrame:
        """What the typical loan costs its borrower (`cost.product_cost`)."""
        return product_cost(self.product, amount_yuan=self.amount_yuan, start=self.branch.as_of)

    @result
    def disclosure(self) -> pd.DataFrame:
        """The cost of the typical loan as it must be told (`cost.disclosure`)."""
        return disclosure(self.product, amount_yuan=self.amount_yuan, start=self.branch.as_of)

    @result
    def volume(self) -> pd.DataFrame:
        """What the pilot would lend and lose (`volume.expected_volume`)."""
        told = {"lgd_share": self.policy.pricing.lgd[self.product.secured], "room_yuan": self.pilot_room_yuan}
        return expected_volume(self.pilot_limits, product=self.product, default_rates=self.rates, **told)

    @property
    def pilot_room_yuan(self) -> float:
        """What the loss budget leaves the product's groups in the register (yuan); missing where it bounds nothing."""
        groups = self.branch.if_known("segment_judgements")
        if groups is None:
            return float("nan")
        mine = groups[groups["segment"].isin(self.product.segments) & (groups["state"] == "pilot")]
        return float(mine["amount_yuan"].sum()) if len(mine) else float("nan")

    @result
    def sources(self) -> pd.DataFrame:
        """What hangs on one source of repayment (`volume.worst_sources`)."""
        return worst_sources(self.limits, policy=self.policy.stress)

    @result
    def group_sources(self) -> pd.DataFrame:
        """Sources that carry the product's groups today, each with its state (`Branch.group_sources`)."""
        held = [rows[rows["segment"].isin(self.product.segments)] for rows in self.branch.known("group_sources")]
        empty = pd.DataFrame(columns=["segment", "source_id", "carried_share", "state"])
        return held[0].reset_index(drop=True) if held else empty

    @result
    def pilot_sources(self) -> pd.DataFrame:
        """The same for what the pilot lends in its high case, with the book behind it (`volume.with_book`)."""
        behind = worst_sources(self.pilot_limits, policy=self.policy.stress)
        found = pilot_sources(behind, volume=self.volume)
        return with_book(found, rooms=self.source_rooms, policy=self.policy.stress)

    @result
    def line_margins(self) -> pd.DataFrame:
        """What each line earns over its floor (`prices.line_margins`)."""
        terms = {"product": self.product, "policy": self.policy.pricing}
        return line_margins(self.limits, default_rates=self.rates, **terms)

    @result
    def pilot_limits(self) -> pd.DataFrame:
        """The lines that a pilot may grant: none so small that it loses money (`prices.paying_limits`)."""
        return paying_limits(self.limits, self.line_margins)

    @result
    def margin_summary(self) -> pd.DataFrame:
        """How many lines lose money (`prices.margin_summary`)."""
        return margin_summary(self.line_margins)

    @result
    def price_switches(self) -> pd.DataFrame:
        """The floor of the typical loan under other ways of reckoning (`prices.switch_cases`)."""
        terms = {"product": self.product, "policy": self.policy.pricing}
        return switch_cases(self.rates, amount_yuan=self.amount_yuan, **terms)

    @result
    def cost_by_use(self) -> pd.DataFrame:
        """What the typical loan costs, by how it is used (`cost.cost_by_use`)."""
        return cost_by_use(self.product, amount_yuan=self.amount_yuan, start=self.branch.as_of)

    @property
    def prices(self) -> pd.DataFrame:
        """The price floor for each loan size (`floors`)."""
        return self.floors

    # ---- the room that the rate has

    @result
    def corridor(self) -> pd.DataFrame:
        """The rate between its floor and what peers ask (`rates.rate_corridor`)."""
        return rate_corridor(self.floors, comparison=self.peers.get("comparison"))

    @result
    def rate_steps(self) -> pd.DataFrame:
        """What a step of the rate is worth (`rates.rate_steps`)."""
        drawn = float(self.volume.loc[self.volume["case"] == "high", "balance_yuan"].iloc[0])
        given = {"product": self.product, "policy": self.policy.pricing, "parts_of": Parts.of}
        return rate_steps(self.floors_typical, balance_yuan=drawn, **given)

    @result
    def best_rates(self) -> pd.DataFrame:
        """Rates that count those who leave, by grade, at the typical loan's cost (`rates.churn_prices`)."""
        mean = self.floors_typical[self.floors_typical["pd_case"] == "mean"].iloc[0]
        cost, lgd = float(mean["ftp_rate"] + mean["opex_rate"]), float(mean["lgd_share"])
        seen = read_churns(self.branch.home.config("peers"))
        return churn_prices(seen, customers=self.branch["customers"], cost_rate=cost, lgd_share=lgd)

    # ---- peers

    @result
    def peers(self) -> Mapping[str, pd.DataFrame]:
        """Frames of our product beside peers' (`peers.branches.peer_results`); empty where the home holds none."""
        waited = self.group_figures.get("approval_days")
        told = {"product": self.product, "amount_yuan": self.amount_yuan, "as_of": self.branch.as_of}
        return peer_results(self.branch.home, **told, approval_days=waited)

    @result
    def comparison(self) -> pd.DataFrame:
        """Every offer's cost under every use (`peers.compare_offers`)."""
        return self._of_peers("comparison")

    @result
    def cost_matrix(self) -> pd.DataFrame:
        """The same, an offer a row (`peers.cost_matrix`)."""
        return self._of_peers("cost_matrix")

    @result
    def dominated(self) -> pd.DataFrame:
        """Offers that another beats in everything (`peers.dominated_offers`)."""
        return self._of_peers("dominated")

    @result
    def selling_points(self) -> pd.DataFrame:
        """What may be claimed beside peers (`peers.selling_points`)."""
        return self._of_peers("selling_points")

    def _of_peers(self, name: str) -> pd.DataFrame:
        if name not in self.peers:
            raise EmptyBook("no peer's offer is on file", where=name, fix="write data/peers/peers.csv")
        return self.peers[name]

    # ---- figures, rules, failures

    @result
    def group_figures(self) -> dict[str, float]:
        """Value by watched figure: the design's own, and what members' loans and applications show.

        What is not known is left out.
        """
        asked = self.screened["customer_id"]
        held = {"limits": self.limits, "volume": self.volume, "floors": self.floors_typical, "sources": self.sources}
        budget = float(self.policy.limits.source_loss_budget_yuan)
        own = watched_figures(
            self.screened, **held, coverage=self.coverage_summary, budget_yuan=budget, joint=self.pilot_sources
        )
        loans, applications = (table[table["customer_id"].isin(asked)] for table in self._histories())
        more = failure_figures(self.screened, self.limits, loans=loans, applications=applications)
        more |= self._source_figures()
        return {**gathered_figures(own, *self._group_shares), **more}

    @result
    def _group_shares(self) -> list[pd.DataFrame]:
        """What the group's own loans show: as the committee and the register see it, and first payments."""
        branch, measured = self.branch, []
        loans = branch["loans"][branch["loans"]["customer_id"].isin(self.screened["customer_id"])]
        with suppress(BadData):
            measured.append(committee_ratios(loans, as_of=branch.as_of))
        measured += [
            worst_judged(shares, segments=self.product.segments) for shares in branch.known("group_risk_shares")
        ]
        with suppress(BadData):
            fresh = first_payments(loans, branch["schedules"], as_of=branch.as_of)
            measured.append(first_payment_defaults(fresh))
        return measured

    def _source_figures(self) -> dict[str, float]:
        """Return how far its sources' caps are used with these lines, and how late the slowest payer is."""
        found = {"source_cap_used_share": source_use(self.limits, rooms=self.source_rooms)}
        if self.product.limit.source == "core":
            with suppress(BadData):
                lives = self.branch.compute(payable_lives, months=MONTHS_PER_YEAR)
                found["payment_delay_days"] = payer_delay(
                    self.limits, delays=payment_delays(lives), carrying=self.group_sources["source_id"]
                )
        return {name: value for name, value in found.items() if value == value}

    def _histories(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.branch["loans"], self.branch["applications"]

    @result
    def figures(self) -> dict[str, float]:
        """Value by watched figure (`group_figures`), with the gap to real peers."""
        return {**self.group_figures, **peer_gap(dict(self.peers))}

    @result
    def rules(self) -> pd.DataFrame:
        """Every rule held against the product here (`rules.check_rules`)."""
        known = book_figures(self.branch) | design_figures(self.figures)
        rules = read_rules(self.branch.home, as_of=self.branch.as_of)
        return check_rules(rules, product=self.product, policy=self.policy, figures=known)

    @result
    def stop_rules(self) -> pd.DataFrame:
        """Every stop rule held against today's figures (`volume.evaluate_stop_rules`)."""
        ends = nothing_seen(*self._group_shares)
        return evaluate_stop_rules(self.figures, product=self.product, nothing_seen=ends)

    @result
    def watched_figures(self) -> pd.DataFrame:
        """Those figures as a table (`volume.figure_table`)."""
        return figure_table(self.figures)

    @result
    def failure_modes(self) -> pd.DataFrame:
        """Every known way of failing, with its sign and its loss (`pre_mortem.premortem`)."""
        modes = read_modes(self.branch.home, as_of=self.branch.as_of)
        held = {"watched": self.figures, "product": self.product, "policy": self.policy.stress}
        bases = loss_bases(self.limits, volume=self.volume, **held)
        return premortem(modes, product=self.product, figures=self.figures, bases=bases)

    # ---- stress

    @result
    def stresses(self) -> StressBook:
        """Scenarios and single quantities as they are written down."""
        return read_scenarios(self.branch.home)

    @result
    def scenario_register(self) -> pd.DataFrame:
        """Those, with their sources (`stress.scenario_register`)."""
        return scenario_register(self.stresses)

    @result
    def stress_applicants(self) -> pd.DataFrame:
        """Applicants with the kind of their source (`stress.lines.with_source_kinds`)."""
        cores = self.branch["core_enterprises"]
        return with_source_kinds(self.screened, product=self.product, core_enterprises=cores)

    @result
    def stress_lines(self) -> pd.DataFrame:
        """What stress needs of each sized line (`stress.lines.stress_lines`)."""
        return stress_lines(self.limits, applicants=self.stress_applicants, **self._stress_terms())

    @result
    def scenarios(self) -> pd.DataFrame:
        """What each scenario costs (`stress.losses.scenario_losses`)."""
        return scenario_losses(self.stress_lines, stresses=self.stresses, policy=self.policy.stress)

    @property
    def stress(self) -> pd.DataFrame:
        """What each scenario costs (`scenarios`)."""
        return self.scenarios

    @result
    def tornado(self) -> pd.DataFrame:
        """Which quantity matters most (`stress.drivers.driver_tornado`)."""
        return driver_tornado(self._struck_lines(), stresses=self.stresses, policy=self.policy.stress)

    @result
    def breaking_points(self) -> pd.DataFrame:
        """What would lose a year's margin (`stress.drivers.breaking_points`)."""
        return breaking_points(self._struck_lines(), stresses=self.stresses, policy=self.policy.stress)

    @result
    def cap_frontier(self) -> pd.DataFrame:
        """Margin and worst loss under smaller caps (`stress.frontiers.cap_frontier`)."""
        self._struck_lines()
        return cap_frontier(self.stress_applicants, stresses=self.stresses, **self._stress_terms())

    def _struck_lines(self) -> pd.DataFrame:
        """Return the lines where scenarios could be tried on them; else the scenarios' refusal holds here too."""
        _ = self.scenarios
        return self.stress_lines

    def _stress_terms(self) -> dict[str, object]:
        return {"product": self.product, "policy": self.policy, "default_rates": self.rates}

    # ---- the programme that it joins

    @result
    def _pilot(self) -> tuple:
        """The pilot's budget shared over the sized lines, and the caps it was shared under (`allocate_pilot`)."""
        terms = {"product": self.product, "policy": self.policy, "room_yuan": self.pilot_room_yuan}
        return allocate_pilot(self._candidates("mean"), **terms)

    @result
    def programme_rules(self) -> pd.DataFrame:
        """Caps of the programme, what they hold and what a yuan more would earn (`programmes.pilots`)."""
        return self._pilot[0].rules

    @result
    def programme_totals(self) -> pd.DataFrame:
        """What the pilot lends, earns and may lose (`programmes.pilots`)."""
        return self._pilot[0].totals

    @result
    def allocation(self) -> pd.DataFrame:
        """What each line gets of the pilot's budget (`programmes.pilots`)."""
        return self._pilot[0].lines

    @result
    def _outcomes(self) -> Mapping[str, pd.DataFrame]:
        """Frames of what the allocation comes to (`programmes.outcomes.allocation_outcomes`)."""
        (shared, rules), upper = self._pilot, self._candidates("upper")
        terms = {"rules": rules, "product": self.product, "upper_rate": upper["profit_rate"]}
        return allocation_outcomes(shared, self.screened, **terms)

    @result
    def ways(self) -> pd.DataFrame:
        """Plainer ways of sharing beside it (`programme.allocation_table`)."""
        return self._outcomes["ways"]

    @result
    def source_spread(self) -> pd.DataFrame:
        """How much hangs on one payer, before and after (`programme.source_spread`)."""
        return self._outcomes["source_spread"]

    @result
    def spread_change(self) -> pd.DataFrame:
        """What the pilot does to concentration (`programme.spread_change`)."""
        return self._outcomes["spread_change"]

    @result
    def wish(self) -> pd.DataFrame:
        """Whether the whole wished for can be lent (`programme.pilot_feasibility`)."""
        return self._outcomes["wish"]

    def _candidates(self, case: str) -> pd.DataFrame:
        """Return the sized lines with what each earns at the mean or upper default rate."""
        rate = self.rates.set_index("pd_case")["pd_rate"].astype("float64")[case]
        terms = {"product": self.product, "policy": self.policy, "pd_rate": rate}
        rows = programme_candidates(self.pilot_limits, applicants=self.screened, **terms)
        if rows.empty:
            raise NothingSized("no line was sized", where="programme", fix="look at what bound the limits first")
        return rows

    # ---- what a pilot would prove, and how else the loan may be repaid

    @result
    def methods(self) -> pd.DataFrame:
        """Ways of repaying the typical loan beside each other (`repayment.compared_methods`)."""
        cash = free_cash_per_yuan(self.stress_lines)
        known = cash if len(cash) else None
        told = {"amount_yuan": self.amount_yuan, "start": self.branch.as_of, "free_cash": known}
        return compared_methods(self.product, **told)

    @result
    def precision(self) -> pd.DataFrame:
        """What each number of bad loans of the pilot would mean (`volume.pilot_precision`)."""
        terms = {"product": self.product, "policy": self.policy.stress}
        return pilot_precision(self.volume, floors=self.floors_typical, **terms)

    # ---- what is written in its terms

    @result
    def sample_schedule(self) -> pd.DataFrame:
        """How a loan is repaid, to the fen (`cost.sample_schedule`)."""
        return sample_schedule(self.product, start=self.branch.as_of)

    @result
    def policy_values(self) -> pd.DataFrame:
        """The values of the policy that the design rests on, with their status (`term_tables.policy_values`)."""
        register = policy_register(self.branch.home, as_of=self.branch.as_of)
        return policy_values(self.product, policy=self.policy, register=register)

    @result
    def controls(self) -> pd.DataFrame:
        """Security and control, as the terms write them (`term_tables.written_list`)."""
        return written_list(self.product, part="controls")

    @result
    def monitoring(self) -> pd.DataFrame:
        """Checks while the loan runs, likewise."""
        return written_list(self.product, part="monitoring")

    @result
    def exits(self) -> pd.DataFrame:
        """Ways out of the loan, likewise."""
        return written_list(self.product, part="exits")

    # ---- the product's past

    @result
    def changes(self) -> pd.DataFrame:
        """What the last version changed (`versions.last_changes`)."""
        return last_changes(self.branch.home, product=self.product.code, as_of=self.branch.as_of)

    @result
    def versions(self) -> pd.DataFrame:
        """Every version and its reason (`versions.version_log`)."""
        return version_log(self.branch.home, product=self.product.code)

    @result
    def proposals(self) -> pd.DataFrame:
        """Changes that wait for a decision (`versions.waiting_proposals`)."""
        return waiting_proposals(self.branch.home, product=self.product.code)

    @result
    def past_applications(self) -> pd.DataFrame:
        """What the product's groups applied for here before, with its end (`replay.past_applications`)."""
        primary = self.memberships[self.memberships["is_primary"]].drop_duplicates("customer_id")
        past = past_applications(self.branch, segments=primary.set_index("customer_id")["segment"])
        return past[past["segment"].isin(self.product.segments)].reset_index(drop=True)

    @result
    def replay(self) -> pd.DataFrame:
        """The access rules tried on those (`replay.replay_access`)."""
        return replay_access(self.past_applications, product=self.product)

    @result
    def overlap(self) -> pd.DataFrame:
        """Pairs of rules that refuse somebody in common (`replay.rule_overlap`); none where `replay` has none."""
        past, _ = self.past_applications, self.replay
        pairs = rule_overlap(past, product=self.product)
        return pairs[pairs["both_count"] > 0].reset_index(drop=True)


#: what a measure or a sentence may ask of a design beside its results
FACTS: dict[str, Callable[[ProductDesign], object]] = {
    "design": lambda design: design,
    "product": lambda design: design.product,
    "used_months": lambda design: design.product.repayment.used_months,
    "level": lambda design: float(design.policy.quality.price_level),
}


def leading_product(book: BranchBook) -> str:
    """Return the code of the product that is made for the first of the branch's leading groups that has one.

    Parameters
    ----------
    book : Branch
        A book of `bank.slices.read_branch` will do. Not modified.

    Raises
    ------
    NobodyHere
        If no product that the branch offers is made for a group that lives there.
    """
    branch = Branch.of(book)
    offered = {"branch": branch.branch_id, "as_of": branch.as_of}
    codes = products_for(branch.home, set(branch.members["segment"]), **offered)
    made = {code: read_product(branch.home, product=code, **offered).segments for code in codes}
    ranked = [code for segment in branch.leading["segment"] for code in made if segment in made[code]]
    if not (ranked or made):
        raise NobodyHere("no product is made for a group that lives here", where="products", fix="write one down")
    return (ranked or list(made))[0]


def design_product(book: BranchBook, *, product: str) -> ProductDesign:
    """Design a product for a branch from the branch's tables and the written terms.

    Answers "what would this product do here, and may it be approved?" Terms are read and applicants screened at once;
    everything else is computed when it is asked for.

    Parameters
    ----------
    book : Branch
        Of `design.branch.open_branch`; a book of `bank.slices.read_branch` will do. Not modified.
    product : str
        Code of a product that the branch offers.

    Returns
    -------
    ProductDesign

    Raises
    ------
    BadConfig
        If terms or policy cannot be followed.
    NobodyHere
        If no customer of the branch belongs to the product's groups.
    NeedsTable
        If the branch has no customer file: nobody can be told to belong to a group.

    Notes
    -----
    In a notebook::

        design = design_product(branch, product="hospital_supplier")
        design.limits, design.floors, design.volume, design.scenarios
    """
    design = ProductDesign.of(book, product=product)
    _ = design.screened
    return design
