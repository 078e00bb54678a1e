"""Key files open with their passphrase, for their owner, exactly as they were written."""

import inspect
import json
import stat
import subprocess
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, Tampered, Unavailable
from govern.ledger.keys import Pen
from govern.ledger.strict import canonical, encode64
from govern.record.identity import person_id
from govern.storage import durable, keystore, logkey, secret
from govern.storage.keystore import State

NOW = datetime(2026, 11, 20, 9, 5, 12, 345000, tzinfo=UTC)
PERSON = person_id(b"0123456789")
PEN = Pen.from_seed(bytes(range(32)))
NEXT_PEN = Pen.from_seed(bytes(range(1, 33)))
ORIGIN = "log.example/bank"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a key file made with the real scrypt; the passphrase is ``demo``."""
    return keystore.add(tmp_path_factory.mktemp("real"), "ana", PERSON, PEN, "demo", now=NOW).path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace scrypt, for tests that open thousands of files."""

    def derived(passphrase: str, salt: bytes, n: int, r: int, p: int) -> tuple[bytes, bytes]:
        content = blake2b(passphrase.encode() + salt + b"%d %d %d" % (n, r, p)).digest()
        return content[:32], content[32:44]

    monkeypatch.setattr(secret, "_derived", derived)


@pytest.fixture
def ana(quick: None, tmp_path: Path) -> keystore.KeyFile:
    return keystore.add(tmp_path / "keys", "ana", PERSON, PEN, "demo", now=NOW)


