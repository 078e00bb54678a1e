"""``python -m benchmarks``: measure, print one table, and leave with 1 if a figure is not what was wanted."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from benchmarks import append, audit, checks, decisions, hashing, inventory, measuring, million, policies, reading
from benchmarks.figure import TINY, Figure, Sizes, Skipped, table

Benchmark: TypeAlias = Callable[[Sizes, Path], Iterator[Figure | Skipped]]

BENCHMARKS: dict[str, Benchmark] = {
    "append": append.singly,
    "batch": append.batched,
    "audit": audit.audits,
    "read": reading.reading,
    "help": reading.help_,
    "lint": policies.linting,
    "judge": policies.judging,
    "inventory": inventory.asked,
    "past": inventory.past,
    "dry-run": inventory.dry_run,
    "hash": hashing.hashing,
    "fairness": measuring.fairness,
    "stability": measuring.stability,
    "evaluate": measuring.command,
    "shap": checks.shap,
    "decisions": decisions.decisions,
    "writers": append.writers,
    "postgresql": append.postgresql,
}
CHECKS = ("fairness", "stability", "evaluate", "shap", "decisions")
LONG: dict[str, Benchmark] = {"million": million.million, "files": hashing.many}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("group", nargs="?", choices=["checks"], help="measure what measuring and explaining costs")
    parser.add_argument(
        "--only", action="append", choices=[*BENCHMARKS, *LONG], help="measure this one; again for more"
    )
    parser.add_argument("--long", action="store_true", help="also a ledger of a million entries: some minutes")
    parser.add_argument("--tiny", action="store_true", help="so little that only whether it runs can be seen")
    parser.add_argument("--in", dest="place", type=Path, help="the folder to measure in, on the disk that is meant")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    asked = parser.parse_args(arguments)
    names = asked.only or CHECKS if asked.only or asked.group else [*BENCHMARKS, *(LONG if asked.long else ())]
    found = [figure for name in names for figure in _measured(name, TINY if asked.tiny else Sizes(), asked.place)]
    if asked.json:
        print(json.dumps([_value(one) for one in found], indent=2))
    else:
        print(table(found))
    return 1 if any(isinstance(one, Figure) and one.met is False for one in found) else 0


def _measured(name: str, sizes: Sizes, place: Path | None) -> list[Figure | Skipped]:
    print(f"measuring {name} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="govern-bench-", dir=place) as folder:
        return list((BENCHMARKS | LONG)[name](sizes, Path(folder)))


def _value(one: Figure | Skipped) -> dict[str, object]:
    return {"what": one.what, "skipped": one.why} if isinstance(one, Skipped) else one.value()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
