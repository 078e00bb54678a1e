"""Random lives of people under the real rules: what must hold whatever anybody tries."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from govern.errors import GovernError
from govern.ledger.envelope import Envelope, seal
from govern.record.draft import draft
from govern.record.events import Body
from govern.record.identity import NEVER_SIGN_OFF, NewKey, Role
from govern.record.people import (
    Erase,
    Grant,
    Hold,
    Lockout,
    ResetKey,
    RevokeKey,
    Root,
    RotateKey,
    TrailReview,
    Unlock,
    Withdraw,
    key_part,
)
from govern.record.refolding import refold
from govern.record.registry import Person, Registry
from tests.people import LOG_PEN, START, Actor, PaperLedger, enrolment, moment

HANDLES = ["ada", "bea", "cee", "dan", "eve", "fay"]
TURNS = ["", "2", "3"]
ROLES = ["administrator", "validator", "risk-officer", "developer", "auditor"]

actors = st.builds(Actor, st.sampled_from(HANDLES), st.sampled_from(TURNS))
people = st.sampled_from(HANDLES).map(Actor)
roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True).map(tuple)
# Mostly the founders, so that something is admitted; often enough anybody with any key.
signers = st.one_of(
    st.just([Actor("ada"), Actor("bea")]),
    st.just([Actor("bea"), Actor("cee")]),
    st.lists(actors, min_size=1, max_size=3, unique_by=lambda one: one.pen.public.keyid),
)


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.paper = PaperLedger.founded("ada", "bea", threshold=2)
        self.admitted = 0

    @rule(who=actors, roles=roles, by=signers)
    def enrol(self, who: Actor, roles: tuple[str, ...], by: list[Actor]) -> None:
        self.attempt(enrolment(who, *roles), by)

    @rule(who=people, roles=roles, by=signers)
    def grant(self, who: Actor, roles: tuple[str, ...], by: list[Actor]) -> None:
        self.attempt(Grant(person=who.id, roles=roles), by)

    @rule(who=people, roles=roles, by=signers)
    def withdraw(self, who: Actor, roles: tuple[str, ...], by: list[Actor]) -> None:
        self.attempt(Withdraw(person=who.id, roles=roles), by)

    @rule(who=actors, by=signers)
    def reset(self, who: Actor, by: list[Actor]) -> None:
        self.attempt(ResetKey(person=who.id, key=key_part(who.new_key)), by)

    @rule(who=actors, turn=st.sampled_from(TURNS))
    def rotate(self, who: Actor, turn: str) -> None:
        new = Actor(who.handle, turn)
        key = NewKey.made(new.pen, who.id, who.new_key.commitment, START)
        self.attempt(RotateKey(person=who.id, key=key_part(key)), [who, new])

    @rule(who=actors, by=signers, since=st.none() | st.integers(0, 5))
    def revoke(self, who: Actor, by: list[Actor], since: int | None) -> None:
        body = RevokeKey(person=who.id, keyid=who.pen.public.keyid, cause="lost")
        self.attempt(body if since is None else body.model_copy(update={"suspect_since": since}), by)

    @rule(who=people, by=signers)
    def unlock(self, who: Actor, by: list[Actor]) -> None:
        self.attempt(Unlock(person=who.id), by)

    @rule(who=people, held=st.booleans(), by=signers)
    def hold(self, who: Actor, held: bool, by: list[Actor]) -> None:
        self.attempt(Hold(person=who.id, held=held), by)

    @rule(who=people, by=signers)
    def erase(self, who: Actor, by: list[Actor]) -> None:
        self.attempt(Erase(person=who.id), by)

    @rule(threshold=st.integers(1, 3), by=signers)
    def root(self, threshold: int, by: list[Actor]) -> None:
        registry = self.paper.registry
        version, keys = registry.root_version + 1, registry.log_keys
        self.attempt(Root(version=version, log_keys=keys, threshold=threshold, policy="two-person"), by)

    @rule(by=signers)
    def review(self, by: list[Actor]) -> None:
        self.attempt(TrailReview(first=0, last=0), by)

    @rule(who=people)
    def lock(self, who: Actor) -> None:
        if who.id in self.paper.registry.people:
            self.file(self.paper.log_sign(Lockout(person=who.id, failures=5)))

    def attempt(self, body: Body, by: list[Actor]) -> None:
        paper, keyid = self.paper, by[0].pen.public.keyid
        owner = paper.registry.people.get(paper.registry.owners.get(keyid, ""))
        if owner is None or not owner.roles:
            return
        role = Role.ADMINISTRATOR if Role.ADMINISTRATOR in owner.roles else min(owner.roles)
        try:
            event = draft(
                paper.registry, paper.tree.root(), keyid, role, body, moment(paper.now, f"{paper.now}"), "because"
            )
        except GovernError:
            return  # about nobody
        self.file(seal(bytes(event), *(one.pen for one in by)))

    def file(self, envelope: Envelope) -> None:
        before = self.paper.registry
        try:
            self.paper.file(envelope)
        except GovernError:
            assert self.paper.registry is before
            return
        self.admitted += 1
        require_signers(before, self.paper.registry, envelope)
        for id_, person in self.paper.registry.people.items():
            require_registrars(before, before.people.get(id_), person, envelope)

    @invariant()
    def nobody_takes_an_id_or_a_key_of_another(self) -> None:
        registry = self.paper.registry
        keyids = [key.public.keyid for person in registry.people.values() for key in person.keys]
        assert len(set(keyids)) == len(keyids)
        assert dict(registry.owners) == {
            key.public.keyid: person.id for person in registry.people.values() for key in person.keys
        }
        assert all(sum(key.in_force for key in person.keys) <= 1 for person in registry.people.values())
        assert len({person.enrolment_leaf for person in registry.people.values()}) >= len(registry.people) - 1

    def teardown(self) -> None:
        again = Registry()
        for leaf in self.paper.leaves:
            again = refold(again, leaf)
        assert again == self.paper.registry
        assert Registry.restore(again.snapshot()) == again
        assert again.size == self.admitted + 1


def require_signers(before: Registry, after: Registry, envelope: Envelope) -> None:
    """See that whoever signed could sign then: with a key in force, and not locked."""
    for signature in envelope.signatures:
        if signature.keyid == LOG_PEN.public.keyid:
            continue
        owner = before.people.get(before.owners.get(signature.keyid, ""))
        if owner is None:
            assert signature.keyid in after.owners  # the new key of a rotation or of an enrolment
            continue
        assert owner.key(signature.keyid).in_force
        assert owner.may_sign


def require_registrars(before: Registry, was: Person | None, person: Person, envelope: Envelope) -> None:
    """See that nobody came to sign off, by a role or by a key, without as many others as the root asked for."""
    gained = person.roles - (was.roles if was else frozenset())
    signed = {before.owners.get(signature.keyid) for signature in envelope.signatures}
    if was and not was.may_sign and person.may_sign:
        gained = person.roles
    others = [one for one in before.registrars if one.id in signed and one.id != person.id]
    if was and was.locked and not person.locked and was.keys == person.keys:
        left = [one for one in before.registrars if one.id != person.id]
        assert len(others) >= (min(before.threshold, len(left)) if person.roles - NEVER_SIGN_OFF else 1)
        assert others
    elif gained - NEVER_SIGN_OFF:
        assert len(others) >= before.threshold
    elif gained:
        assert others
    if was:
        assert (was.enrolment, was.enrolment_leaf) == (person.enrolment, person.enrolment_leaf)
        assert person.seq - was.seq == (0 if person == was else 1)
        assert not (was.erased and person.may_sign)


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
