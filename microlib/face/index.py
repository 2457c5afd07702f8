"""The face by name: where each name stands, and behind which contract."""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module

from microlib.face.contract import guarded
from microlib.face.needs import NEEDS
from microlib.face.places import PLACES

#: group -> its title on the page of names
TITLES = {
    "begin": "从哪里开始 · Where to begin",
    "quality": "贷款质量 · Quality of a book",
    "rates": "小样本与评分 · Rates, ranges, scores",
    "spread": "集中、季节、关联 · Spread, seasons, connections",
    "limits": "额度与还款 · Limits and repayment",
    "prices": "成本与定价 · Cost and price",
    "campaigns": "活动与对外 · Campaigns, and telling others",
}


@cache
def face_of(name: str) -> object:
    """Return what a name of the face stands for: a function behind its contract, or a class as it is.

    Parameters
    ----------
    name : str
        A key of `places.PLACES`.

    Examples
    --------
    >>> face_of("break_even_months")(fixed_rate=4.2, used_rate=0.048)
    Traceback (most recent call last):
    microlib.errors.BadData: fixed_rate is 4.2: above 1
      where: fixed_rate
      fix: write 4.2 % as the fraction 0.042
    """
    module, attribute = PLACES[name].split(":")
    found = getattr(import_module(module), attribute)
    return found if isinstance(found, type) else guarded(found, name=name, needs=NEEDS.get(name, {}))


def call_signature(function: object) -> inspect.Signature:
    """Return a function's signature without types: what one writes.

    Examples
    --------
    >>> def half(amount_yuan: float, *, rounded: bool = False) -> float: ...
    >>> str(call_signature(half))
    '(amount_yuan, *, rounded=False)'
    """
    signature = inspect.signature(function)  # type: ignore[arg-type]
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return inspect.Signature(plain)
