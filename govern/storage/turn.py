"""What one turn of an append consists of: its steps, and what each of them makes of the one before."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from govern.errors import Tampered
from govern.ledger import Receipt, merkle
from govern.ledger.keys import Pen
from govern.ledger.merkle import Growth, Hash, Reader
from govern.ledger.note import Checkpoint, sign_note
from govern.ledger.proof import Proof
from govern.record.registry import Registry
from govern.storage import rows
from govern.storage.rows import Leaf
from govern.storage.sql import Connection
from govern.storage.standing import Edge, Standing, peaks, regrown, require_nodes


class Step(StrEnum):
    """The steps of an append, as the format numbers them."""

    CHECK = "1 check"
    GATHER = "2 gather"
    HEAD = "3 take the head"
    ADMIT = "4 admit"
    INSERT = "5 insert"
    READ_BACK = "6 read back"
    SIGN = "7 sign"
    COMMIT = "8 commit"
    LOCK = "9 replace the lock"
    RECEIPT = "10 receipt"


def read_back(
    connection: Connection, before: Standing, new: Sequence[Leaf], growth: Growth
) -> dict[tuple[int, int], Hash]:
    """Return the nodes that lead from the new entries to the new root, as the database now has them, all verified."""
    size = before.head.size
    stored = rows.leaves(connection, size, growth.size)
    if stored != list(new):
        wrong = next(one.index for one, other in zip(stored, new, strict=True) if one != other)
        raise Tampered(
            f"entry #{wrong} reads back from the database as something else than was written",
            hint="memory or disk are failing: nothing was recorded; check the machine before you go on",
            entry=wrong,
        )
    edge = Edge.stored(connection, size)
    if edge.root != before.head.root:
        raise Tampered(
            f"the stored tree of {size} entries has the root {edge.root.hex()}, the log signed {before.head.root.hex()}",
            hint="run `govern audit`; nothing was recorded",
        )
    again = regrown(edge, stored)
    require_nodes(again, rows.nodes(connection, [(level, index) for level, index, _ in growth.nodes]))
    if again != growth:
        raise Tampered("the tree made from what was read back is another one; nothing was recorded")
    return edge.known(stored, again)


def signed(
    before: Standing, registry: Registry, growth: Growth, known: dict[tuple[int, int], Hash], pen: Pen
) -> Standing:
    checkpoint = Checkpoint(before.checkpoint.origin, growth.size, growth.root)
    note = sign_note(str(checkpoint), checkpoint.origin, pen.private)
    edge = Edge(growth.size, {place: known[place] for place in peaks(growth.size)})
    return replace(before, checkpoint=checkpoint, note=note, edge=edge, registry=registry)


def receipt(leaf: Leaf, standing: Standing, node: Reader) -> Receipt:
    path = merkle.inclusion(leaf.index, standing.head.size, node)
    return Receipt(leaf.index, leaf.data, bytes(Proof(leaf.index, tuple(path), standing.note)))
