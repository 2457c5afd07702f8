"""A million invoice rows: every check and pseudonym, against DuckDB's bare load and against pandas with pandera."""

from __future__ import annotations

import hmac
import os
import tempfile
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from bench import clocks
from microlib.bank.ingest.intake import ingest_files
from microlib.bank.ingest.load import load_frames
from microlib.contracts.schemas import schema
from microlib.contracts.tables import TABLES

ROWS, CUSTOMERS = 1_000_000, 5_000
AS_OF = date(2026, 6, 30)
MAKE = f"""
COPY (SELECT 'C' || lpad((i % {CUSTOMERS})::VARCHAR, 6, '0') AS customer_id,
    CASE WHEN i % 2 = 0 THEN 'sale' ELSE 'purchase' END AS side, lpad(i::VARCHAR, 8, '0') AS invoice_number,
    1 AS occurrence_number, DATE '2024-01-01' + (i % 900)::INTEGER AS issued_date,
    '91' || lpad((hash(i) % 20000)::VARCHAR, 16, '0') AS counterparty_hash,
    round((hash(i + 1) % 9000000) / 100.0, 2) AS net_yuan, round(net_yuan * 0.13, 2) AS tax_yuan,
    round(net_yuan + tax_yuan, 2) AS gross_yuan, CASE WHEN i % 25 = 0 THEN 'void' ELSE 'valid' END AS status
    FROM range({ROWS}) t(i)) TO '{{path}}' (HEADER)
"""


def rows() -> list[dict]:
    """Return the rows of the bench table."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MICROLIB_KEY_FILE"] = str(Path(folder) / "bench.key")
        path = Path(folder) / "invoices.csv"
        duckdb.sql(MAKE.format(path=path))
        plain = min(clocks.in_child("ingest", "load_plainly", str(path))[0] for _ in range(3))
        frames = min(clocks.in_child("ingest", "load_with_frames", str(path))[0] for _ in range(2))
        ours, memory = min(_ours(folder, path, number) for number in range(3))
    return [
        clocks.row("ingest 1M invoices / DuckDB load (s)", ours, plain, bound=6.0),
        clocks.row("ingest 1M invoices / pandas + pandera (s)", ours, frames, bound=1.5),
        clocks.row("ingest 1M invoices, peak / 2 GiB (MiB)", memory, 2048.0, bound=1.0),
    ]


def load_plainly(path: str) -> None:
    """Load the file as DuckDB alone does."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/plain.duckdb") as engine:
        engine.execute(f"CREATE TABLE invoices AS SELECT * FROM read_csv('{path}')")


def load_with_frames(path: str) -> None:
    """Load the file with pandas, the same checks by pandera, the same pseudonyms, and write it."""
    texts = ["customer_id", "side", "invoice_number", "counterparty_hash", "status"]
    frame = pd.read_csv(path, dtype=dict.fromkeys(texts, "str"), parse_dates=["issued_date"])
    names = {
        name: hmac.digest(b"k" * 32, name.encode(), "sha256").hex() for name in frame["counterparty_hash"].unique()
    }
    frame = frame.assign(counterparty_hash=frame["counterparty_hash"].map(names), category=pd.Series(dtype="str"))
    known = {f"C{number:06}" for number in range(CUSTOMERS)}
    checked = schema(TABLES["invoices"]).validate(frame, lazy=True)
    assert checked["customer_id"].isin(known).all()
    assert (checked["issued_date"] <= pd.Timestamp(AS_OF)).all()
    assert ((checked["net_yuan"] + checked["tax_yuan"] - checked["gross_yuan"]).abs() < 0.011).all()
    assert not checked.duplicated(["customer_id", "side", "invoice_number"]).any()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/framed.duckdb") as engine:
        engine.execute("CREATE TABLE invoices AS SELECT * FROM checked")


def load_ours(home: str, path: str) -> None:
    """Take the file into a bank that knows the customers."""
    ingest_files(home, [path], mapping="own_tables", as_of=AS_OF)


def _ours(folder: str, path: Path, number: int) -> tuple[float, float]:
    home = Path(folder) / f"home{number}"
    customers = pd.DataFrame({"customer_id": [f"C{count:06}" for count in range(CUSTOMERS)], "branch_id": "0755"})
    branches = pd.DataFrame({"branch_id": ["0755"], "name": ["bench"]})
    load_frames(home, {"branches": branches, "customers": customers}, as_of=AS_OF, name="bench")
    return clocks.in_child("ingest", "load_ours", str(home), str(path))
