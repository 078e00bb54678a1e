"""Papers beside the validation report: an extract of the audit trail, the inventory of all models, a public summary.

They carry what they print as ``dossier.json``, and the ledger's head as every report does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Spacer

from govern.errors import InvalidInput
from govern.ledger.strict import Digest, canonical
from reports import public
from reports.layout import (
    BODY,
    CELL,
    EYEBROW,
    H1,
    LEAD,
    NUMBER,
    SMALL,
    STRONG,
    TITLE,
    WIDTH,
    code,
    facts,
    grid,
    item,
    text,
)
from reports.parts import Page, checkpoint, when
from reports.public import Summary
from reports.source import Log, Status
from reports.values import REPORT_ID, require_offset, texts, value

SCHEMA = "govern/extract/v1"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the trail."""

    index: int
    at: datetime
    who: str
    kind: str
    what: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A model of the inventory, as it stands."""

    name: str
    purpose: str
    owner: str
    tier: str
    stage: str
    champion: str
    verdict: str
    signed: str
    """Who last approved it, and when."""
    open: str
    """Findings, conditions and waivers that are open."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A paper of lines, of items or of a summary; exactly one of them."""

    report_id: str
    demo: bool
    software: str
    as_of: datetime
    title: str
    ref: str
    asked: str
    """What was asked for, in words: which models, from when to when."""
    log: Log
    lines: tuple[Line, ...] = ()
    items: tuple[Item, ...] = ()
    total: int = 0
    """Of how many: the entries of the ledger, or the models of the inventory."""
    lists: Literal["entries", "models", "categories"] = "entries"
    summary: Summary | None = None

    def __post_init__(self) -> None:
        if not REPORT_ID.fullmatch(self.report_id):
            raise InvalidInput(f"{self.report_id[:80]!r} is not a report id", hint="letters, digits, dot and dash")
        require_offset(self.as_of)

    @property
    def status(self) -> Status:
        return Status.FINAL

    @property
    def dossier(self) -> bytes:
        """What the pages are made of, and the file carries."""
        summed = {"summary": value(self.summary)} if self.summary else {}
        listed = {"lines": value(self.lines), "items": value(self.items)}
        return canonical({"schema": SCHEMA, "asked": self.asked, **listed, **summed})

    @property
    def dossier_digest(self) -> Digest:
        return Digest.of(self.dossier)

    @property
    def digested(self) -> str:
        return self.title

    def value(self) -> dict[str, Any]:
        of = {name: value(getattr(self, name)) for name in ("report_id", "demo", "software", "as_of", "title", "ref")}
        return {
            "schema": SCHEMA,
            **of,
            "asked": self.asked,
            "total": self.total,
            "log": value(self.log),
            "dossier": str(self.dossier_digest),
        }

    def texts(self) -> Iterator[tuple[str, str]]:
        yield from texts(self.value(), "")
        yield from texts({"lines": value(self.lines), "items": value(self.items), "summary": value(self.summary)}, "")

    def __bytes__(self) -> bytes:
        return canonical(self.value())


def pages(source: Extract) -> Page:
    count = sum(len(of.categories) for of in source.summary.breakdowns) if source.summary else 0
    count = count or len(source.lines) or len(source.items)
    known: list[tuple[str, Flowable | str]] = [
        ("Report", source.report_id),
        ("Status", "FINAL" + (", of a demonstration" if source.demo else "")),
        ("Asked for", source.asked),
        ("Found", f"{count:,} {source.lists}{f' of {source.total:,}' if source.total else ''}"),
        ("Record as of", when(source.as_of)),
        ("Software", source.software),
        ("Digest", code(str(source.dossier_digest))),
    ]
    head: Page = [
        text(source.title, EYEBROW),
        text(source.ref, TITLE),
        text(source.asked, LEAD),
        facts(known),
        Spacer(0, 12),
        checkpoint(source.log),
        PageBreak(),
    ]
    if source.summary:
        body = public.pages(source.summary)
    else:
        body = _trail(source) if source.lists == "entries" else _inventory(source)
    return [*head, *body, *_verification(source)]


def _trail(source: Extract) -> Page:
    rows: list[list[Flowable]] = [
        [
            text(f"#{one.index}", NUMBER),
            text(when(one.at), SMALL),
            text(one.who, CELL),
            text(one.kind, STRONG),
            [text(one.what, CELL), *([text(f"“{one.reason}”", SMALL)] if one.reason else [])],
        ]
        for one in source.lines
    ]
    widths = [12 * mm, 34 * mm, 30 * mm, 26 * mm, WIDTH - 102 * mm]
    said = "Every entry that was asked for, in the order of the ledger; times are those of recording."
    return [
        text("Audit trail", H1),
        text(said, SMALL),
        Spacer(0, 4),
        _listed(
            ["entry", "recorded", "who", "kind", "what it says"],
            rows,
            widths,
            "Nothing happened: the ledger has no such entry.",
        ),
    ]


def _inventory(source: Extract) -> Page:
    rows: list[list[Flowable]] = [
        [
            [text(one.name, STRONG), text(one.purpose, SMALL)],
            text(one.owner, CELL),
            text(one.tier, CELL),
            [text(one.stage.replace("_", " "), CELL), text(one.champion, SMALL)],
            text(one.verdict, CELL),
            text(one.signed or "nobody", SMALL),
            text(one.open or "–", SMALL),
        ]
        for one in source.items
    ]
    widths = [40 * mm, 18 * mm, 16 * mm, 28 * mm, 22 * mm, 30 * mm, WIDTH - 154 * mm]
    heads = ["model", "owner", "tier", "stage", "verdict", "last approved", "open"]
    return [text("Inventory", H1), Spacer(0, 4), _listed(heads, rows, widths, "No model is on record.")]


def _listed(heads: list[str], rows: list[list[Flowable]], widths: list[float], nothing: str) -> Flowable:
    return grid(heads, rows, widths) if rows else text(nothing, BODY)


def _verification(source: Extract) -> Page:
    digest = str(source.dossier_digest).removeprefix("sha256:")
    steps = (
        f"Open the attachment dossier.json and hash it: the SHA-256 is {digest}. It holds every line of these pages.",
        "Run `govern verify FILE.pdf --anchor ANCHOR` with the anchor that the firm gave you by another way.",
        "Compare the checkpoint on the first page with one of the ledger today: `govern audit --against`.",
    )
    return [
        Spacer(0, 8),
        text("How to verify", H1),
        *(item(step, f"{place}.") for place, step in enumerate(steps, 1)),
        facts([("Anchor", code(source.log.anchor)), ("Verifier key", code(source.log.vkey))]),
    ]
