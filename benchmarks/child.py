"""What is measured in a process of its own: ``python -m benchmarks.child grow|audit|write PATH ...``; it prints JSON."""

import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.bank import Bank
from govern import examine


def main(act: str, path: str, *rest: str) -> None:
    match act, rest:
        case "grow", (entries, batch):
            measured = grow(Path(path), int(entries), int(batch))
        case "audit", ():
            measured = audit(Path(path))
        case "write", (url, seconds, number):
            measured = write(Path(path), url, float(seconds), number)
        case _:
            sys.exit(__doc__)
    print(json.dumps(measured))


def grow(path: Path, entries: int, batch: int) -> dict[str, float]:
    """Make a ledger of so many entries; signing counts towards memory and not towards time."""
    bank, seconds = Bank.founded(path), 0.0
    with bank.open() as ledger:
        size = ledger.registry.size
        while size < entries:
            envelopes = bank.envelopes(ledger, min(batch, entries - size))
            start = time.perf_counter()
            ledger.submit(envelopes)
            seconds += time.perf_counter() - start
            size += len(envelopes)
    return {"entries": entries, "seconds": seconds, "megabytes": _megabytes()}


def audit(path: Path) -> dict[str, float]:
    start = time.perf_counter()
    report = examine.ledger(Bank(path, "").folder)
    assert not report.problems, report.problems
    return {"entries": report.size, "seconds": time.perf_counter() - start, "megabytes": _megabytes()}


def write(path: Path, url: str, seconds: float, number: str) -> dict[str, float]:
    """Append one by one from the moment that somebody says so."""
    bank, written = Bank(path, url, f"writer {number}"), 0
    with bank.open() as ledger:
        print("ready", flush=True)
        sys.stdin.readline()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            ledger.submit(bank.envelopes(ledger, 1))
            written += 1
    return {"entries": written}


def _megabytes() -> float:
    """Return the most memory that this process and the largest of its children have had."""
    unit = 1 if sys.platform == "darwin" else 1 << 10  # bytes there, kilobytes elsewhere
    own, largest = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + largest) * unit / (1 << 20)


if __name__ == "__main__":
    main(*sys.argv[1:])
