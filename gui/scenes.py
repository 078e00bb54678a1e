"""What is set up for pictures of the policies: a file with mistakes, mended, tried, and about to be adopted."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from govern.demo.models import POLICY
from gui.app import App

STRICTER = (
    POLICY.replace(b"version: 1.0.0", b"version: 2.0.0")
    .replace(b"min: 0.68", b"min: 0.75")
    .replace(b"quorum: 2", b"quorum: 1")
)
MISTAKEN = STRICTER.replace(b"metric: roc_auc", b"metric: roc_acu").replace(b"owner:", b"ownr:")


class Camera(Protocol):
    """Who takes the pictures."""

    app: App

    def each(self, name: str) -> None: ...
    def settle(self) -> None: ...
    def wait(self, done: Callable[[], bool]) -> None: ...
    def close_dialogs(self) -> None: ...


def policies(camera: Camera) -> None:
    app = camera.app
    app.commands.registry.run("policies")
    camera.settle()
    camera.each("policies")
    assert app.desktop.screens
    model = app.desktop.screens.policies
    with tempfile.TemporaryDirectory(prefix="govern-shots-") as place:
        file = Path(place) / "retail-credit.yaml"
        file.write_bytes(MISTAKEN)
        model.open(str(file))
        camera.settle()
        camera.each("policies-mistake")
        file.write_bytes(STRICTER)
        model.read_again()
        camera.settle()
        for tab in ("words", "compare"):
            model.show(tab)
            camera.settle()
            camera.each(f"policies-{tab}")
        model.try_it()
        camera.wait(lambda: not model.trial.state.running)
        camera.each("policies-trial")
        app.commands.registry.run("adopt")
        camera.each("policies-adopt")
        camera.close_dialogs()
    model.close()
