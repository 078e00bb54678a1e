"""From tokens to Qt: the palette, about forty rules, the typefaces and the icons."""

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from gui.tokens import LIGHT, THEMES, Tokens

SANS, MONO = "Inter", "IBM Plex Mono"
BODY, SMALL, TITLE, LARGE = 13, 12, 20, 16
_TYPEFACES = ("Inter-Regular.ttf", "Inter-SemiBold.ttf", "IBMPlexMono-Regular.ttf")

_CHEVRON = str(files("gui") / "icons" / "chevron.svg").replace("\\", "/")
"""A rule of a style sheet reads a file, and cannot colour it: this one is grey enough for both themes."""

_TICK = {name: str(files("gui") / "icons" / f"tick-{name}.svg").replace("\\", "/") for name in THEMES}

_current = LIGHT


def tokens() -> Tokens:
    """Return the theme that is on; painters ask at every paint."""
    return _current


def colour(name: str) -> QColor:
    return QColor(getattr(_current, name))


def load_typefaces() -> None:
    """Make the bundled typefaces known; one home of them, beside the reports that print with them."""
    for name in _TYPEFACES:
        content = (files("reports") / "typefaces" / name).read_bytes()
        QFontDatabase.addApplicationFontFromData(QByteArray(content))


def font(size: int = BODY, *, strong: bool = False, mono: bool = False) -> QFont:
    made = QFont([MONO if mono else SANS])
    made.setPixelSize(size)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return made


def wear(app: QApplication, name: str) -> None:
    """Put a theme on; everything that is painted later has it."""
    global _current  # noqa: PLW0603  a program wears one theme, and painters have no other way to ask
    is_bare = not app.styleSheet()
    if _current is THEMES[name] and not is_bare:
        return
    _current = THEMES[name]
    _pixmap.cache_clear()
    # Every widget is looked at again for each of these, so none is said twice.
    if is_bare:
        app.setStyle("Fusion")
        app.setFont(font())
    app.setPalette(_palette(_current))
    app.setStyleSheet(_rules(_current))


def follows_system() -> str:
    """Return the theme that the desktop asks for."""
    dark = QApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def icon(name: str, ink: str = "muted", size: int = 16) -> QIcon:
    made = QIcon()
    for scale in (1, 2):
        made.addPixmap(_pixmap(name, getattr(_current, ink), size, scale))
    return made


@cache
def _pixmap(name: str, ink: str, size: int, scale: int) -> QPixmap:
    drawn = (files("gui") / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", ink)
    image = QPixmap(size * scale, size * scale)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(drawn.encode())).render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    image.setDevicePixelRatio(scale)
    return image


def _palette(theme: Tokens) -> QPalette:
    made = QPalette()
    role = QPalette.ColorRole
    for which, ink in (
        (role.Window, theme.window),
        (role.Base, theme.card),
        (role.AlternateBase, theme.window),
        (role.Button, theme.card),
        (role.ToolTipBase, theme.card),
        (role.WindowText, theme.text),
        (role.Text, theme.text),
        (role.ButtonText, theme.text),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Link, theme.accent),
        (role.Mid, theme.line),
        (role.Dark, theme.border),
        (role.Light, theme.card),
    ):
        made.setColor(which, QColor(ink))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.muted))
    return made


