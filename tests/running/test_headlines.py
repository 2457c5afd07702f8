"""The figures of the index come from facts, with interval and count."""

from microlib.running import headlines

RATE = {"value": 0.022, "low": 0.014, "high": 0.127, "count": 60}


def test_figures_stand_in_the_order_of_a_committee():
    facts = {"a.par30_share": RATE, "balance_yuan": {"value": 12_000_000}, "b.npl_share": RATE}
    assert list(headlines.figures_of(facts)) == ["balance_yuan", "npl_share", "par30_share"]


def test_a_rate_of_too_few_cases_shows_its_count_only():
    figure = headlines.figures_of({"npl_share": {**RATE, "count": 2}})["npl_share"]
    assert (figure.main, figure.detail) == ("—", "n=2，过少")


def test_money_is_written_in_wan_and_counts_whole():
    facts = {"balance_yuan": {"value": 12_345_678}, "customers_count": {"value": 1200}}
    assert [figure.main for figure in headlines.figures_of(facts).values()] == ["1,200", "1,234.6"]


def test_a_report_without_known_figures_shows_its_first_rates():
    facts = {f"x{number}_share": RATE for number in range(9)}
    assert len(headlines.figures_of(facts)) == headlines.OTHERS


def test_what_is_no_number_is_left_out():
    assert headlines.figures_of({"npl_share": {"value": None}, "balance_yuan": {"value": "x"}}) == {}


def test_damaged_facts_are_no_facts(tmp_path):
    assert headlines.read_facts(tmp_path) == {}
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "facts.json").write_text("[1]")
    assert headlines.read_facts(tmp_path) == {}


def test_a_figure_without_words_keeps_its_name():
    assert headlines.label("nobody_share", "zh") == "nobody_share"
    assert headlines.label("balance_yuan", "zh") == "贷款余额（万元）"
