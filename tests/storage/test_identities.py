"""Names lie beside the book, are found by handle, and can be erased to the last byte."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from govern.errors import InvalidInput, Tampered
from govern.record.identity import Identity, person_id
from govern.storage import identities, sql, store, tables
from govern.storage.identities import Known
from govern.storage.store import Store

NOW = datetime(2026, 11, 20, 9, 5, 12, 345000, tzinfo=UTC)
ANA, VIC = person_id(b"ana-ana-an"), person_id(b"vic-vic-vi")


def known(handle: str = "ana", person: str = ANA, name: str = "Ana Prado") -> Known:
    return Known(person, Identity(handle, name, f"{handle}@bank.example"), bytes(range(32)))


def test_an_identity_is_kept_and_found(store: Store) -> None:
    identities.put(store, known())
    identities.put(store, known("vic", VIC, "Vic Zielinski"))

    assert identities.get(store, ANA) == known()
    assert identities.find(store, "vic") == known("vic", VIC, "Vic Zielinski")
    assert [one.identity.handle for one in identities.everybody(store)] == ["ana", "vic"]


def test_an_identity_can_be_put_again_and_corrected(store: Store) -> None:
    identities.put(store, known())
    identities.put(store, known())
    identities.put(store, known("anita", name="Ana Prado Silva"))

    assert [one.identity.handle for one in identities.everybody(store)] == ["anita"]


def test_a_handle_is_one_persons_until_that_one_is_erased(store: Store) -> None:
    identities.put(store, known())

    with pytest.raises(InvalidInput, match="the handle ana is taken") as caught:
        identities.put(store, known("ana", VIC, "Ana Zielinski"))
    assert caught.value.code == "handle_taken"
    assert identities.get(store, VIC) is None

    identities.erase(store, ANA)
    identities.put(store, known("ana", VIC, "Ana Zielinski"))
    assert identities.find(store, "ana").person == VIC


def test_who_chooses_a_handle_waits_for_who_is_just_choosing_it(store: Store) -> None:
    with ThreadPoolExecutor(1) as threads:
        with store.writing() as connection:
            identities.put_in(connection, known())
            second = threads.submit(identities.put, store, known("ana", VIC, "Ana Zielinski"))
            time.sleep(0.1)
        with pytest.raises(InvalidInput, match="the handle ana is taken"):
            second.result()

    assert [one.person for one in identities.everybody(store)] == [ANA]


def test_nobody_is_found_with_a_hint(store: Store) -> None:
    identities.put(store, known())

    with pytest.raises(InvalidInput, match="nobody goes by 'anna'") as near:
        identities.find(store, "anna")
    with pytest.raises(InvalidInput) as far:
        identities.find(store, "zoe")

    assert (near.value.code, near.value.hint) == ("no_person", "did you mean ana?")
    assert "govern person list" in far.value.hint
    assert identities.get(store, VIC) is None


def test_what_is_no_person_is_not_kept(store: Store) -> None:
    with pytest.raises(InvalidInput, match="is not a person's id"):
        identities.put(store, known(person="ana"))
    with pytest.raises(InvalidInput, match="is not a person's id"):
        identities.failed(store, "ana", NOW)


def test_a_damaged_record_is_named(store: Store) -> None:
    identities.put(store, known())
    with store.writing() as connection:
        connection.execute(tables.identity.update().values(record=b"{}"))

    with pytest.raises(Tampered, match=f"the identity kept for {ANA} is damaged"):
        identities.get(store, ANA)


@pytest.mark.parametrize("journal", ["TRUNCATE", "WAL"])
def test_erasing_leaves_no_byte_of_the_name_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, journal: str
) -> None:
    monkeypatch.setitem(store._SQLITE_SETTINGS, "journal_mode", journal)
    with closing(Store.create(f"sqlite:///{tmp_path}/ledger.db")) as kept:
        for number in range(40):
            identities.put(kept, known(f"p{number}", person_id(b"%010d" % number), f"Somebody {number}"))
        salt = b"salt-of-perpetua-salt-of-perpetu"
        identities.put(kept, replace(known(name="Perpetua Unforgettable"), salt=salt))
        assert any(b"Perpetua" in path.read_bytes() for path in tmp_path.iterdir())

        identities.erase(kept, ANA)

        for path in tmp_path.iterdir():
            for trace in (b"Perpetua", b"Unforgettable", b"ana@bank.example", ANA.encode(), salt):
                assert trace not in path.read_bytes()
        assert len(identities.everybody(kept)) == 40


def test_erasing_deletes_the_row_and_its_attempts(store: Store) -> None:
    identities.put(store, known())
    identities.failed(store, ANA, NOW)

    identities.erase(store, ANA)

    assert identities.get(store, ANA) is None
    assert identities.attempts(store, ANA) is None
    with store.reading() as connection:
        assert sql.value(connection, "SELECT count(*) FROM identity") == 0


def test_wrong_passphrases_are_counted_until_a_right_one(store: Store) -> None:
    assert identities.attempts(store, ANA) is None
    assert identities.failed(store, ANA, NOW) == 1
    assert identities.failed(store, ANA, NOW + timedelta(minutes=3)) == 2
    assert identities.failed(store, VIC, NOW) == 1

    counted = identities.attempts(store, ANA)
    identities.clear(store, ANA)

    assert counted == identities.Attempts(2, NOW)
    assert identities.attempts(store, ANA) is None
    assert identities.attempts(store, VIC) == identities.Attempts(1, NOW)


def test_wrong_passphrases_given_at_once_all_count(store: Store) -> None:
    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(lambda _: identities.failed(store, ANA, NOW), range(12)))

    assert sorted(counts) == list(range(1, 13))
