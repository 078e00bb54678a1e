"""The pages of numbers: performance, fairness, calibration and stability; reason codes; and what was not tested."""

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from reports.bins import curved, shifted, spaced
from reports.chart import Share, plotted
from reports.layout import BODY, CELL, H1, H2, NUMBER, SMALL, WIDTH, code, facts, grid, short, text
from reports.parts import Page
from reports.plots import Beside, Section, Shift
from reports.source import Excluded, ReportSource, Table, Verdict
from reports.values import number

MOST_SHIFTS = 3
"""The bins of so many columns that stand out are printed, the worst first; report.json has all of them."""


def measured(source: ReportSource) -> Page:
    """Return every table under its section, with what is drawn of the same evidence, and last the champion beside it."""
    page: Page = []
    for section in Section:
        tables = [one for one in source.tables if one.section is section]
        if section is Section.REASONS or not tables:
            continue
        page += _titled(section.value, tables, source.tables)
        if section is Section.CALIBRATION:
            page += _curves(source)
        if section is Section.STABILITY:
            page += _shifts(source.shifts)
    return [*page, *_champion(source.beside)]


def _titled(title: str, tables: Sequence[Table], every: Sequence[Table]) -> Page:
    page: Page = []
    for place, measure in enumerate(tables):
        alike = [one for one in every if one.metric == measure.metric]
        said = f"{measure.metric}, {f'by {measure.by}' if measure.by else 'of everybody'}"
        said += f"{f', {measure.against}' if measure.against else ''}; {_of_what(measure)}; {measure.interval}."
        if measure.limit is not None:
            side = "above" if measure.is_ceiling else "below"
            said += f" Dashed line: limit {number(measure.limit)}, {measure.limit_words}. Filled circle: within it; hollow diamond: {side} it."
        block: Page = [text(title, H1)] if not place else []
        block += [
            text(f"{measure.title}{f', by {measure.by}' if measure.by else ''}", H2),
            text(said, SMALL),
            Spacer(0, 5),
            plotted(measure, alike),
        ]
        block += [Spacer(0, 3), text(_excluded(measure.excluded), SMALL)]
        page += [KeepTogether(block)] if len(measure.rows) < MOST_TOGETHER else [CondPageBreak(70 * mm), *block]
    return page


def _of_what(table: Table) -> str:
    """Return what was measured; a number from outside says where it is from, and nothing here measured it."""
    is_imported = table.section is Section.OUTSIDE
    return f"not measured here: from {table.data_period}" if is_imported else _period(table.data_period)


def _period(days: str) -> str:
    """Return from when data is, where only its first or its last day is known too."""
    return f"data {days}" if days.startswith(("from ", "until ", "not ")) else f"data of {days}"


def _curves(source: ReportSource) -> Page:
    page: Page = []
    for one in source.curves:
        said = "Mean score of each tenth of the scores against the share of positives in it; on the dashed line they are the same. "
        said += f"The larger a circle, the more rows; whiskers: Wilson, 95 %; {_period(one.data_period)}."
        title = f"Scores and what came true{f', {one.group}' if one.group else ''}"
        page.append(KeepTogether([text(title, H2), *spaced([curved(one)], said)]))
    return page


def _shifts(shifts: Sequence[Shift]) -> Page:
    page: Page = []
    shown = [one for one in shifts if one.stands_out][:MOST_SHIFTS]
    for one in shown:
        said = f"Rows of each bin, in the {one.against} data and in the data that was measured."
        page.append(KeepTogether([text(f"{one.column}, then and now", H2), *spaced([shifted(one)], said)]))
    left = len(shifts) - len(shown)
    if left > 0:
        page += [
            Spacer(0, 3),
            text(f"The bins of {left} more {'column' if left == 1 else 'columns'} are in report.json.", SMALL),
        ]
    return page


def _champion(found: Sequence[Beside]) -> Page:
    """Return each number beside the champion's, on the same rows."""
    if not found:
        return []
    rows: list[list[Flowable]] = [
        [
            text(one.check if not place else "", CELL),
            text(pair.group, CELL),
            text(f"{pair.n:,}", NUMBER),
            text(number(pair.mine), NUMBER),
            text(number(pair.theirs), NUMBER),
            text(number(pair.apart), NUMBER),
            text((one.asked or "–") if not place else "", SMALL),
        ]
        for one in found
        for place, pair in enumerate(one.pairs)
    ]
    widths = [28 * mm, 36 * mm, 14 * mm, 21 * mm, 21 * mm, 21 * mm, WIDTH - 141 * mm]
    heads = ["check", "group", "n", "this", "champion", "apart", "asked for"]
    said = f"Measured on the same rows as the champion, {found[0].champion}; apart: this version's number less the champion's."
    head: Page = [CondPageBreak(60 * mm), text("Beside the champion", H1), text(said, SMALL), Spacer(0, 4)]
    return [*head, grid(heads, rows, widths, right=(2, 3, 4, 5))]


def reasons(source: ReportSource) -> Page:
    told = source.reasons
    tables = [one for one in source.tables if one.section is Section.REASONS]
    coverage = _titled("Reason codes", tables, tables) if tables else []
    if told is None:
        return coverage
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
        *([("Method", told.method)] if told.method else []),
        *([("Sampled", told.sampled)] if told.sampled else []),
        ("Computed with", told.software or "not stated"),
        (
            "Adds up",
            "the parts of each explained decline sum to the model's own output, to rounding, or nothing would be on record",
        ),
        ("Second opinion", told.seconded or "none is on record"),
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
    head: Page = [text("Reason codes", H1)] if not coverage else [text("Method and validation", H2)]
    head += [text(method, SMALL), Spacer(0, 4), facts(known), Spacer(0, 6)]
    return [CondPageBreak(80 * mm), *coverage, *head, listed]


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


def _excluded(excluded: Sequence[Excluded]) -> str:
    if not excluded:
        return "No group is left out."
    return "Left out: " + "; ".join(f"{one.group}, n = {one.n:,}, {one.why}" for one in excluded) + "."
