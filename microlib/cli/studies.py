"""The commands for learning: teaching cases and exercises."""

from __future__ import annotations

from microlib.cli import cases, exercises

COMMANDS = [cases.case, exercises.exercise]
