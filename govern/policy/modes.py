"""How far a policy goes."""

from enum import StrEnum


class Mode(StrEnum):
    """What a policy does with what it finds: writes it down, says it, or acts on it."""

    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"
