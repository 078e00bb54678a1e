"""``govern report`` and ``govern bundle``: what a regulator gets, and what proves it."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click

from govern.cli import shell
from govern.errors import InvalidInput

SEAL_SCHEMA = "govern/report-seal/v1"
LASTS = timedelta(days=3650)
TEMPLATE, TRAIL, INVENTORY, LL144 = "validation-report", "audit-trail", "inventory", "nyc-ll144"
OF_VERSION = frozenset({TEMPLATE, LL144})


@shell.command(
    "report",
    "govern report credit-risk@1 -o credit-risk-1.pdf --as gus",
    "govern report --template audit-trail --model credit-risk --from 2026-01-01 -o trail.pdf",
    help="Write the validation report of a version as a sealed PDF/A, and put on record that it was issued. With --draft, "
    "and of what is not submitted as it is now, nothing is recorded and nobody signs. The other templates are sealed extracts of the ledger: the audit trail of a "
    "model or a period, the inventory of all models, and the public summary of a bias audit of a version "
    "(NYC Local Law 144); nothing is recorded for them.",
)
@click.argument("name", metavar="[MODEL@V]", required=False)
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The PDF."
)
@click.option("--draft", is_flag=True, help="Do not put it on record.")
@click.option(
    "--template",
    type=click.Choice([TEMPLATE, TRAIL, INVENTORY, LL144]),
    default=TEMPLATE,
    help="What is written; default: the validation report.",
)
@click.option("--model", default="", metavar="MODEL", help="Of the audit trail: entries about this model only.")
@click.option("--from", "first", default="", metavar="TIME", help="Of the audit trail: recorded from then on.")
@click.option("--until", "last", default="", metavar="TIME", help="Of the audit trail: recorded until then.")
@shell.place(people=True, at=True)
def report(
    name: str | None,
    target: Path,
    draft: bool,
    template: str,
    model: str,
    first: str,
    last: str,
    where: shell.Place,
    *,
    as_json: bool,
) -> None:
    from govern import review  # noqa: PLC0415  --help lays out no pages
    from govern.storage import durable  # noqa: PLC0415  the same

    _require_about(template, name, of_trail=bool(model or first or last))
    if template != TEMPLATE and name:
        draft = True  # a summary is read from the record, and not filed
    if where.at and name and not draft:
        raise InvalidInput("what was is not issued now", hint="add --draft", code="usage")
    if name and not draft:
        with where.desk(signing=False) as desk:
            one = review.version(desk, name)
            # Nobody was asked to review what this would show: it is no report of anything yet, and nobody signs for it.
            draft = one.dossier != review.dossier_of(desk, one).digest
        if draft:
            shell.note(f"{name} is not submitted as it is now: this is a draft, and nothing is filed")
    with where.desk(signing=bool(name) and not draft) as desk:
        size, dossier = desk.registry.size, None
        if name:
            one = review.version(desk, name)
            dossier = str(review.dossier_of(desk, one).digest)
            make = made if template == TEMPLATE else published
            pdf, certificate = make(desk, where.folder(), one)
            receipt = None if draft else review.issue_report(desk, one, pdf, certificate, TEMPLATE)
        else:
            pdf, certificate = extracted(desk, where.folder(), template, (model, first, last))
            receipt = None
    durable.replace(target, pdf)
    if as_json:
        issued = shell.receipt_value(receipt) if receipt else {"ok": True, "entry": None}
        about = {"certificate": str(certificate), "template": template, "dossier": dossier, "size": size}
        shell.print_json("report", {**issued, "file": str(target), "bytes": len(pdf), **about})
        return
    nothing = "a draft, nothing is filed" if template == TEMPLATE else "sealed; nothing is recorded"
    said = f"issued in entry #{receipt.index}" if receipt else nothing
    click.echo(f"{target}, {len(pdf):,} bytes: {said}")


@shell.command(
    "bundle",
    "govern bundle credit-risk@1 -o credit-risk-1.zip",
    "govern bundle credit-risk@1 -o credit-risk-1.zip --report credit-risk-1.pdf",
    help="Write everything that a stranger needs to check a version: entries with proofs, dossier, evidence, policies, "
    "and verify.py, which needs nothing but Python.",
)
@click.argument("name", metavar="MODEL@V")
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The zip."
)
@click.option("--report", "report_file", default="", metavar="FILE", help="A report to put in.")
@shell.place()
def bundle(name: str, target: Path, report_file: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help proves nothing
    from govern.cli import casefile  # noqa: PLC0415  the same
    from govern.storage import durable  # noqa: PLC0415  the same

    content = shell.read_file(report_file, "report") if report_file else None
    with where.desk(signing=False) as desk:
        found = casefile.bundle(desk, review.version(desk, name), content)
    durable.replace(target, bytes(found))
    if as_json:
        shell.print_json("bundle", {"ok": True, "file": str(target), "entries": len(found.entries) + 1})
        return
    click.echo(
        f"{target}: {len(found.entries) + 1} entries with their proofs. Anybody checks it with `python verify.py {target.name}`."
    )


def _require_about(template: str, name: str | None, *, of_trail: bool) -> None:
    """Raise unless what is asked for is one paper."""
    if template in OF_VERSION and not name:
        hint = f"name it: MODEL@V; --template {TRAIL} and --template {INVENTORY} are of no version"
        raise InvalidInput(f"a {template.replace('-', ' ')} is of a version", hint=hint)
    if template not in OF_VERSION and name:
        raise InvalidInput(f"the {template} is of no version", hint=f"leave {name} out, or --template")
    if template != TRAIL and of_trail:
        hint = f"--template {TRAIL}; the {INVENTORY} has every model, and `--at` says as of when"
        raise InvalidInput(f"--model, --from and --until are of the {TRAIL}", hint=hint)


def extracted(desk: Any, folder: Any, template: str, asked: tuple[str, str, str]) -> tuple[bytes, Any]:
    """Return a sealed extract of the ledger, and the digest of the certificate it is sealed with."""
    from govern.cli import extracts  # noqa: PLC0415  --help lays out no pages

    demo, (model, first, last) = folder.origin.endswith("/demo"), asked
    if template == INVENTORY:
        return _sealed(folder, extracts.inventory(desk, demo=demo), os.urandom)
    begin, end = (shell.instant(one) if one else None for one in (first, last))
    if first and "T" not in first and begin:
        begin = datetime.combine(begin.date(), time(), UTC)  # a bare date begins with its first moment
    return _sealed(folder, extracts.trail(desk, demo=demo, model=model, first=begin, last=end), os.urandom)


def made(desk: Any, folder: Any, one: Any, chance: Callable[[int], bytes] = os.urandom) -> tuple[bytes, Any]:
    """Return the sealed report of a version, and the digest of the certificate it is sealed with."""
    from govern.cli import casefile  # noqa: PLC0415  --help lays out no pages

    return _sealed(folder, casefile.casefile(desk, one, demo=folder.origin.endswith("/demo")), chance)


def published(desk: Any, folder: Any, one: Any) -> tuple[bytes, Any]:
    """Return the sealed public summary of a version's bias audit, and the digest of the certificate it is sealed with."""
    from govern.cli import extracts  # noqa: PLC0415  --help lays out no pages

    return _sealed(folder, extracts.bias_audit(desk, one, demo=folder.origin.endswith("/demo")), os.urandom)