@pytest.mark.usefixtures("quick")
def test_every_file_has_a_salt_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_salt", inspect.unwrap(secret._salt))

    files = [keystore.add(tmp_path / name, "ana", PERSON, PEN, "demo", now=NOW).path for name in ("one", "other")]

    one, other = (json.loads(path.read_bytes()) for path in files)
    for part, name in (("kdf", "salt"), ("cipher", "nonce")):
        assert one[part][name] != other[part][name]
    assert one["ciphertext"] != other["ciphertext"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rewritten(path: Path, **changes: Any) -> Path:
    value = json.loads(path.read_bytes())
    for name, change in changes.items():
        value[name] = value[name] | change if isinstance(change, dict) else change
    path.write_bytes(canonical(value))
    return path


def flips(content: bytes) -> Iterator[bytes]:
    for place in range(len(content)):
        for bit in range(8):
            yield content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def test_a_key_file_opens_with_its_passphrase(real: Path) -> None:
    found = keystore.find(real.parent, "ana")

    assert (found.handle, found.person, found.created, found.state) == ("ana", PERSON, NOW, State.ACTIVE)
    assert found.open("demo").seed == PEN.seed
    assert found.public == PEN.public


def test_a_key_file_says_what_the_format_says(real: Path) -> None:
    value = json.loads(real.read_bytes())

    assert set(value) == {"schema", "handle", "person", "publicKey", "created", "kdf", "cipher", "ciphertext"}
    assert (value["schema"], value["created"]) == ("govern/key/v1", "2026-11-20T09:05:12.345Z")
    assert value["publicKey"] == encode64(PEN.public.spki)
    assert {**value["kdf"], "salt": ""} == {"name": "scrypt", "n": 131072, "r": 8, "p": 1, "salt": ""}
    assert {**value["cipher"], "nonce": ""} == {"name": "chacha20-poly1305", "nonce": ""}
    assert encode64(PEN.seed).encode() not in real.read_bytes()


def test_a_wrong_passphrase_is_told_from_an_altered_file(real: Path, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match=r"the passphrase does not open .*ana\.key\.json") as wrong:
        keystore.read(real).open("Demo")
    assert wrong.value.code == "wrong_passphrase"

    altered = tmp_path / "vic.key.json"
    durable.create(altered, real.read_bytes(), 0o600)
    rewritten(altered, handle="vic")
    with pytest.raises(
        Tampered, match=r"the passphrase fits .*vic\.key\.json, but the file is not as it was written"
    ) as caught:
        keystore.read(altered).open("demo")
    assert caught.value.kind is Kind.EDITED


def test_a_passphrase_composed_otherwise_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"

    assert secret._derived(composed, b"salt", 2, 8, 1) == secret._derived(decomposed, b"salt", 2, 8, 1)
    assert secret._derived("\udc80", b"salt", 2, 8, 1) != secret._derived("", b"salt", 2, 8, 1)


def test_the_key_that_is_derived_is_that_of_rfc_7914() -> None:
    # RFC 7914, 12: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1).
    key, nonce = secret._derived("pleaseletmein", b"SodiumChloride", 16384, 8, 1)

    assert (key + nonce).hex() == (
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705"
    )


def test_too_little_memory_for_scrypt_is_said(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(secret, "_derived", inspect.unwrap(secret._derived))
    monkeypatch.setattr(secret, "Scrypt", refuse)

    with pytest.raises(Unavailable, match="scrypt needs 128 MiB of memory"):
        keystore.read(real).open("demo")


def test_every_flipped_bit_of_a_key_file_is_refused(ana: keystore.KeyFile) -> None:
    content = ana.path.read_bytes()
    said: dict[str, int] = {}

    for flipped in flips(content):
        with pytest.raises(GovernError) as caught:
            keystore.KeyFile.parse(flipped, ana.path).open("demo")
        said[caught.value.code] = said.get(caught.value.code, 0) + 1

    # Only the salt and the nonce, 16 and 12 bytes, cannot be told from a wrong passphrase.
    assert set(said) == {"key_malformed", "edited", "wrong_passphrase", "downgraded"}
    assert said["wrong_passphrase"] <= (24 + 16) * 8


@pytest.mark.parametrize("field", ["handle", "person", "publicKey", "created", "ciphertext"])
def test_whatever_is_bound_to_the_secret_shows_when_it_is_altered(ana: keystore.KeyFile, field: str) -> None:
    others = {
        "handle": "anb",
        "person": person_id(b"9876543210"),
        "publicKey": encode64(NEXT_PEN.public.spki),
        "created": "2026-11-20T09:05:12.346Z",
        "ciphertext": encode64(bytes(48)),
    }
    rewritten(ana.path, **{field: others[field]})

    with pytest.raises(Tampered, match="not as it was written"):
        keystore.read(ana.path).open("demo")


def test_every_truncation_of_a_key_file_is_refused(ana: keystore.KeyFile) -> None:
    content = ana.path.read_bytes()

    for length in range(len(content)):
        with pytest.raises(InvalidInput, match="is not a key file"):
            keystore.KeyFile.parse(content[:length], ana.path)


@pytest.mark.parametrize(("changes", "error", "message"), [
    pytest.param({"kdf": {"n": 2**16}}, Tampered, "n=65536, r=8, p=1, the least allowed is n=131072", id="half the cost"),
    pytest.param({"kdf": {"n": True}}, InvalidInput, "its kdf does not have the fields", id="a truth for a number"),
    pytest.param({"kdf": {"r": 1}}, Tampered, "r=1", id="narrow blocks"),
    pytest.param({"kdf": {"p": 0}}, Tampered, "p=0", id="no pass"),
    pytest.param({"kdf": {"n": 2**30}}, InvalidInput, "n=1073741824, .* up to 524288", id="a terabyte of memory"),
    pytest.param({"kdf": {"n": 2**17 + 1}}, InvalidInput, "n is a power of two", id="no power of two"),
    pytest.param({"kdf": {"r": 1024}}, InvalidInput, "r is 8", id="wide blocks"),
    pytest.param({"kdf": {"p": 5}}, InvalidInput, "p is 1 to 4", id="many passes"),
    pytest.param({"kdf": {"name": "pbkdf2"}}, InvalidInput, "not encrypted with scrypt", id="another kdf"),
    pytest.param({"kdf": {"salt": ""}}, InvalidInput, "its salt or nonce has 0 bytes", id="no salt"),
    pytest.param({"kdf": {"more": 1}}, InvalidInput, "its kdf does not have the fields", id="a field more in the kdf"),
    pytest.param({"kdf": []}, InvalidInput, "its kdf does not have the fields", id="a kdf of another kind"),
    pytest.param({"cipher": {"name": "aes-cbc"}}, InvalidInput, "not encrypted with", id="another cipher"),
    pytest.param({"cipher": {"nonce": "AAAA"}}, InvalidInput, "its salt or nonce has 3 bytes", id="a short nonce"),
    pytest.param({"ciphertext": 7}, InvalidInput, "not encrypted with", id="a ciphertext that is no text"),
    pytest.param({"ciphertext": "A"}, InvalidInput, "is not base64", id="a ciphertext that is not base64"),
    pytest.param({"schema": "govern/key/v2"}, InvalidInput, "its schema is not govern/key/v1", id="a later schema"),
    pytest.param({"more": ""}, InvalidInput, "its fields are not", id="a field more"),
    pytest.param({"handle": 7}, InvalidInput, "its fields are not", id="a handle that is no text"),
    pytest.param({"handle": "../ana"}, InvalidInput, "is not a handle", id="a path for a handle"),
    pytest.param({"person": "ana"}, InvalidInput, "is not a person's id", id="a name for an id"),
])  # fmt: skip
def test_a_key_file_of_another_form_is_refused(
    ana: keystore.KeyFile, changes: dict[str, Any], error: type[GovernError], message: str
) -> None:
    rewritten(ana.path, **changes)

    with pytest.raises(error, match=message):
        keystore.read(ana.path)


def test_a_key_file_with_another_persons_seed_is_refused(ana: keystore.KeyFile) -> None:
    header = {name: value for name, value in ana.encrypted.document.items() if name not in secret.FIELDS}
    for seed in (NEXT_PEN.seed, b"short"):
        ana.path.write_bytes(secret.encrypt(header, seed, "demo"))

        with pytest.raises(Tampered, match="it holds another"):
            keystore.read(ana.path).open("demo")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o606, 0o610, 0o660])
