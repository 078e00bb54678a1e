"""Backups of a ledger: one file that is verified when it is written, and again when it is read.

In it are the entries, every checkpoint ever signed, the identities and the blobs. Never in it: private keys, the log's
own included, and the lock. A restored ledger can be read at once; it is written to only after a person compared its
checkpoint with one that was printed or remembered, because a backup may be older than the ledger was (`govern log trust`).
"""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from govern.errors import InvalidInput, Kind, Tampered, Unavailable
from govern.ledger import merkle, tiles
from govern.ledger.note import Checkpoint, Note, VerifierKey, open_checkpoint
from govern.ledger.strict import canonical, decode64, encode64, read_json
from govern.record.identity import Identity
from govern.record.refolding import event_id
from govern.storage import blobs, durable, folder, identities, rows
from govern.storage.archive import MANIFEST, Archive, Manifest, Writer
from govern.storage.folder import Folder
from govern.storage.identities import Known
from govern.storage.rows import Head, Leaf, Signed
from govern.storage.store import Store

CHECKPOINT = Path("out/checkpoint")
"""Where a restored ledger has the checkpoint that a person has to compare."""

_CHUNK = 512


def backup(store: Store, vkey: VerifierKey, path: Path) -> Manifest:
    """Write the ledger as it is now to ``path``, where nothing may be yet; only its owner may read the file."""
    with store.reading() as connection:
        newest = rows.newest_checkpoint(connection)
    if newest is None:
        raise InvalidInput(f"{store.place} holds no ledger yet", hint="make one with `govern init`")
    checkpoint = open_checkpoint(newest.note, [vkey])
    with durable.created(path, 0o600) as file:
        with closing(Writer(file)) as writer:
            _write(store, vkey, checkpoint, newest.note, writer)
        # What is on the disk is what counts: all of it is read back and verified before the file gets its name.
        file.flush()
        return _verify(Archive(file))


def check(path: Path) -> Manifest:
    """Return what the backup holds; raise `Tampered` unless all of it is there and is what the log signed."""
    with _opened(path) as file:
        return _verify(Archive(file))


