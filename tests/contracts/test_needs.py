"""What measures declare of the tables that may be absent."""

import importlib
import inspect
import pkgutil

import pytest

import microlib.design
import microlib.metrics
from microlib.contracts.needs import Needs, measure, needs_of
from microlib.contracts.tables import TABLES


def declared():
    """Yield every function below metrics and design that declares its needs."""
    for package in (microlib.metrics, microlib.design):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for _, fn in inspect.getmembers(module, inspect.isfunction):
                if hasattr(fn, "needs") and fn.__module__ == found.name:
                    yield fn


def test_a_declaration_returns_the_measure_itself():
    def counted(loans):
        return len(loans)

    assert measure(optional=["loans"])(counted) is counted and needs_of(counted) == Needs(("loans",))


def test_what_declares_nothing_needs_all():
    assert needs_of(len) == Needs()


@pytest.mark.parametrize("fn", list(declared()), ids=lambda fn: fn.__qualname__)
def test_what_may_be_absent_is_a_table_and_a_parameter_of_frames(fn):
    parameters = inspect.signature(fn).parameters
    assert set(fn.needs.optional) <= set(TABLES) & set(parameters)
    assert all("DataFrame" in str(parameters[name].annotation) for name in fn.needs.optional)
