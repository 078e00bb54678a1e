"""The command line: one file per noun; each command parses, makes one call on the desk, and prints."""

import gc
import os


def main() -> None:
    """Run the program and leave with its exit code."""
    # A ledger of thousands of models is many small values that stay: to look through them for circles finds none.
    gc.set_threshold(1_000_000, 20, 100)
    # What a record says is read by us alone: no other package's plugin is looked for, or loaded.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

    from govern.cli.program import run  # noqa: PLC0415  `import govern.cli` stays cheap

    run()
