"""What a policy asks of the reasons that people are told: by which words, against whom, how many, and how stable they are.

All of it is read from what a trial of the reasons left as evidence, or an evaluation that explained the declined; what
neither says is not measured, and who may not measure says nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from govern.policy.clauses import ReasonCodes, Stability, spoken
from govern.policy.decimals import write_decimal
from govern.policy.evidence import UNREAD, Evidence, Measure, Plan, Planned, Reasoning, Result, Table, Trial
from govern.policy.findings import Decision, Finding, Verdict, finding
from govern.policy.resolve import Resolved

REASONS = "explainability.reason_codes"
"""The rule, and what the evidence of a trial of reasons calls what it tried."""
STABILITY = "explainability.stability"
JACCARD = "top_k_jaccard"
"""How alike the four principal reasons are when the reference is drawn anew: shared over either, the mean of all."""
MOST_REASONS = 4
TOLD = "reasons told"
"""The table of how many of the declined are told how many reasons."""
_COUNTS = frozenset(map(str, range(MOST_REASONS + 1)))
TRY = "`govern decisions validate MODEL@V --data FILE --as WHO`"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial of reasons found: of so many declined, and how many of them are told how many reasons."""

    alike: float
    n: int
    told: Mapping[int, int]
    resamples: int
    seed: int
    rows: int
    reasoning: Reasoning


