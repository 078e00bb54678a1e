"""Models that answer something else than they were asked, or numbers that are none."""

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from govern.checks import tables
from govern.checks.population import scored
from govern.checks.sandbox import loaded
from govern.errors import GovernError, InvalidInput
from tests.checks.conftest import FEATURES
from tests.checks.hostile import ROWS, SHORT, answering, harm, hostile

pytestmark = pytest.mark.usefixtures("_the_next_model_works")

FRAME = "import os, struct, time\ndef say(b): [os.write(n, struct.pack('>Q', len(b)) + b) for n in outs]\n"
OUTS = """
import fcntl, os
outs = []
for n in range(3, 256):
    try:
        if fcntl.fcntl(n, fcntl.F_GETFL) & os.O_WRONLY: outs.append(n)
    except OSError: pass
"""


@pytest.mark.usefixtures("_parted")
@pytest.mark.parametrize(
    ("said", "why"),
    [
        pytest.param("[os.write(n, b'garbage!' * 999) for n in outs]", "a frame of", id="garbage"),
        pytest.param("while True: [os.write(n, bytes(1 << 16)) for n in outs]", "not JSON", id="zeros without end"),
        pytest.param("while True: say(b'x' * 100_000)", "not JSON", id="garbage in frames without end"),
        pytest.param("say(b'[' * 900_000)", "not JSON", id="brackets"),
        pytest.param("say(b'[]')", "not an object", id="a list"),
        pytest.param("say(b'{\"ok\": true}')", "no list of features", id="no features"),
        pytest.param('say(b\'{"ok": true, "features": [[]]}\')', "no list of features", id="strange features"),
    ],
)
def test_an_answer_that_is_none_is_told(said: str, why: str) -> None:
    told = harm(hostile(OUTS + FRAME + said + "\ntime.sleep(99)"), SHORT)

    assert told.code == "model_garbled"
    assert why in told.message


@pytest.mark.usefixtures("_parted")
def test_what_a_model_says_moves_no_cursor() -> None:
    forged = b'{"ok": false, "type": "SystemExit", "message": "\\u001b[2Japproved\\u202e", "hint": "", "code": "x"}'

    assert "\x1b" not in harm(hostile(f"{OUTS}{FRAME}say({forged!r})")).message
    assert harm(hostile("raise SystemExit('\\x1b[2Japproved')")).message.endswith("\ufffd[2Japproved")


@pytest.mark.usefixtures("_parted")
@pytest.mark.parametrize("after", ["os._exit(0)", "time.sleep(99)"])
def test_pipes_that_are_closed_end_it(after: str) -> None:
    said = harm(hostile(f"import os, time; os.closerange(0, 256); {after}"))

    assert said.code == "model_died"


@pytest.mark.usefixtures("start")
@pytest.mark.parametrize(
    ("scores", "code", "why"),
    [
        pytest.param("np.array([0.1, np.nan, 0.2])", "not_finite", "gives nan as a score, of 1 of 3", id="no number"),
        pytest.param("np.full(3, np.inf)", "not_finite", "gives inf as a score, of 3 of 3", id="infinite"),
        pytest.param("np.full(3, -np.inf)", "not_finite", "gives -inf as a score", id="infinite below"),
        pytest.param("np.zeros(4)", "model_garbled", "a frame of 32 bytes, where 24", id="too many"),
        pytest.param("np.zeros(2)", "model_garbled", "2 numbers, where 3", id="too few"),
        pytest.param("np.zeros(0)", "model_garbled", "0 numbers, where 3", id="none"),
        pytest.param("np.array(['a', 'b', 'c'])", "model_died", "ValueError", id="words"),
        pytest.param("1 / 0", "model_died", "ZeroDivisionError", id="an error"),
        pytest.param("open('/etc/passwd')", "model_forbidden", "/etc/passwd", id="a file, later"),
    ],
)
def test_answers_that_are_tampered_with_are_refused(scores: str, code: str, why: str, level: str) -> None:
    if code == "model_forbidden" and "landlock" not in level:
        pytest.skip(f"this kernel holds a model by {level} only")

    said = harm(answering(scores))

    assert said.code == code
    assert why in said.message


def test_a_model_that_falls_over_what_a_column_holds_is_no_broken_file() -> None:
    said = harm(answering("rows['income'].to_numpy() + 'a'"))

    assert said.code == "model_died"
    assert "digits in a CSV, like postcodes, are read as numbers, and Parquet keeps them as text" in said.hint