def test_a_key_file_that_others_may_use_is_refused(ana: keystore.KeyFile, mode: int) -> None:
    ana.path.chmod(mode)

    with pytest.raises(NotAllowed, match=f"has mode {mode:04o}") as caught:
        keystore.read(ana.path)
    assert caught.value.code == "key_exposed"
    assert caught.value.hint.startswith(f"chmod 600 {ana.path}")


def test_the_command_in_the_hint_mends_the_mode(ana: keystore.KeyFile) -> None:
    ana.path.chmod(0o644)
    with pytest.raises(NotAllowed) as caught:
        keystore.read(ana.path)

    subprocess.run(caught.value.hint.partition(";")[0].split(), check=True)

    assert keystore.read(ana.path).open("demo").seed == PEN.seed


def test_key_files_are_written_for_their_owner_alone(ana: keystore.KeyFile) -> None:
    assert stat.S_IMODE(ana.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(ana.path.parent.stat().st_mode) == 0o700
    assert names(ana.path.parent) == ["ana.key.json"]


def test_a_key_is_never_overwritten(ana: keystore.KeyFile) -> None:
    with pytest.raises(InvalidInput, match="exists already"):
        keystore.add(ana.path.parent, "ana", PERSON, NEXT_PEN, "demo", now=NOW)

    assert keystore.read(ana.path).open("demo").seed == PEN.seed


def test_a_key_that_is_missing_is_asked_for(ana: keystore.KeyFile) -> None:
    with pytest.raises(NotAllowed, match="there is no key of anna in") as near:
        keystore.find(ana.path.parent, "anna")
    with pytest.raises(NotAllowed) as far:
        keystore.find(ana.path.parent / "elsewhere", "zoe")
    with pytest.raises(NotAllowed, match="there is no key file"):
        keystore.read(ana.path.parent / "zoe.key.json")

    assert (near.value.code, near.value.hint) == ("no_key", "did you mean ana?")
    assert far.value.hint == "make one with `govern key new zoe`"


def test_a_key_without_a_passphrase_or_by_the_name_of_the_log_is_not_made(quick: None, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="an empty passphrase protects nothing"):
        keystore.add(tmp_path, "ana", PERSON, PEN, "", now=NOW)
    with pytest.raises(InvalidInput, match="'log' is the name of the log's own key"):
        keystore.add(tmp_path, "log", PERSON, PEN, "demo", now=NOW)
    with pytest.raises(InvalidInput, match="is not a handle"):
        keystore.add(tmp_path, "../ana", PERSON, PEN, "demo", now=NOW)


def test_no_message_holds_the_passphrase_or_the_seed(ana: keystore.KeyFile) -> None:
    for passphrase in ("a wrong horse", "a wrong horse \udc80"):
        with pytest.raises(NotAllowed) as caught:
            keystore.read(ana.path).open(passphrase[:13])
        said = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
        assert "wrong horse" not in said

    pen = ana.open("demo")
    assert repr(PEN.seed) not in repr(pen)
    assert encode64(PEN.seed) not in repr(ana)


def test_a_rotation_stages_promotes_and_keeps_the_old_key(ana: keystore.KeyFile) -> None:
    folder = ana.path.parent

    waiting = keystore.stage(folder, "ana", NEXT_PEN, "new words", now=NOW)
    assert (waiting.state, waiting.path.name, waiting.person) == (State.NEXT, "ana.next.key.json", PERSON)
    assert keystore.find(folder, "ana").public == PEN.public
    promoted = keystore.promote(folder, "ana")

    assert (promoted.state, promoted.open("new words").seed) == (State.ACTIVE, NEXT_PEN.seed)
    listed = {key.path.name: key.state for key in keystore.keys(folder)}
    retired = f"ana.retired-{PEN.public.keyid[:8]}.key.json"
    assert listed == {"ana.key.json": State.ACTIVE, retired: State.RETIRED}
    assert keystore.read(folder / retired).open("demo").seed == PEN.seed
    assert stat.S_IMODE((folder / retired).stat().st_mode) == 0o600


def test_a_key_whose_passphrase_is_lost_is_put_aside_for_a_new_one(ana: keystore.KeyFile) -> None:
    folder = ana.path.parent

    keystore.retire(folder, "ana")
    keystore.retire(folder, "ana")
    keystore.add(folder, "ana", PERSON, NEXT_PEN, "new words", now=NOW)

    assert keystore.find(folder, "ana").public == NEXT_PEN.public
    assert keystore.read(folder / f"ana.retired-{PEN.public.keyid[:8]}.key.json").state is State.RETIRED


def test_a_rotation_that_is_refused_leaves_the_old_key(ana: keystore.KeyFile) -> None:
    folder = ana.path.parent
    keystore.stage(folder, "ana", NEXT_PEN, "demo", now=NOW)
    with pytest.raises(InvalidInput, match="exists already"):
        keystore.stage(folder, "ana", NEXT_PEN, "demo", now=NOW)

    keystore.discard(folder, "ana")

    assert names(folder) == ["ana.key.json"]
    for nothing_waits in (keystore.promote, keystore.discard):
        with pytest.raises(InvalidInput, match="no new key of ana waits in"):
            nothing_waits(folder, "ana")


def test_a_promotion_that_was_cut_short_is_finished_by_the_next(
    ana: keystore.KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = ana.path.parent
    keystore.stage(folder, "ana", NEXT_PEN, "demo", now=NOW)

    def power_cut(source: Path, target: Path) -> None:
        raise Unavailable("the power went")

    with monkeypatch.context() as cut:
        cut.setattr(durable, "move", power_cut)
        with pytest.raises(Unavailable):
            keystore.promote(folder, "ana")
    assert keystore.find(folder, "ana").public == PEN.public
    staged = keystore.staged(folder, "ana")
    assert staged is not None
    assert staged.public == NEXT_PEN.public

    assert keystore.promote(folder, "ana").public == NEXT_PEN.public
    assert len(keystore.keys(folder)) == 2


def test_a_person_whose_handle_looks_like_a_rotation_is_nobody_elses(ana: keystore.KeyFile) -> None:
    folder = ana.path.parent
    other = keystore.add(folder, "ana.next", person_id(b"9876543210"), NEXT_PEN, "demo", now=NOW)

    assert other.state is State.ACTIVE
    assert keystore.staged(folder, "ana") is None
    with pytest.raises(InvalidInput, match="exists already"):
        keystore.stage(folder, "ana", NEXT_PEN, "demo", now=NOW)
    with pytest.raises(InvalidInput, match="no new key of ana waits"):
        keystore.promote(folder, "ana")


def test_a_staged_key_of_another_person_is_not_promoted(ana: keystore.KeyFile) -> None:
    folder = ana.path.parent
    waiting = keystore.stage(folder, "ana", NEXT_PEN, "demo", now=NOW)
    rewritten(waiting.path, person=person_id(b"9876543210"))

    with pytest.raises(Tampered, match="is a key of p-") as caught:
        keystore.promote(folder, "ana")
    assert caught.value.kind is Kind.REPLACED


def test_a_key_request_is_written_once_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "ana.request.json"

    keystore.write_request(path, b"{}")

    assert keystore.read_request(path) == b"{}"
    with pytest.raises(InvalidInput, match="exists already"):
        keystore.write_request(path, b"{}")
    with pytest.raises(InvalidInput, match="there is no key request"):
        keystore.read_request(tmp_path / "vic.request.json")


@pytest.mark.parametrize("passphrase", ["", "demo"])
def test_the_logs_key_is_written_and_read_back(quick: None, tmp_path: Path, passphrase: str) -> None:
    path = tmp_path / "keys" / keystore.LOG_KEY_NAME
    key = logkey.LogKey.of(ORIGIN, PEN)

    logkey.create(path, key, passphrase)

    found = logkey.read(path, passphrase)
    assert (found.origin, found.vkey, found.pen.seed) == (ORIGIN, key.vkey, PEN.seed)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (encode64(PEN.seed).encode() in path.read_bytes()) == (not passphrase)
    assert keystore.keys(path.parent) == []
    with pytest.raises(InvalidInput, match="exists already"):
        logkey.create(path, key)


def test_the_logs_key_is_refused_when_others_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / keystore.LOG_KEY_NAME
    logkey.create(path, logkey.LogKey.of(ORIGIN, PEN))
    path.chmod(0o640)

    with pytest.raises(NotAllowed, match="has mode 0640"):
        logkey.read(path)


def test_an_encrypted_log_key_needs_its_passphrase(quick: None, tmp_path: Path) -> None:
    path = tmp_path / keystore.LOG_KEY_NAME
    logkey.create(path, logkey.LogKey.of(ORIGIN, PEN), "demo")

    for passphrase, code in (("", "passphrase_needed"), ("Demo", "wrong_passphrase")):
        with pytest.raises(NotAllowed) as caught:
            logkey.read(path, passphrase)
        assert caught.value.code == code


def test_every_flipped_bit_and_truncation_of_the_logs_key_is_refused_and_its_seed_is_never_said(tmp_path: Path) -> None:
    path = tmp_path / keystore.LOG_KEY_NAME
    logkey.create(path, logkey.LogKey.of(ORIGIN, PEN))
    content, seed = path.read_bytes(), encode64(PEN.seed)

    for damaged in (*flips(content), *(content[:length] for length in range(len(content)))):
        path.write_bytes(damaged)
        with pytest.raises((InvalidInput, Tampered)) as caught:
            logkey.read(path)
        said = "".join(traceback.format_exception(caught.value)) + caught.value.hint
        assert seed[:12] not in said
        assert seed[-12:] not in said


@pytest.mark.parametrize(("changes", "message"), [
    pytest.param({"schema": "govern/log-key/v2"}, "its schema is not", id="a later schema"),
    pytest.param({"seed": 7}, "its seed is not 32 bytes", id="a seed that is no text"),
    pytest.param({"seed": "AAAA"}, "its seed is not 32 bytes", id="a short seed"),
    pytest.param({"more": ""}, "its fields are not", id="a field more"),
    pytest.param({"origin": 7}, "its origin and vkey are not text", id="an origin that is no text"),
    pytest.param({"origin": "log.example/other"}, "not one of a log called log.example/other", id="another origin"),
])  # fmt: skip
def test_a_log_key_of_another_form_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = tmp_path / keystore.LOG_KEY_NAME
    logkey.create(path, logkey.LogKey.of(ORIGIN, PEN))
    rewritten(path, **changes)

    with pytest.raises(InvalidInput, match=message):
        logkey.read(path)


def test_a_key_file_that_is_huge_or_no_file_is_refused(tmp_path: Path) -> None:
    huge = tmp_path / "huge.key.json"
    durable.create(huge, bytes(70_000), 0o600)

    with pytest.raises(InvalidInput, match="is too large to be a key file"):
        keystore.read(huge)
    (tmp_path / "folder.key.json").mkdir(0o700)
    with pytest.raises(Unavailable, match="cannot be read: Is a directory"):
        keystore.read(tmp_path / "folder.key.json")
    with pytest.raises(Unavailable, match="cannot be read: Not a directory"):
        keystore.keys(huge)
