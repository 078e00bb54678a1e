"""What is set up for pictures of the policies, from a file with mistakes to adoption, and of the numbers of checks."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QPoint

from govern.demo.models import POLICY
from gui.app import App

STRICTER = (
    POLICY.replace(b"version: 1.0.0", b"version: 2.0.0")
    .replace(b"min: 0.68", b"min: 0.75")
    .replace(b"quorum: 2", b"quorum: 1")
)
MISTAKEN = STRICTER.replace(b"metric: roc_auc", b"metric: roc_acu").replace(b"owner:", b"ownr:")

NUMBERS = (
    ("credit-risk@1", "sex-and-age"),
    ("credit-risk@1", "calibration"),
    ("credit-risk@1", "auc"),
    ("car-loans@1", "drift"),
    ("small-business@1", "sex-and-age"),
)
"""Versions of the sample bank, each with a check that shows something else."""


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


def numbers(camera: Camera) -> None:
    """An intersection, a calibration, the champion on the same rows, columns then and now, and small groups put together."""
    app = camera.app
    for version, check in NUMBERS:
        app.desktop.read(version)
        camera.settle()
        app.commands.registry.run("checks")
        assert app.desktop.dossier
        assert app.shell.dossier
        sight = app.desktop.dossier.state.sight
        if sight is None or sight.version != version or check not in sight.checks:
            continue  # another bank than the sample bank
        app.desktop.dossier.choose(check)
        camera.settle()
        page = app.shell.dossier.checks
        for tables in ("", "-tables"):
            whole = page.widget()
            assert whole
            page.verticalScrollBar().setValue(page.numbers.mapTo(whole, QPoint()).y() - 90)
            camera.each(f"checks-{check}-{version.partition('@')[0]}{tables}")
            app.commands.registry.run("tables")
            camera.settle()