@pytest.mark.usefixtures("_parted")
@pytest.mark.parametrize(
    ("scores", "is_refused"),
    [
        pytest.param("rows['income'].to_numpy() - rows['income'].to_numpy().mean()", True, id="a scale of the file"),
        pytest.param("rows['income'].rank(pct=True).to_numpy()", True, id="a rank in the file"),
        pytest.param("np.full(len(rows), float(len(rows) > 2))", True, id="how many there are"),
        pytest.param("np.random.default_rng().random(len(rows))", True, id="chance"),
        pytest.param("rows['income'].to_numpy() * 2", False, id="its row"),
    ],
)
def test_a_score_that_depends_on_the_other_rows_is_none(scores: str, tmp_path: Path, *, is_refused: bool) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(",".join(FEATURES) + "\n" + "".join(f"{place},1,2,3\n" for place in range(4)))

    with tables.opened(path) as data, loaded(answering(scores)) as model:
        if is_refused:
            with pytest.raises(InvalidInput, match=r"scores a row of rows\.csv otherwise when it stands alone") as told:
                scored(data, model)
            assert told.value.code == "score_differs"
        else:
            assert scored(data, model).rows == 4


@pytest.mark.usefixtures("_parted")
def test_an_honest_model_of_the_same_kind_scores() -> None:
    with loaded(answering("rows['income'].to_numpy()")) as model:
        assert np.array_equal(model.scores([ROWS]), [0.0, 1.0, 2.0])


@pytest.mark.usefixtures("_parted")
def test_a_model_that_answers_otherwise_each_time_is_not_explained() -> None:
    with loaded(answering("np.random.uniform(size=len(rows))")) as model, pytest.raises(GovernError) as told:
        model.contributions([ROWS], [ROWS])

    assert told.value.code == "not_additive"


KNOWN = json.dumps({"ok": True, "features": FEATURES, "kind": "forged", "space": "score"}).encode()
ZEROS = [bytes(16), bytes(24), bytes(24), bytes(8 * 3 * 4)]


SAMPLED = [bytes(8 * 3 * 4), bytes(24), bytes(24)]


def forged(place: int, value: bytes) -> list[bytes]:
    return [*ZEROS[:place], value, *ZEROS[place + 1 :]]


@pytest.mark.usefixtures("_parted")
@pytest.mark.parametrize(
    ("note", "numbers", "code", "why"),
    [
        pytest.param({}, forged(0, struct.pack("<2d", 0, math.nan)), "not_finite", "an explanation", id="residual"),
        pytest.param({}, forged(1, struct.pack("<3d", 0, math.inf, 0)), "not_finite", "a score", id="score"),
        pytest.param({}, forged(2, struct.pack("<3d", 0, math.nan, 0)), "not_finite", "a margin", id="margin"),
        pytest.param({}, forged(3, b"\xff" * 96), "not_finite", "a contribution", id="contribution"),
        pytest.param({}, forged(3, bytes(88)), "model_garbled", "11 numbers, where 12", id="too few"),
        pytest.param({"samples": 2}, ZEROS, "reference_cut", "2 of 3 rows", id="another reference"),
        pytest.param({"agreement": {"rows": "all"}}, ZEROS, "model_garbled", "without its numbers", id="words"),
        pytest.param({"is_sampled": True}, [*ZEROS, *SAMPLED[:2]], "model_late", "was not done", id="errors left out"),
        pytest.param(
            {"is_sampled": True}, [*ZEROS, b"\xff" * 96, *SAMPLED[1:]], "not_finite", "an error", id="an error"
        ),
        pytest.param(
            {"is_sampled": True},
            [*ZEROS, struct.pack("<12d", *[-1.0] * 12), *SAMPLED[1:]],
            "model_garbled",
            "errors or counts",
            id="an error below nought",
        ),
        pytest.param(
            {"is_sampled": True},
            [*ZEROS, SAMPLED[0], struct.pack("<3d", 1e300, 1, 1), SAMPLED[2]],
            "model_garbled",
            "errors or counts",
            id="walks without end",
        ),
        pytest.param(
            {"is_sampled": True}, [*ZEROS, SAMPLED[1], *SAMPLED], "model_garbled", "3 numbers", id="few errors"
        ),
        pytest.param(
            {"agreement": {"difference": math.nan}}, ZEROS, "model_garbled", "without its", id="no difference"
        ),
    ],
)
def test_an_explanation_that_is_forged_is_refused(
    note: dict[str, Any], numbers: list[bytes], code: str, why: str
) -> None:
    said = [KNOWN, json.dumps({"ok": True, "samples": 3, **note}).encode(), *numbers]
    file = hostile(f"{OUTS}{FRAME}[say(one) for one in {said!r}]\ntime.sleep(99)")

    with pytest.raises(GovernError) as told, loaded(file, SHORT) as model:
        model.contributions([ROWS], [ROWS])

    assert told.value.code == code
    assert why in told.value.message
