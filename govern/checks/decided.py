"""A batch of decisions: every case scored by the version's own model, decided by its rule, and every decline explained.

Rows go through in batches, and of contributions only the reasons stay. What comes of it is a table, a row a case in the order
of their ids, each with its leaf; the root over the leaves is what a ledger keeps.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from govern.checks import leaves, rows, tables, tops
from govern.checks.binding import Rule, spelled
from govern.checks.cases import adverse_sign, players
from govern.checks.contributions import Contributions
from govern.checks.population import SCORE, Population, Reference, population, scored, too_few
from govern.checks.reasons import MOST, Dictionary, grouped
from govern.checks.sandbox import Limits, LoadedModel, ModelFile, loaded
from govern.checks.tables import Data
from govern.errors import InvalidInput
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.strict import Digest, canonical

SCHEMA = "govern/decisions/v1"
DECLINED, APPROVED = "declined", "approved"
CODES = tuple(f"code_{place}" for place in range(1, MOST + 1))
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Cases:
    """A file of cases, and the column of their ids."""

    path: Path
    column: str = "case"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a decision is by, besides the model: the rule, the words, and whom the declined are compared with."""

    approve: Rule
    dictionary: Dictionary
    reference: Reference


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, and by what; only the counts, the digests and the root leave the firm's own file."""

    table: Any
    """An Arrow table, a row a case."""
    root: Digest
    declined: int
    blocked: int
    terms: Terms
    population: Digest
    reference_rows: int
    model: Digest
    sandbox: str
    method: str
    library: tuple[str, str] | None
    """What explained the declined, and its version; nothing if nobody was declined."""
    residual: float
    codes: Mapping[str, tuple[int, int]]
    """How often each code was told, first and at all."""
    blocking: Mapping[str, int]

    def write(self, file: BinaryIO, version: Digest) -> None:
        """Write the firm's own file: everything of every case but its inputs."""
        about = {"schema": SCHEMA, "version": str(version), "batch": str(self.root)}
        pq.write_table(self.table.replace_schema_metadata({"govern": canonical(about)}), file, compression="zstd")


@dataclass(frozen=True, slots=True)
class Explained:
    """A part of the declined: from which on, and what was found of them."""

    start: int
    told: tops.Told
    scores: tops.Numbers
    margins: tops.Numbers
    residuals: tops.Numbers
    method: str
    library: tuple[str, str]


def decide(  # noqa: PLR0913  a decision is defined by all of these
    file: ModelFile,
    cases: Cases,
    terms: Terms,
    chance: Callable[[int], bytes],
    *,
    limits: Limits | None = None,
    processes: int = 1,
) -> Decided:
    """Decide every case of a file; ``chance`` gives each its salt, and so many processes explain."""
    with ExitStack() as opened:
        its = opened.enter_context(tables.opened(cases.path))
        is_same = cases.path.resolve() == terms.reference.path.resolve()
        everybody = its if is_same else opened.enter_context(tables.opened(terms.reference.path))
        ids = _ids(its, cases.column)
        if everybody.rows < terms.reference.least:
            raise too_few(everybody.rows, terms.reference.least)
        models = [opened.enter_context(loaded(file, limits)) for _ in range(processes)]
        first, features = models[0], models[0].features
        numbers = rows.numeric(everybody, features)
        salts = chance(leaves.SALT * its.rows)
        inputs: list[bytes] = []
        scores = first.scores(_salting(rows.batches(its, features, numbers), features, numbers, salts, inputs))
        if not np.isfinite(scores).all():
            raise InvalidInput(f"the model has no score for a row of {its.name}", hint="see what it makes of gaps")
        of_cases = tables.add_scores(its, SCORE, scores)
        whole = of_cases if is_same else scored(everybody, first, numbers)
        reference = terms.reference
        people = population(whole, features, reference.kind, terms.approve, numbers, reference.least)
        declined = ~terms.approve.meets(scores)
        told = explained(models, of_cases, people, terms, numbers) if declined.any() else []
    return _made(ids, salts, inputs, scores, declined, told, terms, people, first)


def _ids(data: Data, column: str) -> Any:
    """Return the ids of the cases as text, each there and each once."""
    kept = data.engine.keep("ids", data.table.select(id=spelled(data, column, "case")))
    ((count, known, different),) = data.engine.rows(
        kept.aggregate(n=kept.count(), known=kept.id.count(), different=kept.id.nunique())
    )
    if not count:
        raise InvalidInput(f"{data.name} has no rows", hint="a batch has at least one case")
    if known < count or different < count:
        missing, twice = count - known, known - different
        raise InvalidInput(
            f"of the cases in {column} of {data.name} {missing} have no id and {twice} have one that stands before",
            hint="name the column of ids: --case COLUMN",
        )
    ids: Any = data.local.connection.sql(f"SELECT id FROM {kept.get_name()}").to_arrow_table()  # noqa: S608  a name of ours
    return ids.column("id").combine_chunks()


def _salting(
    batches: Iterable[Any], features: tuple[str, ...], numbers: frozenset[str], salts: bytes, found: list[bytes]
) -> Iterator[Any]:
    """Give the batches on, and keep the salted digest of each row's inputs."""
    for batch in batches:
        for content in leaves.inputs(batch, features, numbers):
            found.append(leaves.salted(_salt(salts, len(found)), content))
        yield batch


