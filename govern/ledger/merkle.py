"""The Merkle tree of RFC 6962 over SHA-256: its roots, its proofs and their checks.

Only perfect subtrees are stored, as nodes ``N(level, index)`` with the leaf hashes at level 0: they never change, so that
append-only storage suffices. A reader returns one such node; every function here asks it O(log n) times. What cannot be
asked for is `InvalidInput`; what does not prove what it claims is `Tampered`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from govern.errors import InvalidInput, Kind, Tampered

Hash: TypeAlias = bytes
Reader: TypeAlias = Callable[[int, int], Hash]
"""Return the stored node at a level and an index."""

HASH_SIZE = 32
EMPTY_ROOT: Hash = sha256().digest()


@dataclass(frozen=True, slots=True)
class Growth:
    """What an append adds: the tree's new size and root, and the nodes above the leaves that are now complete."""

    size: int
    root: Hash
    nodes: list[tuple[int, int, Hash]]
    """Level (1 or more), index and hash; of each level in rising order of index."""


def leaf_hash(data: bytes) -> Hash:
    return sha256(b"\0" + data).digest()


def node_hash(left: Hash, right: Hash) -> Hash:
    return sha256(b"\1" + left + right).digest()


def root(size: int, node: Reader) -> Hash:
    """Return the root of the tree's first ``size`` leaves."""
    _require_size(size)
    return _subtree(size, size, node) if size else EMPTY_ROOT


def append(size: int, leaves: Iterable[Hash], node: Reader) -> Growth:
    """Return what ``leaves`` add to a tree of ``size``; only nodes from before the append are read."""
    _require_size(size)
    peaks = [node(level, (size >> level) - 1) for level in reversed(_ones(size))]
    nodes = []
    for leaf in leaves:
        hash_, level = _require_hash(leaf), 0
        while size >> level & 1:
            hash_ = node_hash(peaks.pop(), hash_)
            level += 1
            nodes.append((level, size >> level, hash_))
        peaks.append(hash_)
        size += 1
    return Growth(size, _folded(reversed(peaks)), nodes)


def inclusion(index: int, size: int, node: Reader) -> list[Hash]:
    """Return the path from leaf ``index`` to the root of the first ``size`` leaves, the leaf's sibling first."""
    if not 0 <= index < size:
        raise InvalidInput(f"a tree of {size} has no leaf {index}")
    return _path(index, size, node, 0)


def consistency(old: int, new: int, node: Reader) -> list[Hash]:
    """Return the proof that the first ``old`` leaves are how the first ``new`` begin."""
    if not 0 < old <= new:
        raise InvalidInput(f"nothing proves that a tree of {new} begins with a tree of {old}")
    if old == new:
        return []
    level = _trailing_zeros(old)
    seed = [] if old == 1 << level else [node(level, (old >> level) - 1)]
    return seed + _path(old - 1, new, node, level)


def check_inclusion(leaf: Hash, index: int, size: int, path: Sequence[Hash], root: Hash) -> None:
    """Raise `Tampered` unless ``path`` leads from ``leaf`` at ``index`` to ``root``."""
    if not 0 <= index < size:
        raise Tampered(f"a tree of {size} has no entry {index}")
    inner = (index ^ (size - 1)).bit_length()
    _require_proof(path, inner + (index >> inner).bit_count(), leaf, root)
    reached = _climb(leaf, index, path, inner)
    if reached != root:
        message = f"entry {index} leads to the root {reached.hex()}, the tree of {size} has {root.hex()}"
        raise Tampered(message, entry=index)


def check_consistency(old_size: int, old_root: Hash, new_size: int, new_root: Hash, path: Sequence[Hash]) -> None:
    """Raise `Tampered` unless ``path`` proves that the new tree begins with the old one."""
    if old_size > new_size:
        raise Tampered(f"the log has {new_size} entries, it had {old_size} before", kind=Kind.ROLLED_BACK)
    if old_size < 1:
        raise Tampered(f"a tree of {old_size} proves nothing about a tree of {new_size}")
    if old_size == new_size:
        _require_proof(path, 0, old_root, new_root)
        if old_root != new_root:
            message = f"two trees of {old_size} have the roots {old_root.hex()} and {new_root.hex()}"
            raise Tampered(message, kind=Kind.FORKED)
        return
    # RFC 9162, 2.1.4.2, with the inner and border nodes of the path counted beforehand.
    level = _trailing_zeros(old_size)
    index = (old_size - 1) >> level
    inner = ((old_size - 1) ^ (new_size - 1)).bit_length() - level
    seeded = 0 if old_size == 1 << level else 1
    _require_proof(path, seeded + inner + (index >> inner).bit_count(), old_root, new_root)
    seed, rest = (path[0] if seeded else old_root), path[seeded:]
    old_reached = _climb_left(seed, index, rest, inner)
    if old_reached != old_root:
        raise Tampered(f"the proof leads to the root {old_reached.hex()}, the tree of {old_size} has {old_root.hex()}")
    new_reached = _climb(seed, index, rest, inner)
    if new_reached != new_root:
        raise Tampered(f"the proof leads to the root {new_reached.hex()}, the tree of {new_size} has {new_root.hex()}")


