"""A clean branch is not accused: a sample of what `make false-alarms` counts over ten seeds."""


def test_a_clean_branch_shows_no_sign(alarms, clean):
    found = alarms.counted(clean)
    assert sum(found.values()) - found["on_day_off"] - found["in_minutes"] <= 1, found
    assert found["on_day_off"] + found["in_minutes"] <= 0.01 * len(clean["applications"])


def test_the_planted_branch_shows_them(alarms, planted):
    found = alarms.counted(planted)
    names = ["returned", "off_purpose", "split_under_threshold", "shared_payee", "unexplained", "at_night"]
    assert min(found[name] for name in [*names, "before_registration", "papers_missing"]) >= 3
