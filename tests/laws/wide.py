"""Hold papers against each other far beyond the demo bank: other seeds, skewed books, a book a third of which went bad.

Run by hand (`make papers`), in the background: it makes the reports of some thirty branches, one after the other.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from microlib.bank.ingest.intake import load_files
from microlib.bank.pseudonyms import KEY_VARIABLE
from microlib.bank.store import open_store
from microlib.demo.build import make_demo
from microlib.home import Home
from microlib.run.jobs import RunOptions
from microlib.run.plan import plan_reports
from microlib.run.run import run_reports

HERE = Path(__file__).resolve().parent
REAL = Path(os.environ.get("MICROLIB_REAL_DATA", HERE.parents[2] / "shared" / "data")) / "cumcm2020c"
FIRMS = ("企业信息_附件1_123家.csv", "附件1_进项发票.parquet", "附件1_销项发票.parquet")
REAL_DAY = date(2020, 2, 21)
#: branches of a demo bank reported for each seed
A_SEED = 3
SALES = """
    SELECT customer_id, sum(net_yuan) * 365.0 / greatest(date_diff('day', min(issued_date), max(issued_date)), 90)
    FROM invoices WHERE side = 'sale' AND status = 'valid' GROUP BY ALL HAVING sum(net_yuan) > 0 ORDER BY ALL"""


def beside(name: str) -> ModuleType:
    """Return a module that stands beside this one."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def homes(place: Path, seeds: int) -> Iterator[tuple[str, Path, RunOptions]]:
    """Make one home after the other: its name, its folder, and what is reported of it."""
    books = beside("books")
    whole = RunOptions(workers=1)
    for bad_share, sizes, name in ((1 / 3, books.skewed_sizes(200, seed=3), "a_third_bad"),
                                   (0.03, books.skewed_sizes(200, seed=4), "skewed")):  # fmt: skip
        home = place / name
        yield name, books.load_book(home, books.lent_book(sizes, borrowers=220, bad_share=bad_share, seed=5)), whole
    if REAL.is_dir():
        yield "skewed_firms", _lent_firms(place / "skewed_firms", books), whole
    for seed in range(1, seeds + 1):
        home = place / f"seed_{seed}"
        make_demo(home, branches=12, seed=seed)
        with open_store(home) as store:
            codes = [code for (code,) in store.rows("SELECT branch_id FROM branches WHERE branch_id IN "
                                                    "(SELECT branch_id FROM loans) ORDER BY ALL")]  # fmt: skip
        turn = tuple(codes[(A_SEED * seed + each) % len(codes)] for each in range(A_SEED))
        yield f"seed_{seed}", home, RunOptions(branches=turn, workers=1)


def _lent_firms(home: Path, books: ModuleType) -> Path:
    """Load the real firms with their invoices, and lend to them by the sizes of their sales."""
    os.environ[KEY_VARIABLE] = str(home.parent / "bank.key")
    load_files(home, [REAL / name for name in FIRMS], mapping="contest_firms", as_of=REAL_DAY)
    with open_store(home) as store:
        rows = store.rows(SALES)
        branch = store.rows("SELECT branch_id FROM branches")[0][0]
    sizes = np.array([yuan for _, yuan in rows])
    customers = pd.DataFrame({"customer_id": [code for code, _ in rows]})
    told = {"borrowers": len(rows), "bad_share": 0.04, "seed": 6, "customers": customers}
    return books.load_book(home, books.lent_book(sizes, **told, as_of=REAL_DAY, branch=branch), as_of=REAL_DAY)


def main(seeds: int, place: Path) -> int:
    """Make, hold and remove one home after the other; return how many contradictions there were."""
    papers, total = beside("papers"), 0
    for name, home, options in homes(place, seeds):
        run = run_reports(plan_reports(Home(home), options))
        day = date.fromisoformat(Path(run.folder).name)
        told = [*papers.held(Path(run.folder)), *papers.unsummed(home, day)]
        told += [f"not made: {outcome.job.notebook.stem}: {outcome.error}" for outcome in run.failed]
        total += len(told)
        made = len(list(Path(run.folder).glob("*/*/zh/*.html")))
        sys.stdout.write("\n".join([*(f"{name}: {line}" for line in told), f"{name}: {made} reports, {len(told)}\n"]))
        sys.stdout.flush()
        if not told:
            shutil.rmtree(home)
    return total


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp(prefix="papers-"))
    folder.mkdir(parents=True, exist_ok=True)
    found = main(count, folder)
    sys.stdout.write(f"{found} contradictions\n")
    sys.exit(bool(found))
