"""Papers asked for against papers used."""

import pandas as pd
import pytest

from microlib.errors import EmptyBook
from microlib.metrics.products.papers import paper_uses, saved_waits


def _asked(count, used, **more):
    given = {"document": "lease", "is_mandatory": False, "waited_days": 1.0, "application_id": range(count)}
    return pd.DataFrame({**given, "changed_decision": [True] * used + [False] * (count - used), **more})


@pytest.mark.parametrize(("count", "used", "finding"), [(400, 0, "drop"), (40, 0, "open"), (400, 40, "useful")])
def test_a_paper_is_dropped_on_its_upper_bound_never_on_the_point(count, used, finding):
    assert paper_uses(_asked(count, used), most_share=0.01)["finding"].tolist() == [finding]


def test_no_use_in_forty_has_the_bound_of_the_answer_key():
    assert paper_uses(_asked(40, 0), most_share=0.01)["changed_upper_share"].round(4).tolist() == [0.0722]


def test_what_the_rules_ask_for_is_never_a_candidate():
    assert paper_uses(_asked(900, 0, is_mandatory=True), most_share=0.01)["finding"].tolist() == ["mandatory"]


def test_dropping_saves_only_where_the_paper_was_the_slowest():
    asked = pd.concat([_asked(400, 0, document="bills", waited_days=3.0), _asked(400, 90, waited_days=5.0)])
    uses = paper_uses(asked, most_share=0.01)
    assert saved_waits(asked, uses)["saved_days"].tolist() == [0.0]


def test_unrecorded_use_is_counted_apart():
    found = paper_uses(_asked(3, 0).assign(changed_decision=[None, None, False]), most_share=0.01).iloc[0]
    assert (found["asked_count"], found["known_count"], found["finding"]) == (3, 1, "open")


def test_nothing_asked_for_is_refused():
    with pytest.raises(EmptyBook, match="no paper"):
        paper_uses(_asked(0, 0), most_share=0.01)
