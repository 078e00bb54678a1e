"""An approval: what a pipeline carries to a machine that has no ledger, and what that machine makes of it.

The log signs it, and it proves itself: in it are the entries that a version rests on, from entry 0 on, with their proofs, and
the contents that the policies judge by. So the machine asks the same judge as the ledger, by the word of the persons who
signed. By the word of the log alone it has that nothing was left out and, until it ends, that nothing was filed since.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import Field

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.contents import Kept
from govern.ledger.envelope import Envelope
from govern.ledger.keys import PublicKey, spki_of_ed25519
from govern.ledger.note import Checkpoint
from govern.ledger.strict import Digest, canonical, read_json, write_time
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.resolve import Resolved
from govern.policy.validity import Period, is_in_force
from govern.record.admission import no_blob
from govern.record.dossier import dossier
from govern.record.events import BASE, STATEMENT
from govern.record.excerpt import Proved, blaming
from govern.record.excerpt import read as read_excerpt
from govern.record.fields import Hashed, Instant, KeyId, Matching, Part, Raw, Word, read_part
from govern.record.inventory import Version
from govern.record.judging import judgement
from govern.record.models import Artefact, Descriptor, Sha256, Slug
from govern.record.registry import Registry
from govern.record.reviews import Stage

SCHEMA = "govern/approval/v1"
PREDICATE = f"{BASE}approval/v1"
LONGEST = timedelta(days=30)
CLOCK_MAY_LAG = timedelta(minutes=5)
"""Clocks of two machines are never quite the same."""

SUSPENDED, SUPERSEDED, RETIRED, REJECTED = "suspended", "superseded", "retired", "rejected"


class Held(Part):
    """An entry's exact bytes, and its tlog-proof, both as text."""

    leaf: str
    proof: str


class Approval(Part):
    """What the log says of a version at a gate, as of an instant, and until when that may be relied on."""

    schema_: Annotated[str, Field(pattern=f"^{SCHEMA}$", alias="schema")] = SCHEMA
    anchor: KeyId
    model: Slug
    version: Hashed
    artifacts: tuple[Artefact, ...]
    stage: Stage
    gate: Word
    environments: tuple[Annotated[str, Matching(r"\S(.{0,198}\S)?", "a name without a space at its ends")], ...]
    """Where the gate leads to, if the policies name it; everywhere if there is none."""
    as_of: Instant
    valid_until: Instant
    entries: tuple[Held, ...]
    contents: tuple[Raw, ...]
    """Manifest, policies and evidence, which the entries name by their digests."""

    @classmethod
    def parse(cls, statement: bytes) -> Self:
        """Return the approval that ``statement`` is the one spelling of."""
        value = read_json(statement)
        if not isinstance(value, dict) or value.get("predicateType") != PREDICATE:
            raise InvalidInput("this is not an approval", hint="`govern approval export` writes one")
        found = read_part(cls, value.get("predicate"), "the approval")
        if bytes(found) != statement:
            raise InvalidInput("this approval is not in its one spelling")
        if not timedelta(0) < found.valid_until - found.as_of <= LONGEST:
            raise InvalidInput(f"an approval is valid for up to {LONGEST.days} days, this one claims otherwise")
        return found

    def __bytes__(self) -> bytes:
        files = ((one.name, one.digest) for one in self.artifacts)
        subjects = ((f"model:{self.model}", self.version), *files)
        value: dict[str, Any] = {
            "_type": STATEMENT,
            "predicate": self.model_dump(mode="json", by_alias=True, exclude_none=True),
            "predicateType": PREDICATE,
            "subject": [
                Descriptor(name=name, digest=Sha256(sha256=digest.value.hex())).model_dump()
                for name, digest in subjects
            ],
        }
        return canonical(value)


