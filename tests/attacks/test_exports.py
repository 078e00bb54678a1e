"""An export in other hands: cut short, edited, or of another ledger."""

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from govern import connection, examine
from govern.connection import Near
from govern.errors import GovernError, Kind
from govern.examine import Report
from govern.ledger.envelope import Entry
from tests.attacks.kit import BEA, MINUTE, SIZE, Bank, Intruder, first, kinds, only, rewritten
from tests.people import LOG_KEY, LOG_PEN

BUNDLE, TILE = f"tile/entries/000.p/{SIZE}", f"tile/0/000.p/{SIZE}"


def write(bank: Bank, target: Path) -> Path:
    store = bank.store()
    with closing(store), bank.ledger() as ledger:
        connection.export(Near(bank.folder, store, ledger), target)
    return target


@pytest.fixture
def export(sqlite_bank: Bank, tmp_path: Path) -> Path:
    return write(sqlite_bank, tmp_path / "export")


def judged(bank: Bank, export: Path, **more: object) -> Report:
    return examine.export(export, anchor=bank.folder.anchor, **more)  # type: ignore[arg-type]  # what a test varies


def change(path: Path, at: int, to: bytes) -> None:
    content = path.read_bytes()
    assert content[at : at + len(to)] != to
    path.write_bytes(content[:at] + to + content[at + len(to) :])


def test_an_export_proves_itself_by_its_files_and_the_anchor(bank: Bank, tmp_path: Path) -> None:
    report = judged(bank, write(bank, tmp_path / "export"))

    assert report.problems == ()
    assert report.size == SIZE
    assert [what for what, _ in report.not_checked] == ["printed names"]


def test_an_export_without_an_anchor_is_sound_and_says_what_was_not_checked(export: Path) -> None:
    report = examine.export(export)

    assert report.problems == ()
    assert ("that this is the ledger you mean", "no --anchor was given: compare the one above") in report.not_checked


def test_an_export_of_another_ledger_is_named_by_the_anchor(sqlite_bank: Bank, export: Path) -> None:
    report = examine.export(export, anchor="0" * 64)

    assert first(report) == (Kind.REPLACED, 0)
    assert "this is another ledger" in only(report, Kind.EDITED)


@pytest.mark.parametrize(
    ("cut", "entry"),
    [
        pytest.param(lambda path: (path / BUNDLE).unlink(), 0, id="the bundle is missing"),
        pytest.param(lambda path: (path / BUNDLE).write_bytes((path / BUNDLE).read_bytes()[:-1]), SIZE - 1, id="the last byte is missing"),
        pytest.param(lambda path: (path / BUNDLE).write_bytes((path / BUNDLE).read_bytes()[:9000]), None, id="much is missing"),
        pytest.param(lambda path: (path / BUNDLE).write_bytes(b""), 0, id="everything is missing"),
        pytest.param(lambda path: shutil.rmtree(path / "tile"), 0, id="the folder is missing"),
    ],
)  # fmt: skip
def test_an_export_that_was_cut_short_is_named(
    sqlite_bank: Bank, export: Path, cut: Callable[[Path], object], entry: int | None
) -> None:
    cut(export)

    report = judged(sqlite_bank, export)

    assert report.problems[0].kind is Kind.TRUNCATED
    assert report.problems[0].entry == (report.size if entry is None else entry)
    only(report, Kind.UNVERIFIABLE, Kind.EDITED)


def test_an_export_without_its_verifier_key_is_told(sqlite_bank: Bank, export: Path) -> None:
    (export / "log.vkey").unlink()

    assert first(judged(sqlite_bank, export)) == (Kind.UNVERIFIABLE, None)


@pytest.mark.parametrize("content", [b"", b"nothing\n", b"\xff"])
def test_an_export_without_a_checkpoint_is_none(sqlite_bank: Bank, export: Path, content: bytes) -> None:
    (export / "checkpoint").write_bytes(content)

    with pytest.raises(GovernError, match=r"checkpoint|note"):
        judged(sqlite_bank, export)


def test_another_verifier_key_in_an_export_is_named(sqlite_bank: Bank, export: Path) -> None:
    (export / "log.vkey").write_text(str(replace(LOG_KEY, public=BEA.pen.public.raw)) + "\n")

    report = judged(sqlite_bank, export)
    assert first(report) == (Kind.EDITED, None)
    assert "log.vkey is not the key that the ledger's root names" in only(report)


def test_a_tile_that_is_missing_is_named(sqlite_bank: Bank, export: Path) -> None:
    (export / TILE).unlink()

    assert first(judged(sqlite_bank, export)) == (Kind.TRUNCATED, 0)


def test_a_hash_that_was_changed_is_named_by_its_entry(sqlite_bank: Bank, export: Path) -> None:
    change(export / TILE, 32 * 7 + 3, b"\0\0")

    report = judged(sqlite_bank, export)

    assert first(report) == (Kind.EDITED, 7)
    assert "first differ at entry 7" in only(report)


