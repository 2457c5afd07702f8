"""What single reports prepare: every result is there on the demo branch, and a missing table is named."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from microlib.contracts.tables import TABLES
from microlib.design.approval import Approval, _sources_usable, nearest_product
from microlib.design.branch import Branch, open_branch
from microlib.design.branch_campaigns import BranchCampaigns
from microlib.design.branch_chain import BranchChain
from microlib.design.branch_diagnosis import BranchDiagnosis
from microlib.design.branch_review import BranchReview
from microlib.design.branch_rollout import BranchRollout
from microlib.design.branch_shelf import BranchShelf
from microlib.design.campaigns import effects_register
from microlib.design.lineup import all_changes, best_changes, changeable
from microlib.design.product_design import ProductDesign
from microlib.design.review_decisions import use_decision
from microlib.design.rollout_plan import target_modes
from microlib.design.supply import supplier_lines
from microlib.errors import BadData, EmptyBook, NeedsTable
from microlib.metrics.campaign_effect import costs_per_added, readable_costs
from microlib.metrics.conduct import use_signs, use_summary
from microlib.metrics.connections import connected_groups, group_exposures
from microlib.metrics.loans import bad_exits, opening_balances
from microlib.report.feeding import NotComputed, told

DAY = date(2026, 6, 30)
SUBJECTS = (BranchCampaigns, BranchChain, BranchDiagnosis, BranchReview, BranchRollout, BranchShelf)
#: results that the demo branch's own data refuse, though no table is absent
REFUSED = {
    "programme_effects",
    "stage_payments",
    "scene_infrastructure",
    "evidence_left",
    "passing_count",
    "pilot_sizes",
}


@pytest.fixture(scope="module")
def branch(demo_home) -> Branch:
    return open_branch(demo_home, branch="0755", as_of=DAY)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.__name__)
def test_every_result_is_there_and_none_is_called_as_a_table(branch, subject):
    held, own = subject.of(branch), set(subject.result_names()) - set(Branch.result_names())
    assert own and not own & {*TABLES, "frames", "files", "findings", "held", "missing", "level"}
    refused = {name: held.part(name) for name in own if isinstance(held.part(name), BadData)}
    assert set(refused) == REFUSED & own
    assert not [name for name, each in refused.items() if isinstance(each, NeedsTable)]


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda each: each.__name__)
def test_what_measures_call_a_result_is_a_result(subject):
    names = {*subject.result_names(), "as_of"}
    assert set(subject.CALLED.values()) <= names, set(subject.CALLED.values()) - names


def test_a_subject_reads_tables_once_with_the_branch(branch):
    assert BranchReview.of(branch).loans is branch.loans


def test_signs_of_use_are_those_of_the_policy(branch):
    review, cuts = BranchReview.of(branch), branch.policy.review
    wanted = use_signs(
        branch["payments"],
        branch["loans"],
        threshold_yuan=cuts.entrusted_threshold_yuan,
        window_days=cuts.use_window_days,
        return_share=cuts.return_share,
    )
    pd.testing.assert_frame_equal(review.use_signs, wanted)
    decided = use_decision(use_summary(wanted), policy=branch.policy, as_of=DAY)
    pd.testing.assert_frame_equal(review.use_decision, decided)


def test_exposures_are_those_of_connected_groups(branch):
    review = BranchReview.of(branch)
    cap, tied = branch.policy.limits.group_cap_yuan, connected_groups(review.link_checklist)
    wanted = group_exposures(tied, branch["loans"], review.link_checklist, cap_yuan=cap)
    pd.testing.assert_frame_equal(review.group_exposures, wanted)


def test_suppliers_lines_are_those_wired_by_hand(branch):
    chain = BranchChain.of(branch)
    given = (chain.control_levels, chain.supplier_receivables, chain.payers, chain.source_members)
    wanted = supplier_lines(*given, caps=chain.core_caps, policy=chain.supply)
    states = branch.source_judgements
    stopped = wanted["core_id"].isin(states.loc[states["state"] == "stop", "segment"])
    assert stopped.any(), "a core of the demo branch pays later and is stopped"
    turned = chain.turned_receipts.query("state == 'open'")["customer_id"]
    shut = wanted["core_id"].isin(chain.closed_places) | wanted["customer_id"].isin(chain.closed_customers)
    wanted = wanted[~stopped & ~shut & ~wanted["customer_id"].isin(turned)]
    assert wanted["customer_id"].nunique() < (~stopped).sum(), "somebody's receipts are still to be cleared"
    pd.testing.assert_frame_equal(chain.supplier_lines, wanted.reset_index(drop=True))


def test_nobody_is_approached_anew_behind_a_stopped_core(branch):
    chain = BranchChain.of(branch)
    stopped = set(branch.stopped_in("source_judgements")) & set(chain.joint_counts["core_id"])
    behind = chain.joint_counts[chain.joint_counts["core_id"].isin(stopped)].set_index("stands")
    assert len(behind) and (behind.drop("borrower")["reachable_count"] == 0).all()
    open_ones = chain.joint_counts.set_index(["core_id", "stands"])["reachable_count"].drop(list(stopped))
    assert open_ones.drop("borrower", level="stands").sum() == len(chain.joint_targets)
    assert not set(chain.outside_suppliers["core_id"]) & stopped


def test_a_stopped_source_that_carries_a_group_is_none_that_its_product_may_use(branch):
    """Whether or not anybody is sized, and whatever else stops the group: the source itself is named."""
    judged = branch.source_judgements
    carried = branch.group_sources
    assert len(carried) and (carried["carried_share"] >= branch.policy.decisions.carrying_share).all()
    source, group = carried.iloc[0][["source_id", "segment"]]
    stop = judged.assign(state=judged["state"].mask(judged["segment"] == source, "stop"))
    none = pd.DataFrame({"source_id": [], "limit_yuan": []})
    named = SimpleNamespace(product=SimpleNamespace(segments=[group]), pilot_sources=none, group_sources=carried)
    for states, answer in ((judged, "yes"), (stop, "no")):
        found = _sources_usable(named, SimpleNamespace(if_known=lambda _, states=states: states))
        assert found[0] == answer and (source in found[3].split()) == (answer == "no")


def test_no_sheet_is_for_a_kind_of_place_whose_every_place_is_closed(branch):
    rosters, closed = branch["venue_rosters"], branch.closed_places
    shut = {kind for kind, rows in rosters.groupby("kind") if rows["venue_id"].isin(closed).all()}
    assert branch.closed_audiences == shut < set(rosters["kind"])


def test_without_payables_nothing_of_a_chain_is_told(branch):
    frames = {**branch.frames, "core_payables": branch["core_payables"].head(0)}
    given = (branch.branch_id, branch.name, branch.as_of, branch.home, branch.is_synthetic, branch._stamp, frames)
    chain = BranchChain(*given)
    for name in ("payers", "evidence", "core_caps", "supplier_lines"):
        assert isinstance(chain.part(name), NeedsTable) and "core_payables" in chain.part(name).tables
    assert isinstance(Branch(*given).evidence, pd.DataFrame)


def test_changes_of_the_shelf_are_those_wired_by_hand(branch):
    shelf = BranchShelf.of(branch)
    terms = {"shelves": shelf.shelves, "policy": branch.policy.pricing}
    changes, states = all_changes(shelf.customer_needs, **terms), branch.product_judgements
    stopped = changes["product_id"].isin(states.loc[states["state"] == "stop", "segment"])
    assert stopped.any(), "a product of the demo branch is stopped"
    pd.testing.assert_frame_equal(shelf.all_changes, changes[~stopped].reset_index(drop=True))
    best = best_changes(shelf.all_changes)
    held = states.loc[states["step"].isin(["look_at_largest", "mend_rule_first"]), "segment"]
    assert best["product_id"].isin(held).any() and not changeable(best, states)["product_id"].isin(held).any()


def test_a_branch_beyond_its_appetite_is_pushed_nowhere(branch):
    rollout, shelf = BranchRollout.of(branch), BranchShelf.of(branch)
    assert branch.branch_judgement["step"].to_list() == ["look_at_largest"] and not branch.may_grow
    assert shelf.best_changes.empty and shelf.change_decisions.empty and rollout.progress_decision.empty


def test_no_scene_is_designed_behind_a_payer_that_is_stopped(branch):
    chain = BranchChain.of(branch)
    actions = chain.opportunity_verdicts.set_index("core_id")["action"]
    gone = set(chain.closed_places) & set(actions.index)
    assert gone == {"H02"} and set(actions.index[actions == "closed"]) == gone
    designed = set(actions.index[actions == "designed"])
    assert designed == {"H01"}, "its suppliers have a product in the register: no second word on it here"
    assert set(chain.opportunity_decisions["segment"]) == set(actions.index) - gone - designed


def test_targets_are_held_against_what_managers_can_do(branch):
    rollout = BranchRollout.of(branch)
    given = (rollout.asked_amount, rollout.seen_capacity, rollout.maturing_amount)
    level = branch.policy.rollout.capacity_level
    pd.testing.assert_frame_equal(rollout.target_modes, target_modes(*given, capacity_level=level))


def test_targets_rest_on_what_the_ledger_and_managers_records_hold(branch):
    """Counted straight off the tables: 12 months' visits and new loans, all of them by managers still there.

    What managers can do is what they lent to groups and in products that the register does not stop.
    """
    rollout, loans = BranchRollout.of(branch), branch["loans"]
    year = loans[loans["disbursed_date"].between("2025-07-01", "2026-06-30") & loans["issue_type"].eq("new")]
    visits = branch["rm_months"].query("'2025-07' <= month <= '2026-06'")["visits_count"].sum()
    habits = rollout.seen_habits.iloc[0]
    assert (habits["visits_count"], habits["loans_count"]) == (visits / 12, len(year) / 12)
    assert habits["ticket_yuan"] == pytest.approx(year["amount_yuan"].mean())
    products, groups, places = (
        set(judged.loc[judged["state"] == "stop", "segment"])
        for judged in (branch.product_judgements, branch.segment_judgements, branch.source_judgements)
    )
    assert (products, groups, places) == ({"P09", "P10"}, {"decoration_trades"}, {"H02", "M01"})
    members = branch.members[branch.members["is_primary"] & branch.members["segment"].isin(groups)]
    gone = branch.closed_customers
    assert gone > set(members["customer_id"])
    still = year[~year["product_id"].isin(products) & ~year["customer_id"].isin(gone)]
    assert 0 < len(still) < len(year)
    assert rollout.seen_capacity["capacity_yuan"].sum() == pytest.approx(still["amount_yuan"].sum() / 12)
    asked = rollout.target_modes.set_index("target_mode").loc["top_down"]
    assert asked["capacity_yuan"] < asked["capacity_high_yuan"] < asked["target_yuan"]
    decided = rollout.target_decision.iloc[0]
    assert (decided["action"], decided["step"]) == ("stop", "renegotiate_target")
    assert decided["overturning_value"] == asked["target_yuan"]


def test_campaigns_are_registered_as_they_are_read(branch):
    read = BranchCampaigns.of(branch)
    costs = readable_costs(costs_per_added(read.campaign_effects, read.total_costs), read.campaign_readings)
    wanted = effects_register(read.campaign_readings, branch["campaigns"], costs, as_of=DAY)
    pd.testing.assert_frame_equal(read.effects_register, wanted)


def test_a_table_that_lacks_beside_another_refusal_is_told_with_it(branch):
    frames = {**branch.frames, "churn_reviews": branch["churn_reviews"].head(0)}
    given = (branch.branch_id, branch.name, branch.as_of, branch.home, branch.is_synthetic, branch._stamp, frames)
    read = BranchCampaigns(*given)
    vars(read)["_refusals"] = {"away_spells": EmptyBook("nobody ever left")}
    found = read.part("reviewed_candidates")
    assert isinstance(found, NeedsTable) and found.tables == ("churn_reviews",)
    assert told(found, read) == NotComputed(needs=("churn_reviews",), refusal="EmptyBook")


def test_bad_loans_of_the_branch_are_bridged_to_its_ledger(branch):
    """Ends are those of other measures; over the year what was written off or sold is what `bad_exits` lists."""
    held = BranchDiagnosis.of(branch)
    yuan = held.npl_bridges.set_index("move")["year_yuan"]
    npl = held.committee_ratios.set_index("measure").loc["npl", "hit_yuan"]
    assert yuan["closing"] == pytest.approx(npl, abs=0.005)
    then = opening_balances(held.loans, held.loan_months, as_of=DAY)
    assert yuan["opening"] == pytest.approx(then["bad_then"].sum(), abs=0.005)
    gone = bad_exits(held.loans, held.loan_months, as_of=DAY)
    assert yuan["written_off"] + yuan["transferred"] == pytest.approx(gone["exit_yuan"].sum(), rel=1e-3)
    assert held.npl_bridges["year_months"].eq(12).all() and yuan["written_off"] > yuan["recovered"] > 0


def test_a_brief_without_month_ends_tells_today_and_names_what_is_missing(branch):
    frames = {**branch.frames, "loan_months": branch["loan_months"].head(0)}
    given = (branch.branch_id, branch.name, branch.as_of, branch.home, branch.is_synthetic, branch._stamp, frames)
    held = BranchDiagnosis(*given)
    today = BranchDiagnosis.of(branch).ratio_changes
    untraced = today["figure"] == "untraced30_share"
    cleared = BranchDiagnosis.of(branch).cleared_arrears.iloc[-1]
    late = today.set_index("figure").loc["overdue30_share", "after"]
    more = cleared["cleared_yuan"] / branch.size["balance_yuan"].iloc[0]
    assert cleared["is_most"] and today.loc[untraced, "after"].to_list() == pytest.approx([late + more])
    today = today[~untraced].reset_index(drop=True)
    pd.testing.assert_frame_equal(held.ratio_changes[["figure", "after"]], today[["figure", "after"]])
    assert held.ratio_changes.filter(like="_change").isna().all(axis=None)
    for name in ("monthly_ratios", "npl_bridges", "cleared_arrears"):
        assert held.part(name).tables == ("loan_months",)


def test_no_campaign_is_launched_for_a_group_that_is_stopped(branch):
    held = BranchDiagnosis.of(branch)
    judged = held.segment_judgements.set_index("segment")["state"]
    dated = held.launches.dropna(subset=["launch_date"])["segment"]
    assert set(held.known_launches["segment"]) == set(dated[dated.map(judged).isin(["pilot", "expand"])])
    assert "stop" in set(dated.map(judged)), "the demo branch has one"


def test_every_rule_of_the_register_has_its_figure_on_our_own_book_or_says_what_is_missing(branch):
    review = BranchReview.of(branch)
    rows, checked = review.rule_judgements.set_index("segment"), review.rules_checked.set_index("id")
    told = rows["share"].notna()
    assert told.any() and (rows.loc[told, "share_count"] > 0).all()
    assert ((rows["share_low"] <= rows["share"]) & (rows["share"] <= rows["share_high"]))[told].all()
    # a rule is broken where a loan breaks it: state and share speak of the same loans
    assert ((checked["state"].reindex(rows.index) == "fail") == (rows["share"] > 0))[told].all()
    assert (rows.loc[checked.loc[rows.index, "state"] == "unknown", "settled_by"] == "missing_tables").all()
    assert (rows["evidence_table"] != "").all()


def test_the_register_holds_what_is_designed_and_pilots_leave_out_stopped_payers(branch):
    held = BranchDiagnosis.of(branch)
    offers = held.judgements[held.judgements["kind"] == "offer"].set_index("segment")
    assert set(offers.index) == {f"offer.{each.code}" for each in held.group_products} and len(offers) > 2
    assert offers["state"].isin(["approve", "revise", "not_now"]).all()
    groups = held.segment_judgements.set_index("segment")
    assert groups.loc["hospital_suppliers", ["state", "but_for"]].to_list() == ["pilot", "H02"]
    assert held.pilot_offers.set_index("segment")["product"].get("hospital_suppliers") == "offer.hospital_supplier"
    rooms = held.pilot_rooms
    again = rooms["budget_yuan"] / (rooms["bad_year_rate"] * rooms["lgd_share"])
    assert (again - rooms["amount_yuan"]).abs().max() < 1e-6


def test_a_product_that_grows_no_further_is_on_no_card(branch):
    shelf, rollout = BranchShelf.of(branch), BranchRollout.of(branch)
    assert branch.withheld & set(branch.product_judgements["segment"])
    sold = {*shelf.scene_cards["product_id"].dropna(), *rollout.customer_benefits["product_id"]}
    assert branch.need_coverage["best_product"].isin(branch.withheld).any(), "what covers most is held here"
    assert not sold & branch.withheld


def test_only_open_groups_with_a_product_of_theirs_are_sold_to(branch):
    groups = branch.segment_judgements.set_index("segment")
    shelf = BranchShelf.of(branch).scene_cards
    assert len(shelf) and groups.loc[shelf["segment"], "state"].isin(["pilot", "expand"]).all()
    assert not (shelf["volume_high_yuan"].to_numpy() > groups.loc[shelf["segment"], "amount_yuan"].to_numpy()).any()
    sold, primary = branch.shelf_offers, branch.members[branch.members["is_primary"]]
    told = shelf.dropna(subset=["product_id"])[["segment", "product_id"]].astype("str")
    assert len(told.merge(sold, on=["segment", "product_id"])) == len(told)
    bare = sold.loc[sold["product_id"].isna(), "segment"]
    assert set(primary.loc[primary["segment"].isin(bare), "customer_id"]) <= branch.shut_customers


def test_a_stopped_branch_lends_to_its_open_groups_alone(demo_home):
    branch = open_branch(demo_home, branch="0021", as_of=DAY)
    assert branch.is_over
    open_ones = branch.segment_judgements.query("state in ['pilot', 'expand']")["segment"]
    primary = branch.members[branch.members["is_primary"]]
    free = set(primary.loc[primary["segment"].isin(open_ones), "customer_id"])
    assert free and set(branch.customers["customer_id"]) - free <= branch.barred_customers
    rollout, campaigns = BranchRollout.of(branch), BranchCampaigns.of(branch)
    listed = {*rollout.work_list["customer_id"], *campaigns.assign_customers["customer_id"]}
    assert listed and listed <= free and set(branch.open_loans["customer_id"]) <= free
    held = branch.product_judgements.query("state == 'stop' or step == 'reprice_product'")["segment"]
    assert len(held) and not branch.open_loans["product_id"].isin(held).any()
    assert rollout.manager_targets["target_yuan"].sum() < open_ones.size * 1e7
    heads = campaigns.held_campaigns.set_index("campaign_id")["is_held"]
    assert heads[branch.campaigns.query("launch_date > @DAY")["campaign_id"]].all()


def test_not_stopping_costs_what_another_years_lending_would_lose(branch):
    lent = branch.loans[branch.loans["disbursed_date"] > "2025-06-30"].groupby("product_id")["amount_yuan"].sum()
    stops = branch.product_judgements.query("state == 'stop'").set_index("segment")
    assert len(stops)
    told = lent.reindex(stops.index) * stops["share"] * float(branch.policy.stress.lgd_high)
    assert (told - stops["waiting_cost_yuan"]).abs().max() < 1e-6


def test_what_is_judged_is_judged_once_for_all_views_of_a_branch(branch):
    own = branch.segment_judgements
    assert all(subject.of(branch).segment_judgements is own for subject in SUBJECTS)


def test_where_nothing_may_be_offered_scenes_name_no_product(branch):
    held = BranchShelf.of(branch)
    vars(held)["withheld"] = frozenset(held.products["product_id"])
    cards = held.scene_cards
    assert len(cards) and cards["product_id"].isna().all()
    assert cards[["volume_low_yuan", "volume_high_yuan"]].isna().all(axis=None)
    assert set(cards["next_step"]) == {"mend_product_first"}
    assert cards["segment"].to_list() == BranchShelf.of(branch).scene_cards["segment"].to_list()


def test_a_lift_is_carried_over_only_by_loans_that_may_be_lent_again(branch):
    """Counted straight off the tables: takers of both arms whose loan's product, group and customer are open today."""
    campaigns, held = BranchCampaigns.of(branch), branch.withheld
    steps = campaigns.campaign_choices.set_index("segment")["step"]
    heads = branch["campaigns"].set_index("campaign_id")["product_id"]
    assert set(steps[heads.reindex(steps.index).isin(held)]) <= {"find_open_product", "change_or_drop", "stop_campaign"}
    loans = branch["loans"][["loan_id", "customer_id", "product_id"]]
    primary = branch.members[branch.members["is_primary"]].set_index("customer_id")["segment"]
    offering = loans["product_id"] + "×" + loans["customer_id"].map(primary)
    shut = loans["customer_id"].isin(branch.barred_customers)
    open_ones = loans[~loans["product_id"].isin(held) & ~offering.isin(held) & ~shut]["loan_id"]
    taken = campaigns.campaign_outcomes.assign(again=lambda rows: rows["loan_id"].isin(open_ones))
    counts = taken[taken["again"]].groupby(["campaign_id", "arm"]).size()
    found = campaigns.open_effects.set_index("campaign_id")
    for campaign, row in found.iterrows():
        assert row["treated_loans_count"] == counts.get((campaign, "treated"), 0)
        assert row["control_loans_count"] == counts.get((campaign, "control"), 0)
    lifted = campaigns.campaign_readings.query("reading == 'lifted'")["campaign_id"]
    assert len(lifted) and (found.loc[lifted, "lift_low"] <= 0).all(), "what it sold is stopped or held since"


