"""The one place where threads meet Qt: work goes to a worker, what came of it returns as a queued signal.

The ledger, the pages of a PDF and the drafts have a worker each, so that calls of either come one after the other; some wait
for child processes. Garbage is collected on the UI thread only: elsewhere it would destroy widgets in a thread that is not theirs.
"""

import gc
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from gui.children import Children

WAITERS = 4
SWITCH_SECONDS = 0.0005
COLLECT_MS = 1000


class Bridge(QObject):
    """Runs work off the UI thread and answers on it; closed, it answers nothing more."""

    _answered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = ThreadPoolExecutor(1, "ledger")
        self._waiter = ThreadPoolExecutor(WAITERS, "children")
        self._painter = ThreadPoolExecutor(1, "pages")
        self._keeper = ThreadPoolExecutor(1, "drafts")
        self.programs = Children()
        self._closed = False
        self._open = 0
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        return self._open > 0

    def run(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        self._start(self._worker, work, done, failed)

    def aside(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        self._start(self._waiter, work, done, failed)

    def draw(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        self._start(self._painter, work, done, failed)

    def keep(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        self._start(self._keeper, work, done, failed)

    def close(self) -> None:
        """Answer nothing more, end the children, and wait for what is being done with the ledger."""
        self._closed = True
        self.programs.close()
        self._keeper.shutdown(wait=True)  # what was typed is written to the end
        for pool in (self._worker, self._waiter, self._painter):
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
    ) -> None:
        if self._closed:
            return
        self._open += 1

        def attempt() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001  a bug has to reach the screen too, not end a thread in silence
                self._answer(failed, error)
            else:
                self._answer(done, result)

        pool.submit(attempt)

    def _answer(self, call: Callable[[Any], None], value: Any) -> None:
        if not self._closed:
            self._answered.emit((call, value))

    @Slot(object)
    def _deliver(self, answer: tuple[Callable[[Any], None], Any]) -> None:
        self._open -= 1
        if not self._closed:
            call, value = answer
            call(value)


class Collector(QObject):
    """Collects garbage from a timer of the UI thread, for as long as it lives."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        sys.setswitchinterval(SWITCH_SECONDS)
        timer = QTimer(self)
        timer.timeout.connect(self._collect)
        timer.start(COLLECT_MS)

    @Slot()
    def _collect(self) -> None:
        for generation, count in reversed(list(enumerate(gc.get_count()))):
            if count > gc.get_threshold()[generation] > 0:
                gc.collect(generation)
                return
