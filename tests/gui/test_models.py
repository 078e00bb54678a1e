"""View models without a window: what is said, what is refused, what is kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from govern.demo.cast import PASSPHRASE
from govern.errors import NotAllowed
from govern.record.events import EventKind
from gui.actions import Action, Actions
from gui.charts.ratio import Bar, Box, Ratio, layout
from gui.session import Session
from gui.sights import Audit, Filed, Line
from gui.tokens import THEMES, contrast, pairs
from gui.tones import Tone
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.inbox import Inbox
from gui.viewmodels.signoff import Draft, SignOff
from gui.viewmodels.trail import KEPT, PAGE, Trail
from gui.viewmodels.unlock import Unlock
from gui.words import KINDS
from gui.workshop import audit_of
from tests.gui.instruments import at_once

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def test_the_inbox_says_why_each_version_is_there_the_gravest_first(session: Session) -> None:
    inbox = Inbox(at_once, session, "vic")

    inbox.load()

    assert [one.version for one in inbox.state.todos] == ["credit-risk@1", "limit-increase@1", "churn-eu@1"]
    assert inbox.state.todos[0].why == ("your signature #13 is void: age ratio changed",)
    assert inbox.state.todos[0].verdict == "Of 5 checks, 1 fails and 1 is not measured"
    assert inbox.state.selected == "credit-risk@1"


@pytest.mark.parametrize(
    ("text", "found"), [("tier:low", ["churn-eu@1"]), ("void credit", ["credit-risk@1"]), ("x", [])]
)
def test_every_word_of_the_filter_has_to_match(session: Session, text: str, found: list[str]) -> None:
    inbox = Inbox(at_once, session, "vic")
    inbox.load()

    inbox.filter(text)

    assert [one.version for one in inbox.state.shown] == found


def test_next_and_previous_stay_at_the_ends(session: Session) -> None:
    inbox = Inbox(at_once, session, "rae")
    inbox.load()

    inbox.step(-1)
    first = inbox.state.selected
    for _ in range(9):
        inbox.step(1)

    assert (first, inbox.state.selected) == ("credit-risk@1", "churn-eu@1")


def test_the_answer_to_an_earlier_question_is_dropped(session: Session) -> None:
    waiting: list[Callable[[], None]] = []

    def later(work: Callable[[], Any], done: Callable[[Any], None], _: Callable[[Exception], None]) -> None:
        waiting.append(lambda: done(work()))

    dossier = Dossier(later, session, "rae")
    dossier.open("credit-risk@1")
    dossier.open("churn-eu@1")

    waiting[1]()
    waiting[0]()

    assert dossier.state.sight is not None
    assert dossier.state.sight.version == "churn-eu@1"


def test_a_dossier_opens_on_the_check_that_fails(session: Session) -> None:
    dossier = Dossier(at_once, session, "rae")

    dossier.open("credit-risk@1")

    assert dossier.state.check == "age-ratio"
    shown = dossier.state.shown
    assert shown is not None
    assert shown.chart is not None
    assert [bar.label for bar in shown.chart.bars] == ["18-25", "41-60", "61+"]
    assert shown.left == (("not stated", "61", "too few rows to be judged"),)
    assert dossier.state.sight is not None
    assert [one.worth for one in dossier.state.sight.void] == ["void: evidence of age-ratio"]


def test_who_made_a_version_is_told_why_they_cannot_approve_it(session: Session) -> None:
    dossier = Dossier(at_once, session, "ana")

    dossier.open("credit-risk@1")

    sight = dossier.state.sight
    assert sight is not None
    refused = {one.word for one in sight.meanings if one.why_not}
    assert refused == {"validated", "approved", "approved_with_conditions"}
    assert dossier.state.note == "you made or submitted credit-risk@1; whoever did cannot approve it"


def test_an_auditor_cannot_sign_and_is_told_why(session: Session) -> None:
    dossier = Dossier(at_once, session, "gus")

    dossier.open("credit-risk@1")

    assert dossier.state.why_not_sign == "you hold no role that signs for models"


def ceremony(session: Session, who: str = "rae", draft: Draft | None = None) -> SignOff:
    return SignOff(at_once, session, who, session.dossier("credit-risk@1", who), draft)


def test_nothing_is_preselected_and_each_step_is_named(session: Session) -> None:
    signing = ceremony(session)
    said = [signing.state.missing]
    signing.mean("approved")
    said.append(signing.state.missing)
    signing.explain("  ")
    said.append(signing.state.missing)
    signing.explain("small sample")
    said.append(signing.state.missing)
    signing.passphrase_typed(there=True)

    assert said == [
        "Choose what your signature means.",
        "This meaning needs a written reason; it is printed with the signature.",
        "This meaning needs a written reason; it is printed with the signature.",
        "Your passphrase signs it.",
    ]
    assert signing.state.ready
    assert signing.state.button == "Sign: Approved"


def test_a_signature_ends_in_a_receipt_of_the_very_dossier(session: Session) -> None:
    signing = ceremony(session, draft=Draft("rejected", "the youngest band"))

    signing.sign(PASSPHRASE)

    filed = signing.state.filed
    assert isinstance(filed, Filed)
    assert (filed.meaning, filed.reason, filed.role) == ("rejected", "the youngest band", "risk-officer")
    assert filed.dossier == signing.state.sight.digest
    assert session.entry(filed.entry).proven
    assert signing.draft == Draft()


def test_a_wrong_passphrase_signs_nothing_and_loses_nothing(session: Session) -> None:
    signing, size = ceremony(session, draft=Draft("rejected", "the youngest band")), session.size()

    signing.sign("wrong")

    assert signing.state.filed is None
    assert signing.state.error.startswith("Nothing was signed.")
    assert "4 tries left" in signing.state.error
    assert signing.draft == Draft("rejected", "the youngest band", signing.state.sight.digest)
    assert session.size() == size


def test_a_version_that_changed_while_it_was_read_is_not_signed(session: Session, changes: Callable[[], None]) -> None:
    signing = ceremony(session, draft=Draft("rejected", "the youngest band"))
    changes()

    signing.sign(PASSPHRASE)

    assert signing.state.filed is None
    assert signing.state.stale
    assert signing.state.missing == "The dossier changed. Read it again, and sign that."
    assert signing.draft.reason == "the youngest band"


def test_a_change_is_noticed_before_anybody_signs(session: Session, changes: Callable[[], None]) -> None:
    dossier = Dossier(at_once, session, "rae")
    dossier.open("credit-risk@1")
    dossier.look_again()
    before = dossier.state.why_not_sign
    changes()

    dossier.look_again()

    assert before == ""
    assert dossier.state.why_not_sign.startswith("credit-risk@1 changed while you were reading it")


def test_somebody_who_is_locked_cannot_come_in(session: Session) -> None:
    unlock = Unlock(at_once, lambda: session, "vic")
    unlock.open()
    for _ in range(5):
        unlock.unlock("wrong")
    unlock.unlock(PASSPHRASE)
    unlock.open()

    assert unlock.state.unlocked is None
    assert unlock.state.seat is None or unlock.state.seat.why_not.startswith("vic is locked")
    assert "locked" in next(one.why_not for one in unlock.state.seats if one.handle == "vic")


class LongBook:
    """A ledger of a million entries, of which only what is asked for exists."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def size(self) -> int:
        return 1_000_000

    def lines(self, start: int, stop: int) -> list[Line]:
        self.asked.append((start, stop))
        return [Line(index, NOON, "ana", "Comment", "") for index in range(start, stop)]

    def entry(self, index: int) -> Any:
        raise NotAllowed(f"#{index} is not shown here")


