"""The ledger as a folder of files, as C2SP lays it out (tlog-tiles): bundles of entries and tiles of hashes.

Both directions are streams of one file at a time, and neither touches a disk: the writer yields paths and bytes, the reader
is given a function from a path to bytes that raises `FileNotFoundError`. The checkpoint is the caller's: written last, read
first. A file that is not full is only ever the last of its level, and no file is empty.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import TypeAlias

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.envelope import LARGEST_LEAF
from govern.ledger.merkle import HASH_SIZE, Reader

ReadFile: TypeAlias = Callable[[str], bytes]

WIDTH = 256


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Return where the tile of hashes lies, e.g. ``tile/0/x001/x234/067`` or ``tile/1/000.p/8``."""
    return f"tile/{level}/{_number(index)}" + ("" if width == WIDTH else f".p/{width}")


def bundle_path(index: int, width: int = WIDTH) -> str:
    """Return where the bundle of entries lies, e.g. ``tile/entries/000``."""
    return f"tile/entries/{_number(index)}" + ("" if width == WIDTH else f".p/{width}")


def export(size: int, node: Reader, entries: Iterable[bytes], since: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield every file that the export at ``size`` has and the one at ``since`` has not.

    ``entries`` begin with the bundle that ``since`` falls into: at entry ``since - since % WIDTH``.
    """
    stream = iter(entries)
    for index, width in _widths(size, since):
        held = list(islice(stream, width))
        if len(held) < width:
            missing = index * WIDTH + len(held)
            raise _truncated(f"the ledger of {size} has no entry {missing}", missing)
        yield bundle_path(index, width), b"".join(map(_framed, held))
    for level, index, content in _tiles(size, node, since):
        yield tile_path(level, index, len(content) // HASH_SIZE), content


def entries(size: int, read: ReadFile) -> Iterator[bytes]:
    """Yield the first ``size`` entries of an export; raise `Tampered` at the first that is not there."""
    for index, width in _widths(size):
        first = index * WIDTH
        content, exact = _stored(read, bundle_path(index, width), first)
        at = 0
        for entry in range(first, first + width):
            start = at + 2
            at = start + int.from_bytes(content[at:start])
            if len(content) < at:
                raise _truncated(f"{bundle_path(index, width)} ends before entry {entry} does", entry)
            yield content[start:at]
        if exact and at < len(content):
            message = f"{bundle_path(index, width)} goes on after its {width} entries"
            raise Tampered(message, kind=Kind.INSERTED, entry=first + width)


def check_tiles(size: int, node: Reader, read: ReadFile) -> None:
    """Raise `Tampered` unless the export's tiles hold the hashes of ``node``, which come from its entries."""
    for level, index, content in _tiles(size, node):
        path = tile_path(level, index, len(content) // HASH_SIZE)
        stored, exact = _stored(read, path, index * WIDTH << 8 * level)
        if (stored if exact else stored[: len(content)]) != content:
            entry = index * WIDTH + _differing(stored, content) << 8 * level
            message = f"{path} is not over the entries of this export, which first differ at entry {entry}"
            raise Tampered(message, kind=Kind.EDITED, entry=entry)


def _widths(size: int, since: int = 0) -> Iterator[tuple[int, int]]:
    """Yield index and width of each file over ``size`` items, but for those that ``since`` items had filled already."""
    if not 0 <= since <= size:
        raise InvalidInput(f"an export of {size} does not follow one of {since}")
    if since < size:
        for index in range(since // WIDTH, -(-size // WIDTH)):
            yield index, min(WIDTH, size - index * WIDTH)


def _tiles(size: int, node: Reader, since: int = 0) -> Iterator[tuple[int, int, bytes]]:
    level = 0
    while size >> 8 * level:
        for index, width in _widths(size >> 8 * level, since >> 8 * level):
            yield level, index, b"".join(node(8 * level, index * WIDTH + place) for place in range(width))
        level += 1


def _stored(read: ReadFile, path: str, first: int) -> tuple[bytes, bool]:
    """Return the file at ``path``, or else the full one that took its place, and whether it is the former."""
    full = path.partition(".p/")[0]
    for candidate in (path, full):
        with suppress(FileNotFoundError):
            return read(candidate), candidate == path
    raise _truncated(f"the export has no {path}, where entry {first} would be", first)


def _framed(entry: bytes) -> bytes:
    if len(entry) > LARGEST_LEAF:
        raise InvalidInput(f"an entry has at most {LARGEST_LEAF} bytes, this has {len(entry)}")
    return len(entry).to_bytes(2) + entry


def _differing(stored: bytes, content: bytes) -> int:
    """Return the first hash in which two tiles differ."""
    hashes = range(0, len(content), HASH_SIZE)
    differing = (at for at in hashes if stored[at : at + HASH_SIZE] != content[at : at + HASH_SIZE])
    return next(differing, len(content)) // HASH_SIZE


def _number(index: int) -> str:
    """Return ``index`` in groups of three digits, all but the last marked: ``x001/x234/067``."""
    groups = f"{index:,}".split(",")
    *higher, last = [group.zfill(3) for group in groups]
    return "/".join([*(f"x{group}" for group in higher), last])


def _truncated(message: str, entry: int) -> Tampered:
    return Tampered(message, kind=Kind.TRUNCATED, entry=entry)
