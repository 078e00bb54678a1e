"""Who has seen a log's head is not shown an older one, another one, or another log in its place."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from govern.errors import InvalidInput, Kind, Tampered, Unavailable
from govern.ledger import merkle
from govern.ledger.keys import Pen
from govern.ledger.note import Checkpoint, sign_note
from govern.storage import durable, heads
from govern.storage.heads import Head, Meeting

ORIGIN = "log.example/bank"
PEN = Pen.from_seed(bytes(32))
ANCHOR, OTHER_ANCHOR = "ab" * 32, "cd" * 32
PLACE = "/srv/bank"


class Log:
    """A log whose head may be taken at any size, and which proves its growth."""

    def __init__(self, leaves: int, salt: bytes = b"") -> None:
        self.tree = merkle.Tree()
        for index in range(leaves):
            self.tree.append(merkle.leaf_hash(salt + index.to_bytes(4)))

    def head(self, size: int | None = None) -> Head:
        at = self.tree.size if size is None else size
        return Head(sign_note(str(Checkpoint(ORIGIN, at, self.tree.root(at))), ORIGIN, PEN.private))

    def prove(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency(old, new, self.tree.node)

    def meet(self, folder: Path, size: int | None = None, place: str = PLACE, anchor: str = ANCHOR) -> Meeting:
        return heads.meet(folder, place, anchor, lambda: self.head(size), self.prove)


LOG = Log(40)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "state" / "govern" / "heads"


def test_the_first_head_is_remembered_and_a_higher_one_after_it(memory: Path) -> None:
    first = LOG.meet(memory, 3)
    second = LOG.meet(memory, 17)
    again = LOG.meet(memory, 17)

    assert (first.before, first.warning) == (None, "")
    assert second.before == LOG.head(3)
    assert again.before == LOG.head(17)
    assert heads.recall(memory, ANCHOR) == LOG.head(17)


def test_a_log_that_was_rolled_back_is_refused(memory: Path) -> None:
    LOG.meet(memory, 17)

    with pytest.raises(Tampered, match="the ledger has 16 entries, 17 were seen here before") as caught:
        LOG.meet(memory, 16)

    assert caught.value.kind is Kind.ROLLED_BACK
    assert ANCHOR in caught.value.hint
    assert heads.recall(memory, ANCHOR) == LOG.head(17)


@pytest.mark.parametrize("size", [17, 18, 40])
def test_a_log_that_was_written_again_is_refused(memory: Path, size: int) -> None:
    LOG.meet(memory, 17)

    with pytest.raises(
        Tampered, match=f"the ledger's {size} entries do not begin with the 17 seen here before"
    ) as caught:
        Log(40, b"another history").meet(memory, size)

    assert caught.value.kind is Kind.FORKED
    assert heads.recall(memory, ANCHOR) == LOG.head(17)


def test_another_ledger_in_the_same_place_is_refused(memory: Path) -> None:
    LOG.meet(memory, 17)

    with pytest.raises(Tampered, match=f"has a ledger with the anchor {OTHER_ANCHOR}, it had one with") as caught:
        Log(3).meet(memory, anchor=OTHER_ANCHOR)

    assert caught.value.kind is Kind.REPLACED


def test_removing_the_file_named_in_the_hint_lets_a_place_have_another_ledger(memory: Path) -> None:
    LOG.meet(memory, 17)
    with pytest.raises(Tampered) as caught:
        Log(3).meet(memory, anchor=OTHER_ANCHOR)

    Path(caught.value.hint.rpartition("remove ")[2]).unlink()

    assert Log(3).meet(memory, anchor=OTHER_ANCHOR).before is None
    assert heads.recall(memory, ANCHOR) == LOG.head(17)


def test_a_ledger_is_remembered_by_its_anchor_wherever_it_lies(memory: Path) -> None:
    LOG.meet(memory, 17, place="/srv/bank")

    assert LOG.meet(memory, 20, place="https://ledger.example").before == LOG.head(17)
    with pytest.raises(Tampered) as caught:
        LOG.meet(memory, 19, place="/srv/copy")
    assert caught.value.kind is Kind.ROLLED_BACK


def test_a_slower_process_does_not_take_the_quicker_ones_head_for_a_rollback(memory: Path) -> None:
    LOG.meet(memory, 10)

    def overtaken() -> Head:
        slow = LOG.head(12)
        LOG.meet(memory, 15)
        return slow

    assert heads.meet(memory, PLACE, ANCHOR, overtaken, LOG.prove).head == LOG.head(12)
    assert heads.recall(memory, ANCHOR) == LOG.head(15)


def test_two_processes_that_are_shown_two_histories_notice(memory: Path) -> None:
    LOG.meet(memory, 10)
    forked = Log(40)
    forked.tree = merkle.Tree()
    for index in range(40):
        forked.tree.append(merkle.leaf_hash(index.to_bytes(4) if index < 10 else b"forked"))

    def overtaken() -> Head:
        forked.meet(memory, 15)
        return LOG.head(12)

    with pytest.raises(Tampered) as caught:
        heads.meet(memory, PLACE, ANCHOR, overtaken, LOG.prove)
    assert caught.value.kind is Kind.FORKED


def test_many_processes_at_a_growing_log_raise_no_false_alarm(memory: Path, tmp_path: Path) -> None:
    counter = tmp_path / "size"
    counter.write_text("1")
    code = f"""
