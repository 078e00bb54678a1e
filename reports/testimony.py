"""The pages of people: who was there, who signed what, and how a stranger verifies it."""

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Spacer

from reports.layout import BODY, CELL, H1, H2, SMALL, STRONG, WIDTH, code, facts, grid, item, panel, text
from reports.parts import ATTACHMENTS, Page, when
from reports.source import ReportSource, Signature


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
                ("Signed", f"{when(signature.at)}, entry #{signature.entry}"),
                ("Key", code(signature.keyid)),
                ("Validity", text(signature.validity, STRONG if signature.validity != "valid" else CELL)),
            ],
            WIDTH - 18,
            30 * mm,
        ),
    ]
    return panel(said)
