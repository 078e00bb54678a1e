from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import pairwise

import pytest

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger import tiles
from govern.ledger.merkle import Hash, Tree, leaf_hash
from govern.ledger.tiles import ReadFile, bundle_path, check_tiles, export, tile_path

SIZE = 600
ENTRIES = [b"entry %d" % index for index in range(SIZE)]
TREE = Tree()
for _entry in ENTRIES:
    TREE.append(leaf_hash(_entry))

AROUND_EDGES = [0, 1, 255, 256, 257, 511, 512, 513, 600]


def reading(files: Mapping[str, bytes]) -> ReadFile:
    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    return read


def exported(size: int, since: int = 0) -> dict[str, bytes]:
    return dict(export(size, TREE.node, ENTRIES[since - since % 256 : size], since))


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 999, 256, "tile/0/999"),
        (1, 1000, 256, "tile/1/x001/000"),
        (3, 1_234_067, 256, "tile/3/x001/x234/067"),
        (0, 1_234_067, 8, "tile/0/x001/x234/067.p/8"),
    ],
)
def test_a_tile_lies_where_the_standard_says(level: int, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path
    assert bundle_path(index, width) == path.replace(f"tile/{level}/", "tile/entries/")


def test_an_export_of_any_size_reads_back() -> None:
    for size in range(SIZE + 1):
        files = exported(size)

        assert list(tiles.entries(size, reading(files))) == ENTRIES[:size]
        check_tiles(size, TREE.node, reading(files))
        assert all(files.values())
        assert len(files) == 2 * -(-size // 256) + (size > 255)


def test_a_later_export_adds_just_what_is_new() -> None:
    for since, size in [*((size, size) for size in AROUND_EDGES), *pairwise(AROUND_EDGES), (0, 600), (3, 300)]:
        before, added, whole = exported(since), exported(size, since), exported(size)

        assert not set(added) & set(before)
        assert {**before, **added}.items() >= whole.items()
        assert list(tiles.entries(size, reading({**before, **added}))) == ENTRIES[:size]


def test_an_export_does_not_follow_a_later_one() -> None:
    with pytest.raises(InvalidInput, match="an export of 3 does not follow one of 4"):
        exported(3, since=4)


@pytest.mark.parametrize("size", [65535, 65536, 65537])
def test_the_third_level_begins_with_its_first_hash(size: int) -> None:
    asked = set()

    def node(level: int, index: int) -> Hash:
        asked.add((level, index))
        return sha256(b"%d %d" % (level, index)).digest()

    files = dict(export(size, node, (b"" for _ in range(size))))

    assert asked == {(level, index) for level in (0, 8, 16) for index in range(size >> level)}
    assert [path for path in files if path.startswith("tile/2/")] == (["tile/2/000.p/1"] if size >= 65536 else [])
    assert sum(len(tile) for path, tile in files.items() if "entries" not in path) == 32 * len(asked)
    assert ("tile/0/256.p/1" in files) == (size == 65537)
    assert list(tiles.entries(size, reading(files))) == [b""] * size
    check_tiles(size, node, reading(files))


def test_a_stream_is_written_one_file_at_a_time() -> None:
    taken = 0

    def stream() -> Iterator[bytes]:
        nonlocal taken
        for taken, entry in enumerate(ENTRIES, start=1):  # noqa: B007  # counted outside
            yield entry

    files = export(SIZE, TREE.node, stream())
    assert (next(files)[0], taken) == ("tile/entries/000", 256)
    assert (next(files)[0], taken) == ("tile/entries/001", 512)

    read = tiles.entries(SIZE, reading(exported(256)))
    assert [next(read) for _ in range(256)] == ENTRIES[:256]


def test_a_smaller_checkpoint_reads_the_files_of_a_larger_export() -> None:
    files = exported(SIZE)

    for size in (1, 255, 256, 300, 511):
        assert list(tiles.entries(size, reading(files))) == ENTRIES[:size]
        check_tiles(size, TREE.node, reading({**files, "tile/1/000.p/1": TREE.node(8, 0)}))


@pytest.mark.parametrize("size", [1, 256, 300, 600])
def test_a_truncated_export_names_its_first_missing_entry(size: int) -> None:
    files = exported(size)
    for bundle in [path for path in files if "entries" in path]:
        first = int(bundle.split("/")[2][:3]) * 256

        with pytest.raises(Tampered, match=f"the export has no {bundle}, where entry {first} would be") as caught:
            list(tiles.entries(size, reading({path: files[path] for path in files if path != bundle})))

        assert (caught.value.kind, caught.value.entry) == (Kind.TRUNCATED, first)


def test_a_bundle_cut_short_anywhere_names_the_entry_that_it_cuts() -> None:
    files = exported(300)
    path, bundle = "tile/entries/001.p/44", files["tile/entries/001.p/44"]
    ends = [sum(2 + len(entry) for entry in ENTRIES[256:last]) for last in range(257, 301)]

    for length in range(len(bundle)):
        with pytest.raises(Tampered, match="ends before entry") as caught:
            list(tiles.entries(300, reading({**files, path: bundle[:length]})))
        assert caught.value.kind is Kind.TRUNCATED
        assert caught.value.entry == 256 + sum(end <= length for end in ends)


@pytest.mark.parametrize(("size", "path"), [(300, "tile/entries/000"), (300, "tile/entries/001.p/44")])
def test_a_bundle_with_an_entry_too_many_is_refused(size: int, path: str) -> None:
    files = exported(size)

    with pytest.raises(Tampered, match=f"{path} goes on after its (256|44) entries") as caught:
        list(tiles.entries(size, reading({**files, path: files[path] + b"\0\1!"})))

    assert (caught.value.kind, caught.value.entry) == (Kind.INSERTED, 256 if path.endswith("000") else 300)


def test_a_hash_that_differs_names_its_tile_and_entry() -> None:
    files = exported(600)
    for path, place, entry in [("tile/0/000", 224, 7), ("tile/0/002.p/88", 2815, 599), ("tile/1/000.p/2", 32, 256)]:
        touched = bytearray(files[path])
        touched[place] ^= 1

        with pytest.raises(
            Tampered, match=f"{path} is not over the entries of this export, which .* {entry}$"
        ) as caught:
            check_tiles(600, TREE.node, reading({**files, path: bytes(touched)}))

        assert (caught.value.kind, caught.value.entry) == (Kind.EDITED, entry)


def test_a_tile_cut_short_or_gone_on_or_gone_is_refused() -> None:
    files = exported(600)
    for path, tile in files.items():
        for wrong in [] if "entries" in path else [tile[:-1], tile[:-32], tile + tile[:32]]:
            with pytest.raises(Tampered, match=f"{path} is not over the entries"):
                check_tiles(600, TREE.node, reading({**files, path: wrong}))
    with pytest.raises(Tampered, match="the export has no tile/0/001, where entry 256 would be") as caught:
        check_tiles(600, TREE.node, reading({path: files[path] for path in files if path != "tile/0/001"}))
    assert (caught.value.kind, caught.value.entry) == (Kind.TRUNCATED, 256)


def test_a_tile_of_a_single_hash_is_checked_too() -> None:
    with pytest.raises(Tampered, match=r"tile/0/000.p/1 is not over the entries"):
        check_tiles(1, TREE.node, reading({"tile/0/000.p/1": bytes(32)}))


def test_a_missing_tile_of_a_higher_level_names_the_first_entry_below_it() -> None:
    with pytest.raises(Tampered, match=r"the export has no tile/1/001.p/1, where entry 65536 would be") as caught:
        check_tiles(65_792, lambda *_: bytes(32), lambda path: missing_or_zeros(path, "tile/1/001"))

    assert caught.value.entry == 65_536


def missing_or_zeros(path: str, missing: str) -> bytes:
    if path.startswith(missing):
        raise FileNotFoundError(path)
    _, _, width = path.partition(".p/")
    return bytes(32 * int(width or 256))


def test_a_ledger_that_lacks_entries_is_not_exported() -> None:
    with pytest.raises(Tampered, match="the ledger of 600 has no entry 511") as caught:
        dict(export(600, TREE.node, ENTRIES[:511]))

    assert (caught.value.kind, caught.value.entry) == (Kind.TRUNCATED, 511)


def test_the_largest_entry_fits_and_a_larger_does_not() -> None:
    files = dict(export(1, TREE.node, [b"x" * 65_535]))
    assert list(tiles.entries(1, reading(files))) == [b"x" * 65_535]

    with pytest.raises(InvalidInput, match="an entry has at most 65535 bytes, this has 65536"):
        dict(export(1, TREE.node, [b"x" * 65_536]))
