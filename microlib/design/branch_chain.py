"""A branch as the report on its chains sees it: how cores pay, what suppliers may have, what the scene is worth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.contracts.products import Product
from microlib.contracts.scene_templates import SceneTemplate
from microlib.design import line_margins, members, prices, receivables
from microlib.design.branch import Branch
from microlib.design.result import result
from microlib.design.steps import opportunities
from microlib.design.supply import (
    chain_decisions,
    controls,
    core_caps,
    joint_lists,
    legal_terms,
    scene_prices,
    templates,
)
from microlib.metrics import evidences, incomes
from microlib.metrics.payables import (
    captures,
    claims,
    deductions,
    lives,
    payment_days,
    payment_trends,
    strengths,
    tiers,
)
from microlib.metrics.shrinkages import shrink_rates
from microlib.metrics.trade import match_rules, three_flows


class BranchChain(Branch):
    """A branch with the results that the report on its chains rests on; open it with ``BranchChain.of(branch)``.

    What is said here rests on payables: where the branch has none, neither payers nor evidence are told.
    """

    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "edges": "trade_edges",
        "captures": "capture_rates",
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
    }

    @result
    def scenes(self) -> tuple[SceneTemplate, ...]:
        """The scenes that are written down (`templates.read_templates`)."""
        return templates.read_templates(self.home)

    @result
    def payers(self) -> pd.DataFrame:
        """What each core pays to each supplier, in shares of its income (`incomes.income_shares`)."""
        return self.compute(incomes.income_shares, core_payables=self.core_payables)

    @result
    def evidence(self) -> pd.DataFrame:
        """What is known of each customer (`evidences.customer_evidence`)."""
        return self.compute(evidences.customer_evidence, shares=self.payers)

    # ---- tiers and payment

    @result
    def chain_reach(self) -> pd.DataFrame:
        """How far the branch sees each chain (`tiers.chain_reach`)."""
        return self.compute(tiers.chain_reach)

    @result
    def trade_edges(self) -> pd.DataFrame:
        """Who sells to whom (`tiers.trade_edges`)."""
        return self.compute(tiers.trade_edges)

    @result
    def chain_tiers(self) -> pd.DataFrame:
        """Suppliers by their distance from the core (`tiers.chain_tiers`)."""
        return self.compute(tiers.chain_tiers)

    @result
    def managed_payables(self) -> pd.DataFrame:
        """Payables of the cores that the branch manages (`lives.managed_payables`)."""
        return self.compute(lives.managed_payables)

    @result
    def payable_lives(self) -> pd.DataFrame:
        """From invoice to payment, each payable (`lives.payable_lives`)."""
        return self.compute(lives.payable_lives, core_payables=self.managed_payables)

    @result
    def recent_lives(self) -> pd.DataFrame:
        """The same of the policy's window (`lives.payable_lives`)."""
        return self.compute(lives.payable_lives, core_payables=self.managed_payables, months=self.supply.window_months)

    @result
    def payment_days(self) -> pd.DataFrame:
        """Days that each core takes to pay (`payment_days.days_to_pay`)."""
        return payment_days.days_to_pay(self.recent_lives)

    @result
    def payment_trends(self) -> pd.DataFrame:
        """Whether a core pays later than it did (`payment_trends.payment_trends`)."""
        days = self.supply.notable_days
        return self.compute(payment_trends.payment_trends, lives=self.payable_lives, notable_days=days)

    @result
    def half_years(self) -> pd.DataFrame:
        """Days to payment by half-year (`payment_trends.half_years`)."""
        return self.compute(payment_trends.half_years, lives=self.payable_lives)

    @result
    def legal_terms(self) -> pd.DataFrame:
        """Days within which the law wants each core to pay (`legal_terms.legal_terms`)."""
        return self.compute(legal_terms.legal_terms)

    @result
    def paid_within(self) -> pd.DataFrame:
        """The part paid within the legal term (`payment_days.paid_within`)."""
        terms = legal_terms.terms_by_core(self.legal_terms, column="legal_days")
        return payment_days.paid_within(self.recent_lives, terms=terms)

    # ---- caps, claims and controls

    @result
    def core_caps(self) -> pd.DataFrame:
        """The cap of each core and what is left of it (`core_caps.core_caps`)."""
        return self.compute(core_caps.core_caps)

    @result
    def two_books(self) -> pd.DataFrame:
        """What hangs on each core, counted once and twice (`core_caps.two_books`)."""
        return self.compute(core_caps.two_books, lgd_share=self.policy.pricing.lgd["credit"])

    @result
    def bad_news(self) -> pd.DataFrame:
        """What is known to be wrong with a core (`core_caps.bad_news`)."""
        return self.compute(core_caps.bad_news)

    @result
    def dilutions(self) -> pd.DataFrame:
        """What cores deduct from what they owe (`deductions.dilutions`)."""
        return self.compute(deductions.dilutions)

    @result
    def twin_payables(self) -> pd.DataFrame:
        """Payables that look like one claimed twice (`claims.twin_payables`)."""
        return self.compute(claims.twin_payables)

    @result
    def financed_payables(self) -> pd.DataFrame:
        """Payables lent on more than once (`claims.financed_payables`)."""
        return self.compute(claims.financed_payables)

    @result
    def capture_rates(self) -> pd.DataFrame:
        """The part of cores' payments that comes to our accounts (`captures.capture_rates`)."""
        return self.compute(captures.capture_rates, months=self.supply.window_months)

    @result
    def turned_receipts(self) -> pd.DataFrame:
        """Suppliers whose payments went elsewhere of late (`captures.turned_receipts`)."""
        terms = {"months": self.supply.turned_months, "level": self.supply.turned_level}
        return self.compute(captures.turned_receipts, **terms)

    @result
    def strengths_without_core(self) -> pd.DataFrame:
        """Which supplier stands without its core (`strengths.strengths_without_core`)."""
        terms = {
            "dependence_share": self.policy.stress.dependence_share,
            "least_ratio": self.policy.quality.dscr_minimum,
        }
        return self.compute(strengths.strengths_without_core, **terms)

    @result
    def standing_counts(self) -> pd.DataFrame:
        """How many stand alone (`strengths.standing_counts`)."""
        return strengths.standing_counts(self.strengths_without_core)

    @result
    def control_levels(self) -> pd.DataFrame:
        """How well each claim is controlled (`controls.control_levels`)."""
        return self.compute(controls.control_levels)

    @result
    def ladder_summary(self) -> pd.DataFrame:
        """Claims on each rung of the ladder of control (`controls.ladder_summary`)."""
        return self.compute(controls.ladder_summary)

    # ---- goods, invoices and money

    @result
    def flow_gaps(self) -> pd.DataFrame:
        """Where orders, invoices and money differ, of suppliers whose invoices are seen (`match_rules.seen_gaps`)."""
        codes = self.compute(three_flows.core_codes)
        invoiced = self.compute(three_flows.invoiced_rows, cores=codes)
        ordered, received = self.compute(three_flows.ordered_rows), self.compute(three_flows.received_rows)
        gaps = three_flows.flow_gaps(three_flows.three_flows(ordered, invoiced, received))
        return self.compute(match_rules.seen_gaps, gaps=gaps)

    # ---- lines, prices, and what the scene is worth

    @result
    def supplier_receivables(self) -> pd.DataFrame:
        """What each supplier is owed that may be lent on (`receivables.supplier_receivables`)."""
        return self.compute(receivables.supplier_receivables, overdue_days=self.policy.limits.receivable_days)

    @result
    def supplier_lines(self) -> pd.DataFrame:
        """The line of each supplier and what bound it (`controls.supplier_lines`)."""
        return self.compute(controls.supplier_lines)

    @result
    def joint_counterparties(self) -> pd.DataFrame:
        """Suppliers of more than one of our cores (`joint_lists.joint_counterparties`)."""
        return self.compute(joint_lists.joint_counterparties)

    @result
    def joint_counts(self) -> pd.DataFrame:
        """How many there are (`joint_lists.joint_counts`)."""
        return joint_lists.joint_counts(self.joint_counterparties)

    @result
    def scene_product(self) -> Product:
        """The product that the scene asks for (`scene_prices.scene_product`)."""
        return self.compute(scene_prices.scene_product)

    @result
    def typical_line(self) -> float:
        """The usual line of a supplier (`scene_prices.typical_line`), yuan."""
        return self.compute(scene_prices.typical_line, lines=self.supplier_lines)

    @result
    def chain_rates(self) -> pd.DataFrame:
        """Default rate of suppliers, drawn towards the bank's (`shrinkages.shrink_rates`)."""
        parties = joint_lists.known_parties(self.joint_counterparties)
        past = self.compute(members.own_experience, members=parties)
        return shrink_rates(past, prior=self.prior, upper=self.policy.quality.price_level)

    @result
    def chain_rate_cases(self) -> pd.DataFrame:
        """Mean and upper rate that a line is priced on (`prices.default_rate_cases`)."""
        return prices.default_rate_cases(self.chain_rates)

    @result
    def floor_margins(self) -> pd.Series:
        """What the usual line earns over its floor (`scene_prices.floor_margins`)."""
        floors = self.compute(line_margins.typical_floors, amount_yuan=self.typical_line)
        return scene_prices.floor_margins(floors)

    @result
    def scene_needs(self) -> pd.DataFrame:
        """What each party of the scene needs (`opportunities.scene_needs`)."""
        return self.compute(opportunities.scene_needs, days=self.payment_days)

    @result
    def opportunity_sheet(self) -> pd.DataFrame:
        """The scene's opportunities with their money (`opportunities.opportunity_sheet`)."""
        return self.compute(opportunities.opportunity_sheet, margins=self.floor_margins)

    @result
    def opportunity_verdicts(self) -> pd.DataFrame:
        """Which opportunity is worth it (`opportunities.opportunity_verdicts`)."""
        return opportunities.opportunity_verdicts(self.opportunity_sheet)

    # ---- what is proposed

    @result
    def core_decisions(self) -> pd.DataFrame:
        """What cores' ways of paying ask for (`chain_decisions.core_decisions`)."""
        return self.compute(chain_decisions.core_decisions)

    @result
    def claim_decisions(self) -> pd.DataFrame:
        """What doubtful claims ask for (`chain_decisions.claim_decisions`)."""
        return self.compute(chain_decisions.claim_decisions)

    @result
    def opportunity_decisions(self) -> pd.DataFrame:
        """What opportunities ask for (`chain_decisions.opportunity_decisions`)."""
        return self.compute(chain_decisions.opportunity_decisions)
