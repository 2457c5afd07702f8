"""A branch as the review of standard products sees it: needs of customers, what the shelf offers, what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pandas as pd

from microlib.contracts.needs import result
from microlib.design.branch import Branch
from microlib.design.judgement import offering_code, open_groups, pilot_room, shared_correlations
from microlib.design.lineup import (
    Shelf,
    all_changes,
    asking_rates,
    best_changes,
    better_claims,
    change_decisions,
    changeable,
    cost_matrix,
    free_members,
    of_product,
    scene_cards,
    shelf_claims,
    shelf_comparison,
    shelf_of,
    trials,
)
from microlib.metrics.products import (
    branch_sums,
    loss_reasons,
    refinanced_ends,
    refinanced_principal,
    replacements,
    take_up,
    tenor_mismatch,
)
from microlib.metrics.segments import (
    evident_rows,
    group_labels,
    main_enhancers,
    peak_months,
    type_evidence,
    with_factors,
)
from microlib.metrics.service import (
    end_to_end_times,
    idle_interest,
    line_patterns,
    line_uses,
    need_coverage,
    online_passes,
    online_product_ids,
    paper_uses,
    saved_waits,
    swap_set,
)
from microlib.stats.grouping import year_before


class BranchShelf(Branch):
    """A branch with the results that its review of standard products rests on; ``BranchShelf.of(branch)``."""

    PROPOSALS: ClassVar[tuple[str, ...]] = ("product_judgements", "change_decisions", "maturity_decisions")
    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "terms": "realised_terms",
        "best": "best_changes",
        "factors": "customer_factors",
        "found": "all_changes",
        "promises": "product_stage_times",
        "asking": "asking_rates",
        "labels": "group_labels",
        "free": "free_members",
    }

    # ---- needs and terms

    @result
    def shelves(self) -> tuple[Shelf, ...]:
        """Each product with what it holds and earns (`lineup.shelf_of`)."""
        return self.compute(shelf_of, products=self.standard_products)

    @result
    def all_changes(self) -> pd.DataFrame:
        """What each single change of a term would do (`lineup.all_changes`); none for a product that is stopped."""
        changes = self.compute(all_changes)
        return changes[~changes["product_id"].isin(self.stopped_in("product_judgements"))].reset_index(drop=True)

    @result
    def best_changes(self) -> pd.DataFrame:
        """The best change of each product that may be tried, if any may (`lineup.changeable`)."""
        found, judged = best_changes(self.all_changes), self.if_known("product_judgements")
        if not self.may_grow:
            return found.iloc[:0]
        return found if judged is None else changeable(found, judged)

    @result
    def what_if(self) -> pd.DataFrame:
        """Changes of the product with the largest balance (`lineup.of_product`)."""
        return self.compute(of_product)

    # ---- kinds of groups

    @result
    def main_enhancers(self) -> pd.DataFrame:
        """Who mostly vouches for each customer (`segments.main_enhancers`)."""
        return self.compute(main_enhancers)

    @result
    def peak_months(self) -> pd.DataFrame:
        """The month in which each customer's money moves most (`segments.peak_months`)."""
        return self.compute(peak_months)

    @result
    def customer_factors(self) -> pd.DataFrame:
        """All that may make a group of customers (`segments.with_factors`)."""
        return with_factors(self.evidence, *self.known("main_enhancers", "peak_months"))

    @result
    def type_evidence(self) -> pd.DataFrame:
        """What the members of each group share (`segments.type_evidence`)."""
        return self.compute(type_evidence)

    @result
    def evident_rows(self) -> pd.DataFrame:
        """Of that what is much commoner than elsewhere (`segments.evident_rows`)."""
        return evident_rows(self.type_evidence)

    @result
    def group_labels(self) -> pd.DataFrame:
        """The kinds of each group (`segments.group_labels`)."""
        return group_labels(self.type_evidence)

    # ---- what is sold, and how

    @result
    def branch_sums(self) -> pd.DataFrame:
        """Balance and new loans by security and way of selling (`products.branch_sums`)."""
        return branch_sums(self.tree)

    @result
    def take_up(self) -> pd.DataFrame:
        """How far applications for each product get (`products.take_up`)."""
        return self.compute(take_up)

    @result
    def product_loss_reasons(self) -> pd.DataFrame:
        """Why the year's applications for each product were lost (`products.loss_reasons`)."""
        return self.compute(loss_reasons, applications=self.asked_in_year, within="product_id")

    @result
    def replacements(self) -> pd.DataFrame:
        """How much of what is new took the place of our own loans (`products.replacements`)."""
        return self.compute(replacements, days=self.week.replacement_days)

    @result
    def end_to_end_times(self) -> pd.DataFrame:
        """Days from application to money, by product (`service.end_to_end_times`)."""
        return end_to_end_times(self.product_stage_times)

    @result
    def paper_uses(self) -> pd.DataFrame:
        """How often each paper changed a decision (`service.paper_uses`)."""
        return self.compute(paper_uses, most_share=self.week.dropped_share)

    @result
    def saved_waits(self) -> pd.DataFrame:
        """Days saved without the papers that change nothing (`service.saved_waits`)."""
        return self.compute(saved_waits, uses="paper_uses")

    @result
    def tenor_mismatch(self) -> pd.DataFrame:
        """Loans that fall due before the money is back (`products.tenor_mismatch`)."""
        return self.compute(tenor_mismatch)

    @result
    def refinanced_ends(self) -> pd.DataFrame:
        """How ended loans were met (`products.refinanced_ends`)."""
        return self.compute(refinanced_ends)

    @result
    def refinanced_principal(self) -> pd.DataFrame:
        """Where repaid principal came from (`products.refinanced_principal`)."""
        return self.compute(refinanced_principal)

    @result
    def line_patterns(self) -> pd.DataFrame:
        """How revolving lines are drawn (`service.line_uses`, `service.line_patterns`)."""
        return line_patterns(self.compute(line_uses))

    @result
    def idle_interest(self) -> pd.DataFrame:
        """Interest paid on money that lay idle (`service.idle_interest`)."""
        return self.compute(idle_interest)

    @result
    def online_passes(self) -> pd.DataFrame:
        """Who passes the online check (`service.online_passes`)."""
        return self.compute(online_passes, memberships="members")

    @result
    def online_product_ids(self) -> tuple[str, ...]:
        """Products sold online (`service.online_product_ids`)."""
        return self.compute(online_product_ids)

    @result
    def swap_set(self) -> pd.DataFrame:
        """How those fared whom the online check refused (`service.swap_set`)."""
        return self.compute(swap_set, online_products=self.part("online_product_ids"))

    # ---- cost, and what may be claimed

    @result
    def shelf_comparison(self) -> pd.DataFrame:
        """The shelf beside the offers of peers (`lineup.shelf_comparison`)."""
        return self.compute(shelf_comparison, products="standard_products")

    @result
    def shelf_costs(self) -> pd.DataFrame:
        """A year's true cost of each way of use (`lineup.cost_matrix`)."""
        return cost_matrix(self.shelf_comparison)

    @result
    def shelf_claims(self) -> pd.DataFrame:
        """What is held against peers, measure by measure (`lineup.shelf_claims`)."""
        return shelf_claims(self.shelf_comparison)

    @result
    def better_claims(self) -> pd.DataFrame:
        """Of that where the shelf is better (`lineup.better_claims`)."""
        return better_claims(self.shelf_claims)

    # ---- scenes

    @result
    def asking_rates(self) -> pd.DataFrame:
        """How many of each group ask in a year (`lineup.asking_rates`)."""
        return self.compute(asking_rates, since=year_before(self.as_of))

    @result
    def free_members(self) -> pd.DataFrame:
        """Members of each group without a loan (`lineup.free_members`)."""
        return self.compute(free_members)

    @result
    def scene_cards(self) -> pd.DataFrame:
        """Customer, product, place and month on one card (`lineup.scene_cards`).

        Of groups that may take new loans alone, with no product that the register has nobody new be offered, or that
        the group does not have today: then the best of the others, or none. No more is expected than the register
        allows the group, and nothing by no product.
        """
        fits, judged = self.term_fits, self.if_known("offering_judgements")
        code = offering_code(fits["product_id"], fits["segment"])
        held = fits["product_id"].isin(self.withheld) | code.isin(self.withheld)
        held |= ~code.isin([] if judged is None else judged["segment"])  # unknown is never good
        covered = self.need_coverage.iloc[:0] if held.all() else need_coverage(fits[~held])
        cards = self.compute(scene_cards, evidence="type_evidence", coverage=covered)
        groups = self.if_known("segment_judgements")
        if groups is None:
            return cards.iloc[:0]
        kept = cards[cards["segment"].isin(open_groups(groups))].reset_index(drop=True)
        bare, most = kept["product_id"].isna(), kept["segment"].map(groups.set_index("segment")["amount_yuan"])
        amounts = {name: np.fmin(kept[name], most).mask(bare) for name in ("volume_low_yuan", "volume_high_yuan")}
        return kept.assign(**amounts, next_step=kept["next_step"].mask(bare, "mend_product_first"))

    # ---- what is proposed

    @result
    def change_decisions(self) -> pd.DataFrame:
        """Changes of terms that may be tried (`lineup.change_decisions`), each within a budget (`lineup.trials`).

        None where the branch may not grow (`best_changes`): what may be lost there is for the pilots of its groups.
        """
        found = self.compute(change_decisions, judgements=self.product_judgements)
        decided = self.policy.decisions
        fewest = decided.pilot_fewest_count * float(decided.pilot_loan_yuan)
        return trials(found, self._trial_rooms(), fewest_yuan=fewest)

    def _trial_rooms(self) -> pd.Series:
        """What may be lent on trial of each product that is lent to a group which is open, by its worst source."""
        groups, rates = self.if_known("segment_judgements"), self.if_known("product_rates")
        loans = self.if_known("offered")
        if groups is None or rates is None or loans is None:
            return pd.Series(dtype="float64")
        sources = shared_correlations(self.segments, stress=self.policy.stress)
        served = loans[loans["balance_yuan"] > 0].astype({"segment": "str"})
        shared = served["segment"].map(sources).groupby(served["product_id"]).max()
        open_ones = served["segment"].isin(open_groups(groups))
        upper = rates.set_index("product_id")["shrunk_upper"]
        upper = upper[upper.index.isin(served.loc[open_ones, "product_id"])]
        budget = self.loss_budget
        return pilot_room(
            upper,
            budget_yuan=budget.yuan,
            lgd_share=budget.lgd_share,
            correlation=shared.reindex(upper.index),
            level=float(self.policy.quality.price_level),
        )
