"""What may be told of a table's cells: an attacker who knows every shown number recovers none of the hidden ones."""

import numpy as np
import pandas as pd
import pytest

from microlib.stats.suppression import suppressed

RULES = {"fewest": 5, "dominance_share": 0.7}


def random_cells(seed: int, *, rows: int = 6, columns: int = 8) -> pd.DataFrame:
    """Cells with few and many customers, empty ones, and some that one customer rules."""
    dice = np.random.default_rng(seed)
    counts = dice.choice([0, 1, 2, 4, 6, 9, 15, 30], size=rows * columns)
    biggest = dice.choice([0.1, 0.3, 0.6, 0.9], size=rows * columns) * 1e6
    place = pd.MultiIndex.from_product([[f"s{i}" for i in range(rows)], [f"b{i}" for i in range(columns)]])
    frame = pd.DataFrame({"customers_count": counts, "total_yuan": 0.0, "largest_yuan": 0.0}, index=place)
    frame["largest_yuan"] = np.where(counts > 0, biggest, 0.0)
    frame["total_yuan"] = np.where(counts == 1, biggest, np.where(counts > 1, biggest + counts * 5e4, 0.0))
    return frame.rename_axis(["segment", "branch_id"]).reset_index()


def recovered(told: pd.DataFrame, *, rows: str, columns: str) -> list:
    """Return the hidden cells that linear algebra recovers from the shown ones: the attack."""
    hidden = told[~told["is_shown"]].reset_index(drop=True)
    lines = []
    for name, other in ((rows, columns), (columns, rows)):
        for code in told[name].unique():
            sign = np.where(hidden[other] == "all", -1.0, 1.0)
            lines.append(np.where(hidden[name] == code, sign, 0.0))
    matrix = np.array(lines)
    rank = np.linalg.matrix_rank(matrix)
    units = np.eye(len(hidden))
    return [i for i in hidden.index if np.linalg.matrix_rank(np.vstack([matrix, units[i]])) == rank]


@pytest.mark.parametrize("seed", range(12))
def test_no_cell_can_be_recovered_by_subtraction(seed):
    told = suppressed(random_cells(seed), by=["segment", "branch_id"], **RULES)
    assert 0 < (~told["is_shown"]).sum() < len(told)
    assert recovered(told, rows="segment", columns="branch_id") == []


def test_the_attack_succeeds_where_only_sensitive_cells_are_hidden():
    told = suppressed(random_cells(1), by=["segment", "branch_id"], **RULES)
    naive = told.assign(is_shown=told["suppression"].isin(["", "complement"]))
    assert recovered(naive, rows="segment", columns="branch_id")


@pytest.mark.parametrize("seed", range(6))
def test_what_a_line_hides_together_is_neither_few_nor_of_one(seed):
    cells = random_cells(seed)
    told = suppressed(cells, by=["segment", "branch_id"], **RULES)
    inner = told[(told["segment"] != "all") & (told["branch_id"] != "all")]
    hidden = cells[~inner["is_shown"].to_numpy()]
    for name, margin in (("segment", "branch_id"), ("branch_id", "segment")):
        known = set(told[(told[margin] == "all") & told["is_shown"]][name])
        together = hidden[hidden[name].isin(known)].groupby(name).agg({"customers_count": "sum", "total_yuan": "sum",
                                                                       "largest_yuan": "max"})  # fmt: skip
        assert (together["customers_count"] >= 5).all()
        assert (together["largest_yuan"] <= 0.7 * together["total_yuan"]).all()


def test_hidden_numbers_are_not_in_the_frame_and_nothing_is_altered(unchanged):
    cells = random_cells(3).assign(npl_share=0.5)
    with unchanged(cells):
        told = suppressed(cells, by=["segment", "branch_id"], **RULES)
    hidden = told[~told["is_shown"]]
    assert hidden[["customers_count", "total_yuan", "npl_share"]].isna().all(axis=None)
    assert "largest_yuan" not in told


def test_one_list_with_one_small_group_hides_a_second():
    cells = pd.DataFrame({"segment": list("abc"), "customers_count": [50, 3, 20], "total_yuan": [50.0, 3.0, 20.0],
                          "largest_yuan": [2.0, 1.0, 2.0]})  # fmt: skip
    told = suppressed(cells, by=["segment"], **RULES).set_index("segment")
    assert told["suppression"].to_dict() == {"a": "", "b": "few", "c": "complement", "all": ""}


def test_one_customer_who_holds_most_of_a_cell_hides_it():
    cells = pd.DataFrame({"segment": list("ab"), "customers_count": [50, 30], "total_yuan": [100.0, 100.0],
                          "largest_yuan": [71.0, 70.0]})  # fmt: skip
    told = suppressed(cells, by=["segment"], **RULES)
    assert told["suppression"].to_list() == ["dominant", "complement", ""]


def test_a_table_without_a_sensitive_cell_is_shown_whole():
    cells = random_cells(2).assign(customers_count=10, total_yuan=1e6, largest_yuan=1e5)
    told = suppressed(cells, by=["segment", "branch_id"], **RULES)
    assert told["is_shown"].all()
    assert told["total_yuan"].iloc[-1] == cells["total_yuan"].sum()


def test_a_lone_customer_leaves_nothing_but_a_hidden_table():
    cells = pd.DataFrame({"segment": ["a"], "customers_count": [1], "total_yuan": [9.0], "largest_yuan": [9.0]})
    assert not suppressed(cells, by=["segment"], **RULES)["is_shown"].any()
