"""How unevenly amounts are spread over names: HHI, Gini, top shares, entropy, and families with a parameter.

`concentration` gives the usual indices of every book from one sorting, `grouped_indices` those of many groups at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from microlib.errors import BadData, EmptyBook

#: cells that a rectangle may waste in any case
ROOM = 1_000_000


def grouped_indices(amounts: np.ndarray, groups: np.ndarray, *, largest: Sequence[int] = (1, 3, 5)) -> pd.DataFrame:
    """Compute every index of `concentration` for many groups of positive amounts at once.

    One sort by group and size serves all of them; each index is then a sum over runs of equal group.

    Parameters
    ----------
    amounts : ndarray
        Amounts (> 0), one per part.
    groups : ndarray of int
        Number of the group that each part belongs to, ascending.
    largest : sequence of int
        How many of the largest parts the concentration ratios add up.

    Returns
    -------
    DataFrame
        One row per group: ``group``, ``balance_yuan``, ``parts_count``, the indices, and ``largest_position``, the
        place of the largest part among `amounts`.

    Examples
    --------
    >>> found = grouped_indices(np.array([40.0, 30.0, 20.0, 10.0]), np.zeros(4, dtype=int))
    >>> found[["hhi", "gini", "cr3_share"]].round(4).iloc[0].tolist()
    [0.3, 0.25, 0.9]
    """
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    counts = np.diff(np.r_[starts, len(groups)])
    ranks = np.arange(1, len(groups) + 1) - np.repeat(starts, counts)
    sized, heads = _by_size(amounts, starts, counts, ranks)
    totals = np.add.reduceat(sized, starts)
    shares = sized / np.repeat(totals, counts)
    indices = _indices(shares, ranks, starts, counts)
    sums = {top: np.add.reduceat(shares * (ranks <= top), starts) for top in largest}
    ratios = {f"cr{top}_share": np.where(counts <= top, 1.0, sums[top]) for top in largest}
    found = {"group": groups[starts], "balance_yuan": totals, "parts_count": counts, **ratios, **indices}
    return pd.DataFrame({**found, "largest_position": heads})


def _by_size(
    amounts: np.ndarray, starts: np.ndarray, counts: np.ndarray, ranks: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sort each group's amounts, largest first, and say where its largest stood.

    Groups of like size are sorted as the rows of one rectangle, several times faster than one long sort; a few
    groups much larger than the rest would make the rectangle mostly empty and are sorted in one go.
    """
    width = int(counts.max())
    groups = np.repeat(np.arange(len(counts)), counts)
    if len(counts) * width > 4 * len(amounts) + ROOM:
        order = np.lexsort((-amounts, groups))
        return amounts[order], order[starts]
    rectangle = np.zeros((len(counts), width))
    rectangle[groups, ranks - 1] = -amounts
    heads = starts + rectangle.argmin(axis=1)
    rectangle.sort(axis=1)
    return -rectangle[groups, ranks - 1], heads


