"""The reasons of many at once: what `choose` finds for one applicant, found for every row of a batch in whole millionths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from govern.checks.reasons import DIGITS, FLOOR, MOST, UNCERTAIN, Dictionary, Side, blocks

Numbers = NDArray[np.float64]
SIDES = tuple(Side)
_EXACT = 2.0**50


@dataclass(frozen=True, slots=True)
class Told:
    """Which codes each row is told, and what blocks them: the different answers, and each row's place among them."""

    codes: list[tuple[str, ...]]
    blocking: list[tuple[str, ...]]
    of_row: NDArray[np.intp]


def told(  # noqa: PLR0913, PLR0917  reasons are told by as many
    contributions: Numbers,
    adverse_sign: int,
    groups: Sequence[str],
    sides: NDArray[np.int8],
    dictionary: Dictionary,
    certain: NDArray[np.bool_] | None = None,
) -> Told:
    """Return the reasons for every decline; groups stand in the order that breaks ties, sides as numbers of `SIDES`."""
    first = principal(contributions, adverse_sign)
    answers = np.where(first < 0, -1, first * len(SIDES) + np.take_along_axis(sides, np.maximum(first, 0), axis=1))
    if certain is not None:
        answers = np.column_stack([answers, np.where(certain, -1, 0)])
    first_of, of_row = _different(answers)
    different = answers[first_of]
    wordings = {wording.group: wording for wording in dictionary.wordings}
    problems = [blocks([(group, side)], wordings) for group in groups for side in SIDES]
    names = [wordings[group].code if group in wordings else "" for group in groups]
    codes, blocking = [], []
    for answer in different.tolist():
        its = [one for one in answer[:MOST] if one >= 0]
        why = tuple(problem for one in its for problem in problems[one]) if its else blocks([], wordings)
        why += () if answer[MOST:] in ([], [-1]) else (UNCERTAIN,)
        blocking.append(why)
        codes.append(() if why else tuple(names[one // len(SIDES)] for one in its))
    return Told(codes, blocking, of_row)


def _different(answers: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a row of each different answer, and of each row which of them it is; by one number each, which sorts quicker."""
    base, of_row = int(np.max(answers, initial=0)) + 2, np.zeros(len(answers), np.intp)
    first_of = of_row[:1]
    for column in answers.T:
        _, first_of, of_row = np.unique(of_row * base + column + 1, return_index=True, return_inverse=True)
    return first_of, of_row


def principal(contributions: Numbers, adverse_sign: int) -> NDArray[np.intp]:
    """Return the places of the groups that count most against each row, the largest first, and -1 where there are no more."""
    units = adverse_sign * millionths(contributions)
    against = np.where(units > 0, units, 0)
    part, whole = FLOOR.as_integer_ratio()
    kept = (against > 0) & (against * whole >= part * against.sum(axis=1, keepdims=True))
    left, rows = np.where(kept, against, 0), np.arange(len(against))
    found = np.full((len(against), MOST), -1, np.intp)
    for place in range(MOST):
        best = left.argmax(axis=1)  # of equals the first
        found[:, place] = np.where(left[rows, best] > 0, best, -1)
        left[rows, best] = 0
    return found


def millionths(numbers: Numbers) -> NDArray[np.int64]:
    """Return each number as whole units of its last digit, halves to even: exactly as `rounded` writes it."""
    scaled = numbers * 10.0**DIGITS
    units = np.rint(scaled)
    # A product is rounded too: where that may decide, or where doubles have no halves, it is asked exactly.
    near = np.abs(np.abs(scaled - np.floor(scaled)) - 0.5) <= 1e-15 * (1 + np.abs(scaled))
    found = units.astype(np.int64)
    for place in zip(*np.nonzero(near | (np.abs(scaled) >= _EXACT)), strict=True):
        found[place] = round(Fraction(float(numbers[place])) * 10**DIGITS)
    return found


def sides(
    batch: Any, leads: Sequence[str], middles: Mapping[str, tuple[float | None, float | None]]
) -> NDArray[np.int8]:
    """Return on which side of the reference each row stands with each lead column, as `side` says of one value."""
    high, low, missing, neither = (SIDES.index(one) for one in (Side.HIGH, Side.LOW, Side.MISSING, Side.NEITHER))
    found = np.full((batch.num_rows, len(leads)), neither, np.int8)
    for place, lead in enumerate(leads):
        column, (median, mean) = batch.column(lead), middles.get(lead, (None, None))
        if not pa.types.is_floating(column.type):
            found[column.is_null().to_numpy(zero_copy_only=False), place] = missing
            continue
        values = column.to_numpy(zero_copy_only=False)
        found[np.isnan(values), place] = missing
        if median is not None and mean is not None:
            other = np.where(values != median, median, mean)
            found[values > other, place] = high
            found[values < other, place] = low
    return found
