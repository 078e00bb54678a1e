"""What a report says of the policies behind it, as plain values: what they ask, what they rest on, and their whole text."""

from dataclasses import dataclass

from govern.errors import InvalidInput
from govern.ledger.strict import Digest


@dataclass(frozen=True, slots=True)
class Clause:
    """A law, a piece of guidance or a rule of the house, as it stands on the day of the report."""

    id: str
    title: str
    standing: str = ""
    """``is in force since 2011-12-30``; empty for what no catalogue knows."""
    source: str = ""
    cited_as: tuple[str, ...] = ()
    """What is cited in its place and is not in force that day."""


@dataclass(frozen=True, slots=True)
class Cover:
    """A rule that covers a reference."""

    rule: str
    what: str
    """``check auc``, ``approval validation``."""
    unjudged: str = ""
    """Why nothing is said of it now, where nothing is."""


@dataclass(frozen=True, slots=True)
class Control:
    """A reference of a policy, with all that covers it; nothing may."""

    name: str
    clause: str
    """The id of its clause."""
    topic: str
    covers: tuple[Cover, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """A policy that judged."""

    name: str
    """As findings name it: ``retail-credit 1.0.0``."""
    title: str
    digest: Digest
    adopted: str
    """``adopted in #7``, or why nobody had to adopt it."""
    meant_for: str
    in_force: str
    mode: str
    said: tuple[tuple[str, tuple[str, ...]], ...]
    """What it asks in plain sentences, under titles."""
    controls: tuple[Control, ...]
    text: str
    """The whole of it, as one document that stands alone."""
    places: tuple[tuple[int, str], ...] = ()
    """By line of ``text``, from 1, where the rule that begins there is written: ``retail-credit.yaml:37``."""

    def __post_init__(self) -> None:
        if any(not 1 <= line <= len(self.lines) for line, _ in self.places):
            raise InvalidInput(f"a rule of {self.name} begins on a line that its text does not have")

    @property
    def lines(self) -> list[str]:
        return self.text.removesuffix("\n").split("\n")