def test_no_task_is_open_for_a_campaign_whose_product_takes_nobody_new(branch):
    tasks = BranchRollout.of(branch).task_dates
    product = tasks["campaign_id"].map(branch["campaigns"].set_index("campaign_id")["product_id"])
    held = product.isin(branch.withheld)
    assert held.any() and set(tasks.loc[held, "state"]) <= {"done", "held"} and not tasks.loc[held, "is_critical"].any()


def test_who_hangs_on_a_stopped_source_of_any_kind_gets_no_line(branch):
    assert set(branch.stopped_in("source_judgements")) == {"H02", "M01"}
    lines = ProductDesign.of(branch, product="market_stall").limits
    behind = lines["customer_id"].isin([who for who, source in branch.behind_stopped.items() if source == "M01"])
    assert behind.sum() > 40 and lines.loc[behind, "limit_yuan"].sum() == 0 < lines["limit_yuan"].sum()


def test_the_stop_lines_read_the_share_of_page_one(branch):
    judged = branch.segment_judgements.set_index("segment")
    for product, group in (("market_stall", "hardware_market"), ("hospital_supplier", "hospital_suppliers")):
        rules = ProductDesign.of(branch, product=product).stop_rules.set_index("watched")
        assert judged.loc[group, "measure"].startswith("par30")
        assert rules.loc["par30_adjusted_share", "value"] == judged.loc[group, "share"]


