"""Use of funds (用途核查): what came back, what went elsewhere, what stayed just under the threshold, who was paid."""

from __future__ import annotations

import pandas as pd

from microlib.errors import MissingTable

SIGNS = ("returned", "off_purpose", "split_under_threshold", "shared_payee")
#: kinds of payee and codes of purpose that no business loan pays
ELSEWHERE_PAYEES, ELSEWHERE_MEMOS = ("property_seller", "securities_broker", "lender"), ("property", "investment")
#: most borrowers of the branch that one payee may have before it is a common trader and no sign
COMMON_BORROWERS = 12
LEAST_BORROWERS = 5
#: a shared payee is looked for over so many windows
WINDOWS = 5


def use_signs(
    payments: pd.DataFrame, loans: pd.DataFrame, *, threshold_yuan: float, window_days: int, return_share: float
) -> pd.DataFrame:
    r"""Ask of every loan whose payments are known which signs its use of funds shows.

    Answers "for which loans must somebody look at where the money went?" With :math:`P_l` payments of loan l:

    - ``returned``: :math:`\sum r \ge s \sum P_l` came back to an account of the borrower within `window_days`
    - ``off_purpose``: a payee or a purpose that no business loan has (property, securities, another lender)
    - ``split_under_threshold``: two payments or more on the borrower's own order to one payee within `window_days`,
      each at most the threshold, together above it
    - ``shared_payee``: 5 to 12 borrowers of the branch paid all of their loans to one payee within five such windows

    Parameters
    ----------
    payments : DataFrame[payments]
        Not modified, nor is the other.
    loans : DataFrame[loans]
        Uses ``loan_id, customer_id, rm_id, product_id, amount_yuan, balance_yuan``.
    threshold_yuan : float
        Above it a payment goes to the seller by law (受托支付).
    window_days : int
    return_share : float
        Part of the loan from which coming back is a sign (fraction): goods sent back are less.

    Returns
    -------
    DataFrame
        One row per loan with payments, by ``loan_id``: ``customer_id, rm_id, product_id, amount_yuan, balance_yuan,
        paid_yuan, payments_count, returned_yuan, returned_share`` (of what was paid), ``largest_own_yuan``, the four
        signs of `SIGNS` (bool) and ``signs`` (those that hold, with blanks between them).

    Raises
    ------
    MissingTable
        If there are no payments.

    Notes
    -----
    A sign asks for papers, it says nothing about a borrower: a trader may really buy from one seller in two parts.

    Examples
    --------
    >>> paid = pd.DataFrame({"loan_id": "L1", "paid_date": pd.to_datetime(["2026-01-05", "2026-01-06"]),
    ...     "amount_yuan": [4.9e5, 4.8e5], "method": "own", "payee_hash": "s", "payee_kind": "supplier",
    ...     "memo_code": "goods", "returned_yuan": None, "returned_date": pd.NaT})
    >>> loans = pd.DataFrame({"loan_id": ["L1"], "customer_id": "C1", "rm_id": "R1", "product_id": "P1",
    ...                       "amount_yuan": 9.7e5, "balance_yuan": 9e5})
    >>> use_signs(paid, loans, threshold_yuan=5e5, window_days=7, return_share=0.5)["signs"].tolist()
    ['split_under_threshold']
    """
    if payments.empty:
        raise MissingTable("payments is empty", where="payments", fix="load payments, or leave this page out")
    rows = payments.merge(loans[["loan_id", "customer_id"]], on="loan_id")
    found = _sums(rows, window_days)
    found["returned"] = found["returned_share"] >= return_share
    off = rows["payee_kind"].isin(ELSEWHERE_PAYEES) | rows["memo_code"].isin(ELSEWHERE_MEMOS)
    found["off_purpose"] = off.groupby(rows["loan_id"]).any()
    found["split_under_threshold"] = found.index.isin(_split(rows, threshold_yuan, window_days))
    found["shared_payee"] = found.index.isin(_shared(rows, window_days))
    found["signs"] = [" ".join(name for name in SIGNS if getattr(row, name)) for row in found.itertuples()]
    names = ["loan_id", "customer_id", "rm_id", "product_id", "amount_yuan", "balance_yuan"]
    return loans[names].merge(found.reset_index(), on="loan_id").sort_values("loan_id", ignore_index=True)


