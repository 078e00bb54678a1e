"""What a report says of findings and of data, from what the judge and the manifest say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from govern.cli import casefile
from govern.demo.models import POLICY
from govern.ledger.strict import Digest
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.resolve import resolve
from govern.record.manifest import DataSet, Manifest


def test_a_finding_is_titled_by_what_it_measures_and_not_by_its_remedy() -> None:
    rules = resolve(POLICY, "retail-credit.yaml", "0.1.0")
    judgement = Judgement(Decision.ALLOW, (), (), (rules,), datetime(2026, 11, 20, tzinfo=UTC))

    found = casefile._finding(
        Finding("retail-credit", "1.0.0", "checks.four-fifths", "retail-credit.yaml:9:5", Verdict.PASS, "it is 0.93"),
        judgement,
    )

    assert found.title == "adverse impact ratio"


def data(role: str, *days: date | None) -> DataSet:
    said: dict[str, Any] = {name: day for name, day in zip(("first", "last"), days, strict=False) if day}
    return DataSet(role=role, name=f"{role}.csv", size=9, digest=Digest.of(role.encode()), **said)


TRAINING = data("training", date(2025, 1, 1), date(2025, 12, 31))
HOLDOUT = data("holdout", date(2026, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("sets", "measured", "expected"),
    [
        pytest.param((), (), "not stated: no data is on record", id="no data"),
        pytest.param((), ("holdout",), "measured data not stated", id="only measured"),
        pytest.param(
            (TRAINING, HOLDOUT),
            ("holdout",),
            "training 2025-01-01 to 2025-12-31; holdout 2026-01-01 to 2026-06-30, measured",
            id="what was measured is dated",
        ),
        pytest.param(
            (TRAINING,),
            ("holdout",),
            "training 2025-01-01 to 2025-12-31; other measured data not stated",
            id="what was measured is not registered",
        ),
        pytest.param(
            (data("first", date(2025, 1, 1)), data("last", None, date(2025, 2, 1)), data("none")),
            (),
            "first from 2025-01-01; last until 2025-02-01; none not stated",
            id="one day, or none",
        ),
    ],
)
def test_a_report_says_the_days_that_data_is_from(
    sets: tuple[DataSet, ...], measured: tuple[str, ...], expected: str
) -> None:
    manifest = Manifest(model="credit-risk", artefacts=(), data=sets, parameters={}, metrics={})

    assert casefile.data_period(manifest, {Digest.of(role.encode()) for role in measured}) == expected
