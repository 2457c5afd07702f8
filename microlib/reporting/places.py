"""Places in a product's terms, and what stood there, in words: ``limit.cap_yuan`` is one customer's largest line."""

from __future__ import annotations

import pandas as pd

from microlib.reporting.catalogues import Words

#: place -> the column whose codes stand there
CODED = {
    "channel": "channel",
    "kinds": "kind",
    "limit.collateral": "collateral",
    "limit.source": "source",
    "rate_type": "rate_type",
    "repayment.method": "repayment",
    "secured": "guarantee",
    "segments": "segment",
    "size.method": "need_method",
    "status": "status",
}
SIDES = ("old", "new")


def place_words(place: str, words: Words) -> str:
    """Return a place of the terms in words; of an item, its list, its name and what of it.

    Examples
    --------
    >>> place_words("limit.cap_yuan", Words("zh")), place_words("access.young_business.value", Words("zh"))
    ('单户额度上限', '准入规则 · young_business · 数值')
    """
    whole = words.code("term_place", place)
    if whole != place:
        return whole
    return " · ".join(words.code("term_place", step) for step in place.split(".") if step not in ("zh", "en"))


def with_sides(frame: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Tell what stood at each place, old and new, in the columns ``old_code`` and ``new_code``, in words.

    Wordings in the other language are left out: who reads this report reads one.
    """
    if "place" not in frame.columns:
        return frame
    other = {"zh": ".en", "en": ".zh"}[words.lang]
    kept = frame[~frame["place"].str.endswith(other)]
    told = {f"{side}_code": [_code(place, text, words) for place, text in
                             zip(kept["place"], kept[f"{side}_code"], strict=True)]
            for side in SIDES if f"{side}_code" in kept}  # fmt: skip
    return kept.assign(place=[place_words(place, words) for place in kept["place"]], **told)


def _code(place: str, text: str, words: Words) -> str:
    return words.code(CODED.get(place, "old_code"), text) if isinstance(text, str) and text else ""
