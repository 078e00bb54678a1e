"""A backup holds the whole ledger and no key, is verified when written and when read, and comes back as it was."""

import io
import json
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from govern.errors import GovernError, InvalidInput, Kind, Tampered
from govern.ledger.keys import Pen
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import Checkpoint, KeyType, VerifierKey, sign_note
from govern.ledger.strict import Digest
from govern.storage import backup, blobs, identities, inspection, logkey, opening, sql
from govern.storage.archive import Manifest, Part, Writer
from govern.storage.folder import Folder
from govern.storage.identities import Known
from govern.storage.keystore import LOG_KEY_NAME
from govern.storage.local import LocalLedger, Mode
from govern.storage.logkey import LogKey
from govern.storage.store import Store
from tests.people import LOG_KEY, LOG_PEN, START, Actor, enrolment, founding, signed

COMMENT = b"a comment, salted" * 100_000


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=7)
        return self.now


def filled(store: Store, lock: Path, people: int = 3) -> None:
    """Make a ledger of ``people`` + 1 entries in as many checkpoints as there are batches, with names and blobs."""
    ledger = LocalLedger.create(store, lock, LOG_PEN, founding("ada"), clock=Clock())
    for start in range(0, people, 200):
        registry, root, ada = ledger.registry, ledger.root(), Actor("ada")
        actors = [Actor(f"p{number}") for number in range(start, min(people, start + 200))]
        ledger.submit([signed(registry, root, enrolment(one, "developer"), ada, word=one.handle) for one in actors])
    for actor in map(Actor, ("ada", "p0", "p1")):
        identities.put(store, Known(actor.id, actor.identity, actor.salt))
    for content in (b"", b"policy", COMMENT):
        blobs.put(store, io.BytesIO(content))


@pytest.fixture
def bank(store: Store, tmp_path: Path) -> Store:
    filled(store, tmp_path / "lock" / "checkpoint")
    return store


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a backup of a ledger with more entries than one tile holds."""
    folder = tmp_path_factory.mktemp("saved")
    store = Store.create(f"sqlite:///{folder}/ledger.db")
    filled(store, folder / "lock", people=300)
    backup.backup(store, LOG_KEY, folder / "bank.zip")
    store.close()
    return folder / "bank.zip"


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables that a backup has to bring back."""
    tables = {
        "log_entry": "idx",
        "tree_node": "level, idx",
        "log_checkpoint": "size",
        "log_head": "id",
        "event_ix": "event_id",
        "identity": "person",
        "blob": "sha256",
        "blob_part": "sha256, seq",
    }
    with store.reading() as connection:
        return {
            name: [
                tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
                for row in sql.every(connection, f"SELECT * FROM {name} ORDER BY {order}")
            ]
            for name, order in tables.items()
        }


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as held:
        return {info.filename: held.read(info) for info in held.infolist()}


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], *, honest: bool) -> Path:
    """Write the parts of a backup again after ``change``; an ``honest`` manifest has the digests of what it finds."""
    held = parts(path)
    change(held)
    if honest:
        old = json.loads(held["manifest.json"])
        found = {name: Part(len(one), Digest.of(one)) for name, one in held.items() if name != "manifest.json"}
        vkey = VerifierKey.parse(old["vkey"])
        held["manifest.json"] = bytes(Manifest(vkey, old["anchor"], old["checkpoint"], old["counts"], found))
    edited = path.with_name(f"edited-{random.getrandbits(64):x}.zip")
    with zipfile.ZipFile(edited, "w") as out:
        for name, one in held.items():
            out.writestr(name, one)
    return edited


def test_a_ledger_comes_back_as_it_was(bank: Store, tmp_path: Path) -> None:
    manifest = backup.backup(bank, LOG_KEY, tmp_path / "bank.zip")
    restored = backup.restore(tmp_path / "bank.zip", tmp_path / "restored")

    assert manifest.counts == {"entries": 4, "checkpoints": 2, "identities": 3, "blobs": 3}
    assert (restored.origin, restored.vkey) == (LOG_KEY.name, LOG_KEY)
    store = Store.open(restored.database_url)
    assert everything(store) == everything(bank)
    found = inspection.inspect(store, [], bytes.fromhex(restored.anchor))
    assert found.problems == ()
    store.close()


def test_a_ledger_of_more_than_one_tile_comes_back_whole(saved: Path, tmp_path: Path) -> None:
    restored = backup.restore(saved, tmp_path / "restored")

    store = Store.open(restored.database_url)
    assert inspection.inspect(store, [], bytes.fromhex(restored.anchor), processes=1).problems == ()
    assert inspection.length(store) == 301
    store.close()


