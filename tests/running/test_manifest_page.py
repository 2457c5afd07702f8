"""docs/manifest.md says what manifest.json holds: every key, its type, and no other."""

import json
import re

import pytest

TYPES = {
    "number": int,
    "text": str,
    "true/false": bool,
    "object": dict,
    "list": list,
    "text or null": (str, type(None)),
}


@pytest.fixture(scope="module")
def written(root):
    """Section of the page -> key -> type."""
    parts = re.split(r"^## ", (root / "docs" / "manifest.md").read_text(encoding="utf8"), flags=re.M)[1:]
    rows = {part.splitlines()[0].strip("`"): re.findall(r"^\| `(\w+)` \| ([^|]+) \|", part, re.M) for part in parts}
    return {name: dict(found) for name, found in rows.items() if found}


@pytest.fixture(scope="module")
def manifest(ran):
    """The manifest of a run in which a report failed."""
    return json.loads((ran / "manifest.json").read_text(encoding="utf8"))


@pytest.mark.parametrize("section", ["The file", "inputs", "runs", "reports"])
def test_each_key_is_written_down_with_its_type_and_no_other(written, manifest, section):
    held = manifest if section == "The file" else manifest[section]
    things = [held] if section == "The file" else list(held.values()) if isinstance(held, dict) else held
    assert things
    for thing in things:
        assert set(thing) == set(written[section])
        wrong = [key for key, kind in written[section].items() if not isinstance(thing[key], TYPES[kind])]
        assert wrong == []


def test_the_written_schema_number_is_the_files(root, manifest):
    assert f"| `schema` | number | {manifest['schema']} |" in (root / "docs" / "manifest.md").read_text()
