"""What lists show of models, people and the ledger as a whole: plain values, made off the UI thread, never changed."""

from dataclasses import dataclass
from datetime import datetime

from gui.sights import Tone


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


@dataclass(frozen=True, slots=True)
class Models:
    """The models that a filter asks for, and how many there are."""

    lines: tuple[Model, ...]
    total: int
    size: int
    """How many entries the ledger had then."""
