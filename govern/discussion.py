"""What people say of a version at a desk, besides signing it: comments, challenges, findings, conditions, documents.

Long texts are salted blobs, so that they can be erased and give nothing away by their digest.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govern import review
from govern.desk import Desk, Filed
from govern.errors import InvalidInput, NotAllowed
from govern.ledger import Receipt
from govern.ledger.strict import Digest, canonical, encode64, read_json
from govern.policy.resolve import Resolved
from govern.record.draft import Moment, draft
from govern.record.fields import read_part
from govern.record.identity import Role
from govern.record.inventory import Version, Waiver
from govern.record.lifecycle import admit_lifecycle
from govern.record.models import Descriptor, Sha256
from govern.record.people import Deputise, EndDeputy
from govern.record.registry import Person
from govern.record.reviewing import ANSWERERS, ASKERS, REVIEWERS, WRITERS, why_not_waived
from govern.record.reviews import (
    AddDocument,
    Attester,
    Challenge,
    CloseFinding,
    Comment,
    Condition,
    MeetCondition,
    RaiseFinding,
    Recall,
    Recheck,
    RequestChanges,
    Respond,
    Waive,
    words_in,
)
from govern.storage import blobs, durable

COMMENT = "govern/comment/v1"
SPONSORS = REVIEWERS | {Role.MODEL_OWNER}
"""Who may be the first to sign a waiver; whose signatures count is what the policy says."""
_ANYBODY = (*review.SIGNS, Role.AUDITOR, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Talk:
    """One thing that was said of a version."""

    entry: int
    person: str
    kind: str
    """``comment``, ``challenge`` or ``answer``."""
    text: str
    anchor: str = ""
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a policy allows where one of its checks fails."""

    rules: Resolved
    check: str
    last: date
    """Until when it may be accepted at most."""
    refusal: NotAllowed | None
    """Why not even everybody together can accept it, if that is so."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it would be attached."""

    name: str
    content: bytes

    @property
    def words(self) -> int | None:
        return words_in(self.name, self.content)

    @property
    def digest(self) -> Digest:
        return Digest.of(self.content)


def comment(desk: Desk, one: Version, words: str, anchor: str = "") -> Receipt:
    body = {"version": one.digest, "comment": _salted(desk, words)} | ({"anchor": anchor} if anchor else {})
    return desk.say(read_part(Comment, body, "the comment"), _ANYBODY)


def challenge(desk: Desk, one: Version, words: str, anchor: str) -> Receipt:
    body = {"version": one.digest, "challenge": _salted(desk, words), "anchor": anchor}
    return desk.say(read_part(Challenge, body, "the challenge"), _first(ASKERS))


def respond(desk: Desk, one: Version, entry: int, words: str) -> Receipt:
    return desk.say(
        Respond(version=one.digest, challenge=entry, response=_salted(desk, words)), (*_first(ANSWERERS), *_ANYBODY)
    )


def raise_finding(desk: Desk, one: Version, title: str, severity: str, owner: str, due: date) -> Receipt:  # noqa: PLR0913, PLR0917  a finding has as many sides
    body = {"version": one.digest, "title": title, "severity": severity, "owner": desk.person(owner).id, "due": due}
    return desk.say(read_part(RaiseFinding, body, "the finding"), _first(ASKERS))


def close_finding(desk: Desk, one: Version, entry: int, reason: str) -> Receipt:
    return desk.say(CloseFinding(version=one.digest, finding=entry), (Role.VALIDATOR,), reason)


def meet_condition(desk: Desk, one: Version, entry: int, place: int, reason: str) -> Receipt:
    return desk.say(MeetCondition(version=one.digest, sign_off=entry, condition=place), _first(REVIEWERS), reason)


def request_changes(desk: Desk, one: Version, reason: str) -> Receipt:
    return desk.say(RequestChanges(version=one.digest), _first(REVIEWERS), reason)


def recall(desk: Desk, one: Version, reason: str) -> Receipt:
    return desk.say(Recall(version=one.digest), review.REGISTERS, reason)


