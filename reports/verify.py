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
from pathlib import Path
from typing import Any, Iterator, Tuple

Point = Tuple[int, int, int, int]

TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
LAYOUT = re.compile(
    r"manifest\.json|dossier\.json|report\.pdf|verify\.py|VERIFY\.md|trust/(log\.vkey|genesis\.(json|tlog-proof))"
    r"|entries/(0|[1-9][0-9]{0,15})\.(json|tlog-proof)|blobs/sha256/[0-9a-f]{64}"
    r"|policy/[a-z0-9][a-z0-9._@-]{0,127}|identity/p-[a-z2-7]{16}\.json"
)
KIND = re.compile(r"\Ahttps://govern\.example/attestation/([a-z-]+)/v1\Z")
TESTED, REFERRED = (f"https://in-toto.io/attestation/{one}/v0.1" for one in ("test-result", "reference"))
NAMES = {  # what an event files: as what (a place in the bundle, or in the dossier), and in which of its fields
    "version": ["version version", "blobs/{version} version"], "model": ["blobs/{card} card"],
    TESTED: ["blobs/{evidence} evidence"], REFERRED: ["blobs/{content} content", "documents section content"],
    "policy": ["policy/{policy}.yaml source", "policies digest"], "report": ["report.pdf report"],
    "submit": ["dossier.json dossier"], "sign-off": ["dossier.json dossier"],
    "finding": ["findings leaf"], "waiver": ["waivers leaf"]}  # fmt: skip
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
    except Exception as error:  # whatever a hostile file makes the standard library raise
        raise error if isinstance(error, Fail) else Fail(path, f"{what}: {error!r}") from None


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
    # (6) Somebody signed this dossier, and this report; (7) what they rest on was filed about this version, as what it is.
    said = check_parts(files, [entry for entry in entries if entry.signer != "log"])
    # (8) Names of people open the commitments under which they were enrolled.
    for path in sorted(path for path in files if path.startswith("identity/")):
        with reading(path, "this is not an identity with its salt"):
            value = read_json(path, files[path])
            salt = decode64(value["salt"])
            opened = digest(salt + canonical(value["identity"]))
            if (len(value), len(salt)) != (2, 32) or opened not in trust.commitments[path[9:-5]]:
                raise ValueError("it is not the one that the enrolment commits to")
    return {"anchor": found, "checkpoint": checkpoint, "entries": len(entries), "named": said, "files": len(files)}


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
        listed = dict(read_json("manifest.json", require(files, "manifest.json"))["files"].items())
        if files["manifest.json"] != canonical({"schema": "govern/bundle/v1", "files": listed}):
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
            self.signatures = [(str(one["keyid"]), decode64(one["sig"])) for one in signatures]
            shape = {"log": log, "payload": value["payload"], "payloadType": PAYLOAD_TYPE, "signatures": signatures}
            if value != shape or any(len(one) != 2 for one in signatures) or not 0 < len(signatures) <= 32:
                raise ValueError("it has other fields")
            form = (len(log), repr(log["v"]), type(self.index), bool(TIME.fullmatch(log["recordedAt"])))
            if form != (3, "1", int, True) or path not in (f"entries/{self.index}.json", "trust/genesis.json"):
                raise ValueError(f"it is #{self.index}, or what the log says is of another format")
            statement = read_json(path, self.payload)
            self.predicate, govern = statement["predicate"], statement["predicate"]["govern"]
            self.signer, self.origin = govern["signer"]["id"], govern["logOrigin"]
            self.kind = KIND.sub(r"\1", statement["predicateType"])
            body = {**self.predicate, **govern, "leaf": f"sha256:{self.hash.hex()}"}
            lines = [line.split() for line in NAMES.get(self.kind, ())]
            self.filed = [(what.format_map(body), *(str(body[one]) for one in fields)) for what, *fields in lines]
            for tests in ("passedTests", "warnedTests", "failedTests") if self.kind == TESTED else ():
                part = str({"blob": body["evidence"], "source": body["source"]})
                self.filed += [("evidence", str(check), part) for check in body[tests]]


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
        held = [keyid for keyid, person in self.people.items() if person == entry.predicate.get("person")]
        ends = {"revoke-key": [str(entry.predicate.get("keyid"))], **dict.fromkeys(CHANGES[1:], held[:-1])}
        self.ended = {**dict.fromkeys(ends.get(entry.kind, []), entry.index), **self.ended}

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
            if not checkpoint:
                checkpoint, (size, root) = note, check_checkpoint(note, vkey)
            if (start, index, note) != ("c2sp.org/tlog-proof@v1", f"index {entry.index}", checkpoint):
                raise ValueError(f"it is not of #{entry.index}, or not of the checkpoint of the others")
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


