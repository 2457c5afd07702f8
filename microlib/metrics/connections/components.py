"""Connected groups from coded links at any size: how many hold a value, which pairs are strong, who hangs together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

#: evidence of a certain link: -ln(1 - w) of the strongest weight that is still a number
MOST_EVIDENCE = 16.0


@dataclass(frozen=True)
class CodedLinks:
    """Links as whole numbers: both ends, the kind of each link, and the value that the two share.

    Parameters
    ----------
    first, second : ndarray of int
        Customers, 0 .. customers - 1. The same pair and value appear once.
    kinds : ndarray of int
        Row of the evidence table.
    values : ndarray of int
        The shared value, 0 .. ; a value has one kind.
    customers : int
        How many customers there are, linked or not.
    """

    first: np.ndarray
    second: np.ndarray
    kinds: np.ndarray
    values: np.ndarray
    customers: int


def holder_counts(links: CodedLinks) -> np.ndarray:
    """Count the different customers that hold each value.

    Parameters
    ----------
    links : CodedLinks
        A value's links may list all pairs of its holders, or one holder against the others. Not modified.

    Returns
    -------
    ndarray of int
        One count per value; 0 for a number that no link carries.

    Examples
    --------
    >>> star = CodedLinks(np.array([0, 0, 4]), np.array([1, 2, 5]), np.zeros(3, int), np.array([0, 0, 1]), customers=6)
    >>> holder_counts(star).tolist()
    [3, 2]
    """
    listed = np.bincount(links.values)
    single = links.first != links.second
    counts = np.where(listed > 0, 1, 0)
    counts[links.values[single]] = 2
    several = listed[links.values] > 1
    bits = max(int(links.customers - 1).bit_length(), 1)
    stem = links.values[several].astype(np.int64) << bits
    keys = np.concatenate([stem | links.first[several], stem | links.second[several]])
    keys.sort()
    fresh = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
    exact = np.bincount(keys[fresh] >> bits, minlength=len(listed))
    return np.where(listed > 1, exact, counts)


def evidence_of(weights: np.ndarray) -> np.ndarray:
    r"""Turn weights into evidence that adds up: :math:`-\ln(1 - w)`, so that 1 - exp(-sum) is "at least one holds".

    Examples
    --------
    >>> evidence_of(np.array([0.0, 0.5, 1.0])).round(4).tolist()
    [0.0, 0.6931, 16.0]
    """
    with np.errstate(divide="ignore"):
        return np.minimum(-np.log1p(-np.asarray(weights, dtype="float64")), MOST_EVIDENCE)


def coded_groups(links: CodedLinks, *, weights: np.ndarray, threshold: float) -> np.ndarray:
    r"""Number the connected groups of all customers from links of which common values count less.

    Answers "who belongs together, if a shared market address is no evidence and two weak signs make a strong one?"

    .. math:: w_{ab} = 1 - \prod_{l \in ab} (1 - w_{t_l, n_l}) \ge w^*

    where :math:`t_l` is the kind of link l, :math:`n_l` the number of holders of its value; pairs under the threshold
    :math:`w^*` are no link.

    Parameters
    ----------
    links : CodedLinks
        Not modified.
    weights : ndarray
        Row per kind, column per number of holders (fractions); the last column serves all larger numbers.
    threshold : float
        :math:`w^*`, 0 .. 1 exclusive.

    Returns
    -------
    ndarray of int
        The group of each customer, 0 .. ; a customer without a link is a group of one.

    Notes
    -----
    One sort of the ends counts holders; the sum over links of a pair is what building a sparse matrix does anyway.

    Examples
    --------
    >>> hub = CodedLinks(np.array([0, 0, 0, 3]), np.array([1, 2, 3, 4]), np.zeros(4, int), np.array([0, 0, 0, 1]), 5)
    >>> coded_groups(hub, weights=np.array([[0, 0, 0.9, 0.9, 0.0]]), threshold=0.5).tolist()
    [0, 1, 2, 3, 3]
    """
    table = evidence_of(weights).astype(np.float32)
    holders = np.minimum(holder_counts(links), table.shape[1] - 1)
    evidence = table[links.kinds, holders[links.values]]
    kept = evidence > 0
    first, second = links.first[kept].astype(np.int32), links.second[kept].astype(np.int32)
    ends = np.minimum(first, second), np.maximum(first, second)
    shape = (links.customers, links.customers)
    graph = sparse.csr_matrix((evidence[kept], ends), shape=shape)
    graph.data[graph.data < float(evidence_of(np.array([threshold]))[0]) * (1.0 - 1e-6)] = 0.0
    graph.eliminate_zeros()
    return connected_components(graph, directed=False)[1]


def linked_labels(first: np.ndarray, second: np.ndarray, *, count: int, strong: bool = False) -> np.ndarray:
    """Number the connected parts of a graph given by its edges; `strong` asks for a way there and back.

    Examples
    --------
    >>> linked_labels(np.array([0, 1]), np.array([1, 0]), count=3).tolist()
    [0, 0, 1]
    """
    graph = sparse.csr_matrix((np.ones(len(first), dtype=np.int8), (first, second)), shape=(count, count))
    graph.data[:] = 1
    return connected_components(graph, directed=strong, connection="strong" if strong else "weak")[1]
