"""Who works at the sample bank, and where a seeded demo takes its clock and its chance from."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from govern.connection import Chance, Clock, now
from govern.record.identity import Identity, Role

PASSPHRASE = "demo"  # noqa: S105  the sample bank's passphrase is public
ORIGIN = "ledger.bank.example/demo"
FIRST_DAY = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

REGISTRARS = (Identity("ada", "Ada Moreau (DEMO)"), Identity("bea", "Bea Lindqvist (DEMO)"))
STAFF = (
    (Identity("ana", "Ana Prado (DEMO)"), Role.DEVELOPER),
    (Identity("vic", "Vic Tanaka (DEMO)"), Role.VALIDATOR),
    (Identity("rae", "Rae Okafor (DEMO)"), Role.RISK_OFFICER),
    (Identity("rob", "Rob Nowak (DEMO)"), Role.RISK_OFFICER),
    (Identity("flo", "Flo Haddad (DEMO)"), Role.FAIR_LENDING_OFFICER),
    (Identity("gus", "Gus Berg (DEMO)"), Role.AUDITOR),
)


@dataclass
class Stage:
    """The time and the dice of a demo: the machine's own, or those that a seed fixes for ever."""

    clock: Clock = now
    chance: Chance = os.urandom

    @classmethod
    def seeded(cls, seed: int) -> "Stage":
        return cls(_Ticking(), _Dice(seed))


@dataclass
class _Ticking:
    """A clock that goes on by a minute whenever somebody looks at it."""

    at: datetime = FIRST_DAY

    def __call__(self) -> datetime:
        self.at += timedelta(minutes=1)
        return self.at


@dataclass
class _Dice:
    """Bytes that only look like chance; a demo's keys protect nothing."""

    seed: int
    thrown: int = 0

    def __call__(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            found += sha256(f"govern demo {self.seed} {self.thrown}".encode()).digest()
            self.thrown += 1
        return found[:count]
