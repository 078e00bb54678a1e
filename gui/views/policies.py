"""Policies on the left, the chosen one on the right: in words, as YAML, with what it stands on and what it would change."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QStandardPaths, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui import words
from gui.rulebook import Page, Rule
from gui.viewmodels.policies import TABS, Policies, adopting
from gui.views.rules import ComparePage, Opens, TrialPage, YamlPage, paged, show_citations, show_words
from gui.widgets.listing import SECOND, TALL, TONE, NameCell, VerdictCell, prepare
from gui.widgets.parts import Banner, Elided, Mark, button, label
from gui.widgets.parts import Rule as Hairline

HEADS, WIDTHS = ("State", "Policy or pack", "Models"), (136, 0, 62)
TITLES = {
    "words": "In words",
    "yaml": "YAML",
    "citations": "Stands on",
    "compare": "Compare",
    "trial": "What would change",
}
KINDS = {"adopted": "Policy", "earlier": "Policy", "pack": "Pack", "file": "File"}
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class Lines(QAbstractTableModel):
    """A line for each release."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rules: tuple[Rule, ...] = ()

    def show_rules(self, rules: tuple[Rule, ...]) -> None:
        if rules != self.rules:
            self.beginResetModel()
            self.rules = rules
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(self.rules)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        return _side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: PLR0911  a case a role
        if not index.isValid():
            return None
        one, column = self.rules[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cells(one)[column]
            case Qt.ItemDataRole.AccessibleTextRole:
                below = f", {second(one)}" if column == 1 else ""
                return f"{HEADS[column]}: {cells(one)[column] or 'none'}{below}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case _ if role == SECOND and column == 1:
                return second(one)
            case _ if role == TONE and column == 0:
                return one.tone
            case _:
                return None


class PoliciesView(QWidget):
    """A page of its own."""

    adopt_wanted = Signal()
    wanted = Signal(str)
    list_wanted = Signal(str, str, object)
    """A title, and the names of models under it."""

    def __init__(self, model: Policies) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("Policies")
        self.table = QTableView()
        self._lines = Lines(self.table)
        self._summary = Elided("", "small", "muted")
        self.open = button("Open a file…")
        self._trouble = Banner()
        self._mark, self._name = Mark(), Elided("", "title")
        self._state, self._why = Elided("", "body", "muted"), Banner()
        self.models = button("", quiet=True)
        self.close_file = button("Close", name="Close the file")
        self.deeds = Opens()
        self.tabs: dict[str, QPushButton] = {}
        self._pages = QStackedWidget()
        self._words, self._said = paged("The policy in words")
        self._cites, self._cited = paged("What it stands on")
        self.yaml, self.compare, self.trial = YamlPage(model), ComparePage(model), TrialPage(model)
        self._shown: Page | str | None = ""
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        split.addWidget(self._make_list())
        split.addWidget(self._make_page())
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        split.setSizes([390, 900])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(split)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        self.open.clicked.connect(self.ask)
        self.close_file.clicked.connect(model.close)
        self.models.clicked.connect(self._list)
        self.deeds.wanted.connect(self._asked)
        self.trial.wanted.connect(self.wanted)
        model.changed.connect(self._render)
        model.trial.changed.connect(self._render_trial)
        self._render()

    def ask(self) -> None:
        """Ask which file."""
        opened = self.model.state.opened
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        start = str(Path(opened.path).parent) if opened else place
        asked = QFileDialog(self, "A policy", start, "Policies (*.yaml *.yml)")
        asked.setFileMode(QFileDialog.FileMode.ExistingFile)
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.fileSelected.connect(self.model.open)
        asked.open()

    def wear(self) -> None:
        self.yaml.code.dress()

    def _make_list(self) -> QWidget:
        side = QWidget()
        side.setObjectName("list")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setMinimumWidth(360)
        box = QVBoxLayout(side)
        box.setContentsMargins(0, 14, 0, 0)
        box.setSpacing(8)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 14, 0)
        head.addWidget(label("Policies", "title"), 1)
        head.addWidget(self.open)
        below = QHBoxLayout()
        below.setContentsMargins(16, 0, 14, 0)
        below.addWidget(self._summary, 1)
        box.addLayout(head)
        box.addLayout(below)
        self.table.setModel(self._lines)
        prepare(self.table, "Policies and packs", WIDTHS, TALL)
        self.table.setItemDelegateForColumn(0, VerdictCell(self.table))
        self.table.setItemDelegateForColumn(1, NameCell(self.table))
        box.addWidget(self.table, 1)
        return side

    def _make_page(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 14, 0, 0)
        box.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(20, 0, 20, 0)
        top.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._mark)
        head.addWidget(self._name, 1)
        head.addWidget(self.close_file)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._state, 1)
        line.addWidget(self.models)
        top.addLayout(head)
        top.addLayout(line)
        top.addWidget(self.deeds)
        top.addWidget(self._why)
        top.addWidget(self._trouble)
        tabs = QHBoxLayout()
        tabs.setSpacing(4)
        group = QButtonGroup(self)
        pages = dict(
            zip(TABS, (self._words, self.yaml, self._cites, self.compare.scroll, self.trial.scroll), strict=True)
        )
        for id_, title in TITLES.items():
            made = button(title)
            made.setProperty("tab", True)
            made.setCheckable(True)
            made.setObjectName(id_)
            made.clicked.connect(self._show)
            group.addButton(made)
            tabs.addWidget(made)
            self.tabs[id_] = made
            self._pages.addWidget(pages[id_])
        tabs.addStretch(1)
        top.addLayout(tabs)
        box.addLayout(top)
        box.addWidget(Hairline())
        box.addWidget(self._pages, 1)
        return page

    def _render(self) -> None:
        state, rule = self.model.state, self.model.state.rule
        self._lines.show_rules(state.lines)
        keys = [one.key for one in state.lines]
        if state.chosen in keys and not self.table.selectionModel().isRowSelected(keys.index(state.chosen)):
            self.table.selectRow(keys.index(state.chosen))
        self._summary.say(f"Reading {Path(state.reading).name}" if state.reading else state.summary)
        self._trouble.say(state.error)
        self._mark.setVisible(rule is not None)
        if rule:
            self._mark.show_tone(rule.tone)
            self._mark.setAccessibleName(rule.status)
            self._mark.setToolTip(rule.status)
        self._name.say(f"{rule.name} {rule.release}".strip() if rule else "No policy is adopted")
        none = "Two persons sign each version, by the built-in rule. Open a file to adopt a policy."
        self._state.say(described(rule) if rule else none if state.book else "Reading")
        many = len(rule.models) if rule else 0
        self.models.setVisible(bool(many))
        self.models.setText(f"For {words.counted(many, 'model')}")
        self.models.setAccessibleName(f"For {words.counted(many, 'model')}: list them")
        self.close_file.setVisible(state.is_file)
        self._render_deeds()
        self._why.say(adopting(state))
        for id_, tab in self.tabs.items():
            tab.setVisible(id_ in state.tabs)
            tab.setChecked(id_ == state.tab)
            tab.setEnabled(rule is not None)
        self._pages.setCurrentIndex(TABS.index(state.tab))
        if state.page is not self._shown:
            self._shown = state.page
            show_words(self._said, state.page)
            show_citations(self._cited, state.page.cited if state.page else ())
        self.yaml.render_state()
        self.compare.render_state()
        self.trial.render_state()

    def _render_deeds(self) -> None:
        state, why_not = self.model.state, self.model.why_not_try()
        self.deeds.setVisible(state.is_file)
        for id_ in ("try", "adopt"):
            one, why = self.deeds.made[id_], why_not
            if id_ == "try" and self.model.trial.state.running:
                why = "it is being tried"
            one.setEnabled(not why)
            one.setAccessibleDescription(why)
            one.setToolTip(words.sentence(why))

    def _render_trial(self) -> None:
        self.trial.render_state()
        self._render_deeds()

    def _chosen(self, now: QModelIndex, _: QModelIndex) -> None:
        if now.isValid() and now.row() < len(self._lines.rules):
            self.model.select(self._lines.rules[now.row()].key)

    def _asked(self, deed: str) -> None:
        match deed:
            case "again":
                self.model.read_again()
            case "try":
                self.model.try_it()
            case _:
                self.adopt_wanted.emit()

    def _list(self) -> None:
        rule = self.model.state.rule
        if rule:
            self.list_wanted.emit("", f"For {rule.name} {rule.release}", frozenset(rule.models))

    def _show(self) -> None:
        self.model.show(self.sender().objectName())


def cells(one: Rule) -> tuple[str, ...]:
    models = words.grouped(len(one.models)) if one.kind in {"adopted", "file"} and one.release else ""
    return (one.status, f"{one.name} {one.release}".strip(), models)


def second(one: Rule) -> str:
    """Return the muted line: what it is, and from when until when it holds."""
    on = f"on {', '.join(one.packs)}" if one.packs else ""
    return " · ".join(part for part in (KINDS[one.kind], one.dates, on, one.title) if part)


def described(one: Rule) -> str:
    entry = f"adopted in #{one.entry}" if one.entry and "adopted in" not in one.dates else ""
    on = f"on {', '.join(one.packs)}" if one.packs else ""
    return " · ".join(part for part in (one.status, one.dates, entry, on, one.title) if part)


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column == len(HEADS) - 1 else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
