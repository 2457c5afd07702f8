"""Six slides of a report for a meeting: messages, native charts and tables of its record, notes with sources.

Which reports have slides, and what stands on each, is written in ``templates/decks.toml``. A slide's message is the
heading that carries the answer on the page; its tables are made of the recorded results by the function that writes
those of the page.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import xlsxwriter
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
from pptx.enum.dml import MSO_LINE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Emu, Inches, Pt

from microlib.contracts.documents import read_toml
from microlib.report.display import width
from microlib.report.tables import QUANTITIES, grid, in_language, table_layout
from microlib.report.toolkit import Typed, header, spread
from microlib.report.words import Words
from microlib.run.export.document import Block, Document, inert, packed_file, read_listing, read_result
from microlib.run.export.html import TEMPLATES
from microlib.run.export.xlsx import FACE, OPTIONS

#: a slide of 16 to 9, in inches, and what stands where on it
WIDE, HIGH, EDGE = 13.333, 7.5, 0.5
STRIP_TOP, TITLE_TOP, TITLE_HIGH, BODY_TOP, FOOT_TOP = 0.26, 0.56, 1.06, 1.78, 7.0
GAP, CAPTION_HIGH = 0.3, 0.32
TITLE_SIZES, CELL_SIZES, POINT_SIZE = (26, 24, 22, 20, 18, 16), (13, 12, 11, 10, 9), 13
#: of a line's width in points, what half a Chinese sign takes of its size; of its height
HALF, LINE = 0.52, 1.38
INK, SOFT, ACCENT, FAINT, WARN = "1D2733", "5A6776", "1F5A83", "EEF2F5", "5F4100"
#: told apart by lightness too, so that they survive black-and-white
SERIES = ("1F5A83", "D99A00", "9AA5B1", "009E73")
RISE, FALL, WHOLE = "D55E00", "009E73", "1F5A83"
KINDS = {
    "line": XL_CHART_TYPE.LINE,
    "bars": XL_CHART_TYPE.BAR_CLUSTERED,
    "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stack": XL_CHART_TYPE.BAR_STACKED,
    "bridge": XL_CHART_TYPE.BAR_STACKED,
}
#: of a cell, left and right together; the type that is not made smaller so that lines do not break
PADDING, LEAST_SIZE = 0.16, 10
#: signs of a cell that is not broken; a unit in brackets, before which a head is broken first
UNBROKEN, UNIT = 14, re.compile(r" (?=\()|(?<=\S)(?=（)")
#: letters wider than half a Chinese sign
WIDE_LETTERS = re.compile("[A-Zmw%]")
#: what stands together on a line: a run without a blank, or one East Asian sign
PIECE = re.compile("[\u2e80-\uffff]|[^ \u2e80-\uffff]+| ")
#: a table without a style of its own
PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
#: what the library's own template brings along: a picture of its first slide, the printer of whoever made it
OTHERS = re.compile(r"docProps/thumbnail\.jpeg|ppt/printerSettings/")
LANGS = {"zh": "zh-CN", "en": "en-GB"}
MOST_ROWS = 14
#: the section before the last one, in which a report says what it cannot tell
LAST = "last"


@dataclass(frozen=True)
class Section:
    """What a report shows below one heading.

    Parameters
    ----------
    message : str
        The heading: the answer.
    points, notes : tuple of str
        Its sentences, and how its tables are read.
    """

    message: str
    points: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Box(NamedTuple):
    """A place on a slide, in inches."""

    left: float
    top: float
    wide: float
    high: float


@dataclass
class Record:
    """A report's document and its recorded results, with the words for them."""

    document: Document
    listing: Mapping[str, Any]
    words: Words
    hidden: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, document: Document) -> Record:
        """Read what the report noted."""
        listing = read_listing(document.results)
        return cls(document, listing, Words(document.lang, names=listing["names"]))

    def has(self, name: str) -> bool:
        """Return whether the report recorded a result."""
        return (self.document.results / f"{name}.parquet").is_file()

    def frame(self, name: str) -> pd.DataFrame:
        """Return a recorded result."""
        return read_result(self.document.results, name)

    def table(self, name: str, columns: list[str], rows: int) -> tuple[list[list[str]], list[bool]]:
        """Return the first rows of a result below their heads, as the page writes them, and which columns are numbers.

        Without columns, those of the page.
        """
        frame, words = self.frame(name), self.words.of(name)
        shown = next((each["columns"] for each in self.listing["shown"] if _is_table(each, name)), None)
        wanted = [each for each in columns or shown or frame if each in frame]
        beside = tuple(f"{each}_" for each in wanted)  # bounds and counts; what row by row says a value's unit
        kept = frame[[each for each in frame if each in (*wanted, *QUANTITIES) or each.startswith(beside)]].head(rows)
        told, parts = grid(kept, words), list(table_layout(kept, words)[1])
        order = in_language(kept[wanted], self.words.lang) if columns or shown else parts
        places = [parts.index(each) for each in order if each in parts]
        lines = [[line[place] for place in places] for line in (told.head, *told.rows)]
        return lines, [told.right[place] for place in places]

    def caption(self, name: str) -> str:
        """Return what the page calls a result."""
        return self.words.entry("captions", name)


