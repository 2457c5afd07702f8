"""Making the demo bank: all stages in order, loaded through the checks of any file, put in place when whole.

`make_demo` makes it, `keep_demo` only when there is none from this generator and seed. A new stage stands in `STAGES`,
after those whose work it reads.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from microlib.bank.ingest.load import load_frames
from microlib.bank.state import PREFIX, sweep_states
from microlib.bank.store import open_store, read_meta, write_meta
from microlib.demo.branches import make_offers, make_places, make_seasons
from microlib.demo.campaigns import make_campaigns, make_churn_reviews, make_referrals, make_win_backs
from microlib.demo.chain import make_chains, make_financings, make_receipts, make_trades
from microlib.demo.conduct import make_payments, make_site_checks, make_timelines
from microlib.demo.customers import make_customers, make_identities, make_people, make_roles
from microlib.demo.invoices import make_flows, make_invoices, make_rosters
from microlib.demo.ledger_tables import make_behaviours, make_facilities, make_loans
from microlib.demo.lending import live_through
from microlib.demo.managers import make_leads, make_manager_months, make_plan_tasks, make_targets, make_touches
from microlib.demo.reviews import make_breaches, make_disposals, make_reviews, make_series
from microlib.demo.structure import make_applications, make_collateral, make_guarantees, make_links
from microlib.demo.truths import make_services, make_totals, make_truths
from microlib.demo.world import World, make_sales
from microlib.files import owned_folder
from microlib.home import Home, package_folder

SEED = 20260630
NAME = "demo bank (synthetic)"
SOURCES = ("demo/*.py", "demo/*.toml", "contracts/columns.py", "contracts/tables/*.py", "bank/store.py")
#: what is made, in order: each stage reads what earlier ones left in the world
STAGES = {
    "ground": (make_places, make_offers, make_seasons, make_people),
    "lending": (make_roles, make_identities, make_sales, live_through),
    "ledger": (make_loans, make_facilities, make_behaviours, make_customers),
    "structure": (make_links, make_guarantees, make_collateral, make_applications),
    "chain": (make_chains, make_trades, make_financings, make_receipts),
    "evidence": (make_rosters, make_flows, make_invoices),
    "conduct": (make_timelines, make_payments),
    "review": (make_site_checks, make_disposals, make_reviews, make_breaches, make_series),
    "campaigns": (make_campaigns, make_referrals, make_churn_reviews, make_win_backs),
    "managers": (make_leads, make_touches, make_manager_months, make_targets, make_plan_tasks),
    "close": (make_services, make_totals, make_truths),
}


def build_world(*, branches: int, seed: int, scale: float = 1.0) -> World:
    """Make a whole demo bank in memory: its frames by table, and what was planted.

    Parameters
    ----------
    branches : int
        How many branches.
    seed : int
        The same seed gives the same frames.
    scale : float
        Share of each branch's customers; below 1 only in quick tests.
    """
    world = World(seed=seed, branches=branches, scale=scale)
    for stage in stages():
        stage(world)
    return world


def stages(*names: str) -> Iterator[Callable[[World], None]]:
    """Give the stages of the parts called `names`, in the order of the whole; without names all.

    Examples
    --------
    >>> [stage.__name__ for stage in stages("ledger")]
    ['make_loans', 'make_facilities', 'make_behaviours', 'make_customers']
    """
    return (stage for name, part in STAGES.items() if name in (names or STAGES) for stage in part)


def make_demo(home: str | Path, *, branches: int = 12, seed: int = SEED) -> Path:
    """Make the demo bank anew and return the path of its store.

    All of it is synthetic and says so; ``truth.json`` in the home holds what was planted, for tests alone.

    Parameters
    ----------
    home : path
        The demo bank's home, by custom ``data/demo``.
    branches : int
        How many branches; twelve are written, more are made after their pattern.
    seed : int
        The same seed makes the same bank.

    Raises
    ------
    BadData
        If the generator breaks a contract: nothing is replaced then.
    """
    place = Home(Path(home))
    place.bank.parent.mkdir(parents=True, exist_ok=True)
    world = build_world(branches=branches, seed=seed)
    sweep_states(place)  # what a making that was killed has left beside the bank
    with owned_folder(place.bank.parent, PREFIX) as folder:
        load_frames(folder, world.frames, as_of=world.as_of, name=NAME, synthetic=True)
        with open_store(folder, writable=True) as store:
            write_meta(store, made_by=_maker(branches, seed), is_synthetic="true")
        world.write_truth(place.root / "truth.json")
        os.replace(Home(folder).bank, place.bank)
    return place.bank


def keep_demo(home: str | Path, *, branches: int = 12, seed: int = SEED) -> Path:
    """Return the demo bank's store; make it only when there is none that this generator made from this seed."""
    bank = Home(Path(home)).bank
    if bank.is_file() and _made_by(home) == _maker(branches, seed):
        return bank
    return make_demo(home, branches=branches, seed=seed)


def _maker(branches: int, seed: int) -> str:
    """Fingerprint of the generator's sources and what it was asked for."""
    package = package_folder()
    digest = hashlib.sha256(f"{branches} {seed}".encode())
    for pattern in SOURCES:
        for path in sorted(package.glob(pattern)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _made_by(home: str | Path) -> str:
    with open_store(home) as store:
        return read_meta(store, "made_by")
