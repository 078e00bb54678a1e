"""What a report is made of: plain values that the desk fills in, all of them from the record.

Every date is a recorded one and carries its offset; every measured number is the decimal text that was recorded. What a
page prints is here, and what is here is attached to the PDF as ``report.json``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from govern.errors import InvalidInput
from govern.ledger.keys import PublicKey, spki_of_ed25519
from govern.ledger.note import Checkpoint, Note, VerifierKey
from govern.ledger.strict import Digest, canonical, read_json
from reports.clauses import Clause, Rules
from reports.plots import Beside, Curve, Section, Shift
from reports.values import REPORT_ID, require_numbers, require_offset, texts, value

SCHEMA = "govern/report/v1"


class Status(StrEnum):
    """Whether the report was issued."""

    DRAFT = "draft"
    FINAL = "final"


class Verdict(StrEnum):
    """What the judge says of one rule."""

    PASS = "pass"  # noqa: S105  a verdict, not a word to pass with
    WARN = "warn"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURED = "not_measured"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    purpose: str
    owner: str
    tier: str
    uses: tuple[str, ...] = ()
    prohibited_uses: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """What else is on record, each with its name: materiality, vendor, what it reads."""


@dataclass(frozen=True, slots=True)
class Artefact:
    path: str
    role: str
    size: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Version:
    ref: str
    """As people write it: ``credit-risk@7``."""
    digest: Digest
    stage: str
    registered_at: datetime
    entry: int
    artefacts: tuple[Artefact, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    """What else its digest covers, each with its name: data, parameters, rules, code."""

    def __post_init__(self) -> None:
        require_offset(self.registered_at)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    """As printed beside signatures; the id once the identity is erased."""
    handle: str
    id: str
    roles: tuple[str, ...]
    is_maker: bool


@dataclass(frozen=True, slots=True)
class Policy:
    id: str
    version: str
    title: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Finding:
    """One judged rule; an absent number is None and prints as a dash."""

    rule: str
    title: str
    policy: str
    verdict: Verdict
    metric: str
    value: str | None = None
    low: str | None = None
    high: str | None = None
    limit: str = ""
    """As the policy writes it: ``>= 0.80``."""
    n: int | None = None
    groups: tuple[str, ...] = ()
    remedy: str = ""
    place: str = ""
    """Where the rule is written: ``retail-credit.yaml:37``."""
    clauses: tuple[str, ...] = ()
    """The ids of the clauses that it rests on."""
    said: str = ""
    """What is said where nothing is measured; of a number from outside, where it is from."""
    unit: str = ""

    def __post_init__(self) -> None:
        require_numbers(self.value, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Row:
    group: str
    n: int
    value: str | None
    low: str | None
    high: str | None
    status: str
    """``measured``, or why there is no number."""

    def __post_init__(self) -> None:
        require_numbers(self.value, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Excluded:
    group: str
    n: int
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """What one check measured by group; the limit is in the unit of the values, or there is none."""

    check: str
    title: str
    metric: str
    by: str
    data_period: str
    interval: str
    """How the intervals were made: ``95 % bootstrap, 2,000 resamples``."""
    rows: tuple[Row, ...]
    excluded: tuple[Excluded, ...] = ()
    limit: str | None = None
    is_ceiling: bool = False
    """Whether values are to stay below the limit, not above."""
    limit_words: str = ""
    """Where the limit comes from: ``0.80 of the highest rate, rule fair-1``."""
    section: Section = Section.FAIRNESS
    against: str = ""
    """With what all of them are compared, where that is one."""

    def __post_init__(self) -> None:
        require_numbers(self.limit)
        if not self.rows:
            raise InvalidInput(
                f"the table of {self.check} has no group", hint="list it under not tested, with the reason"
            )


@dataclass(frozen=True, slots=True)
class Code:
    """A reason code: how many were told it first, and at all."""

    code: str
    text: str
    """What is said with it, a line for each side of the reference."""
    first: int
    given: int


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why the version declines people, counted over the declined of a file; nobody's own reasons."""

    approve: str
    reference: str
    reference_rows: int
    reference_digest: str
    dictionary: str
    declined: int
    explained: int
    reasoned: int
    codes: tuple[Code, ...]
    blocked: tuple[tuple[str, str], ...] = ()
    """Why reasons may not be given, and to how many."""
    entry: int = 0
    software: str = ""
    seconded: str = ""
    """Who explained some of them too, and agreed."""
    method: str = ""
    sampled: str = ""
    """Of a model that was sampled: how often it was asked, and how sure what is told is."""


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    person: str
    role: str
    meaning: str
    reason: str
    at: datetime
    """When it was recorded, in the signer's own offset."""
    entry: int
    keyid: str
    validity: str
    """``valid``, or ``void: `` and the component that changed."""
    conditions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_offset(self.at)


