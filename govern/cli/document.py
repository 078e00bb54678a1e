"""``govern document``: what is written about a version, section by section."""

from pathlib import Path

import click

from govern.cli import said, shell
from govern.errors import InvalidInput

_version = click.argument("name", metavar="MODEL@V")
_section = click.argument("section")


@shell.command(
    "add",
    "govern document add credit-risk@1 limitations limitations.md --as ana",
    "govern document add credit-risk@1 validation report.pdf --new-section --as vic --json",
    help="Keep a document as the one for a section of the dossier, in place of the one before. What was signed is void.",
)
@_version
@_section
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--new-section", is_flag=True, help="The section is your own: neither a usual one nor asked for.")
@shell.place(people=True)
def add(name: str, section: str, file: Path, new_section: bool, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review, vocabulary  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        one = review.version(desk, name)
        if not new_section:
            vocabulary.require_section(desk, one, section)
        receipt = discussion.add_document(desk, one, section, file)
        where.filed(desk, "document-add", receipt, f"{file} is {section} of {name}", as_json=as_json)


@shell.command(
    "list",
    "govern document list credit-risk@1",
    "govern document list credit-risk@1 --at 2026-03-31 --json",
    help="List the documents of a version, and the sections that a policy asks for and nobody wrote.",
)
@_version
@shell.place(at=True)
def list_(name: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        values = said.documents(desk, review.version(desk, name))
    if as_json:
        shell.print_json("document-list", {"ok": True, "version": name, "documents": values})
    elif values:
        rows = [
            (
                one["section"],
                "yes" if one["required"] else "no",
                one["name"] or "(empty)",
                "-" if one["words"] is None else one["words"],
                one["person"] or "-",
                one["entry"] or "-",
            )
            for one in values
        ]
        shell.table(rows, ("SECTION", "REQUIRED", "DOCUMENT", "WORDS", "BY", "ENTRY"))
    else:
        click.echo("no documents, and none is asked for")


@shell.command(
    "get",
    "govern document get credit-risk@1 limitations -o limitations.md",
    "govern document get credit-risk@1 limitations --at 2026-03-31 -o limitations-march.md",
    help="Write the document of a section to a file, its digest checked.",
)
@_version
@_section
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The file."
)
@shell.place(at=True)
def get(name: str, section: str, target: Path, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database
    from govern.storage import durable  # noqa: PLC0415  the same

    with where.desk(signing=False) as desk:
        one = review.version(desk, name)
        if section not in one.documents:
            known = ", ".join(sorted(one.documents)) or "none"
            raise InvalidInput(f"{name} has no document {section}", hint=f"it has {known}", code="no_document")
        document = one.documents[section]
        durable.replace(target, review.content(desk, document.content))
    if as_json:
        value = {"file": str(target), "digest": str(document.content), "bytes": document.size}
        shell.print_json("document-get", {"ok": True, **value})
    else:
        click.echo(f"{target}, {document.size:,} bytes, {document.content}")


command = shell.group(
    "document",
    "Documents: what is written about a version, section by section.",
    "govern document add credit-risk@1 limitations limitations.md --as ana",
    "govern document list credit-risk@1",
    verbs=(add, list_, get),
)
