"""Models in a process of their own: their scores, and what such a process may not do."""

import io
import itertools
import os
import pickle
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from govern.checks import nursery, population, tables
from govern.checks.plan import run
from govern.checks.sandbox import Limits, ModelFile, loaded
from govern.errors import InvalidInput, NotAllowed, Tampered
from govern.ledger.strict import Digest
from govern.policy.evidence import Columns, Plan, Planned
from tests.checks.conftest import FEATURES, Bank, Deed


def pickled(folder: Path, call: Any, *arguments: Any) -> ModelFile:
    path = folder / "model.pkl"
    path.write_bytes(pickle.dumps(Deed(call, *arguments)))
    return ModelFile.read(path, trust_pickle=True)


def scores(file: ModelFile, rows: Path) -> Any:
    with tables.opened(rows) as data, loaded(file) as model:
        scored = population.scored(data, model)
        return np.array([score for (score,) in scored.ask("SELECT score FROM scored")])


@pytest.mark.parametrize(("name", "rows"), [("model.json", "applicants.csv"), ("model.ubj", "applicants.parquet")])
def test_scores_are_those_of_the_library(bank: Bank, name: str, rows: str) -> None:
    import xgboost

    found = scores(ModelFile.read(bank[name]), bank[rows])

    theirs = xgboost.Booster(model_file=bank[name]).predict(xgboost.DMatrix(bank.applicants[FEATURES]))
    assert np.array_equal(found, theirs.astype(float))


def test_a_model_of_words_scores_the_word_that_is_named(bank: Bank) -> None:
    good = scores(ModelFile.read(bank["trees.skops"], positive="good"), bank.rows)
    bad = scores(ModelFile.read(bank["trees.skops"], positive="bad"), bank.rows)

    assert np.allclose(good + bad, 1)
    assert good[bank.applicants.repaid == 1].mean() > 0.6


def test_a_model_is_measured_and_the_evidence_names_it(bank: Bank) -> None:
    columns = Columns(label="repaid", prediction="score >= 0.5", score="score", positive=None)
    check = Planned(check="auc", metric="roc_auc", by=(), favourable=None, interval=None)

    found = run(
        Plan(digits=12, columns=columns, checks=(check,)), bank.rows, by_model=ModelFile.read(bank["model.json"])
    )

    value = found.evidence.results[0].measures[0].value
    assert value is not None
    assert Decimal("0.7") < value < Decimal("0.95")
    assert found.evidence.model == Digest.of(bank["model.json"].read_bytes())
    assert found.kind == "xgboost"
    assert found.sandbox.startswith("process.rlimits" if sys.platform != "win32" else "process")


def test_a_pickle_is_refused_unless_it_is_allowed(bank: Bank) -> None:
    with pytest.raises(NotAllowed, match="a pickle runs whatever code is in it"):
        scores(ModelFile.read(bank["linear.joblib"]), bank.rows)


def test_a_model_that_is_not_the_one_registered_is_not_loaded(bank: Bank) -> None:
    with (
        pytest.raises(Tampered, match="is sha256:"),
        loaded(ModelFile.read(bank["model.json"], digest=Digest(bytes(32)))),
    ):
        pass


