"""What screens are shown of evidence beside its findings: how it was measured, its bins, and the champion's numbers."""

from dataclasses import dataclass
from decimal import Decimal

from govern.policy.bins import Calibration, Shift


@dataclass(frozen=True, slots=True)
class Beside:
    """A number of the version and the champion's, on the same rows."""

    group: str
    by: tuple[str, ...]
    n: int
    mine: Decimal | None
    theirs: Decimal | None


@dataclass(frozen=True, slots=True)
class Measured:
    """The evidence of one check."""

    check: str
    entry: int
    who: str
    rows: int
    interval: str
    """How intervals were made; nothing if there are none."""
    curves: tuple[Calibration, ...] = ()
    shifts: tuple[Shift, ...] = ()
    champion: str = ""
    """The version that was measured on the same rows; nothing if there is none."""
    beside: tuple[Beside, ...] = ()
    origin: str = ""
    """Of a number from outside, where it is from and as of when; nothing of what was measured here."""
