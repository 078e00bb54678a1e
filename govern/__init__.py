"""Govern: the signed record of every model decision."""

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, NothingChecked, Tampered, Unavailable

__all__ = [
    "GovernError",
    "InvalidInput",
    "Kind",
    "NotAllowed",
    "NothingChecked",
    "Tampered",
    "Unavailable",
    "__version__",
]

__version__ = "0.1.0"
