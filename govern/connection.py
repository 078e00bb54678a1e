"""From a folder to an open ledger, and from nothing to a new one; the only module that knows near from far."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, Tampered
from govern.ledger import tiles
from govern.ledger.envelope import seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import Checkpoint, Note, VerifierKey, open_checkpoint
from govern.record.draft import Moment, genesis
from govern.record.identity import Identity, NewKey, person_id
from govern.record.registry import Registry
from govern.storage import durable, heads, identities, keystore, logkey, opening
from govern.storage.folder import NAME, Folder, prepare
from govern.storage.heads import Head
from govern.storage.identities import Known
from govern.storage.keystore import KeyFile, State
from govern.storage.local import LocalLedger
from govern.storage.logkey import LogKey
from govern.storage.store import Store

Clock = Callable[[], datetime]
Chance = Callable[[int], bytes]

_LARGEST_HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Founder:
    """A registrar of a new ledger: who they are, and the passphrase for their key."""

    identity: Identity
    passphrase: str


@dataclass(frozen=True, slots=True)
class Near:
    """An open ledger on this machine."""

    folder: Folder
    store: Store
    ledger: LocalLedger
    warning: str = ""
    """What the user should know before they go on; empty when all is well."""


def now() -> datetime:
    """Return this machine's time with its offset."""
    return datetime.now(UTC).astimezone()


def found(  # noqa: PLR0913  a ledger is all of this
    path: Path,
    origin: str,
    founders: Sequence[Founder],
    threshold: int,
    *,
    database: str = "",
    state: str = "",
    clock: Clock = now,
    chance: Chance = os.urandom,
) -> Folder:
    """Make a new ledger in ``path``; of one that could not be finished, nothing stays."""
    existed = path.exists()
    prepare(path)
    try:
        return _found(path, origin, founders, threshold, database, state, clock, chance)
    except BaseException:
        for room in list(path.iterdir()):
            shutil.rmtree(room) if room.is_dir() else room.unlink()
        if not existed:
            with suppress(OSError):
                path.rmdir()
        raise


def ledger_folder(start: Path) -> Folder:
    """Return the ledger folder that ``start`` is, or is in."""
    return Folder.find(start)


def keys_here(folder: Folder) -> list[KeyFile]:
    """Return the key files that somebody can sign with on this machine; one that is damaged hides no other."""
    found = []
    for path in keystore.paths(folder.keys_path):
        with suppress(GovernError):
            found.append(keystore.read(path))
    return [key for key in found if key.state is State.ACTIVE]


@contextmanager
def near(
    folder: Folder,
    *,
    before: tuple[VerifierKey, ...] = (),
    clock: Clock = now,
    environment: dict[str, str] | None = None,
) -> Iterator[Near]:
    """Open the ledger of a folder and compare it with what was seen of it before.

    ``before`` are earlier keys of the log, while it changes them.
    """
    store = database(folder)
    try:
        ledger = LocalLedger.open(store, folder.lock_path, (folder.vkey, *before), _log_pen(folder), clock=clock)
        try:
            _require_anchor(folder, ledger.registry)
            near = Near(folder, store, ledger, _remembered(folder, ledger, environment))
            size = ledger.registry.size
            try:
                yield near
            finally:
                # What was appended just now, refusals too, is what this user has seen from now on.
                with suppress(GovernError):
                    if ledger.registry.size > size:
                        _remembered(folder, ledger, environment)
        finally:
            ledger.close()
    finally:
        store.close()


def database(folder: Folder) -> Store:
    """Open a ledger's database; that one is missing whose lock file is there is no matter of a wrong name."""
    try:
        return Store.open(folder.database_url)
    except InvalidInput as error:
        if not folder.lock_path.exists():
            raise
        raise Tampered(
            f"the lock file {folder.lock_path} is of a ledger whose database is gone or no database any more: {error.message}",
            kind=Kind.TRUNCATED,
            entry=0,
            hint="keep what is there, and restore a backup into another folder: `govern db restore`",
        ) from error


@dataclass(frozen=True, slots=True)
class Exported:
    """How much an export wrote."""

    size: int
    files: int