def _sealed(folder: Any, source: Any, chance: Callable[[int], bytes]) -> tuple[bytes, Any]:
    from reports.pdfa import archive  # noqa: PLC0415  --help lays out no pages
    from reports.render import render  # noqa: PLC0415  the same
    from reports.signing import Act, sealed  # noqa: PLC0415  the same

    sealer = seal(folder, source.as_of, chance)
    act = Act("Govern ledger", "report seal", f"report {source.report_id}", source.as_of)
    return sealed(archive(source, render(source)), sealer, act), sealer.fingerprint


def seal(folder: Any, begins: datetime, chance: Callable[[int], bytes]) -> Any:
    """Return what seals this ledger's reports; the first report makes it, and leaves the root for whoever is to trust it."""
    from govern.ledger.strict import canonical, decode64, encode64, read_json, read_time, write_time  # noqa: PLC0415
    from govern.storage import durable, secret  # noqa: PLC0415  --help lays out no pages
    from reports import certificates  # noqa: PLC0415  the same

    path = folder.keys_path / "log.reports.key.json"
    if not path.exists():
        value = {
            "schema": SEAL_SCHEMA,
            "firm": folder.origin.partition("/")[0],
            "seed": encode64(chance(32)),
            "begins": write_time(begins.replace(microsecond=0)),
        }
        durable.create(path, canonical(value), 0o600)
    value = read_json(secret.read_private(path))
    since = read_time(value["begins"])
    root = certificates.authority(decode64(value["seed"]), value["firm"], since, since + LASTS)
    trust = folder.path / "out" / "reports-root.der"
    if not trust.exists():
        durable.make_folder(trust.parent)
        durable.create(trust, root.certificate)
    return certificates.issued(root, decode64(value["seed"]), "Govern reports", since, since + LASTS)
