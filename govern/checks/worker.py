"""The child process: takes limits upon itself, reads one model, and answers with scores and contributions.

It is started with nothing in its environment and speaks through its two pipes only; what a model prints goes elsewhere.
Run as ``python -I -m govern.checks.worker``.
"""

import contextlib
import os
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from govern.checks import confinement, frames
from govern.errors import GovernError


def main() -> None:
    # Whoever prints to stdout, as models do, prints to stderr.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    questions = sys.stdin.buffer
    asked = frames.receive_note(questions)
    try:
        level = confinement.confine(asked["memory"], asked["seconds"])
        frames.send_note(answers, {"ok": True, "limits": level})
        _serve(questions, answers, asked, is_held=confinement.holds(level) or asked["unconfined"])
    except GovernError as error:
        said = {"type": type(error).__name__, "message": error.message, "hint": error.hint, "code": error.code}
        frames.send_note(answers, {"ok": False, **said})
    except frames.Ended:
        pass


def _serve(questions: BinaryIO, answers: BinaryIO, asked: dict[str, Any], *, is_held: bool) -> None:
    from govern.checks import models  # noqa: PLC0415  after the limits

    _prepare_libraries()
    content = frames.receive(questions, 1 << 40)
    terms = {"trust_pickle": asked["trust_pickle"], "is_held": is_held}
    model = models.load(content, asked["features"], asked["positive"], **terms)
    known = {"kind": model.kind, "features": list(model.features), "space": model.space}
    frames.send_note(answers, {"ok": True, **known})
    while True:
        note = frames.receive_note(questions)
        match note.get("do"):
            case "score":
                answer = model.margin if note["margins"] else model.score
                for table in frames.batches(questions):
                    scores = answer(table.to_pandas())
                    frames.send_note(answers, {"ok": True})
                    frames.send_numbers(answers, scores)
            case "try":
                for table in frames.batches(questions):
                    _try(model, table.to_pandas(), answers)
            case "explain":
                _explain(model, note, questions, answers)
            case _:
                return


def _prepare_libraries() -> None:
    """Tell scikit-learn's helper how to find out which libraries are there: it may not look into /proc."""
    with contextlib.suppress(ImportError):
        import threadpoolctl  # noqa: PLC0415  after the limits

        threadpoolctl._HAS_PROCFS = False  # noqa: SLF001
        # It says more than it was asked.
        os.environ.pop("KMP_DUPLICATE_LIB_OK", None)


def _try(model: Any, cases: Any, answers: BinaryIO) -> None:
    """Score rows that the model was not made for, or say that it refuses them."""
    try:
        scores = model.score(cases)
    except (OSError, MemoryError):  # what it may not, or cannot: nothing that is wrong with the rows
        raise
    except Exception:  # noqa: BLE001  every library refuses in its own way
        frames.send_note(answers, {"ok": True, "refused": True})
        return
    frames.send_note(answers, {"ok": True, "refused": False})
    frames.send_numbers(answers, scores)


def _explain(model: Any, asked: dict[str, Any], questions: BinaryIO, answers: BinaryIO) -> None:
    """Explain batch after batch against one reference; of the first, as many rows to shap too as are asked for."""
    import numpy as np  # noqa: PLC0415  after the limits
    import pyarrow as pa  # noqa: PLC0415  the same

    from govern.checks.explain import Explainer  # noqa: PLC0415  the same

    reference = pa.concat_tables(frames.batches(questions)).to_pandas()
    explainer = Explainer.of(model, reference, asked["players"], asked["adverse"])
    seconded = asked["seconded"]
    for table in frames.batches(questions):
        cases = table.to_pandas()
        found, scores = explainer.explain(cases), model.score(cases)
        way, agreement = explainer.way, explainer.agreement(cases.head(seconded)) if seconded else None
        seconded = 0
        note = {"method": way.method, "library": way.library, "version": way.version, "samples": len(reference)}
        said = {"agreement": asdict(agreement) if agreement else None, "is_sampled": found.walked is not None}
        frames.send_note(answers, {"ok": True, **note, **said})
        ends, walked = np.array([explainer.mean, found.residual]), found.walked
        several = [ends, scores, found.margins, found.contributions.reshape(-1)]
        if walked:
            several += [walked.errors.reshape(-1), walked.walks.astype(float), walked.certain.astype(float)]
        for numbers in several:
            frames.send_numbers(answers, numbers)


if __name__ == "__main__":
    main()
