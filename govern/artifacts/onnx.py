"""ONNX: the graph's inputs and outputs, read from the protobuf wire format.

Field numbers are those of onnx-ml.proto; numbers that are not known here are passed over, as the wire format wants it.
"""

from collections.abc import Iterator

from govern.artifacts.source import Column, Cursor, Inspection, Malformed, Source, TooMuch, inspection

_STANDARD = frozenset({"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"})
_ELEMENTS = (  # noqa: SIM905  one to a line would be a page
    "undefined float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64 complex64 complex128 "
    "bfloat16 float8e4m3fn float8e4m3fnuz float8e5m2 float8e5m2fnuz uint4 int4 float4e2m1 float8e8m0"
).split()
_LONGEST_VARINT = 10
_DEEPEST = 16
_EXTERNAL = 1

Message = Cursor
Field = tuple[int, "int | Message"]


def read(source: Source) -> Inspection:
    """Return what an ONNX model says of itself; raise `Malformed` if it is none."""
    facts: dict[str, object] = {}
    opsets: list[str] = []
    flags: list[str] = []
    graph: Message | None = None
    for number, value in _fields(Cursor(source), source):
        match number, value:
            case 1, int():
                facts["ir version"] = value
            case 2, Cursor():
                facts["producer"] = _text(value)
            case 3, Cursor():
                facts["producer version"] = _text(value)
            case 5, int():
                facts["model version"] = value
            case 7, Cursor():
                graph = value
            case 8, Cursor():
                domain, version = _opset(value, source)
                opsets.append(f"{domain or 'ai.onnx'} {version}")
                if domain not in _STANDARD:
                    flags.append(f"it uses operators of {domain!r}, which are not ONNX's own")
            case 1 | 2 | 3 | 5 | 7 | 8 | 14 | 20 | 25 | 26, _:
                pass
            case 4 | 6, Cursor():
                pass
            case _:
                raise Malformed(f"it has the field {number}, which no ONNX model has")
    if graph is None or "ir version" not in facts:
        raise Malformed("it has no graph")
    facts["opset"] = ", ".join(opsets)
    inputs, outputs, nodes, outside = _graph(graph, source)
    facts["nodes"] = nodes
    if outside:
        flags.append(f"{outside} of its tensors lie in other files, which this digest does not cover")
    return inspection("ONNX", inputs=inputs, outputs=outputs, facts=facts, flags=tuple(flags))


def _graph(graph: Message, source: Source) -> tuple[list[Column], list[Column], int, int]:
    inputs: list[Column] = []
    outputs: list[Column] = []
    weights: set[str] = set()
    nodes = outside = 0
    for number, value in _fields(graph, source):
        match number, value:
            case 1, Cursor():
                nodes += 1
            case 5, Cursor():
                name, is_outside = _tensor(value, source)
                weights.add(name)
                outside += is_outside
            case 11, Cursor():
                inputs.append(_column(value, source))
            case 12, Cursor():
                outputs.append(_column(value, source))
            case _:
                pass
    # Before version 4 of the format weights had to be named among the inputs.
    return [one for one in inputs if one.name not in weights], outputs, nodes, outside


def _column(message: Message, source: Source) -> Column:
    name = kind = ""
    for number, value in _fields(message, source):
        match number, value:
            case 1, Cursor():
                name = _text(value)
            case 2, Cursor():
                kind = _kind(value, source, _DEEPEST)
            case _:
                pass
    return Column.of(name, kind)


def _kind(message: Message, source: Source, deepest: int) -> str:
    """Return a TypeProto as text: ``float[?, 12]``, ``sequence(map(int64, float))``."""
    if not deepest:
        raise TooMuch
    for number, value in _fields(message, source):
        match number, value:
            case (1 | 8) as which, Cursor():
                return ("sparse " if which != 1 else "") + _tensor_kind(value, source)
            case (4 | 9) as which, Cursor():
                inner = [
                    _kind(part, source, deepest - 1) for _, part in _fields(value, source) if isinstance(part, Cursor)
                ]
                return f"{'sequence' if which == 4 else 'optional'}({''.join(inner)})"  # noqa: PLR2004  the field
            case 5, Cursor():
                key, inner_kind = "", ""
                for place, part in _fields(value, source):
                    if isinstance(part, int):
                        key = _element(part)
                    elif place == 2:  # noqa: PLR2004  the field
                        inner_kind = _kind(part, source, deepest - 1)
                return f"map({key}, {inner_kind})"
            case _:
                pass
    return ""


def _tensor_kind(message: Message, source: Source) -> str:
    element, shape = "", ""
    for number, value in _fields(message, source):
        match number, value:
            case 1, int():
                element = _element(value)
            case 2, Cursor():
                dims = [_dim(part, source) for place, part in _fields(value, source) if place == 1]
                shape = f"[{', '.join(dims)}]"
            case _:
                pass
    return element + shape


def _dim(message: "int | Message", source: Source) -> str:
    for number, value in () if isinstance(message, int) else _fields(message, source):
        match number, value:
            case 1, int():
                return str(value - (1 << 64) if value >> 63 else value)
            case 2, Cursor():
                return _text(value) or "?"
            case _:
                pass
    return "?"


def _tensor(message: Message, source: Source) -> tuple[str, bool]:
    """Return the name of a weight, and whether its bytes are elsewhere."""
    name, is_outside = "", False
    for number, value in _fields(message, source):
        match number, value:
            case 8, Cursor():
                name = _text(value)
            case 13, Cursor():
                is_outside = True
            case 14, int():
                is_outside = is_outside or value == _EXTERNAL
            case _:
                pass
    return name, is_outside


def _opset(message: Message, source: Source) -> tuple[str, int]:
    domain, version = "", 0
    for number, value in _fields(message, source):
        match number, value:
            case 1, Cursor():
                domain = _text(value)
            case 2, int():
                version = value
            case _:
                pass
    return domain, version


def _fields(message: Message, source: Source) -> Iterator[Field]:
    """Give each field's number with its integer, or with its bytes as a message that was not read yet."""
    cursor = message
    while not cursor.is_over:
        tag = _varint(cursor)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise Malformed(f"a field before {cursor.at:,} has no number")
        match wire:
            case 0:
                yield number, _varint(cursor)
            case 1:
                yield number, cursor.number(8)
            case 2:
                length = _varint(cursor)
                start = cursor.at
                cursor.skip(length)
                yield number, Cursor(source, start, start + length)
            case 5:
                yield number, cursor.number(4)
            case _:
                raise Malformed(f"a field before {cursor.at:,} has the wire type {wire}")


def _varint(cursor: Cursor) -> int:
    value = 0
    for place in range(_LONGEST_VARINT):
        byte = cursor.byte()
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:  # noqa: PLR2004  the bit that says that more follows
            return value & (1 << 64) - 1
    raise Malformed(f"the number before {cursor.at:,} does not end")


def _text(message: Message) -> str:
    return message.text(message.end - message.at)


def _element(number: int) -> str:
    return _ELEMENTS[number] if number < len(_ELEMENTS) else f"type {number}"
