"""Random histories of models under the real rules: what must hold whatever anybody tries, whoever's keys are stolen."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from govern.errors import GovernError
from govern.ledger.envelope import Envelope
from govern.ledger.strict import Digest
from govern.policy.approvals import APPROVING
from govern.record.dossier import dossier
from govern.record.events import Body, Event
from govern.record.inventory import Version
from govern.record.models import Amend
from govern.record.people import Deputise, EndDeputy
from govern.record.refolding import refold
from govern.record.registry import Registry
from govern.record.reviews import AddDocument, Move, Recall, Recheck, RequestChanges, SignOff, Submit
from tests.people import Actor
from tests.record.shelf import (
    DAN,
    DORA,
    OLGA,
    RAE,
    ROB,
    ROLES,
    SOON,
    VAL,
    VIC,
    WAIVING,
    amendment,
    challenge,
    closing,
    condition,
    document,
    finding,
    measured,
    meeting,
    moved,
    now,
    policy,
    response,
    revoke,
    said,
    say,
    shelf,
    signed,
    submitted,
    the,
    version,
    waived,
)

EVERYBODY = (*ROLES, Actor("ada"))
REVIEWERS = (VIC, VAL, OLGA, DAN, RAE)
REACHED = ("validated", "approved", "production")
TALK = (
    *("recall", "send back", "ask again", "challenge", "response", "finding", "close", "close", "met"),
    *("deputy", "end deputy"),
)
MEANINGS = ("approved", "validated", "approved_with_conditions", "rejected", "reviewed")

anybody = st.sampled_from(EVERYBODY)
# Mostly who may, so that something is admitted; often enough anybody.
makers = st.one_of(st.sampled_from((DAN, DORA, OLGA)), anybody)
reviewers = st.one_of(st.sampled_from(REVIEWERS), st.sampled_from((VIC, VAL)), anybody)
officers = st.one_of(st.just(RAE), anybody)
numbers = st.integers(1, 2)
places = st.integers(0, 2)


class Histories(RuleBasedStateMachine):
    """Two versions of one model, the second by reference; what a gate asks for is counted here by other code than the judge's."""

    def __init__(self) -> None:
        super().__init__()
        self.paper = shelf()
        say(self.paper, version(self.paper, b"better", by_reference=True), DORA)
        self.hands = {str(the(self.paper).digest): {DAN.id}, str(the(self.paper, 2).digest): {DORA.id}}
        """Who had a hand in a version, told from the events alone."""
        self.begin()
        self.again = Registry()
        self.folded = 0
        self.filed = self.paper.now
        self.admitted = self.paper.registry.size

    def begin(self) -> None:
        say(self.paper, policy(self.paper, WAIVING), RAE)
        self.release = 0

    # What people try

    @initialize(steps=st.integers(0, 6))
    def begin_with(self, steps: int) -> None:
        self.go_on(1, steps, "production", "0.8")

    @rule(number=numbers)
    def go_all_the_way(self, number: int) -> None:
        self.go_on(number, 6, "production", "0.8")

    @rule(number=numbers, steps=st.integers(1, 6), after=st.sampled_from(REACHED), auc=st.sampled_from(["0.8", "0.7"]))
    def go_on(self, number: int, steps: int, after: str, auc: str) -> None:
        """Take a version some steps further, as people do who want it in production."""
        for _ in range(steps):
            one = self.of(number)
            words = {word.person for word in one.signed if word.dossier == now(self.paper, one)}
            maker = DORA if number == 2 else DAN
            if "auc" not in one.measured:
                body = measured(self.paper, auc, number=number)
                self.attempt(lambda role, body=body: said(self.paper, body, VIC, role), VIC)
            elif one.dossier != now(self.paper, one) or one.stage in {"registered", "suspended"}:
                self.attempt(lambda role, who=maker: submitted(self.paper, who, role, number=number), maker)
            elif VIC.id not in words:
                self.attempt(lambda role: signed(self.paper, VIC, "approved", role, number=number), VIC)
            elif VAL.id not in words:
                self.attempt(lambda role: signed(self.paper, VAL, "validated", role, number=number), VAL)
            else:
                self.attempt(lambda role: moved(self.paper, after, RAE, role, number=number), RAE)

    @rule(number=numbers, who=makers)
    def measure(self, number: int, who: Actor) -> None:
        self.attempt(lambda role: said(self.paper, measured(self.paper, number=number), who, role), who)

    @rule(number=numbers, who=reviewers, auc=st.sampled_from(["0.8", "0.9", "0.7"]))
    def measure_otherwise(self, number: int, who: Actor, auc: str) -> None:
        self.attempt(lambda role: said(self.paper, measured(self.paper, auc, number=number), who, role), who)

    @rule(number=numbers, who=makers)
    def submit(self, number: int, who: Actor) -> None:
        self.attempt(lambda role: submitted(self.paper, who, role, number=number), who)

    @rule(number=numbers, who=reviewers, meaning=st.sampled_from(MEANINGS), place=places)
    def sign(self, number: int, who: Actor, meaning: str, place: int) -> None:
        conditions = (condition(OLGA),) if meaning == "approved_with_conditions" else ()
        self.attempt(
            lambda role: signed(self.paper, who, meaning, role, number=number, conditions=conditions), who, place
        )

    @rule(number=numbers, colleague=st.sampled_from((DAN, DORA, OLGA)), who=st.sampled_from((DAN, OLGA)))
    def approve_what_a_colleague_asked_for(self, number: int, colleague: Actor, who: Actor) -> None:
        """Ask for the review, let a colleague ask again, and approve as a validator."""
        for one in (who, colleague):
            self.attempt(lambda role, one=one: submitted(self.paper, one, role, number=number), one)
        self.attempt(lambda _: signed(self.paper, who, "approved", "validator", number=number), who)

    @rule(number=numbers, who=officers, after=st.sampled_from((*REACHED, "suspended", "retired")))
    def move(self, number: int, who: Actor, after: str) -> None:
        if after == "retired" and number == 1:
            return  # one of them goes on to the end
        self.attempt(lambda role: moved(self.paper, after, who, role, number=number), who)

    @rule(number=numbers, who=officers)
    @precondition(lambda self: any(one.was_in_production and one.stage == "approved" for one in self.versions()))
    def roll_back(self, number: int, who: Actor) -> None:
        self.attempt(lambda role: moved(self.paper, "production", who, role, number=number, rollback=True), who)

    @rule(
        number=numbers,
        who=anybody,
        text=st.sampled_from(["one", "two"]),
        place=places,
        name=st.sampled_from(["limits.md", "limits.pdf"]),
    )
    def write(self, number: int, who: Actor, text: str, place: int, name: str) -> None:
        body = document(self.paper, who, text, name=name, version=self.of(number).digest)
        self.attempt(lambda role: said(self.paper, body, who, role), who, place)

    @rule(number=numbers, by=st.sampled_from([(RAE, ROB), (RAE,), (RAE, VIC), (ROB, DAN)]))
    def waive(self, number: int, by: tuple[Actor, ...]) -> None:
        self.attempt(lambda _: waived(self.paper, *by, version=self.of(number).digest), by[0])

    @rule(who=officers, what=st.sampled_from(["risk_tier", "purpose", "use_case", "tags"]), turn=st.booleans())
    def amend(self, who: Actor, what: str, turn: bool) -> None:
        values = {
            "risk_tier": ("low", "high"),
            "purpose": ("Another", "Default"),
            "use_case": ("churn", "credit-scoring"),
            "tags": ("portfolio=retail", "portfolio=cards"),
        }
        self.attempt(lambda role: said(self.paper, amendment(self.paper, what, values[what][turn]), who, role), who)

    @rule(who=officers)
    def tighten(self, who: Actor) -> None:
        text = WAIVING.replace("1.0.0", f"1.{self.release + 1}.0")
        if self.attempt(lambda role: said(self.paper, policy(self.paper, text), who, role), who):
            self.release += 1

    @rule(who=st.sampled_from((VIC, VAL, ROB)), back=st.integers(1, 8), stands=st.sampled_from([None, False]))
    def steal(self, who: Actor, back: int, stands: bool | None) -> None:
        others = [one for one in (VIC, VAL, ROB) if one != who and self.paper.registry.people[one.id].may_sign]
        if len(others) < 2:
            return  # or nobody would be left to sign
        with contextlib.suppress(GovernError):  # they had not signed that entry
            revoke(self.paper, who, max(0, self.paper.registry.size - back), stands=stands)
        self.admitted = self.paper.registry.size

    @rule(days=st.sampled_from([1, 20]))
    def wait(self, days: int) -> None:
        self.paper.now += timedelta(days=days)

    @rule(number=numbers, who=anybody, kind=st.sampled_from(TALK))
    def talk(self, number: int, who: Actor, kind: str) -> None:
        paper, one = self.paper, self.of(number)
        of = {"version": one.digest}
        entries = {
            "response": [found.entry for found in one.challenges],
            "close": [found.entry for found in one.open_findings],
            "met": [found.entry for found in one.signed if found.conditions],
            "end deputy": [found.entry for found in paper.registry.inventory.deputies],
        }
        if kind in entries and not entries[kind]:
            return
        role = ROLES.get(who, ("administrator",))[0]
        bodies: dict[str, Callable[[], Body]] = {
            "recall": lambda: Recall(version=one.digest),
            "send back": lambda: RequestChanges(version=one.digest),
            "ask again": lambda: Recheck(version=one.digest, check="auc"),
            "challenge": lambda: challenge(paper).model_copy(update=of),
            "finding": lambda: finding(paper, **of),
            "deputy": lambda: Deputise(person=VAL.id, role=role, first=SOON, last=SOON),
            "end deputy": lambda: EndDeputy(person=VAL.id, deputy=entries["end deputy"][-1]),
            "response": lambda: response(paper, entries["response"][-1]).model_copy(update=of),
            "close": lambda: closing(paper, entries["close"][-1]).model_copy(update=of),
            "met": lambda: meeting(paper, entries["met"][-1]).model_copy(update=of),
        }
        self.attempt(lambda role: said(paper, bodies[kind](), who, role), who)

    # How it is tried

    def attempt(self, make: Any, who: Actor, place: int = 0) -> bool:
        roles = ROLES.get(who, ("administrator",))
        before = self.paper.registry
        try:
            envelope = make(roles[place % len(roles)])
            self.filed = self.paper.now
            self.paper.file(envelope)
        except GovernError:
            assert self.paper.registry is before
            return False
        self.admitted += 1
        self.require(before, envelope)
        return True

    def of(self, number: int) -> Version:
        return the(self.paper, number)

    def versions(self) -> list[Version]:
        return self.paper.registry.inventory.of("credit-risk")

    # What must hold

    def require(self, before: Registry, envelope: Envelope) -> None:
        body = Event.parse(envelope.payload).body
        if isinstance(body, Move) and body.after in REACHED:
            self.require_signatures(before, body, Event.parse(envelope.payload).govern.signer.id)
        if isinstance(body, SignOff):
            self.require_independence(before, Event.parse(envelope.payload))
        if isinstance(body, AddDocument):
            assert body.attester.id == Event.parse(envelope.payload).govern.signer.id
        self.remember(before, Event.parse(envelope.payload))
        for digest, one in before.inventory.versions.items():
            self.require_stage(one, self.paper.registry.inventory.versions[digest], body)

    def remember(self, before: Registry, event: Event) -> None:
        """Note who has a hand in what from here on: who submits, amends what was signed, or writes and is no mere reviewer."""
        signer = event.govern.signer.id
        makes = before.people[signer].roles & {"developer", "model-owner"}
        match event.body:
            case Submit(version=version) | AddDocument(version=version):
                if makes:
                    self.hands[str(version)].add(signer)
            case Amend(changes=changes) if any(one.what not in {"owner", "tags"} for one in changes):
                for hands in self.hands.values():
                    hands.add(signer)
            case _:
                pass

    def require_signatures(self, before: Registry, body: Move, mover: str) -> None:
        """See that enough who had no hand in it approved what it is, and that what they saw passed."""
        one = before.inventory.versions[str(body.version)]
        current = dossier(before.inventory, one, self.paper.blob)
        hands = self.hands[str(one.digest)]
        if body.rollback:
            assert one.was_in_production
            assert mover not in hands
            assert "risk-officer" in before.people[mover].roles
            return
        roles, needed = ({"validator"}, 2) if current.policies else ({"validator", "risk-officer"}, 1)
        approved = {
            word.person
            for word in one.signed
            if word.dossier == current.digest
            and word.role in roles
            and word.meaning in APPROVING
            and all(condition.met is not None or condition.due >= self.filed.date() for condition in word.conditions)
            and not before.is_suspect(word.keyid, word.entry)
            and (word.keyid, word.entry) not in before.disowned
            and word is last_word(one, word.person, current.digest, before)
        }
        assert len(approved - hands) >= needed
        if current.policies and self.is_high(before):
            assert {who.person for who in one.measured["auc"].persons} - hands

    def is_high(self, before: Registry) -> bool:
        return before.inventory.models["credit-risk"].risk_tier == "high"

    def require_independence(self, before: Registry, event: Event) -> None:
        body, signer = event.body, event.govern.signer
        assert isinstance(body, SignOff)
        if event.govern.meaning in APPROVING:
            assert signer.id not in self.hands[str(body.version)]
            assert not (signer.role == "validator" and signer.id == before.inventory.models["credit-risk"].owner)
            assert (
                event.govern.dossier
                == dossier(before.inventory, before.inventory.versions[str(body.version)], self.paper.blob).digest
            )

    def require_stage(self, was: Version, one: Version, body: object) -> None:
        """See that nothing but a move leads on, and that a champion who makes room was one."""
        if one.stage != was.stage and one.stage in REACHED:
            displaced = (was.production_role, one.stage) == ("champion", "approved")
            assert isinstance(body, Move)
            assert body.version == one.digest or displaced
        assert one.makers == was.makers
        assert was.editors <= one.editors
        assert one.seq >= was.seq
        if now_differs(was, one):
            assert one.seq > was.seq

    @invariant()
    def the_log_adds_up_to_the_same_again(self) -> None:
        if self.folded == len(self.paper.leaves):
            return
        for leaf in self.paper.leaves[self.folded :]:
            self.again = refold(self.again, leaf)
        self.folded = len(self.paper.leaves)
        assert self.again == self.paper.registry
        content = self.paper.registry.snapshot()
        assert content == self.again.snapshot()
        restored = Registry.restore(content)
        assert restored == self.paper.registry
        assert restored.snapshot() == content
        assert self.paper.registry.size == self.admitted

    @invariant()
    def what_is_settled_was_settled_by_a_key_that_is_trusted(self) -> None:
        registry = self.paper.registry
        for one in self.versions():
            settled: list[tuple[int | None, Any]] = [(found.closed, found) for found in one.findings]
            settled += [(asked.met, asked) for word in one.signed for asked in word.conditions]
            for entry, it in settled:
                stolen = registry.is_suspect(it.keyid, entry or 0) or (it.keyid, entry) in registry.disowned
                assert entry is None or not stolen
                assert entry is None or it.doubted is None

    @invariant()
    def one_champion_at_most(self) -> None:
        champions = [one for one in self.versions() if one.production_role == "champion"]
        assert len(champions) <= 1
        assert all((one.stage == "production") == bool(one.production_role) for one in self.versions())

    @invariant()
    def the_dossier_is_what_its_digest_says(self) -> None:
        assert now(self.paper) == Digest.of(
            bytes(dossier(self.paper.registry.inventory, the(self.paper), self.paper.blob))
        )


class Unruled(Histories):
    """The same, where two persons do until a policy is adopted."""

    def begin(self) -> None:
        self.release = 0


def last_word(one: Version, person: str, digest: Digest, registry: Registry) -> Any:
    words = [
        word
        for word in one.signed
        if word.person == person and word.dossier == digest and (word.keyid, word.entry) not in registry.disowned
    ]
    return words[-1] if words else None


def now_differs(was: Version, one: Version) -> bool:
    """Say whether the dossier or the stage of a version is another one."""
    parts = ("stage", "documents", "open_findings", "waivers", "dossier", "requester")
    evidence = [{check: found.evidence for check, found in version.measured.items()} for version in (was, one)]
    return evidence[0] != evidence[1] or any(getattr(was, part) != getattr(one, part) for part in parts)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestUnruled = Unruled.TestCase
TestUnruled.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
