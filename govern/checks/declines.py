"""Whether the declined can be told why: the reasons of many of them, counted; nobody's own stand in the evidence.

Explained are the declined of a file, or as many of them as are allowed: those whose rows come first by digest, so that
nobody can choose them and the order of the file does not matter.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from govern.checks import rows
from govern.checks.binding import Rule
from govern.checks.cases import adverse_sign, by_group, players
from govern.checks.contributions import Contributions, Sampled
from govern.checks.opinion import Opinion
from govern.checks.population import LEAST_REFERENCE, Population, ReferenceKind, population, row_digest
from govern.checks.reasons import Dictionary, Reasons, choose, grouped
from govern.checks.sandbox import LoadedModel
from govern.checks.tables import Data
from govern.checks.walks import CERTAIN, MOST_ASKED, RULE
from govern.errors import NothingChecked
from govern.ledger.strict import Digest
from govern.policy.evidence import Measure, Reasoning, Sampling, Table

MOST_EXPLAINED = 200
SECONDED = 8
"""Of them, so many are explained by shap too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """By what rule people are declined, and in which words they are told why."""

    approve: Rule
    dictionary: Dictionary
    reference: ReferenceKind = ReferenceKind.NEAR_CUTOFF
    most: int = MOST_EXPLAINED
    least_reference: int = LEAST_REFERENCE


@dataclass(frozen=True, slots=True)
class Declines:
    """What became of the declined of a file."""

    measure: Measure
    declined: int
    explained: int
    tables: tuple[Table, ...] = ()
    reasoning: Reasoning | None = None
    library: tuple[str, str] | None = None
    """What explained them, and its version."""
    seconded: Opinion | None = None


def declines(model: LoadedModel, data: Data, asked: Asked) -> Declines:
    """Explain the declined among rows that ``model`` has scored."""
    numbers = rows.numeric(data, model.features)
    of_declined = f"WHERE NOT ({asked.approve.sql})"
    ((declined,),) = data.ask(f"SELECT count(*) FROM {data.relation} {of_declined}")  # noqa: S608  quoted there
    if not declined:
        return Declines(Measure.undefined("nobody_declined", 0), 0, 0)
    try:
        people = population(data, model.features, asked.reference, asked.approve, numbers, asked.least_reference)
    except NothingChecked:
        return Declines(Measure.undefined("small_reference", 0), declined, 0)
    order = f"{of_declined} ORDER BY {row_digest(model.features)} LIMIT {asked.most}"
    groups = grouped(model.features, asked.dictionary)
    found = model.contributions(
        rows.batches(people.data, model.features, numbers),
        rows.batches(data, model.features, numbers, order),
        players(model.features, groups),
        SECONDED,
        adverse_sign(asked.approve),
    )
    values = [row for batch in rows.batches(data, model.features, numbers, order) for row in batch.to_pylist()]
    told = [
        choose(
            by_group(found, place, groups),
            adverse_sign(asked.approve),
            {group: people.side(lead, row[lead]) for group, (lead, *_) in groups.items()},
            asked.dictionary,
            is_certain=found.is_certain(place),
        )
        for place, row in enumerate(values)
    ]
    reasoned = sum(not one.blocking for one in told)
    return Declines(
        Measure.measured(Fraction(reasoned, len(told)), len(told)),
        declined,
        len(told),
        (*_tables(told, declined, people), *_sampled(found.sampled)),
        _reasoning(asked, people.digest, found),
        (found.library, found.version),
        found.seconded,
    )


def _tables(told: Sequence[Reasons], declined: int, people: Population) -> tuple[Table, ...]:
    first = Counter(one.reasons[0].code for one in told if one.reasons)
    given = Counter(reason.code for one in told for reason in one.reasons)
    why = Counter(problem for one in told for problem in one.blocking)
    sizes = (declined, len(told), sum(not one.blocking for one in told), people.data.rows)
    return (
        Table.made("declines", [], ["declined", "explained", "reasoned", "reference_rows"], {(): sizes}),
        Table.made("reasons blocked", ["why"], ["n"], {(problem,): (n,) for problem, n in why.items()}),
        Table.made("reasons given", ["code"], ["first", "n"], {(code,): (first[code], n) for code, n in given.items()}),
    )


def _sampled(sampled: Sampled | None) -> Iterator[Table]:
    """Give how often the model was asked of those whose reasons are certain, and of the others."""
    if sampled is not None:
        rows = [(word, sampled.certain == is_certain) for word, is_certain in (("yes", True), ("no", False))]
        sums: dict[tuple[str | None, ...], tuple[int, int]] = {
            (word,): (int(its.sum()), int(sampled.walks[its].sum())) for word, its in rows if its.any()
        }
        yield Table.made("reasons sampled", ["certain"], ["n", "walks"], sums)


def _reasoning(asked: Asked, digest: Digest, found: Contributions) -> Reasoning:
    return Reasoning(
        approve=str(asked.approve),
        dictionary=asked.dictionary.digest,
        reference=asked.reference.value,
        population=digest,
        most=asked.most,
        method=found.method,
        sampling=Sampling(method="asked.sampled", orders=RULE, errors=CERTAIN, most_asked=MOST_ASKED)
        if found.sampled
        else None,
    )