def _is_table(entry: Mapping[str, Any], name: str) -> bool:
    return entry["kind"] == "table" and entry["name"] == name


@lru_cache
def decks() -> Mapping[str, Any]:
    """Return the slides of each report that has any: name of its notebook -> what stands on each."""
    return read_toml(TEMPLATES / "decks.toml")


def write_slides(document: Document, path: Path) -> Path:
    """Write a document's slides for a meeting.

    Answers "what is shown to those who decide?" Titles, texts and numbers are those of the page; charts and tables can
    be edited, and hold the recorded values. The same document makes the same bytes.

    Parameters
    ----------
    document : Document
        Of a report in `decks`.
    path : Path
        The ``.pptx`` file.

    Returns
    -------
    Path
    """
    record, deck = Record.of(document), _new_deck(document)
    plans = decks()[document.report]
    for number, plan in enumerate(plans, start=1):
        _add_slide(deck, record, plan, place=f"{number} / {len(plans)}")
    buffer = io.BytesIO()
    deck.save(buffer)
    with zipfile.ZipFile(buffer) as source:
        parts = {name: source.read(name) for name in source.namelist() if not OTHERS.search(name)}
    for name in ("_rels/.rels", "ppt/_rels/presentation.xml.rels"):
        parts[name] = re.sub(rb"<Relationship [^>]*(?:thumbnail|printerSettings)[^>]*/>", b"", parts[name])
    path.write_bytes(packed_file(parts))
    return path


# ---------------------------------------------------------------- what a slide is about


def section_of(record: Record, about: list[str]) -> Section:
    """Return the section of a report that shows the first of some results, or that a page of that name begins.

    Where the report has none of them, the message is what the first is called, and that it was not computed.
    """
    blocks = record.document.blocks
    for name in about:
        if name == LAST:
            return _section(blocks, _titles(blocks)[-2])
        caption = record.caption(name)
        place = next((number for number, block in enumerate(blocks) if _shows(block, name, caption)), None)
        if place is not None:
            return _section(blocks, place)
    return Section(record.words.mark("title_not_computed", caption=record.caption(about[0])))


def _shows(block: Block, name: str, caption: str) -> bool:
    if block.kind == "heading":
        return block.text.startswith(caption)
    if name == "decisions":
        return block.style in ("do", "stop", "wait")
    return block.kind in ("table", "paragraph") and block.text == caption


def _titles(blocks: tuple[Block, ...]) -> list[int]:
    """Return the places of a report's own headings; before the first of them where it has fewer than two."""
    found = [number for number, block in enumerate(blocks) if block.kind == "heading" and block.level == 2]
    return [0, 0, *found]


def _section(blocks: tuple[Block, ...], place: int) -> Section:
    starts = [number for number, block in enumerate(blocks) if block.kind == "heading" and block.level <= 3]
    start = max((number for number in starts if number <= place), default=0)
    end = min((number for number in starts if number > start), default=len(blocks))
    inside = [block for block in blocks[start + 1 : end] if block.kind == "paragraph"]
    said = tuple(block.text for block in inside if block.style in ("say", "missing"))
    return Section(blocks[start].text, said, tuple(block.text for block in inside if block.style == "note"))