class Tree:
    """A tree held in memory, 64 bytes a leaf: every perfect subtree of every size it has had."""

    def __init__(self) -> None:
        self.size = 0
        self._levels = [bytearray()]
        self._last = (0, EMPTY_ROOT)

    def append(self, leaf: Hash) -> None:
        levels, index = self._levels, self.size
        below = levels[0]
        below += _require_hash(leaf)
        self.size = index + 1
        level = 0
        while index & 1:
            index >>= 1
            level += 1
            if level == len(levels):
                levels.append(bytearray())
            above = levels[level]
            above += sha256(b"\1" + below[-64:]).digest()
            below = above

    def root(self, size: int | None = None) -> Hash:
        """Return the root at ``size``, any size up to the present one."""
        asked = self.size if size is None else size
        if self._last[0] != asked:
            self._last = (asked, root(asked, self.node))
        return self._last[1]

    def node(self, level: int, index: int) -> Hash:
        held = self._levels[level] if 0 <= level < len(self._levels) else b""
        hash_ = bytes(held[index * 32 : index * 32 + 32])
        if len(hash_) != HASH_SIZE:
            raise InvalidInput(f"a tree of {self.size} has no node {index} at level {level}")
        return hash_


def _subtree(width: int, end: int, node: Reader) -> Hash:
    """Return the hash over the ``width`` leaves before ``end``, which begin where a perfect subtree could."""
    return _folded(node(level, (end >> level) - 1) for level in _ones(width))


def _folded(peaks: Iterator[Hash]) -> Hash:
    """Return the root over perfect subtrees, given from the right, smallest first."""
    reached = next(peaks, EMPTY_ROOT)
    for left in peaks:
        reached = node_hash(left, reached)
    return reached


def _path(index: int, size: int, node: Reader, level: int) -> list[Hash]:
    """Return the siblings on the way from leaf ``index`` to the root, those below ``level`` left out."""
    inner = (index ^ (size - 1)).bit_length()
    path = [node(at, index >> at ^ 1) for at in range(level, inner - 1)]
    if inner:
        # Here the way meets that of the last leaf: the sibling is the only one that may be imperfect.
        path.append(_subtree(size - ((index >> inner - 1 | 1) << inner - 1), size, node))
    return path + [node(at, (index >> at) - 1) for at in _ones(index >> inner << inner)]


def _climb(reached: Hash, index: int, path: Sequence[Hash], inner: int) -> Hash:
    for level, sibling in enumerate(path):
        left = level >= inner or index >> level & 1
        reached = node_hash(sibling, reached) if left else node_hash(reached, sibling)
    return reached


def _climb_left(reached: Hash, index: int, path: Sequence[Hash], inner: int) -> Hash:
    """Climb by the siblings on the left alone: to the root of the tree that ended here."""
    for level, sibling in enumerate(path):
        if level >= inner or index >> level & 1:
            reached = node_hash(sibling, reached)
    return reached


def _require_proof(path: Sequence[Hash], length: int, *ends: Hash) -> None:
    if len(path) != length:
        raise Tampered(f"the proof has {len(path)} hashes, this one needs {length}")
    for hash_ in (*ends, *path):
        if len(hash_) != HASH_SIZE:
            raise Tampered(f"a hash has {HASH_SIZE} bytes, this one has {len(hash_)}")


def _require_hash(hash_: Hash) -> Hash:
    if len(hash_) != HASH_SIZE:
        raise InvalidInput(f"a hash has {HASH_SIZE} bytes, this one has {len(hash_)}")
    return hash_


def _require_size(size: int) -> None:
    if size < 0:
        raise InvalidInput(f"a tree has no size {size}")


def _ones(number: int) -> list[int]:
    """Return the places of the bits that are set, lowest first."""
    return [place for place in range(number.bit_length()) if number >> place & 1]


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
