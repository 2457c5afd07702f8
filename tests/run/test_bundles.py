"""Bundles: a branch's holds its own papers and nothing of others or of head office; checksums hold; links work."""

import hashlib
import json
import posixpath
import re
import shutil
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest

from microlib.bank.store import open_store
from microlib.errors import BadConfig
from microlib.home import Home
from microlib.run import bundles
from microlib.run.bundles import write_bundles
from microlib.run.manifest import read_manifest, write_manifest
from microlib.run.overview import write_index
from microlib.run.privacy import PersonalData, passages_of
from tests.faults import plants

WORD = re.compile(r"[0-9A-Za-z_-]+")
#: pictures and fonts within a page
CARRIED = re.compile(r"base64,[A-Za-z0-9+/=\s]{40,}")


def members(path):
    with zipfile.ZipFile(path) as source:
        return {name: source.read(name) for name in source.namelist()}


def words(path):
    held = members(path)
    return {word for name, data in held.items() for each in passages_of(name, data) for word in WORD.findall(each.text)}


def broken(held):
    """Return the links of a bundle's pages that lead to no file of it."""
    found = []
    for name, data in held.items():
        if name.endswith(".html"):
            links = re.findall(r'href="([^"#:]+)(?:#[^"]*)?"', data.decode())
            places = [posixpath.normpath(f"{name.rpartition('/')[0] or '.'}/{unquote(link)}") for link in links]
            found += [(name, place) for place in places if place not in held]
    return found


@pytest.fixture(scope="module")
def strangers(demo_home):
    """Keys of customers and loans that are some other branch's only."""
    with open_store(Home(demo_home)) as store:
        tables = [("customers", "customer_id"), ("loans", "loan_id")]
        sql = "SELECT DISTINCT {1} FROM {0} WHERE branch_id {2} '0995'"
        own = {key for pair in tables for (key,) in store.rows(sql.format(*pair, "="))}
        return {key for pair in tables for (key,) in store.rows(sql.format(*pair, "<>"))} - own


def test_a_branch_s_bundle_holds_its_own_folder_and_no_other(overview):
    names = set(members(overview / "bundles" / "branch-0995.zip"))
    pages = ("0995/index.html", "0995/index.en.html")
    assert names == {*pages, *(f"0995/tiny_figures/zh/tiny_figures.{kind}" for kind in ("html", "xlsx"))}


def test_no_key_and_no_name_of_another_branch_is_in_it(overview, strangers):
    held = words(overview / "bundles" / "branch-0995.zip")
    assert len(strangers) > 20_000 and not strangers & held
    assert not {"0021", "0896", "0755"} & held


def test_no_key_and_no_name_of_another_branch_is_in_any_file_of_a_branch_s_papers(smallest_run, strangers, demo_home):
    """Pages, workbooks, Word, PDF, notebooks, tables, record of each report; what is packed in them, and properties."""
    with open_store(Home(demo_home)) as store:
        names = {name for (name,) in store.rows("SELECT name FROM branches WHERE branch_id <> '0995'")}
        keys = {key for (key,) in store.rows("SELECT rm_id FROM rms WHERE branch_id <> '0995'")}
    found, read = {}, set()
    for name, data in plants.written(smallest_run.folder / "0995"):
        texts = [CARRIED.sub("", text) for text in plants.texts_in(name, data)]
        said = {word for text in texts for word in WORD.findall(text)}
        found[name] = (said & (strangers | keys)) | {each for each in names if any(each in text for text in texts)}
        read.add(name.rpartition(".")[2])
    assert {name: held for name, held in found.items() if held} == {}
    assert {"html", "xlsx", "docx", "pdf", "pptx", "ipynb", "parquet", "json"} <= read


def test_what_is_for_head_office_is_in_its_bundle_alone(overview):
    withheld = re.compile(r"head-office/")
    assert not any(withheld.search(name) for name in members(overview / "bundles" / "branch-0995.zip"))
    assert "0995/tiny_figures/zh/head-office/tiny_figures.xlsx" in members(overview / "bundles" / "head-office.zip")


def test_head_office_s_record_tells_no_folder_of_the_computer(overview):
    told = json.loads(members(overview / "bundles" / "head-office.zip")["manifest.json"])
    kept = read_manifest(overview)
    assert {*told["reports"]} == {*kept["reports"]} and len(told["runs"]) == len(kept["runs"]) > 0
    entries = told["reports"].values()
    assert all(entry["notebook_path"] == f"notebooks/{Path(entry['notebook_path']).name}" for entry in entries)
    assert {entry["parameters"]["home"] for entry in entries} == {"home"}
    assert not [text for text in re.findall(r'"([^"]*)"', json.dumps(told)) if text.startswith("/")]


@pytest.mark.parametrize("name", ["branch-0995.zip", "branch-0021.zip", "head-office.zip"])
def test_every_link_in_a_bundle_leads_to_a_file_in_it(overview, name):
    assert broken(members(overview / "bundles" / name)) == []


@pytest.mark.parametrize("name", ["runs.html", "runs.en.html"])
def test_checksums_hold_and_are_told_on_the_page_of_runs(overview, name):
    page = (overview / name).read_text()
    assert f'href="{name}"' in (overview / name.replace("runs", "index")).read_text()
    lines = (overview / "bundles" / "SHA256SUMS").read_text().splitlines()
    assert len(lines) >= 5
    for line in lines:
        digest, name = line.split("  ", 1)
        assert hashlib.sha256((overview / "bundles" / name).read_bytes()).hexdigest() == digest and digest in page


