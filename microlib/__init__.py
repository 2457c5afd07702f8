"""The small-business credit product workbench (小微信贷产品设计工作台)."""

from __future__ import annotations

from typing import TYPE_CHECKING

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

#: the face, in the order of its page: group -> name -> the module and the function that it stands for
_GROUPS = {
    "begin": {
        "loans": "microlib.face.book:loans",
        "month_ends": "microlib.face.book:month_ends",
        "sample_loans": "microlib.face.samples:sample_loans",
        "sample_month_ends": "microlib.face.samples:sample_month_ends",
        "find": "microlib.face.index:find",
        "open_bank": "microlib.face.bank:open_bank",
        "WorkbenchError": "microlib.errors:WorkbenchError",
    },
    "quality": {
        "par": "microlib.face.portfolio:par",
        "quality": "microlib.face.portfolio:quality",
        "four_pars": "microlib.metrics.pars:four_pars",
        "renewals": "microlib.metrics.renewals:stressed_renewals",
        "vintage": "microlib.face.portfolio:vintage",
        "roll_rates": "microlib.face.portfolio:roll_rates",
        "maturing": "microlib.metrics.maturities:maturing",
        "churn": "microlib.face.portfolio:churn",
        "forecast": "microlib.face.portfolio:forecast",
    },
    "rates": {
        "rate_interval": "microlib.metrics.intervals:rate_interval",
        "upper_bound": "microlib.metrics.intervals:upper_bound",
        "rate_gap": "microlib.face.portfolio:rate_gap",
        "share_interval": "microlib.face.portfolio:share_interval",
        "shrink": "microlib.metrics.shrinkages:shrink_rates",
        "funnel": "microlib.metrics.funnel_limits:funnel_limits",
        "discrimination": "microlib.metrics.discriminations:discrimination",
        "stability": "microlib.metrics.discriminations:stability_index",
        "first_digits": "microlib.metrics.trade.first_digits:digit_fit",
    },
    "spread": {
        "concentration": "microlib.face.portfolio:concentration",
        "seasonality": "microlib.face.portfolio:seasonality",
        "connected_groups": "microlib.face.portfolio:connected_groups",
        "guarantee_circles": "microlib.face.portfolio:guarantee_circles",
        "infection": "microlib.metrics.capital.infections:infection_losses",
        "granularity": "microlib.metrics.capital.granularities:gaussian_granularity",
        "limit_bunching": "microlib.metrics.connections.bunchings:limit_bunching",
    },
    "limits": {
        "limits": "microlib.face.lending:limits",
        "capacity": "microlib.face.lending:capacity",
        "working_capital": "microlib.metrics.capacity.working_capital:working_capital_need",
        "turnover_need": "microlib.design.needs:turnover_need",
        "cross_check": "microlib.metrics.capacity.cross_checks:check_statements",
        "loan_to_value": "microlib.metrics.security.ltvs:loan_to_value",
        "recovery": "microlib.metrics.security.recoveries:recovery",
    },
    "prices": {
        "loan": "microlib.face.lending:loan",
        "schedule": "microlib.face.lending:schedule",
        "fee": "microlib.face.lending:fee",
        "true_cost": "microlib.face.lending:true_cost",
        "internal_rate": "microlib.design.costs:internal_rate",
        "break_even_months": "microlib.design.costs:break_even_months",
        "line_statement": "microlib.design.repayments.draws:line_statement",
        "price_floor": "microlib.face.lending:price_floor",
        "risk_weights": "microlib.metrics.capital.risk_weights:risk_weights",
        "vasicek_loss": "microlib.metrics.capital.limit_losses:vasicek_loss",
    },
    "campaigns": {
        "campaign_effect": "microlib.face.lending:campaign_effect",
        "campaign_power": "microlib.face.lending:campaign_power",
        "difference_in_differences": "microlib.metrics.campaigns.differences:difference_in_differences",
        "suppress": "microlib.metrics.suppressions:suppressed",
    },
}
_PLACES = {name: place for group in _GROUPS.values() for name, place in group.items()}


def __getattr__(name: str) -> object:
    """Return a name of the face, imported now and behind its contract; submodules are found by import as ever."""
    if name not in _PLACES:
        raise AttributeError(f"module 'microlib' has no attribute {name!r}: ml.find() lists what there is")
    from microlib.face.index import face_of

    found = face_of(name, _PLACES[name])
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the names of the face: what the Tab key offers."""
    return sorted([*_PLACES, "__doc__", "__file__", "__name__", "__path__"])
