"""Journeys use the terminal of the tests of the command line."""

from tests.cli.conftest import _stretched_once

__all__ = ["_stretched_once"]
