"""The READMEs' commands work as written, on a ledger made here with a branch's own Chinese headers."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
HEADERS = ["借据号", "客户号", "机构号", "机构名称", "发放日期", "到期日期", "贷款金额（万元）", "贷款余额（万元）"]
MORE = ["年利率（%）", "逾期天数", "五级分类", "贷款状态"]


def _commands(readme: str) -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / readme).read_text(encoding="utf8"), re.S)
    return [line for block in blocks for line in block.strip().splitlines()]


def _python(readme: str) -> str:
    """The Python that a README shows, without its comments."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / readme).read_text(encoding="utf8"), re.S)
    return re.sub(r"  # .*", "", "".join(blocks))


def _ledger(month: str, *, loans: int = 32) -> pd.DataFrame:
    end = pd.Period(month).end_time.normalize()
    rows = []
    for number in range(loans):
        lent = end - pd.DateOffset(months=3 + number % 14)
        due = lent + pd.DateOffset(months=30)
        late = 45 if number == 2 else 0
        known = [f"J{number:04}", f"K{number // 2:04}", "0101", "示例支行", f"{lent:%Y-%m-%d}", f"{due:%Y-%m-%d}"]
        states = ["关注" if late else "正常", "逾期" if late else "正常"]
        rows.append([*known, 30 + number, 25 + number, 4.35, late, *states])
    return pd.DataFrame(rows, columns=[*HEADERS, *MORE])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the READMEs speak of."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "ledgers").mkdir()
    _ledger("2026-06").to_excel(folder / "ledger.xlsx", index=False)
    for month in ("2026-03", "2026-04", "2026-05"):
        _ledger(month).to_excel(folder / "ledgers" / f"台账{month.replace('-', '')}.xlsx", index=False)
    return folder


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_named_exists(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    for target in set(re.findall(r"make ([a-z]+)", text)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_both_readmes_name_the_same_commands() -> None:
    assert _commands(READMES[0]) == _commands(READMES[1])


@pytest.mark.parametrize("readme", READMES)
def test_every_file_linked_exists(readme: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / readme).read_text(encoding="utf8"))
    assert links and all((ROOT / link).exists() for link in links)


def test_the_python_shown_runs_and_is_short(tmp_path: Path) -> None:
    shown = _python(READMES[0])
    lines = [line for line in shown.splitlines() if line.strip()]
    assert shown == _python(READMES[1])
    assert 10 < len(lines) < 20
    run = subprocess.run([sys.executable, "-c", shown], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert not list(tmp_path.iterdir())


def test_commands_do_what_they_say(desk: Path) -> None:
    program = str(Path(sys.executable).parent / "microlib")
    for command in [command for command in _commands(READMES[0]) if command.startswith("microlib")]:
        words = [program, *shlex.split(command)[1:]]
        run = subprocess.run(words, cwd=desk, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{command}\n{run.stdout}\n{run.stderr}"
    assert (desk / "reports" / "2026-06-30" / "index.html").is_file()
    assert list(desk.glob("reports/2026-06-30/0101/2_segment_analysis/zh/*.html"))
    assert (desk / "templates").is_dir()
