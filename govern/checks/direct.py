"""Measuring and explaining from Python, without a ledger: what ``govern.evaluate`` and ``govern.reasons`` are.

Tables are of pandas, Polars, Arrow or Ibis, or files; what comes back are the numbers that the command line prints.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govern.checks import rows, summary
from govern.checks.binding import Rule
from govern.checks.cases import adverse_sign, by_group, players
from govern.checks.population import everybody
from govern.checks.reasons import Dictionary, Reasons, choose, grouped
from govern.checks.sandbox import ModelFile, loaded
from govern.checks.summary import RESAMPLES, Question
from govern.checks.tables import Data, either
from govern.errors import InvalidInput
from govern.policy.evidence import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SECONDED = 4
"""Of the rows, so many are explained by shap too."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of predictions; ``value`` is the JSON of ``govern evaluate``."""

    value: Mapping[str, Any]
    evidence: Evidence = field(repr=False)
    """The counts behind every number."""
    agreed: tuple[str, ...]
    """Who measured it again and found the same."""

    @property
    def overall(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.value["overall"]
        return found

    @property
    def groups(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.value["groups"]
        return found

    @property
    def disparities(self) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self.value["disparities"]
        return found


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a model scored rows as it did: of each row what each group of columns added to the mean of the reference."""

    groups: tuple[str, ...]
    values: "NDArray[np.float64]"
    """A row a row, a column a group."""
    scores: "NDArray[np.float64]"
    margins: "NDArray[np.float64]"
    """What the contributions and the mean add up to."""
    mean: float
    space: str
    method: str
    errors: "NDArray[np.float64] | None" = None
    """The standard error of each value, of a model that could only be asked and was sampled."""
    told: tuple[Reasons | None, ...] = ()
    """With a rule and a dictionary, the reasons of each row; nothing of those it approves."""

    def to_pandas(self) -> Any:
        """Return the contributions as a data frame, with the score first."""
        import pandas as pd  # noqa: PLC0415  who does not ask for it need not have it

        return pd.DataFrame({"score": self.scores, **dict(zip(self.groups, self.values.T, strict=True))})


def evaluate(  # noqa: PLR0913  each is an option of the command
    predictions: Any,
    *,
    label: str | None = None,
    prediction: str | None = None,
    score: str | None = None,
    by: Sequence[str] = (),
    positive: str | None = None,
    favourable: str | None = None,
    reference: Mapping[str, str] | None = None,
    min_group: int = 0,
    baseline: Any = None,
    champion: str | None = None,
    cutoffs: bool = False,
    resamples: int = RESAMPLES,
) -> Measured:
    """Measure scored rows: performance, what separates groups, and with a baseline what has changed.

    ``prediction`` is a column or a rule like ``"pd >= 0.2"``; ``positive`` says which value is 1, ``favourable`` which
    prediction is good for the person; ``by=["sex", "sex,age"]`` looks at both together too.
    """
    asked = Question(
        label,
        prediction,
        score,
        (by,) if isinstance(by, str) else tuple(by),
        positive,
        reference,
        min_group,
        resamples,
        _file_or_table(baseline),
        favourable,
        champion,
        cutoffs,
    )
    value, run = summary.evaluate(_file_or_table(predictions), asked)
    agreed = tuple(f"{one.library} {one.version}: {one.what}, {one.numbers} numbers" for one in run.opinions)
    return Measured(value, run.evidence, agreed)


def reasons(  # noqa: PLR0913  a reason is defined by all of these
    model: Any,
    cases: Any,
    *,
    reference: Any,
    approve: str = "",
    dictionary: Any = None,
    positive: str | None = None,
    features: Sequence[str] = (),
    trust_pickle: bool = False,
) -> Explained:
    """Explain rows against every row of a reference, by Shapley values in the space where the model adds up.

    The model is a file, or a model of XGBoost, LightGBM or scikit-learn, and answers in a process of its own. With the
    rule that approves (``"score < 0.2"``) and a dictionary, those it declines are told why in the dictionary's words.
    """
    rule = _rule(approve)
    words = _dictionary(dictionary)
    if (rule is None) is not (words is None):
        raise InvalidInput("reasons in words need a rule and a dictionary", hint="give both approve= and dictionary=")
    file = _model_file(model, tuple(features), positive, trust_pickle=trust_pickle)
    with either(_here(cases)) as its, either(_here(reference)) as compared, loaded(file) as answering:
        numbers = rows.numeric(compared, answering.features)
        people = everybody(compared, answering.features, numbers)
        groups = grouped(answering.features, words) if words else {name: (name,) for name in answering.features}
        found = answering.contributions(
            rows.batches(people.data, answering.features, numbers),
            rows.batches(its, answering.features, numbers),
            players(answering.features, groups),
            _SECONDED,
            adverse_sign(rule) if rule else 0,
        )
        told: tuple[Reasons | None, ...] = ()
        if rule and words:
            values = _values(its, answering.features, numbers)
            told = tuple(
                None
                if rule.meets(float(score))
                else choose(
                    by_group(found, place, groups),
                    adverse_sign(rule),
                    {group: people.side(lead, row[lead]) for group, (lead, *_) in groups.items()},
                    words,
                    is_certain=found.is_certain(place),
                )
                for place, (score, row) in enumerate(zip(found.scores, values, strict=True))
            )
    errors = found.sampled.errors if found.sampled else None
    return Explained(
        tuple(groups),
        found.values,
        found.scores,
        found.margins,
        found.mean,
        answering.space,
        found.method,
        errors,
        told,
    )


def _values(data: Data, features: tuple[str, ...], numbers: frozenset[str]) -> list[dict[str, Any]]:
    return [row for batch in rows.batches(data, features, numbers) for row in batch.to_pylist()]


def _file_or_table(given: Any) -> Any:
    return Path(given) if isinstance(given, str | os.PathLike) else given


def _here(given: Any) -> Any:
    """Return a file, or a table of this process: a model reads rows here."""
    return given.to_pyarrow() if hasattr(given, "get_backend") else _file_or_table(given)


def _rule(approve: str) -> Rule | None:
    rule = Rule.parse(approve) if approve else None
    if approve and (rule is None or rule.column != "score"):
        raise InvalidInput(f"{approve!r} is no rule on the score", hint="write it like 'score < 0.2'")
    return rule


def _dictionary(given: Any) -> Dictionary | None:
    if given is None or isinstance(given, Dictionary):
        return given
    content = given if isinstance(given, bytes) else Path(given).read_bytes()
    return Dictionary.parse(content, "the dictionary" if isinstance(given, bytes) else str(given))


def _model_file(model: Any, features: tuple[str, ...], positive: str | None, *, trust_pickle: bool) -> ModelFile:
    if isinstance(model, str | os.PathLike):
        return ModelFile.read(Path(model), features=features, positive=positive, trust_pickle=trust_pickle)
    return ModelFile(
        type(model).__name__, _written(model), features=features, positive=positive, trust_pickle=trust_pickle
    )


def _written(model: Any) -> bytes:
    """Return a model as bytes that carry no code."""
    kind = type(model).__name__
    match type(model).__module__.partition(".")[0], kind:
        case "xgboost", "Booster":
            return bytes(model.save_raw("json"))
        case "lightgbm", "Booster":
            return str(model.model_to_string()).encode()
        case (("xgboost" | "lightgbm" | "sklearn"), _):
            import skops.io  # noqa: PLC0415  only for these

            return bytes(skops.io.dumps(model))
        case _:
            raise InvalidInput(
                f"a {kind} is no model that is known here",
                hint="give a file, or a model of XGBoost, LightGBM or scikit-learn",
            )
