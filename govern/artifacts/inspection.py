"""What a file is, by its own first bytes and headers: nothing in it is loaded, unpickled or run.

A name decides nothing. It is held against what was found, since whoever reads it will believe it.
"""

from collections.abc import Callable
from dataclasses import replace

from govern.artifacts import boosted, onnx, packed, pickles, pmml, tars, tensors, zips
from govern.artifacts.source import Inspection, Malformed, Read, Source, TooMuch, inspection, of_bytes

_HEAD = 4096
_TEXT = 1 << 16
_ENDINGS = {
    ".onnx": ("ONNX",),
    ".ubj": ("XGBoost UBJ",),
    ".safetensors": ("safetensors",),
    ".skops": ("skops",),
    ".pmml": ("PMML",),
    ".keras": ("Keras",),
    ".h5": ("HDF5",),
    ".hdf5": ("HDF5",),
    ".npy": ("NumPy array",),
    ".npz": ("NumPy arrays",),
    ".parquet": ("Parquet",),
    ".json": ("JSON", "XGBoost JSON"),
    ".pkl": ("pickle", "joblib"),
    ".pickle": ("pickle", "joblib"),
    ".joblib": ("joblib", "pickle"),
    ".pt": ("PyTorch", "pickle"),
    ".pth": ("PyTorch", "pickle"),
}
"""What a name says that a file is."""
_TEXTS = {".yaml": "YAML", ".yml": "YAML", ".csv": "CSV", ".md": "Markdown", ".py": "Python"}
_MARKS: dict[bytes, Inspection] = {
    b"PAR1": Inspection("Parquet"),
    b"CBM1": Inspection("CatBoost"),
    b"GGUF": Inspection("GGUF"),
    b"\x89HDF\r\n\x1a\n": Inspection(
        "HDF5", flags=("a Keras model in HDF5 can hold Lambda layers, which run code when it is read",)
    ),
    b"\x04\x22\x4d\x18": Inspection("LZ4", flags=("what is in it was not looked at; joblib writes pickles like this",)),
    b"ZF": Inspection("joblib", flags=(pickles.RUNS, "it was written by an old joblib, and was not looked at")),
}


def inspect(read: Read, size: int, name: str) -> Inspection:
    """Return what the file is, what goes in and comes out of a model in it, and what somebody should know before reading it."""
    source = Source(read, size)
    try:
        found = _inspected(source, read, name)
    except TooMuch:
        found = Inspection("unknown", flags=("it is too large or too deep to say what is in it",))
    says = next((formats for ending, formats in _ENDINGS.items() if name.lower().endswith(ending)), ())
    is_told = any("begins as" in flag for flag in found.flags)
    if says and found.format not in says and not is_told:
        return found.flagged(f"its name says {says[0]}, and it is not")
    return found


def _inspected(source: Source, read: Read, name: str) -> Inspection:
    if not source.size:
        return Inspection("empty", flags=("it has no bytes",))
    head = source.some(0, _HEAD)
    # Before all else: whoever reads a pickle begins at the first byte, and does not ask what the file looks like.
    if head[0] in pickles.HEADLESS and (found := pickles.hidden(Source(read, source.size))):
        return found
    for says, begins, reader in _READERS:
        if begins(head, source.size):
            try:
                return reader(source)
            except TooMuch:
                return Inspection(says, flags=("it is too large or too deep to say what is in it", *_warning(says)))
            except Malformed as error:
                return Inspection(
                    "unknown", flags=(f"it begins as {says} and is not: {error.message}", *_warning(says))
                )
    mark = next((found for mark, found in _MARKS.items() if head.startswith(mark)), None)
    return mark or _compressed(source, head, name) or _nameless(source, head, name)


def _json(source: Source) -> Inspection:
    """Return what a JSON file is: a model of XGBoost, or whatever it may be."""
    try:
        return boosted.xgboost_json(source)
    except boosted.NoModel:
        return inspection("JSON")


def _compressed(source: Source, head: bytes, name: str) -> Inspection | None:
    if not (kind := packed.kind(head)):
        return None
    try:
        content, is_all = packed.unpacked(source, kind)
    except Malformed as error:
        return None if kind == "zlib" else Inspection(kind, flags=(f"it begins as {kind} and is not: {error.message}",))
    if content[:1] == b"\x80" or name.lower().endswith((".joblib", ".pkl", ".pickle")):
        return _compressed_pickle(content, kind, is_all=is_all)
    inner = inspect(lambda at, length: content[at : at + length], len(content), "")
    if not is_all:
        return inspection(
            kind, flags=() if inner.format == "unknown" else (f"its beginning looks like {inner.format}",)
        )
    return replace(inner, format=f"{kind} of {inner.format}")


def _compressed_pickle(content: bytes, kind: str, *, is_all: bool) -> Inspection:
    part = of_bytes(content)
    try:
        found = pickles.read(part)
    except Malformed as error:
        said = "only the beginning of it was looked at" if not is_all else f"it cannot be followed: {error.message}"
        found = Inspection("pickle", flags=(pickles.RUNS, said))
    return replace(found, facts=(*found.facts, ("compressed by", kind)))


def _nameless(source: Source, head: bytes, name: str) -> Inspection:
    """Return what a file is whose format has no mark at its beginning."""
    if head[0] in b"\x08\x12\x1a" or name.lower().endswith(".onnx"):
        try:
            return onnx.read(source)
        except Malformed:
            pass
    if head[257:262] == b"ustar":
        return tars.read(source)
    if not _is_text(source.some(0, _TEXT), source.size):
        return inspection("unknown")
    return inspection(next((kind for ending, kind in _TEXTS.items() if name.lower().endswith(ending)), "text"))


def _is_text(beginning: bytes, size: int) -> bool:
    if b"\x00" in beginning:
        return False
    try:
        beginning.decode()
    except UnicodeDecodeError as error:
        # The last letter may be cut in two.
        return size > len(beginning) and error.start > len(beginning) - 4
    return True


def _is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" or head[:1] == b"["


def _is_xml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<PMML")) or head[:4] in {
        b"\xff\xfe<\x00",
        b"\xfe\xff\x00<",
    }


def _warning(says: str) -> tuple[str, ...]:
    return (pickles.RUNS,) if says in {"pickle", "PyTorch"} else ()


_READERS: tuple[tuple[str, Callable[[bytes, int], bool], Callable[[Source], Inspection]], ...] = (
    ("zip", lambda head, _: head.startswith((b"PK\x03\x04", b"PK\x05\x06")), zips.read),
    ("pickle", lambda head, _: head[0] == 0x80 and head[1:2] <= b"\x05", pickles.read),  # noqa: PLR2004  PROTO
    ("safetensors", tensors.looks_like_safetensors, tensors.safetensors),
    (
        "XGBoost UBJ",
        lambda head, _: head[:1] == b"{" and head[1:2] in {b"L", b"i", b"U", b"I", b"l"},
        boosted.xgboost_ubj,
    ),
    ("JSON", lambda head, _: _is_json(head), _json),
    ("PMML", lambda head, _: _is_xml(head), pmml.read),
    ("LightGBM text", lambda head, _: head.startswith((b"tree\n", b"tree\r\n")), boosted.lightgbm),
    ("NumPy array", lambda head, _: head.startswith(b"\x93NUMPY"), tensors.numpy),
)
