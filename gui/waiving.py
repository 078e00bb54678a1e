"""How a failing check may be accepted for a while: what its policy allows, by whom, and the waiver itself."""

from collections.abc import Iterator, Sequence

from govern import discussion, review
from govern.desk import Desk
from govern.errors import NotAllowed
from govern.ledger import Receipt as Filed
from govern.record.events import EventKind
from govern.record.inventory import Version
from govern.record.registry import Person
from govern.record.reviewing import REVIEWERS
from gui import reading, receipts, words
from gui.casework import Acceptance, Receipt, Wish
from gui.tones import Tone

LIFTED = frozenset({Tone.FAIL, Tone.UNSURE, Tone.WAIVED})


def acceptances(desk: Desk, one: Version, who: Person, here: Sequence[Person], read_only: str) -> Iterator[Acceptance]:
    """Yield every check that was measured and fails, and how ``who`` could accept it with others whose keys are here."""
    found = reading.findings(review.judged(desk, one))
    lifted = {f"{of.policy.partition(' ')[0]}/{of.check}" for of in found if of.tone in LIFTED}
    for allowed in discussion.allowances(desk, one, lifted):
        policy, check = allowed.rules.policy, allowed.check
        release = f"{policy.id} {policy.version}"
        mine = tuple(of for of in found if (of.policy, of.check) == (release, check))
        if check not in one.measured:
            continue
        asked, measured = policy.waivers, one.measured[check]
        earlier = one.waivers.get(f"{policy.id} {check}")
        roles, owner = asked.requires.role if asked else (), desk.registry.inventory.models[one.model].owner
        yield Acceptance(
            policy=policy.id,
            release=release,
            check=check,
            place=mine[0].place,
            findings=mine,
            evidence=str(measured.evidence),
            measured=measured.entry,
            first=desk.clock().date(),
            last=allowed.last,
            longest=str(asked.max_duration) if asked else "",
            quorum=asked.requires.quorum if asked else 1,
            roles=tuple(roles),
            others=tuple(
                (desk.handle(other.id), reading.full_name(desk, other.id))
                for other in here
                if other.id != who.id and other.may_sign and not _why_not_me(other, one, roles, owner)
            ),
            renews=earlier.entry if earlier else None,
            why_not=read_only or _refused(allowed.refusal) or _why_not_me(who, one, roles, owner),
        )


def waive(desk: Desk, one: Version, wish: Wish) -> Receipt:
    filed = discussion.waive(desk, one, wish.rule, wish.until, wish.category, wish.control, wish.reason)
    if not isinstance(filed, Filed):
        raise NotAllowed("others have to sign it first", code="four_eyes.quorum")
    return receipts.receipt(desk, filed, EventKind.WAIVER, one)


def _refused(refusal: NotAllowed | None) -> str:
    return refusal.message if refusal else ""


def _why_not_me(who: Person, one: Version, roles: Sequence[str], owner: str) -> str:
    if who.id in one.not_reviewers:
        return "you made, changed or submitted it; others accept what fails"
    held = who.roles - REVIEWERS if who.id == owner else who.roles
    if who.id == owner and not set(roles) & held:
        return "you own the model; others accept what fails"
    if not set(roles) & held:
        return f"{words.a_role(tuple(roles))} accepts it, and you are none"
    return ""
