"""What somebody typed and has not signed, on the disk: encrypted with a key that only their own key leads to.

A file is bound to the ledger, the person and the version: moved, renamed or copied from elsewhere, it does not open. Its
name and its bytes tell neither what was typed nor about which version.
"""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from govern import connection
from govern.errors import GovernError, InvalidInput
from govern.ledger.keys import Pen
from govern.ledger.strict import canonical, read_json
from gui.viewmodels.signoff import Draft

SCHEMA = b"govern/draft/v1\n"
NONCE, KEY = 12, 32
ENDING = ".draft"
LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Drawer:
    """The drafts of one person on one ledger, for as long as they are unlocked."""

    folder: Path
    anchor: str
    person: str
    key: bytes = field(repr=False)
    chance: Callable[[int], bytes] = os.urandom

    @classmethod
    def of(cls, folder: Path, anchor: str, person: str, pen: Pen) -> "Drawer":
        derive = HKDF(hashes.SHA256(), KEY, bytes.fromhex(anchor), SCHEMA)
        return cls(folder, anchor, person, derive.derive(pen.seed))

    def put(self, version: str, draft: Draft) -> None:
        path, nonce = self._path(version), self.chance(NONCE)
        text = canonical({"version": version, **asdict(draft)})
        box = ChaCha20Poly1305(self.key).encrypt(nonce, text, self._bound(path.stem))
        connection.save_privately(path, SCHEMA + nonce + box)

    def drop(self, version: str) -> None:
        connection.remove(self._path(version))

    def drafts(self) -> tuple[dict[str, Draft], tuple[str, ...]]:
        """Return what is kept, by version, and a line for each file that cannot be read."""
        found, troubles = {}, []
        for path in sorted(self.folder.glob(f"{self._mine()}-*{ENDING}")):
            try:
                version, draft = self._opened(path)
            except (GovernError, OSError, InvalidTag, TypeError, KeyError) as error:
                why = getattr(error, "message", "") or "it was changed, or made with another key"
                troubles.append(f"A draft that is kept here cannot be read and is left where it is: {path} ({why}).")
            else:
                found[version] = draft
        return found, tuple(troubles)

    def _opened(self, path: Path) -> tuple[str, Draft]:
        with path.open("rb") as file:
            content = file.read(LARGEST)
        if not content.startswith(SCHEMA):
            raise InvalidInput("it is no draft")
        sealed = content[len(SCHEMA) :]
        text = ChaCha20Poly1305(self.key).decrypt(
            sealed[:NONCE].ljust(NONCE, b"\0"), sealed[NONCE:], self._bound(path.stem)
        )
        said = read_json(text)
        version = str(said.pop("version"))
        if self._path(version).stem != path.stem:
            raise InvalidInput("it is of another version")
        rows = tuple(tuple(str(part) for part in row) for row in said.pop("rows", ()))
        return version, Draft(**said, rows=rows)

    def _bound(self, name: str) -> bytes:
        return canonical({"anchor": self.anchor, "person": self.person, "name": name})

    def _path(self, version: str) -> Path:
        return self.folder / f"{self._mine()}-{_short(version)}{ENDING}"

    def _mine(self) -> str:
        return _short(f"{self.anchor} {self.person}")


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:24]
