"""The commands of `design`: papers as paths, changes as lines, refusals with their exit code."""

import shutil

import pytest

from microlib.cli import main


@pytest.fixture
def run(capsys):
    def call(*words):
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        out, err = capsys.readouterr()
        return stopped.value.code or 0, out.splitlines(), err

    return call


@pytest.fixture
def terms_home(root, tmp_path):
    """A home with its own written terms and no bank."""
    for kind in ("products", "policies", "peers"):
        shutil.copytree(root / "data" / kind, tmp_path / "data" / kind)
    return tmp_path


def test_a_sheet_is_a_path_per_line_and_what_blocks_goes_to_the_error_stream(run, demo_home, tmp_path):
    (tmp_path / "data").symlink_to(demo_home / "data")
    code, lines, err = run("design", "sheet", "hospital_supplier", "--branch", "0010", "--home", tmp_path)
    assert code == 0 and lines[0].endswith("0010/design_sheet--hospital_supplier/design_sheet.zh.html")
    assert "open items block: " in err and "rules_are_confirmed" in err


def test_a_change_is_told_with_reason_and_evidence(run, terms_home):
    code, lines, _ = run("design", "diff", "hospital_supplier_18_months", "--proposal", "--home", terms_home)
    assert code == 0 and lines[0].startswith("max_term_months\t12 -> 18\tmonths\twidens\t医院账期")
    code, lines, _ = run("design", "diff", "market_stall", "--since", "2025-12-31", "--as-of", "2026-06-30",
                         "--home", terms_home)  # fmt: skip
    assert lines == ["yearly_rate\t0.065 -> 0.0585\tfraction\twidens\t当年的定价下限\t"]


def test_peers_are_compared_by_use(run, terms_home):
    code, lines, _ = run("design", "compare", "market_stall", "--amount", 300000, "--home", terms_home)
    assert code == 0 and lines[0].startswith("usage\toffer_id") and any("Q06" in line for line in lines)


def test_a_restored_version_pipes_as_toml(run, terms_home):
    code, lines, _ = run("design", "restore", "hospital_supplier", "--version", 1, "--home", terms_home)
    assert code == 0 and lines[0] == 'code = "hospital_supplier"' and "version = 3" in lines


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["sheet", "hospital_suplier", "--branch", "0755"], 3, "did you mean hospital_supplier.toml?"),
        (["sheet", "hospital_supplier", "--branch", "755"], 4, "the bank has no branch '755'"),
        (["sheet", "market_stall", "--branch", "0995"], 4, "nobody here belongs to hardware_market"),
        (["sheet", "hospital_supplier"], 2, "Missing option '--branch'"),
        (["diff", "no_such", "--proposal"], 3, "there is no such file"),
        (["diff", "market_stall", "--since", "2099-01-01"], 3, "2099-01-01 is not before"),
        (["restore", "market_stall", "--version", "5"], 3, "version 5 of market_stall is not kept"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_exit_code(run, demo_home, words, code, message):
    got, lines, err = run("design", *words, "--home", demo_home)
    assert (got, lines) == (code, []) and message in err


def test_a_peer_without_source_stops_the_comparison_with_exit_code_4(run, terms_home):
    path = terms_home / "data/peers/peers.csv"
    path.write_text(
        path.read_text(encoding="utf-8").replace("synthetic: exercise of the training course (offer A),", ",", 1),
        encoding="utf-8",
    )
    code, _, err = run("design", "compare", "market_stall", "--home", terms_home)
    assert code == 4 and "row 1, peers.source: a value is missing" in err


def test_a_step_out_of_order_is_refused_with_the_command_that_mends_it(run, demo_home):
    code, lines, err = run("design", "step", "hospital_supplier", "limits", "--branch", "0755", "--decision", "do",
                           "--reason", "x", "--home", demo_home)  # fmt: skip
    assert (code, lines) == (3, []) and "limits waits for the result of sources" in err and "design step" in err
    code, lines, _ = run("design", "log", "farm_household", "--branch", "0755", "--home", demo_home)
    assert (code, lines) == (0, [])
