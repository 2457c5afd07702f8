"""The paper that a committee signs, as a page in each language: conclusion, terms, changes, checklist, signatures."""

from __future__ import annotations

from types import SimpleNamespace

from markupsafe import Markup

from microlib.design.approval import Approval, design_names, signing_view
from microlib.design.product_design import ProductDesign
from microlib.reporting import reports
from microlib.reporting.displays import Shown
from microlib.reporting.reports import Report
from microlib.running import pages

CHANGE = ["place", "old_value", "new_value", "unit", "old_code", "new_code", "effect", "reason_zh", "reason_en",
          "evidence"]  # fmt: skip
ITEM = ["title_zh", "title_en", "measure", "value", "test", "trigger_value", "answer", "responsible", "accountable",
        "consulted", "informed", "blocks"]  # fmt: skip
MODE = ["title_zh", "title_en", "sign_zh", "sign_en", "owner_zh", "owner_en", "state", "loss_yuan"]
RULE = ["id", "said_zh", "said_en", "unit", "limit_value", "value", "state"]
STOP = ["rule", "watched", "value", "test", "trigger_value", "state", "action"]


def sheet_page(approval: Approval, *, lang: str) -> str:
    """Return one design as a page that can be printed and signed; nothing on it bears a customer.

    Parameters
    ----------
    approval : Approval
        A design as the committee sees it.
    lang : str
        ``zh`` or ``en``.
    """
    design, book = approval.design, approval.design.branch
    report = reports.open_report(book, lang=lang, out="")
    _name(report, design)
    shown = [report.title("checklist", approval.checklist), *_front(report, approval)]
    shown += [*_history(report, design), *_tables(report, approval)]
    words = {key: entry[lang] for key, entry in pages.frame_words().items()}
    job = SimpleNamespace(lang=lang, branch=book.branch_id, branch_name=book.name, as_of=book.as_of.isoformat(),
                          is_synthetic=book.is_synthetic)  # fmt: skip
    title = report.words.mark("sheet_title", product=report.words.code("product", design.product.code))
    body = Markup("\n".join(each.page for each in shown))
    return pages.rendered("sheet.html.j2", job=job, title=title, words=words, body=body)


def _name(report: Report, design: ProductDesign) -> None:
    """Teach the report the names of the terms' own codes."""
    book, offer = design.branch, design.product
    report.names_from("source_id", "core_enterprises", key="core_id", name="name")
    report.names_from("source_id", "venue_rosters", key="venue_id", name="venue_name")
    for column, items in design_names(book.home, product=offer, as_of=book.as_of).items():
        report.names(column, items)
    report.names("exclusion", offer.access, told="not_met")
    report.names("exclusion", offer.not_served)


def _front(report: Report, approval: Approval) -> list[Shown]:
    """Show the terms in short, and what they come to here."""
    design, offer = approval.design, approval.design.product
    [stress] = report.parts(design, "scenarios")
    lines = [
        report.line("product_terms", offer),
        report.line("product_need", offer),
        report.line("product_group", design.screened),
        report.line("own_limits", design.limits),
        report.line("design_price", design.floors_typical),
        report.line("design_cost", design.cost, used_months=offer.repayment.used_months),
        report.line("expected_volume", design.volume),
        report.line("not_served", design.not_served),
        report.line("stop_rules", design.stop_rules),
        report.line("scenarios", stress),
    ]
    return [report.say("checklist_open", approval.checklist), report.sheet(*lines)]


def _history(report: Report, design: ProductDesign) -> list[Shown]:
    """Show what changed since the last version, and what is proposed."""
    changes, waiting = design.changes, design.proposals
    shown = [report.title("versions", design.versions, changes=changes)]
    shown += [report.table("changes", changes, columns=CHANGE)] if len(changes) else []
    shown += [report.say("proposals", waiting)]
    return [*shown, report.table("proposals", waiting, columns=["proposal", *CHANGE[:7]])] if len(waiting) else shown


def _tables(report: Report, approval: Approval) -> list[Shown]:
    """Show checklist and signatures, then what they rest on."""
    design = approval.design
    return [
        report.table("checklist", approval.checklist, columns=ITEM),
        report.table("signatures", signing_view(approval.signatures)),
        report.table("stop_rules", design.stop_rules, columns=STOP),
        report.table("disclosure", design.disclosure),
        report.title("rules", approval.asked_rules),
        report.table("rules", approval.asked_rules, columns=RULE),
        report.say("failure_modes", design.failure_modes),
        report.table("failure_modes", design.failure_modes, columns=MODE),
    ]
