"""One month of the bank: payments first, then endings and renewals, then new lending."""

from __future__ import annotations

import numpy as np

from microlib.bank.demo import draws, endings, payments
from microlib.bank.demo.worlds import World


def live_month(world: World, month: int, dice: np.random.Generator) -> list[dict]:
    """Let one month pass over the world's ledger; return its payments."""
    ledger = world.notes["ledger"]
    paid = payments.pay_month(world, ledger, month, dice)
    paid = endings.end_month(world, ledger, month, dice, paid=paid)
    draws.draw_month(world, ledger, month, dice)
    return paid