def export(near: Near, target: Path) -> Exported:
    """Write the log as files; what an earlier export left is added to, and has to be of the same log."""
    note = near.ledger.checkpoint()
    checkpoint = open_checkpoint(note, near.ledger.registry.log_keys)
    since = _exported(near, target)
    tree = Tree()
    for leaf in near.ledger.entries(0, checkpoint.size):
        tree.append(leaf_hash(leaf))
    if tree.root() != checkpoint.root:
        raise Tampered(
            "the entries do not give the root that the log signed", kind=Kind.EDITED, hint="run `govern audit`"
        )
    written = 0
    entries = near.ledger.entries(since - since % tiles.WIDTH, checkpoint.size)
    for name, content in tiles.export(checkpoint.size, tree.node, entries, since):
        path = target / name
        durable.make_folder(path.parent)
        durable.replace(path, content)
        written += 1
    durable.replace(target / "log.vkey", f"{near.folder.vkey}\n".encode())
    durable.replace(target / "checkpoint", note)
    return Exported(checkpoint.size, written + 2)


def trust(folder: Folder, note: bytes) -> Checkpoint:
    """Let the lock file hold ``note``, which a person compared; it has to be one that this log signed and goes back to.

    Where this user remembers a longer log, the person's word is that the rest is lost.
    """
    from govern.storage.inspection import length  # noqa: PLC0415  whoever only reads loads no rules

    with closing(Store.open(folder.database_url)) as store:
        checkpoint = opening.trust(store, folder.lock_path, (folder.vkey,), note)
        heads.set_aside(heads_folder(folder), folder.anchor, length(store))
    return checkpoint


def stage_log_key(folder: Folder, chance: Chance = os.urandom) -> LogKey:
    """Make the key that the log will sign with next, or return the one that a rotation cut short has left."""
    path = folder.keys_path / keystore.NEXT_LOG_KEY_NAME
    if not path.exists():
        logkey.create(path, LogKey.of(folder.origin, Pen.from_seed(chance(32))), log_passphrase())
    return logkey.read(path, log_passphrase())


def earlier_log_keys(folder: Folder) -> tuple[VerifierKey, ...]:
    """Return the keys that the log had before, as their files tell: a rotation cut short needs them."""
    files = [folder.log_key_path, *sorted(folder.keys_path.glob("log.retired-*.key.json"))]
    return tuple(key for key in (logkey.vkey(path) for path in files if path.exists()) if key != folder.vkey)


def log_key_is_staged(folder: Folder) -> bool:
    return (folder.keys_path / keystore.NEXT_LOG_KEY_NAME).exists()


def promote_log_key(folder: Folder) -> Folder:
    """Let the staged key take the place of the log's key, whose file is kept; return the folder that names it."""
    staged = folder.keys_path / keystore.NEXT_LOG_KEY_NAME
    new, old = logkey.vkey(staged), logkey.vkey(folder.log_key_path)
    # A crash after any of these leaves something that doing all of them again finishes.
    retired = folder.keys_path / f"log.retired-{old.key_id.hex()}.key.json"
    if not retired.exists():
        durable.create(retired, folder.log_key_path.read_bytes(), 0o600)
    after = replace(folder, vkey=new)
    durable.replace(folder.path / NAME, bytes(after))
    durable.move(staged, folder.log_key_path)
    return after


def log_passphrase() -> str:
    """Return the passphrase of the log's own key, where its owner gave it one."""
    return os.environ.get("GOVERN_LOG_PASSPHRASE", "")