def test_the_same_reports_make_the_same_bytes(overview):
    path = overview / "bundles" / "branch-0896.zip"
    before = path.read_bytes()
    write_bundles(overview, roles=["branch"], branches=["0896"])
    assert path.read_bytes() == before


def test_a_manager_s_sheet_holds_his_own_loans_only(overview, demo_home):
    paths = sorted((overview / "bundles" / "managers").glob("0995-*.zip"))
    with open_store(Home(demo_home)) as store:
        owner = dict(store.rows("SELECT loan_id, rm_id FROM loans WHERE branch_id = '0995'"))
    assert paths
    for path in paths:
        assert {owner[word] for word in words(path) if word in owner} <= {path.stem.partition("-")[2]}


def test_an_unknown_branch_is_refused(overview):
    with pytest.raises(BadConfig, match="branch '9999' has no report"):
        write_bundles(overview, branches=["9999"])


@pytest.fixture
def altered(overview, tmp_path):
    """A copy of the date's folder, to alter."""
    shutil.copytree(overview.parents[1], tmp_path / "bank", symlinks=True)
    return tmp_path / "bank" / overview.parent.name / overview.name


PHONES = ("13812345678", "138-1234-5678", "138.1234.5678", "１３８１２３４５６７８")


@pytest.mark.parametrize("phone", PHONES)
def test_a_manager_s_sheet_with_an_identifier_is_not_packed(altered, monkeypatch, phone):
    monkeypatch.setattr(bundles, "manager_pages", lambda *_, **__: [("R9", f"<td>{phone}</td>")])
    with pytest.raises(PersonalData, match="managers/0995-R9") as caught:
        write_bundles(altered, roles=["manager"], branches=["0995"])
    assert phone not in str(caught.value) and not (altered / "bundles" / "managers" / "0995-R9.zip").exists()


def packed(altered, **how):
    write_bundles(altered, branches=["0995"], **how)
    return members(altered / "bundles" / "branch-0995.zip")


def test_what_a_killed_packing_left_half_written_is_gone_after_the_next(altered):
    left = [altered / "bundles" / ".branch-0995.zip.abcdefabcdef", altered / ".index.html.fedcbafedcba"]
    left += [altered / "bundles" / "managers" / ".0995-R9.zip.abcdefabcdef"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"PK")
    kept = set(altered.rglob(".*")) - set(left)
    packed(altered)
    assert not any(path.exists() for path in left) and all(path.exists() for path in kept)


@pytest.mark.parametrize("place", ["tiny_figures/zh", "tiny_figures/zh/leaflets", "other/zh", "."])
def test_a_stray_file_is_not_packed(altered, place):
    folder = altered / "0995" / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stray.xlsx").write_bytes(b"PK")
    (folder / "link.html").symlink_to("/etc/hostname")
    withheld = altered / "0995" / "tiny_figures" / "zh" / "head-office" / "stray.xlsx"
    withheld.write_bytes(b"PK")
    names = {*packed(altered), *members(altered / "bundles" / "head-office.zip")}
    assert not any("stray" in name or "link" in name for name in names)


def linked(path):
    former = path.with_name("former")
    path.rename(former)
    path.symlink_to(former)


PAPER = "0995/tiny_figures/zh/tiny_figures.xlsx"
SPOILT = {
    "changed": lambda path: path.write_bytes(path.read_bytes() + b" "),
    "gone": lambda path: path.unlink(),
    "a link": lambda path: linked(path),
    "below a link": lambda path: linked(path.parent),
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_not_the_published_file_is_refused_and_the_former_bundle_stays(altered, how):
    before = (altered / "bundles" / "branch-0995.zip").read_bytes()
    SPOILT[how](altered / PAPER)
    with pytest.raises(BadConfig, match="a file of a report"):
        packed(altered, roles=["branch"])
    assert (altered / "bundles" / "branch-0995.zip").read_bytes() == before


def test_a_manager_whose_key_cannot_name_a_file_gets_his_bundle_under_a_handle(altered, monkeypatch, capsys):
    keys = ["李 01", "../../R2", "a/b", "", "H_0123456789ab", "x" * 65]
    monkeypatch.setattr(bundles, "manager_pages", lambda *_, **__: [(key, f"<p>{key}</p>") for key in keys])
    paths = write_bundles(altered, roles=["manager"], branches=["0995"])
    assert [path.parent for path in paths] == [altered / "bundles" / "managers"] * len(keys)
    assert [members(path)["my_customers.html"].decode() for path in paths] == [f"<p>{key}</p>" for key in keys]
    said = capsys.readouterr().err
    assert "李 01" in said and all(path.name in said for path in paths)


@pytest.mark.parametrize("phone", PHONES)
def test_index_branch_pages_and_record_tell_no_phone_of_names_titles_files_and_errors(altered, phone):
    manifest = read_manifest(altered)
    manifest["branches"]["0995"] = f"示例支行 {phone}"
    manifest["inputs"][0]["name"] = f"台账{phone}.csv"
    entry = next(each for each in manifest["reports"].values() if each["branch"] == "0995")
    entry |= {"title": f"报告 {phone}", "status": "failed", "error": f"KeyError: {phone}"}
    (altered / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    write_index(altered)
    write_manifest(altered, manifest)
    pages = [altered / "index.html", altered / "0995" / "index.html", altered / "manifest.json"]
    for page in pages:
        text = page.read_text("utf-8")
        assert phone not in text and "138******78" in text
    assert read_manifest(altered)["inputs"][0]["sha256"] == manifest["inputs"][0]["sha256"]
