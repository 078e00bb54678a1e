"""Saved views beside the filter of the models: a menu that shows one, keeps what is filtered now, or removes one."""

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QPushButton, QWidget

from gui.viewmodels.views import LONGEST_NAME, Views
from gui.widgets.parts import escaped


class SavedViews(QPushButton):
    """A button with its menu; a view that is chosen is typed into the filter, where it can be changed."""

    def __init__(self, views: Views, filter_: QLineEdit, parent: QWidget) -> None:
        super().__init__("Views", parent)
        self.views = views
        self._filter = filter_
        self.setAutoDefault(False)
        self.setProperty("opens", True)
        self.setAccessibleName("Saved views")
        self.setToolTip("Saved views: filters under a name, kept for you on this machine")
        self.menu_ = QMenu("Saved views", self)
        self.remove_ = QMenu("Remove", self.menu_)
        self.menu_.setToolTipsVisible(True)
        self.menu_.aboutToShow.connect(self.fill)
        self.menu_.triggered.connect(self._chosen)
        self.setMenu(self.menu_)

    def drop_down(self) -> None:
        self.menu_.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def fill(self) -> None:
        """List what is there now."""
        menu, text = self.menu_, self._filter.text()
        for one_ in (menu, self.remove_):
            one_.clear()
        for one in self.views.all:
            shown = menu.addAction(_plain(one.name))
            shown.setCheckable(True)
            shown.setChecked(one.filter == text.strip())
            shown.setToolTip(f"<qt>{escaped(one.filter)}</qt>")
            shown.setData(("show", one.filter))
            self.remove_.addAction(_plain(one.name)).setData(("remove", one.name))
        if not self.views.all:
            menu.addAction("No view is saved yet").setEnabled(False)
        menu.addSeparator()
        why = self.views.why_not_save(text)
        save = menu.addAction(f"Save this filter as… ({why})" if why else "Save this filter as…")
        save.setEnabled(not why)
        save.setData(("save", ""))
        menu.addMenu(self.remove_).setEnabled(bool(self.views.all))

    def ask(self) -> None:
        """Ask for the name."""
        asked = QInputDialog(self)
        asked.setWindowTitle("Save this filter")
        asked.setLabelText(f"What is “{self._filter.text().strip()}” called?")
        asked.setOkButtonText("Save")
        asked.textValueSelected.connect(self.save)
        field = asked.findChild(QLineEdit)
        if field:
            field.setAccessibleName("Name of the view")
            field.setMaxLength(LONGEST_NAME)
        for one in asked.findChildren(QPushButton):
            one.setAccessibleName(one.text())
        asked.open()

    def save(self, name: str) -> None:
        self.views.save(name, self._filter.text())

    def _chosen(self, action: QAction) -> None:
        match action.data():
            case ("show", filter_):
                self._filter.setText(filter_)
                self._filter.setFocus()
            case ("remove", name):
                self.views.remove(name)
            case ("save", _):
                self.ask()
            case _:
                pass


def _plain(text: str) -> str:
    """Return a text as a menu shows it: one ampersand would make a key of the next letter."""
    return text.replace("&", "&&")
