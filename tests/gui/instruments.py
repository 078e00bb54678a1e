"""What tests of the desktop app hold beside it: a runner that does not wait, and a watch on the UI thread."""

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, Self

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from gui.charts.drawn import Chart

CONTROLS = (QAbstractButton, QLineEdit, QAbstractScrollArea, QComboBox, Chart)

STALL = 0.1
"""Seconds, on a machine that has nothing else to do."""


def at_once(work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
    """Run what a view model asks for right here."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001  as the bridge does
        failed(error)
    else:
        done(result)


class Watchdog:
    """Notices when the UI thread does not turn its loop, and where it is then."""

    def __init__(self) -> None:
        self.stalls: list[tuple[float, str]] = []
        self._beat = time.perf_counter()
        self._main = threading.main_thread().ident or 0
        self._over = threading.Event()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._beat = time.perf_counter()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._timer.stop()

    def _tick(self) -> None:
        self._beat = time.perf_counter()

    def _watch(self) -> None:
        noted = 0.0
        # Among other processes a thread waits its turn; that is no stall of ours.
        patience = STALL * max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))
        while not self._over.wait(0.01):
            late = time.perf_counter() - self._beat
            if late > patience and self._beat != noted:
                noted = self._beat
                frame = sys._current_frames().get(self._main)
                self.stalls.append((late, "".join(traceback.format_stack(frame)[-4:])))


def nameless(*windows: QWidget) -> list[str]:
    controls = [one for window in windows for kind in CONTROLS for one in window.findChildren(kind) if one.isVisible()]
    assert controls
    return [
        f"{type(one).__name__} in {type(one.parent()).__name__}"
        for one in controls
        if not one.accessibleName() and not _is_qts_own(one)
    ]


def _is_qts_own(widget: QWidget) -> bool:
    """Say whether Qt made it as a part of something that has a name."""
    return isinstance(widget.parent(), (QLineEdit, QComboBox, QAbstractItemView)) or widget.objectName().startswith(
        "qt_"
    )


def clipped(window: QWidget) -> list[str]:
    """Return every text that has less room than it needs: what ends in dots says the rest in its tooltip, and is not meant."""
    labels = [one for one in window.findChildren(QLabel) if one.isVisible() and one.text() and type(one) is QLabel]
    found = [one for one in labels if one.wordWrap() and one.height() < one.heightForWidth(one.width())]
    found += [one for one in labels if not one.wordWrap() and one.width() < one.minimumSizeHint().width()]
    names = [one.text() for one in found]
    buttons = [one for one in window.findChildren(QPushButton) if one.isVisible()]
    return names + [one.text() for one in buttons if one.width() < _needed(one)]


def _needed(button: QPushButton) -> int:
    return max(button.minimumSizeHint().width(), button.minimumWidth())
