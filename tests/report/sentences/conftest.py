"""A verdict worded in one go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from microlib.report.sentences import verdict
from microlib.report.words import Words


@pytest.fixture
def told() -> Callable[..., str]:
    """Word the verdict `key` on results, in Chinese unless told otherwise."""

    def tell(key: str, *results, lang: str = "zh", **options) -> str:
        said = verdict(key)(*results, **options)
        words = Words(lang)
        return "".join(words.sentence(each.key, **each.values) for each in (said if isinstance(said, list) else [said]))

    return tell