def test_a_ledger_is_restored_into_a_server(saved: Path, tmp_path: Path, fresh_postgresql: str) -> None:
    address = fresh_postgresql.replace("+psycopg", "")

    restored = backup.restore(saved, tmp_path / "restored", address)

    assert restored.database == address
    store = Store.open(restored.database_url)
    assert inspection.inspect(store, [], bytes.fromhex(restored.anchor), processes=1).problems == ()
    store.close()
    with pytest.raises(InvalidInput, match="already has tables"):
        backup.restore(saved, tmp_path / "again", address)
    assert not (tmp_path / "again").exists()


def test_a_restored_ledger_is_written_to_only_after_its_checkpoint_was_compared(saved: Path, tmp_path: Path) -> None:
    restored = backup.restore(saved, tmp_path / "restored")
    store = Store.open(restored.database_url)

    assert not restored.lock_path.exists()
    assert LocalLedger.open(store, restored.lock_path, [LOG_KEY], LOG_PEN, clock=Clock()).mode is Mode.RECOVERY
    opening.trust(store, restored.lock_path, (LOG_KEY,), parts(saved)["log/checkpoint"])
    assert LocalLedger.open(store, restored.lock_path, [LOG_KEY], LOG_PEN, clock=Clock()).mode is Mode.WRITABLE
    store.close()