def check_parts(files: dict[str, bytes], entries: list[Entry]) -> dict[str, list[str]]:
    """Return which entries name the dossier and the report; what was filed as one thing is no other."""
    dossier, named = read_json("dossier.json", require(files, "dossier.json")), dict[Any, list[str]]()
    with reading("dossier.json", "this is not a dossier"):
        version = str(dossier["version"])
        parts = [("version", version), *(("documents", *map(str, one)) for one in dossier["documents"].items())]
        parts += [("evidence", *map(str, one)) for one in dossier["evidence"].items()]
        parts += [(what, str(one)) for what in ("policies", "findings", "waivers") for one in dossier[what]]
    models = [("model", entry.predicate.get("model")) for entry in entries if parts[0] in entry.filed]
    for entry in entries:
        own = entry.predicate.get("version") == version or (entry.kind, entry.predicate.get("model")) in models
        for one in entry.filed if own or (entry.kind == "policy" and entry.filed[1] in parts) else []:
            named.setdefault(one, []).append(f"#{entry.index} {entry.kind}")
    # A manifest names the words in which the declined are told why.
    for words in re.findall(b"sha256:[0-9a-f]{64}", files.get(f"blobs/sha256/{version[7:]}", b"")):
        named.setdefault((f"blobs/{words.decode()}", words.decode()), [])
    found = [(path, (path.replace("sha256/", "sha256:"), digest(content))) for path, content in sorted(files.items())]
    for path, one in [*found, *(("dossier.json", part) for part in parts)]:
        if one not in named and re.match("dossier|report|blobs|policy", path):
            raise Fail(path, f"no entry of this bundle about {version} files {' '.join(one)}")
    return {path: named[path, of] for path, (_, of) in found if path in ("dossier.json", "report.pdf")}


def read_json(path: str, content: bytes) -> Any:
    """Return what ``content`` is the one RFC 8785 spelling of."""
    with reading(path, "this is not JSON"):
        value = json.loads(content.decode())
        again = canonical(value)
    if again != content:
        raise Fail(path, "this JSON is not in its canonical spelling")
    return value


def canonical(value: Any) -> bytes:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return b"{" + b",".join(canonical(name) + b":" + canonical(value[name]) for name in names) + b"}"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 1 << 53):
        raise ValueError(f"{value} is not an integer below 2**53")
    return (
        b"[%b]" % b",".join(map(canonical, value))
        if isinstance(value, list)
        else json.dumps(value, ensure_ascii=False).encode()
    )


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
        total = add(total, point) if scalar & 1 else total
        point, scalar = add(point, point), scalar >> 1
    return total


def encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, PRIME)
    return (point[1] * inverse % PRIME | (point[0] * inverse % PRIME & 1) << 255).to_bytes(32, "little")


BASE = ed25519_point((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little")) or (0, 1, 1, 0)


def main(arguments: list[str]) -> int:
    if len(arguments) not in {1, 3} or arguments[1:2] not in ([], ["--anchor"]):
        sys.exit("usage: python verify.py BUNDLE.zip [--anchor HEX]")
    path, anchor, content = Path(arguments[0]), "".join(arguments[2:]), None
    with contextlib.suppress(OSError):
        content = path.read_bytes() if path.is_file() else None
    if content is None:
        print(f"ERROR  {path} is no file that can be read", file=sys.stderr)
        return 2
    try:
        found = verify(content, anchor)
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
