"""A ledger with a model in it, as the command line made it."""

from tests.cli.conftest import _alone, _pair, _registered, _staffed, registered

__all__ = ["_alone", "_pair", "_registered", "_staffed", "registered"]