def test_a_written_reason_names_the_product_that_the_group_has_already(branch):
    approval = Approval(ProductDesign.of(branch, product="market_stall"))
    live = branch.grouped.query("segment == 'hardware_market' and balance_yuan > 0")
    most = live.groupby("product_id")["balance_yuan"].sum().idxmax()
    assert approval.nearest_product[["product_id", "is_named"]].values.tolist() == [[most, False]]
    item = approval.checklist.set_index("item").loc["reason_names_nearest"]
    assert (item["answer"], item["is_blocking"]) == ("no", True)
    name = branch["products"].set_index("product_id").loc[most, "name"]
    said = approval.design.product.unserved.model_copy(update={"zh": f"{name}不按旺季放款"})
    told = approval.design.product.model_copy(update={"unserved": said})
    assert nearest_product(ProductDesign(branch, told))["is_named"].to_list() == [True]


def test_no_feature_is_designed_for_a_group_that_is_stopped(branch):
    review, closed = BranchReview.of(branch), branch.stopped_in("segment_judgements")
    told = review.two_axes.set_index("segment")["quadrant"]
    assert told[closed].isin(["able_unwilling", "unable_unwilling"]).any(), "a stopped group's will is weak here"
    open_ones = told.drop(closed)
    assert not open_ones.isin(["able_unwilling", "unable_unwilling"]).any()
    assert review.axes_decision["step"].item() != "lock_collections"
