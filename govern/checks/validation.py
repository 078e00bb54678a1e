"""Whether the reasons of a version can be relied on: tried on the declined of a file, and the mix of what they are told.

The declined are those whose rows come first by digest, so that nobody can choose them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from govern.checks import rows, tables, trials
from govern.checks.decided import Cases, Terms
from govern.checks.population import ReferenceKind, population, row_digest, scored
from govern.checks.sandbox import Limits, LoadedModel, ModelFile, loaded
from govern.checks.tables import Data, quoted
from govern.checks.trials import FAIL, PASS, REVIEW, Bench, Test
from govern.errors import NothingChecked
from govern.ledger.strict import Digest, canonical

SCHEMA = "govern/reason-validation/v1"
MOST_EXPLAINED = 500
_BROAD = 0.6


@dataclass(frozen=True, slots=True)
class Validation:
    """What came of all tests, and by what reasons were told."""

    tests: tuple[Test, ...]
    codes: tuple[dict[str, Any], ...]
    rows: int
    source: Digest | None
    declined: int
    explained: int
    population: Digest
    reference_rows: int
    kind: str
    method: str
    library: str
    seed: int
    resamples: int
    model: Digest
    sandbox: str
    """What held it."""
    told: Mapping[int, int] = field(default_factory=dict)
    """Of the explained, how many are told how many reasons."""

    @property
    def alike(self) -> float | None:
        """Return how alike the reasons are when the reference is drawn anew; nothing if that was not tried."""
        return next((test.number for test in self.tests if test.name == trials.JACCARD), None)

    @property
    def has_failed(self) -> bool:
        return any(test.result == FAIL for test in self.tests)

    @property
    def needs_review(self) -> bool:
        return any(test.result == REVIEW for test in self.tests)

    def json(self) -> dict[str, Any]:
        """Return the JSON of the validation, without whose it is."""
        return {
            "data": {"rows": self.rows, "sha256": self.source.value.hex() if self.source else None},
            "declined": self.declined,
            "explained": self.explained,
            "reference": {"sha256": self.population.value.hex(), "rows": self.reference_rows, "kind": self.kind},
            "method": self.method,
            "library": self.library,
            "seed": self.seed,
            "resamples": self.resamples,
            "tests": [test.json() for test in self.tests],
            "codes": list(self.codes),
        }


def document(found: Validation, version: str, digest: Digest) -> bytes:
    """Return the validation for the dossier of a version: a table to read, and under it the JSON that it is of."""
    what = (
        f"{found.explained:,} of {found.declined:,} declined of {found.rows:,} rows ({found.source}), explained by "
        f"{found.library} ({found.method}) against {found.reference_rows:,} applicants ({found.kind}, {found.population}). "
        f"Seed {found.seed}, {found.resamples} resamples of the reference."
    )
    lines = [
        f"# Validation of the reasons of {version}",
        "",
        what,
        "",
        "| test | result | found | of | rule |",
        "|---|---|---|---|---|",
        *(
            f"| {one.id} {one.name} | {one.result.replace('_', ' ')} | {one.value} | {one.n:,} | {one.rule} |"
            for one in found.tests
        ),
        "",
        "| group | code | first | told |",
        "|---|---|---|---|",
        *(f"| {one['group']} | {one['code'] or 'none'} | {one['first']:,} | {one['told']:,} |" for one in found.codes),
        "",
        "```json",
        canonical({"schema": SCHEMA, "version": str(digest), **found.json()}).decode(),
        "```",
        "",
    ]
    return "\n".join(lines).encode()


def validate(  # noqa: PLR0913  a validation has as many sides
    file: ModelFile,
    cases: Cases,
    terms: Terms,
    by: Sequence[str] = (),
    *,
    resamples: int = 20,
    most: int = MOST_EXPLAINED,
    seed: int = 7,
    limits: Limits | None = None,
) -> Validation:
    """Try the reasons of a model on the declined of a file."""
    with tables.opened(cases.path) as its, loaded(file, limits) as model, loaded(file, limits) as again:
        numbers = rows.numeric(its, model.features)
        whole = scored(its, model, numbers)
        reference, declined = terms.reference, f"NOT ({terms.approve.sql})"
        ((count,),) = whole.ask(f"SELECT count(*) FROM {whole.relation} WHERE {declined}")  # noqa: S608  a rule
        if not count:
            raise NothingChecked(f"{its.name} has nobody who is declined", hint="give a file with declined applicants")
        everybody = _table(
            population(whole, model.features, ReferenceKind.ALL, terms.approve, numbers, 1).data, model, numbers
        )
        people = population(whole, model.features, reference.kind, terms.approve, numbers, reference.least)
        groups = ", ".join(quoted(column) for column in by if its.column(column, "attribute") is not None)
        order = f"WHERE {declined} ORDER BY {row_digest(model.features)}{', ' if by else ''}{groups} LIMIT {most}"
        bench = Bench(
            model,
            terms,
            numbers,
            everybody,
            _table(people.data, model, numbers),
            pa.Table.from_batches(rows.batches(whole, model.features, numbers, order)),
            seed,
        )
        tests = (
            trials.additive(bench),
            trials.dummy(bench),
            trials.symmetry(bench),
            trials.efficiency(bench),
            trials.determinism(bench, again),
            *trials.reference_stability(bench, resamples),
            trials.agreement(bench),
            trials.neighbours(bench),
            trials.sufficiency(bench),
        )
        codes, broad = _shares(bench, by, _groups(whole, by, order))
        return Validation(
            tests=(*tests, broad),
            codes=codes,
            rows=its.rows,
            source=its.digest,
            declined=count,
            explained=len(bench.cases),
            population=people.digest,
            reference_rows=people.data.rows,
            kind=reference.kind.value,
            method=bench.found.method,
            library=f"{bench.found.library} {bench.found.version}",
            seed=seed,
            resamples=resamples,
            model=model.digest,
            sandbox=model.limits,
            told=Counter(np.sum(bench.first >= 0, axis=1).tolist()),
        )


def _table(data: Data, model: LoadedModel, numbers: frozenset[str]) -> Any:
    return pa.Table.from_batches(list(rows.batches(data, model.features, numbers)))


def _groups(whole: Data, by: Sequence[str], order: str) -> list[tuple[str | None, ...]]:
    if not by:
        return []
    columns = ", ".join(f"CAST({quoted(column)} AS VARCHAR)" for column in by)
    return whole.ask(f"SELECT {columns} FROM {whole.relation} {order}")  # noqa: S608  quoted


def _shares(
    bench: Bench, by: Sequence[str], of_rows: Sequence[tuple[str | None, ...]]
) -> tuple[tuple[dict[str, Any], ...], Test]:
    """Return how often each group of columns is a reason, first and at all: of everybody and of each of the ``by``."""
    n, names = len(bench.first), list(bench.groups)
    wordings = {wording.group: wording.code for wording in bench.terms.dictionary.wordings}
    leading = Counter(bench.first[:, 0].tolist())
    found = []
    for place, name in enumerate(names):
        given = np.any(bench.first == place, axis=1)
        parts = [
            {
                "by": dict(zip(by, group, strict=True)),
                "n": int(its.sum()),
                "first": int(np.sum(bench.first[its, 0] == place)),
                "told": int(given[its].sum()),
            }
            for group, its in _parts(of_rows)
        ]
        found.append(
            {"group": name, "code": wordings.get(name), "first": leading[place], "told": int(given.sum()), "by": parts}
        )
    largest = max((leading[place] for place in range(len(names))), default=0) / n
    never = sum(not one["told"] for one in found)
    rule = "no reason first for more than 0.60, none never told; else it is looked at"
    result = PASS if largest <= _BROAD and not never else REVIEW
    return tuple(found), Test("RC-15", "mix of codes", rule, result, f"{largest:.4f} first, {never} never", n)


def _parts(of_rows: Sequence[tuple[str | None, ...]]) -> Iterator[tuple[tuple[str | None, ...], Any]]:
    for group in sorted(set(of_rows), key=str):
        yield group, np.array([one == group for one in of_rows])
