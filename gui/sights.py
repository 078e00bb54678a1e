"""What screens are shown of the record: plain values, made off the UI thread, never changed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from gui.measured import Measured
from gui.tones import Tone, worst


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody whose key lies on this machine."""

    handle: str
    name: str
    roles: tuple[str, ...]
    fingerprint: str
    why_not: str = ""
    """Why they cannot sign in, if they cannot."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger that is open."""

    origin: str
    place: str
    size: int
    last: datetime
    read_only: str = ""
    """Why nothing can be filed, if that is so."""
    warning: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Todo:
    """A line of the inbox: a version, and every reason why it is here."""

    version: str
    what: str
    why: tuple[str, ...]
    tone: Tone
    verdict: str
    tier: str
    since: datetime
    mine: bool = True
    due: date | None = None
    is_late: bool = False
    of_policy: bool = False
    """Whether it is a policy that waits, and no version."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One judged rule, for one group where it has groups."""

    check: str
    metric: str
    policy: str
    place: str
    tone: Tone
    message: str
    limit: str = ""
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    n: int | None = None
    group: str = ""
    against: str = ""
    remedy: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    clauses: tuple[str, ...] = ()
    """What it stands on, each with whether it is in force today."""
    by: tuple[str, ...] = ()
    """Of the group, by what it is one: two names are an intersection."""
    why: str = ""
    """Why there is no number, or no verdict on it, in a word."""
    beside: bool = False
    """Whether it says how far the version is from the champion."""
    outside: bool = False
    """Whether its number comes from outside."""
    unit: str = ""
    """In what a number from outside is counted."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A signature that a gate asks for, and how far it is."""

    name: str
    tone: Tone
    text: str
    asked: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What somebody said of the version, and what that is worth now."""

    entry: int
    who: str
    role: str
    meaning: str
    reason: str
    at: datetime
    worth: str

    @property
    def valid(self) -> bool:
        return self.worth == "valid"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference to what was last approved; empty where there is nothing on that side."""

    what: str
    before: str
    after: str
    is_material: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """What is not as it was when somebody last approved the model, what is material first; nothing if nobody has."""

    since: str = ""
    entry: int = 0
    changes: tuple[Change, ...] = ()
    displaces: str = ""
    """The champion that makes room if this version becomes it."""
    champion_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """A reason code, and to how many of the declined it was told: first, and at all."""

    code: str
    text: str
    first: int
    given: int


@dataclass(frozen=True, slots=True)
class Codes:
    """What evidence says of the reasons that the declined are told."""

    check: str
    entry: int
    who: str
    declined: int
    explained: int
    reasoned: int
    blocked: tuple[tuple[str, int], ...]
    """Why reasons may not be given, and to how many."""
    reference_kind: str
    reference_rows: int
    reference: str
    dictionary: str
    approve: str
    codes: tuple[Code, ...]
    how: str = ""
    """The way they were found: ``asked.sampled``; nothing where evidence does not say it."""
    uncertain: int = 0
    """Of a model that was sampled, of so many it is not certain which reasons are told."""
    walks: int = 0
    """There and back, for all who were explained."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """Something a person can say with a signature; ``why_not`` is what the ledger would answer, if it would refuse."""

    word: str
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that is read and signed about one version."""

    version: str
    model: str
    stage: str
    tier: str
    owner: str
    purpose: str
    use_case: str
    jurisdictions: tuple[str, ...]
    submitted_by: str
    submitted_at: datetime | None
    digest: str
    """Of the dossier as it is now: this is what a signature covers."""
    version_digest: str
    changed_since_submit: bool
    gate: str
    decision: str
    tone: Tone
    headline: str
    findings: tuple[Finding, ...]
    approvals: tuple[Approval, ...]
    policies: tuple[str, ...]
    artefacts: tuple[tuple[str, int, str, bool], ...]
    """Each with its size, its digest, and whether it is held here."""
    facts: tuple[tuple[str, str], ...]
    signatures: tuple[Signature, ...]
    roles: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    seen_size: int
    """How many entries the ledger had when this was read."""
    codes: Codes | None = None
    no_codes: str = ""
    """Why no reason codes are measured, and what would measure them."""
    changed: Changed = Changed()
    people: tuple[tuple[str, str], ...] = ()
    """Who may owe a condition: handle and name."""
    ends: tuple[tuple[str, str], ...] = ()
    """How long a signature holds, by the role it is given in, where a policy says so."""
    measured: tuple[Measured, ...] = ()

    @property
    def checks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.check for one in self.findings))

    def of(self, check: str) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.check == check)

    def tone_of(self, check: str) -> Tone:
        return worst(tuple(one.tone for one in self.of(check)))

    @property
    def void(self) -> tuple[Signature, ...]:
        return tuple(one for one in self.signatures if not one.valid)

    @property
    def may_sign(self) -> bool:
        return any(not one.why_not for one in self.meanings)


@dataclass(frozen=True, slots=True)
class Filed:
    """The receipt of a signature, verified before it is shown."""

    entry: int
    version: str
    meaning: str
    reason: str
    who: str
    role: str
    dossier: str
    event: str
    signed_at: datetime
    recorded_at: datetime
    checkpoint: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the audit trail."""

    index: int
    at: datetime
    who: str
    what: str
    about: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, opened and verified."""

    line: Line
    role: str
    signed_at: datetime
    meaning: str
    reason: str
    facts: tuple[tuple[str, str], ...]
    proof: str
    proven: bool
    key: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit of the whole ledger said."""

    size: int
    at: datetime
    problem: str = ""
    entry: int | None = None
    hint: str = ""
    counts: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A report as it would be issued, byte for byte, and the state of the ledger that it is of."""

    version: str
    content: bytes
    digest: str
    certificate: str
    template: str
    dossier: str
    size: int
    """How many entries the ledger had when this was made."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as pixels, four bytes each, and as the text on it."""

    width: int
    height: int
    stride: int
    pixels: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Issued:
    """The receipt of a report, verified before it is shown."""

    entry: int
    version: str
    report: str
    who: str
    role: str
    recorded_at: datetime
    checkpoint: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What `govern verify` said of a file that was just written."""

    file: str
    good: tuple[tuple[str, str], ...]
    """What holds, and by whose word."""
    left: tuple[tuple[str, str], ...]
    """What was not checked, and why."""
    problem: str = ""
