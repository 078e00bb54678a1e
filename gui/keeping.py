"""From the desk's words to who may sign with which keys, and to what is kept of the log outside its database."""

from collections.abc import Iterator

from govern import connection
from govern.connection import Near
from govern.desk import Desk
from govern.errors import GovernError
from govern.ledger.note import Checkpoint, Note, open_checkpoint
from govern.record.registry import Key as Registered
from govern.record.registry import Person as Enrolled
from gui import words
from gui.lists import Compared, Head, Integrity, Key, People, Person
from gui.reading import full_name
from gui.tones import Tone


def people(desk: Desk, near: Near) -> People:
    """Return everybody who is enrolled, in the order in which they came."""
    registry = desk.registry
    here = {key.public.keyid for key in connection.keys_here(near.folder)}
    return People(
        registry.size,
        tuple(_person(desk, one, here) for one in registry.everybody),
        registry.threshold,
        len(registry.registrars),
    )


def integrity(desk: Desk, near: Near, read_only: str) -> Integrity:
    """Return the head as the log signed it, and every head that is kept elsewhere."""
    registry, note = desk.registry, near.ledger.checkpoint()
    checkpoint = open_checkpoint(note, registry.log_keys)
    return Integrity(
        origin=registry.origin,
        anchor=registry.anchor.hex(),
        size=checkpoint.size,
        root=f"sha256:{checkpoint.root.hex()}",
        note=note.decode(),
        signed_by=tuple(str(key) for key in registry.log_keys),
        last=registry.last_recorded,
        heads=tuple(_head(desk, where, kept) for where, kept in connection.heads_outside(near.folder)),
        warning=near.warning,
        read_only=read_only,
    )


def compare(desk: Desk, text: str, how: str = "printed") -> Compared:
    """Say whether the ledger goes back to a checkpoint that somebody kept on paper."""
    note = f"{text.strip()}\n".replace("\r\n", "\n").encode()
    try:
        size = Checkpoint.parse(Note.parse(note).text).size
        checkpoint = open_checkpoint(note, desk.registry.log_keys_at(size) or desk.registry.log_keys)
        if checkpoint.size > desk.registry.size:
            lost = words.counted(checkpoint.size - desk.registry.size, "entry is", "entries are")
            return Compared(
                Tone.FAIL, f"The log signed {words.counted(checkpoint.size, 'entry', 'entries')}; {lost} missing here."
            )
        if desk.ledger.root(checkpoint.size) != checkpoint.root:
            return Compared(Tone.FAIL, f"The log signed another history: what stands here is not what was {how}.")
    except GovernError as error:
        return Compared(Tone.UNSURE, words.complaint(error))
    newer = desk.registry.size - checkpoint.size
    more = f"{words.counted(newer, 'entry was', 'entries were')} added since." if newer else "Nothing was added since."
    return Compared(
        Tone.PASS, f"The first {words.counted(checkpoint.size, 'entry', 'entries')} are what was {how}. {more}"
    )


def _head(desk: Desk, where: str, kept: bytes | None) -> Head:
    if kept is None:
        return Head(where, 0, agrees=False, text="Nothing is kept there")
    found = compare(desk, kept.decode(errors="replace"), "kept there")
    try:
        size = Checkpoint.parse(Note.parse(kept).text).size
    except GovernError:
        size = 0
    return Head(where, size, agrees=found.tone is Tone.PASS, text=found.text)


def _person(desk: Desk, one: Enrolled, here: set[str]) -> Person:
    tone, text = Tone.PASS, "Can sign"
    if one.erased:
        tone, text = Tone.NONE, "Erased: the id stays, and so do the signatures"
    elif one.locked:
        tone, text = Tone.FAIL, "Locked after too many wrong passphrases"
    elif not one.may_sign:
        tone, text = Tone.WARN, "Has no key in force"
    elif not one.roles:
        tone, text = Tone.WARN, "Holds no role"
    if one.held:
        text += "; under a legal hold"
    return Person(
        one.id,
        desk.handle(one.id),
        full_name(desk, one.id),
        tuple(sorted(one.roles)),
        tone,
        text,
        one.enrolment,
        tuple(_key(key, here) for key in reversed(one.keys)),
        tuple(_deputies(desk, one.id)),
    )


def _key(one: Registered, here: set[str]) -> Key:
    tone, text = Tone.PASS, f"In force since #{one.entry}"
    if one.suspect_since is not None:
        tone, text = Tone.FAIL, f"Ended in #{one.revoked}; suspect from #{one.suspect_since} on"
    elif one.revoked is not None:
        tone, text = Tone.NONE, f"In force from #{one.entry} to #{one.revoked}"
    return Key(one.public.keyid, one.entry, tone, text, one.public.keyid in here)


def _deputies(desk: Desk, id_: str) -> Iterator[str]:
    today = desk.clock().date()
    for one in desk.registry.inventory.deputies:
        if one.ended is not None or one.last < today or id_ not in {one.of, one.person}:
            continue
        when = f"from {words.date_(one.first)} to {words.date_(one.last)}, as {words.role(one.role)}"
        if one.of == id_:
            yield f"{full_name(desk, one.person)} is deputy {when}"
        else:
            yield f"Deputy of {full_name(desk, one.of)} {when}"
