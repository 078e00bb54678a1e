"""UBJSON as XGBoost writes it: the same places as of JSON, and what is not wanted is skipped by its length.

Draft 12 of the format, with typed arrays; numbers are big-endian.
"""

import struct
from collections.abc import Iterator, Sequence

from govern.artifacts.jsontext import DEEPEST, MOST_ELEMENTS, Found, Place, Plain, below
from govern.artifacts.source import Cursor, Malformed, Source, TooMuch

_SIZES = {b"i": 1, b"U": 1, b"I": 2, b"l": 4, b"L": 8, b"d": 4, b"D": 8, b"C": 1, b"Z": 0, b"N": 0, b"T": 0, b"F": 0}
_INTEGERS = b"iUIlL"
_PLAIN = {b"T": True, b"F": False, b"Z": None, b"N": None}
_CLOSED_BY = {b"[": b"]", b"{": b"}"}


def pick(source: Source, wanted: Sequence[Place]) -> Iterator[Found]:
    """Give what stands at the places that are wanted, in the order of the file."""
    cursor = Cursor(source)
    yield from _value(cursor, cursor.take(1), (), wanted)
    if not cursor.is_over:
        raise Malformed(f"something follows the UBJSON at {cursor.at:,}")


def _value(cursor: Cursor, kind: bytes, place: Place, wanted: Sequence[Place]) -> Iterator[Found]:
    is_wanted, goes_on = () in wanted, any(wanted)
    if kind in _CLOSED_BY and goes_on:
        number = 0
        element, left = _container(cursor)
        while left if left is not None else not _closed(cursor, _CLOSED_BY[kind]):
            cursor.skip(0)  # an element may have no bytes, and there may be any number of them
            key = _text(cursor) if kind == b"{" else str(number)
            yield from _value(cursor, element or cursor.take(1), (*place, key), below(wanted, key))
            number, left = number + 1, left - 1 if left else left
    elif kind == b"[" and is_wanted:
        if (plain := _list(cursor)) is not None:
            yield place, plain
    elif kind in _CLOSED_BY:
        _pass_over(cursor, kind)
    else:
        found = _plain(cursor, kind)
        if is_wanted:
            yield place, found


def _list(cursor: Cursor) -> list[Plain] | None:
    """Return a list of plain values, or nothing if there is more than that in it."""
    found: list[Plain] = []
    element, left = _container(cursor)
    is_plain = True
    while left if left is not None else not _closed(cursor, b"]"):
        kind = element or cursor.take(1)
        if kind in _CLOSED_BY:
            _pass_over(cursor, kind)
            is_plain = False
        else:
            found.append(_plain(cursor, kind))
        if len(found) > MOST_ELEMENTS:
            raise TooMuch
        left = left - 1 if left else left
    return found if is_plain else None


def _pass_over(cursor: Cursor, kind: bytes) -> None:
    """Pass a container, however long and however deep."""
    open_ = [_opened(cursor, kind)]
    while open_:
        kind, element, left = open_[-1]
        if left == 0 if left is not None else _closed(cursor, _CLOSED_BY[kind]):
            open_.pop()
            continue
        if kind == b"{":
            cursor.skip(_length(cursor))
        inner = element or cursor.take(1)
        open_[-1] = (kind, element, left - 1 if left else left)
        if inner in _CLOSED_BY:
            open_.append(_opened(cursor, inner))
        elif inner in b"SH":
            cursor.skip(_length(cursor))
        else:
            cursor.skip(_size(cursor, inner))
        if len(open_) > DEEPEST:
            raise Malformed(f"it is nested more than {DEEPEST} deep at {cursor.at:,}")


def _opened(cursor: Cursor, kind: bytes) -> tuple[bytes, bytes, int | None]:
    """Return a container with what its elements are and how many are left; numbers of one kind are skipped at once."""
    element, left = _container(cursor)
    if kind == b"[" and left and element in _SIZES:
        cursor.skip(left * _SIZES[element])
        left = 0
    return kind, element, left


def _container(cursor: Cursor) -> tuple[bytes, int | None]:
    """Return what every element of a container is, if it says so, and how many there are."""
    element = b""
    if _closed(cursor, b"$"):
        element = cursor.take(1)
        if not _closed(cursor, b"#"):
            raise Malformed(f"a kind without a count at {cursor.at:,}")
        return element, _length(cursor)
    return element, _length(cursor) if _closed(cursor, b"#") else None


def _closed(cursor: Cursor, mark: bytes) -> bool:
    """Return whether the mark comes next, and pass it if it does."""
    if cursor.peek() != mark[0]:
        return False
    cursor.skip(1)
    return True


def _plain(cursor: Cursor, kind: bytes) -> Plain:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in b"SH":
        return _text(cursor)
    content = cursor.take(_size(cursor, kind))
    if kind in _INTEGERS:
        return int.from_bytes(content, "big", signed=kind != b"U")
    if kind == b"C":
        return content.decode("latin-1")
    number: float = struct.unpack(">f" if kind == b"d" else ">d", content)[0]
    return number


def _text(cursor: Cursor) -> str:
    return cursor.text(_length(cursor))


def _length(cursor: Cursor) -> int:
    kind = cursor.take(1)
    if kind not in _INTEGERS:
        raise Malformed(f"{kind!r} at {cursor.at - 1:,} is no kind of length")
    length = cursor.number(_SIZES[kind], big=True, signed=kind != b"U")
    if length < 0:
        raise Malformed(f"the length before {cursor.at:,} is {length}")
    return length


def _size(cursor: Cursor, kind: bytes) -> int:
    if kind not in _SIZES:
        raise Malformed(f"{kind!r} at {cursor.at - 1:,} is no kind of value")
    return _SIZES[kind]
