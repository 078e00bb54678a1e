import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger import merkle
from govern.ledger.merkle import EMPTY_ROOT, Hash, Tree, check_consistency, check_inclusion, leaf_hash, node_hash
from govern.ledger.strict import decode64

LEAVES = [leaf_hash(b"entry %d" % index) for index in range(71)]


def reference_root(leaves: Sequence[Hash]) -> Hash:
    """RFC 6962, 2.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(reference_root(leaves[:half]), reference_root(leaves[half:]))


def reference_inclusion(index: int, leaves: Sequence[Hash]) -> list[Hash]:
    """RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return [*reference_inclusion(index, leaves[:half]), reference_root(leaves[half:])]
    return [*reference_inclusion(index - half, leaves[half:]), reference_root(leaves[:half])]


def reference_consistency(old: int, leaves: Sequence[Hash], *, whole: bool = True) -> list[Hash]:
    """RFC 6962, 2.1.2."""
    if old == len(leaves):
        return [] if whole else [reference_root(leaves)]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= half:
        return [*reference_consistency(old, leaves[:half], whole=whole), reference_root(leaves[half:])]
    return [*reference_consistency(old - half, leaves[half:], whole=False), reference_root(leaves[:half])]


def grown(leaves: Sequence[Hash]) -> Tree:
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
    return tree


TREE = grown(LEAVES)


def test_the_published_inclusion_cases_come_out_as_published(shared: Path) -> None:
    cases = [json.loads(path.read_text()) for path in sorted((shared / "vectors/merkle/inclusion").rglob("*.json"))]

    refused = [case for case in cases if is_refused(case)]

    assert len(cases) == 98
    assert refused == [case for case in cases if case["wantErr"]]


def is_refused(case: dict[str, Any]) -> bool:
    path = [decode64(hash_) for hash_ in case["proof"] or []]
    try:
        check_inclusion(decode64(case["leafHash"]), case["leafIdx"], case["treeSize"], path, decode64(case["root"]))
    except Tampered:
        return True
    return False


def test_the_reference_tree_has_the_published_nodes_and_roots(shared: Path) -> None:
    published = json.loads((shared / "vectors/rfc6962_reference_tree.json").read_text())

    tree = grown([leaf_hash(bytes.fromhex(data)) for data in published["leaf_inputs_hex"]])

    for level, hashes in enumerate(published["node_hashes_hex_by_level"]):
        assert [tree.node(level, index).hex() for index in range(len(hashes))] == hashes
    assert [tree.root(size).hex() for size in range(9)] == published["root_hashes_hex_size_0_to_8"]


@pytest.mark.parametrize("size", range(71))
def test_every_root_and_every_proof_is_that_of_the_rfc(size: int) -> None:
    leaves = LEAVES[:size]
    root = reference_root(leaves)

    assert TREE.root(size) == merkle.root(size, TREE.node) == root
    for index in range(size):
        path = merkle.inclusion(index, size, TREE.node)
        assert path == reference_inclusion(index, leaves)
        check_inclusion(LEAVES[index], index, size, path, root)
    for old in range(1, size + 1):
        path = merkle.consistency(old, size, TREE.node)
        assert path == reference_consistency(old, leaves)
        check_consistency(old, reference_root(leaves[:old]), size, root, path)


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_batch_adds_the_nodes_that_single_appends_add_and_reads_only_old_ones(size: int, new: int) -> None:
    end = min(size + new, len(LEAVES))
    before, after = grown(LEAVES[:size]), grown(LEAVES[:end])

    growth = merkle.append(size, LEAVES[size:end], before.node)

    assert (growth.size, growth.root) == (end, after.root())
    assert growth.nodes == [(level, index, after.node(level, index)) for level, index, _ in growth.nodes]
    added = {(level, index) for level in range(1, 7) for index in range(size >> level, end >> level)}
    assert {(level, index) for level, index, _ in growth.nodes} == added


def test_a_tree_answers_for_any_size_it_has_had_in_any_order() -> None:
    assert [grown(LEAVES[:size]).root() for size in range(5)] == [reference_root(LEAVES[:size]) for size in range(5)]
    tree = grown(LEAVES[:40])
    assert (tree.size, tree.root()) == (40, reference_root(LEAVES[:40]))

    tree.append(LEAVES[40])

    assert (tree.size, tree.root()) == (41, reference_root(LEAVES[:41]))
    assert [tree.root(size) for size in (40, 0, 41, 7)] == [reference_root(LEAVES[:size]) for size in (40, 0, 41, 7)]


@given(st.data())
def test_an_inclusion_proof_with_one_bit_flipped_is_refused(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    hashes = [LEAVES[index], TREE.root(size), *merkle.inclusion(index, size, TREE.node)]
    leaf, root, *path = one_bit_flipped(data, hashes)

    with pytest.raises(Tampered, match="leads to the root") as caught:
        check_inclusion(leaf, index, size, path, root)

    assert caught.value.entry == index


@given(st.data())
def test_a_consistency_proof_with_one_bit_flipped_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(1, new))
    hashes = [TREE.root(old), TREE.root(new), *merkle.consistency(old, new, TREE.node)]
    old_root, new_root, *path = one_bit_flipped(data, hashes)

    with pytest.raises(Tampered):
        check_consistency(old, old_root, new, new_root, path)


