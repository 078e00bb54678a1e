"""Tensors without code: safetensors, and the header of a NumPy file."""

import re

from govern.artifacts import jsontext
from govern.artifacts.source import Column, Cursor, Inspection, Malformed, Source, inspection, seen

MOST_TENSORS = 200_000
_SMALLEST_HEADER = len("{}")
_LARGEST_HEADER = 100_000_000  # what the format itself allows
_DESCR = re.compile(r"'descr': ('[^']*'|\[.*\])")
_SHAPE = re.compile(r"'shape': (\([0-9, ]*\))")
_WANTED = (("*", "dtype"), ("*", "shape"), ("*", "data_offsets"), ("__metadata__", "*"))


def looks_like_safetensors(head: bytes, size: int) -> bool:
    """Return whether a file begins with the length of a header that fits into it, and an object."""
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and _SMALLEST_HEADER <= length <= min(size - 8, _LARGEST_HEADER)


def safetensors(source: Source) -> Inspection:
    length = Cursor(source).number(8)
    if not _SMALLEST_HEADER <= length <= _LARGEST_HEADER:
        raise Malformed(f"it says that its header has {length:,} bytes")
    facts: dict[str, object] = {"tensors": 0}
    tensors: dict[str, dict[str, object]] = {}
    for place, value in jsontext.pick(source.part(8, 8 + length), _WANTED):
        name, key = place
        if name == "__metadata__":
            facts[seen(key)] = value
        else:
            tensors.setdefault(name, {})[key] = value
        if len(tensors) > MOST_TENSORS or len(facts) > MOST_TENSORS:
            raise Malformed(f"it has more than {MOST_TENSORS:,} tensors")
    facts["tensors"] = len(tensors)
    held = 8 + length + max((_end(name, one) for name, one in tensors.items()), default=0)
    flags = () if held == source.size else (f"its header tells of {held:,} bytes, and it has {source.size:,}",)
    # Tensors are what a model is made of; what goes in and comes out stands in the code around it.
    facts["largest"] = _largest(tensors)
    return inspection("safetensors", facts=facts, flags=flags)


def numpy(source: Source) -> Inspection:
    cursor = Cursor(source)
    major = cursor.take(8)[6]
    written = cursor.text(cursor.number(2 if major == 1 else 4))
    kind, shape = _DESCR.search(written), _SHAPE.search(written)
    if not kind or not shape:
        raise Malformed("its header cannot be read")
    flags = ("a pickle stands in it, and runs what is in it when it is read",) if "O" in kind[1] else ()
    return inspection("NumPy array", outputs=[Column.of("array", f"{kind[1]} {shape[1]}")], flags=flags)


def _end(name: str, tensor: dict[str, object]) -> int:
    offsets, shape = tensor.get("data_offsets"), tensor.get("shape")
    if not isinstance(offsets, list) or not isinstance(shape, list) or not isinstance(tensor.get("dtype"), str):
        raise Malformed(f"{seen(name)} is no tensor")
    start, end = [*offsets, None, None][:2]
    if not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        raise Malformed(f"{seen(name)} has no place in it")
    return end


def _largest(tensors: dict[str, dict[str, object]]) -> str:
    largest = sorted(tensors, key=lambda name: -_end(name, tensors[name]) + _start(tensors[name]))[:5]
    return ", ".join(f"{name} {tensors[name]['dtype']}{tensors[name]['shape']}" for name in largest)


def _start(tensor: dict[str, object]) -> int:
    offsets = tensor["data_offsets"]
    return int(offsets[0]) if isinstance(offsets, list) and isinstance(offsets[0], int) else 0
