"""What screens are shown of one case: why it is decided as it is, and what is on record of it; personal data, never kept."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Reason:
    """One of the reasons that a person is told, the first the weightiest."""

    rank: int
    code: str
    text: str
    group: str
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a version decides one case as it does; nobody keeps it."""

    version: str
    case: str
    approved: bool
    score: Decimal
    approve: str
    reasons: tuple[Reason, ...]
    blocking: tuple[str, ...]
    contributions: tuple[tuple[str, Decimal], ...]
    """What each group adds, the weightiest first."""
    start: Decimal
    end: Decimal
    space: str
    kind: str
    library: str
    residual: Decimal
    reference_kind: str
    reference_rows: int
    reference: str
    illustration: str = ""
    """What would change the decision, as an illustration."""
    errors: tuple[tuple[str, Decimal], ...] = ()
    """The standard error of what each group adds, where the model was sampled."""
    walks: int = 0
    """There and back between the reference and the case, so often the model was asked."""
    is_certain: bool = True
    """Whether the errors leave no doubt of which reasons are told."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case that is asked about: a row of a file, and where a decision on it was recorded, if it was."""

    file: str
    column: str
    id: str
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is proven to have been decided of a case, and what is otherwise today."""

    entry: str
    who: str
    at: datetime
    approved: bool
    score: str
    codes: tuple[str, ...]
    blocking: str
    place: int
    size: int
    batch: str
    differs: tuple[tuple[str, str, str], ...] | None
    """What, then and now; nothing if nobody can say, since the inputs are gone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is found of a case now, or why nothing is, and what was recorded of it."""

    explained: Explained | None
    erased: str = ""
    recorded: Recorded | None = None
