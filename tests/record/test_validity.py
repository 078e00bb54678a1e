"""What a signature is worth: one function, given the time; and nothing that changed goes by another name."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from govern.errors import GovernError, Kind, Tampered
from govern.ledger.contents import Kept
from govern.ledger.strict import Digest, read_json
from govern.policy.findings import Decision
from govern.record.dossier import components, dictionary, dossier
from govern.record.judging import judgement
from govern.record.manifest import Manifest
from govern.record.models import RegisterVersion
from govern.record.validity import validity
from tests.people import PaperLedger, refused
from tests.record.shelf import (
    DAN,
    OLGA,
    RAE,
    ROB,
    RULES,
    VAL,
    VIC,
    WAIVING,
    amendment,
    closing,
    condition,
    document,
    finding,
    measured,
    meeting,
    moved,
    now,
    policy,
    revoke,
    said,
    say,
    shelf,
    sign,
    signed,
    submit,
    the,
    waived,
)

EXPIRING = WAIVING.replace("quorum: 2}\ngates", "quorum: 2, expires: 90d}\ngates")


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger whose version has a document, evidence and a policy, approved by Vic."""
    paper = shelf()
    say(paper, policy(paper, EXPIRING), RAE)
    say(paper, measured(paper), VIC)
    say(paper, document(paper), DAN)
    submit(paper)
    sign(paper, VIC)
    return paper


def worth(paper: PaperLedger, place: int = 0, lost: Digest | None = None) -> str:
    def held(digest: Digest) -> GovernError | None:
        return Tampered(f"{digest} differs") if digest == lost else None

    word = the(paper).signed[place]
    current = dossier(paper.registry.inventory, the(paper), paper.blob)
    return validity(paper.registry, current, word, read_json(paper.blob(word.dossier)), held, paper.now)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda paper: say(paper, measured(paper, "0.9"), VIC), "evidence of auc", id="new evidence"),
        pytest.param(lambda paper: say(paper, document(paper, text="x"), DAN), "document limitations", id="a document"),
        pytest.param(
            lambda paper: say(paper, document(paper, section="purpose"), DAN), "document purpose", id="another section"
        ),
        pytest.param(lambda paper: say(paper, finding(paper), VIC), "findings", id="a finding"),
        pytest.param(
            lambda paper: say(paper, amendment(paper, "purpose", "x"), OLGA), "facts of the model", id="an amendment"
        ),
        pytest.param(
            lambda paper: say(paper, policy(paper, EXPIRING.replace("1.0.0", "1.0.1")), RAE), "policy", id="a policy"
        ),
    ],
)
def test_what_changes_voids_by_its_name(
    paper: PaperLedger, change: Callable[[PaperLedger], object], expected: str
) -> None:
    change(paper)

    assert worth(paper) == f"void: {expected}"


def test_a_waiver_voids_what_was_signed_before_it(paper: PaperLedger) -> None:
    say(paper, measured(paper, "0.7"), VIC)
    submit(paper)
    sign(paper, VIC)
    assert worth(paper, place=-1) == "valid"

    paper.file(waived(paper, RAE, ROB))

    assert worth(paper, place=-1) == "void: waivers"


def test_a_finding_that_is_closed_leaves_what_was_signed(paper: PaperLedger) -> None:
    say(paper, finding(paper), VAL)
    assert worth(paper) == "void: findings"

    say(paper, closing(paper), VAL)

    assert worth(paper) == "valid"


def test_every_kept_content_voids_by_its_name_and_is_put_back(paper: PaperLedger) -> None:
    found = components(the(paper))

    assert [what for what, _ in found] == [
        "manifest",
        "evidence of auc",
        "document limitations",
        "artefact weights.ubj",
    ]
    for what, digest in found:
        assert worth(paper, lost=digest) == f"void: {what}"
        assert worth(paper) == "valid"


@pytest.mark.parametrize("place", range(4))
def test_no_gate_opens_while_a_kept_content_differs(paper: PaperLedger, place: int) -> None:
    sign(paper, VAL)
    assert judgement(paper.registry, the(paper), paper.now, paper.blob, "production").decision is Decision.ALLOW
    envelope = moved(paper, "production")

    del paper.blobs[components(the(paper))[place][1]]

    refused(paper, envelope, "not_held")


def test_what_is_wrong_with_a_kept_content_is_said_by_the_name_of_the_component(paper: PaperLedger) -> None:
    for what, digest in (*components(the(paper)), ("policy credit 1.0.0", policy(paper, EXPIRING).source)):

        def touched(asked: Digest, lost: Digest = digest) -> bytes:
            if asked == lost:
                raise Tampered("its bytes are others", kind=Kind.BLOB_DIFFERS)
            return paper.blob(asked)

        with pytest.raises(Tampered) as caught:
            judgement(paper.registry, the(paper), paper.now, Kept(touched, touched))
        assert caught.value.message == f"the {what}: its bytes are others"
        assert caught.value.kind is Kind.BLOB_DIFFERS


def test_the_words_in_which_people_are_declined_are_a_part_of_a_version(paper: PaperLedger) -> None:
    words = paper.keep(b"words")
    made = Manifest(model="credit-risk", artefacts=(), data=(), parameters={}, metrics={}, reasons=words)
    say(paper, RegisterVersion(model="credit-risk", version=paper.keep(bytes(made)), artefacts=()), DAN)

    assert dictionary(the(paper, 2), paper.blob) == words
    judgement(paper.registry, the(paper, 2), paper.now, paper.blob)
    del paper.blobs[words]
    with pytest.raises(GovernError) as caught:
        judgement(paper.registry, the(paper, 2), paper.now, paper.blob)
    assert caught.value.code == "not_held"


