"""The second reading of an evidence bundle: the same questions as ``verify.py``, asked of the ledger's own code.

The two share formats and no line of code; tests hold them against each other. What is wrong is raised as `Tampered`, with
the path of the file before the colon.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files as package_files
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from govern.errors import GovernError, Kind, Tampered
from govern.ledger.envelope import Entry
from govern.ledger.keys import PublicKey, Scheme, spki_of_ed25519
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import VerifierKey
from govern.ledger.proof import Proof, check_proof
from govern.ledger.strict import Digest, canonical, decode64, read_json
from reports import bundle, roles
from reports.roles import Role

LARGEST = 1 << 32
SALT_SIZE = 32

_PLACES = (
    re.compile(r"manifest\.json|dossier\.json|report\.pdf|verify\.py|VERIFY\.md"),
    re.compile(r"trust/(log\.vkey|genesis\.json|genesis\.tlog-proof)"),
    re.compile(r"entries/(0|[1-9][0-9]{0,15})\.(json|tlog-proof)"),
    re.compile(r"blobs/sha256/[0-9a-f]{64}"),
    re.compile(r"policy/[a-z0-9][a-z0-9._@-]{0,127}"),
    re.compile(r"identity/p-[a-z2-7]{16}\.json"),
)
_DIGEST = re.compile(rb"(?<=sha256:)[0-9a-f]{64}")
_PREDICATE = re.compile(r"https://govern\.example/attestation/([a-z-]+)/v1")
_LOG = "log"


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was checked, and who vouches for it."""

    what: str
    by_whose_word: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a bundle or a PDF says, all of it checked; and what no such file can show."""

    what: Digest
    anchor: str
    checkpoint: str
    checked: tuple[Checked, ...]
    not_checked: tuple[tuple[str, str], ...]


def check_bundle(content: bytes, anchor: str = "") -> Reading:
    """Return the reading of a bundle; raise `Tampered` for the first file that is wrong."""
    # (1) and (2) The files, and the manifest of them.
    parts = _unpacked(content)
    _check_manifest(parts)
    # (3) The root of trust.
    genesis = _said("trust/genesis.json", parts)
    found = leaf_hash(genesis.leaf).hex()
    if anchor not in {"", found} or genesis.entry.index or genesis.kind != "root":
        raise Tampered(
            f"{bundle.GENESIS}: the ledger begins with {found}, not with {anchor or 'a root'}", kind=Kind.REPLACED
        )
    keys = _Keys(genesis.origin)
    keys.begin(genesis)
    # (4) The signatures, oldest first.
    entries = [_said(path, parts) for path in parts if path.startswith("entries/") and path.endswith(".json")]
    entries.sort(key=lambda said: said.entry.index)
    for said in entries:
        keys.admit(said)
    # (5) The checkpoint, and the proofs that lead to it.
    with _blaming(bundle.VKEY):
        vkey = VerifierKey.parse(_required(parts, bundle.VKEY).decode().removesuffix("\n"))
        if f"{vkey}\n".encode() != parts[bundle.VKEY] or str(vkey) not in keys.vkeys:
            raise Tampered("this is not the key that the root of trust names", kind=Kind.REPLACED)
    checkpoint = _check_proofs([genesis, *entries], parts, vkey)
    # (6) What was signed, (7) each as what it is, and (8) the names of people.
    named = _check_roles(parts, [said for said in entries if said.signer != _LOG])
    for path in sorted(path for path in parts if path.startswith("identity/")):
        _check_identity(path, parts[path], keys)
    return Reading(Digest.of(content), found, checkpoint, _checked(parts, entries, named), _not_checked(parts, anchor))


@dataclass(frozen=True, slots=True)
class _Said:
    """An entry of the bundle with what its statement says."""

    path: str
    leaf: bytes
    entry: Entry
    kind: str
    predicate: dict[str, Any]

    @property
    def origin(self) -> str:
        return str(self.predicate["govern"]["logOrigin"])

    @property
    def signer(self) -> str:
        return str(self.predicate["govern"]["signer"]["id"])

    @property
    def of(self) -> Any:
        """The version that it is about, if any."""
        return self.predicate.get("version")


@dataclass(slots=True)
class _Keys:
    """The keys that the entries read so far have brought in."""

    origin: str
    vkeys: tuple[str, ...] = ()
    known: dict[str, PublicKey] = field(default_factory=dict)
    owner: dict[str, str] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    commitments: set[tuple[str, Digest]] = field(default_factory=set)

    def begin(self, genesis: _Said) -> None:
        self._bring(genesis)
        self._check(genesis)
        if {signature.keyid for signature in genesis.entry.envelope.signatures} != set(self.owner):
            raise Tampered(f"{genesis.path}: not exactly the registrars that the genesis names have signed it")

    def admit(self, said: _Said) -> None:
        if said.origin != self.origin:
            raise Tampered(f"{said.path}: this is an entry of {said.origin}, not of {self.origin}", kind=Kind.REPLAYED)
        if said.kind == "rotate-key":
            self._bring(said)
            self._check(said)
        else:
            self._check(said)
            self._bring(said)
        self._end(said)

    def _check(self, said: _Said) -> None:
        def key(keyid: str) -> PublicKey | None:
            if keyid in self.ended:
                message = f"the key {keyid[:16]} had ended with #{self.ended[keyid]}"
                raise Tampered(message, kind=Kind.REVOKED_KEY)
            return self.known.get(keyid)

        with _blaming(said.path):
            said.entry.envelope.check_signatures(key)
            signers = {self.owner.get(signature.keyid, _LOG) for signature in said.entry.envelope.signatures}
            if said.signer not in signers:
                message = f"{said.signer} is named as its signer, and has not signed it"
                raise Tampered(message, kind=Kind.COPIED_SIGNATURE)

    def _bring(self, said: _Said) -> None:
        predicate = said.predicate
        with _blaming(said.path):
            people = [predicate] if said.kind in {"enrol", "reset-key", "rotate-key"} else []
            if said.kind == "root":
                self.vkeys = tuple(predicate["logKeys"])
                people = predicate.get("registrars", [])
                for text in self.vkeys:
                    self._learn(PublicKey(spki_of_ed25519(VerifierKey.parse(text).public)))
            for one in people:
                public = PublicKey(decode64(one["key"]["publicKey"]))
                if public.keyid in self.owner:
                    raise Tampered(f"the key {public.keyid[:16]} is enrolled twice", kind=Kind.DUPLICATE_SIGNATURE)
                self._learn(public)
                self.owner[public.keyid] = one["person"]
                self.commitments.add((one["person"], Digest.parse(one["key"]["identityCommitment"])))

    def _learn(self, public: PublicKey) -> None:
        if public.scheme is not Scheme.ED25519:
            raise Tampered(f"the key {public.keyid[:16]} is not an Ed25519 key", kind=Kind.DOWNGRADED)
        public.check_strength()
        self.known[public.keyid] = public

    def _end(self, said: _Said) -> None:
        match said.kind:
            case "revoke-key":
                self.ended.setdefault(str(said.predicate.get("keyid")), said.entry.index)
            case "reset-key" | "rotate-key":
                newest = PublicKey(decode64(said.predicate["key"]["publicKey"])).keyid
                for keyid, person in self.owner.items():
                    if person == said.predicate["person"] and keyid != newest:
                        self.ended.setdefault(keyid, said.entry.index)
            case _:
                pass


def _unpacked(content: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    with _blaming("the bundle"), ZipFile(BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            name = member.filename
            with _blaming(name):
                if not any(place.fullmatch(name) for place in _PLACES):
                    raise Tampered("this file has no place in a bundle", kind=Kind.INSERTED)
                if name in parts or member.file_size > LARGEST:
                    raise Tampered("this file is there twice, or larger than can be read", kind=Kind.INSERTED)
                parts[name] = archive.read(member)
    return parts


def _check_manifest(parts: Mapping[str, bytes]) -> None:
    with _blaming(bundle.MANIFEST):
        listed = read_json(_required(parts, bundle.MANIFEST))["files"]
        rest = {path: content for path, content in parts.items() if path != bundle.MANIFEST}
        if parts[bundle.MANIFEST] != canonical({"schema": bundle.SCHEMA, "files": dict(listed.items())}):
            raise Tampered(f"this is not a manifest of {bundle.SCHEMA}", kind=Kind.DOWNGRADED)
    for path in sorted(rest.keys() | listed.keys()):
        if path not in rest:
            raise Tampered(f"{path}: the manifest names this file, and it is missing", kind=Kind.DELETED)
        if path not in listed:
            raise Tampered(f"{path}: the manifest does not name this file", kind=Kind.INSERTED)
        if listed[path] != str(Digest.of(rest[path])):
            raise Tampered(f"{path}: it is {Digest.of(rest[path])}, the manifest has {listed[path]}", kind=Kind.EDITED)


def _said(path: str, parts: Mapping[str, bytes]) -> _Said:
    with _blaming(path):
        leaf = _required(parts, path)
        entry = Entry.parse(leaf)
        statement = read_json(entry.envelope.payload)
        predicate, type_ = statement["predicate"], statement["predicateType"]
        ours = _PREDICATE.fullmatch(type_)
        said = _Said(path, leaf, entry, ours[1] if ours else type_, predicate)
        _ = said.origin, said.signer
        if path not in {bundle.GENESIS, f"entries/{entry.index}.json"}:
            raise Tampered(f"this is #{entry.index}", kind=Kind.REORDERED)
        return said


def _check_proofs(entries: list[_Said], parts: Mapping[str, bytes], vkey: VerifierKey) -> str:
    left = {path for path in parts if path.endswith(".tlog-proof")}
    checkpoint = b""
    for said in entries:
        path = said.path.removesuffix(".json") + ".tlog-proof"
        left.discard(path)
        with _blaming(path):
            proof = Proof.parse(_required(parts, path))
            checkpoint = checkpoint or proof.checkpoint
            if proof.index != said.entry.index or proof.extra is not None or proof.checkpoint != checkpoint:
                raise Tampered("it is of another entry, or of another checkpoint than the rest", kind=Kind.FORKED)
            check_proof(proof, said.leaf, [vkey])
    if left:
        raise Tampered(f"{min(left)}: there is no entry for this proof", kind=Kind.DELETED)
    return checkpoint.decode()


def _check_roles(parts: Mapping[str, bytes], entries: list[_Said]) -> dict[str, str]:
    """Return who filed the dossier and the report; raise `Tampered` for what nobody filed as what it is here."""
    with _blaming(bundle.DOSSIER):
        dossier = read_json(_required(parts, bundle.DOSSIER))
        version, rests = str(dossier["version"]), roles.rests(dossier)
    born = [said.predicate.get("model") for said in entries if said.kind == "version" and said.of == version]
    filed: dict[Role, list[str]] = {}
    for said in entries:
        with _blaming(said.path):
            found = list(roles.filed(said.kind, said.predicate, leaf_hash(said.leaf)))
            its_model = said.kind == "model" and said.predicate["model"] in born
            if said.of == version or its_model or (said.kind == "policy" and not rests.isdisjoint(found)):
                for role in found:
                    filed.setdefault(role, []).append(f"#{said.entry.index} {said.kind}")
    manifest = parts.get(f"blobs/sha256/{version.removeprefix('sha256:')}", b"")
    filed |= {Role("blob", "", f"sha256:{found.decode()}"): [] for found in _DIGEST.findall(manifest)}
    places = {path: roles.place(path, Digest.of(content)) for path, content in sorted(parts.items())}
    for path, place in places.items():
        if place and place not in filed:
            kind = Kind.BLOB_DIFFERS if path in {bundle.DOSSIER, bundle.REPORT} else Kind.INSERTED
            raise Tampered(f"{path}: nobody filed {place.digest} as this about {version}", kind=kind)
    if missing := sorted(f"{role.what} {role.name or role.digest}" for role in rests - filed.keys()):
        raise Tampered(f"{bundle.DOSSIER}: no entry of this bundle filed its {missing[0]}", kind=Kind.DELETED)
    return {path: ", ".join(filed[place]) for path, place in places.items() if place and place.what == path}


def _check_identity(path: str, content: bytes, keys: _Keys) -> None:
    with _blaming(path):
        value = read_json(content)
        salt = decode64(value["salt"])
        opened = Digest.of(salt + canonical(value["identity"]))
        person = path.removeprefix("identity/").removesuffix(".json")
        if set(value) != {"salt", "identity"} or len(salt) != SALT_SIZE or (person, opened) not in keys.commitments:
            raise Tampered("this name is not the one that the enrolment commits to", kind=Kind.EDITED)


def _checked(parts: Mapping[str, bytes], entries: list[_Said], named: Mapping[str, str]) -> tuple[Checked, ...]:
    count = sum(len(said.entry.envelope.signatures) for said in entries)
    lines = [
        Checked(f"{len(parts)} files are those of the manifest", "nobody: the manifest is a list"),
        Checked(f"{len(entries) + 1} entries are in the ledger", "the log, whose key signed the checkpoint"),
        Checked(f"{count} signatures fit", "the persons whose keys they are"),
        *(Checked(f"{path} is the one that was signed", f"whoever signed {by}") for path, by in named.items()),
    ]
    reached = sum(path.startswith(("blobs/", "policy/")) for path in parts)
    opened = sum(path.startswith("identity/") for path in parts)
    lines += (
        [Checked(f"{reached} blobs and policies are those named", "whoever signed what names them")] if reached else []
    )
    lines += [Checked(f"{opened} names open their commitments", "the registrars who enrolled them")] if opened else []
    return tuple(lines)


def _not_checked(parts: Mapping[str, bytes], anchor: str) -> tuple[tuple[str, str], ...]:
    lines = [] if anchor else [("that this is the firm's ledger", "no --anchor was given: compare the one above")]
    lines.append(("what was filed since", "a slice of a ledger cannot show a later revocation or suspension"))
    lines.append(("the rules of admission", "they need the whole ledger: `govern audit`"))
    own = package_files("reports")
    strange = [name for name in (bundle.VERIFIER, bundle.GUIDE) if parts.get(name) != (own / name).read_bytes()]
    lines += [(name, "it is not the one that comes with this release") for name in strange]
    return tuple(lines)


def _required(parts: Mapping[str, bytes], path: str) -> bytes:
    if path not in parts:
        raise Tampered("this file is missing", kind=Kind.DELETED)
    return parts[path]


@contextmanager
def _blaming(path: str) -> Iterator[None]:
    """Raise what goes wrong with a file as `Tampered`, with its path before the colon."""
    try:
        yield
    except _Blamed:
        raise
    except GovernError as error:
        kind = error.kind if isinstance(error, Tampered) else Kind.UNVERIFIABLE
        raise _Blamed(f"{path}: {error.message}", hint=error.hint, kind=kind) from None
    except Exception as error:  # noqa: BLE001  whatever a hostile archive or statement makes a library raise
        raise _Blamed(f"{path}: it cannot be read: {error!r}", kind=Kind.UNVERIFIABLE) from None


class _Blamed(Tampered):
    """Already says which file."""
