"""The pages of a report, in order: control, opinion, findings, measured by group, people and signatures, how to verify.

What failed or was not measured cannot be left out here: every finding that is given is printed, and counted.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, PageBreak, Spacer

from reports.chart import interval, plotted
from reports.layout import (
    BODY,
    CELL,
    EYEBROW,
    H1,
    H2,
    INK,
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
    number,
    panel,
    table,
    text,
    verdict,
)
from reports.source import Excluded, Finding, ReportSource, Signature, Verdict
from reports.tagging import Drawing

Page = list[Flowable]

ATTACHMENTS = (
    ("dossier.json", "the dossier: the very bytes that the signatures are over"),
    ("report.json", "every value that these pages print"),
    ("checkpoint.txt", "the ledger's signed head"),
    ("log.vkey", "the ledger's verifier key"),
)
"""What the PDF carries, by name."""

SEAL_BOX = (20 * mm, 24 * mm, 190 * mm, 50 * mm)
"""Where on the first page the certification signature is seen: left, bottom, right, top."""


def pages(source: ReportSource) -> Page:
    return [
        *control(source),
        PageBreak(),
        *opinion(source),
        *findings(source),
        *measured(source),
        *not_tested(source),
        *people(source),
        *signatures(source),
        *verification(source),
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
        *(("Policy", f"{policy.id} {policy.version}: {policy.title}") for policy in source.policies),
        ("Data period", source.data_period),
        ("Record as of", when(source.as_of)),
        ("Software", source.software),
    ]
    beside: list[Flowable] = [
        text("Checkpoint of the ledger", STRONG),
        text(f"{log.head.origin}, {log.head.size} entries. Compare it with what the ledger shows today.", SMALL),
        Spacer(0, 4),
        code(log.checkpoint.rstrip("\n")),
    ]
    right = ("ALIGN", (1, 0), (1, 0), "RIGHT")
    head = table([[beside, Code(log.checkpoint, 32 * mm)]], [WIDTH - 38 * mm, 38 * mm], right)
    return [
        text(source.title, EYEBROW),
        text(version.ref, TITLE),
        text(model.purpose, LEAD),
        facts(named),
        Spacer(0, 12),
        head,
    ]


def opinion(source: ReportSource) -> Page:
    model = source.model
    page: Page = [text("Opinion", H1), text(source.decision, VERDICT), text(_counted(source), BODY)]
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
            ]
        ),
    ]
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
        page += [
            text("What the version digest covers", H2),
            grid(["file", "role", "bytes", "SHA-256"], rows, widths, right=(2,)),
        ]
    return page


def findings(source: ReportSource) -> Page:
    widths = [27 * mm, 41 * mm, 15 * mm, 34 * mm, 16 * mm, 16 * mm, WIDTH - 149 * mm]
    rows = [
        [
            verdict(one.verdict),
            [text(one.title, CELL), text(f"{one.rule}, {one.policy}", SMALL)],
            text(number(one.value), NUMBER),
            text(interval(one.low, one.high), NUMBER),
            text(one.limit or "–", NUMBER),
            text("–" if one.n is None else f"{one.n:,}", NUMBER),
            text(", ".join(one.groups) or "all", CELL),
        ]
        for one in source.findings
    ]
    page: Page = [CondPageBreak(70 * mm), text("Findings", H1)]
    if not rows:
        return [*page, text("Nothing was judged. That is not a pass.", BODY)]
    listed = grid(["verdict", "rule", "value", "interval", "limit", "n", "groups"], rows, widths, right=(2, 3, 4, 5))
    more = "Digits beyond those shown (…) are in report.json; nothing is rounded."
    return [*page, text(f"{_counted(source)} {more}", SMALL), Spacer(0, 4), listed]


def measured(source: ReportSource) -> Page:
    page: Page = []
    for place, measure in enumerate(source.tables):
        said = f"{measure.metric}, by {measure.by}; data of {measure.data_period}; {measure.interval}."
        if measure.limit is not None:
            side = "above" if measure.is_ceiling else "below"
            said += f" Dashed line: limit {number(measure.limit)}, {measure.limit_words}. Filled circle: within it; hollow diamond: {side} it."
        block: Page = [text("Measured by group", H1)] if not place else []
        block += [text(measure.title, H2), text(said, SMALL), Spacer(0, 5), plotted(measure)]
        block += [Spacer(0, 3), text(_excluded(measure.excluded), SMALL)]
        page += [KeepTogether(block)] if len(measure.rows) < MOST_TOGETHER else [CondPageBreak(70 * mm), *block]
    return page


MOST_TOGETHER = 24
"""A table with fewer groups than this is not split over pages."""


def not_tested(source: ReportSource) -> Page:
    unmeasured = [(f"{one.title} ({one.rule})", one.remedy or "no evidence is recorded") for one in source.findings
                  if one.verdict is Verdict.NOT_MEASURED]  # fmt: skip
    listed = [*unmeasured, *((one.what, one.why) for one in source.not_tested)]
    page: Page = [text("Not tested", H1)]
    if not listed:
        return [KeepTogether([*page, text("Nothing is listed: every rule that applies was measured.", BODY)])]
    rows = [[text(what, CELL), text(why, CELL)] for what, why in listed]
    return [CondPageBreak(45 * mm), *page, grid(["what", "why"], rows, [70 * mm, WIDTH - 70 * mm])]


def people(source: ReportSource) -> Page:
    signed = {one.person for one in source.signatures}
    rows = [
        [
            text(one.name, CELL),
            text(one.handle or one.id, CELL),
            text(", ".join(one.roles), CELL),
            text("made this version" if one.is_maker else "did not make it", CELL),
            text("signed" if one.id in signed else "–", CELL),
        ]
        for one in source.people
    ]
    log = source.log
    quorum = f"{log.registrars} registrars, of whom {log.threshold} must sign to enrol somebody who may sign off."
    if log.threshold < MOST_TRUSTED:
        quorum += " One registrar alone can enrol signers: independence rests on that one person."
    return [
        CondPageBreak(60 * mm),
        text("People and independence", H1),
        grid(
            ["name", "id", "roles", "independence", "signature"],
            rows,
            [44 * mm, 36 * mm, 40 * mm, 30 * mm, WIDTH - 150 * mm],
        ),
        Spacer(0, 4),
        text(f"Nobody approves a version that they made; the ledger refuses it. {quorum}", SMALL),
    ]


MOST_TRUSTED = 2
"""With fewer registrars than this to sign, one person could invent two approvers."""


def signatures(source: ReportSource) -> Page:
    head = text("Signatures", H1)
    if not source.signatures:
        return [KeepTogether([head, text("Nobody has signed this dossier.", BODY)])]
    said = "Each is an Ed25519 signature over the dossier digest, the version, the meaning and the time, kept as the entry named."
    blocks = [[_signed(one), Spacer(0, 8)] for one in source.signatures]
    blocks[0] = [head, text(said, SMALL), Spacer(0, 4), *blocks[0]]
    return [KeepTogether(block) for block in blocks]


def verification(source: ReportSource) -> Page:
    log, version = source.log, source.version.ref
    digest = str(source.dossier_digest).removeprefix("sha256:")
    offline = "it checks this file's signature, its attachments and their digest, without a network or an account."
    alone = "needs Python alone, and checks every entry behind these pages against the ledger's checkpoint."
    today = "`govern audit --against` says whether the ledger still begins with it."
    steps = (
        f"Open the attachment dossier.json and hash it: the SHA-256 is {digest}.",
        f"Run `govern verify FILE.pdf --anchor ANCHOR` with the anchor that the firm gave you by another way: {offline}",
        f"Ask for the evidence bundle of {version}. `python verify.py BUNDLE.zip --anchor ANCHOR` {alone}",
        f"Compare the checkpoint on the first page with one of the ledger today: {today}",
    )
    entries = ", ".join(f"#{index}" for index in source.entries) or "none is listed"
    known = [
        ("Anchor", code(log.anchor)),
        ("Ledger", log.head.origin),
        ("Verifier key", code(log.vkey)),
        ("Log key fingerprint", code(f"Ed25519 {log.keyid}")),
        ("Tree", code(f"{log.head.size} entries, root {log.head.root.hex()}")),
        ("Entries relied on", entries),
        *((f"Policy {one.id}", code(str(one.digest))) for one in source.policies),
    ]
    limits = (
        "That this is the firm's own ledger: compare the anchor with one you did not get from this file.",
        "What happened after the record was read, such as a key revoked or a version suspended since.",
        "Whether the measured data are true: what is proved is who recorded which numbers, and when.",
    )
    return [
        CondPageBreak(150 * mm),
        text("How to verify", H1),
        *(item(step, f"{place}.") for place, step in enumerate(steps, 1)),
        Spacer(0, 6),
        facts(known),
        text("Attached to this file", H2),
        facts([(name, what) for name, what in ATTACHMENTS]),
        KeepTogether([text("What this file cannot show by itself", H2), *map(item, limits)]),
    ]


def when(instant: datetime) -> str:
    """Return an instant to the second, with its offset."""
    offset = instant.strftime("%z")
    return f"{instant:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


class Code(Drawing):
    """A QR code, drawn in squares: the barcode widget brings a typeface of its own."""

    def __init__(self, content: str, size: float) -> None:
        super().__init__()
        self.width = self.height = size
        self.modules = _modules(content)
        self.words = f"QR code of the checkpoint: {content}"

    def paint(self) -> None:
        side = self.width / len(self.modules)
        self.canv.setFillColor(INK)
        path = self.canv.beginPath()
        for down, line in enumerate(self.modules):
            for across, dark in enumerate(line):
                if dark:
                    path.rect(across * side, self.height - (down + 1) * side, side, side)
        self.canv.drawPath(path, stroke=0, fill=1)


def _modules(content: str) -> list[list[bool]]:
    qr = QRCode(None, QRErrorCorrectLevel.M)
    qr.addData(content)
    qr.make()
    size = qr.getModuleCount()
    return [[bool(qr.isDark(down, across)) for across in range(size)] for down in range(size)]


def _counted(source: ReportSource) -> str:
    counts = Counter(one.verdict for one in source.findings)
    packs = " and ".join(f"{one.id} {one.version}" for one in source.policies) or "no policy"
    said = ", ".join(f"{counts[word]} {word.replace('_', ' ')}" for word in Verdict if counts[word])
    return f"Checks of {packs}: {said or 'none was judged'}, of {len(source.findings)} rules."


def _remark(finding: Finding) -> Flowable:
    measured_ = (
        f"{finding.metric} is {number(finding.value)}"
        if finding.value is not None
        else f"{finding.metric} has no value"
    )
    if finding.low is not None and finding.high is not None:
        measured_ += f" (interval {interval(finding.low, finding.high)})"
    parts = [
        measured_,
        f"limit {finding.limit}" if finding.limit else "",
        "" if finding.n is None else f"n = {finding.n:,}",
    ]
    said = ", ".join(part for part in parts if part) + "."
    said += f" Groups: {', '.join(finding.groups)}." if finding.groups else ""
    cells = [
        [
            verdict(finding.verdict),
            [text(f"{finding.title} ({finding.rule})", CELL), text(f"{said} {finding.remedy}", SMALL)],
        ]
    ]
    return table(cells, [30 * mm, WIDTH - 30 * mm])


def _excluded(excluded: Sequence[Excluded]) -> str:
    if not excluded:
        return "No group is left out."
    return "Left out: " + "; ".join(f"{one.group}, n = {one.n:,}, {one.why}" for one in excluded) + "."


def _signed(signature: Signature) -> Flowable:
    conditions = [("Condition", condition) for condition in signature.conditions]
    said = [
        text(signature.name, STRONG),
        text(f"as {signature.role}, {signature.person}", SMALL),
        Spacer(0, 4),
        facts(
            [
                ("Meaning", signature.meaning.replace("_", " ")),
                ("Reason", signature.reason or "none was asked for"),
                *conditions,
                ("Date and time", when(signature.at)),
                ("Entry", f"#{signature.entry}"),
                ("Key", code(signature.keyid)),
                ("Validity", text(signature.validity, STRONG if signature.validity != "valid" else CELL)),
            ],
            WIDTH - 18,
            30 * mm,
        ),
    ]
    return panel(said)
