"""What is known of a version besides evidence, documents and signatures reaches the judge where a policy asks for it."""

from datetime import date

from govern.ledger.strict import Digest
from govern.record.judging import judgement
from govern.record.manifest import DataSet, Manifest
from govern.record.models import RegisterVersion
from tests.record.shelf import DAN, RAE, RULES, policy, say, shelf, the

ASKING = (
    RULES.replace("1.0.0", "1.1.0").replace("id: credit", "id: data", 1)
    + "data: {training: {required_fields: [rows, date_from, date_to, licence, digest], min_rows: 100}}\n"
    + "explainability: {forbidden_features: {names: [sex]}, reason_codes: {max: 4}}\n"
)


def data(name: str, **more: object) -> DataSet:
    whole = {"rows": 60, "licence": "own", "first": date(2025, 1, 1), "last": date(2025, 12, 31)}
    told = {key: value for key, value in {**whole, **more}.items() if value is not None}
    return DataSet.model_validate(
        {"role": "training", "name": name, "size": 1, "digest": Digest.of(name.encode()), **told}
    )


def made(*sets: DataSet, **more: object) -> dict[str, str]:
    """Return what is said, by rule, of a version that was made with this data."""
    paper = shelf()
    told = {"model": "credit-risk", "artefacts": (), "data": sets, "parameters": {}, "metrics": {}, "rules": ("x",)}
    manifest = Manifest.model_validate(told | more)
    say(paper, RegisterVersion(model="credit-risk", version=paper.keep(bytes(manifest)), artefacts=()), DAN)
    say(paper, policy(paper, ASKING), RAE)
    found = judgement(paper.registry, the(paper, 2), paper.now, paper.blob)
    return {one.id: one.message for one in found.findings}


def test_what_is_said_of_data_is_of_all_data_of_a_role() -> None:
    told = made(data("a.csv"), data("b.csv"), coefficients={"income": "0.1"})

    assert told["data.training"] == "the training data has 120 rows"
    assert told["explainability.forbidden_features"] == "none of 1 inputs is called what is forbidden"
    assert "explainability.reason_codes.dictionary" in told


def test_what_one_file_does_not_say_is_not_said() -> None:
    told = made(data("a.csv"), data("b.csv", rows=None, licence=None, first=None))

    assert told["data.training.required_fields"] == "of the training data nobody said: rows, date_from, licence"
    assert told["data.training.min_rows"] == "how many rows the training data has is not on record"
    assert "explainability.forbidden_features.not_measured" in told
