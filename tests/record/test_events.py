"""Events: one spelling for each, frozen; whatever else is offered is refused with the field that is wrong."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import GovernError, InvalidInput, Kind, Tampered
from govern.ledger.strict import canonical
from govern.record.events import BASE, BODIES, Event, EventKind
from govern.record.models import RegisterVersion
from tests.record.samples import RAE, RAE_AGAIN, sample

GOLDEN = Path(__file__).parents[1] / "vectors/golden/events"

Change = tuple[str, tuple[str | int, ...], Any]
"""The name of a mutation, where it strikes, and the statement that it leaves."""

MAY_BE_EMPTY = {
    "jurisdictions",
    "passedTests",
    "warnedTests",
    "failedTests",
    "software",
    "before of a change",
    "after of a change",
}
MAY_BE_ABSENT = {
    "because",
    "environment",
    "method",
    "parent",
    "policies",
    "productionRole",
    "reason",
    "subjectSeq",
    "identityCommitment of the signer",
    "signedOffline",
    "action",
    "meaning",
    "dossier",
    "suspectSince",
    "registrars",
    "about of reset-key",
    "about of rotate-key",
    "about of revoke-key",
    "words",
}
"""Optional in the format; where a rule asks for one, admission does."""

OTHER_TYPES: dict[type, list[Any]] = {
    str: [None, 1, True, "", [], {}, ["x"]],
    int: [None, "1", -1, True, [], {}, 2**53, 10**30],
    bool: [None, 0, 1, "true", []],
    dict: [None, 1, "x", []],
    list: [None, 1, "x", {}, []],
}


def golden(kind: EventKind) -> bytes:
    return (GOLDEN / f"{kind}.json").read_bytes()


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key), part
        yield from places(part, (*path, key))


def changed(value: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:
    value = copy.deepcopy(value)
    owner = value
    for step in path[:-1]:
        owner = owner[step]
    change(owner, path[-1])
    return value


def put(part: Any) -> Callable[[Any, Any], None]:
    return lambda owner, key: owner.__setitem__(key, part)


def rename(name: str) -> Callable[[Any, Any], None]:
    return lambda owner, key: owner.__setitem__(name, owner.pop(key))


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def mutations(value: Any) -> Iterator[Change]:
    for path, part in places(value):
        here = ".".join(map(str, path))
        for other in OTHER_TYPES[type(part)]:
            if other != part or type(other) is not type(part):
                yield f"{here} as {other!r}", path, changed(value, path, put(other))
        if isinstance(part, dict):
            yield f"{here} with one more field", path, changed(value, (*path, "more"), put("x"))
        if isinstance(path[-1], int):
            continue
        yield f"{here} dropped", path, changed(value, path, lambda owner, key: owner.pop(key))
        for other in {snake(path[-1]), path[-1].upper(), f"{path[-1]} "} - {path[-1]}:
            yield f"{here} as {other}", path, changed(value, path, rename(other))


def is_optional(kind: EventKind, name: str, path: tuple[str | int, ...]) -> bool:
    word = f"{path[-1]} of the signer" if "signer" in path else str(path[-1])
    word = f"about of {kind}" if word == "about" else f"{word} of a change" if "changes" in path else word
    return (name.endswith(" dropped") and word in MAY_BE_ABSENT) or (name.endswith(" as []") and word in MAY_BE_EMPTY)


def parsed(statement: Any) -> Event | GovernError:
    try:
        # Not `canonical`, which refuses to write some of what has to be refused when it is read.
        return Event.parse(json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    except GovernError as error:
        return error


def require_sentence(error: GovernError) -> None:
    text = error.message
    assert "\n" not in text
    assert not text.endswith(".")
    assert not text[0].isupper()
    assert len(text) < 400


@pytest.mark.parametrize("kind", EventKind)
def test_the_golden_statement_is_read_and_written_as_ever(kind: EventKind) -> None:
    event = Event.parse(golden(kind))

    assert event == sample(kind)
    assert event.kind is kind
    assert bytes(event) == bytes(sample(kind)) == golden(kind)


def test_the_golden_statement_of_a_version_by_reference_is_read_and_written_as_ever() -> None:
    content = (GOLDEN.parent / "by-reference.json").read_bytes()
    event, kept = Event.parse(content), sample(EventKind.VERSION)
    assert isinstance(event.body, RegisterVersion)
    assert isinstance(kept.body, RegisterVersion)

    files = [one.model_copy(update={"by_reference": True}) for one in kept.body.artefacts]
    assert event == replace(kept, body=kept.body.model_copy(update={"artefacts": tuple(files)}))
    assert bytes(event) == content
    with pytest.raises(InvalidInput, match=r"byReference is wrong: what is not so is left out, not false"):
        Event.parse(content.replace(b'"byReference":true', b'"byReference":false'))


def test_every_kind_has_its_golden_statement_and_its_body() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EventKind) == set(BODIES)


@pytest.mark.parametrize("kind", EventKind)
def test_every_mutation_of_a_statement_is_refused_and_names_the_field(kind: EventKind) -> None:
    value = json.loads(golden(kind))
    for name, path, statement in mutations(value):
        outcome = parsed(statement)
        if is_optional(kind, name, path):
            assert isinstance(outcome, Event), name
            assert bytes(outcome) == canonical(statement)
            continue
        assert isinstance(outcome, InvalidInput | Tampered), name
        require_sentence(outcome)
        if path[0] == "subject":
            assert "subject" in outcome.message or "integer" in outcome.message, (name, outcome.message)
        elif len(path) > 1 and "integer" not in outcome.message:
            words = {str(step) for step in path[-2:]} | {snake(str(path[-1])), str(path[-1]).upper(), "which entry"}
            words |= {"subject"} if "artefacts" in path else set()
            named = any(word in outcome.message for word in words) or "under another name" in outcome.message
            assert named, (name, outcome.message)


@pytest.mark.parametrize("kind", EventKind)
def test_every_flipped_bit_of_a_statement_is_refused_or_says_something_else(kind: EventKind) -> None:
    content = golden(kind)
    for bit in range(0, 8 * len(content), 11):
        touched = bytearray(content)
        touched[bit // 8] ^= 1 << bit % 8
        try:
            event = Event.parse(bytes(touched))
        except GovernError as error:
            require_sentence(error)
            continue
        assert bytes(event) == bytes(touched)
        assert event != sample(kind)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param('"size":9', '"size":9.0', "9.0 is not an integer", id="float"),
        pytest.param('"size":9', '"size":9e0', "9e0 is not an integer", id="exponent"),
        pytest.param('"size":9', '"size":-0', "not in its canonical spelling", id="minus zero"),
        pytest.param('"size":9', '"size":09', "is not JSON", id="leading zero"),
        pytest.param('"size":9', f'"size":{2**53}', "beyond 2", id="2**53"),
        pytest.param('"size":9', '"size":' + "9" * 5000, "is not JSON", id="five thousand digits"),
        pytest.param('"size":9', '"size":NaN', "NaN is not an integer", id="NaN"),
        pytest.param('"size":9', '"size":9,"size":9', "not in its canonical spelling", id="a key twice"),
        pytest.param('"size":9', '"size": 9', "not in its canonical spelling", id="a space"),
        pytest.param("risk-officer", "r\\u0069sk-officer", "not in its canonical spelling", id="an escaped letter"),
        pytest.param("risk-officer", "Risk-Officer", "roles.0 is wrong: 'Risk-Officer' is not a role", id="capitals"),
        pytest.param('"validator"', '"risk-officer"', "roles is wrong: a name stands there twice", id="a role twice"),
        pytest.param("-7249-", "-4249-", "govern.eventId is wrong", id="a random UUID"),
        pytest.param("+08:00", "+08:10", "govern.signedAtOffset is wrong", id="an offset nobody has"),
        pytest.param("+08:00", "+15:00", "govern.signedAtOffset is wrong", id="an offset too far"),
        pytest.param("+08:00", "-00:00", "govern.signedAtOffset is wrong", id="minus zero hours"),
        pytest.param("+08:00", "Z", "govern.signedAtOffset is wrong", id="an offset as Z"),
        pytest.param('+08:00"', '+08:00","signedOffline":false', "govern.signedOffline is wrong: what is not so is left out", id="a flag that says no"),
        pytest.param("12.345Z", "12.345678Z", "govern.signedAt is wrong", id="microseconds"),
        pytest.param("12.345Z", "12.345+00:00", "govern.signedAt is wrong", id="a time with an offset"),
        pytest.param('"2026-11-20T09:05:12.345Z","signedAtO', '1795165512,"signedAtO', "govern.signedAt is wrong: expected text", id="a time as a number"),
        pytest.param(RAE.id, RAE.id.upper(), "predicate.person is wrong", id="an id in capitals"),
        pytest.param(RAE.id, "rae", "predicate.person is wrong: 'rae' is not a person's id", id="a name for an id"),
        pytest.param("sha256:d504", "sha256:D504", "identityCommitment is wrong", id="a digest in capitals"),
        pytest.param("sha256:d504", "sha512:d504", "identityCommitment is wrong", id="another digest"),
        pytest.param('"reason":"badge seen', '"reason":"' + "x" * 2000, "govern.reason is wrong", id="a reason too long"),
        pytest.param("predicateType", "predicatetype", "no in-toto statement with", id="another field"),
    ],
)  # fmt: skip
def test_a_strange_spelling_is_refused(old: str, new: str, message: str) -> None:
    statement = golden(EventKind.ENROL).decode()
    if old == "-7249-":
        old, new = re.findall(r"-7[0-9a-f]{3}-", statement)[0], "-4249-"
    elif old.startswith("sha256:"):
        digest = str(sample(EventKind.ENROL).govern.signer.identity_commitment)
        old, new = digest, new[:7] + (digest[7:].upper() if new[7].isupper() else digest[7:])
    assert old in statement

    with pytest.raises(InvalidInput, match=re.escape(message)) as caught:
        Event.parse(statement.replace(old, new).encode())

    require_sentence(caught.value)


@pytest.mark.parametrize(
    "type_",
    [f"{BASE}enrol/v2", f"{BASE}enrol/v1 ", f"{BASE}Enrol/v1", f"{BASE}approve/v1", "https://slsa.dev/provenance/v1", "", None, 7, ["x"], "\n" * 999],
    ids=str,
)  # fmt: skip
def test_an_unknown_predicate_type_is_refused_as_a_downgrade(type_: object) -> None:
    value = json.loads(golden(EventKind.ENROL)) | {"predicateType": type_}

    with pytest.raises(Tampered, match=r"the predicate type .* is unknown") as caught:
        Event.parse(canonical(value))

    assert caught.value.kind is Kind.DOWNGRADED
    require_sentence(caught.value)


def test_an_older_statement_type_is_refused_as_a_downgrade() -> None:
    value = json.loads(golden(EventKind.ENROL)) | {"_type": "https://in-toto.io/Statement/v0.1"}

    with pytest.raises(Tampered, match=r"the statement type is 'https://in-toto.io/Statement/v0.1', not") as caught:
        Event.parse(canonical(value))

    assert caught.value.kind is Kind.DOWNGRADED


@pytest.mark.parametrize("kind", EventKind)
def test_a_statement_about_something_else_is_refused(kind: EventKind) -> None:
    value = json.loads(golden(kind))
    name, digest = value["subject"][0]["name"], value["subject"][0]["digest"]["sha256"]
    others: list[Any] = [
        [{"name": name + "x", "digest": {"sha256": digest}}],
        [{"name": name, "digest": {"sha256": digest[::-1]}}],
        [{"name": name, "digest": {"sha256": digest.upper()}}],
        [{"name": name, "digest": {"sha256": digest, "sha512": digest}}],
        value["subject"] * 2,
        [],
    ]
    for other in others:
        if other != value["subject"]:
            with pytest.raises(InvalidInput, match="subject is not what the event is about"):
                Event.parse(canonical(value | {"subject": other}))


def test_the_body_of_one_kind_is_not_read_as_another() -> None:
    for kind in EventKind:
        value = json.loads(golden(kind))
        for other in set(EventKind) - {kind}:
            try:
                event = Event.parse(canonical(value | {"predicateType": f"{BASE}{other}/v1"}))
            except GovernError:
                continue
            # The same fields may mean two things; the type is inside what was signed, so nobody can exchange it.
            assert event.kind is other
            assert bytes(event) != golden(kind)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_whatever_json_it_is_there_is_no_traceback(value: Any) -> None:
    outcome = parsed(value)
    inside = parsed({"_type": "https://in-toto.io/Statement/v1", "predicate": value, "predicateType": f"{BASE}enrol/v1", "subject": value})  # fmt: skip
    under = parsed(
        json.loads(golden(EventKind.GRANT)) | {"predicate": {"govern": value, "person": value, "roles": value}}
    )

    assert isinstance(outcome, GovernError)
    assert isinstance(inside, GovernError)
    assert isinstance(under, GovernError)


@given(st.binary(max_size=200))
def test_whatever_bytes_they_are_there_is_no_traceback(content: bytes) -> None:
    with pytest.raises(GovernError):
        Event.parse(content)


def test_an_unknown_field_cannot_write_on_the_terminal() -> None:
    value = json.loads(golden(EventKind.GRANT))
    value["predicate"]["\x1b[2J\nOK everything that was checked holds"] = 1

    with pytest.raises(InvalidInput, match="extra inputs are not permitted") as caught:
        Event.parse(canonical(value))

    require_sentence(caught.value)
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize("char", ["\x1b", "\x00", "\u202e", "\u200b"], ids=ascii)
def test_a_reason_holds_nothing_that_cannot_be_seen(char: str) -> None:
    value = json.loads(golden(EventKind.GRANT))
    value["predicate"]["govern"]["reason"] = f"because{char}"

    with pytest.raises(InvalidInput, match=r"govern\.reason is wrong: the character U\+") as caught:
        Event.parse(canonical(value))

    require_sentence(caught.value)
    assert char not in caught.value.message


def test_new_keys_are_those_that_the_event_brings_in() -> None:
    assert [key.person for key in sample(EventKind.ROOT).new_keys()] == [
        "p-7xxegdkaxvl552wb",
        sample(EventKind.ROOT).new_keys()[1].person,
    ]
    assert sample(EventKind.ENROL).new_keys() == (RAE.new_key,)
    assert sample(EventKind.ROTATE_KEY).new_keys() == sample(EventKind.RESET_KEY).new_keys() == (RAE_AGAIN.new_key,)
    root = sample(EventKind.ROOT)
    assert replace(root, body=root.body.model_copy(update={"registrars": None})).new_keys() == ()
    for kind in set(EventKind) - {EventKind.ROOT, EventKind.ENROL, EventKind.ROTATE_KEY, EventKind.RESET_KEY}:
        assert sample(kind).new_keys() == ()
