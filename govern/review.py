"""What people do with models at their desk: register, measure, submit, say, sign and move; each one event."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from govern.checks.reasons import Dictionary
from govern.desk import Desk
from govern.errors import GovernError, InvalidInput, NotAllowed
from govern.ledger import Receipt
from govern.ledger.strict import Digest, read_json
from govern.policy.approvals import APPROVING
from govern.policy.evidence import Evidence, Sampling
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.judge import Case, judge
from govern.policy.metrics import REASON_COVERAGE
from govern.policy.two_persons import two_persons
from govern.record.changes import Change, Changes, changes, displaced, manifest_parts
from govern.record.dossier import Dossier, dictionary, dossier, profile
from govern.record.draft import Moment, Words, draft
from govern.record.fields import read_part
from govern.record.identity import Role
from govern.record.inventory import Model, Signed, Version
from govern.record.judging import JUDGED, judgement
from govern.record.lifecycle import admit_lifecycle
from govern.record.models import Descriptor, Sha256, Software, TestResult
from govern.record.registry import Person
from govern.record.reviews import MOST_REASONS, Condition, IssueReport, Move, RecordGate, SignOff, Submit
from govern.record.validity import FACTS, VALID, validity
from govern.storage import blobs

REGISTERS = (Role.DEVELOPER, Role.MODEL_OWNER)
MEASURES = (Role.VALIDATOR, Role.DEVELOPER, Role.MODEL_OWNER)
MOVES = (Role.RISK_OFFICER, Role.MODEL_OWNER)
SIGNS = (Role.VALIDATOR, Role.RISK_OFFICER, Role.FAIR_LENDING_OFFICER, Role.MODEL_OWNER, Role.DEVELOPER)


@dataclass(frozen=True, slots=True)
class Code:
    """A reason code, and how many of the declined were told it: first, and at all."""

    code: str
    text: str
    sides: tuple[tuple[str, str], ...]
    """The text of each side of the reference: ``high``, ``low``, ``missing``, ``neither``."""
    first: int
    given: int


@dataclass(frozen=True, slots=True)
class ReasonCodes:
    """What evidence says of the reasons that the declined are told."""

    check: str
    entry: int
    person: str
    declined: int
    explained: int
    reasoned: int
    blocked: tuple[tuple[str, int], ...]
    """Why reasons may not be given, and to how many."""
    reference_kind: str
    reference_rows: int
    reference: str
    dictionary: str
    approve: str
    codes: tuple[Code, ...]
    method: str = ""
    """The way they were found, where evidence says it."""
    sampling: Sampling | None = None
    walked: tuple[tuple[bool, int, int], ...] = ()
    """Of a model that was sampled: whether what is told is certain, for how many, and walks for them together."""


# Reading


def model(desk: Desk, name: str) -> Model:
    models = desk.registry.inventory.models
    if name not in models:
        near = get_close_matches(name, models, n=1)
        hint = f"did you mean {near[0]}?" if near else "`govern model list` shows them"
        raise InvalidInput(f"there is no model {name!r}", hint=hint, code="unknown_model")
    return models[name]


def version(desk: Desk, name: str) -> Version:
    """Return the version that is written ``model@2``."""
    of = name.partition("@")[0]
    versions = {one.name: one for one in desk.registry.inventory.of(model(desk, of).name)}
    if name not in versions:
        raise InvalidInput(
            f"{of} has the versions {', '.join(f'@{one.number}' for one in versions.values()) or '(none)'}, not {name!r}",
            hint="write model@number, e.g. credit-risk@7",
            code="unknown_version",
        )
    return versions[name]


def content(desk: Desk, digest: Digest) -> bytes:
    return b"".join(blobs.get(desk.store, digest))


def content_or_none(desk: Desk, digest: Digest) -> bytes | None:
    """Return a kept content, or nothing once it was erased."""
    return content(desk, digest) if blobs.has(desk.store, digest) else None


def dossier_of(desk: Desk, one: Version) -> Dossier:
    return dossier(desk.registry.inventory, one, lambda digest: content(desk, digest))


def judged(desk: Desk, one: Version, gate: str | None = None, environment: str | None = None) -> Judgement:
    """Return what the policies say of a version now, with people as they are called here."""
    found = judgement(desk.registry, one, desk.clock(), blobs.kept(desk.store), gate, environment)
    named = (replace(of, message=desk.named(of.message), remedy=desk.named(of.remedy)) for of in found.findings)
    return replace(found, findings=tuple(named))


def standing(desk: Desk, one: Version) -> Decision:
    """Return what the gate of the stage it has reached says of a version now; of others what its evidence is worth."""
    found = judged(desk, one).decision
    if found is not Decision.ALLOW or one.stage not in JUDGED:
        return found
    # That it is there already is no reason against it.
    asked = [of for of in judged(desk, one, one.stage).findings if of.id != f"gates.{one.stage}.from"]
    effects = {of.effect for of in asked}
    return next((word for word in (Decision.DENY, Decision.NEEDS_PERSON) if word in effects), found)


def gates(desk: Desk, one: Version) -> list[str]:
    """Return the gates that the policies of a version have."""
    return sorted({gate for rules in dossier_of(desk, one).policies or (two_persons(),) for gate in rules.policy.gates})


def spent(desk: Desk, one: Version, found: Judgement, finding: Finding) -> list[tuple[Signed, str]]:
    """Return the approvals that were given where one is missing now, each with what voids it."""
    kind, _, name = finding.rule.partition(".")
    roles = {
        role
        for rules in found.policies
        if rules.policy.id == finding.policy and kind == "approvals" and finding.verdict is not Verdict.PASS
        for role in rules.policy.approvals[name].role
    }
    given = [(of, worth(desk, one, of)) for of in one.signed if of.role in roles and of.meaning in APPROVING]
    amended = desk.registry.inventory.models[one.model].amended
    by = f", amended in #{amended}"
    return [(of, f"{why}{by if why == FACTS and amended else ''}") for of, why in given if why != VALID]


def awaited(desk: Desk, one: Version) -> list[Finding]:
    """Return the approvals that are not given yet, of every gate that the version could go through, or went through."""
    policies = [rules.policy for rules in dossier_of(desk, one).policies or (two_persons(),)]
    gates = {
        name
        for of in policies
        for name, gate in of.gates.items()
        if one.stage == name or gate.is_reached_from(one.stage)  # what is in production is to be signed for it anew
    }
    found = [finding for gate in sorted(gates) for finding in judged(desk, one, gate).findings]
    missing = [of for of in found if of.rule.startswith("approvals.") and of.verdict is not Verdict.PASS]
    return list({(of.policy, of.rule, of.message): of for of in missing}.values())


def worth(desk: Desk, one: Version, signed: Signed) -> str:
    """Return what a sign-off is worth now: ``valid``, or ``void`` and what changed."""
    policies = sorted(desk.registry.inventory.policies.items())
    lost = next((id_ for id_, policy in policies if _trouble(desk, policy.source)), "")
    if lost:
        return f"void: policy {lost}"  # whether it is for this model can no longer be read
    now, then = dossier_of(desk, one), None
    if not _trouble(desk, signed.dossier):
        then = read_json(content(desk, signed.dossier))
    found = validity(desk.registry, now, signed, then, lambda digest: _trouble(desk, digest), desk.clock())
    wordings = dictionary(one, lambda digest: content(desk, digest)) if found == VALID else None
    return "void: dictionary of reasons" if wordings and _trouble(desk, wordings) else found


_COUNTED = frozenset({"declines", "reasons given", "reasons blocked"})


def reason_codes(desk: Desk, one: Version) -> ReasonCodes | None:
    """Return what the newest evidence says of the reasons that the declined are told, if any does."""
    for found in sorted(one.measured.values(), key=lambda found: -found.entry):
        evidence = Evidence.parse(content(desk, found.evidence))
        reasoning, kept = evidence.plan.reasoning, {table.name: table.read() for table in evidence.tables}
        check = next((result.check for result in evidence.results if result.metric == REASON_COVERAGE), None)
        # A trial of reasons says how they were found too, and counts no codes.
        if not reasoning or check is None or not set(kept) >= _COUNTED:
            continue
        declined, explained, reasoned, rows = kept["declines"][()]
        held = blobs.has(desk.store, reasoning.dictionary)
        wordings = Dictionary.parse(content(desk, reasoning.dictionary)).wordings if held else ()
        words = {one.code: tuple((side.value, text) for side, text in one.texts.items()) for one in wordings}
        codes = [_code(str(code), words.get(str(code), ()), n) for (code,), n in kept["reasons given"].items()]
        return ReasonCodes(
            check=check,
            entry=found.entry,
            person=found.person,
            declined=declined,
            explained=explained,
            reasoned=reasoned,
            blocked=tuple((str(why), n) for (why,), (n,) in kept["reasons blocked"].items()),
            reference_kind=reasoning.reference,
            reference_rows=rows,
            reference=str(reasoning.population),
            dictionary=str(reasoning.dictionary),
            approve=reasoning.approve,
            codes=tuple(sorted(codes, key=lambda one: (-one.first, -one.given, one.code))),
            method=reasoning.method or (reasoning.sampling.method if reasoning.sampling else ""),
            sampling=reasoning.sampling,
            walked=tuple((word == "yes", n, walks) for (word,), (n, walks) in kept.get("reasons sampled", {}).items()),
        )
    return None


def _code(code: str, sides: tuple[tuple[str, str], ...], counted: Sequence[int]) -> Code:
    first, given = counted
    return Code(code, " / ".join(text for _, text in sides), sides, first, given)


def changed(desk: Desk, one: Version) -> Changes:
    """Return what is not as it was when somebody last approved the model."""
    return changes(desk.registry, one, lambda digest: content(desk, digest))


def displaces(desk: Desk, one: Version) -> Version | None:
    """Return the champion that makes room if a version becomes it."""
    return displaced(desk.registry.inventory, one)


def leaves_alone(desk: Desk, one: Version, after: str, production_role: str = "") -> list[str]:
    """Return what other models should know before a version moves; the ledger lets it."""
    inventory, of = desk.registry.inventory, desk.registry.inventory.models[one.model]
    champion, told = inventory.champion(one.model), []
    if after == "production":
        lacking = [name for name in of.facts.upstream or () if not inventory.champion(name)]
        told += [f"{one.model} reads {name}, which has no champion" for name in lacking]
    makes_room = displaced(inventory, one) if after == "production" and production_role == "champion" else None
    leaving = champion if champion and champion.digest == one.digest and after != "production" else makes_room
    if leaving:
        reading = [model.name for model in inventory.dependants(one.model) if inventory.champion(model.name)]
        now = f"then reads {one.name}" if makes_room else "is left without"
        told += [f"{name} in production reads {leaving.name}, and {now}" for name in reading]
    return told


def differing(desk: Desk, older: Version, newer: Version) -> list[Change]:
    """Return what two versions are made of that differs, each with its old and new value, in a stable order."""
    before, after = (manifest_parts(lambda digest: content(desk, digest), one.digest) for one in (older, newer))
    return [
        Change(name, before.get(name), after.get(name))
        for name in sorted({**before, **after})
        if before.get(name) != after.get(name)
    ]


# Doing


def record_evidence(  # noqa: PLR0913, PLR0917  evidence comes with as much
    desk: Desk, one: Version, evidence: Evidence, source: Digest, software: Mapping[str, str], sandbox: str
) -> Receipt:
    """Keep what was measured, and file it; which checks pass is what the policies in force say."""
    kept = keep(desk, bytes(evidence))
    failed, warned = _verdicts(desk, one, evidence)
    checks = [planned.check for planned in evidence.plan.checks]
    body = {
        "version": one.digest,
        "result": "FAILED" if failed else "WARNED" if warned else "PASSED",
        "configuration": (Descriptor(name="evidence", digest=Sha256(sha256=kept.value.hex())),),
        "passed_tests": tuple(check for check in checks if check not in failed | warned),
        "warned_tests": tuple(check for check in checks if check in warned - failed),
        "failed_tests": tuple(check for check in checks if check in failed),
        "evidence": kept,
        "source": source,
        "software": tuple(Software(name=name, version=text) for name, text in sorted(software.items())),
        "sandbox": sandbox,
    }
    return desk.say(read_part(TestResult, body, "the evidence"), MEASURES)


def submit(desk: Desk, one: Version) -> Receipt:
    """Freeze the dossier as it is now, and ask for review."""
    now = dossier_of(desk, one)
    return desk.say(Submit(version=one.digest), REGISTERS, words=Words(dossier=keep(desk, bytes(now))))


def why_not_sign(  # noqa: PLR0913, PLR0917  a signature has as many sides
    desk: Desk, one: Version, who: Person, role: str, meaning: str, reason: str
) -> NotAllowed | None:
    """Return why a sign-off would be refused now, if it would be; nobody has to unlock a pen for the question."""
    key = next((key.public.keyid for key in who.keys if key.in_force), "")
    registry, root = desk.ledger.view()
    # Who asks has not written a condition yet, and is asked for one in the end.
    asked = (Condition(text="to be said", owner=who.id, due=date.max),) if meaning == "approved_with_conditions" else ()
    body, words = _signing(one, asked), _words(desk, one, meaning, None)
    try:
        event = draft(registry, root, key, role, body, Moment(desk.clock(), bytes(10)), reason, None, words)
        admit_lifecycle(registry, body, event, [who], desk.clock(), blobs.kept(desk.store))
    except NotAllowed as refusal:
        return refusal
    return None


def sign(  # noqa: PLR0913, PLR0917  a signature has as many sides
    desk: Desk,
    one: Version,
    meaning: str,
    reason: str,
    role: str = "",
    seen: Digest | None = None,
    conditions: tuple[Condition, ...] = (),
) -> Receipt:
    """Sign a dossier in one role and with one meaning: the one that was ``seen``, which has to be what it is now."""
    words = _words(desk, one, meaning, seen)
    return desk.say(_signing(one, conditions), (role,) if role else SIGNS, reason, words)


def move(  # noqa: PLR0913  a move has as many sides
    desk: Desk, one: Version, after: str, reason: str, production_role: str = "", *, rollback: bool = False
) -> Receipt:
    """Take a version to another stage; a rollback takes one back that was in production before."""
    body: dict[str, Any] = {"version": one.digest, "before": one.stage, "after": after}
    body |= {"production_role": production_role} if production_role else {}
    body |= {"rollback": True} if rollback else {}
    return desk.say(read_part(Move, body, "the move"), MOVES, reason)


def issue_report(desk: Desk, one: Version, report: bytes, certificate: Digest, template: str) -> Receipt:
    """Put on record that a report with this digest was made; the report itself is kept."""
    body = IssueReport(version=one.digest, report=keep(desk, report), certificate=certificate, template=template)
    return desk.say(body, (*SIGNS, Role.AUDITOR))


def record_gate(desk: Desk, one: Version, found: Judgement, gate: str, environment: str | None = None) -> Receipt:
    """Put on record what the policies say of a version at a gate; the ledger asks them again before it files that."""
    body = {
        "version": one.digest,
        "gate": gate,
        "decision": found.decision.value,
        "judged": dossier_of(desk, one).digest,
        "at": found.at,
    }
    more = {
        "environment": environment,
        "because": found.because[:MOST_REASONS],
        "policies": tuple(of.digest for of in found.policies),
    }
    body |= {name: part for name, part in more.items() if part}
    return desk.say(read_part(RecordGate, body, "the gate"), (*SIGNS, Role.AUDITOR))


def _verdicts(desk: Desk, one: Version, evidence: Evidence) -> tuple[frozenset[str], frozenset[str]]:
    """Return which checks of new evidence fail and which warn, by the policies that apply to the version."""
    of = desk.registry.inventory.models[one.model]
    measured = {planned.check: evidence for planned in evidence.plan.checks}
    case = Case(profile(of), one.stage, one.not_reviewers, measured, (), desk.clock(), subject=one.digest)
    findings = judge(dossier_of(desk, one).policies, case).findings
    checks = {rule: check for check in measured for rule in (f"checks.{check}", check)}
    # A check that another rule implies is named by that rule.
    found_of = [(checks.get(found.rule, checks.get(found.id)), found) for found in findings]
    failed = {check for check, found in found_of if check and found.effect is not Decision.ALLOW}
    warned = {check for check, found in found_of if check and found.verdict is Verdict.WARN}
    return frozenset(failed), frozenset(warned)


def _signing(one: Version, conditions: tuple[Condition, ...]) -> SignOff:
    return SignOff(version=one.digest, conditions=conditions) if conditions else SignOff(version=one.digest)


def _words(desk: Desk, one: Version, meaning: str, seen: Digest | None) -> Words:
    return Words("reject" if meaning == "rejected" else "sign_off", meaning, seen or dossier_of(desk, one).digest)


def keep(desk: Desk, content_: bytes) -> Digest:
    return blobs.put(desk.store, io.BytesIO(content_))


def _trouble(desk: Desk, digest: Digest) -> GovernError | None:
    try:
        blobs.check(desk.store, digest)
    except GovernError as error:
        return error
    return None