def evidence_of(tried: Tried, model: Digest, version: Digest) -> Evidence:
    """Return what a trial found as evidence."""
    planned = Planned(check=REASONS, metric=JACCARD, by=(), favourable=None, interval=None)
    plan = Plan(
        digits=12,
        columns=UNREAD,
        checks=(planned,),
        scored_by=model,
        reasoning=tried.reasoning,
        trial=Trial(resamples=tried.resamples, seed=tried.seed),
    )
    told = Table.made(TOLD, ["reasons"], ["n"], {(str(count),): (n,) for count, n in tried.told.items()})
    result = Result.made(REASONS, JACCARD, [Measure.measured(tried.alike, tried.n)])
    return Evidence.made(plan, [result], rows=tried.rows, tables=[told], model=version)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the evidence of a trial says."""

    alike: Measure
    told: Mapping[int, int]
    resamples: int


def judge_reasons(
    rules: Resolved, evidence: Sequence[Evidence], tried: Evidence | None, wordings: Digest | None
) -> Iterator[Finding]:
    """Yield a finding for each thing that is asked of reasons, by evidence that counts; ``tried`` is of their trial."""
    explained = rules.policy.explainability
    reasoned, trial = [one for one in evidence if one.plan.reasoning], _read(tried)
    if explained and explained.reason_codes:
        asked = explained.reason_codes
        if asked.dictionary:
            yield _dictionary(rules, asked.dictionary, reasoned, wordings)
        if asked.reference:
            yield _reference(rules, asked.reference, reasoned)
        yield from _numbers(rules, asked, trial.told if trial else {})
    if explained and explained.stability:
        yield _stability(rules, explained.stability, trial)


def _read(tried: Evidence | None) -> _Read | None:
    """Return what a trial found; none where it is not as a trial is written: whoever files evidence may write anything."""
    planned = tried.planned(REASONS) if tried else None
    if not tried or not tried.plan.trial or not tried.plan.reasoning or not planned or planned.metric != JACCARD:
        return None
    measures = [measure for result in tried.of(REASONS) for measure in result.measures]
    tables = [
        table for table in tried.tables if table.name == TOLD and (table.keys, table.sums) == (("reasons",), ("n",))
    ]
    if len(measures) != 1 or measures[0].value is None or not tables:
        return None
    told = {str(key): n for (key,), (n,) in tables[0].read().items()}
    if not all(key in _COUNTS and n >= 0 for key, n in told.items()):
        return None
    return _Read(measures[0], {int(key): n for key, n in told.items()}, tried.plan.trial.resamples)


def _dictionary(rules: Resolved, asked: str, reasoned: Sequence[Evidence], wordings: Digest | None) -> Finding:
    reason = "dictionary"
    try:
        wanted = Digest.parse(asked)
    except InvalidInput:
        said = f"which words {asked} has is not on record: a policy is judged without its folder"
        remedy = "adopt it with the file beside it, or write its digest: dictionary: sha256:..."
        return _not_measured(rules, REASONS, said, remedy, reason)
    if wordings is None:
        return _not_measured(rules, REASONS, "it has no dictionary of reasons", "register it with --reasons", reason)
    others = {one.plan.reasoning.dictionary for one in reasoned if one.plan.reasoning} | {wordings}
    wrong = next((one for one in sorted(others, key=str) if one != wanted), None)
    if wrong:
        return _failed(rules, REASONS, f"its reasons are worded by {wrong}, asked for: {wanted}", reason)
    return finding(rules, REASONS, Verdict.PASS, f"its reasons are worded by {wanted}", reason=reason)


def _reference(rules: Resolved, asked: str, reasoned: Sequence[Evidence]) -> Finding:
    kinds = sorted({one.plan.reasoning.reference for one in reasoned if one.plan.reasoning})
    if not kinds:
        said = "with whom the declined were compared is not on record"
        return _not_measured(rules, REASONS, said, f"try its reasons: {_tried_by('--against', asked)}", "reference")
    told, limit = " and ".join(spoken(one) for one in kinds), spoken(asked)
    if kinds != [asked]:
        return _failed(rules, REASONS, f"the declined were compared with {told}, asked for: {limit}", "reference")
    return finding(rules, REASONS, Verdict.PASS, f"the declined were compared with {told}", reason="reference")


def _numbers(rules: Resolved, asked: ReasonCodes, told: Mapping[int, int]) -> Iterator[Finding]:
    """Yield whether anybody is told too few reasons, or too many; more than four nobody is ever told."""
    limits = [("min", asked.min, f"at least {asked.min}")] if asked.min else []
    limits += [("max", asked.max, f"at most {asked.max}")] if asked.max < MOST_REASONS else []
    for reason, limit, words in limits:
        if not told:
            said = "how many reasons the declined are told is not on record"
            yield _not_measured(rules, REASONS, said, f"try its reasons: {TRY}", reason)
            continue
        wrong = sum(n for count, n in told.items() if (count < limit if reason == "min" else count > limit))
        n = sum(told.values())
        if wrong:
            fewer = "fewer" if reason == "min" else "more"
            yield _failed(
                rules, REASONS, f"{wrong:,} of {n:,} declined are told {fewer} than {limit} reasons", reason, n
            )
        else:
            said = f"all of {n:,} declined are told {words} reasons"
            yield finding(rules, REASONS, Verdict.PASS, said, reason=reason, limit=words, n=n)


def _stability(rules: Resolved, asked: Stability, tried: _Read | None) -> Finding:
    limit = f"at least {write_decimal(asked.min)}"
    remedy = f"try its reasons: {_tried_by('--resamples', asked.resamples)}"
    if asked.metric != JACCARD:
        return _not_measured(rules, STABILITY, f"nothing here measures {asked.metric}", f"it measures {JACCARD}")
    if not tried:
        return _not_measured(rules, STABILITY, f"{JACCARD}: no evidence", remedy)
    measure = tried.alike
    if tried.resamples < asked.resamples:
        said = f"the reference was drawn anew {tried.resamples} times, asked for: {asked.resamples}"
        return _not_measured(rules, STABILITY, said, remedy)
    assert measure.value is not None
    said = f"{JACCARD} is {write_decimal(measure.value)}, asked for: {limit}"
    is_stable = Fraction(measure.value) >= Fraction(asked.min)
    found = finding(rules, STABILITY, Verdict.PASS, said, limit=limit, n=measure.n, value=measure.value)
    if is_stable:
        return found
    return finding(rules, STABILITY, Verdict.FAIL, said, Decision.DENY, limit=limit, n=measure.n, value=measure.value)


def _tried_by(option: str, value: str | int) -> str:
    return f"{TRY[:-1]} {option} {value}`"


def _failed(rules: Resolved, rule: str, message: str, reason: str, n: int | None = None) -> Finding:
    return finding(rules, rule, Verdict.FAIL, message, Decision.DENY, reason, n=n)


def _not_measured(
    rules: Resolved, rule: str, message: str, remedy: str, reason: str = Verdict.NOT_MEASURED.value
) -> Finding:
    return finding(rules, rule, Verdict.NOT_MEASURED, message, Decision.DENY, reason, remedy=remedy)
