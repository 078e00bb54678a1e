"""``govern verify``: what somebody handed you, checked offline and without an account."""

from typing import Any

import click

from govern.cli import shell


@shell.command(
    "proof",
    "govern verify proof 41.json 41.tlog-proof --vkey ledger.bank.example/models+1234abcd+AQ...",
    "govern verify proof entry.json entry.tlog-proof --vkey-file log.vkey --json",
    help="Check that a log holds an entry: any C2SP tlog-proof, ours or another log's. The key decides whose log it is, so "
    "take it from a source you trust.",
)
@click.argument("entry")
@click.argument("proof_file", metavar="PROOF")
@click.option(
    "--vkey", "vkeys", multiple=True, metavar="VKEY", help="The log's verifier key; again for its witnesses'."
)
@click.option("--vkey-file", "vkey_files", multiple=True, metavar="FILE", help="A file with the key.")
def proof(entry: str, proof_file: str, vkeys: tuple[str, ...], vkey_files: tuple[str, ...], *, as_json: bool) -> None:
    from govern import examine  # noqa: PLC0415  --help reads no formats
    from govern.errors import InvalidInput  # noqa: PLC0415  the same
    from govern.ledger.merkle import leaf_hash  # noqa: PLC0415  the same

    keys = [*vkeys, *(shell.read_file(path, "verifier key").decode(errors="replace").strip() for path in vkey_files)]
    if not keys:
        raise InvalidInput("no key says whose log this is", hint="add --vkey with the log's verifier key")
    leaf = shell.read_file(entry, "entry")
    checkpoint = examine.proof(leaf, shell.read_file(proof_file, "proof"), keys)
    checked = [
        ("the checkpoint is signed by the log's key", f"the key {checkpoint.origin}"),
        (f"the log's first {checkpoint.size} entries hold this one", "the checkpoint"),
    ]
    left = [("that the key is the firm's", "it is yours to compare"), ("what the entry says", "see `govern log show`")]
    if as_json:
        value = {
            "ok": True,
            "what": f"sha256:{leaf_hash(leaf).hex()}",
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": f"sha256:{checkpoint.root.hex()}",
            "checked": [{"what": what, "by_whose_word": word, "result": "ok"} for what, word in checked],
            "problems": [],
            "not_checked": [{"what": what, "why": why} for what, why in left],
        }
        shell.print_json("verify", value)
        return
    click.echo(
        f"{shell.styled('OK', 'green')}  {entry} is in {checkpoint.origin}, among its first {checkpoint.size} entries"
    )
    for what, word in checked:
        click.echo(f"  {what}; by the word of {word}")
    for what, why in left:
        click.echo(f"  not checked: {what}, {why}")


@shell.command(
    "file",
    "govern verify credit-risk-1.pdf --anchor ANCHOR --root reports-root.der",
    "govern verify credit-risk-1.zip --anchor ANCHOR",
    help="Check a report or an evidence bundle: `govern verify FILE` is enough. The anchor and the root have to come from "
    "the firm by another way; without them a file proves itself only to itself.",
)
@click.argument("path", metavar="FILE")
@click.option(
    "--anchor",
    default="",
    envvar="GOVERN_ANCHOR",
    metavar="ANCHOR",
    help="The ledger's anchor, from a source you trust.",
)
@click.option("--root", "roots", multiple=True, metavar="FILE", help="The certificate that the firm's reports lead to.")
def file(path: str, anchor: str, roots: tuple[str, ...], *, as_json: bool) -> int:
    from govern.errors import InvalidInput, Tampered  # noqa: PLC0415  --help reads no formats
    from govern.ledger.strict import Digest  # noqa: PLC0415  the same

    content = shell.read_file(path, "report or bundle")
    kind = "bundle" if content.startswith(b"PK") else "report" if content.startswith(b"%PDF") else ""
    if not kind:
        raise InvalidInput(f"{path} is neither a PDF nor a zip", hint="for a proof use `govern verify proof`")
    trusted = [shell.read_file(root, "certificate") for root in roots]
    try:
        reading, seal = _read(kind, content, anchor, trusted)
    except Tampered as found:
        next_ = found.hint or "do not rely on it: ask the firm for the file again, and show them this one"
        error = Tampered(found.message, hint=next_, kind=found.kind, entry=found.entry)
        if not as_json:
            raise error from None
        problem = {"kind": error.kind, "entry": error.entry, "message": error.message, "next": error.hint}
        value = {"what": str(Digest.of(content)), "checked": [], "problems": [problem], "not_checked": []}
        shell.print_json("verify", {"ok": False, **value})
        return 6
    if as_json:
        shell.print_json("verify", {"ok": True, **_value(reading, seal)})
    else:
        _print(path, kind, reading, seal)
    return 0


def _read(kind: str, content: bytes, anchor: str, roots: list[bytes]) -> tuple[Any, Any]:
    from reports.certified import check_pdf  # noqa: PLC0415  --help reads no formats
    from reports.check import check_bundle  # noqa: PLC0415  the same

    if kind == "bundle":
        return check_bundle(content, anchor), None
    seal, reading = check_pdf(content, roots=roots, anchor=anchor)
    return reading, seal


def _value(reading: Any, seal: Any) -> dict[str, Any]:
    worth = (
        {"intact": seal.intact, "valid": seal.valid, "trusted": seal.trusted, "signer": seal.signer} if seal else None
    )
    return {
        "what": str(reading.what),
        "anchor": reading.anchor,
        "checkpoint": reading.checkpoint,
        "seal": worth,
        "checked": [{"what": one.what, "by_whose_word": one.by_whose_word, "result": "ok"} for one in reading.checked],
        "problems": [],
        "not_checked": [{"what": what, "why": why} for what, why in reading.not_checked],
    }


def _print(path: str, kind: str, reading: Any, seal: Any) -> None:
    click.echo(f"anchor {reading.anchor}")
    worth = f", sealed by {seal.signer}: {seal.intact}, {seal.valid}, {seal.trusted}" if seal else ""
    click.echo(f"{shell.styled('OK', 'green')}  {path} is a {kind} that holds together{worth}")
    for one in reading.checked:
        click.echo(f"  {one.what}; by the word of {one.by_whose_word}")
    for what, why in reading.not_checked:
        click.echo(f"  not checked: {what}, {why}")


command = shell.group(
    "verify",
    "Check what somebody handed you, offline.",
    "govern verify credit-risk-1.pdf --anchor ANCHOR",
    "govern verify proof 41.json 41.tlog-proof --vkey VKEY",
    verbs=(file, proof),
    otherwise="file",
)
