"""A model in a process of its own: no model is ever loaded in this one, nor the library that made it.

The bytes are hashed before they are handed over, and handed over as they were hashed. The process starts from an empty
environment, has limits on memory, time and files, and is killed when it is late. A process is the boundary; what else is
closed to it depends on the system, which `limits` says and the event repeats. Nothing it answers is believed to be well formed.
"""

import contextlib
import math
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from govern import errors
from govern.checks import frames, nursery
from govern.checks.contributions import Contributions, Sampled
from govern.checks.opinion import Opinion
from govern.errors import GovernError, InvalidInput, Tampered
from govern.ledger.strict import Digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "JOBLIB_MULTIPROCESSING": "0",
    # Threads add up in another order each time.
    **dict.fromkeys(("MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
}
UNCONFINED = "GOVERN_UNCONFINED_PICKLES"
"""Set to 1 in the environment, a pickle that is allowed is loaded where nothing holds it too."""
_MOST_WALKS = 1 << 40
_LAST_WORDS = 20
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model to be loaded, and on what terms."""

    name: str
    content: bytes = field(repr=False)
    digest: Digest | None = None
    """What it has to be; none if whoever asks takes it as it is."""
    features: tuple[str, ...] = ()
    """The columns, in their order, for a model that does not know them."""
    positive: str | None = None
    trust_pickle: bool = False

    @classmethod
    def read(cls, path: Path, **terms: Any) -> Self:
        try:
            return cls(str(path), path.read_bytes(), **terms)
        except OSError as error:
            raise InvalidInput(f"the model {path} cannot be read: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a model may use."""

    seconds: int = 600
    memory: int = 8 << 30


@dataclass
class LoadedModel:
    """A model that answers from its own process."""

    digest: Digest
    kind: str
    features: tuple[str, ...]
    space: str
    limits: str
    _process: "_Process" = field(repr=False)

    def scores(self, batches: Iterable[Any], *, margins: bool = False) -> "NDArray[np.float64]":
        """Return the score of each row of the Arrow batches, in their order; or their margins, which are explained."""
        import numpy as np  # noqa: PLC0415  who only asks for help scores nothing

        with self._process.speaking() as (questions, answers):
            frames.send_note(questions, {"do": "score", "margins": margins})
            found = []
            for batch in batches:
                frames.send_batch(questions, batch)
                self._process.note(answers)
                found.append(_finite("a score", frames.receive_numbers(answers, batch.num_rows)))
            frames.end_batches(questions)
        return np.concatenate(found) if found else np.zeros(0)

    def tries(self, batches: Iterable[Any]) -> "list[NDArray[np.float64] | None]":
        """Return the scores of each batch; nothing of one that the model refuses, or of which a score is no number."""
        import numpy as np  # noqa: PLC0415  as above

        found: list[NDArray[np.float64] | None] = []
        with self._process.speaking() as (questions, answers):
            frames.send_note(questions, {"do": "try"})
            for batch in batches:
                frames.send_batch(questions, batch)
                is_refused = self._process.note(answers).get("refused") is True
                scores = None if is_refused else frames.receive_numbers(answers, batch.num_rows)
                found.append(scores if scores is not None and np.isfinite(scores).all() else None)
            frames.end_batches(questions)
        return found

    def contributions(
        self,
        reference: Iterable[Any],
        cases: Iterable[Any],
        players: Sequence[int] | None = None,
        seconded: int = 0,
        adverse: int = 0,
    ) -> Contributions:
        """Explain the cases against the whole reference, all at once."""
        import numpy as np  # noqa: PLC0415  as above

        found = list(self.explanations(reference, cases, players, seconded, adverse))
        if not found:
            raise InvalidInput("there is no case to explain")
        scores, margins, values = (
            np.concatenate([getattr(one, name) for one in found]) for name in ("scores", "margins", "values")
        )
        residual = max(one.residual for one in found)
        every = [one.sampled for one in found if one.sampled]
        sampled = (
            Sampled(*(np.concatenate([getattr(one, name) for one in every]) for name in ("errors", "walks", "certain")))
            if every
            else None
        )
        return replace(found[0], residual=residual, scores=scores, margins=margins, values=values, sampled=sampled)

    def explanations(
        self,
        reference: Iterable[Any],
        batches: Iterable[Any],
        players: Sequence[int] | None = None,
        seconded: int = 0,
        adverse: int = 0,
    ) -> Iterator[Contributions]:
        """Explain batch after batch against the whole reference; ``players`` says of each feature whose it is.

        Of the first batch, ``seconded`` cases are explained by shap too, which has to find the same. ``adverse`` is the sign of
        what counts against an applicant: a model that is sampled is asked until it is certain what they are told.
        """
        players = list(players or range(len(self.features)))
        with self._process.speaking() as (questions, answers):
            frames.send_note(questions, {"do": "explain", "players": players, "seconded": seconded, "adverse": adverse})
            samples = _send_all(questions, reference)
            for batch in batches:
                if not batch.num_rows:
                    continue
                frames.send_batch(questions, batch)
                note = self._process.note(answers)
                mean, residual = _finite("an explanation", frames.receive_numbers(answers, 2))
                scores = _finite("a score", frames.receive_numbers(answers, batch.num_rows))
                margins = _finite("a margin", frames.receive_numbers(answers, batch.num_rows))
                width = max(players) + 1
                values = _finite("a contribution", frames.receive_numbers(answers, batch.num_rows * width))
                values = values.reshape(-1, width)
                sampled = _sampled(answers, values.shape) if note.get("is_sampled") is True else None
                if note.get("samples") != samples:
                    raise GovernError(
                        f"{note.get('samples')} of {samples} rows of the reference were used", code="reference_cut"
                    )
                how: dict[str, Any] = {name: _text(note.get(name)) for name in ("method", "library", "version")}
                how |= {
                    "samples": samples,
                    "seconded": _opinion(note.get("agreement")),
                    "sampled": sampled,
                }
                try:
                    yield Contributions(float(mean), float(residual), scores, margins, values, **how)
                except GeneratorExit:  # whoever asked has heard enough; the model may be asked again
                    frames.end_batches(questions)
                    raise
            frames.end_batches(questions)


@contextmanager
def loaded(file: ModelFile, limits: Limits | None = None) -> Iterator[LoadedModel]:
    """Load a model in a child process, which ends with the block."""
    content, digest = file.content, Digest.of(file.content)
    if file.digest not in {None, digest}:
        raise Tampered(f"the model {file.name} is {digest}, not {file.digest}", hint="use the file that was registered")
    limits = limits or Limits()
    asked = {
        "memory": limits.memory,
        "seconds": limits.seconds,
        "features": list(file.features) or None,
        "positive": file.positive,
        "trust_pickle": file.trust_pickle,
        "unconfined": os.environ.get(UNCONFINED) == "1",
    }
    with _started(limits) as process:
        with process.speaking() as (questions, answers):
            frames.send_note(questions, asked)
            taken = str(process.note(answers)["limits"])
            frames.send(questions, content)
            said = process.note(answers)
            features = said.get("features")
            if not isinstance(features, list) or not all(isinstance(name, str) for name in features):
                raise frames.Garbled("no list of features")
        kind, space = _text(said.get("kind")), _text(said.get("space"))
        yield LoadedModel(digest, kind, tuple(features), space, taken, process)


@dataclass
class _Process:
    """The child, the clock that ends it, and what it said last on stderr."""

    child: nursery.Child
    questions: BinaryIO
    answers: BinaryIO
    limits: Limits
    last_words: deque[str]
    listener: Thread
    is_late: bool = False

    @contextmanager
    def speaking(self) -> Iterator[tuple[BinaryIO, BinaryIO]]:
        """Give the two pipes; if the child dies meanwhile, say of what."""
        try:
            yield self.questions, self.answers
        except frames.Garbled as error:
            self.child.kill()
            raise InvalidInput(
                f"the model's process does not answer what it was asked: {error}",
                hint="do not use this model",
                code="model_garbled",
            ) from None
        except (frames.Ended, BrokenPipeError) as error:
            raise self._death(error) from None

    def note(self, answers: BinaryIO) -> dict[str, Any]:
        note = frames.receive_note(answers)
        if note.get("ok") is not True:
            raise _refusal(note)
        return note

    def end(self) -> None:
        self.is_late = True
        self.child.kill()

    def _death(self, why: Exception) -> InvalidInput:
        # Whoever closes its pipe may still be saying why.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.child.wait(timeout=5)
        self.child.kill()
        code = self.child.wait()
        self.listener.join(timeout=2)
        if self.is_late or code == -getattr(signal, "SIGXCPU", 0):
            return InvalidInput(
                f"the model was not done after {self.limits.seconds} s",
                hint="allow it more time, or give it fewer rows",
                code="model_late",
            )
        words = "".join(self.last_words).strip()
        if "MemoryError" in words or "bad_alloc" in words:
            last = f"it wanted more than {self.limits.memory >> 20} MiB"
        elif words:
            last = _text(words.splitlines()[-1])
        else:
            last = f"it was ended by signal {-code}" if code < 0 else str(why)
        if last.startswith("PermissionError"):
            return InvalidInput(
                f"the model wanted what its process may not: {last}",
                hint="do not use this model",
                code="model_forbidden",
            )
        hint = _OTHER_VALUES if _OF_VALUES.match(last) else "see that the file is whole"
        return InvalidInput(f"the model's process ended: {last}", hint=hint, code="model_died")


_OF_VALUES = re.compile(r"[\w.]*(Type|Value|NoLoop)Error")
_OTHER_VALUES = (
    "see that each column is what the model was trained on, numbers or text: digits in a CSV, like postcodes, are read "
    "as numbers, and Parquet keeps them as text; and that the file of the model is whole"
)


@contextmanager
def _started(limits: Limits) -> Iterator[_Process]:
    last_words: deque[str] = deque(maxlen=_LAST_WORDS)
    with contextlib.ExitStack() as pipes:
        theirs, ours = zip(*(_pipe(pipes, way) for way in ("rb", "wb", "wb")), strict=True)
        child = nursery.start(theirs, _ENVIRONMENT)
        for end in theirs:
            end.close()
        questions, answers, words = ours
        # Reads what the child says to nobody, so that it never waits for a reader.
        listener = Thread(target=_listen, args=(words, last_words), daemon=True)
        listener.start()
        process = _Process(child, questions, answers, limits, last_words, listener)
        clock = Timer(limits.seconds, process.end)
        clock.daemon = True
        clock.start()
        try:
            yield process
        finally:
            clock.cancel()
            child.kill()
            child.wait()
            listener.join(timeout=1)


def _pipe(pipes: contextlib.ExitStack, way: str) -> tuple[BinaryIO, BinaryIO]:
    """Return the child's end of a pipe, which it reads or writes, and ours."""
    read, write = os.pipe()
    theirs, ours = (read, write) if way == "rb" else (write, read)
    ends = [
        cast("BinaryIO", os.fdopen(end, mode)) for end, mode in ((theirs, way), (ours, "wb" if way == "rb" else "rb"))
    ]
    for end in ends:
        pipes.callback(_close, end)
    return ends[0], ends[1]


def _close(end: BinaryIO) -> None:
    # What is still waiting to be written to somebody who is gone is nobody's any more.
    with contextlib.suppress(OSError):
        end.close()


def _listen(stream: BinaryIO, last_words: deque[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        while line := stream.readline(4096):
            last_words.append(line.decode(errors="replace"))


def _send_all(questions: BinaryIO, batches: Iterable[Any]) -> int:
    sent = 0
    for batch in batches:
        frames.send_batch(questions, batch)
        sent += batch.num_rows
    frames.end_batches(questions)
    return sent


def _finite(what: str, numbers: "NDArray[np.float64]") -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415  who only asks for help scores nothing

    wrong = numbers[~np.isfinite(numbers)]
    if wrong.size:
        raise InvalidInput(
            f"the model gives {wrong[0]} as {what}, of {wrong.size} of {numbers.size} not a finite number",
            hint="see what it makes of missing and extreme values",
            code="not_finite",
        )
    return numbers


def _sampled(answers: BinaryIO, shape: tuple[int, ...]) -> Sampled:
    import numpy as np  # noqa: PLC0415  as above

    rows, width = shape
    errors = _finite("an error", frames.receive_numbers(answers, rows * width))
    walks, certain = (_finite("a count", frames.receive_numbers(answers, rows)) for _ in range(2))
    if np.any(errors < 0) or np.any(walks < 0) or np.any(walks > _MOST_WALKS):
        raise frames.Garbled("errors or counts that are none")
    return Sampled(errors.reshape(rows, width), walks.astype("int64"), certain == 1)


def _text(said: Any) -> str:
    """Return a few words of the child's, which may be meant for a terminal instead of a reader."""
    return "".join(one if one.isprintable() else "\ufffd" for one in str(said)[:_LONGEST_TEXT])


def _opinion(said: Any) -> Opinion | None:
    """Return what the child says that shap said."""
    if not isinstance(said, dict):
        return None
    library, version, why = (_text(said.get(name, "")) for name in ("library", "version", "why"))
    known = [said.get(name, 0) for name in ("rows", "samples", "numbers", "difference")]
    if not all(type(one) in {int, float} and math.isfinite(one) for one in known):
        raise frames.Garbled("an opinion of shap without its numbers")
    rows, samples, numbers, difference = known
    what = f"contributions to {rows} cases against {samples} rows of the reference"
    return Opinion(library, version, what, int(numbers), float(difference), why)


def _refusal(note: dict[str, Any]) -> GovernError:
    """Return the error that the child names; whatever it names, it is one of ours."""
    kinds = {name: getattr(errors, name) for name in ("InvalidInput", "NotAllowed", "GovernError")}
    kind = kinds.get(str(note.get("type")), InvalidInput)
    message, hint, code = (_text(note.get(name, "")) for name in ("message", "hint", "code"))
    error: GovernError = kind(message or "the model's process refuses", hint=hint, code=code)
    return error
