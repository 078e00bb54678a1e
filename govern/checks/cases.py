"""Scores of a file by a model, and why the model declined one case: tables, child process and dictionary together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from govern.checks import rows, tables
from govern.checks.reasons import Dictionary, Reasons, Side, choose, grouped, side
from govern.checks.sandbox import Contributions, Limits, LoadedModel, ModelFile, loaded
from govern.checks.tables import Data, Rule, quoted
from govern.errors import InvalidInput, NothingChecked
from govern.ledger.strict import Digest
from govern.policy.decimals import rounded, write_decimal

SCORE = "score"
"""The column that a model's scores become."""

LEAST_REFERENCE = 200
NEAR, NEAR_AT_LEAST = Decimal("0.1"), 500
"""Near the cut-off are the nearest tenth of the approved, and at least so many."""

# Names that no column of a model has.
_FAR, _ROW = quoted("govern: distance"), quoted("govern: row")

_DIGITS = 6
"""Of contributions; models of single precision carry no more."""


class ReferenceKind(StrEnum):
    """Whom the declined applicant is compared with."""

    NEAR_CUTOFF = "near_cutoff"
    """Approved applicants at or slightly above the cut-off."""
    APPROVED = "approved"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a file: where ``column`` has this value."""

    path: Path
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The population that an explanation is against; its file may be the case's own."""

    path: Path
    kind: ReferenceKind = ReferenceKind.NEAR_CUTOFF
    least: int = LEAST_REFERENCE


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a case was declined, and all that it takes to find the same again."""

    case: str
    score: Decimal
    approve: Rule
    is_approved: bool
    reference: Digest
    reference_kind: ReferenceKind
    found: Contributions
    reasons: Reasons
    model: LoadedModel
    dictionary: Digest

    def json(self) -> dict[str, Any]:
        """Return the JSON of ``govern reasons`` without its schema."""
        return {
            "case": self.case,
            "score": write_decimal(self.score),
            "cutoff": write_decimal(self.approve.limit),
            "decision": "approved" if self.is_approved else "declined",
            "reference": {
                "sha256": str(self.reference).removeprefix("sha256:"),
                "rows": self.found.samples,
                "kind": str(self.reference_kind),
            },
            "reasons": [
                {
                    "code": one.code,
                    "text": one.text,
                    "group": one.group,
                    "contribution": write_decimal(one.contribution),
                    "rank": one.rank,
                }
                for one in self.reasons.reasons
            ],
            "contributions": {group: write_decimal(value) for group, value in self.reasons.contributions.items()},
            "blocking": list(self.reasons.blocking),
            "approve": str(self.approve),
            "method": {
                "space": self.model.space,
                "kind": self.found.method,
                "library": f"{self.found.library} {self.found.version}",
                "max_samples": self.found.samples,
                "margin": write_decimal(rounded(float(self.found.margins[0]), _DIGITS)),
                "reference_mean": write_decimal(rounded(self.found.mean, _DIGITS)),
                "residual": write_decimal(rounded(self.found.residual, 12)),
            },
        }


def scored(data: Data, model: LoadedModel, numbers: frozenset[str] | None = None) -> Data:
    """Return the data with the model's score of each row as a column."""
    numbers = rows.numeric(data, model.features) if numbers is None else numbers
    return tables.add_scores(data, SCORE, model.scores(rows.batches(data, model.features, numbers)))


def explain(  # noqa: PLR0913, PLR0917  a reason is defined by all of these
    file: ModelFile,
    approve: Rule,
    case: Case,
    reference: Reference,
    dictionary: Dictionary,
    limits: Limits | None = None,
) -> Explanation:
    """Explain one case of a file; a case that was approved has no reasons."""
    if approve.column != SCORE:
        raise InvalidInput(f"{approve} does not decide by the model's score", hint=f"write it like {SCORE} >= 0.5")
    with tables.opened(case.path) as its, tables.opened(reference.path) as population:
        # What takes no model is found out first.
        where = _where(its, case)
        if population.rows < reference.least:
            raise _too_few(population.rows, reference)
        with loaded(file, limits) as model:
            numbers = rows.numeric(population, model.features)
            chosen, digest = _reference(model, population, reference, approve, numbers)
            of_case = rows.batches(its, model.features, numbers, where)
            found = model.contributions(rows.batches(chosen, model.features, numbers), of_case)
        score = float(found.scores[0])
        is_approved = decides(approve, score)
        groups = grouped(model.features, dictionary)
        contributions = _summed(found, model.features, groups)
        if is_approved:
            reasons = Reasons((), contributions, ())
        else:
            values = next(iter(rows.batches(its, model.features, numbers, where))).to_pylist()[0]
            sides = _sides(chosen, values, groups, numbers)
            reasons = choose(contributions, -1 if approve.sign in {">", ">="} else 1, sides, dictionary)
    return Explanation(
        case=case.value,
        score=rounded(score, 9),
        approve=approve,
        is_approved=is_approved,
        reference=digest,
        reference_kind=reference.kind,
        found=found,
        reasons=reasons,
        model=model,
        dictionary=dictionary.digest,
    )