import sys
from pathlib import Path
from govern.storage import durable, heads
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_heads import ANCHOR, LOG, PLACE

counter = Path({str(counter)!r})

def grown():
    with durable.exclusive(counter.with_name("turn")):
        size = int(counter.read_text()) + 1
        counter.write_text(str(size))
    return LOG.head(size)

for _ in range(13):
    assert heads.meet(Path({str(memory)!r}), PLACE, ANCHOR, grown, LOG.prove).warning == ""
"""
    others = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]

    assert [other.wait() for other in others] == [0, 0, 0]
    assert heads.recall(memory, ANCHOR) == LOG.head(40)


def test_heads_are_remembered_one_process_at_a_time(memory: Path) -> None:
    memory.mkdir(parents=True)
    with ThreadPoolExecutor(1) as threads:
        with durable.exclusive(memory / "lock"):
            waiting = threads.submit(LOG.meet, memory, 3)
            time.sleep(0.1)
            assert heads.recall(memory, ANCHOR) is None
        assert waiting.result().warning == ""

    assert heads.recall(memory, ANCHOR) == LOG.head(3)


def test_memory_that_cannot_be_written_is_a_warning_and_reading_goes_on(memory: Path) -> None:
    nowhere = LOG.meet(Path("/dev/null/heads"), 3)
    assert nowhere.head == LOG.head(3)
    assert nowhere.warning.startswith(
        "the head of this ledger is not remembered, so a rollback would not be noticed here"
    )

    LOG.meet(memory, 10)
    place = heads._place_path(memory, PLACE)
    place.unlink()
    place.mkdir()
    assert "is not remembered" in LOG.meet(memory, 12).warning
    assert heads.recall(memory, ANCHOR) == LOG.head(10)


def test_memory_that_cannot_be_read_is_not_overwritten(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LOG.meet(memory, 17)

    def refuse(path: Path, what: str, most: int) -> bytes:
        raise Unavailable(f"{path} cannot be read: Permission denied")

    with monkeypatch.context() as refusing:
        refusing.setattr(durable, "read", refuse)
        met = LOG.meet(memory, 16)

    assert "Permission denied" in met.warning
    assert heads.recall(memory, ANCHOR) == LOG.head(17)


def test_read_only_memory_still_notices_a_rollback(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    LOG.meet(memory, 17)

    def refuse(path: Path, content: bytes, mode: int) -> None:
        raise Unavailable(f"{path} cannot be written: Read-only file system")

    monkeypatch.setattr(durable, "replace", refuse)

    assert "Read-only file system" in LOG.meet(memory, 20).warning
    with pytest.raises(Tampered, match="17 were seen here before"):
        LOG.meet(memory, 16)


@pytest.mark.parametrize("damaged", [
    pytest.param(b"log.example/bank\n17\n", id="truncated"),
    pytest.param(b"", id="emptied"),
    pytest.param(b"[]", id="another value"),
    pytest.param(bytes(70_000), id="huge"),
])  # fmt: skip
def test_damaged_memory_is_named_and_never_believed(memory: Path, damaged: bytes) -> None:
    LOG.meet(memory, 17)
    for path in (heads._head_path(memory, ANCHOR), heads._place_path(memory, PLACE)):
        whole = path.read_bytes()
        path.write_bytes(damaged)

        with pytest.raises(Tampered, match=f"what is remembered in {path} is damaged"):
            LOG.meet(memory, 17)
        path.write_bytes(whole)


def test_what_is_no_anchor_names_no_file(memory: Path) -> None:
    with pytest.raises(InvalidInput, match="is not an anchor"):
        heads.recall(memory, "../" + ANCHOR[3:])


def test_memory_lies_where_the_desktop_standard_puts_state() -> None:
    home = Path("/home/ana")

    assert heads.default_folder({"XDG_STATE_HOME": "/state"}, home) == Path("/state/govern/heads")
    assert heads.default_folder({"XDG_STATE_HOME": "relative"}, home) == Path("/home/ana/.local/state/govern/heads")
    assert heads.default_folder({}, home) == Path("/home/ana/.local/state/govern/heads")
