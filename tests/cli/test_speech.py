"""Help and errors in Chinese and English, by locale or by word; what the Tab key offers."""

from __future__ import annotations

import os
import sys

import click
import pytest
from click.testing import CliRunner

import microlib
from microlib.cli import main, workbench
from microlib.cli.speech import LOCALES, chosen_language, spoken, words


def commands(command: click.Command, path: tuple[str, ...] = ()):
    """Every command with the words it is called by."""
    yield " ".join(path), command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


def test_every_command_and_option_has_its_chinese_and_no_chinese_has_lost_its_command():
    found = dict(commands(workbench))
    helps = {option.help for each in found.values() for option in each.params if getattr(option, "help", None)}
    assert set(words()["commands"]) == set(found)
    assert set(words()["options"]) == helps


def test_what_click_says_is_compiled_from_the_words(script):
    catalogue = script("cli/catalogue.py")
    assert catalogue.PLACE.read_bytes() == catalogue.compiled(), "run python tests/cli/catalogue.py"


@pytest.mark.parametrize(
    ("locale", "arguments", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, ["report"], "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, ["report"], "en"),
        ({"LANG": "en_GB.UTF-8", "MICROLIB_LANG": "zh"}, [], "zh"),
        ({"LANG": "zh_CN.UTF-8"}, ["--lang", "en", "report", "--lang", "zh"], "en"),
        ({}, ["--group", "--lang=zh", "report"], "zh"),
        ({}, ["report", "--lang", "zh"], "en"),
    ],
)
def test_the_word_goes_before_the_locale_and_a_report_s_language_is_another(monkeypatch, locale, arguments, lang):
    for name in LOCALES:
        monkeypatch.delenv(name, raising=False)
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    assert chosen_language(arguments) == lang


@pytest.mark.parametrize("path", [path for path, _ in commands(workbench)])
def test_help_is_whole_in_both_languages_with_the_same_options_and_examples(path):
    told = {}
    for lang in ("zh", "en"):
        with spoken(workbench, lang) as group:
            told[lang] = CliRunner().invoke(group, [*path.split(), "-h"], prog_name="microlib", env={}).output
    zh, en = (told[lang] for lang in ("zh", "en"))
    assert "显示本页后退出。" in zh and "Usage:" not in zh and "Show this message" in en
    examples = [line.strip() for line in en.splitlines() if line.strip().startswith("microlib ")]
    assert all(example in zh for example in examples)
    assert "Example" not in zh and max(map(len, zh.splitlines())) <= 100


def test_a_refusal_and_a_misuse_are_framed_in_chinese_with_the_same_codes(capsys, tmp_path):
    before = dict(os.environ)
    for arguments, code, said in [
        (["report", "--home", str(tmp_path)], 3, "错误：there is no bank here yet\n  位置："),
        (["report", "--odd"], 2, "错误：没有选项 '--odd'。"),
    ]:
        with pytest.raises(SystemExit) as stopped:
            main(["--lang", "zh", *arguments])
        assert (stopped.value.code, said in capsys.readouterr().err) == (code, True)
    assert dict(os.environ) == before


@pytest.fixture
def without_papermill(monkeypatch):
    """The package `run` as a process finds it that has not imported it yet, where papermill is not installed."""
    held = {name: module for name, module in sys.modules.items() if f"{name}.".startswith("microlib.run.")}
    monkeypatch.setattr(microlib, "run", None, raising=False)
    monkeypatch.setitem(sys.modules, "papermill", None)
    for name in held:
        del sys.modules[name]
    yield
    for name in [name for name in sys.modules if f"{name}.".startswith("microlib.run.")]:
        del sys.modules[name]
    sys.modules.update(held)


def test_an_extra_that_is_not_installed_is_named_with_the_command_that_brings_it(without_papermill, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["case", "--home", str(tmp_path)])
    told = capsys.readouterr()
    assert (stopped.value.code, told.out) == (3, "")
    assert "fix: pip install 'microlib-credit[server]'" in told.err


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("report --home {home} --branch 09", {"0995"}),
        ("report --home {home} --product hos", {"hospital_supplier"}),
        ("report --home {home} 2_", {"2_segment_analysis"}),
        ("design sheet mark", {"market_stall"}),
        ("report --home {home}/nowhere --branch 0", set()),
    ],
)
def test_the_tab_key_offers_branches_products_and_reports(demo_home, line, offered):
    told = line.format(home=demo_home).split()
    env = {
        "_MICROLIB_COMPLETE": "bash_complete",
        "COMP_CWORD": str(len(told)),
        "COMP_WORDS": " ".join(["microlib", *told]),
    }
    answer = CliRunner().invoke(workbench, [], prog_name="microlib", env=env).output
    assert {each.partition(",")[2] for each in answer.split()} == offered
