"""Files are there whole or not at all, and two processes never hold the same lock."""

import errno
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from govern.errors import InvalidInput, Unavailable
from govern.storage import durable


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refuse_links(self: Path, target: Path) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_file_is_created_with_its_mode_and_nothing_else_stays_behind(tmp_path: Path) -> None:
    durable.create(tmp_path / "key", b"secret", 0o600)

    assert (tmp_path / "key").read_bytes() == b"secret"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


def test_creating_never_overwrites(tmp_path: Path) -> None:
    durable.create(tmp_path / "key", b"first")

    with pytest.raises(InvalidInput, match="key exists already") as caught:
        durable.create(tmp_path / "key", b"second")

    assert caught.value.code == "exists"
    assert (tmp_path / "key").read_bytes() == b"first"
    assert names(tmp_path) == ["key"]


def test_on_a_disk_without_hard_links_creating_still_never_overwrites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "hardlink_to", refuse_links)

    durable.create(tmp_path / "key", b"first", 0o600)
    with pytest.raises(InvalidInput, match="key exists already"):
        durable.create(tmp_path / "key", b"second")

    assert (tmp_path / "key").read_bytes() == b"first"
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


def test_replacing_changes_all_or_nothing(tmp_path: Path) -> None:
    durable.replace(tmp_path / "lock", b"first")
    durable.replace(tmp_path / "lock", b"second")

    assert (tmp_path / "lock").read_bytes() == b"second"
    assert names(tmp_path) == ["lock"]


def test_a_writer_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> None:
        with durable.created(tmp_path / "backup") as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert names(tmp_path) == []


def test_a_full_disk_is_said_to_be_full() -> None:
    with pytest.raises(Unavailable, match="missing/key cannot be written: No such file"):
        durable.create(Path("/dev/missing/key"), b"")
    with pytest.raises(Unavailable, match="cannot be written"), durable.exclusive(Path("/dev/missing/lock")):
        pass
    with pytest.raises(Unavailable, match="cannot be written"):
        durable.make_folder(Path("/dev/null/folder"))
    with pytest.raises(Unavailable, match="cannot be written"):
        durable.remove(Path("/dev/null/file"))
    with pytest.raises(Unavailable, match="cannot be written"):
        durable.move(Path("/dev/null/file"), Path("/dev/null/place"))
    with pytest.raises(Unavailable, match="cannot be read"):
        durable.read(Path("/proc/self/mem"), "note", 5)


def test_a_file_that_is_missing_or_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")

    assert durable.read(tmp_path / "file", "note", 5) == b"12345"
    with pytest.raises(InvalidInput, match="file is too large to be a note: it has more than 4 bytes"):
        durable.read(tmp_path / "file", "note", 4)
    with pytest.raises(InvalidInput, match=r"there is no note .*missing"):
        durable.read(tmp_path / "missing", "note", 4)


@pytest.mark.parametrize("times", range(3))
def test_a_killed_writer_leaves_the_old_file_or_the_new(tmp_path: Path, times: int) -> None:
    path = tmp_path / "lock"
    durable.replace(path, b"a" * 100_000)
    code = f"""
from pathlib import Path
from govern.storage import durable
print(flush=True)
while True:
    for letter in b"ab":
        durable.replace(Path({str(path)!r}), bytes([letter]) * 100_000)
"""
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(0.01 + 0.007 * times)
    writer.send_signal(signal.SIGKILL)
    writer.communicate()

    assert path.read_bytes() in {b"a" * 100_000, b"b" * 100_000}


def test_a_lock_is_held_by_one_at_a_time_across_threads_and_processes(tmp_path: Path) -> None:
    counter, lock = tmp_path / "counter", tmp_path / "lock"
    counter.write_text("0")
    code = f"""
from pathlib import Path
from govern.storage import durable
for _ in range(50):
    with durable.exclusive(Path({str(lock)!r})):
        Path({str(counter)!r}).write_text(str(int(Path({str(counter)!r}).read_text()) + 1))
"""

    def count() -> None:
        for _ in range(50):
            with durable.exclusive(lock):
                counter.write_text(str(int(counter.read_text()) + 1))

    others = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [other.wait() for other in others] == [0, 0]
    assert counter.read_text() == "200"
