"""The names of the face and where each of them stands: words alone, so that importing the package costs nothing."""

from __future__ import annotations

#: the face, in the order of its page: group -> name -> ``module:function`` that it stands for
GROUPS: dict[str, dict[str, str]] = {
    "begin": {
        "loans": "microlib.face.book:loans",
        "month_ends": "microlib.face.book:month_ends",
        "sample_loans": "microlib.face.samples:sample_loans",
        "sample_month_ends": "microlib.face.samples:sample_month_ends",
        "find": "microlib.report.finding:find",
        "show": "microlib.report.showing:show",
        "open_bank": "microlib.face.bank:open_bank",
        "WorkbenchError": "microlib.errors:WorkbenchError",
    },
    "quality": {
        "par": "microlib.face.portfolio:par",
        "quality": "microlib.face.portfolio:quality",
        "four_pars": "microlib.metrics.quality:four_pars",
        "renewals": "microlib.metrics.arrears:stressed_renewals",
        "vintage": "microlib.face.portfolio:vintage",
        "roll_rates": "microlib.face.portfolio:roll_rates",
        "maturing": "microlib.metrics.arrears:maturing",
        "churn": "microlib.face.portfolio:churn",
        "forecast": "microlib.face.portfolio:forecast",
    },
    "rates": {
        "rate_interval": "microlib.stats.intervals:rate_interval",
        "upper_bound": "microlib.stats.intervals:upper_bound",
        "rate_gap": "microlib.face.portfolio:rate_gap",
        "share_interval": "microlib.face.portfolio:share_interval",
        "shrink": "microlib.stats.shrinkage:shrink_rates",
        "funnel": "microlib.stats.forecast:funnel_limits",
        "discrimination": "microlib.stats.discrimination:discrimination",
        "stability": "microlib.stats.discrimination:stability_index",
        "first_digits": "microlib.metrics.trade:digit_fit",
    },
    "spread": {
        "concentration": "microlib.face.portfolio:concentration",
        "seasonality": "microlib.face.portfolio:seasonality",
        "connected_groups": "microlib.face.portfolio:connected_groups",
        "guarantee_circles": "microlib.face.portfolio:guarantee_circles",
        "infection": "microlib.stats.capital:infection_losses",
        "granularity": "microlib.stats.capital:gaussian_granularity",
        "limit_bunching": "microlib.metrics.links:limit_bunching",
    },
    "limits": {
        "limits": "microlib.face.lending:limits",
        "capacity": "microlib.face.lending:capacity",
        "working_capital": "microlib.metrics.capacity:working_capital_need",
        "turnover_need": "microlib.design.limits:turnover_need",
        "cross_check": "microlib.metrics.capacity:check_statements",
        "loan_to_value": "microlib.metrics.collateral:loan_to_value",
        "recovery": "microlib.metrics.collateral:recovery",
    },
    "prices": {
        "loan": "microlib.face.lending:loan",
        "schedule": "microlib.face.lending:schedule",
        "fee": "microlib.face.lending:fee",
        "true_cost": "microlib.face.lending:true_cost",
        "internal_rate": "microlib.design.cost:internal_rate",
        "break_even_months": "microlib.design.cost:break_even_months",
        "line_statement": "microlib.design.repayment:line_statement",
        "price_floor": "microlib.face.lending:price_floor",
        "risk_weights": "microlib.stats.capital:risk_weights",
        "vasicek_loss": "microlib.stats.capital:vasicek_loss",
    },
    "campaigns": {
        "campaign_effect": "microlib.face.lending:campaign_effect",
        "campaign_power": "microlib.face.lending:campaign_power",
        "difference_in_differences": "microlib.metrics.campaign_quality:difference_in_differences",
        "suppress": "microlib.stats.suppression:suppressed",
    },
}
#: name -> ``module:function``
PLACES: dict[str, str] = {name: place for group in GROUPS.values() for name, place in group.items()}
