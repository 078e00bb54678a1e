"""What is compressed as a whole, as joblib does: the first few MiB are unpacked in memory, and looked at."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any

from govern.artifacts.source import Malformed, Source

MOST_UNPACKED = 4 << 20
_CHUNK = 1 << 16
_MOST_READ = 8 << 20

_OPENERS: dict[str, tuple[tuple[bytes, ...], Callable[[], Any]]] = {
    "gzip": ((b"\x1f\x8b\x08",), lambda: zlib.decompressobj(16 + zlib.MAX_WBITS)),
    "bzip2": ((b"BZh",), bz2.BZ2Decompressor),
    "xz": ((b"\xfd7zXZ\x00",), lambda: lzma.LZMADecompressor(memlimit=64 << 20)),
    "lzma": ((b"\x5d\x00\x00",), lambda: lzma.LZMADecompressor(memlimit=64 << 20)),
    "zlib": ((b"x\x01", b"x\x5e", b"x\x9c", b"x\xda"), zlib.decompressobj),
}


def kind(head: bytes) -> str:
    """Return by what the file is compressed, if it is."""
    return next((name for name, (marks, _) in _OPENERS.items() if head.startswith(marks)), "")


def unpacked(source: Source, kind_: str) -> tuple[bytes, bool]:
    """Return the beginning of what is in it, and whether that is all."""
    opener, found, at = _OPENERS[kind_][1](), bytearray(), 0
    waiting = b""
    try:
        while len(found) < MOST_UNPACKED and at < _MOST_READ and not opener.eof:
            if not waiting and getattr(opener, "needs_input", True):
                waiting = source.some(at, _CHUNK)
                at += len(waiting)
                if not waiting:
                    raise Malformed("it ends before what is in it does")
            found += opener.decompress(waiting, MOST_UNPACKED - len(found))
            waiting = getattr(opener, "unconsumed_tail", b"")
    except (zlib.error, lzma.LZMAError, OSError, EOFError, MemoryError, ValueError):
        raise Malformed(f"it is not {kind_} to its end") from None
    return bytes(found), bool(opener.eof)
