"""A branch as the risk review sees it: use of money, owners' worth, order of events, ties, rules, security."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.contracts.needs import result
from microlib.design.branch import Branch
from microlib.design.judgement import listed_judgements
from microlib.design.replay import past_applications, replay_products, rule_names
from microlib.design.review_decisions import (
    axes_decision,
    collateral_decision,
    control_decision,
    driver_decision,
    equity_decision,
    funnel_decision,
    guarantee_decision,
    link_decision,
    reason_decision,
    replay_decision,
    rule_choices,
    rule_decision,
    time_decision,
    timeline_decision,
    use_decision,
)
from microlib.design.rules import RULE_TABLES, check_portfolio, read_rules, rule_shares
from microlib.errors import BadData
from microlib.metrics.capacity import able_but_late, cash_quantiles, debt_coverages
from microlib.metrics.collateral import realised_values, sold_values, value_shocks
from microlib.metrics.conduct import (
    cycle_needs,
    elasticities,
    monthly_services,
    own_parts,
    timeline_checks,
    timeline_summary,
    two_axes,
    unexplained_equity,
    use_signs,
    use_summary,
)
from microlib.metrics.connections import connected_groups, group_exposures, link_weights, shared_links
from microlib.metrics.guarantees import first_round_covers, guarantee_burdens, guarantee_edges, guarantee_motifs
from microlib.metrics.links import common_values, explained_links, link_checklist, split_clusters, split_loans
from microlib.metrics.loan_failures import (
    coder_agreement,
    control_flags,
    control_replays,
    decided_loans,
    exceptions,
    funnel,
    missed_controls,
    reason_pareto,
    times_to_bad,
)
from microlib.metrics.migration import roll_rates, transition_counts


class BranchReview(Branch):
    """A branch with the results that its risk review rests on; open it with ``BranchReview.of(branch)``."""

    PROPOSALS: ClassVar[tuple[str, ...]] = (
        "judgements",
        "maturity_decisions",
        "control_decision",
        "use_decision",
        "equity_decision",
        "timeline_decision",
        "link_decision",
        "rule_decision",
        "collateral_decision",
        "guarantee_decision",
    )
    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "signs": "use_signs",
        "uses": "use_signs",
        "equity": "unexplained_equity",
        "own": "own_parts",
        "decided": "decided_loans",
        "checks": "timeline_checks",
        "shared": "shared_links",
        "weighted": "link_weights",
        "explained": "explained_links",
        "pairs": "link_checklist",
        "pareto": "reason_pareto",
        "agreement": "coder_agreement",
        "coverages": "debt_coverages",
        "willing": "able_but_late",
        "services": "monthly_services",
        "axes": "two_axes",
        "common": "common_values",
        "past": "decided_loans",
        "flags": "control_flags",
        "shocks": "value_shocks",
        "edges": "guarantee_edges",
        "covers": "first_round_covers",
        "replays": "control_replays",
    }

    def titles(self) -> dict[str, Mapping[str, object]]:
        """Return what codes of its results are called: column -> code -> words in both languages."""
        made = [] if isinstance(self.part("members"), BadData) else self.group_products
        return {"product": {product.code: product.title for product in made}, "rule": rule_names(made)}

    # ---- when and why loans go bad

    @result
    def times_to_bad(self) -> pd.DataFrame:
        """How soon after payment loans of each group turn bad (`loan_failures.times_to_bad`)."""
        return self.compute(times_to_bad, groups=self.grouped)

    @result
    def roll_rates(self) -> pd.DataFrame:
        """From which state to which loans move in a month (`migration.roll_rates`)."""
        return roll_rates(self.compute(transition_counts))

    @result
    def reason_pareto(self) -> pd.DataFrame:
        """Reasons that reviewers found, the most frequent first (`loan_failures.reason_pareto`)."""
        return self.compute(reason_pareto, reviews="bad_loan_reviews")

    @result
    def coder_agreement(self) -> pd.DataFrame:
        """How far two reviewers agree beyond chance (`loan_failures.coder_agreement`)."""
        return self.compute(coder_agreement, reviews="bad_loan_reviews")

    @result
    def missed_controls(self) -> pd.DataFrame:
        """Controls that could have seen it, as reviewers say (`loan_failures.missed_controls`)."""
        return self.compute(missed_controls, reviews="bad_loan_reviews")

    # ---- ability, will and what comes from outside

    @result
    def monthly_services(self) -> pd.DataFrame:
        """What each borrower pays in a month, unexplained worth as a debt (`conduct.monthly_services`)."""
        known = self.known("unexplained_equity")
        return self.compute(monthly_services, equity=known[0] if known else None)

    @result
    def debt_coverages(self) -> pd.DataFrame:
        """What a poor month pays of what is owed (`capacity.debt_coverages`)."""
        return self.compute(debt_coverages, cash=self.compute(cash_quantiles))

    @result
    def able_but_late(self) -> pd.DataFrame:
        """Who paid late with money in the account (`capacity.able_but_late`)."""
        return self.compute(able_but_late)

    @result
    def two_axes(self) -> pd.DataFrame:
        """Each group by ability and will (`conduct.two_axes`)."""
        return self.compute(two_axes, minimum=self.policy.limits.dscr_minimum)

    @result
    def cycle_needs(self) -> pd.DataFrame:
        """Whether a loan fits what a cycle of the business ties up (`conduct.cycle_needs`)."""
        cuts = self.policy.review
        return self.compute(cycle_needs, margin_share=cuts.cycle_margin_share, most_ratio=cuts.cycle_most_ratio)

    @result
    def elasticities(self) -> pd.DataFrame:
        """How far a trade's sales move with an outside series (`conduct.elasticities`)."""
        cuts = self.policy.review
        counts = {"months": cuts.series_months, "customers": cuts.series_customers_count}
        rules = {**counts, "fall": float(cuts.series_fall_share)}
        return self.compute(elasticities, series="external_series", rules=rules)

    # ---- where the money went, what owners have, in which order things happened

    @result
    def use_signs(self) -> pd.DataFrame:
        """Signs that a loan's money was not used as said (`conduct.use_signs`)."""
        cuts = self.policy.review
        days, share = cuts.use_window_days, cuts.return_share
        return self.compute(
            use_signs, threshold_yuan=cuts.entrusted_threshold_yuan, window_days=days, return_share=share
        )

    @result
    def use_summary(self) -> pd.DataFrame:
        """How many loans bear each sign (`conduct.use_summary`)."""
        return use_summary(self.use_signs)

    @result
    def unexplained_equity(self) -> pd.DataFrame:
        """Owners' worth against its story (`conduct.unexplained_equity`)."""
        cuts = self.policy.review
        terms = {"yearly_rate": cuts.private_rate, "months": cuts.private_months}
        return self.compute(unexplained_equity, tolerance_share=cuts.equity_tolerance_share, **terms)

    @result
    def own_parts(self) -> pd.DataFrame:
        """The own part of each project's budget (`conduct.own_parts`)."""
        return self.compute(own_parts, own_share=self.policy.review.own_funds_share)

    @result
    def timeline_checks(self) -> pd.DataFrame:
        """Applications whose dates contradict each other (`conduct.timeline_checks`)."""
        return self.compute(timeline_checks)

    @result
    def timeline_summary(self) -> pd.DataFrame:
        """How often each contradiction occurs (`conduct.timeline_summary`)."""
        return self.compute(timeline_summary)

    # ---- who belongs together

    @result
    def shared_links(self) -> pd.DataFrame:
        """Pairs of customers that share a value (`connections.shared_links`)."""
        return self.compute(shared_links)

    @result
    def link_weights(self) -> pd.DataFrame:
        """Each link with its weight (`connections.link_weights`)."""
        return self.compute(link_weights, shared=self.shared_links)

    @result
    def explained_links(self) -> pd.DataFrame:
        """Each link with what else may explain it (`links.explained_links`)."""
        return self.compute(explained_links)

    @result
    def link_checklist(self) -> pd.DataFrame:
        """Pairs of customers, linked or not, with their reasons (`links.link_checklist`)."""
        return self.compute(link_checklist)

    @result
    def connected_groups(self) -> pd.DataFrame:
        """Members of each connected group (`connections.connected_groups`)."""
        return connected_groups(self.link_checklist)

    @result
    def group_exposures(self) -> pd.DataFrame:
        """What each connected group owes, against the cap (`connections.group_exposures`)."""
        cap = self.policy.limits.group_cap_yuan
        return self.compute(group_exposures, members=self.connected_groups, cap_yuan=cap)

    @result
    def common_values(self) -> pd.DataFrame:
        """Values that very many share (`links.common_values`)."""
        return common_values(self.explained_links)

    @result
    def split_clusters(self) -> pd.DataFrame:
        """Groups whose loans together exceed one person's authority within weeks (`links.split_clusters`)."""
        loose = connected_groups(self.link_checklist, unexplained=True)
        split = self.compute(split_loans, members=loose, window_days=self.policy.review.split_window_days)
        return self.compute(split_clusters, split=split)

    # ---- controls and rules

    @result
    def decided_loans(self) -> pd.DataFrame:
        """Past decisions with their end (`loan_failures.decided_loans`)."""
        return self.compute(decided_loans)

    @result
    def control_flags(self) -> pd.DataFrame:
        """Which control would have flagged which past loan (`loan_failures.control_flags`)."""
        return self.compute(control_flags)

    @result
    def control_replays(self) -> pd.DataFrame:
        """What each control would have stopped, good and bad (`loan_failures.control_replays`)."""
        return control_replays(self.control_flags, self.decided_loans)

    @result
    def approver_funnel(self) -> pd.DataFrame:
        """Bad loans of each approver beside what the mix leads to expect (`loan_failures.funnel`)."""
        return self.compute(funnel, by="approver_id")

    @result
    def manager_funnel(self) -> pd.DataFrame:
        """Bad loans of each manager beside what the mix leads to expect (`loan_failures.funnel`)."""
        return self.compute(funnel, by="rm_id")

    @result
    def exceptions(self) -> pd.DataFrame:
        """Approvals by waiver beside the others, with their end (`loan_failures.exceptions`)."""
        return self.compute(exceptions)

    @result
    def past_applications(self) -> pd.DataFrame:
        """Past applications with their end and the primary group of who applied (`replay.past_applications`)."""
        primary = self.members[self.members["is_primary"]].set_index("customer_id")["segment"]
        return past_applications(self, segments=primary)

    @result
    def replayed_access(self) -> pd.DataFrame:
        """Each product's access rules tried on its own groups (`replay.replay_products`)."""
        return self.compute(replay_products, past=self.past_applications, products=self.group_products)

    @result
    def rules_checked(self) -> pd.DataFrame:
        """Rules of supervisors held against the portfolio (`rules.check_portfolio`)."""
        rules = read_rules(self.home, as_of=self.as_of)
        threshold = self.policy.review.entrusted_threshold_yuan
        return check_portfolio(self, rules=rules, threshold_yuan=threshold)

    @result
    def rule_judgements(self) -> pd.DataFrame:
        """Every rule that tables can answer, in the register, with the share of loans that break it.

        A rule that compares no loans one by one has no share; one that nothing answers names the table that is missing.
        """
        decided, checked = self.compute(rule_choices, checked=self.rules_checked), self.rules_checked
        papers = {"unknown": "missing_tables", "unverified_pass": "rule_text"}
        shares = rule_shares(self, threshold_yuan=self.policy.review.entrusted_threshold_yuan)
        told = checked[["id", "state", "quantity"]].merge(shares, on="quantity", how="left")
        told = told.rename(columns={"id": "segment"}).assign(
            measure=told["share"].notna().map({True: "breaking_share", False: "rule_figure"}),
            settled_by=told["state"].map(papers).fillna(""),
            evidence_table=told["quantity"].map(RULE_TABLES).fillna(""),
        )
        told = told.drop(columns=["state", "quantity"])
        return listed_judgements(decided, kind="rule", evidence=told, policy=self.policy)

    # ---- security

    @result
    def sold_values(self) -> pd.DataFrame:
        """What each sold pledge brought, beside its appraisal (`collateral.sold_values`)."""
        return self.compute(sold_values)

    @result
    def value_shocks(self) -> pd.DataFrame:
        """What a fall of values would leave open, sold as pledges were sold (`collateral.value_shocks`)."""
        cuts, sold = self.policy.review, self.known("sold_values")
        sale = {"cost_share": cuts.sale_cost_share, "months": cuts.sale_months, "sales": sold[0] if sold else None}
        return self.compute(value_shocks, falls=cuts.value_falls, yearly_rate=self.policy.pricing.lpr_rate, **sale)

    @result
    def realised_values(self) -> pd.DataFrame:
        """What sales brought of the appraised value, by kind (`collateral.realised_values`)."""
        return realised_values(self.sold_values, within="kind")

    @result
    def guarantee_edges(self) -> pd.DataFrame:
        """Who stands for whom (`guarantees.guarantee_edges`)."""
        return self.compute(guarantee_edges)

    @result
    def first_round_covers(self) -> pd.DataFrame:
        """How far guarantors cover each borrower (`guarantees.first_round_covers`)."""
        return self.compute(first_round_covers)

    @result
    def guarantee_motifs(self) -> pd.DataFrame:
        """Mutual guarantees, circles, stars and chains (`guarantees.guarantee_motifs`)."""
        return self.compute(guarantee_motifs)

    @result
    def guarantee_burdens(self) -> pd.DataFrame:
        """Who stands for too much (`guarantees.guarantee_burdens`)."""
        return self.compute(guarantee_burdens, most_ratio=self.policy.review.guarantee_ratio)

    # ---- what is proposed

    @result
    def time_decision(self) -> pd.DataFrame:
        """What the times to bad ask for (`review_decisions.time_decision`)."""
        return self.compute(time_decision, times=self.times_to_bad)

    @result
    def reason_decision(self) -> pd.DataFrame:
        """What the reasons ask for (`review_decisions.reason_decision`)."""
        return self.compute(reason_decision)

    @result
    def axes_decision(self) -> pd.DataFrame:
        """What ability and will ask for (`review_decisions.axes_decision`), of groups that are not stopped."""
        found = self.two_axes
        open_ones = found[~found["segment"].isin(self.stopped_in("segment_judgements"))]
        return self.compute(axes_decision, axes=open_ones)

    @result
    def driver_decision(self) -> pd.DataFrame:
        """What outside series ask for (`review_decisions.driver_decision`)."""
        return self.compute(driver_decision, found=self.elasticities)

    @result
    def funnel_decision(self) -> pd.DataFrame:
        """What approvers outside their limits ask for (`review_decisions.funnel_decision`)."""
        return self.compute(funnel_decision, funnel=self.approver_funnel)

    @result
    def control_decision(self) -> pd.DataFrame:
        """What the controls' replay asks for (`review_decisions.control_decision`)."""
        return self.compute(control_decision)

    @result
    def use_decision(self) -> pd.DataFrame:
        """What the signs of use ask for (`review_decisions.use_decision`)."""
        return self.compute(use_decision, summary=self.use_summary)

    @result
    def equity_decision(self) -> pd.DataFrame:
        """What unexplained worth asks for (`review_decisions.equity_decision`)."""
        return self.compute(equity_decision)

    @result
    def timeline_decision(self) -> pd.DataFrame:
        """What contradicting dates ask for (`review_decisions.timeline_decision`)."""
        return self.compute(timeline_decision, summary=self.timeline_summary)

    @result
    def link_decision(self) -> pd.DataFrame:
        """What connected groups ask for (`review_decisions.link_decision`)."""
        return self.compute(link_decision, groups=self.group_exposures)

    @result
    def replay_decision(self) -> pd.DataFrame:
        """What the access rules' replay asks for (`review_decisions.replay_decision`)."""
        return self.compute(replay_decision, replays=self.replayed_access)

    @result
    def rule_decision(self) -> pd.DataFrame:
        """What rules that are not kept ask for (`review_decisions.rule_decision`)."""
        return self.compute(rule_decision, checked=self.rules_checked)

    @result
    def collateral_decision(self) -> pd.DataFrame:
        """What falling values ask for (`review_decisions.collateral_decision`)."""
        return self.compute(collateral_decision)

    @result
    def guarantee_decision(self) -> pd.DataFrame:
        """What weak guarantees ask for (`review_decisions.guarantee_decision`)."""
        return self.compute(guarantee_decision)
