"""Every topic of the outline is served by a page that somebody can run, and the page that says so is true."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def outlines(script: Callable[[str], ModuleType]) -> ModuleType:
    return script("laws/outlines.py")


def test_every_topic_is_claimed_by_a_notebook(outlines: ModuleType) -> None:
    missing = set(outlines.outline()["topics"]) - set(outlines.claims())
    assert not missing, f"no cell is tagged topic-… for {', '.join(sorted(missing))}"


def test_every_tag_names_a_topic(outlines: ModuleType) -> None:
    unknown = set(outlines.claims()) - set(outlines.outline()["topics"])
    assert not unknown, f"tags that name no topic: {', '.join(sorted(unknown))}"


def test_the_page_of_the_outline_is_the_one_that_the_tags_imply(outlines: ModuleType) -> None:
    assert outlines.PAGE.read_text(encoding="utf8") == outlines.rendered(), "python tests/laws/outlines.py rewrites it"


def test_a_topic_is_tagged_in_both_languages(outlines: ModuleType) -> None:
    for path in outlines.notebooks():
        cells = outlines.json.loads(path.read_text(encoding="utf8"))["cells"]
        said = {
            lang: {
                tag
                for cell in cells
                if lang in cell["metadata"].get("tags", [])
                for tag in cell["metadata"]["tags"]
                if tag.startswith(outlines.MARK)
            }
            for lang in ("zh", "en")
        }
        assert said["zh"] == said["en"], path.stem
