"""The pages of the review: what changed since the last signature, what reviewers found, and which documents there are."""

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from reports.layout import BODY, CELL, H1, H2, SMALL, STRONG, WIDTH, code, grid, text
from reports.parts import Page
from reports.source import ReportSource
from reports.values import cut

MOST_TOGETHER = 16
_SHOWN = 150
"""Of a value that changed, as many characters are printed; report.json has the rest."""


def changed(source: ReportSource) -> Page:
    """What is not as it was when somebody last approved the model."""
    since = source.since
    if since is None:
        return []
    head: Page = [text("What changed since the last signature", H1)]
    if not since.version:
        return [KeepTogether([*head, text("Nobody has approved another state of this model: all of it is new.", BODY)])]
    against = f"Compared with {since.version} as it was approved in #{since.entry}."
    if not since.changes:
        return [KeepTogether([*head, text(f"{against} Nothing changed.", BODY)])]
    material = sum(one.is_material for one in since.changes)
    said = (
        f"{against} {material} of {len(since.changes)} changes are material: they can change a decision about somebody."
    )
    rows: list[list[Flowable]] = [
        [
            text(one.what, STRONG if one.is_material else CELL),
            text(_short(one.before), CELL),
            text(_short(one.after), CELL),
            text("material" if one.is_material else "–", CELL),
        ]
        for one in since.changes
    ]
    widths = [44 * mm, 52 * mm, 52 * mm, WIDTH - 148 * mm]
    listed = grid(["what", "then", "now", ""], rows, widths)
    page = [*head, text(said, SMALL), Spacer(0, 4), listed]
    return [KeepTogether(page)] if len(rows) < MOST_TOGETHER else [CondPageBreak(60 * mm), *page]


def issues(source: ReportSource) -> Page:
    """What reviewers found, doubted, waived and asked for."""
    head: Page = [text("Findings of the review", H1)]
    if not source.issues and not source.owed:
        said = "No finding, challenge, waiver or condition is on record."
        return [KeepTogether([*head, text(said, BODY)])]
    page = head
    if source.issues:
        rows: list[list[Flowable]] = [
            [
                text(f"{one.kind} #{one.entry}", CELL),
                text(one.what, CELL),
                text(one.who, CELL),
                text(one.due or "–", CELL),
                text(one.state, STRONG if one.state in {"open", "overdue"} else CELL),
            ]
            for one in source.issues
        ]
        widths = [28 * mm, WIDTH - 110 * mm, 34 * mm, 22 * mm, 26 * mm]
        page = [*page, grid(["kind", "what", "who", "due", "state"], rows, widths)]
    if source.owed:
        rows = [
            [
                text(one.text, CELL),
                text(one.owner, CELL),
                text(one.due, CELL),
                text(one.state, STRONG if not one.state.startswith("met") else CELL),
                text(f"#{one.entry}", CELL),
            ]
            for one in source.owed
        ]
        widths = [WIDTH - 102 * mm, 32 * mm, 22 * mm, 30 * mm, 18 * mm]
        page = [*page, text("Conditions", H2), grid(["condition", "owner", "due", "state", "approval"], rows, widths)]
    return [CondPageBreak(40 * mm), *page]


def documents(source: ReportSource) -> Page:
    if not source.documents:
        return []
    rows: list[list[Flowable]] = [
        [
            text(one.section.replace("_", " "), CELL),
            text(one.name, CELL),
            text(f"{one.who}, #{one.entry}", CELL),
            code(one.digest.removeprefix("sha256:")),
        ]
        for one in source.documents
    ]
    widths = [36 * mm, 44 * mm, 34 * mm, WIDTH - 114 * mm]
    said = "Each is kept with the dossier; its digest is under every signature."
    page = [
        text("Documents", H1),
        text(said, SMALL),
        Spacer(0, 4),
        grid(["section", "file", "added", "SHA-256"], rows, widths),
    ]
    return [KeepTogether(page)] if len(rows) < MOST_TOGETHER else [CondPageBreak(60 * mm), *page]


def _short(value: str | None) -> str:
    if value is None:
        return "–"
    if value.startswith("sha256:"):
        return f"{value[:23]}…"
    shown = cut(value)
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
