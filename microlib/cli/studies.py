"""The commands for learning: teaching cases and exercises."""

from __future__ import annotations

from microlib.cli import cases

COMMANDS = [cases.case]
