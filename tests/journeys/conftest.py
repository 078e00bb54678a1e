"""Journeys use the terminal of the tests of the command line, its staff, and its bank at several stages."""

from tests.cli.conftest import (
    _measured,
    _pair,
    _registered,
    _staffed,
    _stretched_once,
    measured,
    registered,
    staffed,
)

__all__ = [
    "_measured",
    "_pair",
    "_registered",
    "_staffed",
    "_stretched_once",
    "measured",
    "registered",
    "staffed",
]
