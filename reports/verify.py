#!/usr/bin/env python3
"""Check an evidence bundle with nothing but Python: ``python verify.py BUNDLE.zip [--anchor HEX]``.

It says PASS, or FAIL with the file and what is wrong. It reads that one file, asks no network, and writes nothing. Any
Python from 3.9 on will do. `verify` is the procedure, step by step.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import re
import sys
import zipfile
from typing import Any, Iterator, Tuple

Point = Tuple[int, int, int, int]

TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
LAYOUT = re.compile(
    r"manifest\.json|dossier\.json|report\.pdf|verify\.py|VERIFY\.md|trust/(log\.vkey|genesis\.(json|tlog-proof))"
    r"|entries/(0|[1-9][0-9]{0,15})\.(json|tlog-proof)|blobs/sha256/[0-9a-f]{64}"
    r"|policy/[a-z0-9][a-z0-9._@-]{0,127}|identity/p-[a-z2-7]{16}\.json"
)
KIND = re.compile(r"\Ahttps://govern\.example/attestation/([a-z-]+)/v1\Z")
CHANGES = ("enrol", "reset-key", "rotate-key")  # events that bring a person's key; the last two end the others
PAYLOAD_TYPE = "application/vnd.in-toto+json"
ED25519 = bytes.fromhex("302a300506032b6570032100")  # RFC 8410, 4: what stands before the 32 bytes of a public key


class Fail(Exception):
    """A file of the bundle is not what it has to be: the file, and what is wrong with it."""


@contextlib.contextmanager
def reading(path: str, what: str) -> Iterator[None]:
    """Blame whatever goes wrong with reading a file on that file."""
    try:
        yield
    except Fail:
        raise
    except zipfile.BadZipFile:
        raise Fail(path, "its bytes are not those that were packed") from None
    except Exception as error:  # whatever a hostile file makes the standard library raise
        raise Fail(path, f"{what}: {error!r}") from None


def verify(content: bytes, anchor: str = "") -> dict[str, Any]:
    """Return what was found; raise `Fail` at the first thing that is wrong."""
    # (1) The archive holds files that have a place here, each once.
    files = unpack(content)
    # (2) The manifest names every other file with its digest.
    check_manifest(files)
    # (3) Entry 0 is the root of trust: it names the ledger, its key and its registrars, who have all signed it.
    genesis = Entry("trust/genesis.json", files)
    found = genesis.hash.hex()
    if (anchor or found) != found or genesis.index or genesis.kind != "root":
        raise Fail(genesis.path, f"this does not begin the ledger with the anchor {anchor or 'of any'}; it is {found}")
    trust = Trust(genesis)
    # (4) Every entry has signatures of persons who were enrolled before it, with keys that still held.
    entries = [Entry(path, files) for path in files if re.fullmatch(r"entries/\d+\.json", path)]
    entries.sort(key=lambda entry: entry.index)
    for entry in entries:
        trust.admit(entry)
    # (5) The ledger's own key signed one checkpoint, and every entry is in its tree.
    vkey = require(files, "trust/log.vkey").decode(errors="replace")
    if vkey not in [f"{line}\n" for line in trust.vkeys]:
        raise Fail("trust/log.vkey", "this is not the key that the root of trust names")
    checkpoint = check_proofs([genesis, *entries], files, vkey[:-1])
    # (6) Somebody signed this dossier, and this report.
    read_json("dossier.json", require(files, "dossier.json"))
    said = {}
    for path in ("dossier.json", "report.pdf") if "report.pdf" in files else ("dossier.json",):
        said[path] = [f"#{entry.index} {entry.kind}" for entry in entries if entry.names(digest(files[path]))]
        if not said[path]:
            raise Fail(path, f"no entry of this bundle names {digest(files[path])}")
    # (7) Blobs are what their names say, and like the policies they are named by something that was signed.
    check_named(files, [files["dossier.json"], *(entry.payload for entry in entries)])
    # (8) Names of people open the commitments under which they were enrolled.
    for path in sorted(path for path in files if path.startswith("identity/")):
        check_identity(path, files[path], trust.commitments)
    return {"anchor": found, "checkpoint": checkpoint, "entries": len(entries) + 1, "named": said, "files": len(files)}


def unpack(content: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    with reading("the bundle", "it cannot be read as a zip archive"), zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in [member for member in archive.infolist() if not member.is_dir()]:
            name = member.filename
            if not LAYOUT.fullmatch(name) or name in files or member.file_size > 1 << 32:
                raise Fail(name, "this file has no place in a bundle, is there twice or is too large")
            with reading(name, "it cannot be unpacked"):
                files[name] = archive.read(member)
    return files


def check_manifest(files: dict[str, bytes]) -> None:
    with reading("manifest.json", "this is not a manifest of the schema govern/bundle/v1"):
        manifest = read_json("manifest.json", require(files, "manifest.json"))
        listed = dict(manifest["files"].items())
        if manifest != {"schema": "govern/bundle/v1", "files": listed}:
            raise ValueError("it has other fields")
    found = {path: digest(content) for path, content in files.items() if path != "manifest.json"}
    for path in sorted({*found, *listed}):
        if found.get(path) != listed.get(path):
            raise Fail(path, f"it is {found.get(path, 'missing')}, the manifest has {listed.get(path, 'nothing')}")


class Entry:
    """One line of the ledger: the exact bytes that were hashed, and what is in them."""

    def __init__(self, path: str, files: dict[str, bytes]) -> None:
        self.path, leaf = path, require(files, path)
        self.hash = hashlib.sha256(b"\0" + leaf).digest()
        with reading(path, "this is not an entry of a ledger"):
            value = read_json(path, leaf)
            log, signatures = value["log"], value["signatures"]
            self.index, self.payload = log["index"], decode64(value["payload"])
            self.signatures = [(one["keyid"], decode64(one["sig"])) for one in signatures]
            shape = {"log": log, "payload": value["payload"], "payloadType": PAYLOAD_TYPE, "signatures": signatures}
            if value != shape or any(len(one) != 2 for one in signatures) or not 0 < len(signatures) <= 32:
                raise ValueError("it has other fields")
            if (len(log), repr(log["v"]), type(self.index)) != (3, "1", int) or not TIME.fullmatch(log["recordedAt"]):
                raise ValueError("what the log says is of another format")
            if path not in (f"entries/{self.index}.json", "trust/genesis.json"):
                raise ValueError(f"it is #{self.index}")
            statement = read_json(path, self.payload)
            self.predicate, govern = statement["predicate"], statement["predicate"]["govern"]
            self.signer, self.origin = govern["signer"]["id"], govern["logOrigin"]
            self.kind = KIND.sub(r"\1", statement["predicateType"])

    def names(self, named: str) -> bool:
        """Whether a person signed a statement that has this digest as a value of its own."""
        forms = (f'"{named}"'.encode(), f'"{named[7:]}"'.encode())
        return self.signer != "log" and any(form in self.payload for form in forms)


class Trust:
    """Who may sign, as the entries read so far have it."""

    def __init__(self, genesis: Entry) -> None:
        self.origin, self.vkeys = genesis.origin, list[str]()
        self.raw: dict[str, bytes] = {}  # every key by its keyid; so are those of people, and those that have ended
        self.people: dict[str, str] = {}
        self.ended: dict[str, int] = {}
        self.commitments: dict[str, set[str]] = {}
        self.enrol(genesis)
        self.check(genesis)
        if sorted(keyid for keyid, _ in genesis.signatures) != sorted(self.people):
            raise Fail(genesis.path, "the genesis is not signed by exactly the registrars it names")

    def admit(self, entry: Entry) -> None:
        if entry.origin != self.origin:
            raise Fail(entry.path, f"this is an entry of {entry.origin}, not of {self.origin}")
        # Who changes a key signs with the new one as well.
        for step in (self.enrol, self.check) if entry.kind == "rotate-key" else (self.check, self.enrol):
            step(entry)
        self.end(entry)

    def check(self, entry: Entry) -> None:
        """Check the signatures, and that the one who claims to have signed is among those who did."""
        message = b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(entry.payload), entry.payload)
        if len(dict(entry.signatures)) != len(entry.signatures):
            raise Fail(entry.path, "one key signed this entry twice")
        for keyid, signature in entry.signatures:
            if keyid not in self.raw or keyid in self.ended:
                raise Fail(entry.path, f"the key {keyid[:16]} was never enrolled in this bundle, or has ended before")
            if not ed25519_verify(self.raw[keyid], signature, message):
                raise Fail(entry.path, f"the signature by key {keyid[:16]} does not fit the signed bytes")
        if entry.signer not in [self.people.get(keyid, "log") for keyid, _ in entry.signatures]:
            raise Fail(entry.path, f"{entry.signer} is named as its signer, and has not signed it")

    def enrol(self, entry: Entry) -> None:
        """Take in the keys of an entry that brings some."""
        body, path = entry.predicate, entry.path
        brings: list[Any] = [body] if entry.kind in CHANGES else []
        with reading(path, "the keys that it brings cannot be read"):
            if entry.kind == "root":
                self.vkeys, brings = list(body["logKeys"]), body.get("registrars", [])
                for line in self.vkeys:
                    self.strong(path, ED25519 + decode64(line.split("+", 2)[2])[1:])
            for one in brings:
                keyid = self.strong(path, decode64(one["key"]["publicKey"]))
                if keyid in self.people:
                    raise Fail(path, f"the key {keyid[:16]} was enrolled before")
                self.people[keyid] = one["person"]
                self.commitments.setdefault(one["person"], set()).add(one["key"]["identityCommitment"])

    def end(self, entry: Entry) -> None:
        """End the keys that an entry revokes or replaces; its own are the newest."""
        body = entry.predicate
        gone = [body.get("keyid")] if entry.kind == "revoke-key" else []
        if entry.kind in CHANGES[1:]:
            gone = [keyid for keyid, person in self.people.items() if person == body["person"]][:-1]
        self.ended = {**dict.fromkeys(gone, entry.index), **self.ended}

    def strong(self, path: str, spki: bytes) -> str:
        """Return the keyid of a key that only its owner can sign for."""
        point = ed25519_point(spki[12:]) if spki.startswith(ED25519) else None
        if point is None or encoded(point) == IDENTITY or encoded(times(ORDER, point)) != IDENTITY:
            raise Fail(path, "a key that it brings is not a safe Ed25519 key")
        keyid = hashlib.sha256(spki).hexdigest()
        self.raw[keyid] = spki[12:]
        return keyid


def check_proofs(entries: list[Entry], files: dict[str, bytes], vkey: str) -> str:
    """Return the one checkpoint, once its signature and every entry's path to its root are checked."""
    checkpoint, size, root = "", 0, b""
    proofs = {path for path in files if path.endswith(".tlog-proof")}
    for entry in entries:
        path = entry.path[:-5] + ".tlog-proof"
        proofs.discard(path)
        with reading(path, "this proof does not hold"):
            head, _, note = require(files, path).decode().partition("\n\n")
            start, index, *lines = head.split("\n")
            if (start, index) != ("c2sp.org/tlog-proof@v1", f"index {entry.index}"):
                raise ValueError(f"it is not of #{entry.index}")
            if not checkpoint:
                checkpoint, (size, root) = note, check_checkpoint(note, vkey)
            if note != checkpoint:
                raise ValueError("its checkpoint is not that of the other proofs")
            if climb(entry.hash, entry.index, size, [decode64(line) for line in lines]) != root:
                raise ValueError(f"it does not lead from {entry.path} to the root of the checkpoint")
    if proofs:
        raise Fail(min(proofs), "there is no entry for this proof")
    return checkpoint


