"""A branch as the report on its chains sees it: how cores pay, what suppliers may have, what the scene is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.contracts.cases import SceneTemplate
from microlib.contracts.needs import result
from microlib.contracts.product import Product
from microlib.design.applicants import own_experience
from microlib.design.approval import Approval
from microlib.design.branch import Branch
from microlib.design.business_evidence import supplier_receivables
from microlib.design.pre_mortem import early_premortem, read_modes
from microlib.design.prices import default_rate_cases, typical_floors
from microlib.design.product_design import ProductDesign
from microlib.design.scenes import (
    contract_figures,
    dependence_figures,
    floor_margins,
    joint_counterparties,
    joint_counts,
    joint_targets,
    known_parties,
    payable_figures,
    payment_figures,
    read_templates,
    roster_figures,
    scene_product,
    shared_margins,
    stacked_figures,
    stage_payments,
    stall_figures,
    template_of,
    template_points,
    tenant_figures,
    typical_line,
)
from microlib.design.steps import opportunity_sheet, opportunity_verdicts, product_log, scene_needs
from microlib.design.supply import (
    bad_news,
    claim_decisions,
    core_caps,
    direct_decisions,
    early_payment_values,
    evidence_waterfall,
    ladder_summary,
    legal_terms,
    opportunity_decisions,
    outside_suppliers,
    passing_count,
    pilot_sizes,
    programme_coverage,
    supplier_counts,
    supplier_lines,
    terms_by_core,
    two_books,
)
from microlib.errors import NeedsTable
from microlib.metrics.chain import (
    chain_reach,
    chain_tiers,
    financed_payables,
    standing_counts,
    strengths_without_core,
    trade_edges,
    twin_payables,
)
from microlib.metrics.defaults import drawn_rates
from microlib.metrics.income import income_shares
from microlib.metrics.payables import (
    days_to_pay,
    dilutions,
    diverted_receipts,
    half_years,
    managed_payables,
    paid_within,
    payable_lives,
    payment_delays,
    payment_trends,
)
from microlib.metrics.segments import customer_evidence
from microlib.metrics.trade import (
    core_codes,
    flow_gaps,
    gaps_with_invoices,
    invoiced_rows,
    ordered_rows,
    outcome_tests,
    received_rows,
    three_flows,
)
from microlib.stats.suppression import suppressed

#: pages whose figures stand below one another where a scene's points are held against them
CORE_FIGURES = ("payable_figures", "contract_figures", "dependence_figures", "payment_figures")
VENUE_FIGURES = ("roster_figures", "tenant_figures", "stall_figures")


class BranchChain(Branch):
    """A branch with the results that the report on its chains rests on; open it with ``BranchChain.of(branch)``.

    What is said here rests on payables: where the branch has none, neither payers nor evidence are told.
    """

    PROPOSALS: ClassVar[tuple[str, ...]] = (
        "source_judgements",
        "direct_decisions",
        "claim_decisions",
        "opportunity_decisions",
        "maturity_decisions",
    )
    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "edges": "trade_edges",
        "levels": "control_levels",
        "ladder": "ladder_summary",
        "receivables": "supplier_receivables",
        "caps": "core_caps",
        "listed": "joint_counterparties",
        "strengths": "strengths_without_core",
        "templates": "scenes",
        "product": "scene_product",
        "typical_yuan": "typical_line",
        "shrunk": "chain_rates",
        "default_rates": "chain_rate_cases",
        "margins": "floor_margins",
        "needs": "scene_needs",
        "trends": "payment_trends",
        "books": "two_books",
        "twins": "twin_payables",
        "financed": "financed_payables",
        "turned": "turned_receipts",
        "sheet": "opportunity_sheet",
        "verdicts": "opportunity_verdicts",
        "opportunity": "opportunity_verdicts",
        "outside": "outside_suppliers",
        "steps": "evidence_left",
        "losses": "stopped",
        "delays": "payment_delays",
        "direct": "direct_decisions",
        "cores": "core_codes",
        "ordered": "ordered_rows",
        "invoiced": "invoiced_rows",
        "received": "received_rows",
    }

    @result
    def scenes(self) -> tuple[SceneTemplate, ...]:
        """The scenes that are written down (`scenes.read_templates`)."""
        return read_templates(self.home)

    @result
    def payers(self) -> pd.DataFrame:
        """What each core pays to each supplier, in shares of its income (`income.income_shares`)."""
        return self.compute(income_shares, core_payables=self.core_payables)

    @result
    def evidence(self) -> pd.DataFrame:
        """What is known of each customer (`segments.customer_evidence`)."""
        return self.compute(customer_evidence, shares=self.payers)

    @result
    def as_judged(self) -> Branch:
        """The branch as every other paper sees it: its sources are judged with what there is, payables or not."""
        given = (self.branch_id, self.name, self.as_of, self.home, self.is_synthetic, self._stamp, self.frames)
        return Branch(*given)

    @result
    def source_members(self) -> pd.DataFrame:
        """Which borrower hangs on which source (`sources.source_members`)."""
        return self.as_judged.source_members

    @result
    def source_claims(self) -> pd.DataFrame:
        """The same with what left bad within a year (`Branch.source_claims`)."""
        return self.as_judged.source_claims

    # ---- tiers and payment

    @result
    def chain_reach(self) -> pd.DataFrame:
        """How far the branch sees each chain (`chain.chain_reach`)."""
        return self.compute(chain_reach)

    @result
    def trade_edges(self) -> pd.DataFrame:
        """Who sells to whom (`chain.trade_edges`)."""
        return self.compute(trade_edges, customers="customers")

    @result
    def chain_tiers(self) -> pd.DataFrame:
        """Suppliers by their distance from the core (`chain.chain_tiers`)."""
        return self.compute(chain_tiers)

    @result
    def managed_payables(self) -> pd.DataFrame:
        """Payables of the cores that the branch manages (`payables.managed_payables`)."""
        return self.compute(managed_payables)

    @result
    def payable_lives(self) -> pd.DataFrame:
        """From invoice to payment, each payable (`payables.payable_lives`)."""
        return self.compute(payable_lives, core_payables=self.managed_payables)

    @result
    def recent_lives(self) -> pd.DataFrame:
        """The same of the policy's window (`payables.payable_lives`)."""
        return self.compute(payable_lives, core_payables=self.managed_payables, months=self.supply.window_months)

    @result
    def payment_days(self) -> pd.DataFrame:
        """Days that each core takes to pay (`payables.days_to_pay`)."""
        return days_to_pay(self.recent_lives)

    @result
    def payment_trends(self) -> pd.DataFrame:
        """Whether a core pays later than it did (`payables.payment_trends`)."""
        days = self.supply.notable_days
        return self.compute(payment_trends, lives=self.payable_lives, notable_days=days)

    @result
    def payment_delays(self) -> pd.DataFrame:
        """How late each core pays (`payables.payment_delays`)."""
        return payment_delays(self.recent_lives)

    @result
    def half_years(self) -> pd.DataFrame:
        """Days to payment by half-year (`payables.half_years`)."""
        return self.compute(half_years, lives=self.payable_lives)

    @result
    def legal_terms(self) -> pd.DataFrame:
        """Days within which the law wants each core to pay (`supply.legal_terms`)."""
        return self.compute(legal_terms)

    @result
    def paid_within(self) -> pd.DataFrame:
        """The part paid within the legal term (`payables.paid_within`)."""
        terms = terms_by_core(self.legal_terms, column="legal_days")
        return paid_within(self.recent_lives, terms=terms)

    # ---- caps, claims and controls

    @result
    def core_caps(self) -> pd.DataFrame:
        """The cap of each core and what is left of it (`supply.core_caps`)."""
        return self.compute(core_caps)

    @result
    def two_books(self) -> pd.DataFrame:
        """What hangs on each core, counted once and twice (`supply.two_books`)."""
        found = self.compute(two_books, lgd_share=self.policy.pricing.lgd["credit"])
        if found.empty:  # no loan names a core, and without payables nobody is known to hang on one
            raise NeedsTable(tables=["core_payables"])
        return found

    @result
    def bad_news(self) -> pd.DataFrame:
        """What is known to be wrong with a core (`supply.bad_news`)."""
        return self.compute(bad_news)

    @result
    def dilutions(self) -> pd.DataFrame:
        """What cores deduct from what they owe (`payables.dilutions`)."""
        return self.compute(dilutions)

    @result
    def twin_payables(self) -> pd.DataFrame:
        """Payables that look like one claimed twice (`chain.twin_payables`)."""
        return self.compute(twin_payables)

    @result
    def financed_payables(self) -> pd.DataFrame:
        """Payables lent on more than once (`chain.financed_payables`)."""
        return self.compute(financed_payables)

    @result
    def turned_receipts(self) -> pd.DataFrame:
        """Suppliers whose payments went elsewhere of late (`payables.diverted_receipts`)."""
        terms = {"months": self.supply.turned_months, "level": self.supply.turned_level}
        return self.compute(diverted_receipts, **terms)

    @result
    def strengths_without_core(self) -> pd.DataFrame:
        """Which supplier stands without its core (`chain.strengths_without_core`)."""
        terms = {
            "dependence_share": self.policy.stress.dependence_share,
            "least_ratio": self.policy.quality.dscr_minimum,
        }
        return self.compute(strengths_without_core, **terms)

    @result
    def standing_counts(self) -> pd.DataFrame:
        """How many stand alone (`chain.standing_counts`)."""
        return standing_counts(self.strengths_without_core)

    @result
    def ladder_summary(self) -> pd.DataFrame:
        """Claims on each rung of the ladder of control (`supply.ladder_summary`)."""
        return self.compute(ladder_summary)

    # ---- goods, invoices and money

    @result
    def core_codes(self) -> pd.DataFrame:
        """Codes by which invoices name cores (`trade.core_codes`)."""
        return self.compute(core_codes)

    @result
    def ordered_rows(self) -> pd.DataFrame:
        """What was ordered and delivered (`trade.ordered_rows`)."""
        return self.compute(ordered_rows)

    @result
    def invoiced_rows(self) -> pd.DataFrame:
        """What was invoiced to cores (`trade.invoiced_rows`)."""
        return self.compute(invoiced_rows)

    @result
    def received_rows(self) -> pd.DataFrame:
        """What was paid (`trade.received_rows`)."""
        return self.compute(received_rows)

    @result
    def three_flows(self) -> pd.DataFrame:
        """Orders, invoices and money side by side (`trade.three_flows`)."""
        return self.compute(three_flows)

    @result
    def all_flow_gaps(self) -> pd.DataFrame:
        """Where the three differ, whether or not invoices are seen (`trade.flow_gaps`)."""
        return flow_gaps(self.three_flows)

    @result
    def flow_gaps(self) -> pd.DataFrame:
        """Where orders, invoices and money differ, where invoices are seen (`trade.gaps_with_invoices`)."""
        return self.compute(gaps_with_invoices, gaps="all_flow_gaps")

    @result
    def match_thresholds(self) -> pd.DataFrame:
        """Each candidate line for the gap, tried on the past (`trade.outcome_tests`)."""
        return self.compute(outcome_tests, gaps="flow_gaps", thresholds=self.supply.gap_thresholds)

    # ---- whom confirmation does not reach

    @result
    def programme_coverage(self) -> pd.DataFrame:
        """How many suppliers each core's confirmation reaches (`supply.programme_coverage`)."""
        return self.compute(programme_coverage)

    @result
    def outside_suppliers(self) -> pd.DataFrame:
        """Suppliers without any confirmed payable (`supply.outside_suppliers`)."""
        return self._lent_behind(self.compute(outside_suppliers))

    @result
    def evidence_left(self) -> pd.DataFrame:
        """How many of them evidence of their own lets in, rule by rule (`supply.evidence_waterfall`)."""
        return self.compute(evidence_waterfall, gaps="flow_gaps")

    @result
    def passing_count(self) -> int:
        """How many pass every rule (`supply.passing_count`)."""
        return passing_count(self.evidence_left)

    @result
    def pilot_sizes(self) -> pd.DataFrame:
        """How large a pilot among them may be and must be (`supply.pilot_sizes`)."""
        return self.compute(pilot_sizes, lgd_share=self.policy.pricing.lgd["credit"])

    @result
    def early_values(self) -> pd.DataFrame:
        """What earlier payment is worth to each core's suppliers (`supply.early_payment_values`)."""
        return self.compute(early_payment_values, days="payment_days", terms="legal_terms")

    @result
    def supplier_counts(self) -> pd.DataFrame:
        """Suppliers by kind of core, small cells held back (`supply.supplier_counts`, `suppression.suppressed`)."""
        counts, quality = self.compute(supplier_counts, core_payables="managed_payables"), self.policy.quality
        fewest, share = quality.minimum_members_count, quality.dominance_share
        return suppressed(counts, by=["kind"], fewest=fewest, dominance_share=share)

    # ---- lines, prices, and what the scene is worth

    @result
    def supplier_receivables(self) -> pd.DataFrame:
        """What each supplier is owed that may be lent on (`business_evidence.supplier_receivables`)."""
        return self.compute(supplier_receivables, overdue_days=self.policy.limits.receivable_days)

    @result
    def supplier_lines(self) -> pd.DataFrame:
        """The line of each supplier and what bound it (`supply.supplier_lines`), behind cores that are not stopped.

        Whose receipts went elsewhere and are still to be cleared has no line until they are.
        """
        lines = self._lent_behind(self.compute(supplier_lines))
        for turned in self.known("turned_receipts"):
            lines = lines[~lines["customer_id"].isin(turned.loc[turned["state"] == "open", "customer_id"])]
        return lines.reset_index(drop=True)

    @result
    def open_tiers(self) -> pd.DataFrame:
        """The tiers behind cores that are not closed (`chain.chain_tiers`)."""
        return self._lent_behind(self.chain_tiers)

    @result
    def open_ladder(self) -> pd.DataFrame:
        """The rungs of suppliers of cores that are not closed (`supply.ladder_summary`)."""
        return self._lent_behind(self.ladder_summary)

    def _lent_behind(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Keep what stands behind cores that are not closed, and of it whom the register closes to nobody."""
        kept = rows
        if "core_id" in kept:
            kept = kept[~kept["core_id"].isin(self.closed_places)]
        if "customer_id" in kept:
            kept = kept[~kept["customer_id"].isin(self.closed_customers)]
        return kept.reset_index(drop=True)

    @result
    def joint_counterparties(self) -> pd.DataFrame:
        """Suppliers of more than one of our cores (`scenes.joint_counterparties`)."""
        return self.compute(joint_counterparties)

    @result
    def joint_counts(self) -> pd.DataFrame:
        """How many there are, and whom we may approach: nobody anew behind a stopped core (`scenes.joint_counts`)."""
        listed = self.joint_counterparties
        barred = listed["core_id"].isin(self.closed_places) | listed["customer_id"].isin(self.closed_customers)
        barred &= listed["stands"] != "borrower"
        return joint_counts(listed.assign(lawful_basis=listed["lawful_basis"].mask(barred, "none")))

    @result
    def joint_targets(self) -> pd.DataFrame:
        """Those without a loan who may be called on (`scenes.joint_targets`)."""
        return joint_targets(self._lent_behind(self.joint_counterparties))

    @result
    def scene_product(self) -> Product:
        """The product that the scene asks for (`scenes.scene_product`)."""
        return self.compute(scene_product)

    @result
    def scene_pilot(self) -> pd.DataFrame:
        """How that product is judged here (`judgement.offer_judgement`)."""
        return Approval(ProductDesign.of(self, product=self.scene_product.code)).judgement

    @result
    def typical_line(self) -> float:
        """The usual line of a supplier (`scenes.typical_line`), yuan."""
        return self.compute(typical_line, lines="supplier_lines")

    @result
    def known_parties(self) -> pd.DataFrame:
        """Those of them whom we know (`scenes.known_parties`)."""
        return known_parties(self.joint_counterparties)

    @result
    def chain_rates(self) -> pd.DataFrame:
        """Default rate of suppliers, with the bank's experience of their kinds (`defaults.drawn_rates`)."""
        past = self.compute(own_experience, members="known_parties")
        return drawn_rates(past, priors=self.priors, within=None, price_level=self.policy.quality.price_level)

    @result
    def chain_rate_cases(self) -> pd.DataFrame:
        """Mean and upper rate that a line is priced on (`prices.default_rate_cases`)."""
        return default_rate_cases(self.chain_rates)

    @result
    def floor_margins(self) -> pd.Series:
        """What the usual line earns over its floor (`scenes.floor_margins`)."""
        floors = self.compute(typical_floors, amount_yuan=self.part("typical_line"))
        return floor_margins(floors)

    @result
    def shared_margins(self) -> pd.DataFrame:
        """What the corporate and the small-business line book of the margin (`scenes.shared_margins`)."""
        return self.compute(shared_margins, lines="supplier_lines", margins=self.part("floor_margins"))

    @result
    def scene_needs(self) -> pd.DataFrame:
        """What each party of the scene needs (`steps.scene_needs`)."""
        return self.compute(scene_needs, days="payment_days")

    @result
    def opportunity_sheet(self) -> pd.DataFrame:
        """The scene's opportunities with their money (`steps.opportunity_sheet`)."""
        return self.compute(opportunity_sheet, margins=self.part("floor_margins"))

    @result
    def opportunity_verdicts(self) -> pd.DataFrame:
        """Which opportunity is worth it (`steps.opportunity_verdicts`)."""
        return opportunity_verdicts(self.opportunity_sheet, closed=self.closed_places, designed=self.designed_cores)

    @result
    def designed_cores(self) -> frozenset[str]:
        """Cores of a kind for whose suppliers the branch's register holds a designed product."""
        offered = {each.code for each in self.group_products}
        kinds = {
            kind for each in self.scenes if each.subject == "core" and each.product in offered for kind in each.kinds
        }
        cores = self["core_enterprises"]
        return frozenset(cores.loc[cores["kind"].isin(kinds), "core_id"])

    @result
    def early_failures(self) -> pd.DataFrame:
        """How the product may fail, as far as is told before the design (`pre_mortem.early_premortem`)."""
        modes = read_modes(self.home, as_of=self.as_of)
        return self.compute(early_premortem, modes=modes, judged="source_judgements")

    @result
    def design_log(self) -> pd.DataFrame:
        """What was decided on the scene's product so far (`steps.product_log`)."""
        return self.compute(product_log)

    # ---- points of each scene

    @result
    def payable_figures(self) -> pd.DataFrame:
        """What payables tell of each core (`scenes.payable_figures`)."""
        return self.compute(payable_figures)

    @result
    def contract_figures(self) -> pd.DataFrame:
        """What contracts of supply tell of each core (`scenes.contract_figures`)."""
        return self.compute(contract_figures)

    @result
    def dependence_figures(self) -> pd.DataFrame:
        """How far suppliers hang on each core (`scenes.dependence_figures`)."""
        return self.compute(dependence_figures, dependence_share=self.policy.stress.dependence_share)

    @result
    def payment_figures(self) -> pd.DataFrame:
        """How late each core pays (`scenes.payment_figures`)."""
        return self.compute(payment_figures, days="payment_days", within="paid_within")

    @result
    def core_figures(self) -> pd.DataFrame:
        """All that is told of each core (`scenes.stacked_figures`)."""
        return stacked_figures(*self.known(*CORE_FIGURES))

    @result
    def scene_hospital(self) -> pd.DataFrame:
        """Hospitals held against the points of their scene (`scenes.template_points`)."""
        return self._points("core_enterprises", "core_figures", code="hospital")

    @result
    def scene_infrastructure(self) -> pd.DataFrame:
        """Infrastructure projects held against the points of their scene (`scenes.template_points`)."""
        return self._points("core_enterprises", "core_figures", code="infrastructure")

    @result
    def stage_payments(self) -> pd.DataFrame:
        """Deliveries by project and stage, paid and held back (`scenes.stage_payments`)."""
        return self.compute(stage_payments)

    @result
    def roster_figures(self) -> pd.DataFrame:
        """What rosters tell of each venue (`scenes.roster_figures`)."""
        return self.compute(roster_figures)

    @result
    def tenant_figures(self) -> pd.DataFrame:
        """What tenants' accounts tell of each venue (`scenes.tenant_figures`)."""
        return self.compute(tenant_figures)

    @result
    def stall_figures(self) -> pd.DataFrame:
        """What is pledged of each venue's stalls (`scenes.stall_figures`)."""
        return self.compute(stall_figures)

    @result
    def venue_figures(self) -> pd.DataFrame:
        """All that is told of each venue (`scenes.stacked_figures`)."""
        return stacked_figures(*self.known(*VENUE_FIGURES))

    @result
    def scene_market(self) -> pd.DataFrame:
        """Professional markets held against the points of their scene (`scenes.template_points`)."""
        return self._points("venue_rosters", "venue_figures", code="market")

    def _points(self, sources: str, figures: str, *, code: str) -> pd.DataFrame:
        """Return the points of one scene for the rows of a table."""
        template = template_of(self.scenes, code=code)
        return self.compute(template_points, sources=sources, figures=figures, template=template)

    # ---- what is proposed

    @result
    def claim_decisions(self) -> pd.DataFrame:
        """What doubtful claims ask for (`supply.claim_decisions`)."""
        return self.compute(claim_decisions)

    @result
    def direct_decisions(self) -> pd.DataFrame:
        """What the own lines of stopped cores ask for (`supply.direct_decisions`)."""
        return self.compute(direct_decisions, caps="core_caps", judged="source_judgements")

    @result
    def opportunity_decisions(self) -> pd.DataFrame:
        """What opportunities ask for (`supply.opportunity_decisions`), as far as their core is not closed."""
        return self.compute(opportunity_decisions)
