"""The data dictionary, made from the contracts of the tables; run by hand, this rewrites the page."""

from __future__ import annotations

from pathlib import Path

from microlib.contracts.columns import Column, Table
from microlib.contracts.tables import TABLES
from microlib.report.words import entries

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tables.md"
HEAD = """\
# 数据字典 · Data dictionary

银行库里的每一张表、每一列：中文名、单位、取值、引用。`branch.loans` 就是这里的 `loans`；客户表本身写 `branch["customers"]`，因为 `branch.customers` 是一户一行的汇总。缺失值表示不知道，不是零。按词查找用 `ml.find("逾期天数")`；空模板用 `microlib ingest --template` 生成。

Every table of the store and every column: Chinese name, unit, values, what it refers to. `branch.loans` is the `loans` of this page; the customer file itself is `branch["customers"]`, since `branch.customers` is the summary of one row per customer. A missing value means unknown, not zero. `ml.find("overdue_days")` finds by words; `microlib ingest --template` writes empty templates. This page is made from the contracts by `tests/laws/dictionary.py`.
"""  # noqa: E501


def rendered() -> str:
    """Return the page's text."""
    index = [f"[`{name}`](#{name}) {table.zh}" for name, table in TABLES.items()]
    return "\n".join([HEAD, " · ".join(index), "", *(line for table in TABLES.values() for line in _table(table))])


def _table(table: Table) -> list[str]:
    kind = "快照 snapshot" if table.state else "流水 events"
    lines = [
        *(f"## {table.name}", "", f"{table.zh}；一行一个 one row per `{', '.join(table.key)}`；{kind}；数据层级 "),
        *(
            "| 列 column | 中文 | English | 单位 unit | 必有 required | 取值或引用 values |",
            "|---|---|---|---|---|---|",
        ),
    ]
    lines[2] += f"level {table.level}\n"
    return [*lines, *(_column(column) for column in table.columns), ""]


def _column(column: Column) -> str:
    entry = entries("columns").get(column.name, {})
    required = "是 yes" if column.required else ""
    return f"| `{column.name}` | {column.zh} | {entry.get('en', '')} | {column.unit} | {required} | {_values(column)} |"


def _values(column: Column) -> str:
    if column.codes:
        return " ".join(f"`{code}`" for code in column.codes)
    if column.refers:
        return f"[`{column.refers}`](#{column.refers})"
    low, high = ("" if bound is None else f"{bound:,g}" for bound in (column.low, column.high))
    return f"{low} .. {high}".strip() if low or high else ""


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(rendered(), encoding="utf8")


if __name__ == "__main__":
    main()
