"""The small-business credit product workbench (小微信贷产品设计工作台)."""

# ruff: noqa: F401 - what editors are told is not used here
from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from microlib.face.places import PLACES

if TYPE_CHECKING:  # editors complete these names; nothing is imported until one is asked for
    from microlib.design.cost import break_even_months, internal_rate
    from microlib.design.limits import turnover_need
    from microlib.design.repayment import line_statement
    from microlib.errors import WorkbenchError
    from microlib.face.bank import open_bank
    from microlib.face.book import loans, month_ends
    from microlib.face.lending import (
        campaign_effect,
        campaign_power,
        capacity,
        fee,
        limits,
        loan,
        price_floor,
        schedule,
        true_cost,
    )
    from microlib.face.portfolio import (
        churn,
        concentration,
        connected_groups,
        forecast,
        guarantee_circles,
        par,
        quality,
        rate_gap,
        roll_rates,
        seasonality,
        share_interval,
        vintage,
    )
    from microlib.face.samples import sample_loans, sample_month_ends
    from microlib.metrics.arrears import maturing
    from microlib.metrics.arrears import stressed_renewals as renewals
    from microlib.metrics.campaign_quality import difference_in_differences
    from microlib.metrics.capacity import check_statements as cross_check
    from microlib.metrics.capacity import working_capital_need as working_capital
    from microlib.metrics.collateral import loan_to_value, recovery
    from microlib.metrics.links import limit_bunching
    from microlib.metrics.quality import four_pars
    from microlib.metrics.trade import digit_fit as first_digits
    from microlib.report.finding import find
    from microlib.report.showing import show
    from microlib.stats.capital import gaussian_granularity as granularity
    from microlib.stats.capital import infection_losses as infection
    from microlib.stats.capital import risk_weights, vasicek_loss
    from microlib.stats.discrimination import discrimination
    from microlib.stats.discrimination import stability_index as stability
    from microlib.stats.forecast import funnel_limits as funnel
    from microlib.stats.intervals import rate_interval, upper_bound
    from microlib.stats.shrinkage import shrink_rates as shrink
    from microlib.stats.suppression import suppressed as suppress


#: the name whose use made a notebook's shell ready
_PREPARED: list[str] = []


def __getattr__(name: str) -> object:
    """Return a name of the face, imported now and behind its contract; submodules are found by import as ever."""
    if name == "__version__":
        from microlib.home import VERSION

        return VERSION
    if name not in PLACES:
        from difflib import get_close_matches

        near = get_close_matches(name, PLACES, n=3)
        meant = f"did you mean {' or '.join(f'ml.{each}' for each in near)}? " if near else ""
        raise AttributeError(f"module 'microlib' has no attribute {name!r}: {meant}ml.find() lists what there is")
    from microlib.face.index import face_of  # pandas and all below it come with the first name that is used

    found = face_of(name)
    globals()[name] = found
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules and not _PREPARED else None
    if shell is not None:
        from microlib.report.showing import prepare_notebook

        _PREPARED.append(name)
        prepare_notebook(shell)
    return found


def __dir__() -> list[str]:
    """Return the names of the face: what the Tab key offers."""
    return sorted([*PLACES, "__doc__", "__file__", "__name__", "__path__", "__version__"])
