"""What a committee is handed beside a design: the cost that is stated, the checklist, who signs, and every name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self, TypeVar

import pandas as pd

from microlib.contracts.needs import Computed, result
from microlib.contracts.product import Product
from microlib.contracts.segment import read_segments
from microlib.design.branch import Branch
from microlib.design.checklist import approval_checklist, read_items, required_signatures
from microlib.design.decisions import choose_decisions, evidence_decision, small_line_decision
from microlib.design.judgement import CONDITION_COLUMNS, OPEN_STATES, offer_judgement, stopped
from microlib.design.peers import peer_titles, usage_titles
from microlib.design.pre_mortem import read_modes
from microlib.design.product_design import ProductDesign
from microlib.design.rules import (
    RULE_STATES,
    cost_statement,
    customer_protection,
    read_disclosure,
    read_principles,
    read_rules,
)
from microlib.design.stress import read_scenarios
from microlib.design.term_tables import owners, referrals, row_titles
from microlib.design.terms import Written
from microlib.design.versions import list_proposals, place_titles, read_proposal
from microlib.home import Home

#: what an offer is under every use alike
ALIKE = ("fees_yuan", "max_amount_yuan", "max_term_months", "approval_days", "needs_security")
CLAIM = ["usage", "measure", "own_value", "best_peer_value", "best_peer_id", "finding", "is_allowed"]
CAP = ["rule", "key", "yuan", "used_yuan", "room_yuan", "shadow_rate"]
#: watched figures that the checklist asks for under their own name
KEPT = ("floor_margin_rate", "to_be_verified_share", "one_source_loss_share", "maturity_short_share")
#: figures that a condition of its own judges; stop rules and items on them are not counted a second time
JUDGED_APART = (
    "floor_margin_rate",
    "maturity_short_share",
    "stop_rules_firing_count",
    "sized_count",
)
#: code -> words in both languages
Titles = dict[str, dict[str, str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Approval(Computed):
    """A design as a committee sees it; every result is computed when it is first asked for, and once.

    A report opened on it is fed from it, from the design and from the branch, in this order.

    Parameters
    ----------
    design : ProductDesign
    """

    design: ProductDesign

    @classmethod
    def opened(cls, home: str | Path | Home, *, product: str, branch: str, as_of: str | date) -> Self:
        """Open a design of a branch at a date for a committee; arguments as of `ProductDesign.opened`."""
        return cls(ProductDesign.opened(home, product=product, branch=branch, as_of=as_of))

    @property
    def book(self) -> Branch:
        """The branch, as a report calls it."""
        return self.design.branch

    def argument(self, name: str, kind: str = "") -> object:
        """Return a result of its own, else what `ProductDesign.argument` has."""
        return getattr(self, name) if name in self.result_names() else self.design.argument(name, kind)

    def compute(self, fn: Callable[..., T], **given: object) -> T:
        """Call a measure with what it asks for by name, as `ProductDesign.compute` does."""
        return self.design.compute(fn, **given)

    def titles(self) -> dict[str, object]:
        """Return what every code of the design is called: `design_names`, and what the branch's sources are called."""
        branch = self.design.branch
        sources = row_titles(branch["core_enterprises"], key="core_id", name="name")
        sources |= row_titles(branch["venue_rosters"], key="venue_id", name="venue_name")
        named = design_names(branch.home, product=self.design.product, as_of=branch.as_of)
        shelf = row_titles(branch["products"], key="product_id", name="name")
        return {"source_id": sources, "product_id": shelf, **named}

    @result
    def cost_statement(self) -> pd.DataFrame:
        """The cost of the typical loan as rules want it stated (`rules.cost_statement`)."""
        branch, amount = self.design.branch, self.design.amount_yuan
        told = read_disclosure(branch.home, as_of=branch.as_of)
        return cost_statement(self.design.product, amount_yuan=amount, start=branch.as_of, policy=told)

    @result
    def checklist(self) -> pd.DataFrame:
        """Every item of the checklist, answered as far as figures go (`checklist.approval_checklist`)."""
        branch = self.design.branch
        asked = read_items(branch.home, as_of=branch.as_of)
        unnamed = float((~self.nearest_product["is_named"]).sum())
        return approval_checklist(asked, figures=answer_figures(self.design) | {"unnamed_products_count": unnamed})

    @result
    def nearest_product(self) -> pd.DataFrame:
        """The product of the shelf that the product's groups have today, and whether the reason names it."""
        return nearest_product(self.design)

    @result
    def asked_rules(self) -> pd.DataFrame:
        """The rules that are for this product (`asked_rules`)."""
        return asked_rules(self.design.rules)

    @result
    def protections(self) -> pd.DataFrame:
        """The protections of its customers (`rules.customer_protection`)."""
        branch = self.design.branch
        written = read_principles(branch.home, as_of=branch.as_of)
        return customer_protection(written, rules=self.design.rules, checklist=self.checklist)

    @result
    def signatures(self) -> pd.DataFrame:
        """Who signs, and what is open before each (`checklist.required_signatures`)."""
        return required_signatures(self.checklist, authority=self.design.limits["authority"].dropna())

    # ---- the judgement

    @result
    def conditions(self) -> pd.DataFrame:
        """What must hold before the pilot may start, each answered (`judged_conditions`)."""
        return judged_conditions(self)

    @result
    def judgement(self) -> pd.DataFrame:
        """The product in this branch, judged once (`judgement.offer_judgement`)."""
        design, branch = self.design, self.design.branch
        groups = branch.if_known("segment_judgements")
        left_out = ""
        if groups is not None:
            mine = groups[groups["segment"].isin(design.product.segments)]
            left_out = " ".join(dict.fromkeys(" ".join(mine["but_for"]).split()))
        judged = offer_judgement(
            self.conditions,
            design.volume,
            room_yuan=design.pilot_room_yuan,
            margin_rate=_floor_margin(design),
            product=design.product.code,
            policy=branch.policy,
            as_of=branch.as_of,
        )
        return judged.assign(but_for=left_out)

    @result
    def decisions(self) -> pd.DataFrame:
        """The judgement, that of the product's groups, and what is to be done (`decisions.choose_decisions`)."""
        design, branch = self.design, self.design.branch
        told = {"product": design.product.code, "policy": branch.policy.decisions, "as_of": branch.as_of}
        if self.judgement["state"].iloc[0] == "not_now":
            closed = [_closed(groups, design.product) for groups in branch.known("segment_judgements")]
            return choose_decisions(self.judgement, *closed)
        tasks = [small_line_decision(design.margin_summary, **told)]
        if self.judgement["state"].iloc[0] == "approve":  # what is not offered yet needs nobody's papers
            tasks.append(evidence_decision(design.limits, **told))
        return choose_decisions(self.judgement, *tasks)

    # ---- what a page shows of a longer result

    @result
    def refusing_rules(self) -> pd.DataFrame:
        """Access rules that would have refused somebody (`replay_view`)."""
        return replay_view(self.design.replay)

    @result
    def cost_rows(self) -> pd.DataFrame:
        """Each offer's cost under each use (`matrix_view`)."""
        return matrix_view(self.design.cost_matrix)

    @result
    def claims(self) -> pd.DataFrame:
        """What may be claimed beside peers (`claim_view`)."""
        return claim_view(self.design.selling_points)

    @result
    def reached_scenarios(self) -> pd.DataFrame:
        """Scenarios that reach a line (`reached`)."""
        return reached(self.design.scenarios)

    @result
    def reached_drivers(self) -> pd.DataFrame:
        """Single quantities that reach a line (`reached`)."""
        return reached(self.design.tornado)

    @result
    def reached_points(self) -> pd.DataFrame:
        """Breaking points of those (`reached`)."""
        return reached(self.design.breaking_points)

    @result
    def telling_caps(self) -> pd.DataFrame:
        """Caps of the whole programme and those that bind (`telling_caps`)."""
        return telling_caps(self.design.programme_rules)

    @result
    def signing_page(self) -> pd.DataFrame:
        """Who signs, with room for it (`signing_view`)."""
        return signing_view(self.signatures)


