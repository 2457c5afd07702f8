"""The paper that a committee signs, as a page in each language: conclusion, terms, changes, checklist, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup

from microlib.design.packs import names, views
from microlib.reporting.report import open_report
from microlib.running import pages

CHANGE = ["place", "old_value", "new_value", "unit", "old_code", "new_code", "effect", "reason_zh", "reason_en",
          "evidence"]  # fmt: skip
ITEM = ["title_zh", "title_en", "measure", "value", "test", "trigger_value", "answer", "responsible", "accountable",
        "consulted", "informed", "blocks"]  # fmt: skip
MODE = ["title_zh", "title_en", "sign_zh", "sign_en", "owner_zh", "owner_en", "state", "loss_yuan"]
RULE = ["id", "said_zh", "said_en", "unit", "limit_value", "value", "state"]
STOP = ["rule", "watched", "value", "test", "trigger_value", "state", "action"]


def sheet_page(design: Any, results: Mapping[str, Any], *, lang: str) -> str:
    """Return one design as a page that can be printed and signed; nothing on it bears a customer.

    Parameters
    ----------
    design : Design
        Result of `packs.designs.design_product`.
    results : mapping
        Its results with those of `packs.approvals.approval_results`.
    lang : str
        ``zh`` or ``en``.
    """
    book, report = design.book, open_report(design.book, lang=lang, out="")
    _name(report, design)
    shown = [report.title("checklist", results["checklist"]), *_front(report, design, results)]
    shown += [*_history(report, results), *_tables(report, design, results)]
    words = {key: entry[lang] for key, entry in pages.frame_words().items()}
    job = SimpleNamespace(lang=lang, branch=book.branch_id, branch_name=book.name, as_of=book.as_of.isoformat(),
                          is_synthetic=book.is_synthetic)  # fmt: skip
    title = report.words.mark("sheet_title", product=report.words.code("product", design.product.code))
    body = Markup("\n".join(each.page for each in shown))
    return pages.rendered("sheet.html.j2", job=job, title=title, words=words, body=body)


def _name(report: Any, design: Any) -> None:
    """Teach the report the names of the terms' own codes."""
    book, offer = design.book, design.product
    report.names_from("source_id", "core_enterprises", key="core_id", name="name")
    report.names_from("source_id", "venue_rosters", key="venue_id", name="venue_name")
    for column, items in names.design_names(book.home, product=offer, as_of=book.as_of).items():
        report.names(column, items)
    report.names("exclusion", offer.access, told="not_met")
    report.names("exclusion", offer.not_served)


def _front(report: Any, design: Any, results: Mapping[str, Any]) -> list[Any]:
    """Show the terms in short, and what they come to here."""
    offer, found = design.product, results
    said = [
        ("product_terms", [offer], {}), ("product_need", [offer], {}), ("product_group", [found["screened"]], {}),
        ("own_limits", [found["limits"]], {}), ("design_price", [found["floors_typical"]], {}),
        ("design_cost", [found["cost"]], {"used_months": offer.repayment.used_months}),
        ("expected_volume", [found["volume"]], {}), ("not_served", [found["not_served"]], {}),
        ("stop_rules", [found["stop_rules"]], {}),
    ]  # fmt: skip
    lines = [report.line(key, *inputs, **options) for key, inputs, options in said]
    [stress] = report.parts(found, "scenarios")
    return [report.say("checklist_open", found["checklist"]), report.sheet(*lines, report.line("scenarios", stress))]


def _history(report: Any, results: Mapping[str, Any]) -> list[Any]:
    """Show what changed since the last version, and what is proposed."""
    log, changes, waiting = (results[name] for name in ("versions", "changes", "proposals"))
    shown = [report.title("versions", log, changes=changes)]
    shown += [report.table("changes", changes, columns=CHANGE)] if len(changes) else []
    shown += [report.say("proposals", waiting)]
    return [*shown, report.table("proposals", waiting, columns=["proposal", *CHANGE[:7]])] if len(waiting) else shown


def _tables(report: Any, design: Any, results: Mapping[str, Any]) -> list[Any]:
    """Show checklist and signatures, then what they rest on."""
    found = results
    return [
        report.table("checklist", found["checklist"], columns=ITEM),
        report.table("signatures", views.signing_view(found["signatures"])),
        report.table("stop_rules", found["stop_rules"], columns=STOP),
        report.table("disclosure", found["disclosure"]),
        report.title("rules", found["asked_rules"]),
        report.table("rules", found["asked_rules"], columns=RULE),
        report.say("failure_modes", found["failure_modes"]),
        report.table("failure_modes", found["failure_modes"], columns=MODE),
    ]
