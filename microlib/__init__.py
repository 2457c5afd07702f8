"""The small-business credit product workbench (小微信贷产品设计工作台)."""

# ruff: noqa: F401 - what editors are told is not used here
from __future__ import annotations

from typing import TYPE_CHECKING

from microlib.face.places import PLACES

if TYPE_CHECKING:  # editors complete these names; nothing is imported until one is asked for
    from microlib.design.costs import break_even_months, internal_rate
    from microlib.design.needs import turnover_need
    from microlib.design.repayments.draws import line_statement
    from microlib.errors import WorkbenchError
    from microlib.face.bank import open_bank
    from microlib.face.book import loans, month_ends
    from microlib.face.index import find
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
    from microlib.metrics.campaigns.differences import difference_in_differences
    from microlib.metrics.capacity.cross_checks import check_statements as cross_check
    from microlib.metrics.capacity.working_capital import working_capital_need as working_capital
    from microlib.metrics.capital.granularities import gaussian_granularity as granularity
    from microlib.metrics.capital.infections import infection_losses as infection
    from microlib.metrics.capital.limit_losses import vasicek_loss
    from microlib.metrics.capital.risk_weights import risk_weights
    from microlib.metrics.connections.bunchings import limit_bunching
    from microlib.metrics.discriminations import discrimination
    from microlib.metrics.discriminations import stability_index as stability
    from microlib.metrics.funnel_limits import funnel_limits as funnel
    from microlib.metrics.intervals import rate_interval, upper_bound
    from microlib.metrics.maturities import maturing
    from microlib.metrics.pars import four_pars
    from microlib.metrics.renewals import stressed_renewals as renewals
    from microlib.metrics.security.ltvs import loan_to_value
    from microlib.metrics.security.recoveries import recovery
    from microlib.metrics.shrinkages import shrink_rates as shrink
    from microlib.metrics.suppressions import suppressed as suppress
    from microlib.metrics.trade.first_digits import digit_fit as first_digits


def __getattr__(name: str) -> object:
    """Return a name of the face, imported now and behind its contract; submodules are found by import as ever."""
    if name not in PLACES:
        raise AttributeError(f"module 'microlib' has no attribute {name!r}: ml.find() lists what there is")
    from microlib.face.index import face_of  # pandas and all below it come with the first name that is used

    found = face_of(name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the names of the face: what the Tab key offers."""
    return sorted([*PLACES, "__doc__", "__file__", "__name__", "__path__"])
