"""``govern move``: from stage to stage, through the gate that the policy has before it."""

import click

from govern.cli import lineage, shell
from govern.errors import InvalidInput


@shell.command(
    "move",
    'govern move credit-risk@1 --to production --as-role champion --reason "go-live 2026-12-01" --as rae',
    'govern move credit-risk@1 --rollback --reason "@2 declines whom it should not" --as rae',
    help="Move a version to another stage. To validated, approved and production the policy has to allow it. With "
    "--rollback, a risk officer takes a version that was in production before back to it, as champion.",
)
@click.argument("name", metavar="MODEL@V")
@click.option(
    "--to",
    type=click.Choice(["validated", "approved", "production", "suspended", "retired"]),
    help="The stage.",
)
@click.option(
    "--as-role", "production_role", type=click.Choice(["champion", "challenger"]), help="As what, in production."
)
@click.option("--rollback", is_flag=True, help="Go back to a version that was in production before.")
@shell.needed_reason
@shell.place(people=True)
def move(
    name: str,
    to: str | None,
    production_role: str | None,
    rollback: bool,
    reason: str,
    where: shell.Place,
    *,
    as_json: bool,
) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    if rollback and (to or "production", production_role or "champion") != ("production", "champion"):
        raise InvalidInput("a rollback is to production, as champion", hint="leave --to and --as-role out")
    if not rollback and not to:
        raise InvalidInput("to which stage?", hint="--to validated, or --rollback", code="usage")
    stage, role = ("production", "champion") if rollback else (to or "", production_role or "")
    with where.desk(signing=False) as desk:
        one = review.version(desk, name)
        if role == "champion":
            lineage.tell_displaced(review.displaces(desk, one), err=True)
        warnings = review.leaves_alone(desk, one, stage, role)
    for warning in warnings:
        shell.note(warning)
    with where.desk() as desk:
        receipt = review.move(desk, review.version(desk, name), stage, reason, role, rollback=rollback)
        text = f"{name} is in production" if stage == "production" else f"{name} is {stage}"
        if as_json:
            shell.print_json("move", {**shell.receipt_value(receipt), "warnings": warnings})
            return
        where.filed(desk, "move", receipt, "; ".join([text, *warnings]), as_json=False)
