"""``govern policy``: the rules as YAML; wrong ones are told where, right ones are adopted by a signature."""

from datetime import UTC, datetime
from pathlib import Path

import click

from govern import __version__
from govern.cli import formats, rehearsing, rules, shell


@shell.command(
    "lint",
    "govern policy lint credit.yaml",
    "govern policy lint credit.yaml fairness.yaml --format github --output lint.sarif",
    help="Say everything that is wrong with a policy, each with its line and column. 0 if nothing is, 2 if something is.",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@rules.packs
@formats.options
def lint(files: tuple[Path, ...], packs: tuple[Path, ...], asked: formats.Asked) -> int:
    from govern.policy import notices  # noqa: PLC0415  --help reads no policy
    from govern.policy.diagnostics import Severity  # noqa: PLC0415  the same
    from govern.policy.resolve import lint as linted  # noqa: PLC0415  the same

    known, today = rules.library(packs), datetime.now(UTC).date()
    found = [
        (str(file), linted(shell.read_file(str(file), "policy"), str(file), __version__, known, today, _untested(file)))
        for file in files
    ]
    diagnostics = [one for _, file in found for one in file.diagnostics]
    ok = not any(one.severity is Severity.ERROR for one in diagnostics)
    value = {"ok": ok, "diagnostics": [one.as_json() for one in diagnostics]}
    account = notices.of_policies(found)
    rendered = [f"{file.rendered()}\n" for _, file in found if file.diagnostics]
    asked.say(formats.Answer("policy-lint", value, "\n".join([*rendered, account.end.message]), account))
    return 0 if ok else 2


def _untested(file: Path) -> str:
    """Return where tests of a policy would stand, if there are none."""
    beside = rehearsing.beside(file)
    return "" if beside.exists() else beside.name


@shell.command(
    "adopt",
    "govern policy adopt credit.yaml --as rae",
    "govern policy adopt credit.yaml --as rae --json",
    help="Adopt a policy by signature: from here on it judges every model it is for. The source is kept with its digest.",
)
@click.argument("file", type=click.Path(path_type=Path))
@rules.packs
@shell.place(people=True)
def adopt(file: Path, packs: tuple[Path, ...], where: shell.Place, *, as_json: bool) -> None:
    from govern import catalogue  # noqa: PLC0415  --help opens no database
    from govern.library import beside  # noqa: PLC0415  the same

    source = shell.read_file(str(file), "policy")
    with where.desk() as desk:
        receipt = catalogue.adopt_policy(desk, source, str(file), __version__, beside(rules.library(packs), file))
        where.filed(desk, "policy-adopt", receipt, f"{file} is adopted", as_json=as_json)


@shell.command(
    "list", "govern policy list", "govern policy list --at 2026-03-31 --json", help="List the policies adopted."
)
@shell.place(at=True)
def list_(where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database
    from govern.policy.flat import built_on  # noqa: PLC0415  the same

    with where.desk(signing=False) as desk:
        values = [
            {
                "id": one.id,
                "version": one.release,
                "digest": str(one.digest),
                "entry": f"#{one.entry}",
                "packs": list(built_on((review.content_or_none(desk, one.source) or b"").decode())),
            }
            for _, one in sorted(desk.registry.inventory.policies.items())
        ]
    if as_json:
        shell.print_json("policy-list", {"ok": True, "policies": values})
    elif values:
        rows = [(*list(one.values())[:-1], ", ".join(one["packs"]) or "-") for one in values]
        shell.table(rows, ("POLICY", "VERSION", "DIGEST", "ADOPTED IN", "BUILDS ON"))
    else:
        click.echo("none adopted: two people sign, by the built-in rule")


command = shell.group(
    "policy",
    "Policies: the rules as YAML.",
    "govern policy lint credit.yaml",
    "govern policy adopt credit.yaml --as rae",
    verbs=(lint, rehearsing.test, rules.resolve, rules.diff, rules.explain, rules.new, rules.packs_, adopt, list_),
)
