"""A DSSE envelope around an in-toto Statement, and the entry that the log makes of it.

``payload`` and ``signatures`` are vouched for by the signers, ``log`` only by the log, through the root. An entry is
written once and read by one regular expression, so that no two byte strings are the same entry.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.keys import Pen, PublicKey
from govern.ledger.strict import decode64, encode64, read_time, write_time

PAYLOAD_TYPE = "application/vnd.in-toto+json"
LARGEST_LEAF = 65_535
"""tlog-tiles gives the length of an entry sixteen bits."""

_SIGNATURE = rb'\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{80,200}={0,2})"\}'
_SIGNATURES = rb"(\[" + _SIGNATURE.replace(b"(", b"(?:") + rb"(?:," + _SIGNATURE.replace(b"(", b"(?:") + rb"){0,31}\])"
_BODY = (
    rb'"payload":"([A-Za-z0-9+/]*={0,2})","payloadType":"([a-z0-9.+/-]{1,100})","signatures":' + _SIGNATURES + rb"\}"
)
_LOG = rb'"log":\{"index":(0|[1-9][0-9]{0,15}),"recordedAt":"([0-9TZ:.-]{24})","v":([0-9]{1,3})\},'
_ONE_SIGNATURE = re.compile(_SIGNATURE)
_ENVELOPE = re.compile(rb"\{" + _BODY)
_ENTRY = re.compile(rb"\{" + _LOG + _BODY)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of an envelope, and the key to look up for it."""

    keyid: str
    sig: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A statement's exact bytes with the signatures over them."""

    payload: bytes
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, content: bytes) -> Self:
        found = _ENVELOPE.fullmatch(content)
        if not found:
            raise InvalidInput("this is not a signed envelope as Govern writes them")
        return cls._of(found[1], found[2], found[3])

    def __bytes__(self) -> bytes:
        return b"{" + self._body()

    def signed_by(self, *pens: Pen) -> Self:
        """Return the envelope with further signatures over the same bytes."""
        message = pae(PAYLOAD_TYPE, self.payload)
        more = tuple(Signature(pen.public.keyid, pen.sign(message)) for pen in pens)
        return type(self)(self.payload, self.signatures + more)

    def check_signatures(self, key: Callable[[str], PublicKey | None]) -> None:
        """Raise `Tampered` unless every signature fits, each by another key that ``key`` knows by its keyid."""
        if len({signature.keyid for signature in self.signatures}) != len(self.signatures):
            raise Tampered(
                "one key signed this envelope twice",
                kind=Kind.DUPLICATE_SIGNATURE,
                hint="each person signs once, with one key",
            )
        message = pae(PAYLOAD_TYPE, self.payload)
        for signature in self.signatures:
            public = key(signature.keyid)
            if public is None:
                raise Tampered(f"no key {signature.keyid[:16]} was ever enrolled", kind=Kind.UNVERIFIABLE)
            public.verify(signature.sig, message)

    def _body(self) -> bytes:
        signatures = ",".join(f'{{"keyid":"{one.keyid}","sig":"{encode64(one.sig)}"}}' for one in self.signatures)
        payload = encode64(self.payload)
        return f'"payload":"{payload}","payloadType":"{PAYLOAD_TYPE}","signatures":[{signatures}]}}'.encode()

    @classmethod
    def _of(cls, payload: bytes, payload_type: bytes, signatures: bytes) -> Self:
        if payload_type != PAYLOAD_TYPE.encode():
            raise Tampered(
                f"the payload type is {payload_type.decode()}, only {PAYLOAD_TYPE} is allowed", kind=Kind.DOWNGRADED
            )
        return cls(
            decode64(payload.decode()),
            tuple(
                Signature(keyid.decode(), decode64(sig.decode())) for keyid, sig in _ONE_SIGNATURE.findall(signatures)
            ),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """An envelope at its place in the log; `leaf` is the exact bytes that the tree hashes."""

    index: int
    recorded_at: datetime
    envelope: Envelope

    @classmethod
    def parse(cls, leaf: bytes) -> Self:
        found = _ENTRY.fullmatch(leaf) if len(leaf) <= LARGEST_LEAF else None
        if not found:
            raise InvalidInput("this is not a log entry as Govern writes them")
        if found[3] != b"1":
            raise Tampered(f"the entry has format {found[3].decode()}, only format 1 is known", kind=Kind.DOWNGRADED)
        recorded_at = read_time(found[2].decode())
        return cls(int(found[1]), recorded_at, Envelope._of(found[4], found[5], found[6]))  # noqa: SLF001  one module

    def leaf(self) -> bytes:
        log = f'{{"log":{{"index":{self.index},"recordedAt":"{write_time(self.recorded_at)}","v":1}},'
        leaf = log.encode() + self.envelope._body()  # noqa: SLF001  the two halves of one format
        if len(leaf) > LARGEST_LEAF:
            raise InvalidInput(
                f"the entry has {len(leaf)} bytes, the largest has {LARGEST_LEAF}",
                hint="put large content into a blob and name its digest",
            )
        return leaf


def pae(payload_type: str, body: bytes) -> bytes:
    """Return DSSE's pre-authentication encoding: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def seal(statement: bytes, *pens: Pen) -> Envelope:
    return Envelope(statement, ()).signed_by(*pens)
