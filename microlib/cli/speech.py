"""The language of help and errors: English as the code says it, or Chinese from ``words.toml``.

The locale of the system decides, or ``--lang`` before the command.
"""

from __future__ import annotations

import copy
import gettext
import inspect
import os
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import click

from microlib.errors import WorkbenchError

FOLDER = Path(__file__).parent
#: asked one after the other, as the system does
LOCALES = ("MICROLIB_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
LANGS = ("zh", "en")
OPTION = "--lang"
#: columns of a page of help: a Chinese sign takes two
COLUMNS = 54
#: stands before lines that click leaves as they are; what follows is a command's examples
AS_IT_IS = "\b\n"
_SENTENCE = re.compile(r"[^。：\n]+[。：]?")


def chosen_language(arguments: Sequence[str]) -> str:
    """Return the language of help and errors: ``--lang`` before the command, else the first locale that is set.

    Parameters
    ----------
    arguments : sequence of str
        Words of the command line.

    Examples
    --------
    >>> chosen_language(["--lang", "zh", "report", "--lang", "en"]), chosen_language(["--lang=en"])
    ('zh', 'en')
    """
    for place, word in enumerate(arguments):
        if not word.startswith("-"):
            break
        told = arguments[place + 1 : place + 2] if word == OPTION else [word.partition("=")[2]]
        if word.partition("=")[0] == OPTION and told and told[0] in LANGS:
            return told[0]
    told = next((os.environ[name] for name in LOCALES if os.environ.get(name)), "")
    return "zh" if told.lower().startswith("zh") else "en"


@cache
def words() -> dict[str, dict[str, str]]:
    """Return the Chinese words of the command line: ``frame, commands, options, click``."""
    return tomllib.loads((FOLDER / "words.toml").read_text(encoding="utf-8"))


@contextmanager
def spoken(group: click.Group, lang: str) -> Iterator[click.Group]:
    """Give a group of commands that explains itself in a language; what click itself says follows for as long.

    Parameters
    ----------
    group : click.Group
        As the code says it, in English; it is not altered.
    lang : str
        ``zh`` or ``en``.
    """
    before, folder = os.environ.get("LANGUAGE"), gettext.bindtextdomain("messages")
    gettext.bindtextdomain("messages", str(FOLDER / "locale"))
    os.environ["LANGUAGE"] = lang
    try:
        yield _in_chinese(copy.deepcopy(group), ()) if lang == "zh" else group
    finally:
        gettext.bindtextdomain("messages", folder)
        os.environ.pop("LANGUAGE")
        if before is not None:
            os.environ["LANGUAGE"] = before


def _in_chinese(command: click.Command, path: tuple[str, ...]) -> click.Command:
    """Put a command, its options and the commands below it into Chinese; what has no words stays English."""
    command._help_option = None  # click keeps the one it made first, with its text in the language of that moment
    told = words()
    text = told["commands"].get(" ".join(path))
    if text is not None:
        examples = inspect.cleandoc(command.help or "").partition(AS_IT_IS)[2]
        command.short_help = _SENTENCE.match(text.strip())[0]
        command.help = text if AS_IT_IS in text or not examples else f"{text}\n\n{AS_IT_IS}{_translated(examples)}"
    command.context_settings = {**command.context_settings, "max_content_width": COLUMNS, "terminal_width": COLUMNS}
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = told["options"].get(option.help, option.help)
    for name, below in getattr(command, "commands", {}).items():
        _in_chinese(below, (*path, name))
    return command


def _translated(examples: str) -> str:
    """Return the examples of a command with Chinese before them."""
    frame = words()["frame"]
    return re.sub(r"^(Examples?|Start):", lambda found: frame["start" if found[1] == "Start" else "examples"], examples)


def refusal(error: WorkbenchError | str, lang: str) -> str:
    """Return what is printed of a refusal: its frame in the language, its sentences as they are.

    Examples
    --------
    >>> print(refusal(WorkbenchError("no bank", where="data", fix="run microlib demo"), "zh"))
    错误：no bank
      位置：data
      改法：run microlib demo
    >>> print(refusal("interrupted", "en"))
    error: interrupted
    """
    if lang == "en":
        return f"error: {error}"
    frame = words()["frame"]
    text = re.sub(r"^( *)(where|fix): ", lambda found: f"{found[1]}{frame[found[2]]}", str(error), flags=re.MULTILINE)
    return f"{frame['error']}{frame['interrupted'] if text == 'interrupted' else text}"
