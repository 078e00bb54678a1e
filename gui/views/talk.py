"""What was said of a version and what is owed: discussion, findings, conditions, waivers."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui import words
from gui.casework import Case, Flaw, Talk, Waiver
from gui.tones import Tone
from gui.views.case import CasePage, line
from gui.widgets.parts import Card, Rule, label

KINDS = {"comment": "Comment", "challenge": "Challenge", "answer": "Answer"}
SEVERITY = {"critical": Tone.FAIL, "high": Tone.FAIL, "medium": Tone.WARN, "low": Tone.WARN}


def discussion(page: CasePage) -> list[QWidget]:
    sight = page.model.state.sight
    assert sight
    waiting = sum(one.is_open for one in sight.talks)
    said = [one for one in sight.talks if one.kind != "answer"]
    answers = {one.answers: one for one in sight.talks if one.kind == "answer"}
    summary = f"{words.counted(waiting, 'challenge waits', 'challenges wait')} for an answer" if waiting else ""
    card = Card("Discussion", summary or words.counted(len(sight.talks), "entry", "entries"))
    card.box.addLayout(_deeds(page, sight, ("comment", "Comment…"), ("challenge", "Challenge…")))
    for one in sorted(said, key=lambda one: (not one.is_open, one.entry)):
        card.box.addWidget(Rule())
        card.box.addLayout(_talk(page, one))
        if one.entry in answers:
            row = QHBoxLayout()
            row.addSpacing(26)
            row.addLayout(_talk(page, answers[one.entry]), 1)
            card.box.addLayout(row)
    if not said:
        text = "Nobody said anything yet. A comment can be about anything; a challenge is owed an answer."
        card.box.addWidget(label(text, "body", "muted", wrap=True))
    return [card]


def findings(page: CasePage) -> list[QWidget]:
    sight = page.model.state.sight
    assert sight
    return [_flaws(page, sight), _conditions(page, sight), _waivers(sight)]


def _talk(page: CasePage, one: Talk) -> QHBoxLayout:
    about = f" · about {anchored(one.anchor)}" if one.anchor else ""
    below = f"{words.moment(one.at)}{about} · #{one.entry}"
    title, tone = f"{KINDS[one.kind]} by {one.who}", Tone.NONE
    if one.kind == "challenge":
        tone = Tone.WARN if one.is_open else Tone.PASS
        title += ", waits for an answer" if one.is_open else ", answered"
    if one.is_open:
        answer = page.button(
            "Answer…", f"answer {one.entry}", one.why_no_answer, name=f"Answer the challenge #{one.entry}"
        )
        return line(tone, title, below, answer, text=one.text)
    return line(tone, title, below, text=one.text)


def _flaws(page: CasePage, sight: Case) -> Card:
    waiting = sum(one.closed is None for one in sight.flaws)
    card = Card("Findings", f"{waiting} open" if sight.flaws else "")
    card.box.addLayout(_deeds(page, sight, ("finding", "Raise a finding…")))
    for one in sight.flaws:
        card.box.addWidget(Rule())
        card.box.addLayout(_flaw(page, one))
    if not sight.flaws:
        card.box.addWidget(label("Nothing was found to be wrong with it.", "body", "muted"))
    return card


def _flaw(page: CasePage, one: Flaw) -> QHBoxLayout:
    if one.closed is not None:
        below = f"{one.severity.capitalize()} · {one.owner} mended it · raised by {one.who} in #{one.entry}, closed in #{one.closed}"
        return line(Tone.PASS, one.title, below)
    due = f"was due {words.date_(one.due)}, overdue" if one.is_late else f"due {words.date_(one.due)}"
    below = f"{one.severity.capitalize()} · {one.owner} mends it · {due} · raised by {one.who} in #{one.entry}"
    below += _doubt("closed", one.doubted)
    close = page.button("Close…", f"close {one.entry}", one.why_not_close, name=f"Close the finding #{one.entry}")
    return line(SEVERITY.get(one.severity, Tone.WARN), one.title, below, close)


def _doubt(settled: str, entry: int | None) -> str:
    return "" if entry is None else f" · open again: a key that is suspect now said in #{entry} that it was {settled}"


def _conditions(page: CasePage, sight: Case) -> Card:
    waiting = sum(one.met is None for one in sight.conditions)
    card = Card("Conditions of approvals", f"{waiting} to be met" if sight.conditions else "")
    for one in sight.conditions:
        due = f"due {words.date_(one.due)}" + (", overdue: the approval has expired" if one.is_late else "")
        below = f"{one.owner} owes it · {due} · asked for by {one.who} in #{one.entry}"
        below += _doubt("met", one.doubted)
        if one.met is not None:
            below = f"{one.owner} owed it · met in #{one.met} · asked for by {one.who} in #{one.entry}"
            card.box.addLayout(line(Tone.PASS, one.text, below))
            continue
        deed, name = f"meet {one.entry} {one.place}", f"Say that the condition {one.place + 1} of #{one.entry} is met"
        met = page.button("It is met…", deed, one.why_not_meet, name=name)
        card.box.addLayout(line(Tone.FAIL if one.is_late else Tone.WARN, one.text, below, met))
    if not sight.conditions:
        card.box.addWidget(label("Nobody approved it with conditions.", "body", "muted"))
    return card


def _waivers(sight: Case) -> Card:
    card = Card("Waivers", words.counted(len(sight.waivers), "waiver") if sight.waivers else "")
    for one in sight.waivers:
        card.box.addLayout(line(*waived(one), text=one.control))
    if not sight.waivers:
        card.box.addWidget(label("No failing check is accepted for a while.", "body", "muted"))
    return card


def waived(one: Waiver) -> tuple[Tone, str, str]:
    """Return how a waiver stands, what it is of, and what is said below it."""
    holds = f"holds until {words.date_(one.until)}"
    if one.has_ended:
        holds = f"ended on {words.date_(one.until)}"
    elif not one.holds:
        holds = f"was to hold until {words.date_(one.until)}: {one.why_not}"
    below = f"{one.category.capitalize()} · {holds} · signed by {one.who} in #{one.entry}"
    title = "Waived" if one.holds else "No longer waived"
    return Tone.WAIVED if one.holds else Tone.FAIL, f"{title}: {words.check(one.check)}, {one.policy}", below


def anchored(anchor: str) -> str:
    """Return what something is about as people say it."""
    kind, _, name = anchor.partition(":")
    name = words.the_check(name) if kind == "evidence" else name
    return {"evidence": "the check ", "document": "the document ", "finding": "the finding #", "section": ""}.get(
        kind, f"{kind} "
    ) + name.replace("_", " ")


def _deeds(page: CasePage, sight: Case, *deeds: tuple[str, str]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    refusals = []
    for kind, text in deeds:
        why = sight.refusal(kind)
        row.addWidget(page.button(text, kind, why))
        refusals += [why] if why else []
    if refusals:
        row.addWidget(label(words.sentence(refusals[0]), "small", "muted", wrap=True), 1)
    row.addStretch(1)
    return row