def one_bit_flipped(data: st.DataObject, hashes: list[Hash]) -> list[Hash]:
    place = data.draw(st.integers(0, len(hashes) - 1))
    number = int.from_bytes(hashes[place]) ^ 1 << data.draw(st.integers(0, 255))
    return [*hashes[:place], number.to_bytes(32), *hashes[place + 1 :]]


@pytest.mark.parametrize("longer", [pytest.param(True, id="one hash more"), pytest.param(False, id="one hash fewer")])
def test_a_proof_of_the_wrong_length_is_refused(longer: bool) -> None:
    def touched(path: list[Hash]) -> list[Hash]:
        return [*path, LEAVES[0]] if longer else path[:-1]

    with pytest.raises(Tampered, match=r"the proof has \d hashes, this one needs \d"):
        check_inclusion(LEAVES[5], 5, 40, touched(merkle.inclusion(5, 40, TREE.node)), TREE.root(40))
    with pytest.raises(Tampered, match=r"the proof has \d hashes, this one needs \d"):
        check_consistency(6, TREE.root(6), 40, TREE.root(40), touched(merkle.consistency(6, 40, TREE.node)))


def test_two_roots_at_one_size_are_a_fork() -> None:
    with pytest.raises(Tampered, match="two trees of 5 have the roots") as caught:
        check_consistency(5, TREE.root(5), 5, TREE.root(6), [])

    assert caught.value.kind is Kind.FORKED


def test_a_smaller_tree_than_before_is_a_rollback() -> None:
    with pytest.raises(Tampered, match="the log has 5 entries, it had 6 before") as caught:
        check_consistency(6, TREE.root(6), 5, TREE.root(5), [])

    assert caught.value.kind is Kind.ROLLED_BACK


@pytest.mark.parametrize(
    ("check", "message"),
    [
        pytest.param(lambda: check_consistency(0, EMPTY_ROOT, 5, TREE.root(5), []), "proves nothing", id="from nothing"),
        pytest.param(lambda: check_consistency(-1, EMPTY_ROOT, 5, TREE.root(5), []), "proves nothing", id="from less"),
        pytest.param(lambda: check_consistency(5, TREE.root(5), 5, TREE.root(5), [LEAVES[0]]), "needs 0", id="a proof of nothing"),
        pytest.param(lambda: check_inclusion(LEAVES[0], 3, 3, [], TREE.root(3)), "a tree of 3 has no entry 3", id="past the end"),
        pytest.param(lambda: check_inclusion(LEAVES[0], -1, 3, [], TREE.root(3)), "has no entry -1", id="before the start"),
        pytest.param(lambda: check_inclusion(LEAVES[0], 0, 0, [], EMPTY_ROOT), "a tree of 0 has no entry 0", id="in nothing"),
        pytest.param(lambda: check_inclusion(b"", 0, 1, [], b""), "a hash has 32 bytes, this one has 0", id="empty hashes"),
        pytest.param(
            lambda: check_inclusion(LEAVES[0], 0, 2, [LEAVES[1] + b"!"], TREE.root(2)), "has 33", id="a hash too long"
        ),
    ],
)  # fmt: skip
def test_a_proof_that_cannot_be_one_is_refused(check: Callable[[], None], message: str) -> None:
    with pytest.raises(Tampered, match=message):
        check()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        pytest.param(lambda: merkle.inclusion(3, 3, TREE.node), "a tree of 3 has no leaf 3", id="a leaf past the end"),
        pytest.param(lambda: merkle.inclusion(-1, 3, TREE.node), "a tree of 3 has no leaf -1", id="a leaf before the start"),
        pytest.param(lambda: merkle.consistency(0, 3, TREE.node), "begins with a tree of 0", id="consistency from nothing"),
        pytest.param(lambda: merkle.consistency(4, 3, TREE.node), "a tree of 3 begins with a tree of 4", id="consistency backwards"),
        pytest.param(lambda: merkle.root(-1, TREE.node), "a tree has no size -1", id="the root of less than nothing"),
        pytest.param(lambda: merkle.append(-1, [], TREE.node), "a tree has no size -1", id="growth from less than nothing"),
        pytest.param(lambda: merkle.append(0, [b"short"], TREE.node), "32 bytes, this one has 5", id="a short leaf in a batch"),
        pytest.param(lambda: Tree().append(b"short"), "32 bytes, this one has 5", id="a short leaf"),
        pytest.param(lambda: TREE.root(72), "a tree of 71 has no node", id="the root of a tree to come"),
        pytest.param(lambda: TREE.node(7, 0), "a tree of 71 has no node 0 at level 7", id="a level too high"),
        pytest.param(lambda: TREE.node(-1, 0), "has no node 0 at level -1", id="a level too low"),
        pytest.param(lambda: TREE.node(0, -1), "has no node -1 at level 0", id="a node before the start"),
    ],
)  # fmt: skip
def test_what_a_tree_has_not_cannot_be_asked_for(ask: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ask()