def decides(rule: Rule, score: float) -> bool:
    """Say whether the rule is met, in doubles, as DuckDB compares the column."""
    limit = float(rule.limit)
    return {">=": score >= limit, ">": score > limit, "<=": score <= limit, "<": score < limit}[rule.sign]


def _reference(
    model: LoadedModel, data: Data, wanted: Reference, approve: Rule, numbers: frozenset[str]
) -> tuple[Data, Digest]:
    """Make the table of the reference, in an order of its own, and return it with its digest."""
    whole = scored(data, model, numbers)
    limit = f"CAST({approve.limit} AS DOUBLE)"
    chosen = "TRUE" if wanted.kind is ReferenceKind.ALL else f"{quoted(SCORE)} {approve.sign} {limit}"
    columns = rows.read(model.features, numbers)
    parts = ", ".join(
        f"coalesce(concat(length(CAST({quoted(name)} AS VARCHAR)), ':', CAST({quoted(name)} AS VARCHAR)), '-')"
        for name in model.features
    )
    far = f"abs({quoted(SCORE)} - {limit}) AS {_FAR}"
    data.ask(f"CREATE TABLE approved AS SELECT {columns}, {far} FROM {whole.relation} WHERE {chosen}")  # noqa: S608
    near = ""
    if wanted.kind is ReferenceKind.NEAR_CUTOFF:
        ((count,),) = data.ask("SELECT count(*) FROM approved")
        places = max(NEAR_AT_LEAST, int(count * NEAR))
        nearest = f"SELECT {_FAR} FROM approved ORDER BY {_FAR} LIMIT {places}"  # noqa: S608  a number
        near = f"WHERE {_FAR} <= (SELECT max({_FAR}) FROM ({nearest}))"  # noqa: S608  the same
    # Rows are in the order of their digests, so that the order of the file changes no sum.
    digested = f"SELECT *, sha256(concat({parts})) AS {_ROW} FROM approved {near} ORDER BY {_ROW}"  # noqa: S608
    data.ask(f"CREATE TABLE reference AS {digested}")
    whole_digest = f"sha256(string_agg({_ROW}, '' ORDER BY {_ROW}))"
    ((count, digest),) = data.ask(f"SELECT count(*), {whole_digest} FROM reference")  # noqa: S608  the same
    if count < wanted.least:
        raise _too_few(count, wanted)
    kinds = {name: "DOUBLE" if name in numbers else "VARCHAR" for name in model.features}
    made = replace(data, columns=kinds, rows=count, says_types=True, relation="reference")
    return made, Digest.parse(f"sha256:{digest}")


def _too_few(count: int, wanted: Reference) -> NothingChecked:
    return NothingChecked(
        f"the reference has {count} rows, fewer than {wanted.least}",
        hint="name a file with more approved applicants",
    )


def _where(data: Data, case: Case) -> str:
    column = tables.spelled(data, case.column, "case")
    value = "'" + case.value.replace("'", "''") + "'"
    where = f"WHERE {column} = {value}"
    ((count,),) = data.ask(f"SELECT count(*) FROM {data.relation} {where}")  # noqa: S608  quoted above
    if count != 1:
        raise InvalidInput(f"{data.path.name} has {count} rows with {case.column} {case.value!r}", hint="name one row")
    return where


def _summed(
    found: Contributions, features: tuple[str, ...], groups: Mapping[str, tuple[str, ...]]
) -> dict[str, Decimal]:
    """Return what each group contributed; only where the model adds up is that the sum of its columns."""
    wide = [group for group, members in groups.items() if len(members) > 1]
    if wide and found.method != "linear":
        raise InvalidInput(
            f"{wide[0]} groups several columns, and this model does not add up by column",
            hint="give each column a reason of its own",
        )
    values = dict(zip(features, found.values[0], strict=True))
    return {
        group: rounded(float(sum(values[member] for member in members)), _DIGITS) for group, members in groups.items()
    }


def _sides(
    reference: Data, values: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]], numbers: frozenset[str]
) -> dict[str, Side]:
    """Return on which side of the reference the case stands, by the first column of each group."""
    found = {}
    for group, (lead, *_) in groups.items():
        name = quoted(lead)
        ask = f"SELECT median({name}), avg({name}) FROM reference WHERE NOT isnan({name})"  # noqa: S608  quoted above
        middle, mean = reference.ask(ask)[0] if lead in numbers else (None, None)
        found[group] = side(values[lead], middle, mean)
    return found
