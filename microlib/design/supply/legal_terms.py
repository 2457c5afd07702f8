"""Within how many days a core must pay its small suppliers, and on what ground; what its contract says beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from microlib.design.supply.supply_policies import SupplyPolicy

COLUMNS = ["core_id", "kind", "contract_days", "legal_days", "legal_basis", "beyond_days"]


def legal_terms(core_enterprises: pd.DataFrame, *, policy: SupplyPolicy) -> pd.DataFrame:
    """Say the legal term of payment of each core.

    Public bodies and institutions (public hospitals) pay within the public term, longer only by contract and at most
    the contractual one; large firms within the large firms' term; to others the rule does not apply.

    Parameters
    ----------
    core_enterprises : DataFrame[core_enterprises]
        Uses ``core_id, kind, size, ownership, contract_terms_days``. Not modified.
    policy : SupplyPolicy

    Returns
    -------
    DataFrame
        One row per core: ``kind, contract_days``; ``legal_days`` (missing where the rule does not apply or size and
        ownership are unknown); ``legal_basis``: ``public_body``, ``public_by_contract``, ``large_firm``,
        ``not_applicable``, ``unknown``; ``beyond_days``: by how much the contract exceeds the law (missing where not).

    Examples
    --------
    >>> from microlib.design.supply.supply_policies import read_supply_policy
    >>> policy = read_supply_policy(".", as_of="2026-06-30")
    >>> cores = pd.DataFrame({"core_id": ["H1", "H2", "R1", "M1"], "kind": "hospital",
    ...     "size": ["large", "medium", "large", "small"], "contract_terms_days": [None, 45, 90, 30],
    ...     "ownership": ["public_institution", "public_institution", "state_owned", "private"]})
    >>> legal_terms(cores, policy=policy)["legal_days"].fillna(-1).tolist()
    [30.0, 45.0, 60.0, -1.0]
    """
    contract = core_enterprises["contract_terms_days"].astype("float64")
    public = core_enterprises["ownership"] == "public_institution"
    large = ~public & (core_enterprises["size"] == "large")
    smaller = ~public & core_enterprises["size"].isin(["micro", "small", "medium"])
    by_contract = public & (contract > policy.public_days)
    agreed = contract.clip(upper=policy.public_contract_days)
    legal = pd.Series(np.nan, index=core_enterprises.index)
    legal = (
        legal.mask(public, float(policy.public_days)).mask(by_contract, agreed).mask(large, float(policy.large_days))
    )
    basis = np.select([by_contract, public, large, smaller],
                      ["public_by_contract", "public_body", "large_firm", "not_applicable"], "unknown")  # fmt: skip
    beyond = (contract - legal.mask(by_contract, float(policy.public_contract_days))).where(lambda days: days > 0)
    found = core_enterprises[["core_id", "kind"]].assign(
        contract_days=contract, legal_days=legal, legal_basis=basis, beyond_days=beyond
    )
    return found[COLUMNS].reset_index(drop=True)


def terms_by_core(terms: pd.DataFrame, *, column: str) -> pd.Series:
    """Return one term (``contract_days`` or ``legal_days``) by core, as `payment_days.paid_within` takes it."""
    return terms.set_index("core_id")[column]
