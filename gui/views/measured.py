"""The numbers of one check: a chart or its table, what it is looked by, who is left out, bins, and the champion."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.charts.measured import CurveChart, PartsChart
from gui.charts.paint import RatioChart
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.measured import Choice, Shown
from gui.widgets.grid import Grid
from gui.widgets.parts import Rule, button, label

HEADS, WIDTHS = ("Verdict", "Group", "n", "Value", "Interval", "Against"), (108, 0, 58, 72, 118, 0)
LEFT_HEADS, LEFT_WIDTHS = ("Left out", "n", "Why"), (150, 58, 0)
SHIFT_HEADS, SHIFT_WIDTHS = ("Bin", "Then", "", "Now", "", "Change"), (0, 66, 66, 66, 66, 76)
CURVE_HEADS, CURVE_WIDTHS = ("Scores", "n", "Mean score", "Positives", "95 % of"), (0, 66, 92, 82, 124)
BESIDE_WIDTHS = (108, 0, 76, 92, 80)


class Numbers(QWidget):
    """What was measured of the chosen check."""

    def __init__(self, model: Dossier) -> None:
        super().__init__()
        self.model = model
        self.by, self.part = _combo("Look by"), _combo("Bins of")
        self.swap = button("Table", quiet=True)
        self.chart, self.curve, self.shift = RatioChart(), CurveChart(), PartsChart()
        self.table = Grid("Numbers by group", HEADS, WIDTHS, frozenset({2, 3}))
        self.table.mark(0)
        self.left = Grid("Left out", LEFT_HEADS, LEFT_WIDTHS, frozenset({1}))
        self.shifts = Grid("Bins then and now", SHIFT_HEADS, SHIFT_WIDTHS, frozenset({1, 2, 3, 4, 5}))
        self.tenths = Grid("Bins of scores", CURVE_HEADS, CURVE_WIDTHS, frozenset({1, 2, 3}))
        self.beside = Grid(
            "Beside the champion", ("", "Group", "This", "Champion", "Apart"), BESIDE_WIDTHS, frozenset({2, 3, 4})
        )
        self.beside.mark(0)
        self._bins_title, self._beside_title = label("", "strong"), label("", "strong")
        self._bins_said, self._beside_said = (
            label("", "small", "muted", wrap=True),
            label("", "small", "muted", wrap=True),
        )
        self._rules = (Rule(), Rule(), Rule())
        self._build()
        self.by.activated.connect(self._look_by)
        self.part.activated.connect(self._look_at)
        self.swap.clicked.connect(model.swap)

    def show_numbers(self, of: Shown, *, tables: bool) -> None:
        """Show a check as charts, or as the tables that say the same."""
        has_bins = of.curve is not None or of.shift is not None
        self.swap.setText("Charts" if tables else "Tables")
        self.swap.setAccessibleName("Show as charts" if tables else "Show as tables")
        self.swap.setToolTip(f"{self.swap.accessibleName()} (T)")
        self.swap.setVisible(of.chart is not None or has_bins)
        _choose(self.by, of.bys, of.by)
        _choose(self.part, of.parts, of.part)
        if of.chart:
            self.chart.show_chart(of.chart)
        self.chart.setVisible(of.chart is not None and not tables)
        self.table.show_rows(of.rows, of.tones)
        self.table.setVisible(of.chart is not None and tables)
        self.left.show_rows(of.left)
        self.left.setVisible(bool(of.left))
        self._show_bins(of, tables=tables)
        self._rules[1].setVisible(has_bins)
        self.beside.show_rows(of.beside, of.beside_tones)
        self._say(self._beside_title, f"Beside the champion {of.champion}, on the same rows" if of.beside else "")
        self._say(self._beside_said, of.beside_said if of.beside or not of.champion else "")
        self.beside.setVisible(bool(of.beside))
        self._rules[2].setVisible(bool(of.beside) or bool(self._beside_said.text()))
        self._rules[0].setVisible(bool(of.left))

    def _show_bins(self, of: Shown, *, tables: bool) -> None:
        if of.curve:
            self.curve.show_chart(of.curve)
            self._say(
                self._bins_said,
                "On the dashed line scores are what came true. A point is a tenth of the scores, the larger the more rows.",
            )
        elif of.shift:
            self.shift.show_chart(of.shift)
            self._say(self._bins_said, "Bins hold a tenth of the rows then, as far as equal values let them.")
        else:
            self._say(self._bins_said, "")
        self._say(self._bins_title, of.curve.title if of.curve else of.shift.title if of.shift else "")
        self.curve.setVisible(of.curve is not None and not tables)
        self.shift.setVisible(of.shift is not None and not tables)
        self.tenths.show_rows(of.bins if of.curve else ())
        self.tenths.setVisible(of.curve is not None and tables)
        self.shifts.show_rows(of.bins if of.shift else ())
        self.shifts.setVisible(of.shift is not None and tables)

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.by)
        first.addStretch(1)
        first.addWidget(self.swap)
        second.addWidget(self._bins_title)
        second.addStretch(1)
        second.addWidget(self.part)
        before, bins, champion = self._rules
        box.addLayout(first)
        above: tuple[QWidget, ...] = (self.chart, self.table, before, self.left, bins)
        below: tuple[QWidget, ...] = (self._bins_said, self.curve, self.tenths, self.shift, self.shifts, champion)
        for widget in above:
            box.addWidget(widget)
        box.addLayout(second)
        for widget in (*below, self._beside_title, self._beside_said, self.beside):
            box.addWidget(widget)

    @staticmethod
    def _say(where: QLabel, text: str) -> None:
        where.setText(text)
        where.setVisible(bool(text))

    def _look_by(self, at: int) -> None:
        self.model.look_by(str(self.by.itemData(at)))

    def _look_at(self, at: int) -> None:
        self.model.look_at(str(self.part.itemData(at)))


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    made.setMinimumContentsLength(10)
    made.setMaximumWidth(340)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return made


def _choose(combo: QComboBox, choices: tuple[Choice, ...], chosen: str) -> None:
    """Offer what there is; nothing is asked where there is one."""
    if [combo.itemText(at) for at in range(combo.count())] != [one.text for one in choices]:
        combo.clear()
        for one in choices:
            combo.addItem(one.text, one.name)
    at = next((at for at, one in enumerate(choices) if one.name == chosen), -1)
    if combo.currentIndex() != at:
        combo.setCurrentIndex(at)
    combo.setVisible(bool(choices))
