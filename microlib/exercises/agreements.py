"""How far two codings, orders or groupings agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import Any


def letters_of(coded: Any) -> str:
    """Return the letters of a coding, blanks and case aside.

    Examples
    --------
    >>> letters_of("ab c"), letters_of(["A", "B"])
    ('ABC', 'AB')
    """
    text = coded if isinstance(coded, str) else "".join(map(str, coded))
    return "".join(sign for sign in text.upper() if sign.isalnum())


def agreement(answer: Any, key: Any) -> float | None:
    """Return the part of the letters that agree; None where there are not as many.

    Examples
    --------
    >>> agreement("AAB", "ABB")
    0.6666666666666666
    """
    one, other = letters_of(answer), letters_of(key)
    if len(one) != len(other) or not other:
        return None
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(other)


def kappa(answer: Any, key: Any) -> float | None:
    r"""Return Cohen's kappa of two codings, :math:`(p_o - p_e) / (1 - p_e)`; None where there are not as many.

    Examples
    --------
    >>> kappa("AABB", "AABB"), kappa("ABAB", "AABB")
    (1.0, 0.0)
    """
    one, other = letters_of(answer), letters_of(key)
    observed = agreement(one, other)
    if observed is None:
        return None
    counts, total = (Counter(one), Counter(other)), len(other)
    expected = sum(counts[0][letter] * counts[1][letter] for letter in counts[1]) / total**2
    return 1.0 if expected == 1 else (observed - expected) / (1 - expected)


def rank_order(answer: Any, key: Any) -> float | None:
    r"""Return Kendall's tau of two orders of the same letters, first to last; None where the letters differ.

    Examples
    --------
    >>> rank_order("ABC", "ABC"), rank_order("CBA", "ABC"), rank_order("AB", "ABC")
    (1.0, -1.0, None)
    """
    one, other = letters_of(answer), letters_of(key)
    if sorted(one) != sorted(other) or len(set(one)) != len(one):
        return None
    place = {letter: number for number, letter in enumerate(one)}
    pairs = list(combinations(other, 2))
    return sum(1 if place[a] < place[b] else -1 for a, b in pairs) / len(pairs)


def grouped_pairs(groups: Iterable[Iterable[Any]]) -> set[tuple[str, str]]:
    """Return every pair that stands in one group.

    Examples
    --------
    >>> sorted(grouped_pairs([["A", "B", "C"], ["D"]]))
    [('A', 'B'), ('A', 'C'), ('B', 'C')]
    """
    return {pair for group in groups for pair in combinations(sorted(map(str, set(group))), 2)}
