"""Key files: a folder with each person's private key, encrypted with the person's passphrase.

``ana.key.json`` signs; ``ana.next.key.json`` waits for its enrolment to be filed; ``ana.retired-1234abcd.key.json`` has
signed before. No key file is ever overwritten but by the promotion of the next one, which keeps the old one first.
"""

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from govern.errors import InvalidInput, Kind, NotAllowed, Tampered, Unavailable
from govern.ledger.keys import Pen, PublicKey
from govern.ledger.strict import decode64, encode64, read_json, read_time, write_time
from govern.record.identity import check_handle, check_person_id
from govern.storage import durable, secret

SCHEMA = "govern/key/v1"
LOG_KEY_NAME = "log.key.json"
"""The log's own key lies in the same folder, so nobody can be called ``log``."""

NEXT_LOG_KEY_NAME = "log.next.key.json"
_ENDING = ".key.json"
_HEADER = {"schema", "handle", "person", "publicKey", "created"}
_MODE, _FOLDER_MODE = 0o600, 0o700


class State(StrEnum):
    """What a key file is for, told by its name."""

    ACTIVE = "active"
    NEXT = "next"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A person's key as it lies on the disk, and what may be known of it without the passphrase."""

    path: Path
    handle: str
    person: str
    public: PublicKey
    created: datetime
    encrypted: secret.Encrypted

    @classmethod
    def parse(cls, content: bytes, path: Path) -> Self:
        try:
            value = read_json(content)
            _require_fields(value)
            handle, person = check_handle(value["handle"]), check_person_id(value["person"])
            public, created = PublicKey(decode64(value["publicKey"])), read_time(value["created"])
            return cls(path, handle, person, public, created, secret.Encrypted(value, str(path)))
        except InvalidInput as error:
            raise InvalidInput(
                f"{path} is not a key file: {error.message}", hint="restore it from a copy", code="key_malformed"
            ) from None

    @property
    def state(self) -> State:
        for state in (State.ACTIVE, State.NEXT):
            if self.path == _path(self.path.parent, self.handle, state):
                return state
        return State.RETIRED

    def open(self, passphrase: str) -> Pen:
        """Return the pen; raise `NotAllowed` for a wrong passphrase and `Tampered` for a file that was altered."""
        seed = self.encrypted.decrypt(passphrase)
        pen = Pen.from_seed(seed) if len(seed) == 32 else None  # noqa: PLR2004  an Ed25519 seed
        if pen is None or pen.public != self.public:
            raise Tampered(
                f"{self.path} says it holds the key {self.public.keyid[:16]}, it holds another",
                kind=Kind.EDITED,
                hint="restore the file from a copy; if you did not change it, find out who did",
            )
        return pen


def add(folder: Path, handle: str, person: str, pen: Pen, passphrase: str, *, now: datetime) -> KeyFile:  # noqa: PLR0913
    """Write the first key of ``handle``."""
    return _write(_path(folder, handle, State.ACTIVE), _header(handle, person, pen, now), pen, passphrase)


def keys(folder: Path) -> list[KeyFile]:
    """Return the key files of all persons, by name."""
    return [read(path) for path in paths(folder)]


def paths(folder: Path) -> list[Path]:
    """Return where the key files of all persons are, unread: one may be damaged."""
    try:
        return sorted(path for path in folder.iterdir() if path.name.endswith(_ENDING) and path.name[:4] != "log.")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise Unavailable(f"{folder} cannot be read: {error.strerror or error}") from error


def find(folder: Path, handle: str) -> KeyFile:
    """Return the key that ``handle`` signs with."""
    path = _path(folder, handle, State.ACTIVE)
    key = read(path) if path.exists() else None
    if key is None or key.handle != handle:
        raise _missing(folder, handle)
    return key


def read(path: Path) -> KeyFile:
    return KeyFile.parse(secret.read_private(path), path)


def stage(folder: Path, handle: str, pen: Pen, passphrase: str, *, now: datetime) -> KeyFile:
    """Write the key that is to follow the active one, before anybody is told of it."""
    active = find(folder, handle)
    return _write(_path(folder, handle, State.NEXT), _header(handle, active.person, pen, now), pen, passphrase)


