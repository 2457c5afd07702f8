"""The five things that a trial may turn, as they stand today or as somebody sets them."""

from __future__ import annotations

from dataclasses import dataclass

from microlib.contracts.policies import StressPolicy
from microlib.contracts.products import Product
from microlib.errors import BadConfig


@dataclass(frozen=True)
class Settings:
    """One setting of the bench.

    Parameters
    ----------
    cap_yuan : int
        Largest line of one customer.
    yearly_rate : float
        Fraction, 0 .. 0.36.
    term_months : int
        Longest tenor.
    contacted_count : int
        Customers that a campaign puts in its two arms together, half and half.
    stop_share : float
        Share of borrowers who default when their source stops (the stress), 0 .. 1.

    Raises
    ------
    BadConfig
        If one lies outside its range; the sentence names it.
    """

    cap_yuan: int
    yearly_rate: float
    term_months: int
    contacted_count: int
    stop_share: float

    def __post_init__(self) -> None:
        ranges = {
            "cap_yuan": self.cap_yuan > 0,
            "yearly_rate": 0 <= self.yearly_rate <= 0.36,
            "term_months": 1 <= self.term_months <= 360,
            "contacted_count": self.contacted_count >= 2,
            "stop_share": 0 <= self.stop_share <= 1,
        }
        wrong = [name for name, holds in ranges.items() if not holds]
        if wrong:
            what = f"{wrong[0]} = {getattr(self, wrong[0])}: is outside its range"
            raise BadConfig(what, where="settings", fix="turn it back")


def settings_today(product: Product, stress: StressPolicy) -> Settings:
    """Return the settings that the written terms and the policy stand for."""
    return Settings(
        cap_yuan=product.limit.cap_yuan,
        yearly_rate=float(product.yearly_rate),
        term_months=product.max_term_months,
        contacted_count=2 * product.volumes.pilot_customers_count,
        stop_share=stress.pd_high,
    )


def changed_product(product: Product, settings: Settings) -> Product:
    """Return the product with a trial's cap, rate and tenor; the tenor does not fall under the shortest."""
    rate = type(product.yearly_rate)(str(round(settings.yearly_rate, 6)))
    limit = product.limit.model_copy(update={"cap_yuan": max(settings.cap_yuan, product.limit.floor_yuan)})
    longest = max(settings.term_months, product.min_term_months)
    return product.model_copy(update={"yearly_rate": rate, "max_term_months": longest, "limit": limit})