def _last_words(record: Record) -> list[str]:
    """Return what the report says it cannot tell: the plain text below its last heading but the lists of files."""
    blocks = record.document.blocks
    kept = [block for block in blocks[_titles(blocks)[-1] :] if block.kind in ("heading", "item", "paragraph")]
    return [block.text for block in kept if block.style in ("", "note")]


# ---------------------------------------------------------------- the deck and its frame


def _new_deck(document: Document) -> Deck:
    """Return a deck of wide slides without a slide, its theme in the Chinese font."""
    deck = Presentation()
    factor = Inches(WIDE) / deck.slide_width
    deck.slide_width, deck.slide_height = Inches(WIDE), Inches(HIGH)
    for holder in (deck.slide_master, *deck.slide_layouts):
        for shape in holder.placeholders:
            shape.left, shape.width, top, high = (
                *(Emu(int(x * factor)) for x in (shape.left, shape.width)),
                shape.top,
                shape.height,
            )
            shape.top, shape.height = top, high
    theme = next(part for part in deck.part.package.iter_parts() if part.partname.startswith("/ppt/theme/theme1"))
    theme._blob = _with_face(theme.blob)
    made, said = datetime.fromisoformat(document.as_of), deck.core_properties
    said.title, said.author, said.language = document.title[:255], "microlib", LANGS[document.lang]
    said.created = said.modified = made
    said.last_modified_by, said.revision = "microlib", 1
    return deck


def _with_face(theme: bytes) -> bytes:
    """Return a theme whose fonts, for Latin and for East Asian text alike, are the Chinese one."""
    own = f'<a:latin typeface="{FACE}"/><a:ea typeface="{FACE}"/><a:cs typeface=""/>'.encode()
    pattern = rb"(<a:(major|minor)Font>).*?(</a:\2Font>)"
    return re.sub(pattern, rb"\1" + own + rb"\3", theme, flags=re.DOTALL)


def _add_slide(deck: Deck, record: Record, plan: Mapping[str, Any], *, place: str) -> None:
    slide, document = deck.slides.add_slide(deck.slide_layouts[5]), record.document
    section, record.hidden = section_of(record, plan["about"]), []
    wide = WIDE - 2 * EDGE
    _say(slide, Box(EDGE, STRIP_TOP, wide, 0.26), [" · ".join(document.strip)], record, size=10.5, colour=SOFT)
    title = slide.shapes.title
    title.left, title.top, title.width, title.height = map(Inches, (EDGE, TITLE_TOP, wide, TITLE_HIGH))
    size = next(
        (each for each in TITLE_SIZES if _high(section.message, wide, each) <= TITLE_HIGH - 0.05), TITLE_SIZES[-1]
    )
    _fill(title.text_frame, [section.message], record, size=size, bold=True, anchor=MSO_ANCHOR.MIDDLE)
    points, rest = list(section.points[: plan.get("points", 0)]), list(section.points[plan.get("points", 0) :])
    points += _last_words(record) if plan.get("ends") else []
    foot = _place_points(slide, record, points, is_alone=not plan["panels"])
    for panel, box in zip(plan["panels"], _boxes(plan, foot), strict=True):
        _add_panel(slide, record, panel, box)
    _say(slide, Box(EDGE, FOOT_TOP, wide - 1, 0.3), [document.banner or document.footer], record, size=9.5,
         colour=WARN if document.banner else SOFT)  # fmt: skip
    _say(slide, Box(WIDE - EDGE - 1, FOOT_TOP, 1, 0.3), [place], record, size=10, colour=SOFT, align=PP_ALIGN.RIGHT)
    notes = [_source(record, plan), *record.hidden, *rest, *section.notes, document.banner, document.footer]
    slide.notes_slide.notes_text_frame.text = "\n".join(inert(line) for line in notes if line)


