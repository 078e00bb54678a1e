"""What this user has seen of each log: the highest verified head per anchor, and which anchor each place had.

A log that is rolled back as a whole looks sound from inside; who remembers its newer head sees it. Memory is a folder of
the user's own. Where it cannot be written, reading goes on with a warning: a promise not made, never a promise broken.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from govern.errors import InvalidInput, Kind, Tampered, Unavailable
from govern.ledger.merkle import Hash, check_consistency
from govern.ledger.note import Checkpoint, Note
from govern.ledger.strict import canonical, read_json
from govern.storage import durable

SCHEMA = "govern/place/v1"

_LARGEST = 65_536

Prover: TypeAlias = Callable[[int, int], Sequence[Hash]]
"""Return the log's proof that its tree of the first size is how that of the second begins."""


@dataclass(frozen=True, slots=True)
class Head:
    """A signed checkpoint, verified by whoever hands it on: the note is evidence against a log that forks."""

    note: bytes
    checkpoint: Checkpoint = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "checkpoint", Checkpoint.parse(Note.parse(self.note).text))


@dataclass(frozen=True, slots=True)
class Meeting:
    """What came of comparing a log with what was remembered of it."""

    head: Head
    before: Head | None
    """The head remembered until now; None on first contact."""
    warning: str = ""
    """Why this meeting will not be remembered; empty when it is."""


def default_folder(environment: Mapping[str, str], home: Path) -> Path:
    """Return the user's folder of heads, as the XDG base directories have it."""
    state = Path(environment.get("XDG_STATE_HOME", ""))
    return (state if state.is_absolute() else home / ".local" / "state") / "govern" / "heads"


def meet(folder: Path, place: str, anchor: str, current: Callable[[], Head], prove: Prover) -> Meeting:
    """Compare the log at ``place`` with what is remembered of it, and remember what it says now.

    ``current`` is asked after memory is read: of two processes the slower one would otherwise take the head that the
    quicker one has just remembered for a head that was lost.
    """
    try:
        # (1) The place has the log it had.
        _require_same_anchor(folder, place, anchor)
        before = recall(folder, anchor)
    except Unavailable as error:
        return Meeting(current(), None, _warning(error))
    # (2) The log has grown from the head remembered.
    head = current()
    if before is not None:
        _require_growth(before, head, prove, _head_path(folder, anchor))
    # (3) Remember it, unless another process has meanwhile remembered a higher one of the same log.
    try:
        _remember(folder, place, anchor, head, prove)
    except Unavailable as error:
        return Meeting(head, before, _warning(error))
    return Meeting(head, before)


def require_place(folder: Path, place: str, anchor: str) -> None:
    """Raise `Tampered` if the place had a log with another anchor when this user met it."""
    _require_same_anchor(folder, place, anchor)


def recall(folder: Path, anchor: str) -> Head | None:
    """Return the highest head remembered of the log with this anchor."""
    path = _head_path(folder, anchor)
    note = _remembered(path)
    try:
        return None if note is None else Head(note)
    except InvalidInput as error:
        raise _damaged(path, error) from None


def set_aside(folder: Path, anchor: str, size: int) -> None:
    """Forget a head of more than ``size`` entries, on a person's word that the rest is lost; it is kept beside."""
    before, path = recall(folder, anchor), _head_path(folder, anchor)
    if before is None or before.checkpoint.size <= size:
        return
    # Against a process that remembers a head of the longer log right now.
    with durable.exclusive(folder / "lock"):
        durable.move(path, path.with_name(f"{path.name}.before-{sha256(before.note).hexdigest()[:8]}"))


def _remember(folder: Path, place: str, anchor: str, head: Head, prove: Prover) -> None:
    durable.make_folder(folder, 0o700)
    # Held from reading to writing: two processes that both saw the old head could else leave the lower of their two.
    with durable.exclusive(folder / "lock"):
        _require_same_anchor(folder, place, anchor)
        _put(_place_path(folder, place), canonical({"schema": SCHEMA, "place": place, "anchor": anchor}))
        latest = recall(folder, anchor)
        if latest is None or latest.checkpoint.size <= head.checkpoint.size:
            _put(_head_path(folder, anchor), head.note)
        else:
            _require_growth(head, latest, prove, _head_path(folder, anchor))


def _require_same_anchor(folder: Path, place: str, anchor: str) -> None:
    path = _place_path(folder, place)
    content = _remembered(path)
    if content is None:
        return
    try:
        known = read_json(content)
        had = known["anchor"] if known["schema"] == SCHEMA else None
    except (InvalidInput, TypeError, KeyError) as error:
        raise _damaged(path, error) from None
    if had != anchor:
        raise Tampered(
            f"{place} has a ledger with the anchor {anchor}, it had one with the anchor {had} before",
            kind=Kind.REPLACED,
            hint=f"ask the ledger's owner; if it was replaced on purpose, remove {path}",
        )


def _require_growth(old: Head, new: Head, prove: Prover, path: Path) -> None:
    was, now = old.checkpoint, new.checkpoint
    hint = f"stop, ask the ledger's owner, and keep {path}: it holds the head as the log signed it"
    if was.size > now.size:
        raise Tampered(
            f"the ledger has {now.size} entries, {was.size} were seen here before",
            kind=Kind.ROLLED_BACK,
            hint=f"{hint}; if the entries are lost, `govern log trust CHECKPOINT` accepts the shorter log",
        )
    try:
        proof = prove(was.size, now.size) if was.size < now.size else []
        check_consistency(was.size, was.root, now.size, now.root, proof)
    except Tampered as error:
        raise Tampered(
            f"the ledger's {now.size} entries do not begin with the {was.size} seen here before: {error.message}",
            kind=Kind.FORKED,
            hint=hint,
        ) from None


def _head_path(folder: Path, anchor: str) -> Path:
    if len(anchor) != 64 or set(anchor) - set("0123456789abcdef"):  # noqa: PLR2004  a SHA-256 digest in hex
        raise InvalidInput(f"{anchor[:80]!r} is not an anchor", hint="64 lower-case hex digits")
    return folder / f"{anchor}.checkpoint"


def _place_path(folder: Path, place: str) -> Path:
    return folder / f"place-{sha256(place.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"


def _remembered(path: Path) -> bytes | None:
    try:
        return durable.read(path, "remembered head", _LARGEST)
    except InvalidInput as error:
        if error.code == "not_found":
            return None
        if error.code == "not_a_file":
            raise Unavailable(error.message, hint=error.hint) from None
        raise _damaged(path, error) from None


def _put(path: Path, content: bytes) -> None:
    if _remembered(path) != content:
        durable.replace(path, content, 0o600)


def _damaged(path: Path, error: Exception) -> Tampered:
    return Tampered(
        f"what is remembered in {path} is damaged: {error}",
        hint="compare the ledger's checkpoint with one you trust, then remove the file to remember anew",
    )


def _warning(error: Unavailable) -> str:
    return f"the head of this ledger is not remembered, so a rollback would not be noticed here: {error.message}"
