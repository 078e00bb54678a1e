"""The pages of a report, in the order of `pages`: from control page and opinion to how to verify, and the policies in full.

What failed or was not measured cannot be left out here: every finding that is given is printed, and counted.
"""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Spacer

from reports.chart import interval
from reports.layout import (
    BODY,
    CELL,
    EYEBROW,
    H1,
    H2,
    LEAD,
    NUMBER,
    SMALL,
    STRONG,
    TITLE,
    VERDICT,
    WIDTH,
    code,
    facts,
    grid,
    item,
    short,
    table,
    text,
    verdict,
)
from reports.listing import appendix
from reports.measured import measured, not_tested, reasons
from reports.parts import Page, checkpoint, counted, when
from reports.reviewed import changed, documents, issues
from reports.rules import controls, findings, policies
from reports.source import Finding, ReportSource, Verdict
from reports.testimony import people, signatures, verification
from reports.values import number

APPROVES = ("validated", "approved")
"""How the meanings begin that approve."""
MOST_ON_COVER = 8
SEAL_BOX = (20 * mm, 24 * mm, 190 * mm, 50 * mm)
"""Where on the first page the certification signature is seen: left, bottom, right, top."""


def pages(source: ReportSource) -> Page:
    return [
        *control(source),
        PageBreak(),
        *opinion(source),
        *changed(source),
        *policies(source),
        *findings(source),
        *controls(source),
        *measured(source),
        *reasons(source),
        *not_tested(source),
        *issues(source),
        *documents(source),
        *people(source),
        *signatures(source),
        *verification(source),
        *appendix(source),
    ]


def control(source: ReportSource) -> Page:
    model, version, log = source.model, source.version, source.log
    named = [
        ("Report", source.report_id),
        ("Status", source.status.value.upper() + (", of a demonstration" if source.demo else "")),
        ("Decision", source.decision),
        ("Model", f"{model.name}, owned by {model.owner}, tier {model.tier}"),
        ("Version", f"{version.ref}, {version.stage}, registered {when(version.registered_at)} as #{version.entry}"),
        ("Version digest", code(str(version.digest))),
        ("Dossier digest", code(str(source.dossier_digest))),
        *(("Policy", f"{policy.id} {policy.version}: {short(policy.title)}") for policy in source.policies),
        ("Data period", source.data_period),
        ("Record as of", when(source.as_of)),
        ("Software", source.software),
    ]
    return [
        text(source.title, EYEBROW),
        text(version.ref, TITLE),
        text(model.purpose, LEAD),
        facts(named),
        *_approved(source),
        Spacer(0, 12),
        checkpoint(log),
    ]


def _approved(source: ReportSource) -> Page:
    """Who approved it, as the signatures at the end say in full."""
    head: Page = [Spacer(0, 12), text("Approved by", STRONG)]
    given = [one for one in source.signatures if one.meaning.startswith(APPROVES)]
    if not given:
        return [*head, text("Nobody has approved this version.", BODY)]
    rows: list[list[Flowable]] = [
        [
            text(one.name, CELL),
            text(one.role, CELL),
            text(one.meaning.replace("_", " "), CELL),
            text(when(one.at), SMALL),
            text(one.validity, STRONG if one.validity != "valid" else CELL),
        ]
        for one in given[-MOST_ON_COVER:]
    ]
    listed = grid(
        ["name", "role", "meaning", "signed", "validity"],
        rows,
        [40 * mm, 26 * mm, 34 * mm, 46 * mm, WIDTH - 146 * mm],
    )
    more = len(given) - MOST_ON_COVER
    return [*head, listed, *([text(f"And {more} before them: see Signatures.", SMALL)] if more > 0 else [])]


def opinion(source: ReportSource) -> Page:
    model = source.model
    page: Page = [text("Opinion", H1), text(source.decision, VERDICT), text(counted(source), BODY)]
    if source.conditions:
        page += [text("Conditions", H2), *map(item, source.conditions)]
    open_ = [one for one in source.findings if one.verdict not in {Verdict.PASS, Verdict.NOT_APPLICABLE}]
    page.append(text("What did not pass", H2))
    page += [_remark(one) for one in open_] or [text("Every rule that applies passed.", BODY)]
    page += [
        text("Identity and use", H2),
        facts(
            [
                ("Purpose", model.purpose),
                ("Owner", model.owner),
                ("Tier", model.tier),
                ("Permitted uses", "; ".join(model.uses) or "none is recorded"),
                ("Prohibited uses", "; ".join(model.prohibited_uses) or "none is recorded"),
                *model.facts,
            ]
        ),
    ]
    page.append(text("What the version digest covers", H2))
    if source.version.artefacts:
        widths = [52 * mm, 26 * mm, 24 * mm, WIDTH - 102 * mm]
        rows = [
            [
                text(one.path, CELL),
                text(one.role, CELL),
                text(f"{one.size:,}", NUMBER),
                code(str(one.digest).removeprefix("sha256:")),
            ]
            for one in source.version.artefacts
        ]
        page.append(grid(["file", "role", "bytes", "SHA-256"], rows, widths, right=(2,)))
    if source.version.parts:
        page += [Spacer(0, 4), facts(source.version.parts)]
    return page


def _remark(finding: Finding) -> Flowable:
    metric = finding.metric.replace("_", " ")
    unit = f" {finding.unit}" if finding.unit else ""
    measured_ = f"{metric} is {number(finding.value)}{unit}" if finding.value is not None else f"{metric} has no value"
    measured_ = measured_ if finding.metric else finding.said
    if finding.low is not None and finding.high is not None:
        measured_ += f" (interval {interval(finding.low, finding.high)})"
    parts = [
        measured_,
        f"limit {finding.limit}" if finding.limit else "",
        "" if finding.n is None else f"n = {finding.n:,}",
    ]
    said = ", ".join(part for part in parts if part)
    said += "." if said else ""
    said += f" {finding.said[:1].upper()}{finding.said[1:]}." if finding.metric and finding.said else ""
    said += f" Groups: {', '.join(finding.groups)}." if finding.groups else ""
    remedy = f"{finding.remedy[:1].upper()}{finding.remedy[1:]}"
    cells = [
        [
            verdict(finding.verdict),
            [
                text(f"{finding.title} ({finding.rule})", CELL),
                text(f"{said[:1].upper()}{said[1:]} {short(remedy)}", SMALL),
            ],
        ]
    ]
    return table(cells, [30 * mm, WIDTH - 30 * mm])
