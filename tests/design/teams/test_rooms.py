"""Rooms of teams: their own terms on the bank's tables, nobody else touched."""

from __future__ import annotations

import pytest

from microlib.design.teams import rooms
from microlib.design.terms import list_products, read_product
from microlib.errors import BadConfig
from microlib.homes import Home


@pytest.fixture
def home(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bank.duckdb").write_bytes(b"bank")
    return Home(tmp_path)


def test_a_room_holds_one_product_and_leads_to_the_bank(home) -> None:
    rooms.make_room(home, team="red", product="market_stall")
    room = rooms.find_room(home, "red")
    assert rooms.product_of(room) == "market_stall" and "market_stall" in list_products(room)
    assert room.bank.is_symlink() and room.bank.read_bytes() == b"bank"


def test_a_change_in_one_room_is_seen_there_only(home) -> None:
    file = rooms.make_room(home, team="red", product="market_stall")
    rooms.make_room(home, team="blue", product="market_stall")
    file.write_text(file.read_text("utf-8").replace("cap_yuan = 500_000", "cap_yuan = 300_000"), "utf-8")
    caps = [read_product(place, product="market_stall", as_of="2026-06-30").limit.cap_yuan
            for place in (rooms.find_room(home, "red"), rooms.find_room(home, "blue"), home)]  # fmt: skip
    assert caps == [300_000, 500_000, 500_000]


def test_what_makes_no_room_is_refused(home) -> None:
    with pytest.raises(BadConfig, match="no name for a team"):
        rooms.make_room(home, team="../x", product="market_stall")
    with pytest.raises(BadConfig, match="no product nothing"):
        rooms.make_room(home, team="red", product="nothing")
    rooms.make_room(home, team="red", product="market_stall")
    with pytest.raises(BadConfig, match="has a room already"):
        rooms.make_room(home, team="red", product="market_stall")
    with pytest.raises(BadConfig, match="team green has no room"):
        rooms.find_room(home, "green")


def test_teams_of_different_products_are_not_compared() -> None:
    with pytest.raises(BadConfig, match="different products"):
        rooms.check_same({"red": "market_stall", "blue": "hospital_supplier"})
