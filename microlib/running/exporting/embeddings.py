"""The font inside a Word file: the signs that the file uses, kept the way that Word keeps fonts."""

from __future__ import annotations

import hashlib
import io
import re
import uuid
import zipfile

from microlib.reporting.fonts import FAMILY, subset

MOMENT = (1980, 1, 1, 0, 0, 0)
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
    return _packed(parts)


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


def _packed(parts: dict[str, bytes]) -> bytes:
    """Return parts as one file, bearing no moment of its making."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, data)
    return buffer.getvalue()
