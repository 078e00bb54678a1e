"""Files of a version: hashed and kept in one pass, told apart by their own headers, never executed.

`keeping` hashes and keeps, `folder` says which files there are and packs those that are too many to name, `inspection`
says what a file is. Every other module knows one format, and reads it through a `source` that trusts no length.
"""

from govern.artifacts.inspection import inspect
from govern.artifacts.keeping import NOT_HELD, data_set, digests, keep, kept, refer
from govern.artifacts.source import Column, Inspection

__all__ = ["NOT_HELD", "Column", "Inspection", "data_set", "digests", "inspect", "keep", "kept", "refer"]
