"""What lists show of models, people and the ledger as a whole: plain values, made off the UI thread, never changed."""

from dataclasses import dataclass
from datetime import date, datetime

from gui.tones import Tone


@dataclass(frozen=True, slots=True)
class Model:
    """A line of the list of models; how its newest version stands comes when somebody looks at it."""

    name: str
    purpose: str
    owner: str
    tier: str
    stage: str
    newest: str = ""
    """Its newest version, if it has one."""
    champion: str = ""
    open_findings: int = 0
    overdue: int = 0
    """Findings among them whose day has passed."""
    approved: datetime | None = None
    """When somebody last approved a version of it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the newest version of a model stands."""

    tone: Tone
    text: str
    void: str = ""
    """That the last approval of the model is worth nothing now, and since when."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models that a filter asks for, and how many there are."""

    lines: tuple[Model, ...]
    total: int
    size: int
    """How many entries the ledger had then."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A version that is where it is for a while."""

    version: str
    stage: str
    days: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """All models in numbers that need no judging; each number is a list of names."""

    size: int
    models: tuple[str, ...]
    cells: tuple[tuple[str, str, int], ...]
    """Tier, stage, and how many models have a version there."""
    late_findings: frozenset[str]
    late_conditions: frozenset[str]
    waivers: frozenset[str]
    """With a waiver that ended or ends within thirty days."""
    unowned: frozenset[str]
    """Whose owner cannot sign any more."""
    waiting: tuple[Waiting, ...]
    mine: int


@dataclass(frozen=True, slots=True)
class Assessed:
    """How a model stands once it was judged."""

    tone: Tone
    has_void: bool
    """Whether somebody's last approval of a version that is not retired lost its worth."""


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody who approved, in what capacity, and when."""

    who: str
    role: str
    meaning: str
    at: datetime
    entry: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Which version of a model decided on a day, who approved it, and by which policy."""

    model: str
    day: date | None
    champion: str = ""
    since: datetime | None = None
    approvers: tuple[Approver, ...] = ()
    policies: tuple[tuple[str, int], ...] = ()
    """Each with the entry that put it in force."""
    approve: str = ""
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a person, and what it may do now."""

    keyid: str
    entry: int
    tone: Tone
    text: str
    is_here: bool
    """Whether its file lies on this machine."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is enrolled."""

    id: str
    handle: str
    name: str
    roles: tuple[str, ...]
    tone: Tone
    text: str
    """Whether they can sign, and why not."""
    entry: int
    keys: tuple[Key, ...]
    deputies: tuple[str, ...]
    """Who looks after their work, and whose work they look after, in words."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, and how many registrars must sign for somebody to sign."""

    size: int
    people: tuple[Person, ...]
    threshold: int
    registrars: int


@dataclass(frozen=True, slots=True)
class Head:
    """A head of the log that is kept outside its database."""

    where: str
    size: int
    agrees: bool
    text: str


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the ledger's head is, and what is kept of it elsewhere."""

    origin: str
    anchor: str
    size: int
    root: str
    note: str
    """The checkpoint as the log signed it: this is what is printed and kept."""
    signed_by: tuple[str, ...]
    last: datetime
    heads: tuple[Head, ...]
    warning: str
    read_only: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What became of a checkpoint that was printed and typed in again."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of two versions that are compared."""

    version: str
    tone: Tone
    verdict: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same; empty where there is nothing on that side."""

    what: str
    before: str
    after: str
    is_material: bool
    tones: tuple[Tone, Tone] | None = None
    """Of a result: how it was judged on each side."""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two versions, and what they differ by, what is material first."""

    older: Side
    newer: Side
    differences: tuple[Difference, ...]