def _source(record: Record, plan: Mapping[str, Any]) -> str:
    """Say which recorded results a slide shows."""
    names = [panel["of"] for panel in plan["panels"] if "of" in panel] or plan["about"]
    kept = [f"results/{name}.parquet" for name in dict.fromkeys(names) if record.has(name)]
    said = record.document.words["slide_source"]
    return said.format(report=record.document.title, as_of=record.document.as_of, results=", ".join(kept) or "—")


def _boxes(plan: Mapping[str, Any], foot: float) -> list[Box]:
    """Return the places of a slide's panels, which end above `foot`."""
    wide, high = WIDE - 2 * EDGE, foot - BODY_TOP
    if len(plan["panels"]) < 2:
        return [Box(EDGE, BODY_TOP, wide, high)][: len(plan["panels"])]
    first = (wide - GAP) * float(plan.get("share", 0.5))
    return [Box(EDGE, BODY_TOP, first, high), Box(EDGE + first + GAP, BODY_TOP, wide - GAP - first, high)]


def _place_points(slide: Slide, record: Record, points: list[str], *, is_alone: bool) -> float:
    """Put sentences at the foot of the body, or below the title where they stand alone; return where they begin."""
    wide, room = WIDE - 2 * EDGE - 0.2, FOOT_TOP - BODY_TOP - 0.1 if is_alone else 1.9
    size = 15 if is_alone else POINT_SIZE
    kept: list[str] = []
    for number, point in enumerate(points):
        if sum(_high(each, wide, size) + 0.09 for each in (*kept, point)) > room:
            record.hidden += points[number:]
            break
        kept.append(point)
    high = sum(_high(each, wide, size) + 0.09 for each in kept)
    if not kept:
        return FOOT_TOP - 0.1
    top = BODY_TOP if is_alone else FOOT_TOP - 0.1 - high
    _say(slide, Box(EDGE + 0.2, top, wide, high), kept, record, size=size, side=True)
    return top - 0.15


def _high(text: str, wide: float, size: float) -> float:
    """Return how many inches a paragraph takes in a box."""
    return _lines(text, wide, size) * size * LINE / 72


def _lines(text: str, wide: float, size: float) -> int:
    """Return the lines of a text in a box of so many inches, broken at blanks and between Chinese signs."""
    room = max(int(72 * wide / (size * HALF * 1.06)), 2)
    lines, used = 1, 0
    for piece in PIECE.findall(text):
        needs = width(piece)
        if used and used + needs > room:
            lines, used = lines + 1, 0
        if piece != " " or used:
            lines += (needs - 1) // room if needs > room else 0
            used += needs % room if needs > room else needs
    return lines


def _say(
    slide: Slide,
    box: Box,
    lines: list[str],
    record: Record,
    *,
    size: float,
    colour: str = INK,
    bold: bool = False,
    align: PP_ALIGN | None = None,
    side: bool = False,
) -> None:
    """Put text in a place, with a coloured line at its left if asked for."""
    shape = slide.shapes.add_textbox(*map(Inches, box))
    _fill(shape.text_frame, lines, record, size=size, colour=colour, bold=bold, align=align)
    if side:
        line = slide.shapes.add_connector(
            1, *map(Inches, (box.left - 0.1, box.top, box.left - 0.1, box.top + box.high))
        )
        line.line.color.rgb, line.line.width = RGBColor.from_string(ACCENT), Pt(3)


def _fill(
    frame: Any,
    lines: list[str],
    record: Record,
    *,
    size: float,
    colour: str = INK,
    bold: bool = False,
    align: PP_ALIGN | None = None,
    anchor: MSO_ANCHOR = MSO_ANCHOR.TOP,
) -> None:
    """Write paragraphs into a frame without margins; every line is text, whatever it begins with."""
    frame.word_wrap, frame.vertical_anchor = True, anchor
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.alignment = align or PP_ALIGN.LEFT
        paragraph.space_after = Pt(5) if len(lines) > 1 else Pt(0)
        for part, piece in enumerate(line.split("\v")):
            if part:
                paragraph.add_line_break()
                look = OxmlElement("a:rPr")
                look.set("sz", str(int(100 * size)))
                paragraph._p.findall(qn("a:br"))[-1].append(look)
            run = paragraph.add_run()
            run.text = inert(piece)
            run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, RGBColor.from_string(colour)
            run._r.get_or_add_rPr().set("lang", LANGS[record.document.lang])
            run._r.get_or_add_rPr().set("altLang", "zh-CN")
        paragraph._p.get_or_add_endParaRPr().set("sz", str(int(100 * size)))  # an empty cell is no higher than others