@dataclass(frozen=True, slots=True)
class Reading:
    """An approval that holds together: what its entries add up to is what it says."""

    approval: Approval
    registry: Registry
    version: Version
    checkpoint: Checkpoint
    went: str
    kept: Kept

    def standing(self, at: datetime) -> Judgement:
        return standing(self.registry, self.version, self.went, at, self.kept, self.approval.gate)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to take where: files by name and digest, a gate, an environment; and whose word they take."""

    anchor: str
    gate: str
    environment: str
    files: Sequence[tuple[str, Digest]]


def artifacts_of(version: Version) -> tuple[Artefact, ...]:
    """Return the files of a version as its registration names them."""
    found = []
    for name, size, digest in version.artefacts:
        mark = {} if version.is_held(name) else {"by_reference": True}
        found.append(Artefact(name=name, size=size, digest=digest, **mark))
    return tuple(found)


def environments(policies: Sequence[Resolved], gate: str) -> tuple[str, ...]:
    """Return the environments that every policy which names any lets a gate lead to; none if no policy names one."""
    named = _named(policies, gate)
    return tuple(sorted(frozenset.intersection(*named))) if named else ()


def standing(  # noqa: PLR0913, PLR0917  what a version is worth at a gate depends on all of these
    registry: Registry, version: Version, went: str, at: datetime, kept: Kept, gate: str
) -> Judgement:
    """Return whether a version may be behind a gate: one that may go through it, or went and was not sent back.

    ``went`` is the stage that its last move took it to.
    """
    found = judgement(registry, version, at, kept, gate)
    if version.stage == gate:
        # Whoever stands behind a gate is not asked where they came from.
        found = _decided(found, tuple(one for one in found.findings if one.id != f"gates.{gate}.from"))
    why = _ended(version, went, found)
    if not why:
        return found
    said = {
        SUSPENDED: f"{version.name} was suspended",
        SUPERSEDED: f"another champion took the place of {version.name}",
        RETIRED: f"{version.name} was retired",
        REJECTED: f"{version.name} was rejected",
    }
    finding = refusal(why, said[why])
    return replace(found, decision=Decision.DENY, because=(finding.id,), findings=(finding, *found.findings))


def is_ended(found: Judgement) -> bool:
    """Say whether a version was suspended, displaced, retired or rejected: machines that carry it have to hear of it."""
    return any(one.rule == "approval" for one in found.findings)


def read(content: bytes) -> Reading:
    """Return what an approval says once all of it is checked by the ledger it names; raise `Tampered` if it is not so."""
    # (1) The envelope, and the one spelling of what is in it.
    with blaming("the approval"):
        envelope = Envelope.parse(content)
        approval = Approval.parse(envelope.payload)
    # (2) The entries: signatures, rules, one checkpoint, and proofs that lead to it.
    proved = [Proved(one.leaf.encode(), one.proof.encode()) for one in approval.entries]
    kept = _kept(approval.contents)
    found = read_excerpt(proved, approval.version, kept)
    # (3) The log itself signed the approval, with a key that held at that checkpoint.
    with blaming("the approval"):
        publics = [PublicKey(spki_of_ed25519(one.public)) for one in found.registry.log_keys_at(found.checkpoint.size)]
        envelope.check_signatures({one.keyid: one for one in publics}.get)
        # (4) What it says is what the entries add up to.
        version = found.registry.inventory.versions[str(approval.version)]
        _require_said(approval, found.registry, version)
        # (5) Every sign-off that counts now was rightly given.
        now = dossier(found.registry.inventory, version, kept).digest
        doubtful = next((one for one in version.signed if one.dossier == now and one.entry in found.refused), None)
        if doubtful:
            raise Tampered(
                f"the sign-off in #{doubtful.entry} should have been refused: {found.refused[doubtful.entry].message}"
            )
        reading = Reading(
            approval, found.registry, version, found.checkpoint, found.went.get(str(version.digest), ""), kept
        )
        policies = reading.standing(approval.as_of).policies
        if approval.environments != environments(policies, approval.gate):
            raise Tampered("its environments are not those of the policies", kind=Kind.EDITED)
    return reading


def answer(reading: Reading, asked: Question, now: datetime) -> Judgement:
    """Return whether what was asked for is approved at ``now``, with every reason why not."""
    said = reading.approval
    if asked.anchor != said.anchor:
        why = f"it is of the ledger {said.anchor}, yours is {asked.anchor}"
        return Judgement(Decision.DENY, ("approval.anchor",), (refusal("anchor", why),), (), now)
    then, later = reading.standing(said.as_of), reading.standing(max(now, said.as_of))
    own = [*_of_time(said, now), *_of_gate(said, asked, then, later)]
    own += [*_of_place(said, asked, then), *_of_files(said.artifacts, asked.files)]
    findings = (*own, *(one for one in later.findings if one.rule != "approval"))
    because = tuple(dict.fromkeys(one.id for one in own))
    return Judgement(Decision.DENY if because else Decision.ALLOW, because, findings, later.policies, now)


def refusal(reason: str, message: str, remedy: str = "") -> Finding:
    """Return why an approval opens nothing."""
    return Finding(
        policy="",
        version="",
        rule="approval",
        place="the approval",
        verdict=Verdict.FAIL,
        message=message,
        effect=Decision.DENY,
        reason=reason,
        remedy=remedy,
    )


def _decided(found: Judgement, findings: tuple[Finding, ...]) -> Judgement:
    """Return the judgement that is left when some of its findings are left out."""
    if findings == found.findings:
        return found
    for effect in (Decision.DENY, Decision.NEEDS_PERSON):
        because = tuple(dict.fromkeys(one.id for one in findings if one.effect is effect))
        if because:
            return replace(found, decision=effect, because=because, findings=findings)
    return replace(found, decision=Decision.ALLOW, because=(), findings=findings)


def _ended(version: Version, went: str, found: Judgement) -> str:
    if version.stage in {SUSPENDED, RETIRED}:
        return version.stage
    if version.stage == "approved" and went == "production":
        return SUPERSEDED
    return REJECTED if any(one.reason == REJECTED for one in found.findings) else ""


def _kept(contents: Sequence[bytes]) -> Kept:
    """Return the contents by their digests; what is not among them has only its digest here, and nobody asks for more."""
    held: Mapping[Digest, bytes] = {Digest.of(one): one for one in contents}
    return Kept(lambda digest: held[digest] if digest in held else no_blob(digest), lambda _: None)


def _require_said(approval: Approval, registry: Registry, version: Version) -> None:
    said = {
        "anchor": (approval.anchor, registry.anchor.hex()),
        "model": (approval.model, version.model),
        "files": (approval.artifacts, artifacts_of(version)),
        "stage": (approval.stage, version.stage),
    }
    for name, (claimed, found) in said.items():
        if claimed != found:
            raise Tampered(f"its {name} is not what the entries add up to", kind=Kind.EDITED)
    if approval.as_of < registry.last_recorded:
        raise Tampered("it is of an earlier time than the entries in it", kind=Kind.BACKDATED)


def _of_time(said: Approval, now: datetime) -> Iterator[Finding]:
    if now < said.as_of - CLOCK_MAY_LAG:
        why = f"it was made at {write_time(said.as_of)}, this machine's clock says {write_time(now)}"
        yield refusal("clock", why, "set the clock right")
    if not is_in_force(Period(end=said.valid_until), now):
        yield refusal("stale", f"it was valid until {write_time(said.valid_until)}", "export it again")


def _of_gate(said: Approval, asked: Question, then: Judgement, later: Judgement) -> Iterator[Finding]:
    ended = [one for one in then.findings if one.rule == "approval"]
    yield from ended
    if asked.gate != said.gate:
        yield refusal("gate", f"it is for the gate {said.gate}, not for {asked.gate}")
    elif ended:
        return
    elif then.decision is not Decision.ALLOW:
        yield refusal("gate", f"{said.gate} was not open as of then: {', '.join(then.because) or then.decision}")
    elif later.decision is not Decision.ALLOW:
        why = ", ".join(later.because) or later.decision.value
        yield refusal("expired", f"what it rests on has ended since: {why}", "sign anew, and export it again")


def _of_place(said: Approval, asked: Question, then: Judgement) -> Iterator[Finding]:
    named = _named(then.policies, said.gate)
    if all(asked.environment in one for one in named):
        return
    where = " and ".join(said.environments) or "no environment that all policies name"
    why = f"not for {asked.environment}" if asked.environment else "and nobody said which this is"
    yield refusal("environment", f"{said.gate} is for {where}, {why}", "name it with --environment")


def _named(policies: Sequence[Resolved], gate: str) -> list[frozenset[str]]:
    gates = (one.policy.gates[gate] for one in policies)
    return [frozenset(one.environments) for one in gates if one.environments]


def _of_files(approved: Sequence[Artefact], given: Sequence[tuple[str, Digest]]) -> Iterator[Finding]:
    """Yield every file that is not as it was approved, one that is missing and one too many."""
    there = Counter(digest for _, digest in given)
    wanted = Counter(one.digest for one in approved)
    missing, strange = [], []
    for one in approved:
        if there[one.digest] > 0:
            there[one.digest] -= 1
        else:
            missing.append(one.name)
    for name, digest in given:
        if wanted[digest] > 0:
            wanted[digest] -= 1
        else:
            strange.append((name, digest))
    # A file of the same name is what became of one that is missing; else any that nobody approved may be.
    strange.sort(key=lambda one: _last(one[0]) not in map(_last, missing))
    for name, digest in strange:
        if not missing:
            yield refusal("artifact_unknown", f"{name} is one file too many: this version has {len(approved)}")
            continue
        meant = next((one for one in missing if _last(one) == _last(name)), missing[0])
        missing.remove(meant)
        yield refusal("artifact", f"{name} is {digest}, and is not {meant} as it was approved")
    for name in missing:
        yield refusal("artifact_missing", f"{name} was not given", "name every file with --artifact")


def _last(name: str) -> str:
    return name.rpartition("/")[2]