def _salt(salts: bytes, row: int) -> bytes:
    return salts[leaves.SALT * row : leaves.SALT * (row + 1)]


def explained(
    models: list[LoadedModel], data: Data, people: Population, terms: Terms, numbers: frozenset[str]
) -> list[Explained]:
    """Explain the declined, in the order of the file: each process takes the next batch when it is done with one."""
    features = models[0].features
    groups = grouped(features, terms.dictionary)
    leads = [lead for lead, *_ in groups.values()]
    sign, whose = adverse_sign(terms.approve), players(features, groups)
    reference = list(rows.batches(people.data, features, numbers))
    source, taking, start = rows.batches(data, features, numbers, f"WHERE NOT ({terms.approve.sql})"), Lock(), 0
    done: list[Explained] = []
    failed: list[BaseException] = []

    def taken(waiting: list[tuple[int, Any]]) -> Iterator[Any]:
        nonlocal start
        while not failed:
            with taking:  # one file is read by all
                batch = next(source, None)
                if batch is None:
                    return
                waiting.append((start, batch))
                start += batch.num_rows
            yield batch

    def work(model: LoadedModel) -> None:
        waiting: list[tuple[int, Any]] = []
        try:
            for found in model.explanations(reference, taken(waiting), whose, adverse=sign):
                at, batch = waiting.pop()
                stands = tops.sides(batch, leads, people.middles)
                certain = found.sampled.certain if found.sampled else None
                told = tops.told(found.values, sign, list(groups), stands, terms.dictionary, certain)
                done.append(_part(at, told, found))
        except BaseException as error:  # noqa: BLE001  whoever waits for the threads raises it
            failed.append(error)

    threads = [Thread(target=work, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sorted(done, key=lambda part: part.start)


def _part(start: int, told: tops.Told, found: Contributions) -> Explained:
    residuals = np.abs(found.values.sum(axis=1) + found.mean - found.margins)
    library = (found.library, found.version)
    return Explained(start, told, found.scores, found.margins, residuals, found.method, library)


def _made(  # noqa: PLR0913, PLR0917  a table has as many columns
    ids: Any,
    salts: bytes,
    inputs: list[bytes],
    scores: tops.Numbers,
    declined: Any,
    explained: list[Explained],
    terms: Terms,
    people: Population,
    model: LoadedModel,
) -> Decided:
    count, places = len(ids), np.flatnonzero(declined)
    codes: list[tuple[str, ...]] = [()] * count
    problems: list[tuple[str, ...]] = [()] * count
    margins, residuals = np.full((2, count), np.nan)
    for part in explained:
        its = places[part.start : part.start + len(part.margins)]
        if not np.allclose(part.scores, scores[its], rtol=_SAME, atol=_SAME):
            raise InvalidInput(
                "the model scores a case otherwise when it explains it",
                hint="a score may depend on nothing but its row: not on the rows of a file, nor on chance",
                code="score_differs",
            )
        margins[its], residuals[its] = part.margins, part.residuals
        for row, answer in zip(its.tolist(), part.told.of_row.tolist(), strict=True):
            codes[row], problems[row] = part.told.codes[answer], part.told.blocking[answer]
    order = pc.sort_indices(ids).to_numpy()
    names = ids.to_pylist()
    tree, written = Tree(), []
    for row in order.tolist():
        case = leaves.salted(_salt(salts, row), names[row].encode())
        decision = DECLINED if declined[row] else APPROVED
        hash_ = leaf_hash(leaves.leaf(case, inputs[row], leaves.written(float(scores[row])), decision, codes[row]))
        tree.append(hash_)
        written.append(hash_)
    columns = {
        "case": ids,
        "salt": pa.array([_salt(salts, row) for row in range(count)], pa.binary(leaves.SALT)),
        "inputs": pa.array(inputs, pa.binary(32)),
        "score": pa.array(scores),
        "decision": pa.array(np.where(declined, DECLINED, APPROVED)),
        **{
            name: pa.array([one[place] if place < len(one) else None for one in codes], pa.string())
            for place, name in enumerate(CODES)
        },
        "margin": pa.array(margins, from_pandas=True),
        "residual": pa.array(residuals, from_pandas=True),
        "blocking": pa.array(["; ".join(one) or None for one in problems], pa.string()),
    }
    table = pa.table(columns).take(pa.array(order)).append_column("leaf", pa.array(written, pa.binary(32)))
    first = Counter(one[0] for one in codes if one)
    given = Counter(code for one in codes for code in one)
    return Decided(
        table=table,
        root=Digest(tree.root()),
        declined=len(places),
        blocked=sum(bool(one) for one in problems),
        terms=terms,
        population=people.digest,
        reference_rows=people.data.rows,
        model=model.digest,
        sandbox=model.limits,
        method=explained[0].method if explained else "",
        library=explained[0].library if explained else None,
        residual=float(np.nanmax(residuals)) if explained else 0.0,
        codes={code: (first[code], n) for code, n in sorted(given.items())},
        blocking=dict(sorted(Counter(problem for one in problems for problem in one).items())),
    )
