"""Every check of a dossier as a table, each by its worst finding, and the chosen check in words and numbers."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui import style, words
from gui.sights import Dossier as Sight
from gui.sights import Finding
from gui.tones import WORDS, Tone
from gui.viewmodels.case import Case
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.measured import asked_for, worst_of
from gui.views.case import line
from gui.views.measured import Numbers
from gui.views.overview import facts, limit, named
from gui.views.talk import waived
from gui.widgets.parts import Card, Page, button, clear, label, paint_mark

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Verdict", "Check", "Value", "Limit", "Interval", "n")
LINE = 30
WIDTHS = (128, 0, 62, 72, 116, 60)
NUMBERS = frozenset({2, 5})
NOWHERE = QModelIndex()


class Findings(QAbstractTableModel):
    """A line for each check: its worst finding, and of how many it is the worst."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.findings: tuple[Finding, ...] = ()
        self.of: tuple[int, ...] = ()

    def show_checks(self, sight: Sight) -> None:
        findings = tuple(worst_of(sight.of(check), sight.tone_of(check)) for check in sight.checks)
        of = tuple(sum(one.value is not None and not one.beside for one in sight.of(check)) for check in sight.checks)
        if (findings, of) != (self.findings, self.of):
            self.beginResetModel()
            self.findings, self.of = findings, of
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(self.findings)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in NUMBERS else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: PLR0911  a case a role
        if not index.isValid():
            return None
        one, column = self.findings[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cells(one)[column]
            case Qt.ItemDataRole.ToolTipRole if column == 1:
                of = self.of[index.row()]
                worst = f"the worst of {of} numbers; " if of > 1 else ""
                return f"{named(one.check, one)}: {worst}{one.policy}, {one.place}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{HEADS[column]}: {cells(one)[column] or 'none'}"
            case Qt.ItemDataRole.TextAlignmentRole if column in NUMBERS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.FontRole if column == 2:
                return _strong()
            case Qt.ItemDataRole.UserRole:
                return one
            case _:
                return None


class VerdictCell(QStyledItemDelegate):
    """The verdict: shape and word."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, style.colour("selected"))
        one: Finding = index.data(Qt.ItemDataRole.UserRole)
        box = QRectF(option.rect)
        paint_mark(painter, QRectF(box.x() + 8, box.center().y() - 7.5, 15, 15), one.tone)
        painter.setFont(style.font())
        painter.setPen(style.colour("text"))
        painter.drawText(
            box.adjusted(30, 0, 0, 0), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, WORDS[one.tone]
        )
        painter.restore()


class ChecksPage(QScrollArea):
    """Table above, the chosen check below."""

    wanted = Signal(str)
    """What a button asks for: ``waive``."""

    def __init__(self, model: Dossier, case: Case) -> None:
        super().__init__()
        self.model, self.case = model, case
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Checks")
        page = Page()
        self.table = QTableView()
        self._findings = Findings(self.table)
        self._prepare_table()
        holder = Card()
        holder.setAccessibleName("All findings")
        holder.box.setContentsMargins(4, 4, 4, 6)
        holder.box.addWidget(self.table)
        self._detail = Card()
        self._detail.setAccessibleName("Chosen check")
        self._title = label("", "large")
        self._subtitle = label("", "small", "muted", wrap=True)
        self.numbers = Numbers(model)
        self.chart = self.numbers.chart
        self._facts = QVBoxLayout()
        self._waivers = QVBoxLayout()
        self._waivers.setSpacing(8)
        self.waive = button("")
        self.rule = button("Open the policy at its line", quiet=True)
        self._why_not = label("", "small", "muted", wrap=True)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self.waive)
        self._detail.box.addLayout(head)
        self._detail.box.addWidget(self._subtitle)
        self._detail.box.addWidget(self._why_not)
        self._detail.box.addLayout(self._waivers)
        self._detail.box.addWidget(self.numbers)
        self._detail.box.addLayout(self._facts)
        self._add_foot()
        self._told: object = None
        self.waive.clicked.connect(self._waive)
        box = QVBoxLayout(page)
        box.setContentsMargins(24, 18, 24, 20)
        box.setSpacing(14)
        box.addWidget(holder)
        box.addWidget(self._detail)
        box.addStretch(1)
        self.setWidget(page)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        model.changed.connect(self._render)
        case.changed.connect(self._render_waivers)
        self._render()

    def _add_foot(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.rule)
        foot.addStretch(1)
        self._detail.box.addLayout(foot)
        self.rule.clicked.connect(self._open_rule)

    def _prepare_table(self) -> None:
        table = self.table
        table.setModel(self._findings)
        table.setAccessibleName("Findings")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setCornerButtonEnabled(False)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(LINE)
        table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        for column, width in enumerate(WIDTHS):
            if width:
                head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                table.setColumnWidth(column, width)
            else:
                head.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        table.setItemDelegateForColumn(0, VerdictCell(table))

    def _render(self) -> None:
        state = self.model.state
        sight = state.sight
        if sight is None:
            return
        self._findings.show_checks(sight)
        self.table.setFixedHeight(LINE * max(1, len(sight.checks)) + 34)
        found, of = sight.of(state.check), state.shown
        self._detail.setVisible(bool(found))
        if not found or of is None:
            return
        at = sight.checks.index(state.check)
        if self.table.currentIndex().row() != at:
            self.table.selectRow(at)
        first = found[0]
        self._title.setText(of.title)
        self._subtitle.setText(of.subtitle)
        self.numbers.show_numbers(of, tables=state.tables)
        clear(self._facts)
        rule = state.check if words.is_implied(state.check) else f"checks.{state.check}"
        row = [("Rule", f"{first.policy}, {rule} ({first.place})"), ("Asked for", asked_for(found))]
        self.rule.setToolTip(f"{first.place} (Y)")
        row += [("From outside" if of.origin else "Measured by", of.measured)] if of.measured else []
        row += [("Stands on" if not at else "", text) for at, text in enumerate(first.clauses)]
        row += (
            [("To mend it", words.sentence(first.remedy))]
            if first.remedy and sight.tone_of(state.check) is not Tone.PASS
            else []
        )
        self._facts.addLayout(facts([one for one in row if one[1]]))
        self._render_waivers()

    def _render_waivers(self) -> None:
        """Say how long the chosen check is accepted, was accepted, or could be."""
        check, sight = self.model.state.check, self.case.state.sight
        if self.model.state.sight is None or (sight, check) == self._told:
            return
        self._told = (sight, check)
        clear(self._waivers)
        for one in sight.waivers_of(check) if sight else ():
            self._waivers.addLayout(line(*waived(one), text=one.control))
        acceptance = sight.acceptance(check) if sight else None
        self.waive.setVisible(acceptance is not None)
        self._why_not.setVisible(bool(acceptance and acceptance.why_not))
        if acceptance:
            renews = any(one.holds for one in sight.waivers_of(check)) if sight else False
            self.waive.setText("Accept for longer… (waive)" if renews else "Accept until… (waive)")
            self.waive.setAccessibleName(self.waive.text())
            self.waive.setEnabled(not acceptance.why_not)
            self.waive.setAccessibleDescription(acceptance.why_not)
            self.waive.setToolTip(words.sentence(acceptance.why_not))
            how = "longer" if renews else "a while"
            self._why_not.setText(f"It cannot be accepted for {how}: {acceptance.why_not}.")

    def _open_rule(self) -> None:
        self.wanted.emit("rule")

    def _waive(self) -> None:
        self.wanted.emit("waive")

    def _chosen(self, now: QModelIndex, _: QModelIndex) -> None:
        one = now.data(Qt.ItemDataRole.UserRole)
        if isinstance(one, Finding):
            self.model.choose(one.check)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(360, 200)


def cells(one: Finding) -> tuple[str, ...]:
    band = f"{words.number(one.low)} to {words.number(one.high)}" if one.low is not None else ""
    n = words.grouped(one.n) if one.n is not None else ""
    return (WORDS[one.tone], named(one.check, one), words.number(one.value), limit(one), band, n)


def _strong() -> QFont:
    return style.font(strong=True)
