"""Why a model declined one case: tables, child process and dictionary together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govern.checks import leaves, rows, tables
from govern.checks.binding import Rule, spelled
from govern.checks.contributions import Contributions
from govern.checks.population import SCORE, Reference, ReferenceKind, population, scored, too_few
from govern.checks.reasons import DIGITS, Dictionary, Reasons, choose, grouped
from govern.checks.sandbox import Limits, LoadedModel, ModelFile, loaded
from govern.checks.tables import Data
from govern.checks.walks import RULE
from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from govern.policy.decimals import rounded, write_decimal

if TYPE_CHECKING:
    from govern.checks.illustration import Illustration


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a file: where ``column`` has this value."""

    path: Path
    column: str
    value: str


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
    inputs: bytes
    """What a digest of the case's inputs is of."""
    illustration: "Illustration | None"
    """What would change the decision; nothing where there are no reasons to tell."""

    @property
    def decision(self) -> str:
        return "approved" if self.is_approved else "declined"

    def json(self) -> dict[str, Any]:
        """Return the JSON of ``govern reasons`` without its schema."""
        return {
            "case": self.case,
            "inputs": str(Digest.of(self.inputs)),
            "score": write_decimal(self.score),
            "cutoff": write_decimal(self.approve.limit),
            "decision": self.decision,
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
            "illustration": self.illustration.json() if self.illustration else None,
            "approve": str(self.approve),
            "method": {
                "space": self.model.space,
                "kind": self.found.method,
                "library": f"{self.found.library} {self.found.version}",
                "max_samples": self.found.samples,
                "margin": write_decimal(rounded(float(self.found.margins[0]), DIGITS)),
                "reference_mean": write_decimal(rounded(self.found.mean, DIGITS)),
                "residual": write_decimal(rounded(self.found.residual, 12)),
                "sampled": self._sampled(),
            },
        }

    def _sampled(self) -> dict[str, Any] | None:
        """Return how sure the contributions are of a model that was asked; nothing where they are exact."""
        sampled = self.found.sampled
        if sampled is None:
            return None
        errors = zip(self.reasons.contributions, sampled.errors[0].tolist(), strict=True)
        return {
            "errors": {group: write_decimal(rounded(error, DIGITS)) for group, error in errors},
            "walks": int(sampled.walks[0]),
            "orders": RULE,
            "certain": bool(sampled.certain[0]),
        }


def explain(  # noqa: PLR0913, PLR0917  a reason is defined by all of these
    file: ModelFile,
    approve: Rule,
    case: Case,
    reference: Reference,
    dictionary: Dictionary,
    limits: Limits | None = None,
) -> Explanation:
    """Explain one case of a file; a case that was approved has no reasons."""
    import pyarrow as pa  # noqa: PLC0415  who only measures waits for no illustration

    from govern.checks.illustration import illustrate, movable  # noqa: PLC0415  the same

    if approve.column != SCORE:
        raise InvalidInput(f"{approve} does not decide by the model's score", hint=f"write it like {SCORE} >= 0.5")
    with tables.opened(case.path) as its, tables.opened(reference.path) as everybody:
        # What takes no model is found out first.
        alone = _alone(its, case)
        if everybody.rows < reference.least:
            raise too_few(everybody.rows, reference.least)
        with loaded(file, limits) as model:
            numbers = rows.numeric(everybody, model.features)
            whole = scored(everybody, model, numbers)
            chosen = population(whole, model.features, reference.kind, approve, numbers, reference.least)
            groups = grouped(model.features, dictionary)
            found = model.contributions(
                rows.batches(chosen.data, model.features, numbers),
                rows.batches(alone, model.features, numbers),
                players(model.features, groups),
                adverse=adverse_sign(approve),
            )
            (batch,) = rows.batches(alone, model.features, numbers)
            (inputs,) = leaves.inputs(batch, model.features, numbers)
            score, illustration = float(found.scores[0]), None
            is_approved = approve.meets(score)
            contributions = by_group(found, 0, groups)
            if is_approved:
                reasons = Reasons((), contributions, ())
            else:
                (values,) = batch.to_pylist()
                sides = {group: chosen.side(lead, values[lead]) for group, (lead, *_) in groups.items()}
                sign = adverse_sign(approve)
                reasons = choose(contributions, sign, sides, dictionary, is_certain=found.is_certain(0))
                worst = sorted(groups, key=lambda group: -sign * contributions[group])
                may_move = movable({group: groups[group] for group in worst}, numbers, sides, dictionary)
                if not reasons.blocking:
                    others = pa.Table.from_batches(rows.batches(chosen.data, model.features, numbers))
                    moving = {group: groups[group] for group in may_move}
                    illustration = illustrate(model, batch, others, moving, approve)
    return Explanation(
        case=case.value,
        score=rounded(score, 9),
        approve=approve,
        is_approved=is_approved,
        reference=chosen.digest,
        reference_kind=reference.kind,
        found=found,
        reasons=reasons,
        model=model,
        dictionary=dictionary.digest,
        inputs=inputs,
        illustration=illustration,
    )


def no_case(name: str, case: Case) -> InvalidInput:
    """Return what is said where a case is not: that it never was there, nobody here can tell from its having been erased."""
    return InvalidInput(
        f"{name} has no row with {case.column} {case.value!r}: its inputs were erased, or never there",
        hint="what was recorded of it, the file of its batch proves: --batch FILE",
        code="no_case",
    )


def adverse_sign(approve: Rule) -> int:
    """Return the sign of what counts against an applicant."""
    return -1 if approve.sign in {">", ">="} else 1


def players(features: Sequence[str], groups: Mapping[str, Sequence[str]]) -> list[int]:
    """Return of each feature the place of its group: the columns of one group share one contribution."""
    of_feature = {member: place for place, members in enumerate(groups.values()) for member in members}
    return [of_feature[feature] for feature in features]


def by_group(found: Contributions, row: int, groups: Mapping[str, Sequence[str]]) -> dict[str, Decimal]:
    """Return what each group contributed in a row."""
    return {group: rounded(float(value), DIGITS) for group, value in zip(groups, found.values[row], strict=True)}


def _alone(data: Data, case: Case) -> Data:
    """Return the one row of a case."""
    known = spelled(data, case.column, "case") == case.value
    kept = data.engine.keep("one_case", data.table.filter(known))
    ((count,),) = data.engine.rows(kept.aggregate(n=kept.count()))
    if not count:
        raise no_case(data.name, case)
    if count > 1:
        raise InvalidInput(f"{data.name} has {count} rows with {case.column} {case.value!r}", hint="name one row")
    return replace(data, relation=kept.get_name(), rows=1)
