"""What a machine without a ledger makes of an approval: every answer, and everything that the log alone cannot say."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger import merkle
from govern.ledger.envelope import Envelope, seal
from govern.ledger.keys import Pen
from govern.ledger.note import Checkpoint, KeyType, VerifierKey, sign_note
from govern.ledger.proof import Proof
from govern.ledger.strict import Digest, canonical, read_anchor, read_json
from govern.policy.findings import Decision, Judgement
from govern.record.approval import (
    LONGEST,
    PREDICATE,
    Approval,
    Held,
    Question,
    answer,
    artifacts_of,
    environments,
    is_ended,
    read,
    standing,
)
from govern.record.dossier import dossier
from govern.record.identity import NewKey
from govern.record.inventory import Version
from govern.record.people import Root, RotateKey, key_part
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, Actor, PaperLedger
from tests.record.shelf import (
    DAN,
    DORA,
    RAE,
    ROLES,
    RULES,
    VAL,
    VIC,
    amendment,
    closing,
    comment,
    condition,
    document,
    finding,
    measured,
    meeting,
    misfiled,
    move,
    policy,
    report,
    revoke,
    said,
    say,
    second,
    shelf,
    sign,
    signed,
    submit,
    the,
    version,
)

GUARDED = RULES.replace(
    "{checks: all, approvals: [validation]}\n", "{from: [in_review], checks: all, approvals: [validation]}\n", 1
)
GUARDED = GUARDED.replace("production: {checks", "production: {from: [validated], environments: [eu, us], checks")
EXPIRING = RULES.replace("quorum: 2}", "quorum: 2, expires: 12h}")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def bank(rules: str = RULES) -> PaperLedger:
    """Return a ledger whose first version is measured, submitted and signed by two."""
    paper = shelf()
    say(paper, policy(paper, rules), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC, VAL, meaning="validated")
    return paper


@dataclass
class Export:
    """An approval as somebody who holds the log's key makes it: by the rules, or as they like."""

    paper: PaperLedger
    number: int = 1
    gate: str = "production"
    pen: Pen = LOG_PEN
    changes: dict[str, Any] = field(default_factory=dict)
    left_out: frozenset[int] = frozenset()

    @property
    def one(self) -> Version:
        return the(self.paper, self.number)

    def approval(self) -> Approval:
        paper, one = self.paper, self.one
        now = dossier(paper.registry.inventory, one, paper.blob)
        told: dict[str, Any] = {
            "anchor": paper.registry.anchor.hex(),
            "model": one.model,
            "version": one.digest,
            "artifacts": artifacts_of(one),
            "stage": one.stage,
            "gate": self.gate,
            "environments": environments(
                [rules for rules in now.policies if self.gate in rules.policy.gates], self.gate
            ),
            "as_of": paper.now,
            "valid_until": paper.now + DAY,
            "entries": tuple(self.held(range(len(paper.leaves)))),
            "contents": tuple(paper.blobs.values()),
        }
        return Approval(**{**told, **self.changes})

    def held(self, indexes: Iterable[int]) -> Iterable[Held]:
        tree, size = self.paper.tree, len(self.paper.leaves)
        note = sign_note(str(Checkpoint(ORIGIN, size, tree.root())), ORIGIN, self.pen.private)
        for index in indexes:
            if index not in self.left_out:
                proof = Proof(index, tuple(merkle.inclusion(index, size, tree.node)), note)
                yield Held(leaf=self.paper.leaves[index].decode(), proof=bytes(proof).decode())

    def __bytes__(self) -> bytes:
        return bytes(seal(bytes(self.approval()), self.pen))

    def asked(self, **changes: Any) -> Judgement:
        """Return what a machine answers that has the version's own file."""
        changes = {name: value for name, value in changes.items() if value is not None}
        now = self.paper.now + changes.pop("after", timedelta(0))
        files = [(name, digest) for name, _, digest in self.one.artefacts]
        told = {"anchor": self.paper.registry.anchor.hex(), "gate": self.gate, "environment": "eu", "files": files}
        return answer(read(bytes(self)), Question(**{**told, **changes}), now)


