"""The gate on a machine that has no ledger: files, an approval and an anchor in, an answer out.

Nothing is asked of a network, a database or a ledger folder, and nothing is kept.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from govern import artifacts
from govern.errors import InvalidInput
from govern.ledger.strict import read_anchor, write_time
from govern.policy.findings import Decision, Finding, Judgement
from govern.record.approval import Question, Reading, answer, read
from govern.storage import durable

LARGEST = 1 << 28

Place = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an approval says of files at a gate, and what it was read from."""

    judgement: Judgement
    reading: Reading
    anchor: str
    """Whose word was to be taken."""

    @property
    def decision(self) -> Decision:
        return self.judgement.decision

    @property
    def because(self) -> tuple[str, ...]:
        return self.judgement.because

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.judgement.findings

    @property
    def checked(self) -> list[tuple[str, str]]:
        """What was checked, and by whose word it holds."""
        said = self.reading
        if said.approval.anchor != self.anchor:
            return []
        signatures = sum(one.dossier == said.version.dossier for one in said.version.signed)
        return [
            (f"{len(said.approval.entries)} entries are in the ledger {said.approval.anchor}", "the log"),
            (f"{signatures} sign-offs are of what was submitted", "the persons whose keys they are"),
            ("who may sign", "the registrars, from the first entry on"),
            ("the policies were asked again, at this time", "whoever signed them, and the evidence that they judge"),
            (f"that nothing more was filed until {write_time(said.approval.as_of)}", "the log"),
        ]

    @property
    def not_checked(self) -> list[tuple[str, str]]:
        """What no approval can show, and why."""
        since = write_time(self.reading.approval.as_of)
        return [
            (f"what was filed since {since}", "a suspension or a newer champion shows only in a newer export"),
            ("documents and data sets", "they are known here by their digests alone"),
            ("the time", "it is by this machine's clock, or as you said"),
        ]


def gate_offline(  # noqa: PLR0913  a question has as many sides
    approval: Place,
    artefacts: Sequence[Place],
    gate: str,
    *,
    anchor: str = "",
    environment: str = "",
    at: datetime | None = None,
) -> Answer:
    """Say whether files may go through a gate, by an approval and without a ledger; a no is an answer, not an error.

    ``anchor`` is else ``GOVERN_ANCHOR``; ``at`` is else now. Raise `Tampered` if the approval does not verify.
    """
    pinned = anchor or os.environ.get("GOVERN_ANCHOR", "")
    if not pinned:
        raise InvalidInput(
            "no anchor says whose approvals count here",
            hint="pin the ledger's: --anchor, GOVERN_ANCHOR or govern.toml; `govern log checkpoint --json` at the ledger has it",
            code="no_anchor",
        )
    if at is not None and at.tzinfo is None:
        raise InvalidInput(f"{at.isoformat()} has no time zone", hint="name an instant with its time zone")
    pinned = read_anchor(pinned).hex()
    reading = read(durable.read(Path(approval), "approval", LARGEST))
    named = {one.name for one in reading.approval.artifacts}
    files = artifacts.digests([Path(one) for one in artefacts], named)
    asked = Question(pinned, gate, environment, files)
    return Answer(answer(reading, asked, at or datetime.now(UTC)), reading, pinned)
