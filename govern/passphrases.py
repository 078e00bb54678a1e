"""From a key file to a pen, by its passphrase; too many wrong ones in a row lock the person out, on record.

The file lies where its user can change it. So whom it names is believed only where the ledger knows its key as theirs: no
file locks out, or lets back in, anybody whose key it does not name.
"""

from contextlib import suppress

from govern.errors import NotAllowed
from govern.ledger.keys import Pen
from govern.record.draft import Moment
from govern.record.people import Lockout
from govern.storage import identities
from govern.storage.keystore import KeyFile
from govern.storage.local import LocalLedger, Mode
from govern.storage.store import Store

TRIES = 5
"""So many wrong passphrases in a row lock a person out."""


def opened(ledger: LocalLedger, store: Store, key: KeyFile, passphrase: str, now: Moment) -> Pen:
    """Return the pen in a key file."""
    person = ledger.registry.people.get(key.person)
    theirs = next((one for one in person.keys if one.public == key.public), None) if person else None
    if person and not theirs:
        known = identities.get(store, person.id)
        whose = known.identity.handle if known else person.id
        raise NotAllowed(
            f"{key.path.name} holds the key {key.public.keyid[:16]}, which is none that the ledger knows of {whose}",
            code="unknown_key",
            hint="a registrar enrols a new key: `govern person add NAME.request.json`; any other is not theirs",
        )
    if person and person.locked:
        raise NotAllowed(f"{key.handle} is locked after too many wrong passphrases", code="locked", hint=_ask(key))
    if theirs and not theirs.in_force:
        person = None  # it signs nothing any more, so it neither locks nor lets in
    try:
        pen = key.open(passphrase)
    except NotAllowed as error:
        if not person or error.code != "wrong_passphrase" or ledger.mode is not Mode.WRITABLE:
            raise
        raise _counted(ledger, store, key, error, now) from None
    if person and identities.attempts(store, person.id):
        identities.clear(store, person.id)
    return pen


def _counted(ledger: LocalLedger, store: Store, key: KeyFile, error: NotAllowed, now: Moment) -> NotAllowed:
    failures = identities.failed(store, key.person, now.now)
    if failures < TRIES:
        return NotAllowed(
            error.message, code=error.code, hint=f"{TRIES - failures} tries left before {key.handle} is locked"
        )
    # Of several who mistype at once one files it, and the others find it filed.
    with suppress(NotAllowed):
        ledger.say(Lockout(person=key.person, failures=failures), now.entropy)
    message = f"the passphrase is wrong, and {key.handle} is locked now: {failures} wrong ones in a row were counted"
    return NotAllowed(message, code="locked", hint=_ask(key))


def _ask(key: KeyFile) -> str:
    return f"ask a registrar to run `govern person unlock {key.handle}`"
