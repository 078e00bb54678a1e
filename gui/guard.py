"""Whether this machine can show a window at all: asked before Qt is, because Qt ends the interpreter instead of answering."""

import os
import subprocess
import sys
from importlib import metadata

from govern.errors import Unavailable

PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
PROBE_SECONDS = 30
DROPS_NONE = (6, 12)
"""From this release on, each void call of Qt loses a reference to None; Python 3.12 made None immortal."""
IMMORTAL_NONE = (3, 12)
NO_DISPLAY = ("offscreen", "minimal", "vnc")


def require_qt(version: str = "", python: tuple[int, int] = sys.version_info[:2]) -> None:
    """Raise `Unavailable` unless PySide6 is here, in a release that this Python survives."""
    try:
        found = version or metadata.version("PySide6-Essentials")
    except metadata.PackageNotFoundError:
        raise Unavailable(
            "the desktop app needs PySide6, which is not installed", hint="pip install 'govern[desktop]'"
        ) from None
    release = tuple(int(part) for part in found.split(".")[:2])
    if release >= DROPS_NONE and python < IMMORTAL_NONE:
        raise Unavailable(
            f"PySide6 {found} ends the interpreter on Python {python[0]}.{python[1]} after a few thousand calls",
            hint="pip install 'PySide6-Essentials>=6.11.2,<6.12', or use Python 3.12 or newer",
        )


def require_display() -> None:
    """Raise `Unavailable` where no window can be opened; a child process tries it and may die of it."""
    if os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in NO_DISPLAY:
        return
    try:
        tried = subprocess.run(  # noqa: S603  our own interpreter
            [sys.executable, "-c", PROBE], check=False, capture_output=True, text=True, timeout=PROBE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise Unavailable("the display does not answer", hint="look at DISPLAY and WAYLAND_DISPLAY") from None
    if tried.returncode != 0:
        said = [line for line in tried.stderr.splitlines() if line.strip()]
        cause = next((line for line in said if "display" in line or "lib" in line), said[-1] if said else "no word")
        raise Unavailable(
            f"no window can be opened here: {cause.strip()}",
            hint="start it in a desktop session; on Debian: apt-get install libgl1 libegl1 libxkbcommon0 libxcb-cursor0 "
            "libxcb-icccm4 libxcb-keysyms1 libdbus-1-3 libfontconfig1; `govern ui --shots FOLDER` needs no display",
        )
