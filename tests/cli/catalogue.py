"""What click says in Chinese, compiled for gettext from ``microlib/cli/words.toml``; run, this writes it."""

from __future__ import annotations

import struct
from pathlib import Path

from microlib.cli.speech import FOLDER, words

PLACE = FOLDER / "locale" / "zh" / "LC_MESSAGES" / "messages.mo"
HEAD = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"


def compiled() -> bytes:
    """Return the catalogue in the binary form of GNU gettext."""
    entries = sorted({"": HEAD, **words()["click"]}.items(), key=lambda pair: pair[0].encode())
    ids, texts = ([text.encode() for text in side] for side in zip(*entries, strict=True))
    places, start = [], 28 + 16 * len(entries)
    for side in (ids, texts):
        for text in side:
            places.append((len(text), start))
            start += len(text) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(entries), 28, 28 + 8 * len(entries), 0, 0)
    table = b"".join(struct.pack("<2I", *place) for place in places)
    return head + table + b"".join(text + b"\0" for text in (*ids, *texts))


def write() -> Path:
    """Write the catalogue where click finds it."""
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_bytes(compiled())
    return PLACE


if __name__ == "__main__":
    write()
