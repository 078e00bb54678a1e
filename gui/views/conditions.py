"""Conditions of an approval as they are typed: what has to be done, who owes it, and by when."""

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gui.viewmodels.signoff import Condition, SignOff
from gui.widgets.parts import button, clear, label

OWNER, DUE = 196, 108


class ConditionsEditor(QWidget):
    """A row for each; typing goes to the view model, and rows are made anew only when one is added or dropped."""

    def __init__(self, model: SignOff) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("Conditions")
        self.rows: list[tuple[QLineEdit, QComboBox, QLineEdit]] = []
        self.drops: list[QPushButton] = []
        self.add = button("Add a condition", quiet=True)
        self.add.clicked.connect(model.add_condition)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(label("Conditions", "strong"))
        head.addStretch(1)
        head.addWidget(self.add)
        box.addLayout(head)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(6)
        box.addLayout(self._lines)

    def render_state(self) -> None:
        state = self.model.state
        self.setVisible(state.is_conditional)
        if len(state.conditions) != len(self.rows):
            self._make_rows(state.conditions)
        for (text, owner, due), drop in zip(self.rows, self.drops, strict=True):
            for one in (text, owner, due, drop):
                one.setEnabled(not state.working)
        self.add.setEnabled(not state.working)

    def _make_rows(self, conditions: tuple[Condition, ...]) -> None:
        clear(self._lines)
        self.rows, self.drops = [], []
        for place, one in enumerate(conditions):
            text, owner, due = QLineEdit(one.text), QComboBox(), QLineEdit(one.due_typed)
            drop = button("Remove", quiet=True, name=f"Remove condition {place + 1}")
            text.setPlaceholderText("What has to be done")
            due.setPlaceholderText("2026-12-31")
            owner.addItem("Who owes it", "")
            for handle, name in self.model.state.sight.people:
                owner.addItem(name, handle)
            owner.setCurrentIndex(max(0, owner.findData(one.owner)))
            owner.setFixedWidth(OWNER)
            due.setFixedWidth(DUE)
            for field, name in ((text, "Condition"), (owner, "Who owes condition"), (due, "Day of condition")):
                field.setAccessibleName(f"{name} {place + 1}")
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(text, 1)
            for widget in (owner, due, drop):
                row.addWidget(widget)
            self._lines.addLayout(row)
            for widget in (text, owner, due, drop):
                widget.show()  # what is hidden takes no room, and the dialog is measured right now
            self.rows.append((text, owner, due))
            self.drops.append(drop)
            drop.setObjectName(str(place))
            text.textChanged.connect(self._typed)
            due.textChanged.connect(self._typed)
            owner.currentIndexChanged.connect(self._typed)
            drop.clicked.connect(self._drop)
        if self.rows:
            self.rows[-1][0].setFocus()

    def _typed(self) -> None:
        for place, (text, owner, due) in enumerate(self.rows):
            self.model.ask(place, Condition(text.text(), str(owner.currentData()), due.text()))

    def _drop(self) -> None:
        place = int(self.sender().objectName())
        self.rows = []  # what stands there now is made anew
        self.model.drop_condition(place)
