"""What an auditor does with a ledger or an export: open what is there, ask the core, and say by whose word each part holds."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from govern.errors import GovernError, Kind, Tampered, Unavailable
from govern.ledger import tiles
from govern.ledger.audit import ASK_LOG, Book, Problem, Row, TrustedHead
from govern.ledger.merkle import EMPTY_ROOT
from govern.ledger.note import Checkpoint, Note, VerifierKey
from govern.ledger.proof import Proof, check_proof
from govern.ledger.strict import read_anchor
from govern.record.replay import Found, replay
from govern.storage import durable, heads
from govern.storage.folder import Folder
from govern.storage.inspection import Inspection, inspect, length, verifier
from govern.storage.store import Store

LARGEST_CHECKPOINT = 1 << 16
CHECKPOINT, VKEY = "checkpoint", "log.vkey"

Printed = Sequence[tuple[str, bytes]]
"""Checkpoints that a person brought, each with where it is from."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was checked: how often, and who vouches for it."""

    name: str
    count: int
    what: str
    word: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit says, to people and to programs."""

    origin: str
    size: int
    root: bytes
    anchor: bytes
    checked: tuple[Line, ...]
    not_checked: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]
    stopped: bool
    """Whether entries after ``size`` were not looked at, because the chain broke there."""


def entries(folder: Folder) -> int:
    """Return about how many entries a ledger has, for whoever shows progress."""
    try:
        with closing(Store.open(folder.database_url)) as store:
            return length(store)
    except GovernError:
        return 0


def ledger(
    folder: Folder,
    printed: Printed = (),
    anchor: str = "",
    since: int = 0,
    step: Callable[[int], None] = lambda _: None,
) -> Report:
    """Audit the ledger of a folder; what is kept outside it is read first, so that an append meanwhile is no alarm."""
    try:
        heads.require_place(_memory(folder), str(folder.path.resolve()), _anchor(folder, anchor).hex())
    except Tampered as error:
        return _nothing(folder, Problem(error.kind, 0, error.message, error.hint))
    except GovernError:
        pass  # memory that cannot be read is among what is not checked
    kept, missing = _kept(folder, _anchor(folder, anchor))
    trusted = [*kept, *(TrustedHead(f"checkpoint in {whence}", note) for whence, note in printed)]
    try:
        store = Store.open(folder.database_url)
    except GovernError as error:
        return _gone(folder, error, missing)
    try:
        seen = inspect(store, trusted, _anchor(folder, anchor), since=since, step=step)
    finally:
        store.close()
    return _report(seen.found, _lines(seen, trusted), [*missing, *_unsigned(since)], seen.problems)


def _gone(folder: Folder, error: GovernError, missing: list[tuple[str, str]]) -> Report:
    """Return what is to be said of a ledger whose database is not there, or is no database any more."""
    if isinstance(error, Unavailable):
        raise error
    problem = Problem(
        Kind.TRUNCATED,
        0,
        f"nothing of the log can be read: {error.message}",
        "keep what is there, and restore a backup into another folder: `govern db restore`",
    )
    return _nothing(folder, problem, missing)


def _nothing(folder: Folder, problem: Problem, missing: Sequence[tuple[str, str]] = ()) -> Report:
    """Return the report of a ledger of which nothing was taken."""
    return Report(
        folder.origin, 0, EMPTY_ROOT, bytes.fromhex(folder.anchor), (), tuple(missing), (problem,), stopped=True
    )


def export(path: Path, printed: Printed = (), anchor: str = "", since: int = 0) -> Report:
    """Audit a folder that ``govern log export`` wrote, with nothing but its files and an anchor."""

    def read(name: str) -> bytes:
        return (path / name).read_bytes()

    note = durable.read(path / CHECKPOINT, "checkpoint", LARGEST_CHECKPOINT)
    size = Checkpoint.parse(Note.parse(note).text).size
    trusted = [TrustedHead(f"checkpoint in {whence}", content) for whence, content in printed]
    broken: list[Tampered] = []
    book = Book(lambda start: _exported(size, read, start, broken), lambda: iter([note]), size)
    with verifier(size) as verify:
        found = replay(book, trusted, read_anchor(anchor) if anchor else None, since, verify)
    problems = list(found.problems)
    if not problems and broken:
        problems.append(Problem(broken[0].kind, broken[0].entry, broken[0].message, ASK_LOG))
    if found.tree.size == size and not problems:
        problems += _tiles(size, found, read)
    problems += _vkey(path, found)
    missing = [] if anchor else [("that this is the ledger you mean", "no --anchor was given: compare the one above")]
    missing.append(("printed names", "an export holds none"))
    lines = _log_lines(found, len(trusted))
    return _report(found, lines, [*missing, *_unsigned(since)], problems)


def proof(entry: bytes, content: bytes, vkeys: Sequence[str]) -> Checkpoint:
    """Return the checkpoint that a tlog-proof proves an entry to be in; ours, or any log's."""
    keys = [VerifierKey.parse(text) for text in vkeys]
    return check_proof(Proof.parse(content), entry, keys, foreign=True)


