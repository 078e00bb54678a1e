"""Whom the declined are compared with: a fixed part of the applicants, hashed, and never a mean row.

Rows are in the order of their digests, so that the order of a file changes no sum and no digest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from govern.checks import rows, tables
from govern.checks.binding import Rule
from govern.checks.reasons import Side, side
from govern.checks.sandbox import LoadedModel
from govern.checks.tables import Data, quoted
from govern.errors import InvalidInput, NothingChecked
from govern.ledger.strict import Digest

SCORE = "score"
"""The column that a model's scores become."""

LEAST_REFERENCE = 200
NEAR, NEAR_AT_LEAST = Decimal("0.1"), 500
"""Near the cut-off are the nearest tenth of the approved, and at least so many."""

# Names that no column of a model has.
_FAR, _ROW = quoted("govern: distance"), quoted("govern: row")


class ReferenceKind(StrEnum):
    """Whom the declined applicant is compared with."""

    NEAR_CUTOFF = "near_cutoff"
    """Approved applicants at or slightly above the cut-off."""
    APPROVED = "approved"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reference:
    """The population that an explanation is against; its file may be the case's own."""

    path: Path
    kind: ReferenceKind = ReferenceKind.NEAR_CUTOFF
    least: int = LEAST_REFERENCE


@dataclass(frozen=True, slots=True)
class Population:
    """The reference as a table, with the middle of each column of numbers."""

    data: Data
    digest: Digest
    middles: Mapping[str, tuple[float | None, float | None]]
    """The median and the mean."""

    def side(self, column: str, value: float | str | None) -> Side:
        """Return on which side of the reference a value stands."""
        return side(value, *self.middles.get(column, (None, None)))


_ALONE = 3
"""Rows that are scored again, each by itself."""


def scored(data: Data, model: LoadedModel, numbers: frozenset[str] | None = None) -> Data:
    """Return the data with the model's score of each row as a column."""
    numbers = rows.numeric(data, model.features) if numbers is None else numbers
    scores = model.scores(rows.batches(data, model.features, numbers))
    _require_alone(data, model, numbers, scores)
    return tables.add_scores(data, SCORE, scores)


def _require_alone(data: Data, model: LoadedModel, numbers: frozenset[str], scores: Any) -> None:
    """Raise if a row has another score among others than alone: nobody who applies brings a file of others along."""
    import numpy as np  # noqa: PLC0415  who only asks for help scores nothing

    few = next(iter(rows.batches(data, model.features, numbers, f"LIMIT {_ALONE}")), None)
    alone = [few.slice(place, 1) for place in range(few.num_rows)] if few is not None else []
    if alone and not np.allclose(model.scores(alone), scores[: len(alone)], rtol=1e-5, atol=1e-6, equal_nan=True):
        raise InvalidInput(
            f"the model scores a row of {data.name} otherwise when it stands alone",
            hint="a score may depend on nothing but its row: not on a scale or a rank among the rows of a file, nor on chance",
            code="score_differs",
        )


def population(  # noqa: PLR0913, PLR0917  a reference is defined by all of these
    whole: Data, features: tuple[str, ...], kind: ReferenceKind, approve: Rule, numbers: frozenset[str], least: int
) -> Population:
    """Make the table of the reference from rows that are scored, in an order of its own."""
    limit = f"CAST({approve.limit} AS DOUBLE)"
    chosen = "TRUE" if kind is ReferenceKind.ALL else approve.sql
    columns = rows.read(features, numbers)
    far = f"abs({quoted(SCORE)} - {limit}) AS {_FAR}"
    whole.ask(f"CREATE OR REPLACE TABLE approved AS SELECT {columns}, {far} FROM {whole.relation} WHERE {chosen}")  # noqa: S608
    near = ""
    if kind is ReferenceKind.NEAR_CUTOFF:
        ((count,),) = whole.ask("SELECT count(*) FROM approved")
        places = max(NEAR_AT_LEAST, int(count * NEAR))
        nearest = f"SELECT {_FAR} FROM approved ORDER BY {_FAR} LIMIT {places}"  # noqa: S608  a number
        near = f"WHERE {_FAR} <= (SELECT max({_FAR}) FROM ({nearest}))"  # noqa: S608  the same
    return _made(whole, features, numbers, f"SELECT * FROM approved {near}", least)  # noqa: S608  the same


def everybody(data: Data, features: tuple[str, ...], numbers: frozenset[str]) -> Population:
    """Make the table of a reference that every row belongs to, in an order of its own."""
    chosen = f"SELECT {rows.read(features, numbers)} FROM {data.relation}"  # noqa: S608  quoted there
    return _made(data, features, numbers, chosen, 1)


def first_rows(data: Data, features: tuple[str, ...], numbers: frozenset[str], most: int) -> Data:
    """Return the rows whose digests come first, in that order: nobody can choose them."""
    read = f"SELECT {rows.read(features, numbers)} FROM {data.relation}"  # noqa: S608  quoted there
    ask = f"SELECT * FROM ({read}) ORDER BY {row_digest(features)} LIMIT {most}"  # noqa: S608  the same
    data.ask(f"CREATE OR REPLACE TABLE first_rows AS {ask}")
    kinds = {name: "DOUBLE" if name in numbers else "VARCHAR" for name in features}
    return replace(data, columns=kinds, rows=min(data.rows, most), says_types=True, relation="first_rows")


def _made(whole: Data, features: tuple[str, ...], numbers: frozenset[str], chosen: str, least: int) -> Population:
    digested = f"SELECT *, {row_digest(features)} AS {_ROW} FROM ({chosen}) ORDER BY {_ROW}"  # noqa: S608  the same
    whole.ask(f"CREATE OR REPLACE TABLE reference AS {digested}")
    whole_digest = f"sha256(string_agg({_ROW}, '' ORDER BY {_ROW}))"
    ((count, digest),) = whole.ask(f"SELECT count(*), {whole_digest} FROM reference")  # noqa: S608  the same
    if count < least:
        raise too_few(count, least)
    kinds = {name: "DOUBLE" if name in numbers else "VARCHAR" for name in features}
    made = replace(whole, columns=kinds, rows=count, says_types=True, relation="reference")
    return Population(made, Digest.parse(f"sha256:{digest}"), {name: _middle(made, name) for name in sorted(numbers)})


def row_digest(features: tuple[str, ...]) -> str:
    """Return SQL for what orders rows, whatever their place in the file."""
    parts = ", ".join(
        f"coalesce(concat(length(CAST({quoted(name)} AS VARCHAR)), ':', CAST({quoted(name)} AS VARCHAR)), '-')"
        for name in features
    )
    return f"sha256(concat({parts}))"


def too_few(count: int, least: int) -> NothingChecked:
    return NothingChecked(
        f"the reference has {count} rows, fewer than {least}", hint="name a file with more approved applicants"
    )


def _middle(reference: Data, column: str) -> tuple[float | None, float | None]:
    name = quoted(column)
    ask = f"SELECT median({name}), avg({name}) FROM reference WHERE NOT isnan({name})"  # noqa: S608  quoted above
    ((median, mean),) = reference.ask(ask)
    return median, mean
