"""Who answers for what."""

from microlib.design.workdays import duties


def test_every_item_has_one_who_does_and_one_who_signs(root):
    table = duties.duty_table(root, as_of="2026-06-30")
    assert (table["responsible"] != "").all() and not table["accountable"].str.contains(" ").any()
    assert duties.duty_counts(table)["signed_count"].sum() == len(table)


def test_what_no_item_holds_is_told(root):
    found = duties.duty_subjects(duties.duty_table(root, as_of="2026-06-30")).set_index("duty_subject")["held"]
    assert found["price"] and not found["campaign_cost"]


def test_every_item_named_by_a_subject_is_there_but_for_the_missing_one(root):
    items = set(duties.duty_table(root, as_of="2026-06-30")["item"])
    named = {item for subject, held in duties.SUBJECTS.items() if subject != "campaign_cost" for item in held}
    assert named <= items


def test_artefacts_are_counted_only_when_policy_says_so(root):
    assert duties.artefact_counts(root, as_of="2026-06-30", is_on=False).empty
    on = duties.artefact_counts(root, as_of="2026-06-30", is_on=True).set_index("ability")["files_count"]
    assert on["pricing_terms"] >= 7
