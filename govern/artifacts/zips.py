"""Zip files that hold models: skops, torch, Keras. Names and schemas are read, nothing is unpacked to the disk."""

import re
import zipfile
import zlib
from io import BufferedReader, RawIOBase
from lzma import LZMAError

from govern.artifacts import jsontext, pickles
from govern.artifacts.source import Column, Inspection, Malformed, Source, TooMuch, inspection, of_bytes, seen

_MOST_MEMBERS = 20_000
_LARGEST_DIRECTORY = 2 << 20
_MOST_UNPACKED = 16 << 20
_CHUNK = 1 << 16
_MOST_TYPES = 1000
_SHOWN = 12
_CLASS = re.compile(r'"__class__":\s*"([^"\\]{1,200})",\s*"__module__":\s*"([^"\\]{1,200})"')
_NAMES = re.compile(r'"feature_names_in_":')
_COUNT = re.compile(r'"n_features_in_":\s*\{[^{}]*?"content":\s*"(\d{1,9})"')
_CLASSES = (
    "sklearn",
    "numpy",
    "scipy",
    "builtins",
    "xgboost",
    "lightgbm",
    "catboost",
    "quantile_forest",
    "collections",
)
"""Libraries whose types a model is usually made of."""


def read(source: Source) -> Inspection:
    """Return what a zip file is by the names in it."""
    with _opened(source) as archive:
        names = archive.namelist()
        pickled = [name for name in names if name.rpartition("/")[2].endswith((".pkl", ".pickle", ".joblib"))]
        if "schema.json" in names:
            return _skops(archive, names)
        if "config.json" in names and "metadata.json" in names:
            return _keras(archive)
        if any(name.rpartition("/")[2] == "data.pkl" for name in names):
            return _torch(archive, names, pickled)
        flags = [f"it holds {one}, and {pickles.RUNS}" for one in map(seen, pickled[:_SHOWN])]
        kind = "NumPy arrays" if names and all(name.endswith(".npy") for name in names) else "zip"
        return inspection(kind, facts={"files": len(names)}, flags=tuple(flags))


def _skops(archive: zipfile.ZipFile, names: list[str]) -> Inspection:
    schema = _unpacked(archive, "schema.json")
    types = dict.fromkeys(f"{module}.{name}" for name, module in _CLASS.findall(schema))
    if not types:
        raise Malformed("its schema.json names no types")
    strange = [seen(one) for one in types if one.partition(".")[0] not in _CLASSES]
    counts = _COUNT.search(schema)
    columns = _feature_names(schema) or [f"x{place}" for place in range(min(int(counts[1]) if counts else 0, 1 << 16))]
    flags = [f"it holds types of other libraries: {_listed(strange)}"] if strange else []
    flags += [f"it holds {one}, and {pickles.RUNS}" for one in map(seen, names) if one.endswith((".pkl", ".pickle"))]
    return inspection(
        "skops",
        inputs=[Column.of(name, "") for name in columns],
        outputs=[Column.of("prediction", "")],
        facts={"model": next(iter(types)), "types": _listed(list(types)), "files": len(names)},
        flags=tuple(flags),
    )


def _feature_names(schema: str) -> list[str]:
    """Return the names in the first list of columns that the schema holds, if they are written in it."""
    if not (found := _NAMES.search(schema)):
        return []
    rest = schema[found.end() : found.end() + (4 << 20)].encode()
    names = []
    wanted = (("content", "*", "content"), ("type",))
    try:
        for place, value in jsontext.pick(of_bytes(rest), wanted):
            if place == ("type",):
                break
            names.append(jsontext.text(str(value)))
    except Malformed:
        return names
    return names


def _torch(archive: zipfile.ZipFile, names: list[str], pickled: list[str]) -> Inspection:
    flags: dict[str, None] = {}
    for name in pickled[:_SHOWN]:
        content = _some(archive, name)
        found = pickles.scan(of_bytes(content))
        flags |= dict.fromkeys(found.flags)
    code = [name for name in names if name.endswith(".py")]
    if code:
        flags[f"it holds {len(code):,} files of TorchScript, which is code"] = None
    return inspection("PyTorch", facts={"files": len(names)}, flags=tuple(flags))


def _keras(archive: zipfile.ZipFile) -> Inspection:
    config = _unpacked(archive, "config.json").encode()
    found: dict[str, str] = {}
    source = of_bytes(config)
    for place, value in jsontext.pick(source, (("class_name",), ("config", "name"))):
        found[place[-1]] = str(value)
    flags: tuple[str, ...] = ()
    if re.search(rb'"class_name":\s*"Lambda"', config):
        flags = ("it holds a Lambda layer, which runs the code in it when it is read",)
    return inspection("Keras", facts={"model": found.get("class_name"), "name": found.get("name")}, flags=flags)


def _opened(source: Source) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(BufferedReader(_Raw(source), _CHUNK))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, EOFError) as error:
        # What `zipfile` raises of a list that is cut, too large, or of a version of zip that it does not know.
        raise Malformed(f"its list of files cannot be read: {error}") from None
    if len(archive.namelist()) > _MOST_MEMBERS:
        raise TooMuch
    return archive


def _unpacked(archive: zipfile.ZipFile, name: str) -> str:
    content = _some(archive, name, _MOST_UNPACKED + 1)
    if len(content) > _MOST_UNPACKED:
        raise TooMuch
    return content.decode(errors="replace")


def _some(archive: zipfile.ZipFile, name: str, most: int = 4 << 20) -> bytes:
    """Return the beginning of a file, however much it claims to unpack to."""
    found = bytearray()
    try:
        with archive.open(name) as file:
            while len(found) < most and (part := file.read(min(_CHUNK, most - len(found)))):
                found += part
    except (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, RuntimeError, ValueError, OSError, KeyError) as error:
        raise Malformed(f"{seen(name)} in it cannot be read: {seen(error)}") from None
    return bytes(found)


class _Raw(RawIOBase):
    """A source as the library for zip files wants it; it gives no more at once than anybody needs."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._source.size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's buffer has no length
        if len(buffer) > _LARGEST_DIRECTORY:
            raise TooMuch
        content = self._source.some(self._at, len(buffer))
        buffer[: len(content)] = content
        self._at += len(content)
        return len(content)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