def refused(export: Export, why: str, kind: Kind | None = None) -> None:
    with pytest.raises(Tampered, match=why) as caught:
        read(bytes(export))
    assert kind is None or caught.value.kind is kind


# What is answered


def test_a_version_whose_gate_is_open_is_approved() -> None:
    found = Export(bank()).asked()

    assert (found.decision, found.because) == (Decision.ALLOW, ())
    assert {one.id for one in found.findings} == {"checks.auc", "approvals.validation"}
    assert [one.policy.id for one in found.policies] == ["credit"]


@pytest.mark.parametrize(
    ("asked", "because"),
    [
        pytest.param({"anchor": "00" * 32}, "approval.anchor", id="another ledger"),
        pytest.param({"gate": "approved"}, "approval.gate", id="another gate"),
        pytest.param({"after": DAY}, "approval.stale", id="past its time"),
        pytest.param({"after": -HOUR}, "approval.clock", id="a clock that is behind"),
        pytest.param({"files": []}, "approval.artifact_missing", id="no file"),
        pytest.param({"files": [("weights.ubj", Digest.of(b"altered"))]}, "approval.artifact", id="another file"),
    ],
)
def test_each_reason_has_a_word_of_its_own(asked: dict[str, Any], because: str) -> None:
    found = Export(bank()).asked(**asked)

    assert (found.decision, found.because) == (Decision.DENY, (because,))


@pytest.mark.parametrize("after", [-timedelta(minutes=5), timedelta(0), DAY - timedelta(milliseconds=1)])
def test_it_holds_from_when_it_was_made_until_it_ends(after: timedelta) -> None:
    assert Export(bank()).asked(after=after).decision is Decision.ALLOW


def test_several_reasons_are_all_said() -> None:
    found = Export(bank()).asked(gate="approved", after=DAY, files=[])

    assert found.because == ("approval.stale", "approval.gate", "approval.artifact_missing")


def test_what_it_rests_on_may_end_before_it_does() -> None:
    export = Export(bank(EXPIRING))

    assert export.asked(after=11 * HOUR).decision is Decision.ALLOW
    found = export.asked(after=13 * HOUR)
    assert found.because == ("approval.expired",)
    assert "approvals.validation.expires" in found.findings[0].message


def test_a_condition_that_is_overdue_ends_it() -> None:
    paper = bank()
    due = (paper.now + DAY).date()
    paper.file(signed(paper, VAL, "approved_with_conditions", conditions=(condition(due=due),)))
    export = Export(paper, changes={"valid_until": paper.now + 5 * DAY})

    assert export.asked(after=HOUR).decision is Decision.ALLOW
    assert export.asked(after=3 * DAY).because == ("approval.expired",)
    say(paper, meeting(paper), VIC)
    assert Export(paper, changes={"valid_until": paper.now + 5 * DAY}).asked(after=3 * DAY).decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("environment", "because"), [("eu", ()), ("asia", ("approval.environment",)), ("", ("approval.environment",))]
)
def test_a_gate_that_leads_somewhere_leads_nowhere_else(environment: str, because: tuple[str, ...]) -> None:
    paper = bank(GUARDED)
    move(paper, "validated")

    assert Export(paper).approval().environments == ("eu", "us")
    assert Export(paper).asked(environment=environment).because == because


def test_where_two_policies_name_environments_it_has_to_be_in_both() -> None:
    other = GUARDED.replace("id: credit", "id: region").replace("[eu, us]", "[us, asia]")
    paper = shelf()
    for rules in (GUARDED, other):
        say(paper, policy(paper, rules), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC, VAL, meaning="validated")
    move(paper, "validated")

    assert Export(paper).approval().environments == ("us",)
    assert Export(paper).asked(environment="us").decision is Decision.ALLOW
    assert Export(paper).asked(environment="eu").because == ("approval.environment",)