def check_checkpoint(note: str, vkey: str) -> tuple[int, bytes]:
    """Return size and root of a C2SP checkpoint that the key signed."""
    name, key_id, key = (*vkey.split("+", 2)[:2], decode64(vkey.split("+", 2)[2]))
    body, _, signatures = note.rpartition("\n\n")
    origin, size, root = body.split("\n")
    if key[:1] != b"\x01" or hashlib.sha256(f"{name}\n".encode() + key).hexdigest()[:8] != key_id:
        raise ValueError("the ledger's key is not a verifier key")
    if origin != name or not re.fullmatch("[1-9][0-9]{0,17}", size) or not signatures.endswith("\n"):
        raise ValueError("this is not a checkpoint of the ledger")
    lines = [line for line in signatures.split("\n") if line.startswith(f"\u2014 {name} ")]
    signed = [sig[4:] for sig in (decode64(line.split(" ")[2]) for line in lines) if sig[:4].hex() == key_id]
    if not signed or not all(ed25519_verify(key[1:], sig, f"{body}\n".encode()) for sig in signed):
        raise ValueError("the ledger's key did not sign it")
    return int(size), decode64(root)


def climb(reached: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that a path leads to (RFC 6962, 2.1.1)."""
    inner = (index ^ (size - 1)).bit_length()
    if index >= size or len(path) != inner + bin(index >> inner).count("1") or any(len(one) != 32 for one in path):
        raise ValueError(f"this is no path in a tree of {size}")
    for level, other in enumerate(path):
        pair = other + reached if level >= inner or index >> level & 1 else reached + other
        reached = hashlib.sha256(b"\1" + pair).digest()
    return reached


def check_named(files: dict[str, bytes], signed: list[bytes]) -> None:
    digests = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
    named = {one for content in signed for one in digests.findall(content)}
    left = {path: digest(files[path])[7:] for path in sorted(files) if path.startswith(("blobs/", "policy/"))}
    if wrong := [path for path, found in left.items() if path.startswith("blobs/") and path[13:] != found]:
        raise Fail(wrong[0], f"its digest is sha256:{left[wrong[0]]}")
    while ready := [path for path, found in left.items() if found.encode() in named]:
        for path in ready:
            del left[path]
            named.update(digests.findall(files[path]))
    if left:
        raise Fail(min(left), "neither the dossier nor an entry names this file")


def check_identity(path: str, content: bytes, commitments: dict[str, set[str]]) -> None:
    with reading(path, "this is not an identity with its salt"):
        value = read_json(path, content)
        salt = decode64(value["salt"])
        opened = digest(salt + canonical(value["identity"]))
        if len(value) != 2 or len(salt) != 32 or opened not in commitments.get(path[9:-5], set()):
            raise ValueError("it is not the one that the enrolment commits to")


def read_json(path: str, content: bytes) -> Any:
    """Return what ``content`` is the one RFC 8785 spelling of."""
    with reading(path, "this is not JSON"):
        value = json.loads(content.decode())
        again = canonical(value)
    if again != content:
        raise Fail(path, "this JSON is not in its canonical spelling")
    return value


def canonical(value: Any) -> bytes:
    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: ordered(value[name]) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 1 << 53):
        raise ValueError(f"{value} is not an integer below 2**53")
    return [ordered(one) for one in value] if isinstance(value, list) else value


def decode64(line: str) -> bytes:
    if base64.b64encode(base64.b64decode(line, validate=True)).decode() != line:
        raise ValueError(f"{line[:40]!r} is not the one base64 spelling of anything")
    return base64.b64decode(line)


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def require(files: dict[str, bytes], path: str) -> bytes:
    if path not in files:
        raise Fail(path, "this file is missing")
    return files[path]


# Ed25519 (RFC 8032, 5.1): verification only, without cofactor, every value in its one encoding.
PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME
IDENTITY = (1).to_bytes(32, "little")


def ed25519_verify(public: bytes, signature: bytes, message: bytes) -> bool:
    point = ed25519_point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or len(signature) != 64 or scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, z, t = point
    # R = S B - k A, compared as bytes: no other encoding of R is accepted.
    return encoded(add(times(scalar, BASE), times(challenge, (-x % PRIME, y, z, -t % PRIME)))) == signature[:32]


def ed25519_point(content: bytes) -> Point | None:
    """Return the point of its one encoding (5.1.3), or None."""
    number = int.from_bytes(content, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if len(content) != 32 or y >= PRIME or (x * x - square) % PRIME or (x == 0 and sign):
        return None
    x = x if x & 1 == sign else PRIME - x
    return x, y, 1, x * y % PRIME


def add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % PRIME, (one[1] + one[0]) * (other[1] + other[0]) % PRIME
    c, d = 2 * one[3] * other[3] * D % PRIME, 2 * one[2] * other[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def times(scalar: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, PRIME)
    return (point[1] * inverse % PRIME | (point[0] * inverse % PRIME & 1) << 255).to_bytes(32, "little")


BASE = ed25519_point((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little")) or (0, 1, 1, 0)


def main(arguments: list[str]) -> int:
    if len(arguments) not in {1, 3} or arguments[1:2] not in ([], ["--anchor"]):
        sys.exit("usage: python verify.py BUNDLE.zip [--anchor HEX]")
    path, anchor = arguments[0], "".join(arguments[2:])
    try:
        with open(path, "rb") as file:
            found = verify(file.read(), anchor)
    except Fail as fail:
        print("FAIL  {}: {}".format(*fail.args))
        return 6
    print(f"PASS  {path}\n  anchor {found['anchor']}{', as given' if anchor else ''}")
    print(f"  {found['files']} files as the manifest has them, {found['entries']} entries signed and in the ledger")
    for name, entries in found["named"].items():
        print(f"  {name}: named by {', '.join(entries)}")
    print("  checkpoint:\n    " + found["checkpoint"].strip().replace("\n", "\n    "))
    if not anchor:
        print("  not checked: that this is the firm's ledger; give --anchor, as you got it by another way")
    print("  not checked: what was filed since, such as a key revoked; and the ledger's rules of admission")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
