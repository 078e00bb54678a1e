"""A second opinion at every evaluation: fairlearn measures the same counts, and has to find the same numbers.

Bit for bit: a rate is one division of two integers below 2**53, and so is fairlearn's when rows are weighted by counts.
Where we say that a rate is undefined fairlearn says 0; there it is not asked. To read fairlearn takes longer than to count
a million rows, so it is read in a process beside this one, meanwhile.

Run as ``python -I -m govern.checks.opinion``.
"""

import atexit
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

from govern.checks.counts import Counts
from govern.checks.performance import RATES
from govern.errors import GovernError

_LABELLED = ((1, 1), (0, 1), (0, 0), (1, 0))
"""Label and prediction of the first four counts of a group."""

_CONFUSION = ("true_positive_rate", "false_positive_rate", "true_negative_rate", "false_negative_rate")
_SILENT = "fairlearn's process ended before it answered"


@dataclass(frozen=True, slots=True)
class Opinion:
    """Who measured what again, and found the same; or why it was not asked."""

    library: str
    version: str
    what: str
    numbers: int
    difference: float = 0.0
    """The largest that was found, and is within what the precision of the model allows."""
    why: str = ""


class Beside:
    """The process that has fairlearn; started when it is first thought of, and there until this one ends."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[str] | None = None
        self._asking = Lock()
        self._sent = self._read = 0
        self._said: dict[int, dict[str, Any]] = {}

    def begin(self) -> None:
        """Let it read its libraries."""
        with self._asking:
            self._started()

    def asked(self, attribute: str, groups: Mapping[str, Counts]) -> Callable[[], Opinion]:
        """Let fairlearn measure the counts; what is returned waits for it, and raises unless every number is the same."""
        line = json.dumps([attribute, {group: counts.row for group, counts in groups.items()}])
        with self._asking:
            child = self._started()
            assert child.stdin
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(line + "\n")
                child.stdin.flush()
            place, self._sent = self._sent, self._sent + 1
        return lambda: self._answer(child, place)

    def end(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _answer(self, child: "subprocess.Popen[str]", place: int) -> Opinion:
        assert child.stdout
        with self._asking:
            # One that has ended meanwhile was put away with all that it had said.
            while place not in self._said and not child.stdout.closed and (line := child.stdout.readline()):
                self._said[self._read] = json.loads(line)
                self._read += 1
            answer = self._said.pop(place, None)
        if answer is None:
            raise GovernError(_SILENT, hint="nothing was recorded; try again", code="second_opinion")
        if "message" in answer:
            raise GovernError(answer["message"], hint=answer["hint"], code=answer["code"])
        return Opinion(**answer)

    def _started(self) -> "subprocess.Popen[str]":
        if self._child is None or self._child.poll() is not None:
            self.end()
            self._sent = self._read = 0
            self._said = {}
            self._child = subprocess.Popen(
                [sys.executable, "-I", "-m", "govern.checks.opinion"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            atexit.register(self.end)
        return self._child


FAIRLEARN = Beside()


def main() -> None:
    """Answer each line that asks, until nobody asks any more."""
    import fairlearn.metrics  # noqa: F401, PLC0415  meanwhile somebody counts

    for line in sys.stdin:
        attribute, rows = json.loads(line)
        try:
            answer = asdict(fairlearn_agrees(attribute, {group: Counts(*row) for group, row in rows.items()}))
        except GovernError as error:
            answer = {"message": error.message, "hint": error.hint, "code": error.code}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def fairlearn_agrees(attribute: str, groups: Mapping[str, Counts]) -> Opinion:
    """Measure the counts with fairlearn; raise unless every number is the same."""
    import fairlearn  # noqa: PLC0415  about a second to load
    from fairlearn import metrics  # noqa: PLC0415  the same

    labelled = {group: counts for group, counts in groups.items() if counts.labelled}
    decided = {group: counts for group, counts in groups.items() if counts.n}
    checked = _agree(attribute, decided, ("selection_rate",), _decided_rows, metrics)
    checked += _agree(attribute, labelled, _CONFUSION, _labelled_rows, metrics)
    checked += _spreads_agree(attribute, decided, labelled, metrics)
    return Opinion("fairlearn", str(fairlearn.__version__), f"rates and spreads by {attribute}", checked)


def _agree(
    attribute: str,
    groups: Mapping[str, Counts],
    names: tuple[str, ...],
    rows: Callable[[Mapping[str, Counts]], dict[str, list[Any]]],
    metrics: Any,
) -> int:
    if not groups:
        return 0
    table = rows(groups)
    frame = metrics.MetricFrame(
        metrics={name: getattr(metrics, name) for name in names},
        y_true=table["label"],
        y_pred=table["prediction"],
        sensitive_features=table["group"],
        sample_params={name: {"sample_weight": table["weight"]} for name in names},
    )
    checked = 0
    for name in names:
        theirs = dict(zip(frame.by_group.index, frame.by_group[name], strict=True))
        for group, counts in groups.items():
            ours = RATES[name].of(counts)
            if ours is not None:
                _require_same(f"{name} of {attribute} = {group}", float(ours), float(theirs[group]))
                checked += 1
    return checked


def _spreads_agree(attribute: str, decided: Mapping[str, Counts], labelled: Mapping[str, Counts], metrics: Any) -> int:
    cases = (
        ("demographic_parity_difference", ("selection_rate",), decided, _decided_rows),
        ("equal_opportunity_difference", ("true_positive_rate",), labelled, _labelled_rows),
        ("equalized_odds_difference", ("true_positive_rate", "false_positive_rate"), labelled, _labelled_rows),
    )
    checked = 0
    for name, rates, groups, rows in cases:
        found = [[RATES[rate].of(counts) for counts in groups.values()] for rate in rates]
        if not groups or any(one is None for row in found for one in row):
            continue
        # In doubles, as fairlearn subtracts; the fractions are what is recorded.
        known = [[float(one) for one in row if one is not None] for row in found]
        ours = max(max(row) - min(row) for row in known)
        table = rows(groups)
        theirs = getattr(metrics, name)(
            table["label"], table["prediction"], sensitive_features=table["group"], sample_weight=table["weight"]
        )
        _require_same(f"{name} by {attribute}", ours, float(theirs))
        checked += 1
    return checked


def _labelled_rows(groups: Mapping[str, Counts]) -> dict[str, list[Any]]:
    rows = [
        (label, prediction, group, count)
        for group, counts in groups.items()
        for (label, prediction), count in zip(_LABELLED, counts.row[: len(_LABELLED)], strict=True)
        if count
    ]
    return _columns(rows)


def _decided_rows(groups: Mapping[str, Counts]) -> dict[str, list[Any]]:
    """Return rows for rates that read no label; fairlearn wants one all the same."""
    rows = [
        (0, prediction, group, count)
        for group, counts in groups.items()
        for prediction, count in ((1, counts.selected_of_all), (0, counts.n - counts.selected_of_all))
        if count
    ]
    return _columns(rows)


def _columns(rows: list[tuple[int, int, str, int]]) -> dict[str, list[Any]]:
    names = ("label", "prediction", "group", "weight")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _require_same(what: str, ours: float, theirs: float) -> None:
    if ours != theirs:
        raise GovernError(
            f"{what} is {ours!r} here and {theirs!r} in fairlearn",
            hint="nothing was recorded; report it with the versions of both",
            code="second_opinion",
        )


if __name__ == "__main__":
    main()