# ---------------------------------------------------------------- panels


def _add_panel(slide: Slide, record: Record, panel: Mapping[str, Any], box: Box) -> None:
    """Put a table, a chart or lines of facts in a place, below its caption."""
    if panel["what"] == "facts":
        _add_facts(slide, record, panel["lines"], box)
        return
    caption = record.caption(panel["of"])
    _say(slide, box._replace(high=CAPTION_HIGH), [caption], record, size=11, bold=True, colour=SOFT)
    inner = Box(box.left, box.top + CAPTION_HIGH, box.wide, box.high - CAPTION_HIGH)
    if not record.has(panel["of"]) or record.frame(panel["of"]).empty:
        said = record.words.mark("no_rows" if record.has(panel["of"]) else "title_not_computed", caption=caption)
        _say(slide, inner._replace(high=0.4), [said], record, size=12, colour=SOFT)
    elif panel["what"] == "table":
        _add_table(slide, record, panel, inner)
    else:
        _add_chart(slide, record, panel, inner)


def _add_facts(slide: Slide, record: Record, lines: list[str], box: Box) -> None:
    """Put lines of a report's sheet of facts in a place, as a table of names and texts."""
    wanted = [record.caption(name) for name in lines]
    held = {
        row[0]: row[1]
        for block in record.document.blocks
        if block.kind == "facts"
        for row in block.rows
        if len(row) > 1
    }
    rows = [[name, held[name]] for name in wanted if name in held]
    if rows:
        _draw_table(slide, record, rows, [False, False], box, is_headed=False, caption=record.document.title)


def _add_table(slide: Slide, record: Record, panel: Mapping[str, Any], box: Box) -> None:
    name, caption = panel["of"], record.caption(panel["of"])
    lines, right = record.table(name, panel.get("columns", []), panel.get("rows", MOST_ROWS))
    left = len(record.frame(name)) - _draw_table(slide, record, lines, right, box, caption=caption)
    if left:
        more = record.words.mark("more_rows", rows_count=left)
        record.hidden.append(record.words.mark("pair", name=caption, text=more))


def _draw_table(
    slide: Slide,
    record: Record,
    rows: list[list[str]],
    right: list[bool],
    box: Box,
    *,
    caption: str,
    is_headed: bool = True,
) -> int:
    """Draw a table as large as its place allows; return how many rows below its head stand there."""
    tried = [(size, *_fitted(rows, box, size)) for size in CELL_SIZES]
    fitting = [each for each in tried if sum(each[2]) <= 0.96 * box.high] or tried[-1:]
    kept = [each for each in fitting if sum(_least(rows, each[0])) <= box.wide]
    least = LEAST_SIZE if box.wide < WIDE / 2 else LEAST_SIZE + 2
    whole = [each for each in kept if each[0] >= least and not _is_broken(rows, *each[:2])]
    size, sizes, highs = (whole or kept or fitting[-1:])[0]
    while len(highs) > 2 and sum(highs) > 0.96 * box.high:
        highs = highs[:-1]
    rows = rows[: len(highs)]
    frame = slide.shapes.add_table(len(rows), len(sizes), *map(Inches, (box.left, box.top, sum(sizes), sum(highs))))
    frame._element.nvGraphicFramePr.cNvPr.set("descr", inert(caption))
    table = frame.table
    table._tbl.tblPr.find(qn("a:tableStyleId")).text = PLAIN
    table.first_row, table.first_col, table.horz_banding = is_headed, not is_headed, False
    for column, wide in zip(table.columns, sizes, strict=True):
        column.width = Inches(wide)
    for number, (row, high, cells) in enumerate(zip(table.rows, highs, rows, strict=True)):
        row.height = Inches(high)
        for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            is_name = number == 0 if is_headed else place == 0
            align = PP_ALIGN.RIGHT if right[place] else PP_ALIGN.LEFT
            is_long = number == 0 and is_headed and _lines(text, sizes[place] - PADDING, size) > 1
            text = "\v".join(UNIT.split(text)) if is_long else text
            _fill(cell.text_frame, [text], record, size=size, bold=is_name, align=align)
            cell.margin_left = cell.margin_right = Inches(PADDING / 2)
            cell.margin_top = cell.margin_bottom = Inches(0.03)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            _rule(cell, is_name=is_name)
    return len(rows) - is_headed


