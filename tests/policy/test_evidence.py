from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from govern.errors import InvalidInput
from govern.ledger.strict import Digest, canonical, read_json
from govern.policy.evidence import (
    Attribute,
    Columns,
    Evidence,
    Excluded,
    Interval,
    Measure,
    Plan,
    Planned,
    Result,
    Table,
)

SEX = Attribute(name="sex", column="applicant_sex", groups=("F", "M"), reference="M")
AUC = Planned(check="auc", metric="roc_auc", by=(), favourable=None, interval=None)
AIR = Planned(
    check="air",
    metric="adverse_impact_ratio",
    by=(SEX,),
    favourable="approve",
    interval=Interval(method="bootstrap", level=Decimal("0.95"), resamples=1000),
    min_group_size=100,
)
PLAN = Plan(
    digits=12, columns=Columns(label="repaid", prediction="decision", score="score", positive="1"), checks=(AUC, AIR)
)

# Written by version 1 of the format and never to be changed: digests of evidence are in signed bytes.
GOLDEN = (
    b'{"model":"sha256:5ca4f3850ccc331aaf8a257d6086e526a3b42a63e18cb11d020847985b31d188","plan":{"checks":[{"by":[],'
    b'"check":"auc","favourable":null,"interval":null,"metric":"roc_auc","min_group_size":0},{"by":[{"column":'
    b'"applicant_sex","groups":["F","M"],"name":"sex","reference":"M"}],"check":"air","favourable":"approve","interval":'
    b'{"level":"0.95","method":"bootstrap","resamples":1000},"metric":"adverse_impact_ratio","min_group_size":100}],'
    b'"columns":{"label":"repaid","positive":"1","prediction":"decision","score":"score"},"digits":12},"policy":null,'
    b'"results":[{"by":[],"check":"auc","excluded":[],"measures":[{"against":null,"by":{},"exact":"7/9","high":null,'
    b'"low":null,"n":1000,"reason":null,"status":"measured","value":"0.777777777778"}],"metric":"roc_auc"},{"by":["sex"],'
    b'"check":"air","excluded":[{"by":{"sex":null},"n":3,"why":"attribute_missing"}],"measures":[{"against":{"sex":"M"},'
    b'"by":{"sex":"F"},"exact":"4/5","high":"0.91","low":"0.7","n":400,"reason":null,"status":"measured","value":"0.8"},'
    b'{"against":{"sex":"M"},"by":{"sex":"X"},"exact":null,"high":null,"low":null,"n":2,"reason":"nobody_selected",'
    b'"status":"undefined","value":null}],"metric":"adverse_impact_ratio"}],"rows":1000,"schema":"govern/evidence/v1",'
    b'"tables":[{"keys":["sex"],"name":"counts by sex","rows":[[null,"3","0"],["F","400","160"],["M","597","298"]],'
    b'"sums":["n","selected"]},{"keys":[],"name":"ranks","rows":[["123456789012345678901"]],"sums":["u2"]}]}'
)


def made() -> Evidence:
    return Evidence.made(
        PLAN,
        [
            Result.made(
                "air",
                "adverse_impact_ratio",
                [
                    Measure.undefined("nobody_selected", 2, by={"sex": "X"}, against={"sex": "M"}),
                    Measure.measured(Fraction(4, 5), 400, by={"sex": "F"}, against={"sex": "M"}, interval=(0.7, 0.91)),
                ],
                by=["sex"],
                excluded=[Excluded(by={"sex": None}, n=3, why="attribute_missing")],
            ),
            Result.made("auc", "roc_auc", [Measure.measured(Fraction(7, 9), 1000)]),
        ],
        rows=1000,
        tables=[
            Table.made("ranks", [], ["u2"], {(): [123456789012345678901]}),
            Table.made(
                "counts by sex", ["sex"], ["n", "selected"], {("M",): [597, 298], (None,): [3, 0], ("F",): [400, 160]}
            ),
        ],
        model=Digest.of(b"version"),
    )


def test_the_bytes_of_evidence_are_frozen() -> None:
    assert bytes(made()) == GOLDEN
    assert Evidence.parse(GOLDEN) == made()


def test_evidence_is_asked_by_check() -> None:
    evidence = made()

    assert [result.metric for result in evidence.of("air")] == ["adverse_impact_ratio"]
    assert evidence.of("psi") == ()
    assert evidence.planned("auc") == AUC
    assert evidence.planned("psi") is None
    assert evidence.tables[0].read() == {(None,): (3, 0), ("F",): (400, 160), ("M",): (597, 298)}


