"""What ``govern doctor`` looks at: each thing that has to be well, and the command that mends it if it is not."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from govern.errors import GovernError, Tampered
from govern.ledger.envelope import Entry
from govern.ledger.strict import Digest, write_time
from govern.record.filing import CLOCK_MAY_LAG
from govern.record.identity import Role
from govern.record.registry import Registry
from govern.storage import blobs, heads, identities, keystore, logkey
from govern.storage.folder import Folder
from govern.storage.local import LocalLedger, Mode
from govern.storage.store import SQLITE_VERSION, Store

NEWEST_TRIED = (3, 13)
LOW_DISK = 512 << 20
_DIGEST = re.compile(rb"sha256:[0-9a-f]{64}")
_READ_ONLY = "the ledger can be read, audited and backed up, and nothing is filed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    text: str
    mend: str = ""
    integrity: bool = False
    """Whether it fails because something is not what was signed, and not only set up badly."""


def look(folder: Folder | None, now: datetime) -> Iterator[Finding]:
    """Yield what is well and what is not, on this machine and in the ledger of ``folder``."""
    yield _python()
    if folder is None:
        yield Finding("ledger", True, "none here; nothing else to look at", "govern init FOLDER")
        return
    yield _disk(folder.path)
    yield _log_key(folder)
    yield _memory(folder)
    try:
        store = Store.open(folder.database_url)
    except GovernError as error:
        yield from _keys(folder, Registry())
        yield _failed("database", error)
        return
    try:
        yield from _ledger(folder, store, now)
    finally:
        store.close()


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    text = f"Python {version}, SQLite {SQLITE_VERSION}"
    if sys.version_info[:2] > NEWEST_TRIED:
        return Finding("python", False, f"{text}: newer than any that Govern was tried on", "use Python 3.11 to 3.13")
    return Finding("python", True, text)


def _disk(path: Path) -> Finding:
    free = shutil.disk_usage(path).free
    mend = f"make room on the disk of {path}; a full disk refuses entries and loses none"
    return Finding("disk", free > LOW_DISK, f"{free >> 20:,} MiB free", mend)


def _log_key(folder: Folder) -> Finding:
    try:
        logkey.vkey(folder.log_key_path)
        return Finding("log key", True, f"{folder.log_key_path}, readable by its owner alone")
    except GovernError as error:
        found = _failed("log key", error)
        return found if found.mend else replace(found, mend=f"put the log's key there; without it {_READ_ONLY}")


def _keys(folder: Folder, registry: Registry) -> Iterator[Finding]:
    for path in keystore.paths(folder.keys_path):
        try:
            key = keystore.read(path)
        except GovernError as error:
            yield _failed("key", error)
            continue
        person = registry.people.get(key.person)
        if person and person.erased:
            text = f"{key.person} was erased, and a key file that bears their name is here still; it signs nothing"
            yield Finding(
                "key", False, text, f"delete it: `grep -l {key.person} {folder.keys_path}/*` says which it is"
            )
        else:
            yield Finding("key", True, f"{key.handle}: {path.name}, {key.state}")


def _memory(folder: Folder) -> Finding:
    place = folder.state_path or heads.default_folder(os.environ, Path.home())
    existing = next(one for one in (place, *place.absolute().parents) if one.exists())
    mend = f"make {existing} writable, or name another place with state = ... in govern.toml"
    return Finding("memory", os.access(existing, os.W_OK), f"heads are remembered in {place}", mend)


def _ledger(folder: Folder, store: Store, now: datetime) -> Iterator[Finding]:
    try:
        ledger = LocalLedger.open(store, folder.lock_path, (folder.vkey,))
    except GovernError as error:
        yield from _keys(folder, Registry())
        yield _failed("ledger", error)
        return
    registry = Registry()
    with suppress(GovernError):
        registry = ledger.registry
    yield from _keys(folder, registry)
    if ledger.mode is Mode.RECOVERY and ledger.fault:
        yield _failed("ledger", ledger.fault)
    else:
        yield Finding(
            "ledger", True, f"{ledger.registry.size:,} entries; the head, the lock file and the last entries agree"
        )
    try:
        yield from _registry(folder, store, ledger.registry, now)
        yield _content(store, ledger)
    except GovernError as error:
        if not ledger.fault:
            yield _failed("registry", error)
    missing = ledger.missing_guards()
    text = f"{len(missing)} are gone, such as {missing[0]}" if missing else "all are up"
    yield Finding("guards", not missing, text, "govern audit", integrity=True)


def _content(store: Store, ledger: LocalLedger) -> Finding:
    """Say what is kept that no entry names: whoever kept it was refused, or broke off before the entry was filed."""
    named: set[bytes] = set()
    for leaf in ledger.entries():
        named.update(_DIGEST.findall(Entry.parse(leaf).envelope.payload))
    for version in ledger.registry.inventory.versions:
        # A manifest names what its version is made of; one that was touched is the audit's to name.
        with suppress(GovernError):
            named.update(_DIGEST.findall(b"".join(blobs.get(store, Digest.parse(version)))))
    kept = [str(digest).encode() in named for digest in blobs.digests(store)]
    half, loose = blobs.unfinished(store), kept.count(False)
    text = f"{len(kept):,} kept"
    if loose or half:
        text += f"; of commands that were refused or broke off {loose:,} that no entry names and {half:,} unfinished"
        text += ": harmless, and the same command again uses them"
    return Finding("content", True, text)


def _registry(folder: Folder, store: Store, registry: Registry, now: datetime) -> Iterator[Finding]:
    def handle(id_: str) -> str:
        known = identities.get(store, id_)
        return known.identity.handle if known else id_

    lag = registry.last_recorded - now
    text = f"{write_time(now.astimezone(UTC))}, the newest entry is from {write_time(registry.last_recorded)}"
    yield Finding("clock", lag <= CLOCK_MAY_LAG, text, "set this machine's clock; until then nothing is recorded")
    same = registry.anchor.hex() == folder.anchor
    yield Finding("anchor", same, f"{folder.anchor} in govern.toml", "govern audit", integrity=True)
    count = len(registry.registrars)
    text = f"{count} registrars, {registry.threshold} must sign for people who sign off"
    mend = "one registrar alone could invent approvers: enrol a second administrator, then `govern person threshold 2`"
    if count < registry.threshold:
        locked = [handle(one.id) for one in registry.everybody if one.locked and Role.ADMINISTRATOR in one.roles]
        text = f"{count} of the {registry.threshold} registrars who must sign can sign"
        text += f": {', '.join(locked)} {'is' if len(locked) == 1 else 'are'} locked" if locked else ""
        mend = "`govern person unlock NAME`, which whoever is left of the registrars may do alone; nothing else goes on"
        yield Finding("registrars", False, text, mend if count else "nobody is left to unlock or enrol anybody")
        return
    if registry.threshold > 1 and count <= registry.threshold:
        text += "; if one of them loses a key, nobody is left to reset it: a further administrator would help"
    yield Finding("registrars", registry.threshold > 1, text, mend)


def _failed(name: str, error: GovernError) -> Finding:
    return Finding(name, False, error.message, error.hint, isinstance(error, Tampered))