def _fitted(rows: list[list[str]], box: Box, size: int) -> tuple[list[float], list[float]]:
    """Return the widths of columns and the heights of rows, in inches, at a size of type.

    A column has what its longest word needs; what is left goes to those with more to say, at most what they need.
    """
    unit = size * HALF * 1.06 / 72
    least = _least(rows, size)
    needs = [
        max(max(width(cell) for cell in column) * unit + PADDING, small)
        for column, small in zip(zip(*rows, strict=True), least, strict=True)
    ]
    room = box.wide
    if sum(needs) <= room:
        extra = min(1.25, room / sum(needs))
        sizes = [need * extra for need in needs]
    else:
        spare = max(room - sum(least), 0.0)
        wish = [need - small for need, small in zip(needs, least, strict=True)]
        sizes = [small + spare * each / (sum(wish) or 1.0) for small, each in zip(least, wish, strict=True)]
        sizes = [each * min(1.0, room / sum(sizes)) for each in sizes]
    heights = [
        max(_cell_lines(cell, wide - PADDING, size, is_head=number == 0) for cell, wide in zip(row, sizes, strict=True))
        for number, row in enumerate(rows)
    ]
    return sizes, [lines * size * LINE / 72 + 0.08 for lines in heights]


def _least(rows: list[list[str]], size: int) -> list[float]:
    """Return what columns need so that no word and no short cell is broken, in inches."""
    head, *below = rows
    parts = [[*UNIT.split(head[place]), *(row[place] for row in below)] for place in range(len(head))]
    return [max(map(_word, column)) * size * HALF * 1.06 / 72 + PADDING for column in parts]


def _cell_lines(text: str, wide: float, size: int, *, is_head: bool) -> int:
    """Return the lines of a cell: a head that does not fit on one is broken before its unit first."""
    whole = _lines(text, wide, size)
    return sum(_lines(part, wide, size) for part in UNIT.split(text)) if is_head and whole > 1 else whole


def _is_broken(rows: list[list[str]], size: int, sizes: list[float]) -> bool:
    """Return whether a cell below the head takes more than one line."""
    return any(
        _lines(cell, wide - PADDING, size) > 1 for row in rows[1:] for cell, wide in zip(row, sizes, strict=True)
    )


