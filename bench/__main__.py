"""Run every measurement, or those named, print the table and write bench.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from bench import (
    backtest,
    connections,
    coverage,
    growth,
    indices,
    ingest,
    pars,
    programmes,
    reports,
    runs,
    slices,
    trials,
    vintages,
)

PARTS = {
    "ingest": ingest.rows,
    "slices": slices.rows,
    "trials": trials.rows,
    "programmes": programmes.rows,
    "reports": reports.rows,
    "runs": runs.rows,
    "growth": growth.rows,
    "vintages": vintages.rows,
    "pars": pars.rows,
    "indices": indices.rows,
    "connections": connections.rows,
    "backtest": backtest.rows,
    "coverage": coverage.rows,
}
COLUMNS = ["name", "ours", "peer", "ratio", "bound", "holds"]


def main(names: list[str]) -> int:
    """Return 1 when a bound does not hold."""
    measured = [row for name in names or PARTS for row in PARTS[name]()]
    frame = pd.DataFrame(measured, columns=COLUMNS)
    sys.stdout.write(frame.to_string(index=False) + "\n")
    Path("bench.json").write_text(json.dumps(measured, ensure_ascii=False, indent=1) + "\n", encoding="utf8")
    return int(not all(row["holds"] is not False for row in measured))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
