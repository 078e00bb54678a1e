"""What goes through the pipes between Govern and the process that holds a model: frames of a length and bytes.

To the model go JSON and rows as Arrow; back come JSON and plain doubles, so that nothing a model's process says is
parsed by more than `json` and `numpy.frombuffer`, and nothing is longer than was expected.
"""

import json
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_NOTE = 1 << 20
_LENGTH = struct.Struct(">Q")


class Ended(Exception):
    """The other side is gone."""


class Garbled(Ended):
    """The other side says something else than it was asked."""


def send(stream: BinaryIO, content: bytes) -> None:
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: BinaryIO, longest: int) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > longest:
        raise Garbled(f"a frame of {length} bytes, where {longest} were the most expected")
    return _exactly(stream, length)


def send_note(stream: BinaryIO, note: dict[str, Any]) -> None:
    send(stream, json.dumps(note).encode())


def receive_note(stream: BinaryIO) -> dict[str, Any]:
    try:
        note = json.loads(receive(stream, LONGEST_NOTE))
    except (ValueError, RecursionError):
        raise Garbled("a note that is not JSON") from None
    if not isinstance(note, dict):
        raise Garbled("a note that is not an object")
    return note


def send_numbers(stream: BinaryIO, numbers: "NDArray[np.float64]") -> None:
    send(stream, numbers.astype("<f8").tobytes())


def receive_numbers(stream: BinaryIO, count: int) -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415  who only asks for help moves no numbers

    content = receive(stream, 8 * count)
    if len(content) != 8 * count:
        raise Garbled(f"{len(content) // 8} numbers, where {count} were expected")
    return np.frombuffer(content, dtype="<f8").astype(np.float64)


def send_batch(stream: BinaryIO, batch: Any) -> None:
    import pyarrow as pa  # noqa: PLC0415  who only asks for help moves no rows

    buffer = pa.BufferOutputStream()
    with pa.ipc.new_stream(buffer, batch.schema) as writer:
        writer.write_batch(batch)
    send(stream, buffer.getvalue().to_pybytes())


def end_batches(stream: BinaryIO) -> None:
    send(stream, b"")


def batches(stream: BinaryIO) -> Iterator[Any]:
    """Give the tables that were sent, up to the empty frame after the last."""
    import pyarrow as pa  # noqa: PLC0415  as above

    while content := receive(stream, 1 << 40):
        yield pa.ipc.open_stream(content).read_all()


def _exactly(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) != length:
        raise Ended("the other side has ended")
    return content
