"""The evidence bundle: a zip that a stranger checks offline, with the same bytes for the same parts.

Nothing is compressed, because compressors differ between machines; order and dates are fixed. Whoever packs it again
differently has the same bundle: what counts is the files and their manifest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from govern.errors import InvalidInput
from govern.ledger.envelope import Entry
from govern.ledger.strict import Digest, canonical, encode64, read_json

SCHEMA = "govern/bundle/v1"
MANIFEST, DOSSIER, REPORT = "manifest.json", "dossier.json", "report.pdf"
VKEY, GENESIS, GENESIS_PROOF = "trust/log.vkey", "trust/genesis.json", "trust/genesis.tlog-proof"
VERIFIER, GUIDE = "verify.py", "VERIFY.md"

_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry's exact bytes, with its tlog-proof; all proofs of a bundle end in one checkpoint."""

    leaf: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """A person's identity as it was committed to, with the salt."""

    person: str
    salt: bytes
    identity: bytes
    """Its canonical JSON."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The parts of a bundle; `entries` begin after the genesis and hold every enrolment that they rest on."""

    dossier: bytes
    genesis: Proved
    vkey: str
    entries: tuple[Proved, ...]
    report: bytes | None = None
    blobs: tuple[bytes, ...] = ()
    policies: tuple[tuple[str, bytes], ...] = ()
    """Each with the name of its file."""
    identities: tuple[Opened, ...] = ()

    def files(self) -> dict[str, bytes]:
        """Return every file but the manifest, by path."""
        named = [
            (DOSSIER, self.dossier),
            *([(REPORT, self.report)] if self.report is not None else []),
            (VKEY, f"{self.vkey}\n".encode()),
            (GENESIS, self.genesis.leaf),
            (GENESIS_PROOF, self.genesis.proof),
            *(file for one in self.entries for file in _entry(one)),
            *((f"blobs/sha256/{Digest.of(content).value.hex()}", content) for content in sorted(set(self.blobs))),
            *((f"policy/{name}", content) for name, content in self.policies),
            *((f"identity/{one.person}.json", _identity(one)) for one in self.identities),
            *((name, (files("reports") / name).read_bytes()) for name in (VERIFIER, GUIDE)),
        ]
        if len(dict(named)) != len(named):
            raise InvalidInput("two parts of the bundle have the same name")
        return dict(named)

    def __bytes__(self) -> bytes:
        return packed(self.files())


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return the zip of ``parts`` with their manifest first."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as archive:
        for path, content in [(MANIFEST, manifest(parts)), *sorted(parts.items())]:
            member = ZipInfo(path, _EPOCH)
            member.create_system = 3
            member.external_attr = _REGULAR_FILE
            archive.writestr(member, content)
    return out.getvalue()


def manifest(parts: Mapping[str, bytes]) -> bytes:
    listed = {path: str(Digest.of(content)) for path, content in parts.items()}
    return canonical({"schema": SCHEMA, "files": listed})


def _entry(one: Proved) -> Iterable[tuple[str, bytes]]:
    index = Entry.parse(one.leaf).index
    return (f"entries/{index}.json", one.leaf), (f"entries/{index}.tlog-proof", one.proof)


def _identity(one: Opened) -> bytes:
    return canonical({"salt": encode64(one.salt), "identity": read_json(one.identity)})
