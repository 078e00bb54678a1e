"""What a report says of findings and of data, from what the judge and the manifest say."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pikepdf import Pdf

from govern.cli import casefile
from govern.demo.models import POLICY
from govern.ledger.strict import Digest
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.resolve import resolve
from govern.record.manifest import DataSet, Manifest
from govern.review import Code
from tests.cli.terminal import Terminal


def test_a_finding_is_titled_by_what_it_measures_and_not_by_its_remedy() -> None:
    rules = resolve(POLICY, "retail-credit.yaml", "0.1.0")
    judgement = Judgement(Decision.ALLOW, (), (), (rules,), datetime(2026, 11, 20, tzinfo=UTC))

    found = casefile._finding(
        Finding("retail-credit", "1.0.0", "checks.four-fifths", "retail-credit.yaml:9:5", Verdict.PASS, "it is 0.93"),
        judgement,
        lambda _: "",
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


def test_everything_that_was_signed_of_a_version_is_in_its_report(measured: Terminal) -> None:
    lock = measured.folder / "lock.txt"
    lock.write_text("numpy==2.0")
    stated = {
        "--data": "training=fair.csv",
        "--param": "depth=3",
        "--metric": "auc=0.8",
        "--code": "abc123",
        "--environment": lock,
        "--parent": "credit-risk@2",
        "--change": "retrain",
        "--approve": "score < 0.3",
        "--rule": "nobody under 18",
        "--transformation": "income=log",
        "--coefficient": "age=-0.01",
    }
    words = [word for pair in stated.items() for word in pair]
    more = ["--about", "training:rows=2000", "--about", "training:first=2025-01-01", "--about", "training:licence=own"]
    measured.ok("version", "register", "credit-risk", "model.bin", *words, *more, "--as", "ana")

    measured.ok("report", "credit-risk@3", "--draft", "-o", "draft.pdf")

    with Pdf.open(measured.folder / "draft.pdf") as file:
        report = json.loads(file.attachments["report.json"].get_file().read_bytes())
    data, *rest = report["version"]["parts"]
    assert data[0] == "Data, training"
    assert data[1].startswith("fair.csv, 2,000 rows, from 2025-01-01, licence own, sha256:")
    assert dict(rest) == {
        "Parameters": "depth=3",
        "Metrics": "auc=0.8",
        "Coefficients": "age=-0.01",
        "Transformations": "income=log",
        "Rules": "nobody under 18",
        "Approved is": "score < 0.3",
        "Code": "abc123",
        "Environment": str(Digest.of(lock.read_bytes())),
        "Parent": "credit-risk@2",
        "Change": "retrain",
        "Nothing stated of": "dictionary of reasons",
    }


def test_a_reason_is_printed_in_the_words_for_each_side() -> None:
    sides = (("neither", "Payments"), ("high", "Payments late"))

    assert casefile._told(Code("R03", "", sides, 1, 2)) == "above: Payments late\notherwise: Payments"
    assert casefile._told(Code("R04", "", sides[:1], 1, 2)) == "Payments"
