"""A word that a view model changed; whoever listens is not kept alive by it."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar
from weakref import WeakMethod

Result = TypeVar("Result")


class Signal:
    """Calls bound methods for as long as their owners live."""

    def __init__(self) -> None:
        self._listeners: list[WeakMethod[Callable[[], None]]] = []

    def connect(self, listener: Callable[[], None]) -> None:
        self._listeners.append(WeakMethod(listener))

    def end(self) -> None:
        """Say nothing more to anybody who listens now: what they belong to is about to be taken apart."""
        self._listeners.clear()

    def emit(self) -> None:
        for reference in list(self._listeners):
            listener = reference()
            if listener is None:
                self._listeners.remove(reference)
            else:
                listener()


class Run(Protocol):
    """Does something off the UI thread, and says on it what came of that."""

    def __call__(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None], /
    ) -> None: ...


class Turn:
    """Numbers questions, so that the answer to an earlier one is dropped."""

    def __init__(self) -> None:
        self._number = 0

    def only(self, done: Callable[[Result], None]) -> Callable[[Result], None]:
        """Return ``done``, which will do nothing once a later question was asked."""
        self._number += 1
        asked = self._number

        def answered(result: Result) -> None:
            if asked == self._number:
                done(result)

        return answered

    def also(self, done: Callable[[Result], None]) -> Callable[[Result], None]:
        """Return ``done`` bound to the question just asked."""
        asked = self._number

        def answered(result: Result) -> None:
            if asked == self._number:
                done(result)

        return answered