def test_an_entry_that_was_changed_is_named(sqlite_bank: Bank, export: Path) -> None:
    content = (export / BUNDLE).read_bytes()
    leaf = sqlite_bank.leaves()[7]
    other = rewritten(leaf, recorded_at=Entry.parse(leaf).recorded_at + MINUTE / 2)

    (export / BUNDLE).write_bytes(content.replace(leaf, other))

    report = judged(sqlite_bank, export)
    assert first(report) == (Kind.EDITED, 7)
    assert "the signer of #8 had verified 8 entries, and #7 is not what they saw" in only(report)


def test_a_payload_that_was_changed_is_named(sqlite_bank: Bank, export: Path) -> None:
    leaf = sqlite_bank.leaves()[7]
    at = (export / BUNDLE).read_bytes().index(leaf) + len(leaf) - 60

    change(export / BUNDLE, at, b"AAAA")

    assert first(judged(sqlite_bank, export)) == (Kind.EDITED, 7)


@pytest.mark.parametrize("signed_by", ["nobody", "somebody"])
def test_a_checkpoint_that_the_log_did_not_sign_is_named(sqlite_bank: Bank, export: Path, signed_by: str) -> None:
    tree = sqlite_bank.view().tree
    note = (export / "checkpoint").read_bytes()
    forged = (
        note[:-10] + b"AAAA" + note[-6:] if signed_by == "nobody" else Intruder(sqlite_bank).note(tree, pen=BEA.pen)
    )

    (export / "checkpoint").write_bytes(forged)

    report = judged(sqlite_bank, export)
    assert first(report) == (Kind.EDITED, 0)
    assert "is not signed by the log" in only(report)


def test_an_export_whose_checkpoint_counts_less_is_not_its_own(sqlite_bank: Bank, export: Path) -> None:
    (older,) = Intruder(sqlite_bank).read("SELECT note FROM log_checkpoint WHERE size = 13")

    (export / "checkpoint").write_bytes(older)

    assert judged(sqlite_bank, export).problems[0].kind is Kind.TRUNCATED


def test_an_older_export_is_sound_and_told_by_a_newer_head(sqlite_bank: Bank, export: Path) -> None:
    """It is what the log once was; only a checkpoint from elsewhere shows that there is more."""
    sqlite_bank.file(sqlite_bank.view().review(now=sqlite_bank.now))

    assert judged(sqlite_bank, export).problems == ()
    report = judged(sqlite_bank, export, printed=[("a report", sqlite_bank.checkpoint())])
    assert first(report) == (Kind.ROLLED_BACK, SIZE)


def test_an_export_of_a_rewritten_log_is_told_by_its_signers(sqlite_bank: Bank, tmp_path: Path) -> None:
    leaves = sqlite_bank.leaves()
    leaves[15] = rewritten(leaves[15], recorded_at=Entry.parse(leaves[15]).recorded_at + MINUTE / 2)
    Intruder(sqlite_bank, LOG_PEN).rewrite(leaves, lock=True)

    report = judged(sqlite_bank, write(sqlite_bank, tmp_path / "rewritten"))

    assert first(report) == (Kind.FORKED, 15)


def test_an_export_of_the_other_history_is_told_by_a_head_that_was_kept(sqlite_bank: Bank, tmp_path: Path) -> None:
    kept = sqlite_bank.checkpoint()
    leaves = sqlite_bank.leaves()
    leaves[-1] = rewritten(leaves[-1], recorded_at=Entry.parse(leaves[-1]).recorded_at + MINUTE / 2)
    Intruder(sqlite_bank, LOG_PEN).rewrite(leaves, lock=True)
    target = write(sqlite_bank, tmp_path / "rewritten")

    assert judged(sqlite_bank, target).problems == ()
    assert first(judged(sqlite_bank, target, printed=[("a report", kept)])) == (Kind.FORKED, SIZE - 1)


def test_bytes_after_the_last_entry_are_named(sqlite_bank: Bank, export: Path) -> None:
    (export / BUNDLE).write_bytes((export / BUNDLE).read_bytes() + b"\0\x05extra")

    report = judged(sqlite_bank, export)

    assert first(report) == (Kind.INSERTED, SIZE)


def test_every_single_byte_of_an_export_matters(sqlite_bank: Bank, export: Path) -> None:
    files = sorted(path for path in export.rglob("*") if path.is_file())
    quiet = []
    for path in files:
        content = path.read_bytes()
        for at in range(0, len(content), 1 + len(content) // 40):
            path.write_bytes(content[:at] + bytes([content[at] ^ 0x20]) + content[at + 1 :])
            if not _tells(sqlite_bank, export):
                quiet.append((path.name, at))
        path.write_bytes(content)

    assert quiet == []
    assert judged(sqlite_bank, export).problems == ()


def _tells(bank: Bank, export: Path) -> bool:
    try:
        return bool(kinds(judged(bank, export)))
    except GovernError:
        return True