@pytest.mark.parametrize(
    ("files", "because"),
    [
        pytest.param([("a", b"a"), ("b", b"b")], (), id="as approved"),
        pytest.param([("b", b"b"), ("elsewhere/x", b"a")], (), id="under another name"),
        pytest.param([("a", b"a"), ("b", b"B")], ("approval.artifact",), id="one altered"),
        pytest.param([("a", b"a"), ("x", b"B")], ("approval.artifact",), id="one altered and renamed"),
        pytest.param([("a", b"A"), ("b", b"B")], ("approval.artifact",), id="both altered"),
        pytest.param([("a", b"a")], ("approval.artifact_missing",), id="one missing"),
        pytest.param([("a", b"a"), ("a", b"a")], ("approval.artifact",), id="one twice, the other missing"),
        pytest.param([("a", b"a"), ("b", b"b"), ("a", b"a")], ("approval.artifact_unknown",), id="one twice"),
        pytest.param([("a", b"a"), ("b", b"b"), ("c", b"c")], ("approval.artifact_unknown",), id="one too many"),
        pytest.param(
            [("c", b"c"), ("b", b"B"), ("d", b"d")],
            ("approval.artifact", "approval.artifact_unknown"),
            id="two altered, one too many",
        ),
    ],
)
def test_every_file_has_to_be_there_as_it_was_approved(
    files: list[tuple[str, bytes]], because: tuple[str, ...]
) -> None:
    from govern.record.approval import _of_files
    from govern.record.models import Artefact

    approved = [Artefact(name=f"model/{name}", size=1, digest=Digest.of(name.encode())) for name in ("a", "b")]

    found = list(_of_files(approved, [(name, Digest.of(content)) for name, content in files]))

    assert tuple(dict.fromkeys(one.id for one in found)) == because
    if [name for name, _ in files] == ["a", "b"] and because and files[0][1] == b"a":
        assert found[0].message.startswith(f"b is {Digest.of(b'B')}, and is not model/b")


# Where a version stands


def test_what_stands_behind_its_gate_is_approved_for_it() -> None:
    paper = bank(GUARDED)
    move(paper, "validated", "production")

    assert Export(paper).asked().decision is Decision.ALLOW
    assert Export(paper, gate="validated").asked().because == ("approval.gate",)


def test_behind_its_gate_everything_else_is_asked_again() -> None:
    paper = bank(GUARDED)
    move(paper, "validated", "production")
    say(paper, finding(paper), VIC)

    found = Export(paper).asked()

    assert found.because == ("approval.gate",)
    assert "approvals.validation.quorum" in found.findings[0].message

    say(paper, measured(paper, "0.6"), VIC)
    assert "checks.auc" in Export(paper).asked().findings[0].message


@pytest.mark.parametrize("stage", ["suspended", "retired"])
def test_what_was_suspended_or_retired_is_refused_by_that_name(stage: str) -> None:
    paper = bank()
    move(paper, "production", stage)

    found = Export(paper).asked()

    assert found.because == (f"approval.{stage}",)
    assert found.findings[0].message.startswith("credit-risk@1 was ")
    assert Export(paper).asked(gate="approved").because == (f"approval.{stage}", "approval.gate")


def test_what_stands_behind_a_gate_is_not_asked_where_it_came_from() -> None:
    paper = bank(RULES.replace("validated: {checks", "validated: {from: in_review, checks"))
    move(paper, "validated")
    assert Export(paper, gate="validated").asked(gate="validated").decision is Decision.ALLOW

    say(paper, measured(paper, "0.7"), VIC)

    found = Export(paper, gate="validated").asked(gate="validated")
    assert (found.decision, "approval.gate" in found.because) == (Decision.DENY, True)
    assert "checks.auc" in {one.id for one in found.findings if one.effect is Decision.DENY}