def test_a_float_has_no_fraction() -> None:
    measure = Measure.measured(0.1 + 0.2, 10)

    assert (measure.value, measure.exact) == (Decimal("0.3"), None)


def at(*path: str | int) -> Callable[[Any, Any], None]:
    def put(value: Any, new: Any) -> None:
        for step in path[:-1]:
            value = value[step]
        if new is None and isinstance(path[-1], str) and path[-1].endswith("!"):
            del value[path[-1][:-1]]
        else:
            value[path[-1]] = new

    return put


@pytest.mark.parametrize(
    ("put", "new", "message"),
    [
        pytest.param(at("schema"), "govern/evidence/v2", "schema", id="another schema"),
        pytest.param(at("extra"), 1, "extra", id="a field too many"),
        pytest.param(at("rows!"), None, "rows", id="a field too few"),
        pytest.param(at("schema!"), None, "not in its one spelling", id="no schema"),
        pytest.param(at("rows"), -1, "rows", id="fewer than no rows"),
        pytest.param(at("rows"), "1000", "rows", id="rows as text"),
        pytest.param(at("model"), "sha256:00", "is not a digest", id="a short digest"),
        pytest.param(at("model"), 3, "expected text", id="a digest that is a number"),
        pytest.param(at("results", 0, "measures", 0, "value"), "0.80", "is not a decimal number", id="trailing zero"),
        pytest.param(at("results", 0, "measures", 0, "exact"), "14/18", "lowest terms", id="fraction not reduced"),
        pytest.param(at("results", 0, "measures", 0, "exact"), "7/8", "its fraction is 7/8", id="fraction of another value"),
        pytest.param(at("results", 0, "measures", 0, "value"), None, "a measure has a value, or", id="no value"),
        pytest.param(at("results", 0, "measures", 0, "reason"), "no_positives", "a measure has a value, or", id="value and reason"),
        pytest.param(at("results", 1, "measures", 1, "low"), "0.1", "no fraction and no interval", id="interval of nothing"),
        pytest.param(at("results", 1, "measures", 1, "reason"), "Because", "reason", id="a reason that is no word"),
        pytest.param(at("results", 1, "measures", 0, "low"), None, "a low end and a high end", id="half an interval"),
        pytest.param(at("results", 1, "measures", 0, "low"), "0.92", "a low end and a high end", id="interval upside down"),
        pytest.param(at("results", 1, "measures", 0, "by"), {"age": "F"}, "a group of air is not by sex", id="group by another attribute"),
        pytest.param(at("results", 0, "measures", 0, "by"), {"age": "F"}, "a group of auc is not by nothing", id="group of no attribute"),
        pytest.param(at("results", 1, "measures", 0, "by"), {"sex": "Y"}, "measures of air are not in order", id="measures out of order"),
        pytest.param(at("results", 1, "measures", 1, "by"), {"sex": "F"}, "measures of air are not in order", id="a group twice"),
        pytest.param(at("results", 1, "measures"), [], "measures", id="nothing measured"),
        pytest.param(at("results", 1, "metric"), "roc_auc", "was not planned", id="another metric than planned"),
        pytest.param(at("results", 1, "check"), "psi", "was not planned", id="a check that was not planned"),
        pytest.param(at("plan", "checks", 1, "check"), "auc", "a check is planned twice", id="planned twice"),
        pytest.param(at("tables", 0, "name"), "z", "tables are not in order", id="tables out of order"),
        pytest.param(at("tables", 0, "rows", 1, 0), "N", "are not in order", id="rows out of order"),
        pytest.param(at("tables", 0, "rows", 1, 1), "0400", "is not an integer", id="leading zero in a table"),
        pytest.param(at("tables", 0, "rows", 1, 1), None, "is not an integer", id="no sum in a table"),
        pytest.param(at("tables", 0, "rows", 1), ["F", "1"], "has 2 cells, not 3", id="a short row"),
    ],
)  # fmt: skip
def test_evidence_that_was_touched_is_refused(put: Callable[[Any, Any], None], new: Any, message: str) -> None:
    value = read_json(GOLDEN)

    put(value, new)

    with pytest.raises(InvalidInput, match=message):
        Evidence.parse(canonical(value))


def test_results_stand_in_the_order_of_the_plan() -> None:
    value = read_json(GOLDEN)
    value["results"].reverse()

    with pytest.raises(InvalidInput, match="the results are not in order"):
        Evidence.parse(canonical(value))
