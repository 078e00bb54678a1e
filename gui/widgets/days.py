"""A day: typed as evidence writes it, or picked from a calendar that offers only what is allowed."""

from datetime import date

from PySide6.QtCore import QDate, QEvent, QLocale, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from gui import style
from gui.widgets.parts import button

WIDTH = 308
TURNS = {"qt_calendar_prevmonth": ("back", "Month before"), "qt_calendar_nextmonth": ("forward", "Month after")}


class DayField(QWidget):
    """A field and its calendar; nothing is chosen to begin with."""

    typed = Signal(str)

    def __init__(self, name: str, first: date, last: date) -> None:
        super().__init__()
        self.text = QLineEdit()
        self.text.setAccessibleName(name)
        self.text.setPlaceholderText("yyyy-mm-dd")
        self.text.setFixedWidth(128)
        self.open = button("", name=f"{name}: calendar")
        self.open.setProperty("square", True)
        self.open.setToolTip("Calendar (Alt+Down)")
        self.popup = Popup(self, name, first, last)
        self._last = last
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.text)
        row.addWidget(self.open)
        self.setFocusProxy(self.text)
        self.text.textChanged.connect(self.typed)
        self.open.clicked.connect(self.show_calendar)
        self.popup.picked.connect(self.text.setText)
        self._wear()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802  Qt's name
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._wear()

    def _wear(self) -> None:
        self.open.setIcon(style.icon("calendar", "text"))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        if event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.show_calendar()
        else:
            super().keyPressEvent(event)

    def show_calendar(self) -> None:
        now = QDate.fromString(self.text.text().strip(), Qt.DateFormat.ISODate)
        self.popup.calendar.setSelectedDate(now if now.isValid() else _day(self._last))
        self.popup.wear()
        self.popup.move(self.text.mapToGlobal(self.text.rect().bottomLeft()))
        self.popup.show()
        self.popup.calendar.setFocus()


class Popup(QFrame):
    """A month at a time; Return or a click takes a day, Esc none."""

    picked = Signal(str)

    def __init__(self, parent: QWidget, name: str, first: date, last: date) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self.calendar = QCalendarWidget()
        self.calendar.setAccessibleName(f"{name}: calendar")
        self.calendar.setLocale(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
        self.calendar.setDateRange(_day(first), _day(last))
        self.calendar.setMinimumWidth(WIDTH)
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.calendar.activated.connect(self._take)
        self.calendar.clicked.connect(self._take)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 8, 8, 8)
        box.addWidget(self.calendar)

    def wear(self) -> None:
        """Take the colours of the theme that is on: Qt would write weekends in red."""
        for of in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            shape = QTextCharFormat()
            shape.setForeground(style.colour("muted"))
            self.calendar.setWeekdayTextFormat(of, shape)
        head = QTextCharFormat()
        head.setForeground(style.colour("muted"))
        head.setBackground(style.colour("card"))
        self.calendar.setHeaderTextFormat(head)
        for one in self.calendar.findChildren(QToolButton):
            if one.objectName() in TURNS:
                icon, name = TURNS[one.objectName()]
                one.setIcon(style.icon(icon, "text"))
                one.setAccessibleName(name)

    def _take(self, day: QDate) -> None:
        self.hide()
        self.picked.emit(day.toString(Qt.DateFormat.ISODate))


def _day(of: date) -> QDate:
    return QDate(of.year, of.month, of.day)
