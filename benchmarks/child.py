"""What is measured in a process of its own: ``python -m benchmarks.child grow|audit|write|decide PATH ...``; it prints JSON."""

import json
import os
import resource
import sys
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from threading import Event, Thread

from benchmarks.bank import Bank
from benchmarks.figure import most_memory
from govern import examine


def main(act: str, path: str, *rest: str) -> None:
    match act, rest:
        case "grow", (entries, batch):
            measured = grow(Path(path), int(entries), int(batch))
        case "audit", ():
            measured = audit(Path(path))
        case "write", (url, seconds, number):
            measured = write(Path(path), url, float(seconds), number)
        case "decide", (processes,):
            measured = decide(Path(path), int(processes))
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


def decide(path: Path, processes: int) -> dict[str, float]:
    """Tell every case of a file why it was declined, and then decide the same file with leaves and root."""
    from govern.checks import decided, nursery, population, rows, sandbox, tables  # noqa: PLC0415  only here
    from govern.checks.binding import Rule  # noqa: PLC0415  the same
    from govern.checks.reasons import Dictionary  # noqa: PLC0415  the same

    model = sandbox.ModelFile.read(path / "model.ubj")
    reference = population.Reference(path / "reference.parquet", population.ReferenceKind.ALL)
    # No score is so high: everybody is declined.
    everybody = Rule(population.SCORE, ">=", Decimal(2))
    terms = decided.Terms(everybody, Dictionary.parse((path / "words.yaml").read_bytes()), reference)
    watch, start = Watch(), time.perf_counter()
    with ExitStack() as opened, watch:
        its, others = (opened.enter_context(tables.opened(path / f"{name}.parquet")) for name in ("cases", "reference"))
        models = [opened.enter_context(sandbox.loaded(model)) for _ in range(processes)]
        first, features = models[0], models[0].features
        numbers = rows.numeric(others, features)
        whole, known = population.scored(its, first, numbers), population.scored(others, first, numbers)
        people = population.population(known, features, reference.kind, everybody, numbers, reference.least)
        told = decided.explained(models, whole, people, terms, numbers)
    reasons = time.perf_counter() - start
    assert sum(len(part.margins) for part in told) == its.rows
    nursery.end()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    start = time.perf_counter()
    decided.decide(model, decided.Cases(path / "cases.parquet"), terms, os.urandom, processes=processes)
    return {
        "reasons": reasons,
        "processor": sum(one.ru_utime + one.ru_stime for one in used),
        "megabytes": watch.most or _megabytes(),
        "decided": time.perf_counter() - start,
    }


class Watch:
    """The most memory that this process and all that it started have had together, where the system says it."""

    def __init__(self) -> None:
        self.most, self._over = 0.0, Event()
        self._thread = Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            self.most = max(self.most, sum(map(_proportional, _family(os.getpid()))))


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it, also from threads of it."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(one) for file in files for one in _read(file).split()]
    return [pid, *(one for child in found for one in _family(child))]


def _proportional(pid: int) -> float:
    """Return the memory of a process in megabytes, of what it shares its part."""
    lines = _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / (1 << 10)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has ended meanwhile
        return ""


def _megabytes() -> float:
    """Return the most memory that this process and the largest of its children have had."""
    unit = 1 if sys.platform == "darwin" else 1 << 10  # bytes there, kilobytes elsewhere
    return most_memory() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit / (1 << 20)


if __name__ == "__main__":
    main(*sys.argv[1:])
