"""What events about people, keys and the root of trust add to the fields that all events share."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from govern.record.fields import (
    Count,
    Day,
    Hashed,
    Instant,
    KeyId,
    Part,
    Person,
    Public,
    Raw,
    RoleName,
    Roles,
    Some,
    Vkey,
    Word,
)
from govern.record.identity import NewKey


class KeyPart(Part):
    """A new key with the proof that its owner holds it; the commitment is inside what the key signed."""

    public_key: Public
    identity_commitment: Hashed
    requested_at: Instant
    possession: Raw


class Founder(Part):
    """A registrar whom the genesis names."""

    person: Person
    key: KeyPart


class Root(Part):
    """The root of trust: the log's keys, how many registrars must sign, and in version 1 who they are."""

    version: Annotated[StrictInt, Field(ge=1, lt=2**31)]
    log_keys: Annotated[tuple[Vkey, ...], Field(min_length=1, max_length=4)]
    threshold: Annotated[StrictInt, Field(ge=1, le=16)]
    registrars: Annotated[tuple[Founder, ...] | None, Some, Field(min_length=1, max_length=16)] = None
    policy: Word


class Enrol(Part):
    """A new person with a key and roles."""

    person: Person
    key: KeyPart
    roles: Roles


class ResetKey(Part):
    """A new key for a person who lost the old one; all earlier keys end here."""

    person: Person
    key: KeyPart


class RotateKey(Part):
    """A new key from a person who still holds the old one; both sign."""

    person: Person
    key: KeyPart


class RevokeKey(Part):
    """The end of a key; `suspect_since` flags what it signed from that entry on."""

    person: Person
    keyid: KeyId
    cause: Literal["retired", "left", "lost", "compromised"]
    suspect_since: Annotated[Count | None, Some] = None


class Grant(Part):
    """Further roles for a person."""

    person: Person
    roles: Roles


class Withdraw(Part):
    """Roles that a person no longer has."""

    person: Person
    roles: Roles


class Lockout(Part):
    """Too many wrong passphrases for a person's key; said by the log."""

    person: Person
    failures: Annotated[StrictInt, Field(ge=1, lt=2**31)]


class Unlock(Part):
    """A registrar lets a locked person sign again."""

    person: Person


class Hold(Part):
    """A legal hold on a person's identity, placed or lifted: while it stands, nothing of it is erased."""

    person: Person
    held: StrictBool


class Erase(Part):
    """A person's identity record and salt are removed; the id and the signatures stay."""

    person: Person


class Reaffirm(Part):
    """What becomes of an entry that a suspect key signed: it stands, or it is disowned."""

    keyid: KeyId
    stands: StrictBool


class Deputise(Part):
    """Somebody is looked after, in a role, by another who holds it themselves: from a day to a day, both included."""

    person: Person
    role: RoleName
    first: Day
    last: Day


class EndDeputy(Part):
    """A deputy, whom an entry named, is none from here on, before the last day that was said."""

    person: Person
    deputy: Count


class TrailReview(Part):
    """Somebody read the audit trail from `first` to `last`."""

    first: Count
    last: Count


class Refusal(Part):
    """An event that admission refused; said by the log, and rate-limited."""

    person: Person
    refused: Word
    code: Word
    envelope: Hashed


def key_part(key: NewKey) -> KeyPart:
    return KeyPart(
        public_key=key.public,
        identity_commitment=key.commitment,
        requested_at=key.requested_at,
        possession=key.possession,
    )


def new_key(person: str, part: KeyPart) -> NewKey:
    return NewKey(person, part.public_key, part.identity_commitment, part.requested_at, part.possession)
