"""What a notebook cell shows: the same content as readable text and as HTML, both deterministic and escaped."""

from __future__ import annotations

import html
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from microlib.errors import BadConfig
from microlib.files import replaced_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Shown:
    """One display object.

    Parameters
    ----------
    text : str
        ``text/plain``: what nbval compares and a terminal shows.
    page : str
        ``text/html``, already escaped.

    Examples
    --------
    >>> paragraph("a < b")._repr_html_()
    '<p class="wb-say">a &lt; b</p>'
    """

    text: str
    page: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.page

    def __add__(self, other: Shown) -> Shown:
        return Shown(f"{self.text}\n\n{other.text}", f"{self.page}\n{other.page}")


@dataclass(frozen=True)
class Picture:
    """A figure: its PNG and, as ``text/plain``, what it shows in words.

    ``picture.figure`` is matplotlib's own: what is changed on it shows in `again` and in what `save` writes.

    Parameters
    ----------
    alt : str
        Title, axes with units, and source.
    png : bytes
    figure : Figure, optional
        What the PNG was drawn from.
    """

    alt: str
    png: bytes
    figure: Figure | None = field(default=None, repr=False, compare=False)

    def again(self) -> Picture:
        """Return the figure drawn again, with what was changed on it since.

        Raises
        ------
        BadConfig
            If no figure is held.
        """
        return replace(self, png=self._drawn("png"))

    def save(self, path: str | Path) -> Path:
        """Write the figure as ``.svg``, ``.png`` or ``.pdf``, as it stands now.

        Raises
        ------
        BadConfig
            If the name ends otherwise, or no figure is held.
        """
        place = Path(path)
        if place.suffix not in (".svg", ".png", ".pdf"):
            raise BadConfig(f"{place.name} is no picture", where="path", fix="end it in .svg, .png or .pdf")
        drawn = self._drawn(place.suffix[1:])
        with replaced_file(place) as draft:
            draft.write_bytes(drawn)
        return place

    def _drawn(self, kind: str) -> bytes:
        if self.figure is None:
            raise BadConfig("the picture holds no figure", where="picture", fix="draw it with report.draw")
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format=kind)
        return buffer.getvalue()

    def __repr__(self) -> str:
        return self.alt

    def _repr_png_(self) -> bytes:
        return self.png


@dataclass(frozen=True)
class Stack:
    """Several things one below the other of which one is a picture: a notebook shows each as an output of its own.

    Parameters
    ----------
    parts : tuple of Shown or Picture
    """

    parts: tuple[Shown | Picture, ...]

    def __repr__(self) -> str:
        return "\n\n".join(repr(part) for part in self.parts)

    def _ipython_display_(self) -> None:
        from IPython.display import display  # only a notebook asks, and it has it

        for part in self.parts:
            display(part)


def escaped(value: object) -> str:
    """Return text that is safe inside HTML, quotes included, on one line.

    Examples
    --------
    >>> escaped('<script>"1"</script>')
    '&lt;script&gt;&quot;1&quot;&lt;/script&gt;'
    """
    return html.escape(one_line(value), quote=True)


def one_line(value: object) -> str:
    r"""Return text without line breaks, tabs or other control characters.

    Examples
    --------
    >>> one_line("a\nb")
    'a b'
    """
    return "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in str(value))


def paragraph(text: str, kind: str = "say") -> Shown:
    """Show a sentence."""
    return Shown(one_line(text), f'<p class="wb-{kind}">{escaped(text)}</p>')


def heading(text: str, level: int = 2) -> Shown:
    """Show a heading that carries its answer."""
    return Shown(one_line(text), f'<h{level} class="wb-title">{escaped(text)}</h{level}>')


def box(text: str, kind: str = "missing") -> Shown:
    """Show a sentence in a box: grey for what is not computed, amber for a warning."""
    colour = {"missing": "#e8e8e8", "warning": "#fff3cd"}[kind]
    style = f"background:{colour};padding:0.6em 1em;margin:0.5em 0"
    return Shown(f"[ {one_line(text)} ]", f'<div class="wb-{kind}" style="{style}">{escaped(text)}</div>')


def aside(shown: Shown) -> Shown:
    """Show something in the notebook only: pages made of it say it in a place of their own."""
    return Shown(shown.text, f"<aside>{shown.page}</aside>")


def nothing() -> Shown:
    """Show nothing, where a passage does not apply."""
    return Shown("", "")


def joined(parts: Iterable[Shown]) -> Shown:
    """Show several things one below the other."""
    shown = [part for part in parts if part.text]
    return Shown("\n\n".join(part.text for part in shown), "\n".join(part.page for part in shown))


def stacked(parts: Iterable[Shown | Picture]) -> Shown | Stack:
    """Show several things one below the other, pictures among them; without a picture as `joined` does."""
    listed = tuple(part for part in parts if repr(part))
    pictures = any(isinstance(part, Picture) for part in listed)
    return Stack(listed) if pictures else joined(part for part in listed if isinstance(part, Shown))


def width(text: str) -> int:
    """Return how many columns of a terminal `text` takes: a Chinese sign takes two.

    Examples
    --------
    >>> width("余额 ok")
    7
    """
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Return rows as text in columns; the first row is the head, numbers stand to the right.

    Examples
    --------
    >>> print(aligned([["支行", "户"], ["城东", "12"], ["北", "7"]], [False, True]))
    支行  户
    ----  --
    城东  12
    北     7
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(width(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = [_line(row, widths, right) for row in cells]
    return "\n".join([lines[0], "  ".join("-" * size for size in widths), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (size - width(cell)) + cell if number else cell + " " * (size - width(cell))
        for cell, size, number in zip(row, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def facts(rows: Sequence[Sequence[str]]) -> Shown:
    """Show pairs of a name and a text, one below the other."""
    body = "".join(f"<tr><th>{escaped(name)}</th><td>{escaped(text)}</td></tr>" for name, text in rows)
    longest = max((width(name) for name, _ in rows), default=0)
    lines = [f"{name}{' ' * (longest - width(name))}  {one_line(text)}".rstrip() for name, text in rows]
    return Shown("\n".join(lines), f'<table class="wb-facts"><tbody>{body}</tbody></table>')