def _anchor(folder: Folder, anchor: str) -> bytes:
    return read_anchor(anchor or folder.anchor)


def _memory(folder: Folder) -> Path:
    return folder.state_path or heads.default_folder(os.environ, Path.home())


def _kept(folder: Folder, anchor: bytes) -> tuple[list[TrustedHead], list[tuple[str, str]]]:
    """Return the heads that are kept outside the database, and which of them are missing, with the reason."""
    kept, missing = [], []
    try:
        kept.append(TrustedHead("lock file", durable.read(folder.lock_path, "lock file", LARGEST_CHECKPOINT)))
    except GovernError as error:
        missing.append(("that nothing was cut off since the last append", error.message))
    try:
        memory = heads.recall(_memory(folder), anchor.hex())
        if memory:
            kept.append(TrustedHead("head that this machine remembers", memory.note))
        else:
            missing.append(("what this machine saw before", "it meets this ledger for the first time"))
    except GovernError as error:
        missing.append(("what this machine saw before", error.message))
    return kept, missing


def _lines(seen: Inspection, trusted: Sequence[TrustedHead]) -> list[Line]:
    counts = seen.checked
    return [
        *_log_lines(seen.found, len(trusted)),
        Line(
            "nodes", counts.get("nodes", 0), "nodes of the stored tree compared", "nobody: they follow from the entries"
        ),
        Line(
            "events",
            counts.get("events", 0),
            "places in the index of events compared",
            "nobody: they follow from the entries",
        ),
        Line(
            "identities",
            counts.get("identities", 0),
            "names opened against their commitments",
            "the registrars who enrolled them",
        ),
        Line("blobs", counts.get("blobs", 0), "blobs hashed", "nobody: their names are their hashes"),
    ]


def _log_lines(found: Found, heads_: int) -> list[Line]:
    size = found.tree.size
    return [
        Line("entries", size, "entries hashed into the tree", "the log, whose key signed the root"),
        Line("signatures", found.signatures, "signatures verified", "the persons whose keys they are"),
        Line(
            "admitted",
            size,
            "entries admitted again by the rules in force at each",
            "nobody: it follows from the entries",
        ),
        Line("heads", heads_, "heads from outside compared", "whoever kept them"),
    ]


def _unsigned(since: int) -> list[tuple[str, str]]:
    return [(f"signatures of entries before #{since}", "--since leaves them out")] if since else []


def _report(found: Found, lines: list[Line], missing: list[tuple[str, str]], problems: Sequence[Problem]) -> Report:
    size = found.tree.size
    first = found.problems[0] if found.problems else None
    # What a suspect key signed waits for an answer; the chain goes on after it.
    waits = first is not None and first.kind is Kind.STOLEN_KEY and first.entry is not None and first.entry < size
    stopped = first is not None and first.entry is not None and first.entry <= size and not waits
    registry = found.registry
    return Report(
        registry.origin,
        size,
        found.tree.root(),
        registry.anchor,
        tuple(lines),
        tuple(missing),
        tuple(problems),
        stopped,
    )


def _exported(size: int, read: tiles.ReadFile, start: int, broken: list[Tampered]) -> Iterator[Row]:
    try:
        for index, data in islice(enumerate(tiles.entries(size, read)), start, None):
            yield Row(index, None, data)
    except Tampered as error:
        broken.append(error)  # what is missing is named by how far the rows go; what is too much, by this


def _tiles(size: int, found: Found, read: tiles.ReadFile) -> Iterator[Problem]:
    try:
        tiles.check_tiles(size, found.tree.node, read)
    except Tampered as error:
        yield Problem(error.kind, error.entry, error.message, ASK_LOG)


def _vkey(path: Path, found: Found) -> Iterator[Problem]:
    try:
        text = durable.read(path / VKEY, "verifier key", LARGEST_CHECKPOINT).decode().strip()
    except (GovernError, UnicodeDecodeError) as error:
        yield Problem(Kind.UNVERIFIABLE, None, f"{VKEY} cannot be read: {error}", "ask for the export again")
        return
    if text not in {str(key) for key in found.registry.log_keys}:
        yield Problem(
            Kind.EDITED, None, f"{VKEY} is not the key that the ledger's root names", "ask for the export again"
        )
