"""A file of decisions as `govern decisions record` wrote it: one case of it, and the proof that it is one of them.

Nothing in the file is believed: the leaf of the case is made again from what the row says, and the root from the leaves.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govern.checks import leaves, tables
from govern.checks.decided import CODES
from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.merkle import Tree, check_inclusion, inclusion, leaf_hash
from govern.ledger.strict import Digest

_COLUMNS = ("case", "salt", "inputs", "score", "decision", *CODES, "blocking")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a file says was decided of a case, and the path from its leaf to the root of the batch."""

    case: str
    salt: bytes
    inputs: Digest
    """Salted."""
    score: str
    decision: str
    codes: tuple[str, ...]
    blocking: str
    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: Digest

    def has_inputs(self, content: bytes) -> bool:
        """Say whether these are the inputs that were decided on."""
        return Digest(leaves.salted(self.salt, content)) == self.inputs


def recorded(path: Path, case: str) -> Recorded:
    """Return what a file of decisions says of a case; raise `Tampered` unless its leaf says so and leads to the root."""
    with tables.opened(path) as data:
        missing = sorted({*_COLUMNS, "leaf"} - set(data.columns))
        if missing:
            raise InvalidInput(
                f"{data.name} is no file of decisions: it has no {missing[0]}",
                hint="give what `govern decisions record` wrote",
            )
        asked = data.table.filter(data.table["case"] == case).select(*_COLUMNS, "leaf")
        rows = data.engine.rows(asked)
        every = data.local.connection.sql("SELECT leaf FROM source").to_arrow_table().column(0).to_pylist()
    if len(rows) != 1:
        raise InvalidInput(
            f"{path.name} has {len(rows) or 'no'} rows of the case {case!r}",
            hint="it was not in this batch, or was forgotten since",
            code="no_case",
        )
    return _proven(path.name, rows[0], every)


def _proven(name: str, row: tuple[Any, ...], every: list[Any]) -> Recorded:
    said = dict(zip((*_COLUMNS, "leaf"), row, strict=True))
    codes = tuple(str(said[column]) for column in CODES if said[column] is not None)
    score = leaves.written(float(said["score"]))
    case = leaves.salted(bytes(said["salt"]), said["case"].encode())
    leaf = leaf_hash(leaves.leaf(case, bytes(said["inputs"]), score, said["decision"], codes))
    if leaf != said["leaf"]:
        raise Tampered(
            f"{name}: the row of {said['case']} is not what its leaf says",
            kind=Kind.EDITED,
            hint="somebody changed the file; take it from a backup",
        )
    tree, size, index = Tree(), len(every), every.index(leaf)
    for one in every:
        tree.append(bytes(one or b""))
    path = inclusion(index, size, tree.node)
    check_inclusion(leaf, index, size, path, tree.root())
    return Recorded(
        case=said["case"],
        salt=bytes(said["salt"]),
        inputs=Digest(bytes(said["inputs"])),
        score=score,
        decision=said["decision"],
        codes=codes,
        blocking=said["blocking"] or "",
        leaf=leaf,
        index=index,
        size=size,
        path=tuple(path),
        root=Digest(tree.root()),
    )
