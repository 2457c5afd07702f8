"""The order of a design's steps, and whether one of them may be taken now."""

from __future__ import annotations

from datetime import date

import pandas as pd

from microlib.contracts.design_steps import DesignStep
from microlib.design.dated_files import Place
from microlib.design.dated_tables import Written, read_dated
from microlib.errors import BadConfig


def read_steps(home: Place, *, as_of: date | str) -> tuple[Written, ...]:
    """Read the steps in force on a day, in their order.

    Raises
    ------
    BadConfig
        If a step is not dated, or needs one that does not stand before it.

    Examples
    --------
    >>> [step.code for step in read_steps(".", as_of="2026-06-30")][:3]
    ['opportunity', 'groups', 'sources']
    """
    found = read_dated(home, part="design_steps", table="steps", model=DesignStep, as_of=as_of)
    steps = tuple(step for step in found if step.is_in_force)
    before: set[str] = set()
    for step in steps:
        lacking = [code for code in step.terms.needs if code not in before]
        if lacking:
            what = f"{step.code} needs {', '.join(lacking)}, which does not stand before it"
            raise BadConfig(what, where="data/policies/design_steps.toml", fix="put steps in the order of their needs")
        before.add(step.code)
    return steps


def step_of(steps: tuple[Written, ...], *, code: str) -> Written:
    """Return one step by its code; one that is not there is a `BadConfig` that names those that are."""
    known = {step.code: step for step in steps}
    if code not in known:
        raise BadConfig(f"no step is called {code}", where="design_steps.toml", fix=f"use one of {', '.join(known)}")
    return known[code]


def check_ready(step: Written, log: pd.DataFrame, *, where: str) -> None:
    """Refuse a step whose needs are not decided, were decided against, or rest on evidence that has changed since.

    Parameters
    ----------
    step : Written
        One of `read_steps`.
    log : DataFrame
        ``step, action, evidence_state``: result of `logs.read_log`; the last entry of a step counts.
    where : str
        Place of the log, for the refusal.

    Raises
    ------
    BadConfig
        With the command that mends it.
    """
    last = log.drop_duplicates("step", keep="last").set_index("step")
    for need in step.terms.needs:
        if need not in last.index:
            fix = f"decide it first: microlib design step … {need} --decision do --reason …"
            raise BadConfig(f"{step.code} waits for the result of {need}", where=where, fix=fix)
        if last.loc[need, "action"] != "do":
            fix = f"decide {need} anew on new evidence, or leave the product"
            raise BadConfig(f"{need} was decided as {last.loc[need, 'action']}", where=where, fix=fix)
        if last.loc[need, "evidence_state"] != "as_recorded":
            fix = f"run the report again and decide {need} anew"
            raise BadConfig(f"the evidence of {need} is {last.loc[need, 'evidence_state']}", where=where, fix=fix)