def _word(text: str) -> int:
    """Return the width of what should not break: a short cell, the longest word of letters and digits."""
    words = [text] if width(text) <= UNBROKEN else re.findall(r"[\x21-\x7e\xa0]+", text)
    return max((min(width(word), UNBROKEN) + len(WIDE_LETTERS.findall(word)) // 2 + 1 for word in words), default=8)


def _rule(cell: Any, *, is_name: bool) -> None:
    """Draw a fine line below a cell, and tint a name's."""
    properties = cell._tc.get_or_add_tcPr()
    line = OxmlElement("a:lnB")
    line.set("w", "6350")
    fill, colour = OxmlElement("a:solidFill"), OxmlElement("a:srgbClr")
    colour.set("val", "9AA5B1")
    fill.append(colour)
    line.append(fill)
    properties.insert(0, line)
    if is_name:
        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(FAINT)
    else:
        cell.fill.background()


class Drawn(NamedTuple):
    """What a chart draws: names of points, series with their colours, how numbers are written, what names are."""

    names: list[str]
    series: list[tuple[str, list[float | None], str]]
    pattern: str
    axis: str = ""


def _add_chart(slide: Slide, record: Record, panel: Mapping[str, Any], box: Box) -> None:
    """Draw a native chart whose data can be edited; its workbook holds text as text."""
    drawn = _drawn(record, panel)
    if not any(value for _, values, _ in drawn.series for value in values):
        _say(slide, box._replace(high=0.4), [record.words.mark("nothing_to_draw")], record, size=12, colour=SOFT)
        return
    if panel["what"] in ("bars", "stack", "bridge"):
        box = box._replace(high=min(box.high, 0.6 + 0.62 * len(drawn.names)))
    data = CategoryChartData(number_format=drawn.pattern)
    data.categories = drawn.names
    for name, values, _ in drawn.series:
        data.add_series(name, values)
    frame = slide.shapes.add_chart(KINDS[panel["what"]], *map(Inches, box), data)
    frame._element.nvGraphicFramePr.cNvPr.set("descr", inert(record.caption(panel["of"])))
    chart = frame.chart
    chart.part.chart_workbook.update_from_xlsx_blob(_workbook(drawn, record.document.as_of))
    chart.font.size, chart.font.color.rgb, chart.has_title = Pt(10), RGBColor.from_string(SOFT), False
    _set_axes(chart, panel["what"], drawn)
    for number, (series, (_, values, colour)) in enumerate(zip(chart.plots[0].series, drawn.series, strict=True)):
        _set_series(series, panel["what"], colour, number)
        _label(series, panel["what"], values, is_upper=_is_upper(drawn, number), pattern=drawn.pattern)
    told = [each for each in drawn.series if each[2]]
    chart.has_legend = len(told) > 1 and panel["what"] != "bridge"
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
        chart.legend.font.size = Pt(10)


def _drawn(record: Record, panel: Mapping[str, Any]) -> Drawn:
    """Return the numbers of a chart as the page's Excel holds them."""
    words = record.words.of(panel["of"])
    frame = read_result(record.document.results, panel["of"]).head(panel.get("rows", 60))
    table = spread(frame[[panel["label"], *panel["values"]]], words)
    heads = [header(name, words) for name in (panel["label"], *panel["values"])]
    columns = dict(zip(table.head, zip(*table.rows, strict=True), strict=True))
    names = [inert(cell.text) for cell in columns[heads[0]]]
    values = {head: [_value(cell) for cell in columns[head]] for head in heads[1:]}
    pattern = next((cell.pattern for head in heads[1:] for cell in columns[head] if cell.pattern), "General")
    if panel["what"] == "bridge":
        falls = [code in panel["falls"] for code in frame[panel["label"]]]
        told = [f"{name}  {cell.text}" for name, cell in zip(names, columns[heads[1]], strict=True)]
        return Drawn(told, _steps(values[heads[1]], falls, heads[1]), pattern)
    return Drawn(
        names,
        [(head, values[head], colour) for head, colour in zip(heads[1:], SERIES, strict=False)],
        pattern,
        heads[0],
    )


def _value(cell: Typed) -> float | None:
    return float(cell.number) if isinstance(cell.number, int | float) else None


def _steps(moves: list[float | None], falls: list[bool], name: str) -> list[tuple[str, list[float | None], str]]:
    """Return a bridge as a stack: what floats is carried by a part that is not drawn; ends are whole.

    Examples
    --------
    >>> [values for _, values, _ in _steps([10.0, 4.0, 6.0, 8.0], [False, False, True, False], "yuan")]
    [[0.0, 10.0, 8.0, 0.0], [10.0, None, None, 8.0], [None, 4.0, None, None], [None, None, 6.0, None]]
    """
    known = [0.0 if move is None else move for move in moves]
    level, carried, last = 0.0, [], len(known) - 1
    for number, (move, is_fall) in enumerate(zip(known, falls, strict=True)):
        if number in (0, last):
            level = move
            carried.append(0.0)
            continue
        carried.append(round(level - move if is_fall else level, 10))
        level = carried[-1] if is_fall else level + move
    ends = [move if number in (0, last) else None for number, move in enumerate(known)]
    rises = [None if number in (0, last) or falls[number] else move for number, move in enumerate(known)]
    drops = [move if falls[number] and number not in (0, last) else None for number, move in enumerate(known)]
    return [("", carried, ""), (name, ends, WHOLE), (f"+ {name}", rises, RISE), (f"− {name}", drops, FALL)]


def _is_upper(drawn: Drawn, number: int) -> bool:
    """Return whether a line ends above the others."""
    ends = [next((value for value in reversed(values) if value is not None), 0.0) for _, values, _ in drawn.series]
    return ends[number] == max(ends)


def _set_axes(chart: Any, what: str, drawn: Drawn) -> None:
    names, values = chart.category_axis, chart.value_axis
    names.format.line.color.rgb = RGBColor.from_string("9AA5B1")
    names.tick_label_position, names.has_major_gridlines = XL_TICK_LABEL_POSITION.LOW, False
    values.has_major_gridlines = what == "line"
    values.visible = what == "line"
    values.minimum_scale = (
        0 if all(value is None or value >= 0 for _, numbers, _ in drawn.series for value in numbers) else None
    )
    if what == "columns":
        names.has_title = True
        names.axis_title.text_frame.text = drawn.axis
    if what == "line":
        values.major_gridlines.format.line.color.rgb = RGBColor.from_string("D5DBE2")
        values.tick_labels.number_format, values.tick_labels.number_format_is_linked = drawn.pattern, False
        values.format.line.fill.background()
        skip = OxmlElement("c:tickLblSkip")
        skip.set("val", str(max(1, len(drawn.names) // 6)))
        names._element.append(skip)
    if what in ("bars", "stack", "bridge"):
        names.reverse_order = True
    if what != "line":
        chart.plots[0].gap_width = 45
    if what in ("stack", "bridge"):
        chart.plots[0].overlap = 100


def _set_series(series: Any, what: str, colour: str, number: int) -> None:
    if what == "line":
        series.smooth = False
        series.format.line.color.rgb, series.format.line.width = RGBColor.from_string(colour), Pt(2.25)
        series.format.line.dash_style = MSO_LINE.DASH if number % 2 else MSO_LINE.SOLID
        series.marker.style = None
        marker = series._element.get_or_add_marker()
        marker.get_or_add_symbol().set("val", "none")
    elif colour:
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(colour)
    else:
        series.format.fill.background()


def _label(series: Any, what: str, values: list[float | None], *, is_upper: bool, pattern: str) -> None:
    """Write values beside bars, and a line's last value at its end; a bridge has them in the names of its steps."""
    if what == "line":
        known = [number for number, value in enumerate(values) if value is not None]
        if known:
            label = series.points[known[-1]].data_label
            label.position = XL_LABEL_POSITION.ABOVE if is_upper else XL_LABEL_POSITION.BELOW
            shown = label._get_or_add_dLbl()
            for name, value in {"showLegendKey": "0", "showVal": "1", "showSerName": "0", "showCatName": "0"}.items():
                shown.find(qn(f"c:{name}")).set("val", value)
            label.font.size = Pt(10)
        return
    if what == "bridge":
        return
    labels = series.data_labels
    labels.show_value, labels.font.size = True, Pt(10)
    labels.number_format, labels.number_format_is_linked = pattern, False
    if what in ("bars", "columns"):
        labels.position = XL_LABEL_POSITION.OUTSIDE_END
    elif what == "stack":
        labels.font.color.rgb = RGBColor.from_string("FFFFFF")


def _workbook(drawn: Drawn, as_of: str) -> bytes:
    """Return the workbook behind a chart: names down, series across; what looks like a formula is text."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        book.set_properties({"created": datetime.fromisoformat(as_of)})
        sheet, style = book.add_worksheet("Sheet1"), book.add_format({"num_format": drawn.pattern})
        for row, name in enumerate(drawn.names, start=1):
            sheet.write_string(row, 0, name)
        for column, (name, values, _) in enumerate(drawn.series, start=1):
            sheet.write_string(0, column, name)
            for row, value in enumerate(values, start=1):
                if value is not None:
                    sheet.write_number(row, column, value, style)
    return buffer.getvalue()
