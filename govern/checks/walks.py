"""Shapley values of a model that nobody can look into, from its answers: exactly where few play, else by seeded walks.

A walk leads from a row of the reference to the case, one player's columns after the other, and every step is what that
player adds in this order; it is walked in an order and in its reverse. Each row of the reference is walked from equally
often, so that contributions add up to the case's output less the mean of the whole reference by construction, and what is
left to chance are the orders alone: how far apart two walks from the same row are gives every contribution its error. The
orders follow from the model, the reference, the players and the case, so nobody chooses them and everybody finds them again.
Walks are doubled until it is certain which reasons are told, or the model was asked as often as it may be.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256, shake_256
from math import factorial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from govern.checks import leaves, tops
from govern.checks.reasons import DIGITS, FLOOR, MOST
from govern.ledger.strict import Digest, canonical

Numbers = NDArray[np.float64]
Orders = NDArray[np.intp]

MOST_EXACT = 1 << 16
"""Rows that the model is asked of a case at most where every set of players is tried."""
MOST_ASKED = 1 << 20
"""Rows that the model is asked of a case at most; but every row of the reference is walked from twice."""
LEAST_WALKS = 512
"""There and back, from all rows together: fewer say too little of how far they are apart."""
CERTAIN = 4
"""Standard errors: what lies further apart is so by chance once in sixteen thousand times."""
_BLOCK = 1 << 16
"""Rows that the model is asked at once."""
RULE: Final = "govern/walks/v1"
"""How orders follow from the digests; what is found by another has another name."""


@dataclass(frozen=True, slots=True)
class Walked:
    """What each player adds to cases, a row a case; with errors where it was sampled."""

    contributions: Numbers
    errors: Numbers
    walks: NDArray[np.int64]
    """There and back; none where it is exact."""
    certain: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is walked on: the model, the reference with its outputs, and whose the columns are."""

    margin: Callable[[Any], Numbers]
    reference: Any
    outputs: Numbers
    mean: float
    players: Sequence[int]
    signs: tuple[int, ...]
    """Of what counts against an applicant; none where nobody is told reasons, and the fewest walks do."""
    seed: bytes

    @classmethod
    def of(  # noqa: PLR0913, PLR0917  a seed is of all of these
        cls,
        margin: Callable[[Any], Numbers],
        reference: Any,
        outputs: Numbers,
        mean: float,
        players: Sequence[int],
        adverse: int,
        digest: Digest,
    ) -> "Ground":
        features = tuple(str(name) for name in reference.columns)
        head = {"features": list(features), "model": str(digest), "players": list(players), "rule": RULE}
        seed = sha256(canonical(head) + b"".join(_digests(reference))).digest()
        return cls(margin, reference, outputs, mean, players, (adverse,) if adverse else (), seed)

    @property
    def count(self) -> int:
        """Return how many players there are."""
        return max(self.players) + 1

    @property
    def is_exact(self) -> bool:
        """Say whether every set of players is tried."""
        return self.count <= MOST_EXACT.bit_length() and ((1 << self.count) - 2) * len(self.reference) <= MOST_EXACT

    def explain(self, cases: Any) -> Walked:
        """Explain the cases one by one, so that no case depends on what else is in its batch."""
        cases = cases[list(self.reference.columns)]
        explain = self._exactly if self.is_exact else self._sampled
        found = [explain(cases.iloc[[row]], seed) for row, seed in enumerate(_digests(cases))]
        contributions, errors, walks, certain = zip(*found, strict=True)
        return Walked(np.stack(contributions), np.stack(errors), np.array(walks), np.array(certain))

    def _exactly(self, case: Any, _: bytes) -> tuple[Numbers, Numbers, int, bool]:
        """Try every set of players with the case's values, against every row."""
        count, output = self.count, float(self.margin(case)[0])
        sets = np.arange(1, (1 << count) - 1)
        taken = (sets[:, None] >> np.arange(count)) & 1 > 0
        worth = np.array([self.mean, *np.zeros(len(sets)), output])
        mixer = _Mixer(case, self.reference, self.players)
        rows = np.arange(len(self.reference))
        step = max(1, _BLOCK // len(rows))
        for start in range(0, len(sets), step):
            part = taken[start : start + step]
            mixed = mixer.mixed(part.repeat(len(rows), axis=0), np.tile(rows, len(part)))
            worth[1 + start : 1 + start + len(part)] = self.margin(mixed).reshape(len(part), -1).mean(axis=1)
        return _shapley(worth, count), np.zeros(count), 0, True

    def _sampled(self, case: Any, seed: bytes) -> tuple[Numbers, Numbers, int, bool]:
        """Walk from every row, there and back, until what is told is certain."""
        output, rows, count = float(self.margin(case)[0]), len(self.reference), self.count
        mixer = _Mixer(case, self.reference, self.players)
        rounds = max(2, -(-LEAST_WALKS // rows))
        total, squares = np.zeros((rows, count)), np.zeros((count, count))
        walked = 0
        while True:
            for number in range(walked, rounds):
                steps = self._walked(mixer, output, _orders(self.seed + seed, number, rows, count))
                total += steps
                squares += steps.T @ steps
            walked = rounds
            contributions = total.mean(axis=0) / walked
            spread = (squares - total.T @ total / walked) / ((walked - 1) * walked * rows**2)
            certain = all(is_certain(contributions, spread, sign) for sign in self.signs)
            rounds *= 2
            if certain or rounds * rows * 2 * (count - 1) > MOST_ASKED:
                errors = np.sqrt(np.maximum(spread.diagonal(), 0.0))
                return contributions, errors, walked * rows, certain

    def _walked(self, mixer: "_Mixer", output: float, orders: Orders) -> Numbers:
        """Return what each player adds on the way from every row to the case, on the mean of an order and its reverse."""
        found = np.empty(orders.shape)
        step = max(1, _BLOCK // (2 * (self.count - 1)))
        for start in range(0, len(orders), step):
            part = orders[start : start + step]
            both = np.stack([part, part[:, ::-1]], axis=1)
            # After how many steps each player has the case's values.
            places = both.argsort(axis=2)
            taken = places[:, :, None, :] <= np.arange(self.count - 1)[:, None]
            rows = np.arange(start, start + len(part))
            between = self.margin(mixer.mixed(taken.reshape(-1, self.count), rows.repeat(2 * (self.count - 1))))
            along = np.empty((len(part), 2, self.count + 1))
            along[:, :, 0], along[:, :, -1] = self.outputs[rows, None], output
            along[:, :, 1:-1] = between.reshape(len(part), 2, -1)
            found[start : start + step] = np.take_along_axis(np.diff(along, axis=2), places, axis=2).mean(axis=1)
        return found


def is_certain(contributions: Numbers, spread: Numbers, sign: int) -> bool:
    """Say whether the errors leave no doubt of what an applicant is told; ``spread`` is how contributions vary together.

    Those that are told are above the floor and above all others, the others are not; and none is told before a larger one
    but where the difference is less than what is material at all.
    """
    against = sign * contributions
    told = [int(one) for one in tops.principal(contributions[None], sign)[0] if one >= 0]
    others = [one for one in range(len(against)) if one not in told]
    floor = float(FLOOR) * float(against[against > 0].sum())
    unit = np.eye(len(against))
    material = unit - float(FLOOR) * (against > 0)
    apart = [unit[one] - unit[other] for one in told for other in others]
    apart += [material[one] for one in (told if len(told) == MOST else range(len(against)))]
    ordered = [unit[one] - unit[other] for place, one in enumerate(told) for other in told[place + 1 :]]
    return all(_doubt(one, spread) <= abs(one @ against) for one in apart) and all(
        _doubt(one, spread) - one @ against <= floor for one in ordered
    )


def _doubt(direction: Numbers, spread: Numbers) -> float:
    """Return how far a sum of contributions may be off; what is less than their last digit is nothing."""
    doubt = CERTAIN * float(np.sqrt(max(0.0, float(direction @ spread @ direction))))
    return doubt if doubt >= 0.5 * 10.0**-DIGITS else 0.0


def _orders(seed: bytes, number: int, rows: int, count: int) -> Orders:
    """Return an order of the players for each row: that of 64 bits for each of them, which SHAKE-256 gives."""
    drawn = shake_256(seed + number.to_bytes(8, "big")).digest(8 * rows * count)
    return np.frombuffer(drawn, ">u8").reshape(rows, count).argsort(axis=1, kind="stable")


def _digests(frame: Any) -> Iterator[bytes]:
    """Give the digest of each row's inputs."""
    import pyarrow as pa  # noqa: PLC0415  only where a model is asked

    names = [str(name) for name in frame.columns]
    numbers = frozenset(name for name in names if frame[name].dtype.kind in "fiub")
    batch = pa.RecordBatch.from_pandas(frame, preserve_index=False)
    for content in leaves.inputs(batch, names, numbers):
        yield sha256(content).digest()


def _shapley(worth: Numbers, count: int) -> Numbers:
    """Return the Shapley values of a game from what each set of players is worth."""
    sets = np.arange(1 << count)
    sizes = np.array([one.bit_count() for one in range(1 << count)])
    weights = np.array([factorial(size) * factorial(count - size - 1) / factorial(count) for size in range(count)])
    found = np.empty(count)
    for player in range(count):
        without = sets[sets >> player & 1 == 0]
        found[player] = weights[sizes[without]] @ (worth[without | 1 << player] - worth[without])
    return found


class _Mixer:
    """Rows of the reference in which some players have the case's values."""

    def __init__(self, case: Any, reference: Any, players: Sequence[int]) -> None:
        import pandas as pd  # noqa: PLC0415  only where a model is asked

        # The case comes first, then the reference.
        both = pd.concat([case, reference], ignore_index=True)
        self._columns = {name: both[name].array for name in both.columns}
        self._players, self._frame = players, pd.DataFrame

    def mixed(self, taken: NDArray[np.bool_], rows: NDArray[np.intp]) -> Any:
        """Return a row for each: ``taken`` says which players have the case's values, else they are those of a row."""
        places = [np.where(its, 0, rows + 1) for its in taken.T]
        columns = zip(self._columns.items(), self._players, strict=True)
        return self._frame({name: its.take(places[player]) for (name, its), player in columns})
