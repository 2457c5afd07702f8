"""A branch as its diagnosis sees it: what moved, whom it serves and misses, when groups borrow, what meetings ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from microlib.bank.branch import kept
from microlib.contracts.needs import result
from microlib.design.approval import Approval
from microlib.design.branch import Branch
from microlib.design.branch_campaigns import BranchCampaigns
from microlib.design.branch_review import BranchReview
from microlib.design.branch_rollout import BranchRollout
from microlib.design.decisions import list_actions, tracing_decisions
from microlib.design.judgement import DESIGNED, judgement_frame, open_groups, registered_offer
from microlib.design.lineup import product_results
from microlib.design.product_design import ProductDesign
from microlib.design.rules import read_rules
from microlib.design.term_tables import row_titles
from microlib.design.workdays import (
    campaign_items,
    cap_items,
    data_items,
    duty_subjects,
    duty_table,
    facility_items,
    loan_items,
    meeting_figures,
    policy_items,
    week_list,
)
from microlib.errors import BadData
from microlib.metrics.arrears import crossing_managers
from microlib.metrics.diagnosis import (
    Definition,
    book_readings,
    customer_cuts,
    earlier_ledger,
    inclusive_loans,
    inclusive_scorecard,
    read_changes,
    unmet_demand,
    yearly_departures,
)
from microlib.metrics.income import segment_profiles
from microlib.metrics.invoices import invoice_indicators
from microlib.metrics.migration import cleared_arrears, npl_bridge
from microlib.metrics.quality import monthly_ratios, ratio_changes, untraced_ratio
from microlib.metrics.rhythm import (
    bank_rhythms,
    launch_week,
    monthly_flows,
    monthly_lending,
    monthly_sales,
    trade_rhythms,
    without_push,
)
from microlib.metrics.segments import families, monthly_leading, of_segments
from microlib.stats.grouping import year_before
from microlib.stats.seasonality import credit_seasons, seasonal_index

#: the page from which a meeting's figure is told -> the result that stands there
TOLD = {
    "book_size": "size",
    "four_pars": "pars",
    "committee_ratios": "committee_ratios",
    "maturing": "due",
    "warnings": "warnings",
    "departures": "departures",
    "unmet_demand": "unmet_demand",
    "scorecard": "scorecard",
    "stage_times": "stage_times",
}
#: months over which bad loans are bridged
SPANS = (1, 12)
ENDS = ("opening", "closing")
NO_LAUNCHES = pd.DataFrame(columns=["segment", "peak_month_name", "launch_date", "launch_week"])


class BranchDiagnosis(Branch):
    """A branch with the results that its diagnosis and the analysis of its groups rest on.

    Open it with ``BranchDiagnosis.of(branch)``.
    """

    CALLED: ClassVar[Mapping[str, str]] = {
        **Branch.CALLED,
        "cuts": "customer_cuts",
        "figures": "meeting_figures",
        "raw": "lending_seasons",
        "clean": "steady_seasons",
        "trade": "trade_seasons",
        "indicators": "sale_indicators",
    }

    #: page one is drawn from the state of the branch and what it is lent on; the tasks stand in their own reports
    PROPOSALS: ClassVar[tuple[str, ...]] = ("book_judgements", "maturity_decisions", "tracing_decisions")

    def titles(self) -> dict[str, object]:
        """Return what the codes of the register are called: groups, products, sources, campaigns and rules."""
        # the house's own are numbered as payers may be, and tables answer none of them
        read = [each.terms for each in read_rules(self.home, as_of=self.as_of)]
        numbered = {each.id: each for each in read if each.id.startswith("R")}
        rules = {code: {"zh": f"{code} {of.zh}", "en": f"{code} {of.text}"} for code, of in numbered.items()}
        campaigns = row_titles(self["campaigns"], key="campaign_id", name="name")
        products = self.if_known("group_products") or ()
        offers = {f"{DESIGNED}{each.code}": {"zh": each.title.zh, "en": each.title.en} for each in products}
        return {
            "segment": self.segments,
            "product_id": row_titles(self["products"], key="product_id", name="name"),
            "source_id": {
                **row_titles(self["core_enterprises"], key="core_id", name="name"),
                **row_titles(self["venue_rosters"], key="venue_id", name="venue_name"),
            },
            "matter": {**campaigns, **rules, **offers},
        }

    # ---- the whole register

    @result
    def book_judgements(self) -> pd.DataFrame:
        """The branch, its sources, groups and products (`Branch.judgements`)."""
        return self._judged_book()

    @kept
    def offer_judgements(self) -> pd.DataFrame:
        """The products designed for groups that live here, each judged once (`Approval.judgement`)."""
        told, found = {"policy": self.policy, "as_of": self.as_of}, []
        for code in (each.code for each in self.group_products):
            judged = Approval(ProductDesign.of(self, product=code)).part("judgement")
            own = judged if isinstance(judged, pd.DataFrame) else None
            found.append(registered_offer(own, product=code, **told))
        return judgement_frame(pd.concat(found, ignore_index=True) if found else None)

    @result
    def pilot_offers(self) -> pd.DataFrame:
        """By what groups that may take new loans can be lent to: ``segment, product, state, due_date, product_id``.

        A group for which nothing was designed has neither product nor state; one that no product of the shelf may be
        offered to either (`Branch.shelf_offers`) has no ``product_id``: of several the codes stand behind each other.
        """
        groups, offers = self.segment_judgements, self.offer_judgements[["segment", "state", "due_date"]]
        made = [(group, f"{DESIGNED}{each.code}") for each in self.group_products for group in each.segments]
        pairs = pd.DataFrame(made, columns=["segment", "product"], dtype="str")
        open_ones = open_groups(groups).to_frame()
        found = open_ones.merge(pairs, on="segment", how="left")
        shelf = next(iter(self.known("shelf_offers")), pd.DataFrame(columns=["segment", "product_id"]))
        sold = shelf.dropna().groupby("segment")["product_id"].agg(lambda codes: " ".join(sorted(codes)))
        told = found.merge(offers.rename(columns={"segment": "product"}), on="product", how="left")
        return told.assign(product_id=told["segment"].map(sold).astype("str"))

    @result
    def judgements(self) -> pd.DataFrame:
        """The whole register: with designed products, the target, campaigns that are over, rules that tables answer."""
        own = self.book_judgements
        given = {
            "target_judgements": BranchRollout.of(self),
            "campaign_judgements": BranchCampaigns.of(self),
            "rule_judgements": BranchReview.of(self),
        }
        found = [self.if_known("offer_judgements"), *(branch.if_known(name) for name, branch in given.items())]
        parts = [own, *(rows for rows in found if rows is not None and len(rows))]
        return judgement_frame(pd.concat(parts, ignore_index=True))

    @result
    def actions(self) -> pd.DataFrame:
        """Everything that is proposed, and all that the register stops, by date (`decisions.list_actions`)."""
        stops = self.judgements[self.judgements["action"] == "stop"]
        return list_actions(
            stops[~stops["segment"].isin(self.book_judgements["segment"])], *self.known(*self.PROPOSALS)
        )

    # ---- the state of the book, and how it came about

    @result
    def ratio_changes(self) -> pd.DataFrame:
        """Balance, borrowers and quality today, and how they moved as far as is known (`quality.ratio_changes`).

        What became current and is to be traced first (`tracing_decisions`) is told as if it were late still.
        """
        found = ratio_changes(self.compute(monthly_ratios))
        asked = self.tracing_decisions
        return untraced_ratio(found, float(asked.loc[asked["step"] == "trace_cleared", "amount_yuan"].sum()))

    @result
    def monthly_ratios(self) -> pd.DataFrame:
        """The same month by month (`quality.monthly_ratios`), where month ends are there."""
        return self.compute(monthly_ratios, loan_months="loan_months")

    @result
    def npl_bridges(self) -> pd.DataFrame:
        """From the bad loans of the last month end, and of a year ago, to today's (`migration.npl_bridge`)."""
        month, year = (self.compute(npl_bridge, months=count).set_index("move") for count in SPANS)
        names = {"loans_count": "count", "balance_yuan": "yuan", "months_count": "months"}
        sides = [side.rename(columns=names).add_prefix(name) for side, name in ((month, "month_"), (year, "year_"))]
        return sides[0].join(sides[1]).reset_index()

    @result
    def told_bridge(self) -> pd.DataFrame:
        """The moves of bad loans that a page shows: both ends, and what moved in the month or in the year."""
        rows = self.npl_bridges
        return rows[rows["move"].isin(ENDS) | (rows[["month_yuan", "year_yuan"]] != 0).any(axis="columns")]

    @result
    def cleared_arrears(self) -> pd.DataFrame:
        """What became current again, month by month (`migration.cleared_arrears`)."""
        return self.compute(cleared_arrears)

    @result
    def tracing_decisions(self) -> pd.DataFrame:
        """Whose money made late loans current, and what paid bad ones (`decisions.tracing_decisions`)."""
        asked = {"cleared": self.if_known("cleared_arrears"), "bridges": self.if_known("npl_bridges")}
        return tracing_decisions(**asked, policy=self.policy, as_of=self.as_of)

    # ---- what comes

    @result
    def crossing_managers(self) -> pd.DataFrame:
        """Loans about to become non-performing, by who answers for them (`arrears.crossing_managers`)."""
        return crossing_managers(self.crossing)

    @result
    def slowing_payers(self) -> pd.DataFrame:
        """Sources of repayment that are stopped because they pay later than they did; none where none was judged."""
        judged = next(iter(self.known("source_judgements")), judgement_frame())
        return judged[judged["step"] == "stop_behind_core"].reset_index(drop=True)

    @result
    def known_launches(self) -> pd.DataFrame:
        """The weeks in which campaigns begin, as far as a season is known, of groups that may take new loans."""
        found = next(iter(self.known("launches")), NO_LAUNCHES).dropna(subset=["launch_date"])
        groups = self.if_known("segment_judgements")
        free = [] if groups is None else open_groups(groups)
        return found[found["segment"].isin(free)].reset_index(drop=True)

    # ---- what moved, what the week brings

    @result
    def book_changes(self) -> pd.DataFrame:
        """What moved beyond noise since the last month end (`diagnosis.read_changes`)."""
        before = self.compute(earlier_ledger)
        return read_changes(book_readings(before, self.loans))

    @result
    def week_list(self) -> pd.DataFrame:
        """What is due, new or missing, by day (`workdays.week_list`); each kind of item as far as it can be told."""
        days = self.week.ahead_days
        asked = [
            (loan_items, {}),
            (facility_items, {"days": days}),
            (cap_items, {"alert_share": self.week.cap_alert_share}),
            (campaign_items, {"days": days}),
            (policy_items, {"days": days}),
            (data_items, {}),
        ]
        found = [self.attempt(items, **given) for items, given in asked]
        return week_list(*[items for items in found if not isinstance(items, BadData)])

    @result
    def duty_table(self) -> pd.DataFrame:
        """Who does, signs, is asked and is told, for each decision (`workdays.duty_table`)."""
        return self.compute(duty_table)

    @result
    def duty_subjects(self) -> pd.DataFrame:
        """Each decision with who answers for it (`workdays.duty_subjects`)."""
        return duty_subjects(self.duty_table)

    @result
    def meeting_figures(self) -> pd.DataFrame:
        """Every figure that a meeting may be told, with the page it stands on (`workdays.meeting_figures`)."""
        read = {page: self.part(name) for page, name in TOLD.items()}
        return meeting_figures({page: each for page, each in read.items() if isinstance(each, pd.DataFrame)})

    # ---- whom the branch serves, lost and missed

    @result
    def customer_cuts(self) -> pd.DataFrame:
        """Customers and borrowers by size, kind, trade and venue (`diagnosis.customer_cuts`)."""
        return self.compute(customer_cuts)

    @result
    def departures(self) -> pd.DataFrame:
        """Borrowers of a year ago without a loan now (`diagnosis.yearly_departures`)."""
        return self.compute(yearly_departures)

    @result
    def unmet_demand(self) -> pd.DataFrame:
        """Who asked and was refused, cut short, kept waiting (`diagnosis.unmet_demand`)."""
        return self.compute(unmet_demand, slow_days=self.week.slow_days)

    @result
    def scorecard(self) -> pd.DataFrame:
        """Six figures of inclusive lending, as policy defines it (`diagnosis.inclusive_scorecard`)."""
        week = self.week
        meant = Definition(week.inclusive_cap_yuan, week.inclusive_kinds, week.inclusive_sizes)
        return self.compute(inclusive_scorecard, counted=self.compute(inclusive_loans, definition=meant))

    @result
    def product_results(self) -> pd.DataFrame:
        """What each product earned, lost and reached in a year (`lineup.product_results`)."""
        return self.compute(product_results, since=year_before(self.as_of))

    # ---- the groups that matter

    @result
    def segment_profiles(self) -> pd.DataFrame:
        """What the leading groups turn over, what is missing and for how long (`income.segment_profiles`)."""
        return of_segments(self.compute(segment_profiles), self.leading)

    @result
    def sale_indicators(self) -> pd.DataFrame:
        """Indicators of each firm from the invoices it wrote (`invoices.invoice_indicators`)."""
        return self.compute(invoice_indicators, side="sale")

    @result
    def purchase_indicators(self) -> pd.DataFrame:
        """Indicators of each firm from the invoices it was sent (`invoices.invoice_indicators`)."""
        return self.compute(invoice_indicators, side="purchase")

    # ---- when groups borrow

    @result
    def lending_months(self) -> pd.DataFrame:
        """New lending of the leading groups by month (`rhythm.monthly_lending`)."""
        return monthly_leading(self.compute(monthly_lending, as_of=self.as_of))

    @result
    def flow_sums(self) -> pd.DataFrame:
        """Account flows of the leading groups by month (`rhythm.monthly_flows`)."""
        return monthly_leading(self.compute(monthly_flows, as_of=self.as_of))

    @result
    def sale_sums(self) -> pd.DataFrame:
        """Invoiced sales of the leading groups by month (`rhythm.monthly_sales`)."""
        return monthly_leading(self.compute(monthly_sales, as_of=self.as_of))

    @result
    def steady_months(self) -> pd.DataFrame:
        """New lending by month without the bank's own push (`rhythm.without_push`)."""
        return without_push(self.lending_months)

    @result
    def lending_seasons(self) -> pd.DataFrame:
        """Peak months of lending (`seasonality.credit_seasons`)."""
        return credit_seasons(self.lending_months)

    @result
    def steady_seasons(self) -> pd.DataFrame:
        """Peak months of lending without the push (`seasonality.credit_seasons`)."""
        return credit_seasons(self.steady_months)

    @result
    def trade_seasons(self) -> pd.DataFrame:
        """Peak months of the groups' own trade: of account flows, else of sales (`seasonality.credit_seasons`)."""
        return credit_seasons(self.first("flow_sums", "sale_sums"))

    @result
    def rhythms(self) -> pd.DataFrame:
        """Whether a season is the group's or the bank's (`rhythm.bank_rhythms`); without lending, that of trade."""
        mixed = self.attempt(bank_rhythms, families=families(self.segments))
        if not isinstance(mixed, BadData):
            return mixed
        trade = self.attempt(trade_rhythms)
        if isinstance(trade, BadData):
            raise mixed
        return trade

    @result
    def launches(self) -> pd.DataFrame:
        """The week in which each group's campaign begins (`rhythm.launch_week`)."""
        return self.compute(launch_week)

    @result
    def season_index(self) -> pd.DataFrame:
        """The index by month: of account flows, else of sales, else of lending without the push."""
        return seasonal_index(self.first("flow_sums", "sale_sums", "steady_months"))
