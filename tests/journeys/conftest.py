"""Journeys use the terminal of the tests of the command line, and its staff."""

from tests.cli.conftest import _pair, _staffed, _stretched_once, staffed

__all__ = ["_pair", "_staffed", "_stretched_once", "staffed"]
