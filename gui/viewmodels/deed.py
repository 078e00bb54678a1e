"""What every ceremony goes through once all is filled in: a passphrase, the ledger, and a receipt or a refusal."""

from dataclasses import dataclass, replace

from gui.casework import Receipt
from gui.words import complaint

STALE = frozenset({"stale_dossier", "stale_subject"})


@dataclass(frozen=True, slots=True)
class Signing:
    """How far a signature is. A passphrase is handed on and never kept: only whether there is one is known here."""

    has_passphrase: bool = False
    working: bool = False
    stale: bool = False
    """Whether the ledger went on while this was read: it has to be read again."""
    error: str = ""
    receipt: Receipt | None = None

    @property
    def is_open(self) -> bool:
        """Whether something can still be changed."""
        return not self.working and self.receipt is None

    @property
    def missing(self) -> str:
        if self.stale:
            return "The dossier changed. Read it again, and sign that."
        return "" if self.has_passphrase or not self.is_open else "Your passphrase signs it."

    def begun(self) -> "Signing":
        return replace(self, working=True, error="")

    def filed(self, receipt: Receipt) -> "Signing":
        return replace(self, working=False, has_passphrase=False, receipt=receipt)

    def refused(self, error: Exception) -> "Signing":
        text = f"Nothing was signed. {complaint(error)}"
        stale = self.stale or getattr(error, "code", "") in STALE
        return replace(self, working=False, has_passphrase=False, stale=stale, error=text)


TO_COME = Signing()
