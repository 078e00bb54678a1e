"""Govern: the signed record of every model decision.

``govern.connect`` opens a ledger, ``govern.gate_offline`` asks an approval where there is none, ``govern.evaluate`` measures
predictions and ``govern.reasons`` explains a model (docs/sdk.md). They are read when they are asked for, so that importing
this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, NothingChecked, Tampered, Unavailable

if TYPE_CHECKING:
    from govern.checks.direct import Explained, Measured, evaluate, reasons
    from govern.offline import Answer, gate_offline
    from govern.sdk import Connection, connect
else:
    _LATER = {
        "Answer": "offline",
        "Connection": "sdk",
        "Explained": "checks.direct",
        "Measured": "checks.direct",
        "connect": "sdk",
        "evaluate": "checks.direct",
        "gate_offline": "offline",
        "reasons": "checks.direct",
    }

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module 'govern' has no attribute {name!r}")
        # They bring the formats and the database with them.
        return getattr(import_module(f"govern.{_LATER[name]}"), name)


__all__ = [
    "Answer",
    "Connection",
    "Explained",
    "GovernError",
    "InvalidInput",
    "Kind",
    "Measured",
    "NotAllowed",
    "NothingChecked",
    "Tampered",
    "Unavailable",
    "__version__",
    "connect",
    "evaluate",
    "gate_offline",
    "reasons",
]

__version__ = "0.1.0"
