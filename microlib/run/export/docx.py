"""A report as a Word file that can be edited, with the signs of the Chinese font that it uses inside."""

from __future__ import annotations

import hashlib
import io
import re
import uuid
import zipfile
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import docx
from docx.document import Document as Paper
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tc
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from microlib.report.display import width
from microlib.report.fonts import FAMILY, subset
from microlib.run.export.document import Block, Document, Run, packed_file

PART, RELATIONS = "word/fonts/font1.odttf", "word/_rels/fontTable.xml.rels"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#: what Word takes where it lacks the font and does not read the one inside
SUBSTITUTE = "Microsoft YaHei"


def with_font(file: bytes, *, text: str) -> bytes:
    """Return a Word file that carries the Chinese font, cut down to the signs of `text`.

    Parameters
    ----------
    file : bytes
        A ``.docx`` file.
    text : str
        All that it says.

    Returns
    -------
    bytes
        The same bytes for the same file and text, whenever it is made.
    """
    font = subset(text, flavor=None)
    key = uuid.UUID(bytes=hashlib.sha256(font).digest()[:16])
    with zipfile.ZipFile(io.BytesIO(file)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["word/fontTable.xml"] = _declared(parts["word/fontTable.xml"], key)
    parts["word/settings.xml"] = _switched_on(parts["word/settings.xml"])
    parts["[Content_Types].xml"] = _typed(parts["[Content_Types].xml"])
    parts |= {PART: obfuscated(font, key), RELATIONS: _relations()}
    return packed_file(parts)


def obfuscated(font: bytes, key: uuid.UUID) -> bytes:
    """Return a font as Word keeps it: its first 32 bytes combined with the key, last byte first; again undoes it.

    Examples
    --------
    >>> key = uuid.UUID(int=1)
    >>> obfuscated(obfuscated(b"f" * 40, key), key) == b"f" * 40
    True
    """
    turned = key.bytes[::-1] * 2
    return bytes(byte ^ mask for byte, mask in zip(font[:32], turned, strict=True)) + font[32:]


def _declared(table: bytes, key: uuid.UUID) -> bytes:
    """Name the font in the table of fonts."""
    said = f"{{{str(key).upper()}}}"
    entry = (
        f'<w:font w:name="{FAMILY}"><w:altName w:val="{SUBSTITUTE}"/><w:charset w:val="86"/><w:family w:val="swiss"/>'
        f'<w:pitch w:val="variable"/><w:embedRegular xmlns:r="{KIND}" r:id="rId1" w:fontKey="{said}"/></w:font>'
    )
    return table.replace(b"</w:fonts>", entry.encode() + b"</w:fonts>")


def _switched_on(settings: bytes) -> bytes:
    """Say in the settings that fonts are inside; the order of settings is fixed: after zoom, before all else."""
    said = b"<w:embedTrueTypeFonts/><w:saveSubsetFonts/>"
    marked, found = re.subn(rb"(<w:zoom [^>]*/>)", rb"\1" + said, settings, count=1)
    return marked if found else re.sub(rb"(<w:settings [^>]*>)", rb"\1" + said, settings, count=1)


def _typed(types: bytes) -> bytes:
    kind = b'<Default Extension="odttf" ContentType="application/vnd.openxmlformats-officedocument.obfuscatedFont"/>'
    return re.sub(rb"(<Types [^>]*>)", rb"\1" + kind, types, count=1)


def _relations() -> bytes:
    top = "http://schemas.openxmlformats.org/package/2006/relationships"
    entry = f'<Relationship Id="rId1" Type="{KIND}/font" Target="fonts/font1.odttf"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{top}">{entry}</Relationships>'.encode()


WIDTH_CM, MARGIN_CM = 17.4, 1.8
#: of a table's cell: half a Chinese sign, the blank at both sides, and signs that a column is made for at most
SIGN_CM, PADDING_CM, LONGEST = 0.17, 0.42, 72
INK, SOFT = RGBColor(0x1D, 0x27, 0x33), RGBColor(0x5A, 0x67, 0x76)
LANGS = {"zh": "zh-CN", "en": "en-GB"}
#: style of the page -> colour of the line at the left
SIDES = {"missing": "9AA5B1", "warning": "D99A00", "do": "009E73", "stop": "D55E00", "wait": "7F7F7F"}
CARDS = ("do", "stop", "wait")
SIZES = {
    "Normal": 10,
    "Title": 20,
    "Heading 1": 16,
    "Heading 2": 14,
    "Heading 3": 11.5,
    "Heading 4": 10.5,
    "Caption": 9,
}


def write_docx(document: Document, path: Path) -> Path:
    """Write a document as Word; its file carries the signs of the font that it uses.

    Parameters
    ----------
    document : Document
    path : Path
        The ``.docx`` file.

    Returns
    -------
    Path
    """
    paper = docx.Document()
    _set_up(paper, document)
    paper.add_paragraph(document.title, style="Title")
    _say(paper, (Run(" · ".join(document.strip)),), style="note")
    if document.banner:
        _say(paper, (Run(document.banner),), style="warning")
    for block, following in zip_longest(document.blocks, document.blocks[1:]):
        WRITERS[block.kind](paper, block)
        if _goes_on(block, following):
            last = paper.paragraphs[-1].paragraph_format
            last.space_after, last.keep_with_next = Pt(0), True
    _say(paper, (Run(document.footer),), style="note")
    buffer = io.BytesIO()
    paper.save(buffer)
    path.write_bytes(with_font(buffer.getvalue(), text=document.text))
    return path


def _goes_on(block: Block, following: Block | None) -> bool:
    """Return whether a line of a decision's card is followed by another line of the same card, which begins in bold."""
    if following is None or block.style not in CARDS or following.style != block.style:
        return False
    return following.runs[0].look != "strong"


def _set_up(paper: Paper, document: Document) -> None:
    """Set paper, fonts and what the file says of itself."""
    section, said = paper.sections[0], paper.core_properties
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(MARGIN_CM)
    section.top_margin = section.bottom_margin = Cm(2)
    section.footer.paragraphs[0].text = " · ".join((*document.strip, document.banner)).rstrip(" ·")
    section.footer.paragraphs[0].runs[0].font.size = Pt(7.5)
    for name, size in SIZES.items():
        _set_font(paper.styles[name], size, LANGS[document.lang])
    made = datetime.fromisoformat(document.as_of)
    said.title, said.author, said.language = document.title[:255], "microlib", LANGS[document.lang]
    said.created = said.modified = made


def _set_font(style: ParagraphStyle, size: float, lang: str) -> None:
    """Give a style the font for Latin and for East Asian text alike; a theme's font would win over it."""
    style.font.size, style.font.color.rgb = Pt(size), INK
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), FAMILY)
    tongue = OxmlElement("w:lang")
    tongue.set(qn("w:val"), lang)
    tongue.set(qn("w:eastAsia"), "zh-CN")
    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    properties.append(tongue)


