"""All commands about runs: making them, proving them, comparing them, and the kernel they run in."""

from __future__ import annotations

from microlib.cli import comparisons, kernels, proofs, reports

COMMANDS = [reports.report, reports.index, proofs.verify, comparisons.diff, kernels.kernels]