def _rules(t: Tokens) -> str:
    return f"""
QToolTip {{ background: {t.card}; color: {t.text}; border: 1px solid {t.border}; padding: 4px 6px; }}
QMenuBar {{ background: {t.side}; color: {t.text}; padding: 1px 6px; }}
QMenuBar::item {{ padding: 4px 9px; background: transparent; border-radius: 5px; }}
QMenuBar::item:selected {{ background: {t.hover}; }}
QMenu {{ background: {t.card}; color: {t.text}; border: 1px solid {t.line}; padding: 5px; }}
QMenu::item {{ padding: 5px 22px 5px 10px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.selected}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QWidget#side {{ background: {t.side}; border-right: 1px solid {t.line}; }}
QWidget#list {{ background: {t.card}; border-right: 1px solid {t.line}; }}
QWidget#foot {{ background: {t.side}; border-top: 1px solid {t.line}; }}
QFrame[card="true"] {{ background: {t.card}; border: 1px solid {t.line}; border-radius: 8px; }}
QFrame[rule="true"] {{ background: {t.line}; border: none; }}
QFrame[banner="failed"] {{ background: {t.bad_fill}; border: 1px solid {t.failed}; border-radius: 8px; }}
QFrame[banner="warned"] {{ background: {t.warn_fill}; border: 1px solid {t.warned}; border-radius: 8px; }}
QFrame[banner="passed"] {{ background: {t.ok_fill}; border: 1px solid {t.passed}; border-radius: 8px; }}
QLabel {{ background: transparent; color: {t.text}; }}
QLabel[ink="muted"] {{ color: {t.muted}; }}
QLabel[ink="failed"] {{ color: {t.failed}; }}
QLabel[ink="passed"] {{ color: {t.passed}; }}
QLabel[ink="warned"] {{ color: {t.warned}; }}
QPushButton {{ background: {t.card}; color: {t.text}; border: 1px solid {t.border}; border-radius: 6px; padding: 6px 14px; }}
QPushButton:hover {{ background: {t.hover}; }}
QPushButton:focus {{ border: 2px solid {t.accent}; padding: 5px 13px; }}
QPushButton:disabled {{ color: {t.muted}; border-color: {t.line}; background: {t.window}; }}
QPushButton[main="true"] {{ background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent}; font-weight: 600; }}
QPushButton[main="true"]:hover {{ background: {t.accent_hover}; }}
QPushButton[main="true"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[main="true"]:disabled {{ background: {t.window}; color: {t.muted}; border: 1px solid {t.line}; }}
QPushButton[nav="true"] {{ text-align: left; border: none; border-radius: 6px; padding: 6px 9px; background: transparent; }}
QPushButton[nav="true"]:hover {{ background: {t.hover}; }}
QPushButton[nav="true"]:checked {{ background: {t.selected}; font-weight: 600; }}
QPushButton[nav="true"]:focus {{ border: 2px solid {t.accent}; padding: 4px 7px; }}
QPushButton[tile="true"] {{ background: {t.card}; border: 1px solid {t.line}; border-radius: 8px; padding: 0; text-align: left; }}
QPushButton[tile="true"]:hover {{ background: {t.hover}; }}
QPushButton[tile="true"]:focus {{ border: 2px solid {t.accent}; padding: 0; }}
QPushButton[tab="true"] {{ border: none; border-bottom: 2px solid transparent; border-radius: 0; padding: 8px 5px; background: transparent; color: {t.muted}; }}
QPushButton[tab="true"]:hover {{ color: {t.text}; }}
QPushButton[tab="true"]:checked {{ color: {t.text}; border-bottom: 2px solid {t.accent}; font-weight: 600; }}
QPushButton[tab="true"]:focus {{ border: 2px solid {t.accent}; border-radius: 5px; padding: 6px 3px; }}
QPushButton[quiet="true"] {{ border: 1px solid transparent; background: transparent; color: {t.accent}; padding: 3px 6px; }}
QPushButton[quiet="true"]:hover {{ background: {t.hover}; }}
QPushButton[quiet="true"]:focus {{ border: 2px solid {t.accent}; padding: 2px 5px; }}
QPushButton[flush="true"] {{ padding-left: 0; }}
QPushButton[flush="true"]:focus {{ border: 2px solid {t.accent}; border-left: 1px solid {t.accent}; padding: 2px 5px 2px 0; }}
QPushButton::menu-indicator {{ image: url({_CHEVRON}); subcontrol-origin: padding; subcontrol-position: center right; right: 8px; width: 14px; height: 14px; }}
QPushButton[opens="true"] {{ padding: 6px 12px; min-width: 62px; }}
QPushButton[opens="true"]:focus {{ padding: 5px 11px; }}
QPushButton[square="true"] {{ padding: 5px 7px; }}
QPushButton[square="true"]:focus {{ padding: 4px 6px; }}
QCalendarWidget QWidget {{ background: {t.card}; alternate-background-color: {t.card}; }}
QCalendarWidget QToolButton {{ background: transparent; color: {t.text}; border: 2px solid transparent; border-radius: 5px; padding: 3px 6px; font-weight: 600; }}
QCalendarWidget QToolButton:hover {{ background: {t.hover}; }}
QCalendarWidget QToolButton:focus {{ border-color: {t.accent}; }}
QCalendarWidget QToolButton::menu-indicator {{ image: none; }}
QCalendarWidget QAbstractItemView {{ selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QCalendarWidget QTableView::item {{ padding: 0; }}
QCalendarWidget QAbstractItemView:disabled {{ color: {t.line}; }}
QLineEdit, QPlainTextEdit, QComboBox {{ background: {t.card}; color: {t.text}; border: 1px solid {t.border}; border-radius: 6px; padding: 5px 8px; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus {{ border: 2px solid {t.accent}; padding: 4px 7px; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled {{ background: {t.window}; color: {t.muted}; border-color: {t.line}; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url({_CHEVRON}); width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{ background: {t.card}; border: 1px solid {t.border}; padding: 4px; selection-background-color: {t.selected}; selection-color: {t.text}; }}
QRadioButton {{ color: {t.text}; padding: 2px 4px; spacing: 8px; border: 2px solid transparent; border-radius: 5px; }}
QRadioButton:focus {{ border: 2px solid {t.accent}; }}
QRadioButton::indicator {{ width: 12px; height: 12px; border-radius: 7px; border: 1px solid {t.border}; background: {t.card}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 4px solid {t.accent}; background: {t.on_accent}; }}
QRadioButton::indicator:disabled {{ border-color: {t.line}; background: {t.window}; }}
QRadioButton:disabled {{ color: {t.muted}; }}
QCheckBox {{ color: {t.text}; padding: 3px 4px 3px 0; margin-left: -2px; spacing: 8px; border: 2px solid transparent; border-radius: 5px; }}
QCheckBox:focus {{ border: 2px solid {t.accent}; }}
QCheckBox::indicator {{ width: 13px; height: 13px; border-radius: 3px; border: 1px solid {t.border}; background: {t.card}; }}
QCheckBox::indicator:checked {{ border-color: {t.accent}; background: {t.accent}; image: url({_TICK[t.name]}); }}
QCheckBox:disabled {{ color: {t.muted}; }}
QListView, QTableView {{ background: {t.card}; border: none; outline: none; color: {t.text}; selection-background-color: {t.selected}; selection-color: {t.text}; }}
QTableView {{ gridline-color: {t.line}; }}
QTableView::item {{ padding: 0 5px; border: none; }}
QListWidget::item {{ padding: 6px 8px; border-radius: 5px; }}
QListWidget::item:selected {{ background: {t.selected}; color: {t.text}; }}
QHeaderView {{ background: {t.card}; }}
QHeaderView::section {{ background: {t.card}; color: {t.muted}; border: none; border-bottom: 1px solid {t.line}; padding: 6px 8px; font-size: 12px; }}
QScrollArea {{ border: none; background: transparent; }}
QScrollArea > QWidget > QWidget#page {{ background: {t.window}; }}
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {t.line}; border-radius: 3px; min-height: 28px; }}
QScrollBar::handle:vertical:hover {{ background: {t.border}; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 2px; }}
QScrollBar::handle:horizontal {{ background: {t.line}; border-radius: 3px; min-width: 28px; }}
QScrollBar::handle:horizontal:hover {{ background: {t.border}; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; height: 0; width: 0; }}
QSplitter::handle {{ background: {t.line}; }}
QDialog {{ background: {t.window}; border: 1px solid {t.border}; }}
"""
