"""Files are kept as what they are, under the names they have, in flat memory; what cannot be is refused, and it is said why."""

import os
import subprocess
import sys
import tarfile
import threading
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from govern import artifacts
from govern.artifacts import folder, keeping
from govern.artifacts.folder import CHUNK, Packed, files
from govern.errors import InvalidInput, Tampered, Unavailable
from govern.ledger.strict import Digest
from govern.storage import blobs
from govern.storage.store import Store

GIB = 1 << 30
LARGE = "sha256:236fd449fd7de694210263c86702715bc5071df29e70843d40d5c2ec2f6cf317"
"""What sha256sum says of 4 GiB and 12,342 zeros and ``end``."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.create(f"sqlite:///{tmp_path}/ledger/ledger.db")
    yield made
    made.close()


def file(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def hint(path: Path, store: Store, message: str) -> str:
    with pytest.raises(InvalidInput, match=message) as caught:
        artifacts.keep(store, [path])
    assert list(blobs.digests(store)) == []
    return caught.value.hint


# Names


NAMES = [
    *(
        "модель.bin",
        "モデル.bin",
        "نموذج.bin",
        "מודל.bin",
        "मॉडल.bin",
        "แบบจำลอง.bin",
        "模型.bin",
        "🏦 model.bin",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.bin",
    ),
    *("a file, with: signs; & 'quotes' \"too\" %s {x} $HOME.bin", " .bin", "...", "-rf", "model.bin ", "x" * 250),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_is_kept_as_it_is(name: str, store: Store, tmp_path: Path) -> None:
    content = name.encode()

    (kept,) = artifacts.keep(store, [file(tmp_path / name, content)])

    assert (kept.name, kept.size, kept.digest) == (name, len(content), Digest(sha256(content).digest()))
    assert b"".join(blobs.get(store, kept.digest)) == content


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("back\\slash.bin", "holds a backslash"),
        ("line\nfeed.bin", r"holds the character U\+000A, which cannot be seen"),
        ("\x1b[2Jclear.bin", r"U\+001B"),
        ("turned\u202enib.exe", r"U\+202E"),
        ("no\u200bspace.bin", r"U\+200B"),
        (os.fsdecode(b"latin-\xe9.bin"), "is not UTF-8"),
    ],
)
def test_a_name_that_cannot_be_read_is_refused(name: str, message: str, store: Store, tmp_path: Path) -> None:
    assert hint(file(tmp_path / name), store, message) == "give the file another name"
    assert hint(tmp_path, store, message) if "/" in name else True


def test_a_name_that_is_too_long_is_refused(store: Store, tmp_path: Path) -> None:
    file(tmp_path / ("a" * 100) / ("b" * 100) / ("c" * 100) / "d.bin")

    assert "shorter" in hint(tmp_path / ("a" * 100), store, "the longest has 300")
    hint(tmp_path / ("x" * 5000), store, "cannot be read: File name too long")
    hint(tmp_path / "nul\0", store, "is not the name of a file")


def test_two_spellings_of_one_name_are_refused(store: Store, tmp_path: Path) -> None:
    file(tmp_path / "model" / unicodedata.normalize("NFC", "é.bin"))
    file(tmp_path / "model" / unicodedata.normalize("NFD", "é.bin"))

    hint(tmp_path / "model", store, "two artefacts are called model/é.bin")


def test_a_decomposed_name_alone_is_kept_as_it_is(store: Store, tmp_path: Path) -> None:
    name = unicodedata.normalize("NFD", "é.bin")

    assert artifacts.keep(store, [file(tmp_path / name)])[0].name == name


def test_a_folder_is_named_even_if_it_is_written_as_a_point(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(tmp_path / "model" / "a.bin")
    monkeypatch.chdir(tmp_path / "model")

    assert [one.name for one in artifacts.keep(store, [Path()])] == ["model/a.bin"]
    assert [one.name for one in artifacts.keep(store, [Path("../model/")])] == ["model/a.bin"]


# Links, pipes and what else is no file


def test_a_link_that_is_named_is_followed(store: Store, tmp_path: Path) -> None:
    file(tmp_path / "store" / "7f3a", b"weights")
    (tmp_path / "model.bin").symlink_to(tmp_path / "store" / "7f3a")
    (tmp_path / "model").symlink_to(tmp_path / "store")

    by_file, by_folder = (artifacts.keep(store, [tmp_path / name])[0] for name in ("model.bin", "model"))

    assert (by_file.name, by_folder.name) == ("model.bin", "model/7f3a")
    assert by_file.digest == by_folder.digest == Digest.of(b"weights")


@pytest.mark.parametrize("target", ["a.bin", "..", "nowhere", "link"])
def test_a_link_inside_a_folder_is_refused(target: str, store: Store, tmp_path: Path) -> None:
    file(tmp_path / "model" / "a.bin")
    (tmp_path / "model" / "link").symlink_to(target)

    assert hint(tmp_path / "model", store, "link is a link") == "put the file itself into the folder"


def test_a_link_to_nowhere_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nowhere")

    hint(tmp_path / "loop", store, "cannot be read: Too many levels")
    hint(tmp_path / "gone", store, "cannot be read: No such file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(store: Store, tmp_path: Path) -> None:
    file(tmp_path / "model" / "a.bin")
    os.mkfifo(tmp_path / "model" / "pipe")

    hint(tmp_path / "model" / "pipe", store, "pipe is not a file")
    hint(tmp_path / "model", store, "pipe is neither a file nor a folder")
    hint(Path(os.devnull), store, "is not a file")
    with pytest.raises(InvalidInput, match="pipe is not a file"):
        artifacts.data_set("training", tmp_path / "model" / "pipe")


def test_an_empty_folder_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "model" / "inner").mkdir(parents=True)

    hint(tmp_path / "model", store, "model holds no files")


# Files that change


def test_a_file_that_grows_while_it_is_read_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path / "model.bin", b"before")
    real = blobs.put

    def put(*given: object) -> Digest:
        digest = real(*given)  # type: ignore[arg-type]
        path.write_bytes(b"after, and longer")
        return digest

    monkeypatch.setattr(blobs, "put", put)

    with pytest.raises(Tampered, match="was changed while it was read"):
        artifacts.keep(store, [path])


def test_a_file_that_is_replaced_by_one_like_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = file(tmp_path / "rows.csv", b"1"), file(tmp_path / "other.csv", b"2")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    real = sha256

    def replacing() -> object:
        if other.exists():
            other.replace(path)
        return real()

    monkeypatch.setattr(keeping, "sha256", replacing)

    with pytest.raises(Tampered, match="was changed while it was read"):
        artifacts.data_set("training", path)


def test_a_file_that_is_written_all_the_time_is_refused_or_right(store: Store, tmp_path: Path) -> None:
    path, stop = file(tmp_path / "model.bin", bytes(4 * CHUNK)), threading.Event()

    def write() -> None:
        with path.open("r+b") as target:
            while not stop.is_set():
                target.seek(CHUNK)
                target.write(os.urandom(64))
                target.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        refused = [one for one in range(5) if not is_kept(store, path)]
    finally:
        stop.set()
        writer.join()

    assert refused
    assert is_kept(store, path)
    assert all(one.problem is None for one in blobs.check_all(store))


def is_kept(store: Store, path: Path) -> bool:
    """Return whether a file is kept, and not refused because it changed."""
    try:
        artifacts.keep(store, [path])
    except (Tampered, Unavailable):
        return False
    return True


# Many files


def many(path: Path, count: int) -> Path:
    for number in range(count):
        file(path / f"{number // 100:03}" / f"часть-{number:06}.bin", b"%d" % number)
    return path


def test_a_folder_of_many_files_is_one_archive_that_any_tar_opens(store: Store, tmp_path: Path) -> None:
    file(many(tmp_path / "model", 450) / "code.pkl", b"\x80\x04N.")

    (kept,) = artifacts.keep(store, [tmp_path / "model"])

    assert kept.name == "model.tar"
    (tmp_path / "kept.tar").write_bytes(b"".join(blobs.get(store, kept.digest)))
    with tarfile.open(tmp_path / "kept.tar") as archive:
        members = {one.name: archive.extractfile(one) for one in archive}
        contents = {name: content.read() for name, content in members.items() if content}
    assert list(contents) == sorted(contents)
    assert contents == {one.name: one.path.read_bytes() for one in files(tmp_path / "model")}
    found = artifacts.kept(store, kept.name, kept.size, kept.digest)
    assert dict(found.facts)["files"] == "451"
    assert found.flags == ("it holds model/code.pkl, and a pickle runs what is in it when it is read",)


def test_the_same_files_have_the_same_digest_wherever_and_whenever_they_are(store: Store, tmp_path: Path) -> None:
    for place in ("one", "two"):
        many(tmp_path / place / "model", 250)
    os.utime(tmp_path / "two" / "model" / "000" / "часть-000007.bin", (1, 1))
    (tmp_path / "two" / "model" / "000" / "часть-000008.bin").chmod(0o600)

    one, two = (artifacts.keep(store, [tmp_path / place / "model"]) for place in ("one", "two"))

    assert one == two


def test_what_fits_is_named_file_by_file_and_what_does_not_is_packed(store: Store, tmp_path: Path) -> None:
    fitting, long_ = many(tmp_path / "fits", 90), tmp_path / "long"
    for number in range(90):
        file(long_ / ("д" * 120) / ("л" * 100) / f"{number}.bin")

    assert len(artifacts.keep(store, [fitting])) == 90
    assert [one.name for one in artifacts.keep(store, [long_])] == ["long.tar"]
    both = artifacts.keep(store, [file(tmp_path / "card.yaml"), fitting, long_])
    assert [one.name for one in both] == ["card.yaml", "fits.tar", "long.tar"]


def test_too_many_files_by_name_are_refused(store: Store, tmp_path: Path) -> None:
    paths = [file(tmp_path / f"{number}.bin") for number in range(201)]

    with pytest.raises(InvalidInput, match="201 names are too many") as caught:
        artifacts.keep(store, paths)

    assert caught.value.hint == "put the files into one folder, and name the folder"


def test_an_archive_and_a_file_of_its_name_are_told_apart(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"two artefacts are called model\.tar"):
        artifacts.keep(store, [many(tmp_path / "model", 201), file(tmp_path / "model.tar")])


@pytest.mark.parametrize("deed", ["grow", "shrink", "touch", "link", "add", "remove"])
def test_a_folder_that_changes_while_it_is_packed_is_refused(
    deed: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = many(tmp_path / "model", 250)
    last = model / "002" / "часть-000249.bin"
    done: list[str] = []

    def change() -> None:
        match deed:
            case "grow":
                last.write_bytes(b"longer than it was")
            case "shrink":
                last.write_bytes(b"")
            case "touch":
                os.utime(last, (1, 1))
            case "link":
                last.unlink()
                last.symlink_to(model / "000" / "часть-000000.bin")
            case "add":
                file(model / "new.bin")
            case _:
                last.unlink()

    class Changing(Packed):
        def read(self, size: int = -1) -> bytes:
            if not done:
                done.append(deed)
                change()
            return super().read(size)

    monkeypatch.setattr(keeping, "Packed", Changing)

    with pytest.raises((Tampered, InvalidInput), match=r"was changed while it was read|cannot be read"):
        artifacts.keep(store, [model])


def test_more_files_than_anybody_reviews_are_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "MOST_FILES", 5)

    assert hint(many(tmp_path / "model", 6), store, "holds more than 5 files") == "pack it into one file"


# Large files


HASHING = """
import resource, sys
from pathlib import Path
from govern.artifacts import data_set
path = Path(sys.argv[1])
def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1 << 10)
before = most()
found = data_set("training", path)
print(found.size, found.digest, most() - before)
"""


def test_a_file_beyond_4_gib_is_hashed_in_flat_memory(tmp_path: Path) -> None:
    path, size = tmp_path / "large.bin", 4 * GIB + 12_345
    with path.open("wb") as made:
        made.seek(size - 3)
        made.write(b"end")

    ran = subprocess.run([sys.executable, "-c", HASHING, path], stdout=subprocess.PIPE, check=True, text=True)

    told, digest, grown = ran.stdout.split()
    assert (int(told), digest) == (size, LARGE)
    assert int(grown) < 32 << 20


def test_a_data_set_is_what_its_bytes_are(tmp_path: Path) -> None:
    path = file(tmp_path / "données.csv", os.urandom(3 * CHUNK + 17))

    found = artifacts.data_set("training", path)

    assert (found.role, found.name, found.size) == ("training", "données.csv", 3 * CHUNK + 17)
    assert found.digest == Digest.of(path.read_bytes())
    with pytest.raises(InvalidInput, match="Is a directory"):
        artifacts.data_set("training", tmp_path)


# What is kept is inspected where it lies


def test_a_kept_file_is_inspected_without_being_read_whole(store: Store, tmp_path: Path) -> None:
    from tests.artefacts.samples import onnx_file

    content = onnx_file(weights=5 << 20)
    (kept,) = artifacts.keep(store, [file(tmp_path / "model.onnx", content)])

    found = artifacts.kept(store, kept.name, kept.size, kept.digest)

    assert found == artifacts.inspect(lambda at, length: content[at : at + length], len(content), "model.onnx")
    assert found.format == "ONNX"


def test_what_is_kept_and_gone_is_missing_which_is_not_the_same_as_not_held(store: Store) -> None:
    assert artifacts.kept(store, "model.onnx", 9, Digest.of(b"x")).format == "missing"
    assert artifacts.NOT_HELD.format == "not held here"


# By reference


def test_a_file_by_reference_is_hashed_and_nothing_is_kept(store: Store, tmp_path: Path) -> None:
    folder_ = file(tmp_path / "model" / "a.bin", bytes(2 * CHUNK + 1)).parent
    file(folder_ / "b" / "c.bin", b"c")

    found = artifacts.refer([file(tmp_path / "z.bin"), folder_])

    kept = artifacts.keep(store, [tmp_path / "z.bin", folder_])
    assert [(one.name, one.size, one.digest) for one in found] == [(one.name, one.size, one.digest) for one in kept]
    assert [one.name for one in found] == ["model/a.bin", "model/b/c.bin", "z.bin"]
    assert {one.by_reference for one in found} == {True}
    assert {one.by_reference for one in kept} == {None}


def test_a_folder_by_reference_that_an_entry_cannot_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="201 files are too many") as caught:
        artifacts.refer([many(tmp_path / "model", 201)])

    assert caught.value.hint.startswith("pack them into one file, and register that")


def test_names_by_reference_are_as_strict_as_those_of_what_is_kept(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"two artefacts are called z\.bin"):
        artifacts.refer([file(tmp_path / "one" / "z.bin"), file(tmp_path / "two" / "z.bin")])
    (tmp_path / "one" / "y.bin").symlink_to(tmp_path / "one" / "z.bin")
    with pytest.raises(InvalidInput, match="is a link"):
        artifacts.refer([tmp_path / "one"])
