"""An event as a fold needs it: what was admitted once is read again without asking how it is spelled."""

from dataclasses import dataclass
from typing import Self

from pydantic_core import from_json

from govern.ledger.strict import Digest
from govern.record.events import BODIES, BY_PREDICATE, About, Body, Event


@dataclass(frozen=True, slots=True)
class Gist:
    """What a fold needs of the fields that all events share."""

    log_origin: str
    signer: str
    role: str
    about: About | None
    meaning: str | None
    reason: str | None
    dossier: Digest | None


@dataclass(frozen=True, slots=True)
class Known:
    """An event that `Event.parse` read before it was filed, read again for what a fold needs: its spelling is known."""

    gist: Gist
    body: Body

    @classmethod
    def read(cls, statement: bytes) -> Self:
        value = from_json(statement)
        predicate = value["predicate"]
        common = predicate.pop("govern")
        signer, about, dossier = common["signer"], common.get("about"), common.get("dossier")
        gist = Gist(
            common["logOrigin"],
            signer["id"],
            signer["role"],
            about and About.model_validate(about),
            common.get("meaning"),
            common.get("reason"),
            dossier and Digest.parse(dossier),
        )
        return cls(gist, BODIES[BY_PREDICATE[value["predicateType"]]].model_validate(predicate))

    @classmethod
    def of(cls, event: Event) -> Self:
        """Return the same of an event that was read whole."""
        common = event.govern
        gist = Gist(
            common.log_origin,
            common.signer.id,
            common.signer.role,
            common.about,
            common.meaning,
            common.reason,
            common.dossier,
        )
        return cls(gist, event.body)
