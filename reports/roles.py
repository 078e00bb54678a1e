"""As what a file of a bundle was filed: a digest alone would let a document pass for a dossier.

An event names a file in one of its fields, and each field is for one kind of file. What stands in another place of the bundle
than the field is for was filed as something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from govern.ledger.strict import Digest
from reports import bundle


@dataclass(frozen=True, slots=True)
class Role:
    """A digest, and as what it was filed: a file in its place, or a part of a dossier by its name."""

    what: str
    name: str
    digest: str


def rests(dossier: dict[str, Any]) -> frozenset[Role]:
    """Return everything that a dossier says was filed."""
    documents = (Role("document", section, str(content)) for section, content in dossier["documents"].items())
    evidence = (
        Role("evidence", check, _evidence(one["blob"], one["source"])) for check, one in dossier["evidence"].items()
    )
    listed = (Role(what, "", str(one)) for what in ("policies", "findings", "waivers") for one in dossier[what])
    return frozenset({Role("version", "", str(dossier["version"])), *documents, *evidence, *listed})


def filed(kind: str, said: dict[str, Any], leaf_hash: bytes) -> Iterator[Role]:
    """Yield what an event files, each as what it is."""
    match kind:
        case "version":
            yield Role("version", "", said["version"])
            yield Role("blob", "", said["version"])
        case "model":
            yield Role("blob", "", said["card"])
        case "https://in-toto.io/attestation/test-result/v0.1":
            yield Role("blob", "", said["evidence"])
            for check in (*said["passedTests"], *said["warnedTests"], *said["failedTests"]):
                yield Role("evidence", check, _evidence(said["evidence"], said["source"]))
        case "https://in-toto.io/attestation/reference/v0.1":
            yield Role("blob", "", said["content"])
            yield Role("document", said["section"], said["content"])
        case "policy":
            yield Role("policy", f"{said['policy']}.yaml", said["source"])
            yield Role("policies", "", said["digest"])
        case "submit" | "sign-off":
            yield Role(bundle.DOSSIER, "", said["govern"]["dossier"])
        case "report":
            yield Role(bundle.REPORT, "", said["report"])
        case "finding" | "waiver":
            yield Role(f"{kind}s", "", f"sha256:{leaf_hash.hex()}")
        case _:
            pass


def place(path: str, digest: Digest) -> Role | None:
    """Return as what a file has to be filed; none where a proof, a signature or a commitment vouches for it."""
    folder, _, name = path.partition("/")
    match folder:
        case bundle.DOSSIER | bundle.REPORT:
            return Role(path, "", str(digest))
        case "policy":
            return Role("policy", name, str(digest))
        case "blobs":
            # Under a name that is not its digest, it is a blob that nobody filed.
            fits = name == f"sha256/{digest.value.hex()}"
            return Role("blob" if fits else "blob under another name", "", str(digest))
        case _:
            return None


def _evidence(blob: str, source: str) -> str:
    return f"{blob} from {source}"
