"""Reasons: what the declined were told, from recorded evidence, and one case explained by a program of its own."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from gui import words
from gui.cases import Answer, Explained, Recorded
from gui.charts.reasons import ShareChart, StepChart
from gui.sights import Codes
from gui.sights import Dossier as Sight
from gui.tones import Tone
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.reasons import (
    DEFAULT_COLUMN,
    Reasons,
    compared,
    decided,
    method,
    recorded,
    sampled,
    shares,
    steps,
    way,
)
from gui.views.overview import facts
from gui.widgets.grid import Grid
from gui.widgets.parts import Banner, Card, Mark, Page, button, clear, label

CODE_HEADS = ("Code", "What people are told", "Told first", "Told at all")
CODE_WIDTHS = (66, 0, 100, 100)
PART_HEADS = ("Group", "Adds", "\u00b1 Error", "Towards")
PART_WIDTHS = (0, 110, 110, 120)
ERROR = 2
LEGEND = "Red goes towards a decline, blue towards approval."
SURE = " Whiskers are two standard errors to either side: the model was asked of samples."
SETTLES_MS = 40


class ReasonsPage(QScrollArea):
    """Two cards: all who were declined, and one case."""

    def __init__(self, model: Dossier, reasons: Reasons) -> None:
        super().__init__()
        self.model, self.reasons = model, reasons
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Reasons")
        self._shown: Sight | None = None
        self._found: Answer | None = None
        page = Page()
        box = QVBoxLayout(page)
        box.setContentsMargins(24, 18, 24, 20)
        box.setSpacing(14)
        box.addWidget(self._all())
        self._explain = self._one()
        box.addWidget(self._explain)
        box.addStretch(1)
        self.setWidget(page)
        self._connect()
        self._render()

    def _all(self) -> Card:
        card = Card("What the declined were told", " ")
        self._aside = card.aside
        self._nothing = label("No reason codes were measured for this version.", "strong")
        self._next = label("", "body", "muted", wrap=True)
        self._sum = label("", wrap=True)
        self._blocked = QVBoxLayout()
        self.chart = ShareChart()
        self.table = Grid("Reason codes", CODE_HEADS, CODE_WIDTHS, frozenset({2, 3}))
        self.swap = button("Table", quiet=True)
        self._key = label("Filled: told first. Outlined: told at all, among up to four reasons.", "small", "muted")
        self.digests = button("Digests", quiet=True, name="Show the digests")
        self.digests.setCheckable(True)
        self._facts, self._digests = QVBoxLayout(), QVBoxLayout()
        for widget in (self._nothing, self._next, self._sum):
            card.box.addWidget(widget)
        card.box.addLayout(self._blocked)
        card.box.addWidget(self.chart)
        card.box.addWidget(self.table)
        row = QHBoxLayout()
        row.addWidget(self._key)
        row.addStretch(1)
        row.addWidget(self.swap)
        row.addWidget(self.digests)
        card.box.addLayout(row)
        card.box.addLayout(self._facts)
        card.box.addLayout(self._digests)
        return card

    def _one(self) -> Card:
        card = Card("Explain a case", "runs the version's own model; nothing of it is filed or kept")
        self.file, self.column, self.case, self.batch = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.browse = button("Choose…", name="Choose the file of cases")
        self.look_up = button("Choose…", name="Choose the file of decisions")
        self.run = button("Explain", main=True)
        self.stop = button("Stop")
        for field, name, hint in (
            (self.file, "File of cases", "CSV or Parquet"),
            (self.column, "Column of ids", f"default: {DEFAULT_COLUMN}"),
            (self.case, "Case id", "as it stands in the file"),
            (self.batch, "Record of decisions", "only to prove what was decided before"),
        ):
            field.setAccessibleName(name)
            field.setPlaceholderText(hint)
        first, second, third = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        first.addLayout(_field("File of cases", self.file, self.browse), 1)
        second.addLayout(_field("Column of ids", self.column), 2)
        second.addLayout(_field("Case id", self.case), 3)
        third.addLayout(_field("Record of decisions, if there is one", self.batch, self.look_up), 1)
        ends = QVBoxLayout()
        ends.addStretch(1)
        ends.addWidget(self.run)
        ends.addWidget(self.stop)
        third.addLayout(ends)
        for row in (first, second, third):
            card.box.addLayout(row)
        self._missing = label("", "small", "muted", wrap=True)
        self._error = Banner()
        self._said = QVBoxLayout()
        self.steps = StepChart()
        self.parts = Grid("What each group adds", PART_HEADS, PART_WIDTHS, frozenset({1, ERROR}))
        self._legend = label(LEGEND, "small", "muted", wrap=True)
        self._method = QVBoxLayout()
        card.box.addWidget(self._missing)
        card.box.addWidget(self._error)
        card.box.addLayout(self._said)
        card.box.addWidget(self.steps)
        card.box.addWidget(self._legend)
        card.box.addWidget(self.parts)
        card.box.addLayout(self._method)
        return card

    def _connect(self) -> None:
        reasons = self.reasons
        self.browse.clicked.connect(lambda: self._ask_file("The file of cases", reasons.state.file, reasons.choose))
        self.look_up.clicked.connect(
            lambda: self._ask_file("The file of decisions", reasons.state.batch, reasons.choose_record)
        )
        self.file.textChanged.connect(reasons.choose)
        self.column.textChanged.connect(reasons.name_column)
        self.case.textChanged.connect(reasons.name_case)
        self.batch.textChanged.connect(reasons.choose_record)
        for field in (self.file, self.column, self.case, self.batch):
            field.returnPressed.connect(reasons.explain)
        self.run.clicked.connect(reasons.explain)
        self.stop.clicked.connect(reasons.stop)
        self.swap.clicked.connect(reasons.swap)
        self.digests.toggled.connect(self._unfold)
        self.model.changed.connect(self._render)
        reasons.changed.connect(self._render)

    def _render(self) -> None:
        state, sight = self.reasons.state, self.model.state.sight
        if sight is None:
            return
        if sight != self._shown:
            self._shown = sight
            self._show_codes(sight)
        codes = sight.codes
        drawn = codes is not None and bool(codes.codes)
        self.chart.setVisible(drawn and not state.tables)
        self.table.setVisible(drawn and state.tables)
        self._key.setVisible(drawn and not state.tables)
        self.swap.setVisible(drawn)
        self.swap.setText("Chart" if state.tables else "Table")
        self.swap.setAccessibleName("Show as a chart" if state.tables else "Show as a table")
        self.swap.setToolTip(f"{self.swap.accessibleName()} (T)")
        fields = (
            (self.file, state.file),
            (self.column, state.column),
            (self.case, state.case),
            (self.batch, state.batch),
        )
        for field, text in fields:
            if field.text().strip() != text.strip():
                field.setText(text)
            field.setReadOnly(state.working)
        for choose in (self.browse, self.look_up):
            choose.setEnabled(not state.working)
        self.run.setVisible(not state.working)
        self.run.setEnabled(not state.missing)
        self.run.setToolTip(state.missing)
        self.run.setAccessibleDescription(state.missing)
        self.stop.setVisible(state.working)
        self._missing.setText(
            "The model explains the case against the whole reference" if state.working else state.missing
        )
        self._missing.setVisible(bool(self._missing.text()))
        self._error.say(state.error)
        fresh = state.answer != self._found
        if fresh:
            self._found = state.answer
            self._show_answer(state.answer)
        found = state.answer.explained if state.answer else None
        self.steps.setVisible(found is not None and not state.tables)
        self._legend.setVisible(found is not None and not state.tables)
        self.parts.setVisible(found is not None and state.tables)

        if fresh and state.answer:
            QTimer.singleShot(SETTLES_MS, self._to_answer)

    def _to_answer(self) -> None:
        """Bring the answer to the top, once everything has its place."""
        self.verticalScrollBar().setValue(self._explain.y() - 18)

    def _show_codes(self, sight: Sight) -> None:
        codes = sight.codes
        self._nothing.setVisible(codes is None)
        self._next.setVisible(codes is None)
        self._next.setText(words.sentence(sight.no_codes))
        self._sum.setVisible(codes is not None)
        self.digests.setVisible(codes is not None)
        self._aside.say(f"measured by {codes.who}, #{codes.entry}" if codes else "")
        for layout in (self._facts, self._blocked, self._digests):
            clear(layout)
        if codes is None:
            return
        self._sum.setText(_sum(codes))
        for why, count in codes.blocked:
            self._blocked.addLayout(_line(Tone.FAIL, f"{words.counted(count, 'case')}: {why}."))
        self.chart.show_chart(shares(codes))
        rows = tuple(
            (
                one.code,
                one.text,
                f"{words.share(one.first, codes.reasoned)} ({words.grouped(one.first)})",
                f"{words.share(one.given, codes.reasoned)} ({words.grouped(one.given)})",
            )
            for one in codes.codes
        )
        self.table.show_rows(rows)
        self._facts.addLayout(
            facts(
                [
                    ("Compared with", compared(codes.reference_kind, codes.reference_rows)),
                    ("Approved if", codes.approve),
                    *([("Method", words.sentence(way(codes.how)).rstrip("."))] if codes.how else []),
                    *([("Sampled", _walked(codes))] if codes.walks else []),
                    ("Check", words.check(codes.check)),
                ]
            )
        )
        self._unfold(self.digests.isChecked())

    def _unfold(self, wanted: bool) -> None:  # noqa: FBT001  Qt says it so
        clear(self._digests)
        codes = self._shown.codes if self._shown else None
        if codes and wanted:
            spelled = [("Reference", words.spaced(codes.reference)), ("Dictionary", words.spaced(codes.dictionary))]
            self._digests.addLayout(facts([], spelled))

    def _show_answer(self, answer: Answer | None) -> None:
        clear(self._said)
        clear(self._method)
        if answer is None:
            return
        self._said.setSpacing(7)
        self._said.addWidget(label(f"Case {self.reasons.state.case.strip()}", "large"))
        if answer.explained:
            self._show_case(answer.explained)
        else:
            self._said.addLayout(_line(Tone.MISSING, answer.erased))
        if answer.recorded:
            self._show_record(answer.recorded)

    def _show_record(self, one: Recorded) -> None:
        self._said.addSpacing(6)
        self._said.addWidget(label("On record", "strong"))
        self._said.addWidget(label(recorded(one), wrap=True, select=True))
        if one.differs == ():
            self._said.addLayout(_line(Tone.PASS, "Inputs, score, decision, reasons and reference are the same today."))
        for what, then, now in one.differs or ():
            self._said.addLayout(_line(Tone.FAIL, f"{words.sentence(what)[:-1]}: {then} then, {now} today."))

    def _show_case(self, found: Explained) -> None:
        self._said.addWidget(
            label(decided(found, dict(self._shown.facts).get("Score", "") if self._shown else ""), wrap=True)
        )
        for text in found.blocking:
            self._said.addLayout(_line(Tone.FAIL, f"Reasons may not be given: {text}."))
        for one in found.reasons:
            self._said.addLayout(_ranked(one.rank, one.code, one.text, one.group))
        if found.approved and not found.blocking:
            self._said.addWidget(label("An approval needs no reasons.", "body", "muted"))
        if found.illustration:
            self._said.addSpacing(6)
            self._said.addWidget(label("What would change the result: an illustration, no promise", "strong"))
            self._said.addWidget(label(found.illustration, wrap=True, select=True))
        chart = steps(found)
        self.steps.show_chart(chart)
        towards = {True: "a decline", False: "approval"}
        self.parts.show_rows(
            tuple(
                (one.label, words.signed(one.value, 6), words.number(one.error, 6), towards[one.against])
                for one in chart.steps
            )
        )
        self.parts.setColumnHidden(ERROR, not found.errors)
        self._legend.setText(LEGEND + (SURE if found.errors else ""))
        rows = [
            ("Method", words.sentence(method(found)).rstrip(".")),
            *([("Sampled", sampled(found))] if found.errors else []),
            ("Compared with", compared(found.reference_kind, found.reference_rows)),
        ]
        self._method.addLayout(facts(rows, [("Reference", words.spaced(found.reference))]))

    def _ask_file(self, title: str, here: str, choose: Callable[[str], None]) -> None:
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        start = str(Path(here).parent) if here else place
        asked = QFileDialog(self, title, start, "Cases (*.csv *.parquet);;All files (*)")
        asked.setFileMode(QFileDialog.FileMode.ExistingFile)
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.fileSelected.connect(choose)
        asked.open()


def _sum(codes: Codes) -> str:
    told = f"{words.grouped(codes.reasoned)} of {words.counted(codes.explained, 'explained case')} may be told why"
    return f"{words.counted(codes.declined, 'person', 'people')} declined; {told}."


def _walked(codes: Codes) -> str:
    """Return how often the model was asked, and for how many that leaves it open what they are told."""
    sure = (
        f"not certain which reasons are told for {words.grouped(codes.uncertain)} of {words.grouped(codes.explained)}"
    )
    return f"{words.counted(codes.walks, 'walk')} there and back; " + (
        sure if codes.uncertain else "certain for everybody"
    )


def _field(title: str, *widgets: QWidget) -> QVBoxLayout:
    box, row = QVBoxLayout(), QHBoxLayout()
    box.setSpacing(4)
    name = label(title, "small", "muted")
    name.setBuddy(widgets[0])
    box.addWidget(name)
    for widget in widgets:
        row.addWidget(widget)
    box.addLayout(row)
    return box


def _line(tone: Tone, text: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(9)
    row.addWidget(Mark(tone), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(text, wrap=True), 1)
    return row


def _ranked(rank: int, code: str, text: str, group: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(12)
    row.addWidget(label(f"{rank}", "strong", "muted"), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(code, "strong"), 0, Qt.AlignmentFlag.AlignTop)
    said = label(text, wrap=True, select=True)
    said.setAccessibleName(f"Reason {rank}, {code}: {text}")
    row.addWidget(said, 1)
    row.addWidget(label(group, "small", "muted"))
    return row
