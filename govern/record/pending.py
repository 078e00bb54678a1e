"""An event that waits for further signatures, as it travels between registrars, and what an event says in one line."""

from dataclasses import dataclass

from govern.errors import InvalidInput
from govern.ledger.envelope import Envelope
from govern.ledger.strict import canonical, read_json
from govern.record.events import Event
from govern.record.identity import KeyRequest
from govern.record.people import Enrol, ResetKey

PENDING_SCHEMA = "govern/pending/v1"


@dataclass(frozen=True, slots=True)
class Pending:
    """An event that waits for further signatures, and the identity it will bring in, if any."""

    envelope: Envelope
    request: bytes = b""

    @classmethod
    def parse(cls, content: bytes) -> "Pending":
        value = read_json(content)
        if not isinstance(value, dict) or set(value) - {"request"} != {"schema", "envelope"}:
            raise InvalidInput("this is not an event that waits for signatures")
        if value["schema"] != PENDING_SCHEMA:
            raise InvalidInput(f"this is a {value['schema']!r}, not an event that waits for signatures")
        request = canonical(value["request"]) if "request" in value else b""
        return cls(Envelope.parse(canonical(value["envelope"])), request)

    @property
    def brings_in(self) -> KeyRequest | None:
        """Who becomes known with the event; raise unless the request is for the very key that is signed for."""
        event = Event.parse(self.envelope.payload)
        if not self.request and not isinstance(event.body, Enrol | ResetKey):
            return None
        request = KeyRequest.parse(self.request)
        # The identity is nobody's word but the file's: it is kept only for the key that the signed event brings in.
        if event.new_keys() != (request.key,):
            raise InvalidInput("the request in this file is not for the key that the signed event brings in")
        return request

    def __bytes__(self) -> bytes:
        request = {"request": read_json(self.request)} if self.request else {}
        return canonical({"schema": PENDING_SCHEMA, "envelope": read_json(bytes(self.envelope)), **request})


def said(event: Event) -> str:
    """Return what an event says, in one line for people who are about to sign it."""
    body = event.body.model_dump(by_alias=True, exclude_none=True, exclude={"key", "registrars"})
    return f"{event.kind} " + ", ".join(f"{name} {_shown(value)}" for name, value in body.items())


def _shown(value: object) -> str:
    match value:
        case list() | tuple():
            return " and ".join(_shown(part) for part in value)
        case bool():
            return "yes" if value else "no"
        case str() if value.count("+") > 1:
            return "+".join(value.split("+")[:2])  # a verifier key: its name and id tell it apart
        case _:
            return str(value)
