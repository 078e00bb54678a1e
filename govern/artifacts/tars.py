"""Tar archives, as folders of too many files are kept: which files are in them, by their headers alone."""

import re

from govern.artifacts.pickles import RUNS
from govern.artifacts.source import Cursor, Inspection, Malformed, Source, inspection, seen

_BLOCK = 512
_SHOWN = 12
_LARGEST_EXTENSION = 1 << 20
_BASE_256 = 0x80
_PATH = re.compile(rb"(?:^|\n)[0-9]+ path=([^\n]*)\n")
_PICKLED = (".pkl", ".pickle", ".joblib", ".pt", ".pth")


def read(source: Source) -> Inspection:
    """Return how many files there are, and which of them are pickles."""
    cursor, name = Cursor(source), ""
    count = length = 0
    pickled: list[str] = []
    while not cursor.is_over and any(header := cursor.take(_BLOCK)):
        kind, size = header[156:157], _number(header[124:136])
        start = cursor.at
        if kind in b"xL":
            if size > _LARGEST_EXTENSION:
                raise Malformed(f"it has a name of {size:,} bytes")
            name = _long_name(cursor.take(size), kind)
        else:
            name = name or _short_name(header)
            if kind in b"0\0":
                count, length = count + 1, length + size
                if _is_pickle(cursor, name, size):
                    pickled.append(name)
            name = ""
        cursor.at = start
        cursor.skip(size + -size % _BLOCK)
    if not count:
        raise Malformed("it holds no files")
    more = f" and {len(pickled) - _SHOWN:,} more" if len(pickled) > _SHOWN else ""
    flags = (f"it holds {', '.join(map(seen, pickled[:_SHOWN]))}{more}, and {RUNS}",) if pickled else ()
    return inspection("tar", facts={"files": count, "bytes in them": length}, flags=flags)


def _is_pickle(cursor: Cursor, name: str, size: int) -> bool:
    return name.lower().endswith(_PICKLED) or (
        size > 1 and cursor.take(2) in {b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"}
    )


def _long_name(content: bytes, kind: bytes) -> str:
    if kind == b"L":
        return content.rstrip(b"\0").decode(errors="replace")
    found = _PATH.search(content)
    return found[1].decode(errors="replace") if found else ""


def _short_name(header: bytes) -> str:
    name, prefix = (part.partition(b"\0")[0].decode(errors="replace") for part in (header[:100], header[345:500]))
    return f"{prefix}/{name}" if prefix else name


def _number(digits: bytes) -> int:
    """Return a size as tar writes it: in octal, or beyond 8 GiB in base 256."""
    if digits[0] & _BASE_256:
        return int.from_bytes(digits[1:], "big")
    text = digits.strip(b" \0")
    if not re.fullmatch(rb"[0-7]*", text):
        raise Malformed(f"{text!r} is no size")
    return int(text or b"0", 8)
