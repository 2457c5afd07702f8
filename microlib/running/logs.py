"""The log of a run on the error stream: a line per event, ``name=value`` throughout (docs/running.md)."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime

#: a value of these signs stands as it is; any other is written as a JSON string, so a line stays a line
PLAIN = re.compile(r"[\w./:+-]+")


def log(level: str, event: str, **facts: object) -> None:
    """Write a line: moment (UTC), level (``info``, ``warning``, ``error``), event, and what is known of it."""
    sys.stderr.write(line_of({"time": moment(), "level": level, "event": event, **facts}) + "\n")
    sys.stderr.flush()


def moment() -> str:
    """Return the moment, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def line_of(facts: dict[str, object]) -> str:
    r"""Return facts as one line.

    Examples
    --------
    >>> line_of({"event": "report", "error": 'KeyError: "0021"'})
    'event=report error="KeyError: \\"0021\\""'
    """
    return " ".join(f"{name}={_value(value)}" for name, value in facts.items())


def _value(value: object) -> str:
    text = str(value)
    return text if PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