def staged(folder: Path, handle: str) -> KeyFile | None:
    """Return the key that waits to be promoted or discarded, as a crash during a rotation may leave it."""
    path = _path(folder, handle, State.NEXT)
    if not path.exists():
        return None
    waiting = read(path)
    return waiting if waiting.state is State.NEXT else None


def promote(folder: Path, handle: str) -> KeyFile:
    """Let the staged key take the place of the active one, once its enrolment is filed; after a crash, do it again."""
    active, waiting = find(folder, handle), _require_staged(folder, handle)
    if waiting.person != active.person:
        raise Tampered(f"{waiting.path} is a key of {waiting.person}, {handle} is {active.person}", kind=Kind.REPLACED)
    # (1) The old key is kept. After a crash right here it lies there twice, and the next attempt finds it so.
    retired = folder / f"{handle}.retired-{active.public.keyid[:8]}{_ENDING}"
    if not retired.exists() or read(retired).public != active.public:
        durable.create(retired, secret.read_private(active.path), _MODE)
    # (2) The new key takes its place in one step.
    durable.move(waiting.path, active.path)
    return read(active.path)


def retire(folder: Path, handle: str) -> None:
    """Put the active key aside, if there is one: its passphrase is lost, and a new key is to take its place."""
    path = _path(folder, handle, State.ACTIVE)
    if path.exists():
        durable.move(path, folder / f"{handle}.retired-{read(path).public.keyid[:8]}{_ENDING}")


def discard(folder: Path, handle: str) -> None:
    """Remove the staged key: its enrolment was refused."""
    durable.remove(_require_staged(folder, handle).path)


def write_request(path: Path, content: bytes) -> None:
    """Write ``NAME.request.json``, which holds a name and no secret."""
    durable.create(path, content)


def read_request(path: Path) -> bytes:
    return durable.read(path, "key request", secret.LARGEST_FILE)


def _require_fields(value: object) -> None:
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise InvalidInput(f"its schema is not {SCHEMA}")
    if set(value) != _HEADER | secret.FIELDS or not all(isinstance(value[name], str) for name in _HEADER):
        raise InvalidInput(f"its fields are not {', '.join(sorted(_HEADER | secret.FIELDS))}")


def _header(handle: str, person: str, pen: Pen, now: datetime) -> dict[str, Any]:
    if f"{check_handle(handle)}{_ENDING}" == LOG_KEY_NAME:
        raise InvalidInput(f"{handle!r} is the name of the log's own key", hint="choose another handle")
    return {
        "schema": SCHEMA,
        "handle": handle,
        "person": check_person_id(person),
        "publicKey": encode64(pen.public.spki),
        "created": write_time(now),
    }


def _write(path: Path, header: dict[str, Any], pen: Pen, passphrase: str) -> KeyFile:
    if path.exists():
        raise durable.taken(path)  # before the passphrase is stretched, not after
    durable.make_folder(path.parent, _FOLDER_MODE)
    content = secret.encrypt(header, pen.seed, passphrase)
    written = KeyFile.parse(content, path)
    durable.create(path, content, _MODE)
    return written


def _path(folder: Path, handle: str, state: State) -> Path:
    middle = "" if state is State.ACTIVE else f".{state}"
    return folder / f"{check_handle(handle)}{middle}{_ENDING}"


def _require_staged(folder: Path, handle: str) -> KeyFile:
    waiting = staged(folder, handle)
    if waiting is None:
        raise InvalidInput(
            f"no new key of {handle} waits in {folder}", hint="`govern key rotate` makes one", code="no_key"
        )
    return waiting


def _missing(folder: Path, handle: str) -> NotAllowed:
    near = get_close_matches(handle, [path.name.removesuffix(_ENDING) for path in paths(folder)], n=1)
    return NotAllowed(
        f"there is no key of {handle} in {folder}",
        hint=f"did you mean {near[0]}?" if near else f"make one with `govern key new {handle}`",
        code="no_key",
    )