def test_a_champion_that_another_one_displaced_is_superseded_until_it_is_back() -> None:
    paper = bank()
    move(paper, "production")
    second(paper)

    assert Export(paper).asked().because == ("approval.superseded",)
    assert Export(paper, number=2).asked().decision is Decision.ALLOW

    paper.file(said(paper, _back(paper), RAE))
    assert Export(paper).asked().decision is Decision.ALLOW
    assert Export(paper, number=2).asked().because == ("approval.superseded",)


def _back(paper: PaperLedger) -> Any:
    from govern.record.reviews import Move

    return Move(
        version=the(paper).digest, before="approved", after="production", production_role="champion", rollback=True
    )


def test_a_rejection_is_said_by_its_name() -> None:
    paper = bank()
    sign(paper, VAL, meaning="rejected")

    assert Export(paper).asked().because == ("approval.rejected",)


def test_only_what_has_ended_is_worth_an_export_that_says_no() -> None:
    paper = bank()
    one = the(paper)

    def found() -> Judgement:
        return standing(paper.registry, the(paper), "", paper.now, paper.blob, "production")

    assert not is_ended(found())
    say(paper, finding(paper), VIC)
    assert (found().decision, is_ended(found())) == (Decision.NEEDS_PERSON, False)
    move(paper, "retired")
    assert (found().decision, is_ended(found()), one.stage) == (Decision.DENY, True, "in_review")


# Long lives


def test_a_version_with_a_long_life_is_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC, meaning="validated")  # void with what follows
    say(paper, amendment(paper, "purpose", "Probability of default in a year"), RAE)
    say(paper, document(paper, DORA), DORA)
    say(paper, finding(paper), VIC)
    say(paper, closing(paper), VAL)
    say(paper, comment(paper), VIC)
    say(paper, measured(paper), VAL)
    new = Actor("vic", "again")
    key = NewKey.made(new.pen, VIC.id, VIC.new_key.commitment, paper.now)
    paper.file(paper.sign(RotateKey(person=VIC.id, key=key_part(key)), VIC, new, role="validator"))
    submit(paper)
    monkeypatch.setitem(ROLES, new, ROLES[VIC])
    sign(paper, new, VAL, meaning="validated")
    move(paper, "production")
    say(paper, report(paper), RAE)

    export = Export(paper)

    assert export.asked().decision is Decision.ALLOW
    assert read(bytes(export)).checkpoint.size == len(paper.leaves)


def test_what_a_stolen_key_signed_counts_until_somebody_says_so() -> None:
    paper = bank()
    entry = the(paper).signed[-1].entry
    assert Export(paper).asked().decision is Decision.ALLOW

    revoke(paper, VAL, entry, stands=False)

    assert Export(paper).asked().because == ("approval.gate",)


def test_a_log_with_a_new_key_signs_with_that_one() -> None:
    paper = bank()
    new = Pen.from_seed(bytes(32))
    both = (LOG_KEY, VerifierKey(ORIGIN, KeyType.ED25519, new.public.raw))
    for number, keys in enumerate((both, both[1:]), start=2):
        paper.do(Root(version=number, log_keys=keys, threshold=1, policy="two-person"), Actor("ada"))

    assert Export(paper, pen=new).asked().decision is Decision.ALLOW
    refused(Export(paper), "no key given has signed this note")


# What whoever holds the log's key cannot say


def _of(paper: PaperLedger, kind: str) -> frozenset[int]:
    return frozenset(
        index
        for index, leaf in enumerate(paper.leaves)
        if f"/{'test-result' if kind == 'evidence' else kind}/v".encode()
        in Envelope.parse(b"{" + leaf.partition(b"},")[2]).payload
    )


def test_signatures_that_are_left_out_approve_nothing() -> None:
    paper = bank()

    found = Export(paper, left_out=_of(paper, "sign-off")).asked()

    assert found.because == ("approval.gate",)
    assert "approvals.validation.quorum" in found.findings[0].message


