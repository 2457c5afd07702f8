"""Where else than into a branch's report its content may go: to head office only, or out of the bank."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from microlib.reporting.desks import Desk
from microlib.reporting.leaflets import Leaflet, begun_leaflet
from microlib.reporting.withholdings import HeadOffice


class Outlets(Desk):
    """The two other ways."""

    @cached_property
    def head_office(self) -> HeadOffice:
        """The part of this report that only head office gets: see `HeadOffice`."""
        return HeadOffice(self)

    def leaflet(self, audience: str, *, policy: Any, product: Any = None, subject: str = "") -> Leaflet:
        """Begin a one-pager for somebody outside the bank: see `Leaflet`.

        Parameters
        ----------
        audience : str
            ``chamber``, ``market``, ``core_enterprise`` or ``customer``.
        policy : QualityPolicy
            Says how many a shown count must hold.
        product : Product, optional
            Names the sheet.
        subject : str
            A code that tells two sheets for the same audience apart.

        Raises
        ------
        BadConfig
            If the audience is none of these, or the subject cannot stand in a file's name.
        """
        return begun_leaflet(self, audience, policy=policy, product=product, subject=subject)