def save(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file of the user's, whole or not at all."""
    durable.replace(path, content, mode)


def save_privately(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read, in a folder that nobody else may look into."""
    durable.make_folder(path.parent, 0o700)
    durable.replace(path, content, 0o600)


def remove(path: Path) -> None:
    """Remove a file of the user's, if it is there."""
    if path.exists():
        durable.remove(path)


def heads_folder(folder: Folder, environment: dict[str, str] | None = None) -> Path:
    """Return where this user's memory of the ledger lies."""
    return folder.state_path or heads.default_folder(os.environ if environment is None else environment, Path.home())


def heads_outside(folder: Folder) -> list[tuple[str, bytes | None]]:
    """Return the heads of the log that are kept outside its database, each with where; none where nothing is kept."""
    remembered = heads.recall(heads_folder(folder), folder.anchor)
    lock = durable.read(folder.lock_path, "lock file", _LARGEST_HEAD) if folder.lock_path.exists() else None
    return [("The lock file", lock), ("What this user saw last", remembered.note if remembered else None)]


def drafts_folder(folder: Folder, environment: dict[str, str] | None = None) -> Path:
    """Return where this user's unsigned words lie: beside the memory of heads, or in it where the ledger has its own."""
    if folder.state_path:
        return folder.state_path / "drafts"
    return heads_folder(folder, environment).with_name("drafts")


def _found(  # noqa: PLR0913, PLR0917  see `found`
    path: Path,
    origin: str,
    founders: Sequence[Founder],
    threshold: int,
    database: str,
    state: str,
    clock: Clock,
    chance: Chance,
) -> Folder:
    if database and urlsplit(database).password:
        raise InvalidInput(
            "the address of the database holds a password, and would stay in govern.toml",
            hint="leave it out, and put it into ~/.pgpass or PGPASSWORD",
        )
    if not 1 <= threshold <= len(founders):
        raise InvalidInput(
            f"{threshold} of {len(founders)} registrars cannot sign", hint="name more with --registrar NAME"
        )
    if len({founder.identity.handle for founder in founders}) != len(founders):
        raise InvalidInput("a registrar is named twice", hint="each handle is one person's")
    try:
        key = LogKey.of(origin, Pen.from_seed(chance(32)))
    except InvalidInput as error:
        raise InvalidInput(
            f"{origin!r} is not an origin", hint=f"{error.hint}; write it like ledger.bank.example/models"
        ) from None
    keys_path = path / "keys"
    logkey.create(keys_path / keystore.LOG_KEY_NAME, key, log_passphrase())
    members = []
    for founder in founders:
        pen, person, salt = Pen.from_seed(chance(32)), person_id(chance(10)), chance(32)
        new_key = NewKey.made(pen, person, founder.identity.commitment(salt), clock())
        keystore.add(keys_path, founder.identity.handle, person, pen, founder.passphrase, now=clock())
        members.append((pen, new_key, Known(person, founder.identity, salt)))
    event = genesis(
        origin, key.vkey, tuple(new_key for _, new_key, _ in members), threshold, Moment(clock(), chance(10))
    )
    envelope = seal(bytes(event), *(pen for pen, _, _ in members))
    settings = {name: text for name, text in (("database", database), ("state", state)) if text}
    folder = Folder(path, origin, "0" * 64, key.vkey, **settings)
    store = Store.create(folder.database_url)
    try:
        ledger = LocalLedger.create(store, folder.lock_path, key.pen, envelope, clock=clock)
        for _, _, known in members:
            identities.put(store, known)
        folder = Folder(path, origin, ledger.registry.anchor.hex(), key.vkey, **settings)
        ledger.close()
    finally:
        store.close()
    folder.create()
    return folder


def _exported(near: Near, target: Path) -> int:
    """Return how many entries an earlier export in ``target`` has."""
    if target.exists() and not target.is_dir():
        raise InvalidInput(f"{target} is not a folder", hint="name a folder for the files", code="not_a_folder")
    if not (target / "checkpoint").exists():
        if target.exists() and any(target.iterdir()):
            raise InvalidInput(
                f"{target} is not empty and holds no export", hint="name another folder", code="not_empty"
            )
        return 0
    note, registry = durable.read(target / "checkpoint", "checkpoint", 1 << 16), near.ledger.registry
    size = Checkpoint.parse(Note.parse(note).text).size
    old = open_checkpoint(note, registry.log_keys_at(size))
    if near.ledger.root(old.size) != old.root:
        raise Tampered(
            f"the export in {target} is of another history than this ledger",
            kind=Kind.FORKED,
            hint="keep both, and compare",
        )
    return old.size


def _log_pen(folder: Folder) -> Pen | None:
    """Return the log's pen, where this user may read it; without it the ledger is read only."""
    if not folder.log_key_path.exists() or not os.access(folder.log_key_path, os.R_OK):
        return None
    try:
        return logkey.read(folder.log_key_path, log_passphrase()).pen
    except NotAllowed as error:
        if error.code == "passphrase_needed":
            return None
        raise


def _require_anchor(folder: Folder, registry: Registry) -> None:
    if registry.anchor.hex() != folder.anchor:
        raise Tampered(
            f"the database holds the ledger {registry.anchor.hex()}, govern.toml names the anchor {folder.anchor}",
            kind=Kind.REPLACED,
            entry=0,
            hint="find out which of the two was replaced; a report or an export that you trust shows the anchor",
        )


def _remembered(folder: Folder, ledger: LocalLedger, environment: dict[str, str] | None) -> str:
    place = str(folder.path.resolve())

    def current() -> Head:
        note = ledger.checkpoint()
        open_checkpoint(note, ledger.registry.log_keys)
        return Head(note)

    meeting = heads.meet(heads_folder(folder, environment), place, folder.anchor, current, ledger.consistency)
    return meeting.warning


__all__ = ["Folder", "Founder", "KeyFile", "Near", "found", "heads_folder", "keys_here", "ledger_folder", "near", "now"]
