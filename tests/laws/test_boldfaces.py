"""The bold font that is carried holds every sign of our words, and lies beside its licence."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from microlib.report.fonts import bold_file, font_file, glyphs


def test_every_sign_of_our_words_is_there_in_bold(script: Callable[[str], ModuleType]) -> None:
    wanted = {ord(sign) for sign in script("laws/boldfaces.py").signs_wanted()} & glyphs(font_file())
    missing = "".join(map(chr, sorted(wanted - glyphs(bold_file()))))
    assert missing == "", "run python tests/laws/boldfaces.py with the whole bold font"


def test_its_licence_lies_beside_it() -> None:
    assert "SIL Open Font License, Version 1.1" in (bold_file().parent / "OFL.txt").read_text("utf-8")