def test_what_is_no_model_says_so(bank: Bank, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not a model of XGBoost"), loaded(ModelFile.read(bank["broken.json"])):
        pass
    with pytest.raises(InvalidInput, match="cannot be read"), loaded(ModelFile.read(tmp_path / "nowhere")):
        pass


def test_a_column_that_the_model_reads_has_to_be_there(bank: Bank, tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("income,debt\n1,2\n")

    with pytest.raises(InvalidInput, match="no column 'late' for the model"):
        scores(ModelFile.read(bank["model.json"]), tmp_path / "few.csv")


@pytest.mark.usefixtures("start")
def test_the_process_has_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERN_PASSPHRASE", "demo")

    deed = "import os; raise SystemExit('it sees ' + ' '.join(sorted(os.environ)))"

    with pytest.raises(InvalidInput, match="it sees ") as told, loaded(pickled(tmp_path, exec, deed)):
        pass

    seen = set(told.value.message.partition("it sees ")[2].split())
    assert {name for name in seen if not name.endswith("_NUM_THREADS")} <= {
        "JOBLIB_MULTIPROCESSING",
        "KMP_INIT_AT_FORK",
        "LC_ALL",
    }


@pytest.mark.usefixtures("start")
def test_a_process_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    start = time.monotonic()

    with pytest.raises(InvalidInput) as told, loaded(pickled(tmp_path, time.sleep, 60), Limits(seconds=4)):
        pass

    assert told.value.code == "model_late"
    assert time.monotonic() - start < 20


@pytest.mark.usefixtures("start")
def test_a_process_that_wants_too_much_memory_ends(tmp_path: Path) -> None:
    greedy = pickled(tmp_path, bytearray, 6 << 30)

    with pytest.raises(InvalidInput, match="it wanted more than 4096 MiB"), loaded(greedy, Limits(memory=4 << 30)):
        pass


@pytest.mark.usefixtures("start")
def test_a_process_writes_no_file(tmp_path: Path) -> None:
    where = tmp_path / "stolen"
    deed = f"import io; f = io.open({str(where)!r}, 'wb', buffering=0); f.write(b'secret')"

    refused = r"File too large|Operation not permitted|Permission denied"
    with pytest.raises(InvalidInput, match=refused), loaded(pickled(tmp_path, exec, deed)):
        pass

    assert not where.exists() or where.read_bytes() == b""


@pytest.mark.usefixtures("start")
def test_a_process_that_dies_says_of_what(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="the model's process ended"), loaded(pickled(tmp_path, os.abort)):
        pass


@pytest.mark.parametrize(
    "name", ["model.json", "light.txt", "linear.skops", "trees.skops", "words.skops", "deep.skops"]
)
def test_the_same_model_says_the_same_however_it_is_started(
    name: str, bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, rows = ModelFile.read(bank[name]), tmp_path / "whole.csv"
    bank.applicants.dropna().to_csv(rows, index=False)
    monkeypatch.setattr(nursery._House, "is_first", True)
    anew = scores(file, rows)

    assert np.array_equal(anew, scores(file, rows))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux parts processes")


@linux
def test_models_know_nothing_of_each_other(tmp_path: Path, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one model does to its process, the next one does not see."""
    monkeypatch.setattr(nursery._House, "is_first", False)
    vandal = "import numpy, os; numpy.exp = None; os.environ['LC_ALL'] = 'stolen'; raise SystemExit('done')"
    with pytest.raises(InvalidInput, match="done"), loaded(pickled(tmp_path, exec, vandal)):
        pass

    look = """
import fcntl, numpy, os
def is_open(place):
    try: return fcntl.fcntl(place, fcntl.F_GETFD) >= 0
    except OSError: return False
raise SystemExit(f'{numpy.exp} {os.environ["LC_ALL"]} {list(filter(is_open, range(256)))}')
"""
    with pytest.raises(InvalidInput, match=r"exp.*C\.UTF-8") as told, loaded(pickled(tmp_path, exec, look, {})):
        pass

    # Three ends of pipes, and the one it answers with.
    assert len(told.value.message.partition("[")[2].split(",")) == 4


@linux
def test_a_model_ends_with_its_nursery_and_the_next_has_another_one(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery._House, "is_first", False)
    with loaded(ModelFile.read(bank["model.json"])) as model:
        child = model._process.child
        assert isinstance(child, nursery.Parted)
        os.kill(parent(child.pid), signal.SIGKILL)
        with pytest.raises(InvalidInput, match="the model's process ended"):
            model.scores(itertools.repeat(pa.record_batch({name: [0.0] for name in model.features})))

    assert len(scores(ModelFile.read(bank["model.json"]), bank.rows)) == len(bank.applicants)


@linux
def test_a_nursery_that_hangs_is_ended_and_its_model_never_starts(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery._House, "is_first", False)
    model = ModelFile.read(bank["model.json"])
    assert len(scores(model, bank.rows)) == len(bank.applicants)
    hanging = nursery._House.nursery
    assert hanging
    os.kill(hanging._child.pid, signal.SIGSTOP)
    monkeypatch.setattr(nursery, "_READING", 0.2)

    assert len(scores(model, bank.rows)) == len(bank.applicants)

    assert hanging._child.returncode == -signal.SIGKILL


@linux
def test_nursery_and_models_end_with_who_started_them() -> None:
    program = """
import os, sys, time
from govern.checks import nursery
nursery._House.is_first = False
ends = [open(os.devnull, "rb"), open(os.devnull, "wb"), sys.stderr.buffer]
reading, writing = os.pipe()
ends[0] = os.fdopen(reading, "rb")
child = nursery.start(ends, {})
print(child.pid, nursery._House.nursery._child.pid, flush=True)
time.sleep(60)
"""
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert started.stdout
    pids = [int(one) for one in started.stdout.readline().split()]
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)

    started.kill()
    started.communicate()

    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_pipe_carries_frames_and_no_more() -> None:
    from govern.checks import frames

    stream = io.BytesIO()
    frames.send_note(stream, {"ok": True})
    frames.send(stream, bytes(16))
    stream.seek(0)

    assert frames.receive_note(stream) == {"ok": True}
    with pytest.raises(frames.Ended, match="16 bytes, where 8"):
        frames.receive_numbers(stream, 1)
    with pytest.raises(frames.Ended):
        frames.receive(io.BytesIO(b"\0\0"), 8)