def recheck(desk: Desk, one: Version, check: str, reason: str) -> Receipt:
    return desk.say(read_part(Recheck, {"version": one.digest, "check": check}, "the request"), _first(ASKERS), reason)


def waive(  # noqa: PLR0913, PLR0917  a waiver has as many sides
    desk: Desk, one: Version, rule: str, until: date, category: str, control: str, reason: str
) -> Filed:
    """Accept a failing check until a day; signed by every pen at the desk, or handed on to those who still have to."""
    policy, _, check = rule.rpartition("/")
    body = _waiver(one, policy or _policy_of(desk, one, check), check, until, category, control)
    return desk.say_together(body, _first(SPONSORS), reason)


def allowances(desk: Desk, one: Version, asked_for: Container[str]) -> Iterator[Allowance]:
    """Yield for each of these checks, written POLICY/CHECK, until when it may be accepted that it fails."""
    everybody = [who for who in desk.registry.everybody if who.may_sign]
    for rules in review.dossier_of(desk, one).policies:
        now, asked = desk.clock(), rules.policy.waivers
        last = asked.max_duration.after(now).date() if asked else now.date()
        for check in rules.policy.checks:
            rule = f"{rules.policy.id}/{check.id}"
            if rule in asked_for:
                yield Allowance(rules, check.id, last, why_not_waive(desk, one, rule, last, everybody))


def why_not_waive(desk: Desk, one: Version, rule: str, until: date, signers: Sequence[Person]) -> NotAllowed | None:
    """Return why a waiver that these people sign would be refused now, if it would be; nobody has to unlock a pen."""
    policy, _, check = rule.rpartition("/")
    first = next((who for who in signers if set(_first(SPONSORS)) & who.roles), None)
    if first is None:
        return NotAllowed(f"nobody of them is {' or '.join(_first(SPONSORS))}", code="role")
    key = next(key.public.keyid for key in first.keys if key.in_force)
    role = next(role for role in _first(SPONSORS) if role in first.roles)
    registry, root = desk.ledger.view()
    body = _waiver(one, policy, check, until, "accepted", "to be said")
    event = draft(registry, root, key, role, body, Moment(desk.clock(), bytes(10)), "because", None)
    try:
        admit_lifecycle(registry, body, event, list(signers), desk.clock(), blobs.kept(desk.store))
    except NotAllowed as refusal:
        return refusal
    return None


def waivers(desk: Desk, one: Version) -> list[tuple[Waiver, str]]:
    """Return the waivers of a version, each with why it does not count now; what counts has no such words."""
    found = sorted(one.waivers.items())
    now = review.dossier_of(desk, one) if found else None
    return [(of, why_not_waived(desk.registry, now, of, desk.clock())) for _, of in found if now]


def paper(path: Path) -> Paper:
    durable.require_file(path)
    try:
        return Paper(path.name, path.read_bytes())
    except OSError as error:
        raise InvalidInput(f"the document {path} cannot be read: {error.strerror}", code="not_found") from None


def add_document(desk: Desk, one: Version, section: str, path: Path) -> Receipt:
    return attach(desk, one, section, paper(path))


def attach(desk: Desk, one: Version, section: str, of: Paper) -> Receipt:
    """Keep a document as the one for a section: the very bytes that were read."""
    kept = review.keep(desk, of.content)
    reference = Descriptor(name=of.name, digest=Sha256(sha256=kept.value.hex()))
    body = {
        "attester": Attester(id=desk.signer().id),
        "references": (reference,),
        "version": one.digest,
        "section": section,
        "content": kept,
        "size": len(of.content),
        **({} if of.words is None else {"words": of.words}),
    }
    return desk.say(read_part(AddDocument, body, "the document"), _first(WRITERS))


def deputise(desk: Desk, deputy: str, role: str, first: date, last: date) -> Receipt:
    body = {"person": desk.person(deputy).id, "role": role, "first": first, "last": last}
    return desk.say(read_part(Deputise, body, "the deputy"), (role,))


