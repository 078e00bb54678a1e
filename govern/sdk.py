"""What ``import govern`` offers: an open ledger, what is read there, and what its people put on record from Python.

Signatures of reviewers are not given from here: whoever signs has to see what they sign, on a terminal or in the desktop.
Nothing is asked and nothing printed; what goes wrong is a `GovernError`.
"""

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from govern import approving, catalogue, connection, portfolio, review
from govern.catalogue import Alike, Made
from govern.desk import Desk
from govern.errors import InvalidInput, NotAllowed
from govern.inbox import inbox
from govern.ledger import Receipt
from govern.policy.findings import Judgement
from govern.policy.validity import Duration
from govern.portfolio import Line
from govern.record.changes import Changes
from govern.record.dossier import Dossier
from govern.record.filters import Filter
from govern.record.inventory import Version
from govern.record.tasks import Task
from govern.storage import durable, keystore
from govern.storage.folder import Folder

Place = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Connection:
    """An open ledger; who signs is who it was opened for."""

    desk: Desk
    person: str = ""

    # Reading

    def models(self, asked: str = "") -> list[Line]:
        """Return the models that a filter asks for, or all: ``tier:high stage:production due:<7d``."""
        return portfolio.lines(self.desk, Filter.parse(asked))

    def version(self, name: str) -> Version:
        """Return the version that is written ``credit-risk@2``."""
        return review.version(self.desk, name)

    def dossier(self, name: str) -> Dossier:
        """Return the one document about a version that people sign; its ``digest`` is what a signature covers."""
        return review.dossier_of(self.desk, self.version(name))

    def check(self, name: str, gate: str | None = None) -> Judgement:
        """Return what the policies say of a version, or of its going to a stage; a no is an answer, not an error."""
        return review.judged(self.desk, self.version(name), gate)

    def changes(self, name: str) -> Changes:
        """Return what is not as it was when somebody last approved the model, and which champion a version displaces."""
        return review.changed(self.desk, self.version(name))

    def inbox(self, person: str = "") -> list[Task]:
        """Return what waits for a person, what is due first at the top; without a name, for who opened the ledger."""
        if not (person or self.person):
            raise InvalidInput("whose inbox?", hint='inbox("rae"), or connect(..., as_="rae")')
        return inbox(self.desk, person or self.person)

    def alike(self, model: str) -> list[Alike]:
        """Return the models that may do already what this one does."""
        return catalogue.alike(self.desk, model)

    def approval(self, name: str, gate: str, valid: str = "24h") -> bytes:
        """Return what `gate_offline` asks on a machine without a ledger; raise `NotAllowed` if there is none to give yet.

        Of a version that was suspended, displaced, retired or rejected it says so.
        """
        made = approving.export(self.desk, self.version(name), gate, Duration.parse(valid))
        if not made.content:
            why = ", ".join(made.found.because) or made.found.decision
            raise NotAllowed(f"{name} is not approved for {gate}: {why}", code="gate")
        return made.content

    # Putting on record

    def register_model(self, card: Place) -> Receipt:
        """Register the model that a card (YAML) describes."""
        path = Path(card)
        return catalogue.register_model(self.desk, _content(path), str(path))

    def register(  # noqa: PLR0913  a version is made of as much
        self,
        model: str,
        artefacts: Sequence[Place] = (),
        *,
        data: Mapping[str, Place] | None = None,
        about: Mapping[str, Mapping[str, object]] | None = None,
        parameters: Mapping[str, object] | None = None,
        metrics: Mapping[str, object] | None = None,
        code: str = "",
        environment: Place | None = None,
        parent: str = "",
        change: str = "",
        approve: str = "",
        score_of: str = "",
        reasons: Place | None = None,
        rules: Sequence[str] = (),
        transformations: Mapping[str, str] | None = None,
        coefficients: Mapping[str, object] | None = None,
        by_reference: bool = False,
    ) -> Version:
        """Hash everything that makes up a version, and register it; numbers are written as Python writes them.

        By reference no artefact is kept: they are known here by their digests alone.
        """
        made = Made(
            data={role: Path(path) for role, path in (data or {}).items()},
            parameters=_texts(parameters),
            metrics=_texts(metrics),
            code=code,
            parent=parent,
            approve=approve,
            score_of=score_of,
            reasons=_content(Path(reasons)) if reasons else b"",
            about={role: _texts(said) for role, said in (about or {}).items()},
            environment=Path(environment) if environment else None,
            rules=tuple(rules),
            transformations=_texts(transformations),
            coefficients=_texts(coefficients),
            change=change,
        )
        with _named(self.desk):
            paths = [Path(one) for one in artefacts]
            return catalogue.register_version(self.desk, model, paths, made, by_reference=by_reference)[1]

    def submit(self, name: str) -> Receipt:
        """Freeze the dossier of a version as it is now, and ask for its review."""
        with _named(self.desk):
            return review.submit(self.desk, self.version(name))


@contextmanager
def connect(
    ledger: Place = "", *, as_: str = "", passphrase: str = "", at: datetime | None = None
) -> Iterator[Connection]:
    """Open a ledger: to read, to sign as somebody, or to read as of an instant.

    ``ledger`` is a folder, else ``GOVERN_LEDGER``, else found from the working folder upwards; ``passphrase`` is else
    ``GOVERN_PASSPHRASE``.
    """
    if at is not None and (as_ or at.tzinfo is None):
        raise InvalidInput("what was can only be read, as of an instant with its time zone", hint="leave as_ out")
    place = os.fspath(ledger) or os.environ.get("GOVERN_LEDGER", "")
    folder = Folder.read(Path(place)) if place else Folder.find(Path.cwd())
    with connection.near(folder) as near:
        if near.warning:
            warnings.warn(near.warning, stacklevel=3)
        desk = Desk(near.ledger, near.store, connection.now, os.urandom)
        if as_:
            secret = passphrase or os.environ.get("GOVERN_PASSPHRASE", "")
            if not secret:
                raise InvalidInput(
                    f"the passphrase of {as_} is needed",
                    hint="passphrase=..., or GOVERN_PASSPHRASE",
                    code="no_passphrase",
                )
            pen = desk.unlock_pen(keystore.find(folder.keys_path, as_), secret)
            desk = Desk(near.ledger, near.store, connection.now, os.urandom, (pen,))
        yield Connection(desk.as_of(at) if at else desk, as_)


@contextmanager
def _named(desk: Desk) -> Iterator[None]:
    """Name people in a refusal as they are called here."""
    try:
        yield
    except NotAllowed as error:
        raise NotAllowed(desk.named(error.message), hint=error.hint, code=error.code, kind=error.kind) from None


def _content(path: Path) -> bytes:
    durable.require_file(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", code="not_found") from None


def _texts(said: Mapping[str, object] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (said or {}).items()}