def test_a_million_entries_are_read_a_page_at_a_time() -> None:
    book = LongBook()
    trail = Trail(at_once, at_once, book, lambda _: Audit(0, NOON))
    trail.load()

    rows = [0, 1, 500_000, 999_999]
    for row in rows:
        trail.line(row)
    lines = [trail.line(row) for row in rows]

    assert [one.index for one in lines if one] == [999_999, 999_998, 499_999, 0]
    assert len(book.asked) == 3
    for row in range(0, 1_000_000, PAGE * 100):
        trail.line(row)
    assert len(trail._pages) <= KEPT


def test_the_trail_has_words_for_every_kind_of_entry() -> None:
    assert set(KINDS) == set(EventKind)


def test_the_chain_is_intact_broken_or_not_verified() -> None:
    trail = Trail(at_once, at_once, LongBook(), lambda _: audit_of(BROKEN, NOON))
    unknown = trail.state.chain[1]
    trail.verify()

    assert unknown == "Not verified yet"
    assert trail.state.chain == (Tone.FAIL, "Chain broken at #7", "Entry #7 is not what was signed. Restore a backup.")


BROKEN = {
    "size": 7,
    "checked": {"entries": 7},
    "problems": [
        {"kind": "edited", "entry": 7, "message": "entry #7 is not what was signed", "next": "restore a backup"}
    ],
}


