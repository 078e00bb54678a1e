"""May somebody be named a deputy, or be one no more? Who gives it, to whom, for how long, and who ends it."""

from datetime import datetime, timedelta

from govern.errors import Kind, NotAllowed
from govern.record.events import Event
from govern.record.identity import Role
from govern.record.people import Deputise, EndDeputy
from govern.record.registry import Person, Registry
from govern.record.rules import subject_of

LONGEST_DEPUTY = timedelta(days=366)


def admit_deputy(registry: Registry, event: Event, body: Deputise, at: datetime) -> None:
    deputy, signer = subject_of(registry, event, body.person), event.govern.signer
    if deputy.id == signer.id:
        raise NotAllowed("nobody is their own deputy", code="self_approval", kind=Kind.SELF_APPROVAL)
    if signer.role != body.role or body.role not in deputy.roles or body.role == Role.ADMINISTRATOR:
        raise NotAllowed(f"a deputy holds the role {body.role} themselves, as whoever names them does", code="role")
    if not body.first <= body.last or body.last < at.date() or body.last - body.first > LONGEST_DEPUTY:
        raise NotAllowed(
            f"{body.first} to {body.last} is no time to be a deputy", code="past_day", hint="at most a year, not past"
        )


def admit_end(registry: Registry, event: Event, body: EndDeputy, signer: Person, at: datetime) -> None:
    person = subject_of(registry, event, body.person)
    found = next((one for one in registry.inventory.deputies if one.entry == body.deputy), None)
    if found is None or found.person != person.id:
        raise NotAllowed(
            f"#{body.deputy} did not name {person.id} a deputy",
            code="unknown_deputy",
            hint="`govern deputy list` has the entries",
        )
    if found.ended is not None:
        raise NotAllowed(
            f"#{found.entry} was ended in #{found.ended}",
            code="ended_already",
            hint="`govern deputy name` names another",
        )
    if found.last < at.date():
        raise NotAllowed(
            f"#{found.entry} was until {found.last}: that is past", code="past_day", hint="there is nothing to end"
        )
    if signer.id not in {found.of, found.person} and Role.ADMINISTRATOR not in signer.roles:
        raise NotAllowed(
            f"#{found.entry} is ended by {found.of}, who gave it, by {found.person}, or by a registrar",
            code="not_yours",
            hint="ask one of them",
        )
