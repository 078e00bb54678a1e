"""What screens are shown of policies: plain values, made off the UI thread, never changed."""

from dataclasses import dataclass

from gui.tones import Tone


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the list: a release of a policy, or of a pack that policies build on."""

    key: str
    kind: str
    """``adopted``, ``earlier`` for a release that another took the place of, ``pack`` or ``file``."""
    name: str
    release: str
    title: str
    tone: Tone
    status: str
    """Whether it is in force, in words."""
    dates: str
    models: tuple[str, ...] = ()
    """Those that it is for."""
    entry: int = 0
    """That adopted it."""
    packs: tuple[str, ...] = ()
    """Those that it builds on."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every policy and pack there is."""

    size: int
    """How many entries the ledger had then."""
    rules: tuple[Rule, ...]

    def of(self, *kinds: str) -> tuple[Rule, ...]:
        return tuple(one for one in self.rules if one.kind in kinds)


@dataclass(frozen=True, slots=True)
class Cited:
    """What rules stand on, and whether it is in force today."""

    id: str
    title: str
    tone: Tone
    status: str
    rules: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One policy: in words, as it is written, and with what it stands on."""

    rule: Rule
    digest: str
    file: str
    text: str
    parts: tuple[tuple[str, tuple[str, ...]], ...]
    cited: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a text."""

    file: str
    line: int
    column: int
    width: int = 1
    tone: Tone = Tone.NONE


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a file, and what to write instead."""

    spot: Spot
    code: str
    message: str
    help: str

    @property
    def severity(self) -> str:
        return "Error" if self.spot.tone is Tone.FAIL else "Warning"

    @property
    def place(self) -> str:
        return f"{self.spot.line}:{self.spot.column}"


@dataclass(frozen=True, slots=True)
class Differing:
    """One value that is not as it was, and how large a step of the release it takes."""

    what: str
    before: str
    after: str
    step: str
    is_major: bool


@dataclass(frozen=True, slots=True)
class Void:
    """A signature that holds now and would not any more."""

    version: str
    who: str
    meaning: str
    entry: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """What it means to adopt a policy."""

    id: str
    release: str
    digest: str
    title: str
    models: tuple[str, ...]
    before: str = ""
    """The release that it takes the place of, if there is one."""
    differences: tuple[Differing, ...] = ()
    needed: str = "none"
    taken: str = "none"
    void: tuple[Void, ...] = ()
    starts: str = ""
    """From when it judges, if that is not now."""
    why_not: str = ""
    """Why it cannot be adopted, if it cannot."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A policy from a file: what it holds, what is wrong with it, and what adopting it would mean."""

    path: str
    name: str
    content: bytes
    texts: tuple[tuple[str, str], ...]
    """By file: itself, and the packs that it builds on."""
    problems: tuple[Problem, ...]
    page: Page | None = None
    """Where nothing is wrong with it."""
    weighed: Weighed | None = None

    @property
    def errors(self) -> int:
        return sum(one.spot.tone is Tone.FAIL for one in self.problems)

    def text(self, file: str) -> str:
        return dict(self.texts).get(file, "")


@dataclass(frozen=True, slots=True)
class Tried:
    """How a version would be judged by a file, where that is another way than now."""

    version: str
    stage: str
    before: str
    after: str
    tone: Tone
    why: str
    """Which checks turned, each from what to what; or why it could not be judged."""
