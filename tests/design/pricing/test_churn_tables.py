"""A bank's own table of churn: read with its place named, priced for the grades that a branch has, absent said so."""

import pandas as pd
import pytest

from microlib.design.pricing.churn_tables import NoChurns, churn_prices, read_churns
from microlib.errors import BadData, EmptyBook


@pytest.fixture
def table(tmp_path):
    rows = [("A", rate / 1000, (rate - 40) / 110) for rate in range(40, 151)]
    pd.DataFrame(rows, columns=["grade", "yearly_rate", "churn_share"]).to_csv(tmp_path / "churns.csv", index=False)
    return tmp_path


def test_a_home_without_the_table_says_which_file(tmp_path) -> None:
    with pytest.raises(NoChurns, match="no table of churn by rate") as caught:
        read_churns(tmp_path)
    assert caught.value.where.endswith("churns.csv")


def test_a_cell_that_is_no_number_is_named_with_its_row(tmp_path) -> None:
    (tmp_path / "churns.csv").write_text("grade,yearly_rate,churn_share\nA,0.04,0\nA,4%,0.1\n", encoding="utf-8")
    with pytest.raises(BadData, match="row 2: 4%, 0.1"):
        read_churns(tmp_path)


def test_without_default_the_best_rate_of_a_straight_line_is_its_middle(table) -> None:
    """Closed form: with churn rising evenly from 4 to 15 percent and cost 2 percent, the best rate is 8.5 percent."""
    good = pd.DataFrame({"rating": ["A"] * 4000, "is_defaulted": [False] * 4000})
    found = churn_prices(read_churns(table), customers=good, cost_rate=0.02, lgd_share=0.0)
    assert found["yearly_rate"].item() == pytest.approx(0.085) and found["total_count"].item() == 4000


def test_a_branch_without_those_grades_is_refused(table) -> None:
    others = pd.DataFrame({"rating": ["Z"], "is_defaulted": [False]})
    with pytest.raises(EmptyBook, match="no customer has a grade of the churn table"):
        churn_prices(read_churns(table), customers=others, cost_rate=0.02, lgd_share=0.4)