@dataclass(frozen=True, slots=True)
class Condition:
    """What was to be done after an approval."""

    text: str
    owner: str
    due: str
    state: str
    """``met, #41``, ``open`` or ``overdue``."""
    entry: int


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that a reviewer found wrong, doubted, or accepted for a while."""

    kind: str
    """``finding``, ``challenge`` or ``waiver``."""
    entry: int
    what: str
    who: str
    due: str
    state: str


@dataclass(frozen=True, slots=True)
class Document:
    section: str
    name: str
    digest: str
    who: str
    entry: int


@dataclass(frozen=True, slots=True)
class Change:
    """A difference to what was last signed."""

    what: str
    before: str | None
    after: str | None
    is_material: bool


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since somebody last approved the model; nothing to compare with if nobody has."""

    version: str
    entry: int | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class NotTested:
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Log:
    """The ledger that vouches for all of it."""

    vkey: str
    anchor: str
    """The leaf hash of entry 0, 64 hex digits."""
    checkpoint: str
    """The signed note, as it came."""
    registrars: int
    threshold: int

    def __post_init__(self) -> None:
        VerifierKey.parse(self.vkey)
        if not re.fullmatch("[0-9a-f]{64}", self.anchor):
            raise InvalidInput(f"{self.anchor[:80]!r} is not an anchor", hint="64 lower-case hex digits")
        _ = self.head

    @property
    def head(self) -> Checkpoint:
        return Checkpoint.parse(Note.parse(self.checkpoint.encode()).text)

    @property
    def keyid(self) -> str:
        """The fingerprint of the log's Ed25519 key."""
        return PublicKey(spki_of_ed25519(VerifierKey.parse(self.vkey).public)).keyid


@dataclass(frozen=True, slots=True)
class ReportSource:
    report_id: str
    status: Status
    demo: bool
    software: str
    as_of: datetime
    """The instant that the record was read at."""
    data_period: str
    decision: str
    model: Model
    version: Version
    policies: tuple[Policy, ...]
    people: tuple[Person, ...]
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    not_tested: tuple[NotTested, ...]
    signatures: tuple[Signature, ...]
    dossier: bytes
    """The canonical JSON that the signatures are over."""
    log: Log
    entries: tuple[int, ...] = ()
    """What the bundle proves: every entry that this report rests on."""
    conditions: tuple[str, ...] = ()
    reasons: Reasons | None = None
    owed: tuple[Condition, ...] = ()
    issues: tuple[Issue, ...] = ()
    documents: tuple[Document, ...] = ()
    since: Since | None = None
    rules: tuple[Rules, ...] = ()
    """The policies that judged."""
    clauses: tuple[Clause, ...] = ()
    approvals: tuple[Finding, ...] = ()
    """What is to be said of each approval that a gate asks for."""
    title: str = "Model validation report"
    curves: tuple[Curve, ...] = ()
    shifts: tuple[Shift, ...] = ()
    """The worst first."""
    beside: tuple[Beside, ...] = ()

    def __post_init__(self) -> None:
        if not REPORT_ID.fullmatch(self.report_id):
            raise InvalidInput(f"{self.report_id[:80]!r} is not a report id", hint="letters, digits, dot and dash")
        require_offset(self.as_of)
        read_json(self.dossier)

    @property
    def ref(self) -> str:
        """What the paper is about, as people write it."""
        return self.version.ref

    @property
    def dossier_digest(self) -> Digest:
        return Digest.of(self.dossier)

    @property
    def digested(self) -> str:
        """What the digest at the foot of every page is of."""
        return "Dossier"

    def value(self) -> dict[str, Any]:
        """Return the report as JSON has it; the dossier is in it by its digest."""
        return {"schema": SCHEMA, **value(self)}

    def texts(self) -> Iterator[tuple[str, str]]:
        """Return every text that may be printed, each with where it stands."""
        return texts(self.value(), "")

    def __bytes__(self) -> bytes:
        return canonical(self.value())
