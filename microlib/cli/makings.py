"""Reports made: planned while their kernels are being made ready, and run."""

from __future__ import annotations

from typing import Any


def made_run(home: Any, wanted: dict[str, Any], course: dict[str, Any]) -> Any:
    """Plan the reports wanted and run them.

    Parameters
    ----------
    home : Home
    wanted : dict
        What a request knows.
    course : dict
        What a course knows.
    """
    from microlib.running import beginnings, notebooks

    found = notebooks.find_notebooks(home, wanted["notebooks"])
    with beginnings.begun(beginnings.Course(**course), notebooks=found) as begun:
        from microlib.running import plans, runs  # what they import comes in meanwhile

        return runs.run_reports(plans.plan_reports(home, plans.Request(**wanted)), course=begun)