def end_deputy(desk: Desk, entry: int) -> Receipt:
    """End what an entry gave a deputy, before its last day: as who gave it, as the deputy, or as a registrar."""
    found = next((one for one in desk.registry.inventory.deputies if one.entry == entry), None)
    if found is None:
        raise InvalidInput(
            f"#{entry} names no deputy", hint="`govern deputy list` has the entries", code="unknown_deputy"
        )
    return desk.say(EndDeputy(person=found.person, deputy=entry), _ANYBODY)


def conditions(desk: Desk, said: Sequence[tuple[str, str, date]]) -> tuple[Condition, ...]:
    """Return conditions, each a text, the handle of whoever owes it, and the day it is due."""
    return tuple(
        read_part(Condition, {"text": words, "owner": desk.person(owner).id, "due": due}, "the condition")
        for words, owner, due in said
    )


def about(desk: Desk, entry: int) -> Version:
    """Return the version that an entry is about: a challenge, a finding or a sign-off is named by its entry alone."""
    size = desk.registry.size
    if entry >= size:
        raise InvalidInput(f"there is no entry #{entry}", hint=f"the last is #{size - 1}", code="unknown_entry")
    digest = getattr(desk.event(entry).body, "version", None)
    if str(digest) not in desk.registry.inventory.versions:
        raise InvalidInput(f"#{entry} is not about a version", hint="`govern version history` has the entries")
    return desk.registry.inventory.versions[str(digest)]


def sections(desk: Desk, one: Version) -> list[str]:
    """Return the sections that the policies want a document in."""
    asked = (rules.policy.documentation for rules in review.dossier_of(desk, one).policies)
    return sorted({section for of in asked if of for section in of.required})


def text(desk: Desk, digest: Digest) -> str:
    """Return what somebody said, or that it was erased."""
    said = review.content_or_none(desk, digest)
    return str(read_json(said)["text"]) if said else "(erased)"


def talks(desk: Desk, one: Version) -> list[Talk]:
    """Return everything that was said of a version, in the order of the ledger; what was erased says so."""
    found = [_talk(desk, entry, "comment", said) for entry, said in one.comments]
    for asked in one.challenges:
        found.append(_talk(desk, asked.entry, "challenge", asked.challenge, asked.anchor))
        if asked.answered is not None and asked.answer is not None:
            found.append(_talk(desk, asked.answered, "answer", asked.answer, asked.anchor, asked.entry))
    return sorted(found, key=lambda talk: talk.entry)


def _talk(  # noqa: PLR0913, PLR0917  a word has as many sides
    desk: Desk, entry: int, kind: str, said: Digest, anchor: str = "", answers: int | None = None
) -> Talk:
    event, written = desk.event(entry), text(desk, said)
    anchor = anchor or getattr(event.body, "anchor", "") or ""
    return Talk(entry, event.govern.signer.id, kind, written, anchor, answers)


def _policy_of(desk: Desk, one: Version, check: str) -> str:
    """Return the one policy that has a check of this name."""
    rules = [of.policy for of in review.dossier_of(desk, one).policies if check in {has.id for has in of.policy.checks}]
    if len(rules) != 1:
        raise InvalidInput(
            f"{len(rules)} policies have a check {check} for {one.name}",
            hint="write POLICY/CHECK",
            code="unknown_check",
        )
    return rules[0].id


def _waiver(  # noqa: PLR0913, PLR0917  a waiver has as many sides
    one: Version, policy: str, check: str, until: date, category: str, control: str
) -> Waive:
    said = {"version": one.digest, "policy": policy, "check": check, "until": until}
    return read_part(Waive, {**said, "category": category, "control": control}, "the waiver")


def _salted(desk: Desk, words: str) -> Digest:
    if not words.strip():
        raise InvalidInput("there is nothing in it", hint="say something")
    return review.keep(desk, canonical({"schema": COMMENT, "salt": encode64(desk.chance(32)), "text": words}))


def _first(roles: frozenset[Role]) -> tuple[Role, ...]:
    """Return roles in the order in which somebody who has several of them speaks."""
    return tuple(role for role in review.SIGNS if role in roles) + ((Role.AUDITOR,) if Role.AUDITOR in roles else ())