def use_summary(signs: pd.DataFrame) -> pd.DataFrame:
    """Count the loans of each sign and add up their balance, with the part of all loans whose payments are known.

    Returns
    -------
    DataFrame
        One row per sign of `SIGNS`, and ``any_sign``: ``sign, loans_count, amount_yuan, balance_yuan, known_count,
        loans_share``.
    """
    held = {**{name: signs[name] for name in SIGNS}, "any_sign": signs["signs"] != ""}
    rows = [(name, int(on.sum()), signs.loc[on, "amount_yuan"].sum(), signs.loc[on, "balance_yuan"].sum())
            for name, on in held.items()]  # fmt: skip
    found = pd.DataFrame(rows, columns=["sign", "loans_count", "amount_yuan", "balance_yuan"])
    return found.assign(known_count=len(signs), loans_share=found["loans_count"] / max(1, len(signs)))


def with_signs(signs: pd.DataFrame) -> pd.DataFrame:
    """Return the loans of `use_signs` that show a sign, largest balance first."""
    some = signs[signs["signs"] != ""]
    return some.sort_values(["balance_yuan", "loan_id"], ascending=[False, True], ignore_index=True)


def _sums(rows: pd.DataFrame, window_days: int) -> pd.DataFrame:
    soon = (rows["returned_date"] - rows["paid_date"]).dt.days <= window_days
    back = rows["returned_yuan"].astype("float64").where(soon, 0.0).fillna(0.0)
    own = rows["amount_yuan"].where(rows["method"] == "own", 0.0)
    found = rows.assign(back=back, own=own).groupby("loan_id").agg(
        paid_yuan=("amount_yuan", "sum"), payments_count=("amount_yuan", "size"), returned_yuan=("back", "sum"),
        largest_own_yuan=("own", "max"),
    )  # fmt: skip
    return found.assign(returned_share=found["returned_yuan"] / found["paid_yuan"].where(found["paid_yuan"] > 0))


def _split(rows: pd.DataFrame, threshold_yuan: float, window_days: int) -> pd.Index:
    """Loans paid out in parts, each under the threshold, to one payee, within a window."""
    own = rows[(rows["method"] == "own") & (rows["amount_yuan"] <= threshold_yuan)]
    parts = own.groupby(["loan_id", "payee_hash"]).agg(
        yuan=("amount_yuan", "sum"),
        count=("amount_yuan", "size"),
        first=("paid_date", "min"),
        last=("paid_date", "max"),
    )
    close = (parts["last"] - parts["first"]).dt.days <= window_days
    held = parts[(parts["count"] > 1) & (parts["yuan"] > threshold_yuan) & close]
    return held.index.get_level_values("loan_id").unique()


def _shared(rows: pd.DataFrame, window_days: int) -> pd.Index:
    """Loans whose one payee is also the one payee of several other borrowers' loans of those weeks."""
    payees = rows.groupby("loan_id")["payee_hash"].transform("nunique")
    whole = rows[payees == 1].drop_duplicates("loan_id").sort_values(["payee_hash", "paid_date"])
    holders = whole.groupby("payee_hash")["customer_id"].transform("nunique")
    few = whole[holders.between(LEAST_BORROWERS, COMMON_BORROWERS)]
    held = [_crowd(part, WINDOWS * window_days) for _, part in few.groupby("payee_hash")]
    return pd.Index([loan for loans in held for loan in loans])


def _crowd(part: pd.DataFrame, days: int) -> list[str]:
    """Loans of one payee that lie within so many days of enough others."""
    day = part["paid_date"].to_numpy()
    near = abs(day[:, None] - day[None, :]) <= pd.Timedelta(days=days).to_timedelta64()
    return part.loc[near.sum(axis=1) >= LEAST_BORROWERS, "loan_id"].tolist()
