"""The first page of a dossier: what stands against it, what is signed, who has signed and who still must."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout

from gui import words
from gui.charts.paint import RatioChart
from gui.charts.ratio import Ratio
from gui.sights import Changed, Finding, Signature
from gui.sights import Dossier as Sight
from gui.tones import WORDS, Tone
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.measured import worst_of
from gui.widgets.parts import INKS, Card, Elided, Mark, Page, Rule, button, clear, label

TWO_COLUMNS = 760
MOST_CHANGES = 8


class OverviewPage(QScrollArea):
    """Cards, side by side where there is room."""

    def __init__(self, model: Dossier) -> None:
        super().__init__()
        self.model = model
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Overview")
        self._shown: Sight | None = None
        page = Page()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(24, 18, 24, 20)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        outer.addLayout(self._columns)
        outer.addStretch(1)  # what room is left is below the cards, not between them
        self._columns.setSpacing(14)
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        for column, stretch in ((self._left, 11), (self._right, 10)):
            column.setSpacing(14)
            self._columns.addLayout(column, stretch)
        self.setWidget(page)
        model.changed.connect(self._render)
        self._render()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        side = self.viewport().width() >= TWO_COLUMNS
        self._columns.setDirection(QBoxLayout.Direction.LeftToRight if side else QBoxLayout.Direction.TopToBottom)
        for at, share in ((0, 11), (1, 10)):
            self._columns.setStretch(at, share if side else 0)  # one below the other, each is as high as it is
        super().resizeEvent(event)

    def _render(self) -> None:
        sight = self.model.state.sight
        if sight is None or sight == self._shown:
            return
        self._shown = sight
        clear(self._left)
        clear(self._right)
        if sight.void:
            self._left.addWidget(self._void(sight.void))
        if sight.changed.since:
            self._left.addWidget(_changed(sight.changed))
        self._left.addWidget(self._checks(sight))
        self._left.addWidget(_signing(sight))
        self._left.addStretch(1)
        if self.model.state.worst_chart:
            self._right.addWidget(_chart(self.model.state.worst_chart))
        self._right.addWidget(_what(sight))
        self._right.addWidget(_covered(sight))
        self._right.addStretch(1)

    def _void(self, void: tuple[Signature, ...]) -> Card:
        card = Card("Changed since it was last signed")
        for one in void:
            meaning = words.MEANINGS[one.meaning][0].lower()
            what = words.said_of(one.worth.partition(": ")[2])
            text = f"{what[:1].upper()}{what[1:]} is not what {one.who} signed ({meaning}, #{one.entry})."
            row = QHBoxLayout()
            row.setSpacing(9)
            row.addWidget(Mark(Tone.WARN), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(text, wrap=True), 1)
            card.box.addLayout(row)
        return card

    def _checks(self, sight: Sight) -> Card:
        card = Card("Policy checks", ", ".join(sight.policies))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(7)
        grid.setColumnStretch(1, 1)
        for at, check in enumerate(sight.checks):
            tone, one = sight.tone_of(check), worst_of(sight.of(check), sight.tone_of(check))
            grid.addWidget(Mark(tone), at, 0)
            name = Elided(named(check, one))
            grid.addWidget(name, at, 1)
            value = label(
                words.number(one.value) if one.value is not None else WORDS[tone],
                "strong" if one.value is not None else "body",
            )
            value.setProperty("ink", INKS[tone] if tone is not Tone.PASS else "")
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(value, at, 2)
            grid.addWidget(label(limit(one), "body", "muted"), at, 3)
        card.box.addLayout(grid)
        if not sight.checks:
            card.box.addWidget(
                label("No policy that is in force asks for a check of this model.", "body", "muted", wrap=True)
            )
        more = button("All groups, intervals and remedies", quiet=True)
        more.setProperty("flush", True)
        more.clicked.connect(self._to_checks)
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 0)
        row.addWidget(more)
        row.addStretch(1)
        card.box.addLayout(row)
        return card

    def _to_checks(self) -> None:
        self.model.show("checks")


def _chart(chart: Ratio) -> Card:
    card = Card(chart.title)
    card.box.setSpacing(4)
    card.box.addWidget(label(chart.subtitle, "small", "muted", wrap=True))
    drawn = RatioChart()
    drawn.show_chart(chart)
    card.box.addWidget(drawn)
    return card


def _changed(found: Changed) -> Card:
    card = Card(f"Changed since {found.since} was approved in #{found.entry}")
    for one in found.changes[:MOST_CHANGES]:
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(Mark(Tone.WARN if one.is_material else Tone.NONE, 15), 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(1)
        said.addWidget(
            label(f"{one.what[:1].upper()}{one.what[1:]}", "strong" if one.is_material else "body", wrap=True)
        )
        sides = words.differing(words.legible(one.before), words.legible(one.after))
        before, after = (text or "nothing" for text in sides)
        said.addWidget(label(f"{before} \u2192 {after}", "small", "muted", wrap=True))
        row.addLayout(said, 1)
        card.box.addLayout(row)
    left = len(found.changes) - MOST_CHANGES
    if left > 0:
        card.box.addWidget(label(f"and {words.counted(left, 'smaller difference')}", "body", "muted"))
    if not found.changes:
        card.box.addWidget(label("Nothing: it is as it was then.", "body", "muted"))
    return card


def _signing(sight: Sight) -> Card:
    gate = words.STAGES.get(sight.gate, sight.gate)
    card = Card("Signatures", f"asked for: {gate.lower()}" if gate else "")
    for approval in sight.approvals:
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(Mark(approval.tone))
        row.addWidget(label(approval.name.capitalize(), "body"))
        row.addWidget(Elided(approval.text, "body", "muted"), 1)
        row.addWidget(label(approval.asked, "body", "muted"))
        card.box.addLayout(row)
    for signature in sight.signatures:
        card.box.addWidget(Rule())
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(Mark(Tone.PASS if signature.valid else Tone.WARN), 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(2)
        meaning = words.MEANINGS[signature.meaning][0]
        said.addWidget(Elided(f"{meaning} by {signature.who}, {words.role(signature.role)}", "strong"))
        if signature.reason:
            said.addWidget(label(f"“{signature.reason}”", wrap=True))
        worth = "Valid" if signature.valid else "Void"
        said.addWidget(Elided(f"{worth} · {words.moment(signature.at)} · #{signature.entry}", "small", "muted"))
        row.addLayout(said, 1)
        card.box.addLayout(row)
    if not sight.signatures:
        card.box.addWidget(label("Nobody has signed this version yet.", "body", "muted"))
    since = sight.changed.champion_since
    if since:
        text = f"As champion it displaces {sight.changed.displaces}, champion since {words.date_(since.date())}."
        card.box.addWidget(label(text, "small", "muted", wrap=True))
    return card


def _what(sight: Sight) -> Card:
    card = Card("Model")
    where = f"{sight.use_case}, {', '.join(sight.jurisdictions)}" if sight.jurisdictions else sight.use_case
    rows = [("Purpose", sight.purpose), ("Use", where), *sight.facts]
    rows += [
        ("Artefact", f"{name} · {words.size(size)} · {words.short(digest)}{'' if is_held else ' · not held here'}")
        for name, size, digest, is_held in sight.artefacts
    ]
    card.box.addLayout(facts(rows))
    return card


def _covered(sight: Sight) -> Card:
    card = Card("What a signature covers")
    text = "One digest over the version, every policy that applies, and every item of evidence. If any of them changes, the signature is void."
    card.box.addWidget(label(text, "body", "muted", wrap=True))
    card.box.addLayout(
        facts([], [("Dossier", words.spaced(sight.digest)), ("Version", words.spaced(sight.version_digest))])
    )
    return card


def facts(rows: Sequence[tuple[str, str]], spelled: Sequence[tuple[str, str]] = ()) -> QGridLayout:
    """Return names and values in two columns; long values wrap, and what is ``spelled`` can be compared letter by letter."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    for at, (name, value) in enumerate([*rows, *spelled]):
        grid.addWidget(label(name, "body", "muted"), at, 0, Qt.AlignmentFlag.AlignTop)
        said: QLabel = label(value, "body" if at < len(rows) else "mono", wrap=True, select=True)
        said.setAccessibleName(f"{name}: {value}")
        grid.addWidget(said, at, 1)
    return grid


def named(check: str, one: Finding) -> str:
    return words.check(check) + (f", {one.group}" if one.group else "") + (", from outside" if one.outside else "")


def limit(one: Finding) -> str:
    parts = [f"≥ {words.number(one.least)}"] if one.least is not None else []
    parts += [f"≤ {words.number(one.most)}"] if one.most is not None else []
    return " and ".join(parts)


def measured(one: Finding) -> str:
    """Return what was measured against its limit, in one line; where there is no number, what is said of it."""
    if one.value is None:
        return words.sentence(one.message)
    band = f" ({words.number(one.low)} to {words.number(one.high)})" if one.low is not None else ""
    n = f", n = {words.grouped(one.n)}" if one.n is not None else ""
    return f"{named(one.check, one)} {words.number(one.value)}{band}, limit {limit(one) or 'none'}{n}"
