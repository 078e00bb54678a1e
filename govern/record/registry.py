"""What the book adds up to: people, keys, roles and the root of trust, as a pure fold over admitted events.

`apply` cannot fail on an admitted event. A registry is immutable: a refusal costs nothing, and any past one can be kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from pydantic_core import from_json
from rpds import HashTrieMap

from govern.ledger.envelope import Entry
from govern.ledger.keys import PublicKey, spki_of_ed25519
from govern.ledger.note import VerifierKey
from govern.ledger.strict import Digest, canonical, decode64, encode64, read_time, write_time
from govern.record.events import new_keys
from govern.record.identity import NewKey, Role
from govern.record.inventory import Inventory, Signer
from govern.record.known import Gist, Known
from govern.record.people import (
    Enrol,
    Erase,
    Grant,
    Hold,
    Lockout,
    Reaffirm,
    Refusal,
    ResetKey,
    RevokeKey,
    Root,
    RotateKey,
    Unlock,
    Withdraw,
)
from govern.record.progress import Said, weighed
from govern.record.progress import apply as gone_on

SNAPSHOT_SCHEMA = "govern/registry/v6"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a person: from which entry on it may sign, and until when."""

    public: PublicKey
    entry: int
    revoked: int | None = None
    suspect_since: int | None = None

    @property
    def in_force(self) -> bool:
        return self.revoked is None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign; ``seq`` counts the events that changed what this says."""

    id: str
    commitment: Digest
    enrolment: int
    enrolment_leaf: bytes
    keys: tuple[Key, ...]
    roles: frozenset[str]
    seq: int = 0
    locked: bool = False
    held: bool = False
    erased: bool = False

    def key(self, keyid: str) -> Key:
        return next(key for key in self.keys if key.public.keyid == keyid)

    @property
    def may_sign(self) -> bool:
        return not self.locked and not self.erased and any(key.in_force for key in self.keys)


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything that the first ``size`` entries add up to."""

    size: int = 0
    origin: str = ""
    anchor: bytes = b""
    root_version: int = 0
    root_entry: int = 0
    threshold: int = 1
    policy: str = ""
    roots: tuple[tuple[int, tuple[VerifierKey, ...]], ...] = ()
    """Each root's entry and the keys of the log that it names."""
    last_recorded: datetime = LONG_AGO
    people: "HashTrieMap[str, Person]" = field(default_factory=HashTrieMap)
    owners: "HashTrieMap[str, str]" = field(default_factory=HashTrieMap)
    """Person of each keyid, revoked keys included."""
    settled: frozenset[tuple[str, int]] = frozenset()
    """Entries by suspect keys that were affirmed or disowned since: keyid and index."""
    disowned: frozenset[tuple[str, int]] = frozenset()
    """Of these, those that their person said are not theirs."""
    inventory: Inventory = field(default_factory=Inventory)
    refusals: "HashTrieMap[str, datetime]" = field(default_factory=HashTrieMap)
    """When a refusal was last recorded, by person and code."""

    @property
    def registrars(self) -> tuple[Person, ...]:
        return tuple(one for one in self.everybody if Role.ADMINISTRATOR in one.roles and one.may_sign)

    @property
    def everybody(self) -> list[Person]:
        """Return all people in the order in which they came."""
        return sorted(self.people.values(), key=lambda one: (one.enrolment, one.id))

    @property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        return self.log_keys_at(self.size)

    def log_keys_at(self, size: int) -> tuple[VerifierKey, ...]:
        """Return the keys that the log signed with when it had ``size`` entries."""
        return next((keys for entry, keys in reversed(self.roots) if entry < size), ())

    def public_key(self, keyid: str) -> PublicKey | None:
        """Return the key with this keyid, in force or not: a person's, or the log's."""
        if keyid in self.owners:
            return self.people[self.owners[keyid]].key(keyid).public
        return self._log_publics().get(keyid)

    def is_log_key(self, keyid: str) -> bool:
        return keyid in self._log_publics()

    def suspects(self) -> Iterator[tuple[PublicKey, int]]:
        """Yield every key that was revoked as suspect, with the first entry from which on it is not trusted."""
        for person in self.everybody:
            for key in person.keys:
                if key.suspect_since is not None:
                    yield key.public, key.suspect_since

    def is_suspect(self, keyid: str, index: int) -> bool:
        """Say whether a signature may have been somebody else's, and nobody said yet whose it is."""
        person = self.people.get(self.owners.get(keyid, ""))
        since = person.key(keyid).suspect_since if person else None
        return since is not None and index >= since and (keyid, index) not in self.settled

    def is_trusted(self, one: Signer) -> bool:
        """Say whether a signature is taken for its person's own."""
        return self.trusts(one.keyid, one.entry)

    def trusts(self, keyid: str, index: int) -> bool:
        """Say whether what a key signed in an entry is taken for its person's own."""
        return (keyid, index) not in self.disowned and not self.is_suspect(keyid, index)

    def _log_publics(self) -> dict[str, PublicKey]:
        publics = (PublicKey(spki_of_ed25519(vkey.public)) for vkey in self.log_keys)
        return {public.keyid: public for public in publics}

    def snapshot(self) -> bytes:
        """Return the registry as canonical JSON; `restore` is its inverse."""
        return canonical(
            {
                "schema": SNAPSHOT_SCHEMA,
                "size": self.size,
                "origin": self.origin,
                "anchor": encode64(self.anchor),
                "root": [self.root_version, self.root_entry, self.threshold, self.policy],
                "roots": [[entry, [str(vkey) for vkey in keys]] for entry, keys in self.roots],
                "lastRecorded": write_time(self.last_recorded),
                "people": [_person_value(one) for one in self.everybody],
                "settled": sorted([keyid, index] for keyid, index in self.settled),
                "disowned": sorted([keyid, index] for keyid, index in self.disowned),
                "inventory": self.inventory.value(),
                "refusals": {name: write_time(at) for name, at in sorted(self.refusals.items())},
            }
        )

    @classmethod
    def restore(cls, content: bytes) -> Self:
        value = from_json(content)
        version, root_entry, threshold, policy = value["root"]
        people = [_read_person(one) for one in value["people"]]
        return cls(
            size=value["size"],
            origin=value["origin"],
            anchor=decode64(value["anchor"]),
            root_version=version,
            root_entry=root_entry,
            threshold=threshold,
            policy=policy,
            roots=tuple((entry, tuple(map(VerifierKey.parse, texts))) for entry, texts in value["roots"]),
            last_recorded=read_time(value["lastRecorded"]),
            people=HashTrieMap((one.id, one) for one in people),
            owners=HashTrieMap((key.public.keyid, one.id) for one in people for key in one.keys),
            settled=frozenset((keyid, index) for keyid, index in value["settled"]),
            disowned=frozenset((keyid, index) for keyid, index in value["disowned"]),
            inventory=Inventory.read(value["inventory"]),
            refusals=HashTrieMap((name, read_time(at)) for name, at in value["refusals"].items()),
        )


