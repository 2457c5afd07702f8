"""A share beside its counts."""

import pandas as pd

from microlib.metrics.counted_shares import with_share


def test_three_of_sixty_has_the_interval_of_the_answer_key():
    found = with_share(pd.DataFrame({"bad": [3], "all": [60]}), hit="bad", base="all", name="bad")
    assert found[["bad_share", "bad_low", "bad_high"]].round(4).iloc[0].tolist() == [0.05, 0.0143, 0.1274]


def test_nothing_to_divide_by_leaves_the_share_missing():
    found = with_share(pd.DataFrame({"bad": [0, 1], "all": [0, 4]}), hit="bad", base="all", name="bad")
    assert found["bad_share"].isna().tolist() == [True, False]
    assert found["bad_share_count"].tolist() == [0, 4]
