"""All commands about runs: making, proving and comparing them, studies, and the kernel they run in."""

from __future__ import annotations

from microlib.cli import comparisons, kernels, reports, studies

COMMANDS = [*reports.COMMANDS, *comparisons.COMMANDS, *studies.COMMANDS, kernels.kernels]
