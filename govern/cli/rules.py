"""``govern policy resolve|diff|explain|new``: rules that are read, compared and begun."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from govern import __version__
from govern.cli import shell

if TYPE_CHECKING:
    from govern.policy.assembly import Library
    from govern.policy.resolve import Resolved

packs = click.option(
    "--packs",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="A company's own packs, FOLDER/FAMILY/NAME/1.0.0.yaml; they come before those that are shipped.",
)
_file = click.argument("file", type=click.Path(path_type=Path))


def library(folders: tuple[Path, ...]) -> "Library":
    """Return what policies can build on."""
    from govern.library import library as of  # noqa: PLC0415  --help reads no pack

    return of(folders)


@shell.command(
    "resolve",
    "govern policy resolve credit.yaml",
    "govern policy resolve credit.yaml --json",
    help="Print a policy as one flat document, with where each value comes from: what people read and sign.",
)
@_file
@packs
def resolve(file: Path, packs: tuple[Path, ...], *, as_json: bool) -> None:
    found = _resolved(file, packs)
    if as_json:
        value = {"ok": True, "id": found.policy.id, "version": found.policy.version, "digest": str(found.digest)}
        shell.print_json("policy-resolve", value | {"text": found.text})
    else:
        click.echo(found.text, nl=False)


@shell.command(
    "diff",
    "govern policy diff credit-1.yaml credit-2.yaml",
    "govern policy diff credit-1.yaml credit-2.yaml --json",
    help="Say what differs between two releases of a policy, and how large a step of the version that takes. 0 if the step was "
    "taken, 2 if it is too small.",
)
@click.argument("older", type=click.Path(path_type=Path))
@click.argument("newer", type=click.Path(path_type=Path))
@packs
def diff(older: Path, newer: Path, packs: tuple[Path, ...], *, as_json: bool) -> int:
    from govern.policy.comparing import stride  # noqa: PLC0415  --help reads no policy

    found = stride(_resolved(older, packs).policy, _resolved(newer, packs).policy)
    ok = found.taken >= found.needed
    needed, taken = (step.name.lower() for step in (found.needed, found.taken))
    if as_json:
        values = [
            {"what": one.what, "before": one.before, "after": one.after, "step": one.step.name.lower()}
            for one in found.differences
        ]
        steps = {"needed": needed, "taken": taken, "version": found.after, "least": found.least}
        shell.print_json("policy-diff", {"ok": ok, "differences": values, **steps})
        return 0 if ok else 2
    for one in found.differences:
        click.echo(f"  {one.step.name.lower():<6}{one.what}: {one.before or '(none)'} -> {one.after or '(none)'}")
    if not found.differences:
        click.echo("  nothing differs but the version")
    told = f"{found.before} to {found.after}"
    if ok:
        click.echo(f"{told}: {needed} is needed, and taken")
    else:
        click.echo(f"{told}: too small a step, {needed} is needed: at least {found.least}")
    return 0 if ok else 2


@shell.command(
    "explain",
    "govern policy explain credit.yaml",
    "govern policy explain credit.yaml --json",
    help="Say in plain sentences what a policy asks.",
)
@_file
@packs
def explain(file: Path, packs: tuple[Path, ...], *, as_json: bool) -> None:
    from govern.policy.plain import explained  # noqa: PLC0415  --help reads no policy

    found = explained(_resolved(file, packs).policy)
    if as_json:
        parts = [{"title": title, "sentences": sentences} for title, sentences in found]
        shell.print_json("policy-explain", {"ok": True, "parts": parts})
        return
    for title, sentences in found:
        click.echo(f"{title}\n" + "\n".join(f"  {one}" for one in sentences) + "\n")


@shell.command(
    "new",
    "govern policy new credit.yaml",
    "govern policy new credit.yaml --extends core/high-risk",
    help="Begin a policy: a file that is right, with its tests beside it. Nothing is written over.",
)
@_file
@click.option(
    "--extends", "base", metavar="PACK", help="Build on a pack, e.g. core/high-risk; see `govern policy packs`."
)
@packs
def new(file: Path, base: str | None, packs: tuple[Path, ...], *, as_json: bool) -> None:
    from govern import beginning  # noqa: PLC0415  --help writes nothing

    made = beginning.begun(file.stem, base, library(packs))
    written = beginning.write(file, made)
    if as_json:
        shell.print_json("policy-new", {"ok": True, "files": [str(path) for path in written]})
        return
    for path in written:
        click.echo(f"wrote {path}")
    click.echo(f"next: govern policy lint {file} && govern policy test {file}", err=True)


@shell.command(
    "packs", "govern policy packs", "govern policy packs --json", help="List the packs that policies can build on."
)
@packs
def packs_(packs: tuple[Path, ...], *, as_json: bool) -> None:
    from govern.library import listed  # noqa: PLC0415  --help reads no pack

    found = listed(library(packs), __version__)
    values = [
        {
            "pack": name,
            "version": policy.version,
            "status": policy.pack.status.value if policy.pack else None,
            "from": str(policy.effective.from_) if policy.effective.from_ else None,
            "until": str(policy.effective.until) if policy.effective.until else None,
            "title": policy.title,
        }
        for name, policy in found
    ]
    if as_json:
        shell.print_json("policy-packs", {"ok": True, "packs": values})
    elif values:
        rows = [
            tuple((value or "-").replace("_", " ") if key == "status" else value or "-" for key, value in one.items())
            for one in values
        ]
        shell.table(rows, ("PACK", "VERSION", "STATUS", "FROM", "UNTIL", "TITLE"))
    else:
        click.echo("none")


def _resolved(file: Path, folders: tuple[Path, ...]) -> "Resolved":
    from govern.library import beside  # noqa: PLC0415  --help reads no policy
    from govern.policy.resolve import resolve as resolved  # noqa: PLC0415  the same

    return resolved(shell.read_file(str(file), "policy"), str(file), __version__, beside(library(folders), file))
