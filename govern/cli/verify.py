"""``govern verify``: what somebody handed you, checked offline and without an account."""

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


command = shell.group(
    "verify",
    "Check what somebody handed you, offline.",
    "govern verify proof 41.json 41.tlog-proof --vkey VKEY",
    "govern verify proof --help",
    verbs=(proof,),
)
