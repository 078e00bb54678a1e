"""``govern demo``: the whole story, for real, without a question."""

import sys
from pathlib import Path
from typing import Any

import click

from govern.cli import shell


@shell.command(
    "demo",
    "govern demo",
    "govern demo --into bank --seed 7",
    help="Make the ledger of a sample bank: people, keys, refusals, a stolen laptop, six models trained, measured and reviewed "
    "for real, a sealed report, and five attacks on a copy, each caught and named. Says at each step what it does.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The ledger folder; default: govern-demo, or the next free name.",
)
@click.option(
    "--seed", type=int, metavar="N", help="Take clock, keys and ids from a number: the same ledger, byte for byte."
)
def command(into: Path | None, seed: int | None, *, as_json: bool) -> None:
    from govern.demo.cast import PASSPHRASE, Stage  # noqa: PLC0415  --help tells no story
    from govern.demo.story import tell  # noqa: PLC0415  the same

    path = into or _free()
    say = _beside if as_json else click.echo
    say(f"DEMO: a sample bank in {path}. Its people are invented; keys, signatures and checks are real.")
    told = tell(path, Stage() if seed is None else Stage.seeded(seed), say, prove)
    if as_json:
        value = {"ledger": str(told.ledger), "models": list(told.models)}
        value |= {"report": str(told.report), "bundle": str(told.bundle)}
        shell.print_json("demo", value)
        return
    click.echo(f"\nYours to try (every passphrase is {PASSPHRASE!r}; in a checkout ./run govern stands for govern):")
    for line in suggestions(told.ledger, told.report):
        click.echo(f"  {line}")


def suggestions(ledger: Path, report: Path) -> list[str]:
    """Return what to try next, as it can be typed."""
    lines = (
        "govern ui",
        "govern inbox --as rob",
        "govern version show car-loans@1",
        "govern check credit-risk@2",
        f"govern reasons credit-risk@2 --case L00002 --data {ledger / 'out' / 'credit-risk-held-out.csv'}",
        "GOVERN_PASSPHRASE=demo govern sign credit-card@1 --meaning approved --reason agreed --as rob",
        "govern audit",
    )
    verify = f"govern verify {report} --root {ledger / 'out' / 'reports-root.der'}"
    return [*(f"{line} --ledger {ledger}" for line in lines), verify]


def prove(desk: Any, folder: Any, version: Any, report: Path, bundle: Path) -> int:
    """Write a version's report and bundle, and put the report on record in between."""
    from govern import review  # noqa: PLC0415  --help tells no story
    from govern.cli import casefile, reporting  # noqa: PLC0415  the same

    pdf, certificate = reporting.made(desk, folder, version, desk.chance)
    receipt = review.issue_report(desk, version, pdf, certificate, reporting.TEMPLATE)
    report.write_bytes(pdf)
    bundle.write_bytes(bytes(casefile.bundle(desk, version, pdf)))
    return receipt.index


def _beside(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201  the story goes to stderr when stdout is one object


def _free() -> Path:
    names = ("govern-demo", *(f"govern-demo-{number}" for number in range(2, 1000)))
    return next(path for path in map(Path, names) if not path.exists())
