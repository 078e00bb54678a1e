"""A ledger of a million entries: its growth and its audit, each in a process whose memory is watched, and what it answers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import reading
from benchmarks.append import HERE
from benchmarks.bank import Bank
from benchmarks.figure import Figure, Sizes

MEGABYTES = 300


def million(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    path = folder / "long"
    grown = _child("grow", str(path), str(sizes.long), str(sizes.batch))
    yield from _figures("append", sizes, grown)
    yield from reading.of(Bank(path, f"sqlite:///{path}/ledger/ledger.db"), sizes)
    yield from _figures("audit", sizes, _child("audit", str(path)))


def _figures(act: str, sizes: Sizes, measured: dict[str, float]) -> Iterator[Figure]:
    what = f"{act} {sizes.long:,} entries"
    yield Figure(what, sizes.long / measured["seconds"], "/s")
    yield Figure(f"{what}: time", measured["seconds"], "s")
    yield Figure(f"{what}: memory", measured["megabytes"], "MB", most=MEGABYTES)


def _child(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-P", "-m", "benchmarks.child", *arguments]
    done = subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))