def _say(paper: Paper, runs: tuple[Run, ...], *, style: str = "") -> Paragraph:
    paragraph = paper.add_paragraph()
    for run in runs:
        _add(paragraph, run, is_soft=style in ("note", "more", "quote"))
    if style in SIDES:
        _draw_side(paragraph, SIDES[style])
    paragraph.paragraph_format.space_after = Pt(3 if style else 5)
    return paragraph


def _add(paragraph: Paragraph, run: Run, *, is_soft: bool = False) -> None:
    added = paragraph.add_run(run.text)
    added.bold = run.look in ("strong", "soft") or None
    if is_soft:
        added.font.size, added.font.color.rgb = Pt(8.5), SOFT


def _draw_side(paragraph: Paragraph, colour: str) -> None:
    """Draw a coloured line at the left of a paragraph."""
    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    for name, value in {"val": "single", "sz": "24", "space": "8", "color": colour}.items():
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    paragraph.paragraph_format.left_indent = Cm(0.4)


def _heading(paper: Paper, block: Block) -> None:
    paper.add_heading(block.text, level=min(block.level, 4))


def _paragraph(paper: Paper, block: Block) -> None:
    _say(paper, block.runs, style=block.style)


def _item(paper: Paper, block: Block) -> None:
    shape = _say(paper, block.runs).paragraph_format
    shape.left_indent, shape.first_line_indent = Cm(0.6 * block.level), Cm(-0.4)


def _figure(paper: Paper, block: Block) -> None:
    """Add a picture with its words: under it, and for those who cannot see it."""
    if block.png:
        shape = paper.add_picture(io.BytesIO(block.png), width=Cm(WIDTH_CM))
        shape._inline.docPr.set("descr", block.text)
    paper.add_paragraph(block.text, style="Caption")


def _table(paper: Paper, block: Block) -> None:
    """Add a table under its caption; its head comes again on every page, a row stays on one."""
    if block.text:
        paper.add_paragraph(block.text, style="Caption").paragraph_format.keep_with_next = True
    if not block.rows:
        return
    table = paper.add_table(rows=len(block.rows), cols=len(block.rows[0]), style="Table Grid")
    is_headed, sizes = block.kind == "table", _column_sizes(block.rows)
    for column, size in zip(table.columns, sizes, strict=True):
        column.width = size
    for number, (row, cells) in enumerate(zip(table.rows, block.rows, strict=True)):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if is_headed and number == 0:
            properties.append(OxmlElement("w:tblHeader"))
        for place, (slot, text) in enumerate(zip(row._tr.tc_lst, cells, strict=True)):
            is_name = number == 0 if is_headed else place == 0
            slot.width = sizes[place]
            _fill(slot, text, is_strong=is_name, is_right=bool(block.right[place]) and is_headed)
    paper.add_paragraph().paragraph_format.space_after = Pt(2)


def _column_sizes(rows: tuple[tuple[str, ...], ...]) -> list[int]:
    """Return columns' widths: what stands in them fits, a head may take two lines; the widest give way to the page."""
    columns = list(zip(*rows, strict=True))
    needs = [max(_head_size(head), max(map(width, cells), default=0)) for head, *cells in columns]
    room = (WIDTH_CM - PADDING_CM * len(columns)) / SIGN_CM
    most = next((cap for cap in range(LONGEST, 1, -1) if sum(min(need, cap) for need in needs) <= room), 2)
    return [Cm(PADDING_CM + SIGN_CM * min(need, most)) for need in needs]


def _head_size(head: str) -> int:
    """Return what a head needs: its longest word, or half of it where it has no blanks."""
    return max(width(head) // 2 + 1, *(width(word) + 2 for word in head.split() if word.isascii()), 4)


def _fill(slot: CT_Tc, text: str, *, is_strong: bool, is_right: bool) -> None:
    paragraph = Paragraph(slot.p_lst[0], None)
    run = paragraph.add_run(text)
    run.font.size, run.bold = Pt(8), is_strong or None
    if is_right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    if is_strong:
        shade = OxmlElement("w:shd")
        for name, value in {"val": "clear", "color": "auto", "fill": "EEF2F5"}.items():
            shade.set(qn(f"w:{name}"), value)
        slot.get_or_add_tcPr().append(shade)


#: kind of a block -> how it is written
WRITERS = {
    "heading": _heading,
    "paragraph": _paragraph,
    "item": _item,
    "figure": _figure,
    "table": _table,
    "facts": _table,
}