def test_the_same_ledger_gives_the_same_bytes(bank: Store, tmp_path: Path) -> None:
    backup.backup(bank, LOG_KEY, tmp_path / "one.zip")
    time.sleep(0.01)
    backup.backup(bank, LOG_KEY, tmp_path / "two.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    backup.restore(tmp_path / "one.zip", tmp_path / "restored")
    store = Store.open(f"sqlite:///{tmp_path}/restored/ledger/ledger.db")
    backup.backup(store, LOG_KEY, tmp_path / "three.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "three.zip").read_bytes()
    store.close()


def test_a_backup_holds_no_private_key_and_is_its_owners_alone(bank: Store, tmp_path: Path) -> None:
    logkey.create(tmp_path / "keys" / LOG_KEY_NAME, LogKey.of(LOG_KEY.name, LOG_PEN))

    backup.backup(bank, LOG_KEY, tmp_path / "bank.zip")

    assert LOG_PEN.seed not in (tmp_path / "bank.zip").read_bytes()
    assert not any("key.json" in name for name in parts(tmp_path / "bank.zip"))
    assert (tmp_path / "bank.zip").stat().st_mode & 0o777 == 0o600


def test_a_backup_never_overwrites(bank: Store, tmp_path: Path) -> None:
    (tmp_path / "bank.zip").write_bytes(b"older")

    with pytest.raises(InvalidInput, match="exists already"):
        backup.backup(bank, LOG_KEY, tmp_path / "bank.zip")

    assert (tmp_path / "bank.zip").read_bytes() == b"older"


def test_a_ledger_that_is_not_what_it_signed_is_not_backed_up(bank: Store, tmp_path: Path) -> None:
    with bank.writing() as connection:
        off = "DROP TRIGGER log_entry_update" + ("" if bank.file else " ON log_entry")
        connection.exec_driver_sql(off)
        connection.execute(text("UPDATE log_entry SET data = leaf_hash WHERE idx = 2"))

    with pytest.raises(Tampered, match=r"the first 4 entries have the root .*, the log signed"):
        backup.backup(bank, LOG_KEY, tmp_path / "bank.zip")

    assert not list(tmp_path.glob("*.zip*"))
    assert not list(tmp_path.glob(".bank*"))


def test_a_blob_that_was_swapped_is_not_backed_up(bank: Store, tmp_path: Path) -> None:
    with bank.writing() as connection:
        connection.execute(text("UPDATE blob_part SET data = :other WHERE seq = 1"), {"other": b"another"})

    with pytest.raises(Tampered) as caught:
        backup.backup(bank, LOG_KEY, tmp_path / "bank.zip")

    assert caught.value.kind is Kind.BLOB_DIFFERS


class Garbling(Writer):
    """A disk that keeps something else than it was given."""

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        super().add(name, [b"".join(chunks)[:-1]] if name == "checkpoints" else chunks)


def test_a_backup_that_does_not_read_back_gets_no_name(
    bank: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "Writer", Garbling)

    with pytest.raises(Tampered, match="checkpoint 1 is not readable"):
        backup.backup(bank, LOG_KEY, tmp_path / "bank.zip")

    assert not list(tmp_path.glob("*bank.zip*"))


def test_where_there_is_no_ledger_there_is_nothing_to_back_up(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds no ledger yet"):
        backup.backup(store, LOG_KEY, tmp_path / "bank.zip")


def test_a_backup_is_restored_into_an_empty_folder_only(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "empty").mkdir()

    for target in (tmp_path / "full", tmp_path / "full" / "file"):
        with pytest.raises(InvalidInput, match="is not empty"):
            backup.restore(saved, target)
    backup.restore(saved, tmp_path / "empty")

    with pytest.raises(InvalidInput, match="there is no backup"):
        backup.restore(tmp_path / "missing.zip", tmp_path / "other")
    with pytest.raises(InvalidInput, match="is not a file"):
        backup.check(tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")
    ledger = LocalLedger.create(store, tmp_path / "lock", LOG_PEN, founding("ada"), clock=Clock())
    ledger.close()
    store = Store.open(f"sqlite:///{tmp_path}/ledger.db")
    identities.put(store, Known(Actor("ada").id, Actor("ada").identity, Actor("ada").salt))
    blobs.put(store, io.BytesIO(b"policy"))
    backup.backup(store, LOG_KEY, tmp_path / "small.zip")
    store.close()
    return tmp_path / "small.zip"


def test_every_truncation_of_a_backup_is_refused(small: Path) -> None:
    content = small.read_bytes()

    for length in range(0, len(content), 7):
        small.write_bytes(content[:length])
        with pytest.raises(Tampered, match="the backup"):
            backup.check(small)


def test_every_flipped_bit_of_a_backup_is_refused_or_changes_nothing(small: Path) -> None:
    content, whole = small.read_bytes(), parts(small)
    refused = 0

    for place in range(0, len(content), 3):
        small.write_bytes(content[:place] + bytes([content[place] ^ 1 << place % 8]) + content[place + 1 :])
        try:
            backup.check(small)
        except GovernError:
            refused += 1
        else:
            # What a zip says beside its parts, such as when they were made, nobody reads.
            assert parts(small) == whole

    assert refused > len(content) / 3 * 0.9


def swap_blob(held: dict[str, bytes]) -> None:
    name = next(name for name in held if name.startswith("blobs/"))
    held[name] = b"another model"


def drop_blob(held: dict[str, bytes]) -> None:
    del held[next(name for name in held if name.startswith("blobs/"))]


def edit_entry(held: dict[str, bytes]) -> None:
    name = "log/tile/entries/000"
    held[name] = held[name].replace(b"Z", b"Y", 1)


def drop_entries(held: dict[str, bytes]) -> None:
    del held["log/tile/entries/001.p/45"]


def edit_tile(held: dict[str, bytes]) -> None:
    held["log/tile/0/000"] = bytes(32) + held["log/tile/0/000"][32:]


def drop_checkpoint(held: dict[str, bytes]) -> None:
    length = 2 + int.from_bytes(held["checkpoints"][:2])
    held["checkpoints"] = held["checkpoints"][length:]


def drop_last_checkpoint(held: dict[str, bytes]) -> None:
    first = 2 + int.from_bytes(held["checkpoints"][:2])
    second = first + 2 + int.from_bytes(held["checkpoints"][first : first + 2])
    held["checkpoints"] = held["checkpoints"][:second]
    held["manifest.json"] = held["manifest.json"].replace(b'"checkpoints":3', b'"checkpoints":2')


def cut_checkpoints(held: dict[str, bytes]) -> None:
    held["checkpoints"] = held["checkpoints"][:-20]


def repeat_checkpoint(held: dict[str, bytes]) -> None:
    held["checkpoints"] *= 2


def forge_checkpoint(held: dict[str, bytes]) -> None:
    note = sign_note(str(Checkpoint(LOG_KEY.name, 1, leaf_hash(b"another beginning"))), LOG_KEY.name, LOG_PEN.private)
    length = 2 + int.from_bytes(held["checkpoints"][:2])
    held["checkpoints"] = len(note).to_bytes(2) + note + held["checkpoints"][length:]


def swap_head(held: dict[str, bytes]) -> None:
    length = 2 + int.from_bytes(held["checkpoints"][:2])
    held["log/checkpoint"] = held["checkpoints"][2:length]


def drop_person(held: dict[str, bytes]) -> None:
    held["identities.json"] = b"[]"


def break_people(held: dict[str, bytes]) -> None:
    held["identities.json"] = b"[{}]"


def drop_people(held: dict[str, bytes]) -> None:
    del held["identities.json"]


def other_key(held: dict[str, bytes]) -> None:
    stranger = VerifierKey(LOG_KEY.name, KeyType.ED25519, Pen.from_seed(bytes(32)).public.raw)
    held["manifest.json"] = held["manifest.json"].replace(str(LOG_KEY).encode(), str(stranger).encode())


def other_anchor(held: dict[str, bytes]) -> None:
    anchor = json.loads(held["manifest.json"])["anchor"].encode()
    held["manifest.json"] = held["manifest.json"].replace(anchor, b"ab" * 32)


def later_schema(held: dict[str, bytes]) -> None:
    held["manifest.json"] = held["manifest.json"].replace(b"backup/v1", b"backup/v2")


def no_parts(held: dict[str, bytes]) -> None:
    held["manifest.json"] = b'{"parts":[]}'


def no_manifest(held: dict[str, bytes]) -> None:
    del held["manifest.json"]


def climb_out(held: dict[str, bytes]) -> None:
    held["../../etc/passwd"] = b"root::0:0"


@pytest.mark.parametrize(("change", "honest", "message"), [
    pytest.param(swap_blob, False, "blobs/.* has 13 bytes, the manifest says", id="a blob swapped"),
    pytest.param(swap_blob, True, "content of blobs/.* is .*, it should be", id="and the manifest"),
    pytest.param(drop_blob, False, "blobs/.* is missing", id="a blob dropped"),
    pytest.param(drop_blob, True, "number of blobs in the manifest is 3, it should be 2", id="a blob dropped honestly"),
    pytest.param(edit_entry, False, "log/tile/entries/000 is sha256:", id="an entry edited"),
    pytest.param(edit_entry, True, "the first 301 entries have the root", id="an entry edited and the manifest"),
    pytest.param(drop_entries, True, "the export has no tile/entries/001.p/45", id="the last entries dropped"),
    pytest.param(edit_tile, True, "tile/0/000 is not over the entries", id="a tile edited"),
    pytest.param(drop_checkpoint, True, "number of checkpoints in the manifest is 3, it should be 2", id="a checkpoint dropped"),
    pytest.param(drop_last_checkpoint, True, "size of the last checkpoint is 201, it should be 301", id="the last dropped"),
    pytest.param(cut_checkpoints, True, "checkpoint 2 is not readable", id="the checkpoints cut short"),
    pytest.param(repeat_checkpoint, True, "checkpoint 3 is of 1 entries, after one of 301", id="checkpoints repeated"),
    pytest.param(forge_checkpoint, True, "the first 1 entries have the root", id="a checkpoint signed with the stolen key"),
    pytest.param(swap_head, True, "log/checkpoint is", id="an older head"),
    pytest.param(drop_person, True, "number of identities in the manifest is 3, it should be 0", id="a person dropped"),
    pytest.param(break_people, True, "identities.json is not readable", id="persons without names"),
    pytest.param(drop_people, True, "identities.json is missing", id="no persons"),
    pytest.param(other_key, False, "no key given has signed this note", id="another log's key"),
    pytest.param(other_anchor, False, "anchor is", id="another anchor"),
    pytest.param(later_schema, False, "its manifest is not readable: it is not one of the form", id="a later schema"),
    pytest.param(no_parts, False, "its manifest is not readable: it lacks", id="a manifest without parts"),
    pytest.param(no_manifest, False, "it has no manifest", id="no manifest"),
    pytest.param(climb_out, False, "it holds '../../etc/passwd', which no backup does", id="a path out of the folder"),
])  # fmt: skip
def test_a_backup_that_was_edited_is_refused_by_name(
    saved: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], honest: bool, message: str
) -> None:
    edited = rewritten(saved, change, honest=honest)

    for attempt in (lambda: backup.check(edited), lambda: backup.restore(edited, tmp_path / "restored")):
        with pytest.raises((Tampered, InvalidInput), match=message):
            attempt()

    assert list(tmp_path.iterdir()) == []


def test_a_zip_that_unpacks_to_more_than_it_is_is_refused(saved: Path, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("checkpoints", bytes(10_000_000))
    with pytest.raises(Tampered, match="checkpoints is compressed or encrypted"):
        backup.check(bomb)

    with zipfile.ZipFile(bomb, "w") as out:
        out.writestr("checkpoints", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            out.writestr("checkpoints", b"2")
    with pytest.raises(Tampered, match="it holds two parts of one name"):
        backup.check(bomb)


@pytest.mark.parametrize("milliseconds", [150, 400, 700])
def test_a_restore_that_was_killed_leaves_no_ledger(saved: Path, tmp_path: Path, milliseconds: int) -> None:
    code = f"""
from pathlib import Path
from govern.storage import backup
print(flush=True)
backup.restore(Path({str(saved)!r}), Path({str(tmp_path / "restored")!r}))
"""
    restoring = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert restoring.stdout is not None
    restoring.stdout.readline()
    time.sleep(milliseconds / 1000 / 4)
    restoring.send_signal(signal.SIGKILL)
    restoring.communicate()

    if (tmp_path / "restored").exists():
        assert Folder.read(tmp_path / "restored").vkey == LOG_KEY
    else:
        assert backup.restore(saved, tmp_path / "restored").vkey == LOG_KEY