def judged_conditions(approval: Approval) -> pd.DataFrame:
    """Answer each condition of `judgement.CONDITIONS` from what was judged below the product and computed for it.

    Returns
    -------
    DataFrame
        `judgement.CONDITION_COLUMNS`: ``answer`` is yes, no, or unknown where nothing could be computed; ``value`` and
        ``limit`` the figures behind it; ``blocked_by`` the groups, sources, rules or items that say no.
    """
    design, branch = approval.design, approval.design.branch
    makers = {
        "segment_is_open": _groups_open,
        "somebody_is_sized": _somebody_sized,
        "no_standard_product": _no_standard,
        "stop_rules_hold": _no_rule_fires,
        "sources_are_usable": _sources_usable,
        "price_is_above_floor": _above_floor,
        "principal_is_repaid": _principal_repaid,
    }
    rows = [(name, *maker(design, branch)) for name, maker in makers.items()]
    asked = approval.checklist[~approval.checklist["measure"].isin(JUDGED_APART)]
    refused = asked[asked["is_blocking"] & (asked["answer"] == "no")]
    silent = asked[asked["is_blocking"] & (asked["answer"] == "unknown")]
    answer = "no" if len(refused) else "unknown" if len(silent) else "yes"
    rows.append(("checklist_holds", answer, len(refused), 0, " ".join([*refused["item"], *silent["item"]])))
    return pd.DataFrame(rows, columns=CONDITION_COLUMNS).astype({"value": "float64", "limit": "float64"})


