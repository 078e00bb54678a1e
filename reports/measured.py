"""The pages of numbers: what was measured by group, reason codes, and what was not tested."""

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from reports.chart import Share, plotted
from reports.layout import BODY, CELL, H1, H2, NUMBER, SMALL, WIDTH, code, facts, grid, short, text
from reports.parts import Page
from reports.source import Excluded, ReportSource, Verdict
from reports.values import number


def measured(source: ReportSource) -> Page:
    page: Page = []
    for place, measure in enumerate(source.tables):
        alike = [one for one in source.tables if one.metric == measure.metric]
        said = f"{measure.metric}, by {measure.by}; data of {measure.data_period}; {measure.interval}."
        if measure.limit is not None:
            side = "above" if measure.is_ceiling else "below"
            said += f" Dashed line: limit {number(measure.limit)}, {measure.limit_words}. Filled circle: within it; hollow diamond: {side} it."
        block: Page = [text("Measured by group", H1)] if not place else []
        block += [text(measure.title, H2), text(said, SMALL), Spacer(0, 5), plotted(measure, alike)]
        block += [Spacer(0, 3), text(_excluded(measure.excluded), SMALL)]
        page += [KeepTogether(block)] if len(measure.rows) < MOST_TOGETHER else [CondPageBreak(70 * mm), *block]
    return page


def reasons(source: ReportSource) -> Page:
    told = source.reasons
    if told is None:
        return []
    method = (
        f"What the declined are told, over {told.explained:,} of {told.declined:,} declined applicants of the data. Each "
        "decline is explained by interventional Shapley values of the version's own score, in the space in which it adds "
        "up, against the whole reference population; at most four reasons, each in the words of the dictionary for the side of the reference on which the applicant stands. "
        "Codes are counted, whichever words were told."
    )
    known = [
        ("Approved is", told.approve),
        ("Compared with", f"{told.reference_rows:,} {told.reference}"),
        ("Reference", code(told.reference_digest.removeprefix("sha256:"))),
        ("Dictionary", code(told.dictionary.removeprefix("sha256:"))),
        ("Reasons given", f"to {told.reasoned:,} of {told.explained:,} explained, entry #{told.entry}"),
        *(("May not be given", f"{why}: {n}") for why, n in told.blocked),
    ]
    rows: list[list[Flowable | list[Flowable]]] = [
        [
            text(one.code, CELL),
            [text(line, CELL) for line in one.text.split("\n")],
            text(f"{one.first:,}", NUMBER),
            text(f"{one.given:,}", NUMBER),
            Share(one.first, told.reasoned, f"{one.code}, first for {one.first} of {told.reasoned}"),
        ]
        for one in told.codes
    ]
    widths = [20 * mm, WIDTH - 100 * mm, 18 * mm, 18 * mm, 44 * mm]
    listed = grid(["code", "wording", "first", "given", "share told it first"], rows, widths, right=(2, 3))
    head: Page = [text("Reason codes", H1), text(method, SMALL), Spacer(0, 4), facts(known), Spacer(0, 6)]
    return [CondPageBreak(80 * mm), *head, listed]


MOST_TOGETHER = 24
"""A table with fewer groups than this is not split over pages."""


def not_tested(source: ReportSource) -> Page:
    unmeasured = [(f"{one.title} ({one.rule})", short(one.remedy) or "no evidence is recorded") for one in source.findings
                  if one.verdict is Verdict.NOT_MEASURED]  # fmt: skip
    listed = [*unmeasured, *((one.what, one.why) for one in source.not_tested)]
    page: Page = [text("Not tested", H1)]
    if not listed:
        return [KeepTogether([*page, text("Nothing is listed: every rule that applies was measured.", BODY)])]
    rows = [[text(what, CELL), text(why, CELL)] for what, why in listed]
    return [CondPageBreak(45 * mm), *page, grid(["what", "why"], rows, [70 * mm, WIDTH - 70 * mm])]


def _named(group: str) -> list[Flowable]:
    """Return a group's column and its name, each on lines of its own: a name has room, and is not broken in the middle."""
    column, sign, name = group.partition("=")
    return [text(column, SMALL), text(name, CELL)] if sign else [text(group, CELL)]


def _excluded(excluded: Sequence[Excluded]) -> str:
    if not excluded:
        return "No group is left out."
    return "Left out: " + "; ".join(f"{one.group}, n = {one.n:,}, {one.why}" for one in excluded) + "."