def apply(registry: Registry, entry: Entry, event: Known, leaf_hash: bytes) -> Registry:
    """Return the registry after an admitted entry, whose event and leaf hash are given too."""
    index, recorded_at = entry.index, entry.recorded_at
    inventory = gone_on(registry.inventory, event.body, _said(registry, entry, event.gist, leaf_hash))
    registry = replace(registry, size=index + 1, last_recorded=recorded_at, inventory=inventory)
    match event.body:
        case Root() as root:
            return _with_root(registry, root, event, index, leaf_hash)
        case Enrol(roles=roles):
            (key,) = new_keys(event.body)
            return _with_person(registry, _enrolled(key, frozenset(roles), index, leaf_hash))
        case ResetKey(person=person):
            (key,) = new_keys(event.body)
            keys = (*_ended(registry.people[person], index), Key(key.public, index))
            return _changed(registry, person, keys=keys, commitment=key.commitment, locked=False)
        case RotateKey(person=person):
            (key,) = new_keys(event.body)
            return _changed(registry, person, keys=(*_ended(registry.people[person], index), Key(key.public, index)))
        case RevokeKey(person=person, keyid=keyid, suspect_since=since):
            keys = tuple(
                _revoked(key, index, since) if key.public.keyid == keyid else key
                for key in registry.people[person].keys
            )
            return _weighed(_changed(registry, person, keys=keys))
        case Grant(person=person, roles=roles):
            return _changed(registry, person, roles=registry.people[person].roles | set(roles))
        case Withdraw(person=person, roles=roles):
            return _changed(registry, person, roles=registry.people[person].roles - set(roles))
        case Lockout(person=person):
            return _changed(registry, person, locked=True)
        case Unlock(person=person):
            return _changed(registry, person, locked=False)
        case Hold(person=person, held=held):
            return _changed(registry, person, held=held)
        case Erase(person=person):
            return _changed(registry, person, erased=True)
        case Reaffirm(keyid=keyid, stands=stands):
            about = event.gist.about
            said = frozenset({(keyid, about.index)} if about else ())
            disowned = registry.disowned - said if stands else registry.disowned | said
            return _weighed(replace(registry, settled=registry.settled | said, disowned=disowned))
        case Refusal(person=person, code=code):
            return replace(registry, refusals=registry.refusals.insert(f"{person} {code}", recorded_at))
        case _:
            return registry


