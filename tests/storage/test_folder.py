"""A ledger folder says what it is, in one file that reads the same way it was written."""

import stat
from dataclasses import replace
from pathlib import Path
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput, Unavailable
from govern.ledger.keys import Pen
from govern.ledger.note import KeyType, VerifierKey
from govern.storage import folder
from govern.storage.folder import Folder

ORIGIN = "log.example/bank"
VKEY = VerifierKey(ORIGIN, KeyType.ED25519, Pen.from_seed(bytes(32)).public.raw)
ANCHOR = "ab" * 32

WRITTEN = f"""\
# A Govern ledger. Whoever checks it needs the origin, the anchor and the vkey from a source of their own.
origin = "log.example/bank"
anchor = "{ANCHOR}"
vkey = "{VKEY}"
database = "ledger/ledger.db"
lock = "lock/checkpoint"
keys = "keys"
policies = "policies"
"""


@pytest.fixture
def bank(tmp_path: Path) -> Folder:
    folder.prepare(tmp_path / "bank")
    made = Folder(tmp_path / "bank", ORIGIN, ANCHOR, VKEY)
    made.create()
    return made


def test_a_new_ledger_folder_has_its_rooms_and_its_file(bank: Folder) -> None:
    assert sorted(path.name for path in bank.path.iterdir()) == [
        "govern.toml",
        "keys",
        "ledger",
        "lock",
        "out",
        "policies",
    ]
    assert stat.S_IMODE(bank.keys_path.stat().st_mode) == 0o700
    assert (bank.path / "govern.toml").read_text() == WRITTEN


def test_a_ledger_folder_is_found_from_within(bank: Folder) -> None:
    (bank.path / "models" / "credit").mkdir(parents=True)

    assert Folder.find(bank.path / "models" / "credit") == bank
    assert Folder.find(bank.path) == bank
    assert Folder.read(bank.path) == bank


def test_where_there_is_no_ledger_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no govern\.toml in .* or above it") as caught:
        Folder.find(tmp_path)
    with pytest.raises(InvalidInput, match=r"is not a ledger: it has no govern\.toml"):
        Folder.read(tmp_path)

    assert caught.value.code == "no_ledger"
    assert "govern init" in caught.value.hint


def test_paths_start_at_the_folder_and_may_lead_out_of_it(bank: Folder) -> None:
    elsewhere = replace(bank, lock="/var/lib/govern/checkpoint", state="state", database="postgresql://db/ledger")

    assert bank.database_url == f"sqlite:///{bank.path}/ledger/ledger.db"
    assert bank.lock_path == bank.path / "lock" / "checkpoint"
    assert bank.log_key_path == bank.path / "keys" / "log.key.json"
    assert bank.state_path is None
    assert elsewhere.database_url == "postgresql://db/ledger"
    assert elsewhere.lock_path == Path("/var/lib/govern/checkpoint")
    assert elsewhere.state_path == bank.path / "state"


def test_a_ledger_is_made_in_an_empty_folder_only(bank: Folder, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="bank is not empty") as caught:
        folder.prepare(bank.path)
    with pytest.raises(InvalidInput, match=r"govern\.toml exists already"):
        bank.create()
    with pytest.raises(Unavailable, match="cannot be read: Not a directory"):
        folder.prepare(bank.path / "govern.toml")
    (tmp_path / "empty").mkdir()
    folder.prepare(tmp_path / "empty")

    assert caught.value.code == "not_empty"


# The names of files in POSIX may be nearly any text; TOML has to bring each back.
@given(lock=st.text(st.characters(codec="utf-8"), min_size=1) | st.text(printable + '\x7f"\\', min_size=1))  # fmt: skip
def test_whatever_is_written_is_read_back(lock: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any")
    written = Folder(path, ORIGIN, ANCHOR, VKEY, lock=lock)

    written.create()

    assert Folder.read(path) == written


@pytest.mark.parametrize(("old", "new", "message", "hint"), [
    pytest.param("lock =", "lok =", "there is no setting 'lok'", "did you mean lock?", id="a misspelt setting"),
    pytest.param("lock =", "colour =", "there is no setting 'colour'", "the settings are origin,", id="an unknown one"),
    pytest.param('"keys"', "3", "keys is 3, it has to be a text in quotes", "", id="a number"),
    pytest.param('"keys"', '""', "keys is '', it has to be a text", "", id="an empty text"),
    pytest.param('anchor = "ab', 'anchor = "zz', "is not a digest", "", id="an anchor that is not hex"),
    pytest.param(f'anchor = "{ANCHOR}"\n', "", "the setting anchor is missing", "", id="no anchor"),
    pytest.param("example/bank+", "example/bonk+", "the key of log.example/bonk says its id is", "", id="an edited vkey"),
    pytest.param('origin = "log', 'origin = "lag', "the vkey is of log.example/bank, the origin is lag", "", id="origins"),
    pytest.param(str(VKEY), "AQ", "'AQ' is not a verifier key", "", id="no vkey at all"),
    pytest.param('"ledger/ledger.db"', '"mysql://db"', "neither a file nor an address that begins", "", id="a database"),
    pytest.param('"keys"', '"keys', "is not TOML: .*line 7", "", id="a quote that is not closed"),
    pytest.param("[", "[", "", "", id="nothing changed"),
])  # fmt: skip
def test_a_mistake_in_the_file_is_named(bank: Folder, old: str, new: str, message: str, hint: str) -> None:
    (bank.path / "govern.toml").write_text(WRITTEN.replace(old, new))
    if not message:
        assert Folder.read(bank.path) == bank
        return

    with pytest.raises(InvalidInput, match=message) as caught:
        Folder.read(bank.path)

    assert caught.value.message.startswith(str(bank.path / "govern.toml"))
    assert hint in caught.value.hint


def test_a_file_that_is_not_text_is_refused(bank: Folder) -> None:
    (bank.path / "govern.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="is not UTF-8"):
        Folder.read(bank.path)

    (bank.path / "govern.toml").write_bytes(b"#" * 70_000)
    with pytest.raises(InvalidInput, match="is too large to be a ledger"):
        Folder.read(bank.path)
