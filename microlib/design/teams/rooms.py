"""A team's room: a home with its own copy of one product's terms, on the bank of the home it stands in."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from microlib.design.dated_files import home_at
from microlib.errors import BadConfig
from microlib.homes import Home

#: what a room takes along of its home's own written terms
KINDS = ("policies", "segments", "branches", "peers", "reference")
NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def make_room(home: Home, *, team: str, product: str) -> Path:
    """Give a team a room in which to change a product's terms; return the file that it edits.

    Parameters
    ----------
    home : Home
        The bank's home. Its tables are read, never copied.
    team : str
        Small letters, digits, ``-`` and ``_``.
    product : str
        Code of the product that the team starts from.

    Raises
    ------
    BadConfig
        If the name is no name, the team has a room already, there is no such product, or the room cannot be written.
    """
    source = home.config("products") / f"{product}.toml"
    if not NAME.fullmatch(team):
        raise BadConfig(f"{team!r} is no name for a team", where="team", fix="small letters, digits, - and _")
    if not source.is_file():
        raise BadConfig(f"there is no product {product}", where=str(source), fix="see data/products")
    room = room_of(home, team)
    if room.root.exists():
        raise BadConfig(f"team {team} has a room already", where=str(room.root), fix="choose another name")
    try:
        return _furnished(room, home, source)
    except OSError as error:
        raise BadConfig(
            f"the room cannot be written: {error.strerror}", where=str(room.root), fix="make it so"
        ) from error


def room_of(home: Home, team: str) -> Home:
    """Return the home of a team's room, there or not."""
    return Home(home.root / "teams" / team)


def find_room(home: Home, team: str) -> Home:
    """Return a team's room.

    Raises
    ------
    BadConfig
        If the team has none.
    """
    room = room_of(home, team)
    if not room.root.is_dir():
        raise BadConfig(
            f"team {team} has no room here", where=str(room.root), fix=f"microlib design team {team} --product P"
        )
    return room


def product_of(room: Home) -> str:
    """Return the product that a room's team works on.

    Raises
    ------
    BadConfig
        If the room does not hold exactly one product.
    """
    held = sorted(path.stem for path in (room.root / "data" / "products").glob("[!_]*.toml"))
    if len(held) != 1:
        where = str(room.root / "data" / "products")
        raise BadConfig(f"a room holds one product, this holds {len(held)}", where=where, fix="keep the one you design")
    return held[0]


def check_same(products: Mapping[str, str]) -> None:
    """Refuse teams that design different products: their measures would not mean the same.

    Raises
    ------
    BadConfig
        With each team's product.
    """
    if len(set(products.values())) > 1:
        told = ", ".join(f"{team}: {product}" for team, product in products.items())
        raise BadConfig("the teams design different products", where=told, fix="compare teams of one product")


def _furnished(room: Home, home: Home, source: Path) -> Path:
    """Put the terms into the room and lead it to the bank."""
    products = room.root / "data" / "products"
    products.mkdir(parents=True)
    for kind in KINDS:
        own = home_at(home).root / "data" / kind
        if own.is_dir():
            shutil.copytree(own, room.root / "data" / kind)
    os.symlink(home.bank.resolve(), room.bank)
    return Path(shutil.copyfile(source, products / source.name))