def _indices(shares: np.ndarray, ranks: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> dict[str, np.ndarray]:
    squares = shares * shares
    hhi = np.add.reduceat(squares, starts)
    ranked = np.add.reduceat(shares * ranks, starts)
    shannon = -np.add.reduceat(shares * np.log(shares), starts)
    roots = np.add.reduceat(np.sqrt(shares), starts)
    tail = np.add.reduceat(squares * (2.0 - shares), starts)
    first = shares[starts]
    many = np.maximum(counts, 2)
    return {
        "hhi": hhi,
        "hhi_normalised": np.where(counts > 1, np.clip((hhi - 1 / many) / (1 - 1 / many), 0.0, 1.0), 1.0),
        "effective_parts": 1.0 / hhi,
        "gini": np.clip(1.0 + (1.0 - 2.0 * ranked) / counts, 0.0, 1.0),
        "theil": np.clip(np.log(counts) - shannon, 0.0, None),
        "shannon": np.clip(shannon, 0.0, None),
        "hall_tideman": 1.0 / (2.0 * ranked - 1.0),
        "hannah_kay_parts": roots**2,
        "renyi": np.clip(-np.log(hhi), 0.0, None),
        "atkinson": np.clip(1.0 - roots**2 / counts, 0.0, 1.0),
        "cci": first + tail - first**2 * (2.0 - first),
    }


def _shares(amounts: Sequence[float] | np.ndarray | pd.Series) -> np.ndarray:
    """Return the shares of the positive amounts."""
    values = np.asarray(amounts, dtype="float64")
    if not np.isfinite(values).all() or (values < 0).any():
        raise BadData("an amount is missing, infinite or negative", fix="give amounts of zero or more")
    if values.sum() <= 0:
        raise EmptyBook("the amounts sum to zero", fix="leave this measure out for an empty book")
    return values[values > 0] / values.sum()


def hannah_kay(amounts: Sequence[float] | np.ndarray | pd.Series, *, order: float) -> float:
    r"""Return the Hannah-Kay number of equal parts, the more driven by large parts the higher its order.

    .. math:: K_a = \Big(\sum_k s_k^a\Big)^{\frac{1}{1-a}}, \qquad K_1 = \exp\Big(-\sum_k s_k \ln s_k\Big)

    Parameters
    ----------
    amounts : sequence of float
        Amounts, >= 0; zeros are not parts.
    order : float
        :math:`a`, > 0. Order 2 gives 1/HHI, order 1 the exponential of Shannon's entropy.

    Returns
    -------
    float
        Count, 1 .. number of parts. Its inverse is the concentration form.

    Raises
    ------
    EmptyBook
        If the amounts sum to zero.
    BadData
        If an amount is missing, infinite or negative, or the order is not above zero.

    References
    ----------
    .. [1] Hannah, L. and Kay, J. A. (1977). Concentration in Modern Industry. Macmillan.

    Examples
    --------
    >>> round(1 / hannah_kay([40, 30, 20, 10], order=3), 8)
    0.31622777
    """
    return float(np.exp(renyi(amounts, order=order)))


def renyi(amounts: Sequence[float] | np.ndarray | pd.Series, *, order: float) -> float:
    r"""Return Rényi's entropy: the logarithm of the Hannah-Kay number.

    .. math:: R_a = \frac{1}{1-a} \ln \sum_k s_k^a, \qquad R_1 = -\sum_k s_k \ln s_k

    Parameters
    ----------
    amounts : sequence of float
        Amounts, >= 0; zeros are not parts.
    order : float
        :math:`a`, > 0.

    Returns
    -------
    float
        0 (one part) .. ln of the number of parts (all equal).

    Raises
    ------
    EmptyBook
        If the amounts sum to zero.
    BadData
        If an amount is missing, infinite or negative, or the order is not above zero.

    Examples
    --------
    >>> round(renyi([1, 2, 1], order=2), 10)
    0.980829253
    """
    if not order > 0:
        raise BadData(f"order {order} is not above zero", fix="use 0.5, 1, 2 or 3")
    shares = _shares(amounts)
    if abs(order - 1.0) < 1e-9:
        return float(-(shares * np.log(shares)).sum())
    return float(np.log((shares**order).sum()) / (1.0 - order))


def atkinson(amounts: Sequence[float] | np.ndarray | pd.Series, *, aversion: float) -> float:
    r"""Return Atkinson's index: the share of the total that equality would save, given an aversion to inequality.

    .. math::

        A_\epsilon = 1 - \Big(\frac{1}{n} \sum_k (n s_k)^{1-\epsilon}\Big)^{\frac{1}{1-\epsilon}}, \qquad
        A_1 = 1 - \Big(\prod_k n s_k\Big)^{1/n}

    Parameters
    ----------
    amounts : sequence of float
        Amounts, >= 0; zeros are not parts (with zeros kept, every aversion from 1 on would give 1).
    aversion : float
        :math:`\epsilon`, > 0.

    Returns
    -------
    float
        0 (all equal) .. 1.

    Raises
    ------
    EmptyBook
        If the amounts sum to zero.
    BadData
        If an amount is missing, infinite or negative, or the aversion is not above zero.

    References
    ----------
    .. [1] Atkinson, A. B. (1970). On the Measurement of Inequality. Journal of Economic Theory 2(3), 244-263.

    Examples
    --------
    >>> round(atkinson([40, 30, 20, 10], aversion=0.5), 8)
    0.05558586
    """
    if not aversion > 0:
        raise BadData(f"aversion {aversion} is not above zero", fix="use 0.5 or 1")
    shares = _shares(amounts)
    relative = shares * len(shares)
    if abs(aversion - 1.0) < 1e-9:
        return float(1.0 - np.exp(np.log(relative).mean()))
    return float(1.0 - (relative ** (1.0 - aversion)).mean() ** (1.0 / (1.0 - aversion)))


#: how many of the largest parts the ratios CR1, CR3, CR5 and CR10 add up
LARGEST = (1, 3, 5, 10)
UNKNOWN = "unknown"


def concentration(loans: pd.DataFrame, *, within: str, across: str, amount: str = "balance_yuan") -> pd.DataFrame:
    r"""Measure how unevenly each book's balance is spread over its parts, one row per book.

    Answers "if one industry, one market or one name fails, how much of this branch goes with it?"

    .. math::

        H = \sum_k s_k^2, \quad H^* = \frac{H - 1/n}{1 - 1/n}, \quad N = \frac{1}{H}, \quad
        C_m = \sum_{k \le m} s_{(k)}, \quad G = 1 + \frac{1 - 2 \sum_k k\, s_{(k)}}{n}

    .. math::

        E = -\sum_k s_k \ln s_k, \quad T = \ln n - E, \quad
        \Theta = \frac{1}{2 \sum_k k\, s_{(k)} - 1}, \quad
        K_a = \Big(\sum_k s_k^a\Big)^{\frac{1}{1-a}}, \quad R_a = \ln K_a

    .. math::

        A_\epsilon = 1 - \Big(\frac{1}{n} \sum_k (n s_k)^{1-\epsilon}\Big)^{\frac{1}{1-\epsilon}}, \qquad
        D = s_{(1)} + \sum_{k \ge 2} s_{(k)}^2 (2 - s_{(k)})

    where :math:`s_k` is the share of part k, :math:`s_{(1)} \ge s_{(2)} \ge \dots` the same in order of size, and
    n the number of parts with a balance.

    Parameters
    ----------
    loans : DataFrame[loans]
        One row per loan, or any finer or coarser rows of an amount. Not modified.
    within : str
        Column that names the book, e.g. ``"branch_id"``.
    across : str
        Column that names a book's parts, e.g. ``"customer_id"``, ``"industry_code"``, a connected group.
    amount : str
        Column of the amount (yuan, >= 0).

    Returns
    -------
    DataFrame
        One row per book with a balance, ascending; columns

        - `within` (label), ``balance_yuan``, ``parts_count``
        - ``hhi`` (1/n .. 1), ``hhi_normalised`` (0 .. 1; one part gives 1), ``effective_parts`` (1 .. n)
        - ``cr1_share, cr3_share, cr5_share, cr10_share`` (fraction): the largest 1, 3, 5, 10 parts together
        - ``gini`` (0 .. 1 - 1/n), ``theil`` (0 .. ln n), ``shannon`` (0 .. ln n)
        - ``hall_tideman`` (1/n .. 1), ``hannah_kay_parts`` (a = 1/2, count, 1 .. n)
        - ``renyi`` (a = 2, 0 .. ln n), ``atkinson`` (epsilon = 1/2, 0 .. 1), ``cci`` (Horvath, 0 .. 1)
        - ``largest_part`` (label, ties go to the first), ``largest_share`` (fraction)

    Raises
    ------
    EmptyBook
        If a book's balances sum to zero. Its shares do not exist, and a missing number would read further down as
        "not concentrated".
    BadData
        If an amount is missing, infinite or negative.

    Notes
    -----
    Parts without a balance are not parts: adding an empty name changes nothing. Rows without a label form the part
    ``unknown``, so no balance is lost. Indices over different parts (names, industries) are never comparable: one
    book has HHI 0.625 over two regions and 0.25 over four names. Shares are fractions; supervisors often quote
    points, 10,000 x HHI. Horvath's index can fall when the largest part grows (two equal names .875, then .859 at
    75/25): it is here for comparison. Members of one connected group count as one part only if `across` says so.

    References
    ----------
    .. [1] Hirschman, A. O. (1964). The Paternity of an Index. American Economic Review 54(5), 761-762.
    .. [2] Hannah, L. and Kay, J. A. (1977). Concentration in Modern Industry. Macmillan.
    .. [3] Horvath, J. (1970). Suggestion for a Comprehensive Measure of Concentration. Southern Economic Journal 36.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "branch_id":    ["0755", "0755", "0755", "0021"],
    ...     "industry":     ["food", "food", "retail", "food"],
    ...     "balance_yuan": [30_000., 30_000., 40_000., 50_000.],
    ... })
    >>> measured = concentration(loans, within="branch_id", across="industry")
    >>> measured[["branch_id", "hhi", "largest_part"]].round(2).to_numpy().tolist()
    [['0021', 1.0, 'food'], ['0755', 0.52, 'food']]
    """
    checked_amounts(loans[amount])
    books, book_labels = _coded(loans[within])
    parts, part_labels = _coded(loans[across])
    amounts = loans[amount].to_numpy(dtype="float64")
    _refuse_empty(books, amounts, book_labels, within=within)
    cells, sums = _summed(books, parts, amounts, width=len(part_labels))
    found = grouped_indices(sums, cells // len(part_labels), largest=LARGEST)
    found.insert(0, within, book_labels[found.pop("group").to_numpy()])
    found["largest_part"] = part_labels[(cells % len(part_labels))[found.pop("largest_position").to_numpy()]]
    return found.assign(largest_share=found["cr1_share"])


def checked_amounts(amounts: pd.Series) -> None:
    """Refuse amounts of which no share can be taken.

    Raises
    ------
    BadData
        If one is missing, infinite or negative, with how many there are.

    Examples
    --------
    >>> checked_amounts(pd.Series([0.0, 2.0]))
    """
    values = amounts.to_numpy(dtype="float64", na_value=np.nan)
    wrong = int((~np.isfinite(values) | (values < 0)).sum())
    if wrong:
        raise BadData(
            f"{wrong} of {len(values)} amounts are missing, infinite or negative",
            where=str(amounts.name),
            fix="a share needs amounts of zero or more: correct or leave out these rows",
        )


def _coded(labels: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Number the labels in ascending order; rows without one get the label `UNKNOWN`."""
    if labels.isna().any():
        labels = labels.astype("object").where(labels.notna(), UNKNOWN).astype("str")
    codes, names = pd.factorize(labels, sort=True)
    return codes.astype("int64"), np.asarray(names)


def _refuse_empty(books: np.ndarray, amounts: np.ndarray, labels: np.ndarray, *, within: str) -> None:
    if not len(books):
        raise EmptyBook("there is no balance to measure", where=within, fix="leave this measure out for an empty book")
    empty = labels[np.bincount(books, weights=amounts, minlength=len(labels)) <= 0]
    if len(empty):
        shown = ", ".join(map(str, empty[:5])) + (" …" if len(empty) > 5 else "")
        raise EmptyBook(f"no balance in {within} {shown}", fix="leave books without a balance out first")


def _summed(books: np.ndarray, parts: np.ndarray, amounts: np.ndarray, *, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Add up the amounts of each book and part, without a sort where a full table has room; nothing is no part."""
    key = books * width + parts
    cells = int(key.max()) + 1
    if cells <= 4 * len(key) + ROOM:
        sums = np.bincount(key, weights=amounts, minlength=cells)
        key = np.flatnonzero(sums > 0)
        return key, sums[key]
    order = np.argsort(key, kind="stable")
    key, amounts = key[order], amounts[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    key, sums = key[starts], np.add.reduceat(amounts, starts)
    return key[sums > 0], sums[sums > 0]
