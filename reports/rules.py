"""The pages of rules: what the policies ask, what was found by clause, and what covers each reference.

Every finding is printed here, under each clause that it rests on or else at the end; a reference that nothing covers is
said to be uncovered.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from reportlab.lib.colors import white
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Spacer

from reports.chart import interval
from reports.clauses import Clause, Control, Cover, Rules
from reports.layout import (
    BODY,
    CELL,
    H1,
    H2,
    NUMBER,
    SMALL,
    STRONG,
    WIDTH,
    code,
    facts,
    grid,
    short,
    text,
    verdict,
)
from reports.parts import Page, counted
from reports.source import Finding, ReportSource, Verdict
from reports.values import number

WORST_FIRST = (
    Verdict.FAIL,
    Verdict.NOT_MEASURED,
    Verdict.INCONCLUSIVE,
    Verdict.WAIVED,
    Verdict.WARN,
    Verdict.NOT_APPLICABLE,
    Verdict.PASS,
)
MOST_SAID = 12
"""Of one part of a policy, as many sentences are printed; the appendix has all that they say."""
_GOOD = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})
_KEPT = 6
"""A reference with at most as many rules is not split over pages."""


def policies(source: ReportSource) -> Page:
    """What each policy that judged asks, in plain sentences."""
    if not source.rules:
        return []
    page: Page = [CondPageBreak(60 * mm), text("Policies", H1)]
    for place, one in enumerate(source.rules):
        page += [CondPageBreak(50 * mm)] if place else []
        page += [text(short(one.title), H2), text(f"{one.name}, {one.adopted}.", SMALL), Spacer(0, 4)]
        page.append(facts(list(_said(one))))
    return page


def findings(source: ReportSource) -> Page:
    """Every finding, under each clause that it rests on; those that rest on none come last."""
    page: Page = [CondPageBreak(60 * mm), text("Findings", H1)]
    if not source.findings:
        return [*page, text("Nothing was judged. That is not a pass.", BODY)]
    more = "Digits beyond those shown (…) are in report.json; nothing is rounded."
    more += " Where a rule is written is found again in the appendix." if source.rules else ""
    page += [text(f"{counted(source)} {more}", SMALL), Spacer(0, 4)]
    known = {one.id: one for one in source.clauses}
    cited = [one for one in source.clauses if any(one.id in found.clauses for found in source.findings)]
    for clause in cited:
        page += [CondPageBreak(65 * mm), text(short(clause.title), H2), text(_standing(clause), SMALL), Spacer(0, 3)]
        page.append(_listed(source, [found for found in source.findings if clause.id in found.clauses]))
    rest = [found for found in source.findings if known.keys().isdisjoint(found.clauses)]
    if rest and cited:
        said = "No reference of a policy is covered by them."
        page += [CondPageBreak(65 * mm), text("Rules that rest on no clause", H2), text(said, SMALL), Spacer(0, 3)]
    return [*page, _listed(source, rest)] if rest else page


def controls(source: ReportSource) -> Page:
    """Each reference of the policies, what covers it, and what is said of that now."""
    if not source.rules:
        return []
    page: Page = [CondPageBreak(60 * mm), text("Control matrix", H1)]
    said = "Each reference of a policy, the rules that cover it, and what was found of each rule."
    clauses = {one.id: one for one in source.clauses}
    judged: dict[tuple[str, str], list[Finding]] = {}
    for found in (*source.findings, *source.approvals):
        for rule in dict.fromkeys((found.rule, found.rule.partition(".")[0])):
            judged.setdefault((found.policy, rule), []).append(found)
    page += [text(said, SMALL), Spacer(0, 4)] if any(one.controls for one in source.rules) else []
    for place, one in enumerate(source.rules):
        page += [Spacer(0, 10)] if place else []
        if not one.controls:
            page.append(text(f"{one.name} names no reference, so nothing is said to cover one.", BODY))
            continue
        bare = sum(not control.covers for control in one.controls)
        said = f"{one.name}: {len(one.controls)} references, {bare or 'none'} that nothing covers."
        page += [CondPageBreak(40 * mm), text(said, SMALL), Spacer(0, 4)]
        page.append(_matrix(one, clauses, judged))
    return page


def _said(rules: Rules) -> Iterator[tuple[str, Flowable | str]]:
    yield "Digest", code(str(rules.digest))
    yield "In force", rules.in_force
    yield "Mode", rules.mode
    yield "For", short(rules.meant_for)
    for title, sentences in rules.said:
        listed = [short(one) for one in sentences[:MOST_SAID]]
        left = len(sentences) - len(listed)
        listed += [f"And {left} more, in the appendix."] if left else []
        yield from ((title if not place else "", one) for place, one in enumerate(listed))


def _standing(clause: Clause) -> str:
    parts = [clause.id, clause.standing or "no catalogue knows it"]
    parts += [f"in the place of {one}" for one in clause.cited_as]
    return short(", ".join([*parts, *([clause.source] if clause.source else [])]))


def _listed(source: ReportSource, listed: Sequence[Finding]) -> Flowable:
    is_one_policy = len({one.policy for one in source.findings}) == 1
    widths = [27 * mm, 51 * mm, 20 * mm, 34 * mm, 24 * mm, WIDTH - 156 * mm]
    rows: list[list[Flowable]] = []
    placed = set[str]()
    for one in listed:
        where = [] if is_one_policy else [one.policy]
        where = [*where, one.place] if one.place not in placed else [] if one.place else where
        placed.add(one.place)
        rows.append(
            [
                verdict(one.verdict),
                list(_rule(one, ", ".join(part for part in where if part))),
                text(number(one.value), NUMBER),
                text(interval(one.low, one.high), NUMBER),
                text(short(one.limit) or "–", NUMBER),
                text("–" if one.n is None else f"{one.n:,}", NUMBER),
            ]
        )
    return grid(["verdict", "rule", "value", "interval", "limit", "n"], rows, widths, right=(2, 3, 4, 5))


def _rule(finding: Finding, where: str) -> Iterator[Flowable]:
    """Yield what was judged; policy and place stand with the first finding of a rule."""
    yield text(short(finding.title), CELL)
    yield text(short(", ".join((finding.rule, *finding.groups))), SMALL)
    if where:
        yield text(short(where), SMALL)
    if finding.remedy and finding.verdict not in _GOOD:
        yield text(f"Next: {short(finding.remedy)}", SMALL)


def _matrix(rules: Rules, clauses: dict[str, Clause], judged: dict[tuple[str, str], list[Finding]]) -> Flowable:
    rows: list[list[Flowable]] = []
    commands: list[tuple[Any, ...]] = []
    for control in rules.controls:
        begun = len(rows) + 1
        covered = [
            [text(short(one.what), CELL), _verdicts(one, judged.get((rules.name, one.rule), []))]
            for one in control.covers
        ]
        for row in covered or [[text("nothing covers it", STRONG), text("–", CELL)]]:
            rows.append([_reference(control, clauses) if len(rows) + 1 == begun else text("", CELL), *row])
        if len(covered) > 1:
            commands.append(("LINEBELOW", (0, begun), (0, len(rows) - 1), 0.6, white))
        if 1 < len(covered) <= _KEPT:
            commands.append(("NOSPLIT", (0, begun), (-1, len(rows))))
    widths = [78 * mm, 48 * mm, WIDTH - 126 * mm]
    return grid(["reference", "covered by", "now"], rows, widths, commands=commands)


def _reference(control: Control, clauses: dict[str, Clause]) -> list[Flowable]:
    clause = clauses.get(control.clause, Clause(control.clause, control.clause))
    title = f"{clause.title}: {control.topic}" if control.topic else clause.title
    return [text(short(title), CELL), text(f"{control.name}, {clause.id}", SMALL)]


def _verdicts(cover: Cover, found: Sequence[Finding]) -> Flowable | list[Flowable]:
    """Return every verdict on a rule, the worst first, each with how many of its findings have it."""
    counts = Counter(one.verdict for one in found)
    if not counts:
        return text(cover.unjudged or "nothing is said of it now", SMALL)
    said: list[Flowable] = []
    for word in (one for one in WORST_FIRST if counts[one]):
        said.append(verdict(word))
        if len(found) > 1:
            said.append(text(f"{counts[word]} of {len(found)}", SMALL))
    if len(found) == 1 and not cover.rule.startswith("checks."):
        said.append(text(short(found[0].title), SMALL))
    return said