def _groups_open(design: ProductDesign, branch: Branch) -> tuple:
    states = branch.if_known("segment_judgements")
    if states is None:
        return "unknown", None, None, ""
    mine = states[states["segment"].isin(design.product.segments)]
    closed = _closed(states, design.product)
    present = {segment for here in branch.known("sizes") for segment in here["segment"]}
    unjudged = (present & set(design.product.segments)) - set(mine["segment"])
    answer = "no" if len(closed) else "unknown" if mine.empty or unjudged else "yes"
    worst = closed if len(closed) else mine
    value = worst["share"].max() if len(worst) else None
    return answer, value, float(branch.policy.quality.appetite_share), " ".join(closed["segment"])


def _closed(groups: pd.DataFrame, product: Product) -> pd.DataFrame:
    """Return the judgements of a product's groups that allow no new lending."""
    return groups[groups["segment"].isin(product.segments) & ~groups["state"].isin(OPEN_STATES)]


def _somebody_sized(design: ProductDesign, branch: Branch) -> tuple:
    sized = int((design.limits["limit_yuan"] > 0).sum())
    customers = int(design.volume.iloc[-1]["customers_count"])
    return ("yes" if customers else "no"), sized, 1, ""


def _no_standard(design: ProductDesign, branch: Branch) -> tuple:
    least = float(branch.policy.decisions.standard_cover_share)
    share, product = _covered(branch.if_known("need_coverage"), design)
    if design.product.unserved is not None:
        return "yes", share, least, ""
    if share is None:
        return "unknown", None, least, ""
    return ("no", share, least, product) if share >= least else ("yes", share, least, "")


def _covered(covered: pd.DataFrame | None, design: ProductDesign) -> tuple[float | None, str]:
    """Return the share of a need that a standard product meets, and which product that is; missing if not known."""
    if covered is None:
        return None, ""
    mine = covered[covered["segment"].isin(design.product.segments)]
    if mine.empty:
        return None, ""
    best = mine["best_product"].dropna()
    share = mine["covered_count"].sum() / mine["needing_count"].sum()
    return float(share), str(best.iloc[0]) if len(best) else ""