def test_a_signature_expires_by_the_policy(paper: PaperLedger) -> None:
    paper.file(signed(paper, VAL, "reviewed"))
    paper.now = the(paper).signed[0].at + timedelta(days=90) - timedelta(milliseconds=1)
    assert worth(paper) == "valid"

    paper.now += timedelta(milliseconds=1)

    assert worth(paper) == "expired: it held for 90d"
    assert worth(paper, 1) == "valid"


def test_a_signature_expires_with_its_condition(paper: PaperLedger) -> None:
    paper.file(signed(paper, VAL, "approved_with_conditions", conditions=(condition(),)))
    entry = the(paper).signed[-1].entry
    assert worth(paper, 1) == "valid"

    paper.now += timedelta(days=40)

    assert worth(paper, 1) == "expired: the condition of 2026-12-24 is not met"
    say(paper, meeting(paper, entry), RAE)
    assert worth(paper, 1) == "valid"


@pytest.mark.parametrize(
    ("stands", "expected"),
    [(None, "needs re-affirmation"), (False, "revoked"), (True, "valid")],
    ids=["nobody said", "disowned", "affirmed"],
)
def test_a_signature_by_a_stolen_key_waits_for_its_person(
    paper: PaperLedger, stands: bool | None, expected: str
) -> None:
    revoke(paper, VIC, paper.registry.size - 1, stands=stands)

    assert worth(paper) == expected


def test_a_signature_from_before_a_key_was_stolen_stays_valid(paper: PaperLedger) -> None:
    revoke(paper, VIC, paper.registry.size)

    assert worth(paper) == "valid"


STANDS = pytest.mark.parametrize(
    ("stands", "counts"),
    [(None, False), (False, False), (True, True)],
    ids=["nobody said", "disowned", "affirmed"],
)


@STANDS
def test_a_finding_that_a_stolen_key_closed_is_open(paper: PaperLedger, stands: bool | None, counts: bool) -> None:
    say(paper, finding(paper), VIC)
    say(paper, closing(paper), VAL)
    closed, seq = paper.registry.size - 1, the(paper).seq
    assert worth(paper) == "valid"

    revoke(paper, VAL, closed, stands=stands)

    (one,) = the(paper).findings
    assert (one.closed, one.doubted) == ((closed, None) if counts else (None, closed))
    assert worth(paper) == ("valid" if counts else "void: findings")
    # Whoever read the dossier while it was another one has to look again.
    assert the(paper).seq == seq + (2 if counts else 1)
    if not counts:
        say(paper, closing(paper), VIC)
        assert worth(paper) == "valid"
    error = refused(paper, said(paper, closing(paper), VIC), "closed_already")
    assert error.message == f"#{one.entry} was closed in #{the(paper).findings[0].closed}"


@STANDS
def test_a_condition_that_a_stolen_key_met_is_not_met(paper: PaperLedger, stands: bool | None, counts: bool) -> None:
    paper.file(signed(paper, VIC, "approved_with_conditions", conditions=(condition(), condition(OLGA))))
    entry = the(paper).signed[-1].entry
    for place, by in enumerate((VAL, RAE)):
        say(paper, meeting(paper, entry, place), by)
    met = paper.registry.size - 2
    seq = the(paper).seq
    sign(paper, VAL, meaning="reviewed")

    revoke(paper, VAL, met, stands=stands)
    paper.now += timedelta(days=40)

    first, other = the(paper).signed[1].conditions
    assert (first.met, first.doubted) == ((met, None) if counts else (None, met))
    assert (other.met, other.doubted, the(paper).seq) == (met + 1, None, seq)
    assert worth(paper, 1) == ("valid" if counts else "expired: the condition of 2026-12-24 is not met")
    if not counts:
        say(paper, meeting(paper, entry), RAE)
        assert worth(paper, 1) == "valid"
    refused(paper, said(paper, meeting(paper, entry), RAE), "met_already")


def test_what_was_closed_anew_stays_closed_whatever_becomes_of_the_key(paper: PaperLedger) -> None:
    say(paper, finding(paper), VIC)
    say(paper, closing(paper), VAL)
    first = paper.registry.size - 1
    revoke(paper, VAL, first)
    say(paper, closing(paper), VIC)
    anew = paper.registry.size - 1

    revoke(paper, ROB, first)

    assert [(one.closed, one.doubted) for one in the(paper).findings] == [(anew, None)]


def test_what_nobody_settled_is_open_whatever_becomes_of_a_key(paper: PaperLedger) -> None:
    say(paper, finding(paper), VIC)

    revoke(paper, VAL, paper.registry.size - 1)

    assert [(one.closed, one.doubted) for one in the(paper).findings] == [(None, None)]


def test_a_dossier_that_names_nothing_that_changed_is_void_as_a_whole(paper: PaperLedger) -> None:
    word = the(paper).signed[0]
    then = read_json(paper.blob(word.dossier))
    current = dossier(paper.registry.inventory, the(paper), paper.blob)
    forged = word.__class__(word.entry, word.person, word.role, word.meaning, "", Digest.of(b"other"), word.at)

    found = validity(paper.registry, current, forged, then, lambda _: None, paper.now)

    assert found == "void: dossier"
    assert RULES in WAIVING
    assert now(paper) == word.dossier
