"""Everything Govern raises on purpose; the type says what the reader should do.

::

    GovernError
    ├── InvalidInput    what was given is malformed or does not exist: write it differently
    ├── NotAllowed      no key, wrong passphrase, no right, refused at admission: ask somebody who may
    ├── Tampered        a signature, a hash, a log or a file does not verify: stop and investigate
    ├── NothingChecked  there was nothing to judge: add what is missing
    └── Unavailable     a disk, a database or a service does not answer: mend it and try again

A message is one lower-case sentence without a full stop: the thing, as it is written, and what is true of it.
``hint`` says what to do next. ``code`` is the word that programs match on.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What an attack on the ledger looks like; spelled as the JSON of ``govern audit`` spells it."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    REPLACED = "replaced"
    ROLLED_BACK = "rolled_back"
    FORKED = "forked"
    BACKDATED = "backdated"
    STOLEN_KEY = "stolen_key"
    REVOKED_KEY = "revoked_key"
    SELF_APPROVAL = "self_approval"
    REPLAYED = "replayed"
    COPIED_SIGNATURE = "copied_signature"
    DOWNGRADED = "downgraded"
    GUARDS_DROPPED = "guards_dropped"
    PROJECTION_DIFFERS = "projection_differs"
    BLOB_DIFFERS = "blob_differs"
    DUPLICATE_SIGNATURE = "duplicate_signature"
    MALLEABLE_KEY = "malleable_key"
    UNVERIFIABLE = "unverifiable"


class GovernError(Exception):
    """The root of all errors that are the user's business."""

    default_code = "error"

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or self.default_code


class InvalidInput(GovernError):
    """What was given is malformed, or names something that does not exist."""

    default_code = "invalid_input"


class NotAllowed(GovernError):
    """A person, a key or a rule says no."""

    default_code = "not_allowed"

    def __init__(self, message: str, *, hint: str = "", code: str = "", kind: Kind | None = None) -> None:
        super().__init__(message, hint=hint, code=code)
        self.kind = kind
        """What it is called when an offline audit meets it in a log that should have refused it."""


class Tampered(GovernError):
    """Something that was signed or hashed is not what it was."""

    default_code = "tampered"

    def __init__(
        self, message: str, *, hint: str = "", kind: Kind = Kind.UNVERIFIABLE, entry: int | None = None
    ) -> None:
        super().__init__(message, hint=hint, code=kind.value)
        self.kind = kind
        self.entry = entry


class NothingChecked(GovernError):
    """There was nothing to judge, which is never a pass."""

    default_code = "nothing_checked"


class Unavailable(GovernError):
    """A disk, a database or a service does not do its part."""

    default_code = "unavailable"
