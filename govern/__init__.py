"""Govern: the signed record of every model decision.

``govern.connect`` opens a ledger (docs/sdk.md); it is read when it is asked for, so that importing this package costs nothing.
"""

from typing import TYPE_CHECKING

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, NothingChecked, Tampered, Unavailable

if TYPE_CHECKING:
    from govern.sdk import Connection, connect
else:

    def __getattr__(name: str) -> object:
        if name not in {"Connection", "connect"}:
            raise AttributeError(f"module 'govern' has no attribute {name!r}")
        from govern import sdk  # noqa: PLC0415  it brings the database with it

        return getattr(sdk, name)


__all__ = [
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
]

__version__ = "0.1.0"