def _no_rule_fires(design: ProductDesign, branch: Branch) -> tuple:
    rules = design.stop_rules
    fired = rules[(rules["state"] == "fires") & ~rules["watched"].isin(JUDGED_APART)]
    if len(fired):
        return "no", len(fired), 0, " ".join(fired["rule"])
    open_ones = rules[rules["state"] == "unknown"]
    return ("unknown" if len(open_ones) else "yes"), 0, 0, " ".join(open_ones["rule"])


def _sources_usable(design: ProductDesign, branch: Branch) -> tuple:
    states = branch.if_known("source_judgements")
    if states is None:
        return ("yes" if design.sources.empty else "unknown"), None, None, ""
    used = design.pilot_sources
    used = used[used["limit_yuan"] > 0]
    # a group that a stopped source carries hangs on it, even where that leaves nobody to size
    carried = design.group_sources
    closed = stopped(states)
    closed = closed[closed.isin([*used["source_id"], *carried["source_id"]])]
    return ("no" if len(closed) else "yes"), len(closed), 0, " ".join(closed)


def _above_floor(design: ProductDesign, branch: Branch) -> tuple:
    margin = _floor_margin(design)
    return ("yes" if margin >= 0 else "no"), margin, 0.0, ""


def _floor_margin(design: ProductDesign) -> float:
    """Return the usual loan's rate over its floor at the mean default rate."""
    floors = design.floors_typical
    return float(floors.loc[floors["pd_case"] == "mean", "margin_rate"].iloc[0])


def _principal_repaid(design: ProductDesign, branch: Branch) -> tuple:
    short = design.figures.get("maturity_short_share")
    if short is None or pd.isna(short):
        return "unknown", None, None, ""
    return ("yes" if short <= 0 else "no"), short, 0.0, ""


def nearest_product(design: ProductDesign) -> pd.DataFrame:
    """Name the product by which most is lent to the design's groups already, and say whether the reason names it.

    Answers "you say that no product serves them; what of the one that they have?" The product's own name in the bank,
    or its code, stands in the written reason (``Product.unserved``), or it is not named.

    Returns
    -------
    DataFrame
        One row or none (nothing is lent to the groups, or nothing is known of products): ``product_id, name``,
        ``balance_share`` of the groups' balance, ``is_named``.
    """
    grouped, product = design.branch.if_known("grouped"), design.product
    nothing = pd.DataFrame(columns=["product_id", "name", "balance_share", "is_named"]).astype({"is_named": "bool"})
    if grouped is None:
        return nothing
    mine = grouped[grouped["segment"].isin(product.segments) & (grouped["balance_yuan"] > 0)]
    owed = mine.groupby("product_id", observed=True)["balance_yuan"].sum().astype("float64")
    if owed.empty:
        return nothing
    code, shelf = str(owed.sort_index().idxmax()), design.branch["products"]
    called = shelf.loc[shelf["product_id"] == code, "name"].dropna().astype("str").to_list()
    reason = "" if product.unserved is None else f"{product.unserved.zh} {product.unserved.en}"
    named = any(text and text in reason for text in (code, *called))
    row = (code, called[0] if called else code, float(owed[code] / owed.sum()), named)
    return pd.DataFrame([row], columns=nothing.columns)


def answer_figures(design: ProductDesign) -> dict[str, float]:
    """Turn a design's results into the figures that the checklist asks for; what could not be had is left open.

    Returns
    -------
    dict
        Value by measure of ``contracts.approvals``.
    """
    answers: dict[str, float] = {}
    for name, maker in ANSWERS.items():
        found = design.part(name)
        answers |= maker(found) if isinstance(found, pd.DataFrame) else {}
    figures = design.part("figures")
    answers |= {name: figures[name] for name in KEPT if isinstance(figures, dict) and name in figures}
    if design.product.limit.source == "none" and answers.get("sized_count"):
        answers["one_source_loss_share"] = 0.0
    return {name: float(value) for name, value in answers.items() if not pd.isna(value)}


