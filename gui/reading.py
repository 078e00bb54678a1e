"""From the desk's words to what a screen shows of a version."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from govern import review
from govern.desk import Desk
from govern.errors import GovernError, NotAllowed
from govern.ledger.strict import read_json
from govern.library import citations
from govern.policy.findings import Finding as Judged
from govern.policy.findings import Judgement
from govern.policy.implied import Implied, every
from govern.policy.metrics import REASON_COVERAGE
from govern.policy.titles import is_named, title
from govern.record.inventory import Version
from govern.record.manifest import Manifest
from gui.clauses import in_force
from gui.evidence import group_of
from gui.evidence import measured as kept
from gui.sights import Approval, Change, Changed, Code, Codes, Dossier, Finding, Signature
from gui.tones import Tone, worst
from gui.words import STAGES, counted, people_of, said_of, short, size

TIERS = {"high": 0, "1": 0, "medium": 1, "2": 1, "low": 2, "3": 2}
GATES = ("validated", "approved", "production")
EVERYBODY, CHAMPION = "everybody", "the champion"
_ORDER = ("registered", "in_review", *GATES)


def dossier(desk: Desk, one: Version, roles: tuple[str, ...]) -> Dossier:
    """Return all that is read about a version but what may be said of it."""
    now = review.dossier_of(desk, one)
    model = desk.registry.inventory.models[one.model]
    gate = next_gate(desk, one)
    found = review.judged(desk, one, gate)
    measured = findings(found)
    if gate:
        # A gate may ask for some checks only; the reader sees all of them.
        seen = {finding.check for finding in measured}
        measured += tuple(item for item in findings(review.judged(desk, one)) if item.check not in seen)
    tone, headline = in_words(measured)
    return Dossier(
        version=one.name,
        model=one.model,
        stage=one.stage,
        tier=model.risk_tier,
        owner=full_name(desk, model.owner),
        purpose=model.purpose,
        use_case=model.use_case,
        jurisdictions=tuple(model.jurisdictions),
        submitted_by=full_name(desk, one.requester) if one.requester else "",
        submitted_at=since(desk, one) if one.requester else None,
        digest=str(now.digest),
        version_digest=str(one.digest),
        changed_since_submit=one.dossier is not None and one.dossier != now.digest,
        gate=gate or "",
        decision=found.decision.value,
        tone=tone,
        headline=headline,
        findings=measured,
        approvals=_approvals(desk, found),
        policies=tuple(f"{rules.policy.id} {rules.policy.version}" for rules in now.policies)
        or ("two persons (built in)",),
        artefacts=tuple((name, bytes_, str(digest), one.is_held(name)) for name, bytes_, digest in one.artefacts),
        facts=_facts(desk, one),
        signatures=signatures(desk, one),
        roles=roles,
        meanings=(),
        seen_size=desk.registry.size,
        codes=codes(desk, one),
        no_codes=no_codes(desk, one),
        changed=changed(desk, one),
        people=people(desk),
        ends=tuple(
            (role, str(approval.expires))
            for rules in now.policies
            for approval in rules.policy.approvals.values()
            if approval.expires
            for role in approval.role
        ),
        measured=kept(desk, one),
    )


def people(desk: Desk) -> tuple[tuple[str, str], ...]:
    """Return who may owe something: handle and name."""
    found = [(desk.handle(one.id), full_name(desk, one.id)) for one in desk.registry.everybody if one.may_sign]
    return tuple(sorted(found, key=lambda one: one[1]))


def changed(desk: Desk, one: Version) -> Changed:
    """Return what is not as it was when somebody last approved the model, what is material first."""
    found = review.changed(desk, one)
    changes = [Change(of.what, of.before or "", of.after or "", of.is_material) for of in found.changes]
    ordered = tuple(sorted(changes, key=lambda of: not of.is_material))
    champion = found.displaces
    return Changed(
        found.since, found.entry or 0, ordered, champion.name if champion else "", champion.since if champion else None
    )


def codes(desk: Desk, one: Version) -> Codes | None:
    """Return what evidence says of reasons, with a name where it has an id."""
    found = review.reason_codes(desk, one)
    if found is None:
        return None
    return Codes(
        check=found.check,
        entry=found.entry,
        who=full_name(desk, found.person),
        declined=found.declined,
        explained=found.explained,
        reasoned=found.reasoned,
        blocked=found.blocked,
        reference_kind=found.reference_kind,
        reference_rows=found.reference_rows,
        reference=found.reference,
        dictionary=found.dictionary,
        approve=_approve(desk, one, found.approve),
        how=found.method,
        uncertain=sum(n for is_certain, n, _ in found.walked if not is_certain),
        walks=sum(walks for _, _, walks in found.walked),
        codes=tuple(Code(code.code, code.text, code.first, code.given) for code in found.codes),
    )


def _approve(desk: Desk, one: Version, rule: str) -> str:
    """Return the rule that approves, with the class whose score it reads, where a model knows more than two."""
    of = Manifest.parse(review.content(desk, one.digest)).score_of
    return f"{rule}, of the class {of}" if of else rule


def no_codes(desk: Desk, one: Version) -> str:
    """Return what would have to be done for reason codes to be measured."""
    for rules in review.dossier_of(desk, one).policies:
        for check in rules.policy.checks:
            if check.metric == REASON_COVERAGE:
                asked = f"{rules.policy.id} {rules.policy.version} asks for them in checks.{check.id}"
                return f"{asked}: `govern evaluate {one.name} --data FILE` measures them with the version's own model"
    return f"No policy that applies asks for them. A check with `metric: {REASON_COVERAGE}` does"


def verdict(desk: Desk, one: Version) -> tuple[Tone, str]:
    """Return how a version stands, in words."""
    return in_words(findings(review.judged(desk, one)))


def in_words(found: tuple[Finding, ...]) -> tuple[Tone, str]:
    """Return the verdict over all checks as a person would say it."""
    checks = dict.fromkeys(one.check for one in found)
    tones = {check: worst(tuple(one.tone for one in found if one.check == check)) for check in checks}
    said = [
        (Tone.FAIL, "fails", "fail"),
        (Tone.MISSING, "is not measured", "are not measured"),
        (Tone.UNSURE, "is inconclusive", "are inconclusive"),
    ]
    parts = []
    for tone, one, many in said:
        count = sum(found_tone is tone for found_tone in tones.values())
        if count:
            parts.append(f"{count} {one if count == 1 else many}")
    tone = worst(tuple(tones.values()))
    if not checks:
        return Tone.NONE, "No policy asks for a check"
    if len(checks) == sum(one is Tone.MISSING for one in tones.values()):
        return tone, f"None of {counted(len(checks), 'check')} is measured"
    if not parts:
        warned = sum(one is Tone.WARN for one in tones.values())
        all_ = {1: "The one check passes", 2: "Both checks pass"}.get(len(checks), f"All {len(checks)} checks pass")
        return tone, all_ + (f", {warned} with a warning" if warned else "")
    return tone, f"Of {counted(len(checks), 'check')}, {' and '.join(parts)}"


def findings(found: Judgement) -> tuple[Finding, ...]:
    limits = {(rules.policy.id, check.rule): check for rules in found.policies for check in every(rules.policy)}
    units = {(rules.policy.id, name): of.unit for rules in found.policies for name, of in rules.policy.metrics.items()}
    said = _clauses(found)
    # What another rule implies is named by that rule and what it asks there.
    of = [(one, limits.get((one.policy, one.rule)) or limits.get((one.policy, one.id))) for one in found.findings]
    return tuple(
        _finding(
            one, check, tuple(said(one.policy, id_) for id_ in one.clauses), units.get((one.policy, check.metric), "")
        )
        if check
        else _asked_for(one, tuple(said(one.policy, id_) for id_ in one.clauses))
        for one, check in of
        if check or is_named(one.rule)
    )


def signatures(desk: Desk, one: Version) -> tuple[Signature, ...]:
    """Return the sign-offs of a version, the newest first."""
    return tuple(
        Signature(
            said.entry,
            full_name(desk, said.person),
            said.role,
            said.meaning,
            said.reason,
            said.at,
            review.worth(desk, one, said),
        )
        for said in reversed(one.signed)
    )


def next_gate(desk: Desk, one: Version) -> str | None:
    """Return the next stage that a policy has a gate for."""
    policies = review.dossier_of(desk, one).policies
    known = {gate for rules in policies for gate in rules.policy.gates} if policies else set(GATES)
    behind = _ORDER.index(one.stage) if one.stage in _ORDER else len(_ORDER)
    return next((gate for gate in GATES if gate in known and _ORDER.index(gate) > behind), None)


def since(desk: Desk, one: Version) -> datetime:
    """Return since when a version is what it is: the last entry that says something of it and is not a signature."""
    entries = [one.entry, *(measured.entry for measured in one.measured.values())]
    newest = max(entries)
    return one.registered if newest == one.entry else desk.ledger.entry(newest).recorded_at


def full_name(desk: Desk, id_: str) -> str:
    known = desk.known(id_)
    return known.identity.name if known else id_


def why(desk: Desk, text: str) -> str:
    """Return why a task is here, with names for handles and the word ``void`` explained."""
    found = re.fullmatch(r"your signature of (#\d+) is void: (.+)", text)
    if found:
        changed = "" if found[2].startswith("request for changes") else " changed"
        return f"your signature {found[1]} is void: {said_of(found[2]).removeprefix('evidence of ')}{changed}"
    asked = re.fullmatch(r"submitted by (.+), and you have not signed", text)
    return f"asked to sign by {full_name(desk, desk.person(asked[1]).id)}" if asked else text


def refusal(error: NotAllowed, one: Version) -> str:
    match error.code:
        case "self_approval" if " owns " not in error.message:
            return f"you made or submitted {one.name}; whoever did cannot approve it"
        case "signed_already":
            return "you have said this of this dossier already"
        case "stale_dossier":
            return f"{one.name} changed since it was submitted; it has to be submitted again"
        case "stage":
            return f"{one.name} is {STAGES[one.stage].lower()}, not in review"
        case _:
            return error.message


def _clauses(found: Judgement) -> Callable[[str, str], str]:
    """Return what says a clause by its title, and whether it is in force on the day."""
    titles = {
        (rules.policy.id, reference.cite): reference.title
        for rules in found.policies
        for reference in rules.policy.references.values()
    }

    @cache
    def said(policy: str, id_: str) -> str:
        title, _, status, _ = in_force(citations(), id_, found.at.date())
        return f"{titles.get((policy, id_)) or title or id_} ({status[0].lower()}{status[1:]})"

    return said


def _asked_for(one: Judged, clauses: tuple[str, ...]) -> Finding:
    """Return what is said of a rule that measures nothing: of data on record, and of reasons."""
    return Finding(
        check=one.rule,
        metric=title(one.rule),
        policy=f"{one.policy} {one.version}",
        place=one.place,
        tone=Tone(one.verdict.value),
        message=one.message,
        limit=one.limit,
        remedy=one.remedy,
        clauses=clauses,
        why=one.reason,
    )


def _finding(one: Judged, check: Any, clauses: tuple[str, ...], unit: str) -> Finding:
    by_column = check.limits.get(str((one.group or {}).get("column"))) if isinstance(check, Implied) else None
    return Finding(
        check=check.rule.removeprefix("checks."),
        metric=check.metric.replace("_", " "),
        policy=f"{one.policy} {one.version}",
        place=one.place,
        tone=Tone(one.verdict.value),
        message=one.message,
        limit=one.limit,
        value=one.value,
        low=one.low,
        high=one.high,
        n=one.n,
        group=group_of(one.group),
        against=EVERYBODY if one.against == {} else group_of(one.against),
        remedy=one.remedy,
        least=check.min,
        most=check.max if by_column is None else by_column,
        clauses=clauses,
        by=tuple(one.group or {}),
        why=one.reason,
        beside=check.compare is not None and CHAMPION in one.limit,
        outside=check.kind == "imported",
        unit=unit,
    )


def _approvals(desk: Desk, found: Judgement) -> tuple[Approval, ...]:
    return tuple(
        Approval(
            one.rule.removeprefix("approvals.").replace("-", " "),
            Tone.MISSING if one.verdict.value == "inconclusive" else Tone(one.verdict.value),
            re.sub(r"p-[a-z2-7]{16}", lambda id_: full_name(desk, id_[0]), one.message.partition(": ")[2]),
            _asked(one.limit),
        )
        for one in found.findings
        if one.rule.startswith("approvals.")
    )


def _asked(limit: str) -> str:
    """Return ``2 of risk-officer`` as people say it."""
    count, _, roles = limit.partition(" of ")
    return people_of(int(count), tuple(roles.split(" or ")))


def _facts(desk: Desk, one: Version) -> tuple[tuple[str, str], ...]:
    """Return what the manifest says beyond the artefacts."""
    try:
        manifest = read_json(review.content(desk, one.digest))
    except GovernError as error:
        return (("Manifest", error.message),)
    data = [
        (f"{part['role'].capitalize()} data", f"{part['name']} · {size(part['size'])} · {short(part['digest'])}")
        for part in manifest["data"]
    ]
    more = [("Score", f"of the class {manifest['scoreOf']}")] if manifest.get("scoreOf") else []
    more += [("Parameters", ", ".join(f"{name} {value}" for name, value in sorted(manifest["parameters"].items())))]
    more += [("Code", manifest["code"])] if manifest.get("code") else []
    return (*data, *((name, value) for name, value in more if value))
