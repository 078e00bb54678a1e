"""What is read around a version besides what is signed: plain values, made off the UI thread, never changed."""

from dataclasses import dataclass
from datetime import date, datetime

from gui.sights import Finding


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of a version, and what its bytes say that it is."""

    name: str
    size: int
    digest: str
    format: str
    flags: tuple[str, ...] = ()
    """What somebody should know before they read it."""
    columns: str = ""
    """What goes in and what comes out, counted."""
    is_held: bool = True
    """Or it was registered by reference, and nobody here can look at it."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Data that a version was made or measured with."""

    role: str
    name: str
    size: int
    digest: str
    rows: int | None = None
    first: date | None = None
    last: date | None = None
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a version is made of, and from what."""

    artefacts: tuple[Artefact, ...]
    data: tuple[DataSet, ...]
    values: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Parameters, metrics, coefficients, transformations, rules: each a title and its names with values."""
    facts: tuple[tuple[str, str], ...]
    """Code, parent, change, approve rule, who made it and when."""
    digests: tuple[tuple[str, str], ...]
    """Of the version, its dossier, its environment, its reasons."""


@dataclass(frozen=True, slots=True)
class Document:
    """The newest document of a section."""

    section: str
    name: str
    size: int
    words: int | None
    who: str
    at: datetime
    entry: int
    digest: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One thing that was said of a version."""

    entry: int
    who: str
    kind: str
    """``comment``, ``challenge`` or ``answer``."""
    text: str
    anchor: str
    at: datetime
    answers: int | None = None
    is_open: bool = False
    """Whether it is a challenge that waits for an answer."""
    why_no_answer: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """A finding: something that is wrong with a version, how badly, and who mends it by when."""

    entry: int
    title: str
    severity: str
    owner: str
    due: date
    who: str
    is_late: bool
    closed: int | None = None
    why_not_close: str = ""
    doubted: int | None = None
    """The entry that closed it, with a key that has become suspect since."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to be done after an approval."""

    entry: int
    place: int
    text: str
    owner: str
    due: date
    who: str
    """Who asked for it."""
    is_late: bool
    met: int | None = None
    why_not_meet: str = ""
    doubted: int | None = None
    """The entry that said it was met, with a key that has become suspect since."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A failing check that is accepted until a day."""

    entry: int
    policy: str
    check: str
    until: date
    category: str
    control: str
    who: str
    has_ended: bool
    why_not: str = ""
    """Why it does not count now, if it does not."""

    @property
    def holds(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A check that fails, and how somebody may accept that for a while by its policy."""

    policy: str
    release: str
    check: str
    place: str
    findings: tuple[Finding, ...]
    evidence: str
    """The digest of what was measured: a waiver lifts nothing of what is measured later."""
    measured: int
    first: date
    last: date
    longest: str
    quorum: int
    roles: tuple[str, ...]
    others: tuple[tuple[str, str], ...] = ()
    """Whose signature counts beside that of whoever sits here, and whose key lies on this machine: handle and name."""
    renews: int | None = None
    """The entry of the waiver before it."""
    why_not: str = ""

    @property
    def rule(self) -> str:
        return f"{self.policy}/{self.check}"


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a dossier, and what a policy asks of it."""

    name: str
    is_required: bool
    least: int = 0
    """So many words the policy asks for."""
    document: str = ""
    """The name of the document that is there; empty where there is none."""
    is_anothers: bool = False
    """Whether somebody else wrote that, so that who replaces it has a hand in the version."""

    @property
    def is_empty(self) -> bool:
        return not self.document


@dataclass(frozen=True, slots=True)
class Passage:
    """One entry about a version, in words."""

    entry: int
    at: datetime
    who: str
    what: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class Case:
    """All of it but the history, which takes longer."""

    version: str
    size: int
    """How many entries the ledger had when this was read."""
    provenance: Provenance
    documents: tuple[Document, ...]
    missing: tuple[str, ...]
    """Sections that a policy asks for and that have no document."""
    talks: tuple[Talk, ...]
    flaws: tuple[Flaw, ...]
    conditions: tuple[Condition, ...]
    waivers: tuple[Waiver, ...]
    people: tuple[tuple[str, str], ...]
    """Who may owe something: handle and name."""
    anchors: tuple[tuple[str, str], ...]
    """What something can be said about: its written form, and what people call it."""
    why_not: tuple[tuple[str, str], ...]
    """For each kind of word why the person here cannot say it, if they cannot."""
    sections: tuple[Section, ...] = ()
    """Those that a policy asks for first."""
    acceptances: tuple[Acceptance, ...] = ()
    is_maker: bool = False
    """Whether whoever attaches a document here becomes one of its makers by that."""

    def quoted(self, kind: str, entry: int, place: int) -> str:
        """Return the words of what is answered, closed or met."""
        match kind:
            case "answer":
                return next((one.text for one in self.talks if one.entry == entry), "")
            case "close":
                return next((one.title for one in self.flaws if one.entry == entry), "")
            case "meet":
                found = (one.text for one in self.conditions if (one.entry, one.place) == (entry, place))
                return next(found, "")
            case _:
                return ""

    def refusal(self, kind: str) -> str:
        return dict(self.why_not).get(kind, "")

    def acceptance(self, check: str) -> Acceptance | None:
        """Return how a check can be accepted, by the first policy that allows it; nothing where it does not fail."""
        found = [one for one in self.acceptances if one.check == check]
        return next((one for one in found if not one.why_not), next(iter(found), None))

    def waivers_of(self, check: str) -> tuple[Waiver, ...]:
        return tuple(one for one in self.waivers if one.check == check)


@dataclass(frozen=True, slots=True)
class Word:
    """Something to be said of a version and signed."""

    kind: str
    version: str
    text: str
    anchor: str = ""
    entry: int = 0
    place: int = 0
    severity: str = ""
    owner: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The receipt of a word, verified before it is shown."""

    entry: int
    kind: str
    version: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """A waiver to be signed: what is accepted, until when, and why."""

    version: str
    dossier: str
    """The digest of what was read: of another dossier it is not signed."""
    rule: str
    until: date
    category: str
    control: str
    reason: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it was looked at before it is attached; its bytes are read again, and have to be these."""

    path: str
    name: str
    size: int
    digest: str
    words: int | None
    opening: str = ""
    """How it begins, where that is text."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of something that was signed, verified before it is shown."""

    entry: int
    version: str
    who: tuple[str, ...]
    role: str
    event: str
    signed_at: datetime
    recorded_at: datetime
    checkpoint: int