def _served(screened: pd.DataFrame) -> dict[str, float]:
    return {"members_count": len(screened), "eligible_count": (screened["outcome"] == "eligible").sum()}


def _excluded(listed: pd.DataFrame) -> dict[str, float]:
    return {"exclusions_count": len(listed)}


def _sized(limits: pd.DataFrame) -> dict[str, float]:
    """Count the lines; where none was sized there is nothing to judge, neither by this item nor by what rests on it."""
    sized = int((limits["limit_yuan"] > 0).sum())
    return {"sized_count": sized} if sized else {}


def _ruled(rules: pd.DataFrame) -> dict[str, float]:
    names = {
        "fail": "rules_failed_count",
        "unknown": "rules_unknown_count",
        "unverified_pass": "rules_unverified_count",
    }
    return {name: (rules["state"] == state).sum() for state, name in names.items()}


def _changed(changes: pd.DataFrame) -> dict[str, float]:
    return {"changes_unexplained_count": (changes["reason_zh"] == "").sum()}


def _stopped(stops: pd.DataFrame) -> dict[str, float]:
    names = {"fires": "stop_rules_firing_count", "unknown": "stop_rules_unknown_count"}
    return {name: (stops["state"] == state).sum() for state, name in names.items()}


def _failing(modes: pd.DataFrame) -> dict[str, float]:
    asked = modes[modes["state"] != "not_applicable"]
    return {
        "modes_unwatched_count": ((asked["watched"] != "") & ~asked["is_covered"]).sum(),
        "modes_unknown_loss_count": (asked["loss_state"] == "unknown").sum(),
    }


def _costed(cost: pd.DataFrame) -> dict[str, float]:
    return {"stated_cost_rate": cost.set_index("scope").loc["borrower", "eir_rate"]}


def _claimed(points: pd.DataFrame) -> dict[str, float]:
    return {"claims_unproven_count": ((points["finding"] == "best") & ~points["is_allowed"]).sum()}


#: result of a design -> what the checklist reads off it
ANSWERS: dict[str, Callable[[pd.DataFrame], dict[str, float]]] = {
    "screened": _served,
    "not_served": _excluded,
    "limits": _sized,
    "rules": _ruled,
    "changes": _changed,
    "stop_rules": _stopped,
    "failure_modes": _failing,
    "cost": _costed,
    "selling_points": _claimed,
}


def reached(found: pd.DataFrame) -> pd.DataFrame:
    """Keep the scenarios or single quantities that reach a line of this product.

    Parameters
    ----------
    found : DataFrame
        Of `stress.losses` or `stress.drivers`: ``hit_count`` or ``state``; the base row is kept. Not modified.

    Examples
    --------
    >>> reached(pd.DataFrame({"scenario": ["base", "core_fails"], "hit_count": [0, 0]}))["scenario"].to_list()
    ['base']
    """
    if "hit_count" not in found:
        return found[found["state"] != "not_applicable"].reset_index(drop=True)
    base = found["scenario"] == "base" if "scenario" in found else pd.Series(False, index=found.index)
    return found[base | (found["hit_count"] > 0)].reset_index(drop=True)


def replay_view(replayed: pd.DataFrame) -> pd.DataFrame:
    """Keep all rules together and each rule that would have refused somebody.

    Parameters
    ----------
    replayed : DataFrame
        Result of `rules.replays.replay_access`. Not modified.
    """
    return replayed[(replayed["rule"] == "all") | (replayed["refused_count"] > 0)].reset_index(drop=True)


def asked_rules(rules: pd.DataFrame) -> pd.DataFrame:
    """Keep the rules that a product must keep now or later; those that are not for it are left out.

    Examples
    --------
    >>> asked_rules(pd.DataFrame({"state": ["fail", "not_applicable"]}))["state"].to_list()
    ['fail']
    """
    return rules[rules["state"].isin(RULE_STATES) & (rules["state"] != "not_applicable")].reset_index(drop=True)


