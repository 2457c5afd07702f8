"""Rules that a product is asked to keep, and the protections of its customers, as one committee sees them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from microlib.design.packs.views import asked_rules
from microlib.design.rules.protections import customer_protection, read_principles


def conduct_results(home: Any, *, rules: pd.DataFrame, checklist: pd.DataFrame, as_of: date) -> dict[str, pd.DataFrame]:
    """Return ``asked_rules`` (those that are for this product) and ``protections`` (`protections`)."""
    held = {"rules": rules, "checklist": checklist}
    return {
        "asked_rules": asked_rules(rules),
        "protections": customer_protection(read_principles(home, as_of=as_of), **held),
    }
