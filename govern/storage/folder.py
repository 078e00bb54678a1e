"""The ledger folder: ``govern.toml``, which says what a ledger is and where its parts lie.

The lock file is outside ``ledger/``, so that a copy of that folder put back does not bring an old lock with it.
"""

import json
import tomllib
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from govern.errors import InvalidInput, Unavailable
from govern.ledger.note import KeyType, VerifierKey
from govern.ledger.strict import Digest
from govern.storage import durable
from govern.storage.keystore import LOG_KEY_NAME

NAME = "govern.toml"

_LARGEST = 65_536
_SERVERS = ("postgresql://", "postgresql+psycopg://")
_TITLE = "# A Govern ledger. Whoever checks it needs the origin, the anchor and the vkey from a source of their own.\n"


@dataclass(frozen=True, slots=True)
class Folder:
    """A ledger folder and what its ``govern.toml`` says; relative paths start at the folder."""

    path: Path
    origin: str
    anchor: str
    """The leaf hash of entry 0, in lower-case hex."""
    vkey: VerifierKey
    database: str = field(default="ledger/ledger.db", kw_only=True)
    """A file, or the URL of a PostgreSQL database."""
    lock: str = field(default="lock/checkpoint", kw_only=True)
    keys: str = field(default="keys", kw_only=True)
    policies: str = field(default="policies", kw_only=True)
    state: str = field(default="", kw_only=True)
    """Where heads are remembered; empty for the user's own state folder."""

    def __post_init__(self) -> None:
        Digest.parse(f"sha256:{self.anchor}")
        if self.vkey.name != self.origin or self.vkey.type is not KeyType.ED25519:
            raise InvalidInput(f"the vkey is of {self.vkey.name}, the origin is {self.origin}")
        if "://" in self.database and not self.database.startswith(_SERVERS):
            raise InvalidInput("the database is neither a file nor an address that begins with postgresql://")

    @classmethod
    def find(cls, start: Path) -> Self:
        """Return the ledger folder that ``start`` is, or is in."""
        for path in (start.absolute(), *start.absolute().parents):
            if (path / NAME).exists():
                return cls.read(path)
        raise InvalidInput(
            f"there is no {NAME} in {start} or above it",
            hint="make a ledger with `govern init FOLDER`, or name one with --ledger",
            code="no_ledger",
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        file = path / NAME
        if not file.exists():
            raise InvalidInput(
                f"{path} is not a ledger: it has no {NAME}",
                hint=f"make one with `govern init {path}`",
                code="no_ledger",
            )
        try:
            said = _require_settings(tomllib.loads(durable.read(file, "ledger", _LARGEST).decode()))
            return cls(path, vkey=VerifierKey.parse(said.pop("vkey")), **said)
        except tomllib.TOMLDecodeError as error:
            raise InvalidInput(f"{file} is not TOML: {error}") from None
        except UnicodeDecodeError:
            raise InvalidInput(f"{file} is not UTF-8") from None
        except InvalidInput as error:
            raise InvalidInput(f"{file}: {error.message}", hint=error.hint) from None

    def create(self) -> None:
        """Write ``govern.toml``: the last step of making a ledger, which is none before it."""
        durable.create(self.path / NAME, bytes(self))

    def __bytes__(self) -> bytes:
        said = {name: str(getattr(self, name)) for name in _SETTINGS}
        return (_TITLE + "".join(f"{name} = {_quoted(text)}\n" for name, text in said.items() if text)).encode()

    @property
    def database_url(self) -> str:
        """The database as SQLAlchemy spells it."""
        if self.database.startswith(_SERVERS):
            return self.database
        return f"sqlite:///{self.path / self.database}"

    @property
    def lock_path(self) -> Path:
        return self.path / self.lock

    @property
    def keys_path(self) -> Path:
        return self.path / self.keys

    @property
    def policies_path(self) -> Path:
        return self.path / self.policies

    @property
    def log_key_path(self) -> Path:
        return self.keys_path / LOG_KEY_NAME

    @property
    def state_path(self) -> Path | None:
        return self.path / self.state if self.state else None


_SETTINGS = tuple(one.name for one in fields(Folder) if one.name != "path")
_REQUIRED = ("origin", "anchor", "vkey")


def prepare(path: Path) -> None:
    """Make the folder of a new ledger; raise unless it is missing or empty."""
    try:
        if path.exists() and any(path.iterdir()):
            raise InvalidInput(f"{path} is not empty", hint="name a folder that does not exist yet", code="not_empty")
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror or error}") from error
    for room, mode in (("ledger", 0o755), ("lock", 0o755), ("keys", 0o700), ("policies", 0o755), ("out", 0o755)):
        durable.make_folder(path / room, mode)


def _require_settings(said: dict[str, Any]) -> dict[str, str]:
    for name, value in said.items():
        if name not in _SETTINGS:
            near = get_close_matches(name, _SETTINGS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(_SETTINGS)}"
            raise InvalidInput(f"there is no setting {name!r}", hint=hint)
        if not isinstance(value, str) or not value:
            raise InvalidInput(f'{name} is {value!r}, it has to be a text in quotes, such as {name} = "..."')
    for name in _REQUIRED:
        if name not in said:
            raise InvalidInput(f"the setting {name} is missing", hint="take it from a copy, or ask the ledger's owner")
    return said


def _quoted(text: str) -> str:
    """Return ``text`` as a TOML basic string, whose escapes are those of JSON and that of DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