@pytest.mark.parametrize("kind", ["enrol", "evidence", "model", "submit", "version"])
def test_nothing_that_others_rest_on_can_be_left_out(kind: str) -> None:
    paper = bank()
    left_out = _of(paper, kind)
    assert left_out

    refused(Export(paper, left_out=left_out), "entry #|the approval")


def test_a_policy_that_is_left_out_was_signed_for_all_the_same() -> None:
    paper = bank()

    found = Export(paper, left_out=_of(paper, "policy")).asked()

    assert found.because == ("approval.gate",)


def test_a_finding_cannot_be_left_out_if_anything_was_signed_after_it() -> None:
    paper = bank()
    say(paper, finding(paper), VIC)
    say(paper, document(paper, DORA), DORA)

    refused(Export(paper, left_out=_of(paper, "finding")), "changed since this was signed", Kind.REPLAYED)


def test_a_sign_off_that_admission_would_have_refused_is_no_approval() -> None:
    paper = bank()
    misfiled(paper, signed(paper, DAN, "validated", role="validator"))

    refused(Export(paper), "the sign-off in #16 should have been refused: p-.* cannot approve it")


def test_an_old_sign_off_of_another_dossier_is_in_nobodys_way() -> None:
    paper = bank()
    say(paper, document(paper, DORA), DORA)
    say(paper, policy(paper, RULES.replace("1.0.0", "1.1.0")), RAE)
    submit(paper)
    sign(paper, VIC, VAL, meaning="validated")

    assert Export(paper, left_out=frozenset({11})).asked().decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param({"anchor": "00" * 32}, "its anchor is not", id="another anchor"),
        pytest.param({"model": "churn"}, "its model is not", id="another model"),
        pytest.param({"stage": "production"}, "its stage is not", id="another stage"),
        pytest.param({"artifacts": ()}, "its files is not|its files", id="without its files"),
        pytest.param({"environments": ("eu",)}, "its environments are not", id="another environment"),
        pytest.param({"contents": ()}, "is not held here", id="without what is judged by"),
        pytest.param({"entries": ()}, "there are none", id="without entries"),
        pytest.param({"version": Digest.of(b"none")}, "does not follow", id="of no version"),
    ],
)
def test_what_it_says_is_what_the_entries_add_up_to(changes: dict[str, Any], why: str) -> None:
    refused(Export(bank(), changes=changes), why)


def test_it_is_not_older_than_what_is_in_it() -> None:
    paper = bank()
    early = paper.now - HOUR

    refused(Export(paper, changes={"as_of": early, "valid_until": early + DAY}), "earlier time", Kind.BACKDATED)


@pytest.mark.parametrize("length", [timedelta(0), -HOUR, LONGEST + timedelta(milliseconds=1)])
def test_it_is_valid_for_thirty_days_at_most(length: timedelta) -> None:
    paper = bank()

    refused(Export(paper, changes={"valid_until": paper.now + length}), "valid for up to 30 days")
    assert Export(paper, changes={"valid_until": paper.now + LONGEST}).asked().decision is Decision.ALLOW


def test_entries_and_proofs_of_another_version_are_refused() -> None:
    """The attack: an approval that is sound, with another version's name, files, entries or proofs in it."""
    paper = bank()
    say(paper, version(paper, b"unmeasured"), DORA)
    first, other = Export(paper), Export(paper, number=2)
    assert (first.asked().decision, other.asked().because) == (Decision.ALLOW, ("approval.gate",))

    for name in ("version", "artifacts"):
        refused(Export(paper, changes={name: getattr(other.approval(), name)}), "is not what the entries|no file")
    both = {name: getattr(other.approval(), name) for name in ("version", "artifacts", "stage")}
    assert Export(paper, changes=both).asked(files=None).decision is Decision.DENY
    entries = list(first.approval().entries)
    swapped = [
        Held(leaf=one.leaf, proof=two.proof) for one, two in zip(entries, [*entries[1:], entries[0]], strict=True)
    ]
    refused(Export(paper, changes={"entries": tuple(swapped)}), "of another entry")
    refused(Export(paper, changes={"entries": tuple(reversed(entries))}), "is due", Kind.REORDERED)
    refused(Export(paper, changes={"entries": (*entries, entries[-1])}), "is due", Kind.REORDERED)
    refused(Export(paper, changes={"entries": tuple(entries[1:])}), "is due", Kind.REORDERED)


