"""The audit trail: how the chain stands, every entry, and the one that is chosen."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui import words
from gui.tones import Tone
from gui.viewmodels.trail import Trail
from gui.views.overview import facts
from gui.widgets.parts import INKS, Banner, Card, Elided, Mark, button, clear, label, set_ink

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Entry", "Recorded", "Who", "What", "About")
WIDTHS = (66, 224, 0, 0, 150)
LINE = 30
TWO_PANES = 1100
NOWHERE = QModelIndex()
TO_COME = "…"


class Entries(QAbstractTableModel):
    """As many rows as the ledger has entries, of which only what is looked at is in memory."""

    def __init__(self, trail: Trail, parent: QWidget) -> None:
        super().__init__(parent)
        self._trail = trail
        self._size = trail.state.size
        trail.changed.connect(self._resized)
        trail.arrived.connect(self._arrived)

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else self._size

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return None
        line = self._trail.line(index.row())
        if line is None:
            return TO_COME
        cell = (f"#{line.index}", words.moment(line.at), line.who, line.what, line.about)[index.column()]
        return cell if role == Qt.ItemDataRole.DisplayRole else f"{HEADS[index.column()]}: {cell or 'none'}"

    def _resized(self) -> None:
        if self._size != self._trail.state.size:
            self.beginResetModel()
            self._size = self._trail.state.size
            self.endResetModel()

    def _arrived(self) -> None:
        rows = self._trail.fresh
        if rows and rows.stop <= self._size:
            self.dataChanged.emit(self.index(rows.start, 0), self.index(rows.stop - 1, len(HEADS) - 1))


class TrailView(QWidget):
    """A page of its own."""

    def __init__(self, model: Trail) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("Audit trail")
        self.verify = button("Verify again")
        self.verify.clicked.connect(model.verify)
        self._mark = Mark(Tone.NONE, 18)
        self._chain = label("", "strong")
        self._said = Elided("", "body", "muted")
        self._count = label("", "small", "muted")
        self._trouble = Banner()
        self.table = QTableView()
        self._entries = Entries(model, self.table)
        self._detail = Card("Entry")
        self._facts = QVBoxLayout()
        self._shown: object = None
        self._build()
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        model.changed.connect(self._render)
        self._render()

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 14, 24, 20)
        box.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(label("Audit trail", "title"))
        head.addStretch(1)
        head.addWidget(self._count)
        chain = Card()
        chain.setAccessibleName("Chain status")
        chain.box.setContentsMargins(14, 9, 9, 9)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._mark)
        row.addWidget(self._chain)
        row.addWidget(self._said, 1)
        row.addWidget(self.verify)
        chain.box.addLayout(row)
        self._prepare_table()
        holder = Card()
        holder.setAccessibleName("Entries")
        holder.box.setContentsMargins(4, 4, 4, 6)
        holder.box.addWidget(self.table)
        self._detail.box.addLayout(self._facts)
        self._detail.box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Chosen entry")
        scroll.setWidget(self._detail)
        scroll.setMinimumWidth(270)
        self._panes = panes = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        panes.setSpacing(14)
        panes.addWidget(holder, 7)
        panes.addWidget(scroll, 3)
        box.addLayout(head)
        box.addWidget(chain)
        box.addWidget(self._trouble)
        box.addLayout(panes, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        side = self.width() >= TWO_PANES
        self._panes.setDirection(QBoxLayout.Direction.LeftToRight if side else QBoxLayout.Direction.TopToBottom)
        super().resizeEvent(event)

    def _prepare_table(self) -> None:
        table = self.table
        table.setModel(self._entries)
        table.setAccessibleName("Entries of the ledger")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setCornerButtonEnabled(False)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows = table.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(LINE)
        head = table.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        for column, width in enumerate(WIDTHS):
            mode = QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            head.setSectionResizeMode(column, mode)
            if width:
                table.setColumnWidth(column, width)

    def _render(self) -> None:
        state = self.model.state
        tone, title, text = state.chain
        self._mark.show_tone(tone)
        set_ink(self._chain, "ink", INKS[tone] if tone in {Tone.PASS, Tone.FAIL} else "")
        self._chain.setText(title)
        self._said.say(text)
        self._count.setText(words.counted(state.size, "entry", "entries"))
        self.verify.setEnabled(not state.auditing)
        self.verify.setText("Verifying" if state.auditing else "Verify again" if state.audit else "Verify")
        self._trouble.say(state.error)
        row = self.model.row_of(state.selected) if state.selected is not None else 0
        if state.size and self.table.currentIndex().row() != row:
            self.table.selectRow(row)
        if state.entry is None or state.entry == self._shown:
            return
        self._shown = entry = state.entry
        clear(self._facts)
        self._facts.setSpacing(9)
        self._facts.addWidget(label(f"#{entry.line.index}  {entry.line.what}", "large", wrap=True))
        if entry.reason:
            self._facts.addWidget(label(f"“{entry.reason}”", wrap=True))
        proof = QHBoxLayout()
        proof.setSpacing(9)
        proof.addWidget(Mark(Tone.PASS if entry.proven else Tone.FAIL), 0, Qt.AlignmentFlag.AlignTop)
        proof.addWidget(label(entry.proof, "small", "" if entry.proven else "failed", wrap=True), 1)
        self._facts.addLayout(proof)
        rows = [("Who", f"{entry.line.who}, {words.role(entry.role)}" if entry.role != "log" else entry.line.who)]
        rows += [("About", entry.line.about)] if entry.line.about else []
        rows += [("Signed", words.moment(entry.signed_at)), ("Recorded", words.moment(entry.line.at))]
        long = {"Dossier", "Event"}
        rows += [one for one in entry.facts if one[0] not in long]
        spelled = [
            (name, words.spaced(text) if name == "Dossier" else text) for name, text in entry.facts if name in long
        ]
        self._facts.addLayout(facts(rows, [*spelled, ("Key", words.spaced(entry.key))]))

    def _chosen(self, now: QModelIndex, _: QModelIndex) -> None:
        if now.isValid():
            self.model.select(now.row())