def matrix_view(matrix: pd.DataFrame) -> pd.DataFrame:
    """Keep of the cost matrix the offer, when it was seen, whether it is invented, and the rate under each use."""
    rates = [name for name in matrix.columns if name.endswith("_rate")]
    return matrix[["offer_id", *rates, "seen_date", "is_synthetic"]]


def claim_view(points: pd.DataFrame) -> pd.DataFrame:
    """Show costs under each use that we serve, and once what does not change with use.

    Parameters
    ----------
    points : DataFrame
        Result of `peers.comparisons.selling_points`. Not modified.
    """
    offered = points[points["finding"] != "not_offered"]
    alike = offered["measure"].isin(ALIKE)
    once = offered[alike].drop_duplicates("measure").assign(usage="all")
    return pd.concat([offered[~alike], once], ignore_index=True)[CLAIM]


def telling_caps(rules: pd.DataFrame) -> pd.DataFrame:
    """Keep the caps of the whole programme and those that bind, dearest first."""
    told = rules[(rules["scope"] == "programme") | (rules["shadow_rate"] != 0)]
    return told.sort_values("shadow_rate", ascending=False, kind="stable")[CAP].reset_index(drop=True)


def signing_view(signatures: pd.DataFrame) -> pd.DataFrame:
    """Leave room for a name and a day behind each role that signs."""
    return signatures.drop(columns="open_count").assign(signature="", signed_on="")


def design_names(home: Home, *, product: Product, as_of: date) -> dict[str, object]:
    """Return every name that the codes of one design bear, as a report is taught them.

    Returns
    -------
    dict
        Column -> code -> words in both languages, or terms that carry them. A code that stands in a column without
        names of its own is called as the first of these columns calls it.
    """
    return {
        "segment": [*read_segments(home.config("segments")), product],
        "product": [product],
        "scenario": stress_titles(home),
        "need": {product.code: product.need},
        "unserved": {product.code: product.unserved or product.need},
        "purpose": {product.code: product.purpose},
        "gap": product.access,
        "place": place_titles(home, product=product),
        "proposal": proposal_titles(home),
        "usage": usage_titles(home),
        "offer_id": {**peer_titles(home, as_of=as_of), product.code: product},
        "exclusion": product.not_served,
        "refer_to": referrals(product),
        "rule": [*product.access, *product.stop_rules],
        "step": product.stop_rules,
        "owner": owners(product),
        "id": rule_numbers(home, as_of=as_of),
        "mode": mode_titles(home, as_of=as_of),
        "item": {**{fee.code: fee for fee in product.fees}, **item_titles(home, as_of=as_of)},
    }


def mode_titles(home: Home, *, as_of: date) -> Titles:
    """Return what each failure mode is called, by its code."""
    return _titles(read_modes(home, as_of=as_of))


def item_titles(home: Home, *, as_of: date) -> Titles:
    """Return what each item of the approval checklist is called, by its code."""
    return _titles(read_items(home, as_of=as_of))


def rule_numbers(home: Home, *, as_of: date) -> Titles:
    """Return the numbers of the rules under themselves, so that none is taken for another code."""
    return {each.terms.id: {"zh": each.terms.id, "en": each.terms.id} for each in read_rules(home, as_of=as_of)}


def proposal_titles(home: Home) -> Titles:
    """Return what each written proposal is called, by the name of its file."""
    names = list_proposals(home)
    found = {name: read_proposal(home, proposal=name).title for name in names}
    return {name: {"zh": title.zh, "en": title.en} for name, title in found.items()}


def stress_titles(home: Home) -> Titles:
    """Return what each scenario and each driver is called, by its code."""
    written = read_scenarios(home)
    return {each.code: {"zh": each.said.zh, "en": each.said.en} for each in (*written.scenarios, *written.drivers)}


def _titles(written: tuple[Written, ...]) -> Titles:
    return {each.code: {"zh": each.terms.title.zh, "en": each.terms.title.en} for each in written}