# Charts, colours, actions


def boxes(chart: Ratio, width: float) -> list[list[Box]]:
    placed = layout(chart, width, lambda text: 7.0 * len(text))
    return [[row.label, row.note, row.mark, row.figure, placed.plot] for row in placed.rows]


@pytest.mark.parametrize("width", [300.0, 420.0, 900.0])
def test_nothing_in_a_chart_overlaps(width: float) -> None:
    bars = tuple(
        Bar(
            label,
            "n = 1,404",
            Decimal(value),
            Decimal(value) - Decimal("0.05"),
            Decimal(value) + Decimal("0.05"),
            Tone.PASS,
        )
        for label, value in (("18-25", "0.749"), ("a very long name of a group indeed", "1.37"), ("61+", "0.2"))
    )
    chart = Ratio("Ratio", "", bars, Decimal("0.8"), None)

    for row in boxes(chart, width):
        for at, one in enumerate(row):
            assert not any(one.meets(other) for other in row[at + 1 :])
    placed = layout(chart, width, lambda text: 7.0 * len(text))
    assert all(box.bottom <= placed.plot.y for _, _, box in placed.limits)
    assert placed.rows[-1].centre < placed.plot.bottom


def test_bars_begin_at_zero_and_the_limit_stands_where_it_is() -> None:
    bar = Bar("a", "n = 1", Decimal("0.4"), None, None, Tone.FAIL)
    placed = layout(Ratio("", "", (bar,), Decimal("0.8"), None), 500, len)

    assert placed.rows[0].fill.x == placed.plot.x
    assert placed.limits[0][0] - placed.plot.x == pytest.approx(2 * placed.rows[0].fill.width)


@pytest.mark.parametrize("theme", list(THEMES))
def test_every_text_can_be_read_on_every_ground(theme: str) -> None:
    tokens = THEMES[theme]

    poor = [
        (ink, ground)
        for ink, ground, least in pairs()
        if contrast(getattr(tokens, ink), getattr(tokens, ground)) < least
    ]

    assert poor == []


def test_two_actions_never_share_a_key() -> None:
    actions = Actions()
    actions.add(Action("a", "One", "Go", lambda: None, ("J",)))

    with pytest.raises(ValueError, match="b takes what a has"):
        actions.add(Action("b", "Two", "Go", lambda: None, ("J",)))


def test_what_cannot_be_done_says_why_and_is_not_done() -> None:
    done: list[str] = []
    actions = Actions()
    actions.add(Action("a", "One", "Go", lambda: done.append("a"), (), lambda: "it is locked"))

    assert (actions.run("a"), done) == ("it is locked", [])


def test_a_dossier_that_may_be_signed_has_a_meaning_left(session: Session) -> None:
    sight = session.dossier("churn-eu@1", "rae")

    closed = replace(sight, meanings=tuple(replace(one, why_not="no") for one in sight.meanings))

    assert (sight.may_sign, closed.may_sign) == (True, False)