def restore(path: Path, target: Path, database: str = "") -> Folder:
    """Make a ledger folder of a backup, whole or not at all; a ``database`` that is a server has to be an empty one."""
    _require_empty(target)
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        with _opened(path) as file:
            _rebuild(Archive(file), part, database)
        _move(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Folder.read(target)


def _write(store: Store, vkey: VerifierKey, checkpoint: Checkpoint, note: bytes, writer: Writer) -> None:
    tree = merkle.Tree()
    for name, content in tiles.export(checkpoint.size, tree.node, _stored(store, checkpoint.size, tree)):
        writer.add(f"log/{name}", [content])
    writer.add("log/checkpoint", [note])
    writer.add("log/log.vkey", [_line(vkey)])
    notes = _stored_notes(store, checkpoint.size)
    writer.add("checkpoints", (len(one).to_bytes(2) + one for one in notes))
    everybody = identities.everybody(store)
    writer.add("identities.json", [canonical([_described(known) for known in everybody])])
    for digest in blobs.digests(store):
        writer.add(f"blobs/{digest.value.hex()}", blobs.get(store, digest))
    counts = {
        "entries": checkpoint.size,
        "checkpoints": len(notes),
        "identities": len(everybody),
        "blobs": sum(name.startswith("blobs/") for name in writer.parts),
    }
    manifest = Manifest(vkey, tree.node(0, 0).hex(), note.decode(), counts, dict(writer.parts))
    writer.add(MANIFEST, [bytes(manifest)])


def _verify(archive: Archive) -> Manifest:
    tree = merkle.Tree()
    for _ in _entries(archive, tree):
        pass
    for _ in _notes(archive, tree):
        pass
    _people(archive)
    for name in _blob_names(archive):
        for _ in archive.chunks(name):
            pass
    return archive.manifest


def _rebuild(archive: Archive, part: Path, database: str) -> None:
    manifest = archive.manifest
    folder.prepare(part)
    settings = {"database": database} if database else {}
    made = Folder(part, manifest.vkey.name, manifest.anchor, manifest.vkey, **settings)
    with closing(Store.create(made.database_url)) as store:
        _fill(store, archive)
    durable.create(part / CHECKPOINT, manifest.checkpoint.encode())
    made.create()


def _fill(store: Store, archive: Archive) -> None:
    tree = merkle.Tree()
    leaves = (Leaf(index, merkle.leaf_hash(data), data) for index, data in enumerate(_entries(archive, tree)))
    grown = merkle.Tree()
    while chunk := list(islice(leaves, _CHUNK)):
        hashes = [leaf.hash for leaf in chunk]
        growth = merkle.append(grown.size, hashes, grown.node)
        with store.writing() as connection:
            rows.add(connection, chunk, growth, {event_id(leaf.data): leaf.index for leaf in chunk})
        for hash_ in hashes:
            grown.append(hash_)
    notes = iter(_notes(archive, tree))
    while signed := list(islice(notes, _CHUNK)):
        with store.writing() as connection:
            for one in signed:
                rows.add_checkpoint(connection, one)
    for known in _people(archive):
        identities.put(store, known)
    for name in _blob_names(archive):
        with archive.open(name) as file:
            archive.require(name, blobs.put(store, cast("BinaryIO", file)))
    # Last: until now the database says of itself that it holds no ledger.
    with store.writing() as connection:
        rows.move_head(connection, rows.take_head(connection), Head(tree.size, tree.root()))


def _entries(archive: Archive, tree: merkle.Tree) -> Iterator[bytes]:
    """Give the entries, which grow ``tree``; by the end, `Tampered` unless they are those that the log signed."""
    manifest = archive.manifest
    note = manifest.checkpoint.encode()
    checkpoint = open_checkpoint(note, [manifest.vkey])
    _require_same("log/checkpoint", _part(archive, "log/checkpoint"), note)
    _require_same("log/log.vkey", _part(archive, "log/log.vkey"), _line(manifest.vkey))

    def read(name: str) -> bytes:
        return archive.read(f"log/{name}")

    for data in tiles.entries(checkpoint.size, read):
        tree.append(merkle.leaf_hash(data))
        yield data
    _require_root(tree, checkpoint)
    tiles.check_tiles(checkpoint.size, tree.node, read)
    _require_same("anchor", manifest.anchor, tree.node(0, 0).hex())
    _require_same("number of entries in the manifest", manifest.counts.get("entries"), tree.size)


def _notes(archive: Archive, tree: merkle.Tree) -> Iterator[Signed]:
    """Give the checkpoints; `Tampered` unless each is of a beginning of ``tree``, and the last of all of it."""
    content, at, count, size = _part(archive, "checkpoints"), 0, 0, 0
    while at < len(content):
        end = at + 2 + int.from_bytes(content[at : at + 2])
        note = content[at + 2 : end]
        try:
            checkpoint = Checkpoint.parse(Note.parse(note).text)
        except InvalidInput as error:
            raise _differs(f"checkpoint {count} is not readable: {error.message}") from None
        if not size < checkpoint.size <= tree.size:
            raise _differs(f"checkpoint {count} is of {checkpoint.size} entries, after one of {size}")
        _require_root(tree, checkpoint)
        yield Signed(checkpoint.size, checkpoint.root, note)
        at, count, size = end, count + 1, checkpoint.size
    _require_same("number of checkpoints in the manifest", archive.manifest.counts.get("checkpoints"), count)
    _require_same("size of the last checkpoint", size, tree.size)


def _people(archive: Archive) -> list[Known]:
    try:
        value = read_json(_part(archive, "identities.json"))
        everybody = [Known(one["person"], Identity(**one["identity"]), decode64(one["salt"])) for one in value]
    except (InvalidInput, KeyError, TypeError) as error:
        raise _differs(f"identities.json is not readable: {error}") from None
    _require_same("number of identities in the manifest", archive.manifest.counts.get("identities"), len(everybody))
    return everybody


def _blob_names(archive: Archive) -> list[str]:
    """Return the parts that are blobs; `Tampered` unless each has the digest that it is named by."""
    names = sorted(name for name in archive.manifest.parts if name.startswith("blobs/"))
    for name in names:
        _require_same(
            f"content of {name}", archive.manifest.parts[name].digest.value.hex(), name.removeprefix("blobs/")
        )
    _require_same("number of blobs in the manifest", archive.manifest.counts.get("blobs"), len(names))
    return names


def _part(archive: Archive, name: str) -> bytes:
    try:
        return archive.read(name)
    except FileNotFoundError:
        raise _differs(f"{name} is missing") from None


def _stored(store: Store, size: int, tree: merkle.Tree) -> Iterator[bytes]:
    """Give the ledger's entries, which grow ``tree``; the tree that is stored is not asked."""
    for start in range(0, size, _CHUNK):
        with store.reading() as connection:
            chunk = rows.leaves(connection, start, min(size, start + _CHUNK))
        for leaf in chunk:
            tree.append(merkle.leaf_hash(leaf.data))
            yield leaf.data


def _stored_notes(store: Store, size: int) -> list[bytes]:
    notes: list[bytes] = []
    start = 0
    while start <= size:
        with store.reading() as connection:
            chunk = rows.checkpoints(connection, start, _CHUNK)
        notes += [bytes(signed.note) for signed in chunk if signed.size <= size]
        start = chunk[-1].size + 1 if chunk else size + 1
    return notes


def _described(known: Known) -> dict[str, Any]:
    return {"person": known.person, "salt": encode64(known.salt), "identity": read_json(bytes(known.identity))}


def _line(vkey: VerifierKey) -> bytes:
    return f"{vkey}\n".encode()


def _require_root(tree: merkle.Tree, checkpoint: Checkpoint) -> None:
    found = tree.root(checkpoint.size)
    if found != checkpoint.root:
        raise Tampered(
            f"the first {checkpoint.size} entries have the root {found.hex()}, the log signed {checkpoint.root.hex()}",
            kind=Kind.EDITED,
            hint="`govern audit` names the first entry that is wrong",
        )


def _require_same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise _differs(f"{what} is {found!r}, it should be {expected!r}")


def _differs(what: str) -> Tampered:
    return Tampered(
        f"the backup was edited: {what}", kind=Kind.EDITED, hint="take another copy of it, or an older backup"
    )


def _opened(path: Path) -> BinaryIO:
    durable.require_file(path)
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise InvalidInput(
            f"there is no backup {path}", hint="check its name, and the folder you are in", code="not_found"
        ) from None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror or error}") from error


def _require_empty(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InvalidInput(f"{target} is not empty", hint="name a folder that does not exist yet", code="not_empty")


def _move(part: Path, target: Path) -> None:
    try:
        if target.exists():
            target.rmdir()  # Windows does not rename onto a folder, not even an empty one
        part.rename(target)
        durable.flush_folder(target.parent)
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror or error}") from error
