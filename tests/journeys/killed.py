"""The command line, killed at a moment of its append: ``python -m tests.journeys.killed MOMENT WORD...``.

A moment is one of those that `Sequencer` names; nothing of what comes after it runs, not even what tidies up.
"""

import os
import signal
import sys
from typing import Any

from govern.cli import main
from govern.storage.local import LocalLedger


def seam() -> dict[str, Any]:
    """Return where a fault is put into the appends of a ledger that the program opens itself."""
    found: dict[str, Any] = vars(LocalLedger)["open"].__func__.__kwdefaults__
    return found


def killed(moment: str, *words: str) -> None:
    def at(step: str) -> None:
        if step == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    seam()["at"] = at
    sys.argv = ["govern", *words]
    main()


if __name__ == "__main__":
    killed(*sys.argv[1:])
