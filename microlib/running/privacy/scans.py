"""The scan before anything is published: a personal identifier in any output blocks the report and says where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from microlib.bank.told_names import Home, told_names
from microlib.errors import BadData
from microlib.running.privacy.identifiers import Found, find_identifiers, masked_text
from microlib.running.privacy.outputs import passages_of

__all__ = ["PersonalData", "check_private", "is_private", "masked_text"]
#: places that a message names at most
MOST = 5
NAMES = {"identity": "identity number", "mobile": "mobile phone", "card": "bank card", "name": "name of a customer"}
#: a name of two signs may be a word of a page, but hardly a cell of its own in a table of keys and codes
SHORT, TABLE = 2, ".parquet"
FIX = "take the column out of the notebook or the terms; lists carry keys, never names or numbers of persons"


class PersonalData(BadData):
    """An output holds a personal identifier; nothing of the report may be published or kept."""


def check_private(folder: Path, *, home: Home) -> None:
    """Refuse a report's folder in which any file holds a personal identifier.

    Typed numbers of the recorded tables are exempt, and so is a value that is exactly a key in a declared key column
    of the bank: one in ten loan numbers of nineteen digits passes a card's check. Where the bank keeps a look-up, its
    names are searched for too, as whole cells and words; one that the bank declares as the name of a core enterprise,
    a venue, a branch or a product is exempt.

    Parameters
    ----------
    folder : Path
        All that is about to be published, ``results/`` included.
    home : Home
        Whose bank it is.

    Raises
    ------
    PersonalData
        Naming kinds and places; the identifiers themselves are masked.
    """
    hits = list(_hits(folder, told_names(home)))
    if not hits:
        return
    from microlib.running.privacy.exemptions import exempt_words  # the engine is loaded only for a hit

    exempt = exempt_words({piece for _, found in hits for piece in found.pieces}, results=folder / "results", home=home)
    left = [(place, found) for place, found in hits if not exempt.intersection(found.pieces)]
    if left:
        raise PersonalData(_summary(left), where="; ".join(_places(left)), fix=FIX)


def is_private(name: str, text: str) -> bool:
    """Return whether a file of that name and text holds no identifier at all; nothing is exempt."""
    return not any(find_identifiers(passage.text) for passage in passages_of(name, text.encode("utf-8", "replace")))


def _hits(folder: Path, names: frozenset[str] = frozenset()) -> Iterator[tuple[str, Found]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        yield from ((name, found) for found in find_identifiers(name))
        for place, text in passages_of(name, path.read_bytes()):
            yield from ((place, found) for found in find_identifiers(text))
            said = names.intersection(text.split()) if names else ()
            known = [each for each in sorted(said) if len(each) > SHORT or TABLE in place]
            yield from ((place, Found("name", each, each)) for each in known)


def _summary(hits: list[tuple[str, Found]]) -> str:
    kinds = {found.kind: found for _, found in hits}
    told = [f"{NAMES[kind]} ({found.masked})" for kind, found in kinds.items()]
    return f"the report holds personal identifiers: {', '.join(told)}"


def _places(hits: list[tuple[str, Found]]) -> list[str]:
    places = list(dict.fromkeys(place for place, _ in hits))
    more = [f"{len(places) - MOST} more places"] if len(places) > MOST else []
    return places[:MOST] + more