def test_an_entry_of_another_ledger_is_refused() -> None:
    paper, other = bank(), bank()
    submit(other)
    entries = (*Export(paper).approval().entries, *list(Export(other).approval().entries)[-1:])

    refused(Export(paper, changes={"entries": entries}), "of another checkpoint")


def test_an_entry_that_was_touched_is_refused() -> None:
    paper = bank()
    first, *rest = Export(paper).approval().entries
    touched = Held(leaf=first.leaf.replace('"index":0', '"index":0 '), proof=first.proof)

    refused(Export(paper, changes={"entries": (touched, *rest)}), "entry 0 or later: this is not a log entry")


def test_somebody_elses_key_signs_no_approval() -> None:
    mallory = Pen.from_seed(bytes(32))
    content = bytes(seal(bytes(Export(bank()).approval()), mallory))

    with pytest.raises(Tampered, match=r"no key .* was ever enrolled"):
        read(content)


def test_an_entry_about_one_that_is_not_there_is_refused() -> None:
    paper = bank()
    revoke(paper, VAL, the(paper).signed[-1].entry, stands=False)
    entry = the(paper).signed[-1].entry

    refused(Export(paper, left_out=frozenset({entry})), f"about entry #{entry}, which is not among those given")


@pytest.mark.parametrize("step", [pytest.param(97, id="every 97th byte")])
def test_no_byte_of_it_can_be_another(step: int) -> None:
    content = bytes(Export(bank()))
    for place in range(0, len(content), step):
        touched = bytearray(content)
        touched[place] ^= 1
        with pytest.raises(Tampered):
            read(bytes(touched))


# Its form


def test_an_approval_is_an_in_toto_statement_about_its_files() -> None:
    approval = Export(bank()).approval()
    value = read_json(bytes(approval))

    assert value["predicateType"] == PREDICATE
    assert [one["name"] for one in value["subject"]] == ["model:credit-risk", "weights.ubj"]
    assert set(value["predicate"]) == {
        *("schema", "anchor", "model", "version", "artifacts", "stage", "gate", "environments"),
        *("asOf", "validUntil", "entries", "contents"),
    }
    assert Approval.parse(bytes(approval)) == approval


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(lambda _: [], id="no object"),
        pytest.param(lambda value: value | {"predicateType": "https://example.org"}, id="another predicate"),
        pytest.param(lambda value: value | {"_type": "another"}, id="another statement"),
        pytest.param(lambda value: value | {"subject": []}, id="without a subject"),
        pytest.param(lambda value: value | {"predicate": value["predicate"] | {"more": 1}}, id="one field more"),
        pytest.param(lambda value: value | {"predicate": value["predicate"] | {"schema": "v2"}}, id="another schema"),
    ],
)
def test_an_approval_has_one_spelling(touch: Callable[[Any], Any]) -> None:
    value = read_json(bytes(Export(bank()).approval()))

    with pytest.raises(InvalidInput):
        Approval.parse(canonical(touch(value)))


def test_what_was_registered_by_reference_is_marked_so() -> None:
    paper = shelf()
    say(paper, version(paper, b"far away", by_reference=True), DORA)
    export = Export(paper, number=2)

    assert export.approval().artifacts[0].by_reference
    assert "approval.artifact" not in export.asked().because
    assert "approval.artifact_missing" in export.asked(files=[]).because


def test_an_anchor_is_64_hex_digits() -> None:
    assert read_anchor("0a" * 32) == b"\n" * 32
    for text in ("", "0A" * 32, "0a" * 31, "0a" * 33):
        with pytest.raises(InvalidInput, match="is not an anchor"):
            read_anchor(text)
