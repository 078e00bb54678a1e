"""Govern: the signed record of every model decision.

``govern.connect`` opens a ledger, ``govern.gate_offline`` asks an approval where there is none (docs/sdk.md). They are read
when they are asked for, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, NothingChecked, Tampered, Unavailable

if TYPE_CHECKING:
    from govern.offline import Answer, gate_offline
    from govern.sdk import Connection, connect
else:
    _LATER = {"Answer": "offline", "gate_offline": "offline", "Connection": "sdk", "connect": "sdk"}

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module 'govern' has no attribute {name!r}")
        # They bring the formats and the database with them.
        return getattr(import_module(f"govern.{_LATER[name]}"), name)


__all__ = [
    "Answer",
    "Connection",
    "GovernError",
    "InvalidInput",
    "Kind",
    "NotAllowed",
    "NothingChecked",
    "Tampered",
    "Unavailable",
    "__version__",
    "connect",
    "gate_offline",
]

__version__ = "0.1.0"