def _weighed(registry: Registry) -> Registry:
    """Return the registry with policies, findings and conditions as they are once a key is trusted no longer, or again."""
    return replace(registry, inventory=weighed(registry.inventory, registry.trusts))


def _said(registry: Registry, entry: Entry, gist: Gist, leaf_hash: bytes) -> Said:
    keyids = [one.keyid for one in entry.envelope.signatures]
    people = ((registry.people[registry.owners[keyid]], keyid) for keyid in keyids if keyid in registry.owners)
    signers = tuple(Signer(one.id, one.roles, keyid, entry.index) for one, keyid in people)
    keyid = next(iter(keyids), "")
    return Said(entry.index, gist, entry.recorded_at, leaf_hash, keyid, signers)


def _with_root(registry: Registry, root: Root, event: Known, index: int, leaf_hash: bytes) -> Registry:
    registry = replace(
        registry,
        origin=event.gist.log_origin,
        anchor=registry.anchor or leaf_hash,
        root_version=root.version,
        root_entry=index,
        threshold=root.threshold,
        policy=root.policy,
        roots=(*registry.roots, (index, root.log_keys)),
    )
    for key in new_keys(event.body):
        registry = _with_person(registry, _enrolled(key, frozenset({Role.ADMINISTRATOR.value}), index, leaf_hash))
    return registry


def _enrolled(key: NewKey, roles: frozenset[str], index: int, leaf_hash: bytes) -> Person:
    return Person(key.person, key.commitment, index, leaf_hash, (Key(key.public, index),), roles)


def _changed(registry: Registry, person: str, **changes: Any) -> Registry:
    before = registry.people[person]
    return _with_person(registry, replace(before, seq=before.seq + 1, **changes))


def _with_person(registry: Registry, person: Person) -> Registry:
    owners = {key.public.keyid: person.id for key in person.keys}
    return replace(registry, people=registry.people.insert(person.id, person), owners=registry.owners.update(owners))


def _ended(person: Person, index: int) -> tuple[Key, ...]:
    return tuple(_revoked(key, index, key.suspect_since) for key in person.keys)


def _revoked(key: Key, index: int, suspect_since: int | None) -> Key:
    return replace(key, revoked=index if key.revoked is None else key.revoked, suspect_since=suspect_since)


def _person_value(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "commitment": str(person.commitment),
        "enrolment": [person.enrolment, encode64(person.enrolment_leaf)],
        "keys": [[encode64(key.public.spki), key.entry, key.revoked, key.suspect_since] for key in person.keys],
        "roles": sorted(person.roles),
        "seq": person.seq,
        "locked": person.locked,
        "held": person.held,
        "erased": person.erased,
    }


def _read_person(value: Any) -> Person:
    enrolment, leaf = value["enrolment"]
    return Person(
        value["id"],
        Digest.parse(value["commitment"]),
        enrolment,
        decode64(leaf),
        tuple(Key(PublicKey(decode64(spki)), entry, revoked, since) for spki, entry, revoked, since in value["keys"]),
        frozenset(value["roles"]),
        value["seq"],
        value["locked"],
        value["held"],
        value["erased"],
    )
