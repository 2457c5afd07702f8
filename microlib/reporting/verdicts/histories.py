"""What a product's history says: its version, what changed and who says why, what is proposed, how rules would do."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.verdicts.sentences import Sentence, rate_of, sentence

#: what replay found of all rules together -> its sentence
REPLAYED = {"separates": "replay_separates", "inverts": "replay_inverts", "cannot_say": "replay_cannot_say"}


def versions(log: pd.DataFrame, *, changes: pd.DataFrame) -> Sentence:
    """Say which version is in force and what it changed (`design.versions`)."""
    now = log.iloc[-1]
    if changes.empty:
        return sentence("version_first", version_number=now["version"])
    told = _once(changes)
    unexplained = int((told["reason_zh"] == "").sum())
    counts = told["effect"].value_counts()
    values = {
        "version_number": now["version"], "against": str(changes["against"].iloc[0]), "changes_count": len(told),
        "widening_count": int(counts.get("widens", 0)), "narrowing_count": int(counts.get("narrows", 0)),
    }  # fmt: skip
    if unexplained:
        return sentence("version_unexplained", unexplained_count=unexplained, **values)
    return sentence("version_changed", **values)


def proposals(waiting: pd.DataFrame) -> Sentence:
    """Say how many proposals lie on the table (`design.versions.waiting`)."""
    if waiting.empty:
        return sentence("proposals_none")
    told = _once(waiting)
    counts = told["effect"].value_counts()
    proposed = waiting["proposal"].nunique()
    wider, narrower = (int(counts.get(effect, 0)) for effect in ("widens", "narrows"))
    return sentence("proposals", proposals_count=proposed, changes_count=len(told), widening_count=wider,
                    narrowing_count=narrower)  # fmt: skip


def replay(found: pd.DataFrame) -> list[Sentence]:
    """Say what today's access rules would have done to loans already granted (`design.rules.replays`)."""
    whole, each = found.iloc[0], found.iloc[1:]
    untried = list(each.loc[each["finding"] == "not_replayed", "rule"])
    more = [sentence("replay_untried", rule=untried)] if untried else []
    if not whole["refused_count"]:
        return [sentence("replay_nobody", observed_count=whole["observed_count"], bad_count=whole["kept_bad_count"]),
                *more]  # fmt: skip
    said = sentence(REPLAYED[whole["finding"]], observed_count=whole["observed_count"],
                    refused_count=whole["refused_count"], refused_bad_rate=rate_of(whole, "refused_bad_rate"),
                    kept_bad_rate=rate_of(whole, "kept_bad_rate"),
                    refused_good_count=whole["refused_good_count"])  # fmt: skip
    return [said, *more]


def _once(changes: pd.DataFrame) -> pd.DataFrame:
    """Count a wording that changed in both languages once."""
    return changes[~changes["place"].str.endswith(".en")]


VERDICTS = {"versions": versions, "proposals": proposals, "replay": replay}
