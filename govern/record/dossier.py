"""The one canonical document about a version that people sign.

In it are the version, the policies that apply, every item of evidence, documents by section, open findings and waivers, by
digest. Not in it are sign-offs, comments, receipts, times and names: they may come later and change nothing of what was
signed. Facts of the model are those of its registration, which the version names, until one that matters is amended.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from govern.errors import Tampered
from govern.ledger.contents import Blob
from govern.ledger.strict import Digest, canonical
from govern.policy.clauses import Profile
from govern.policy.resolve import ANY_RELEASE, Resolved, resolve
from govern.record.inventory import Inventory, Model, Policy, Version
from govern.record.manifest import Manifest
from govern.record.models import VOIDS

SCHEMA = "govern/dossier/v1"


@dataclass(frozen=True, slots=True)
class Dossier:
    """A version with all that is judged and signed about it."""

    version: Version
    model: Model
    policies: tuple[Resolved, ...]

    def value(self) -> dict[str, Any]:
        evidence = {
            check: {"blob": str(one.evidence), "source": str(one.source)}
            for check, one in self.version.measured.items()
        }
        of = self.version
        value = {
            "schema": SCHEMA,
            "version": str(of.digest),
            "policies": sorted(str(one.digest) for one in self.policies),
            "evidence": evidence,
            "documents": {section: str(one.content) for section, one in of.documents.items()},
            "findings": [_leaf(one.leaf_hash) for one in of.open_findings],
            "waivers": sorted(_leaf(one.leaf_hash) for one in of.waivers.values()),
        }
        return value | ({"facts": str(facts(self.model))} if self.model.amended is not None else {})

    def __bytes__(self) -> bytes:
        return canonical(self.value())

    @property
    def digest(self) -> Digest:
        return Digest.of(bytes(self))


def dossier(inventory: Inventory, version: Version, blob: Blob) -> Dossier:
    """Return the dossier of a version as the log has it now."""
    return dossier_under(adopted(inventory, blob), inventory, version)


def adopted(inventory: Inventory, blob: Blob) -> tuple[Resolved, ...]:
    """Return the newest of all policies."""
    # A registry that was restored has them in another order than one that was folded.
    return tuple(resolved(one, blob) for _, one in sorted(inventory.policies.items()))


def dossier_under(policies: tuple[Resolved, ...], inventory: Inventory, version: Version) -> Dossier:
    """Return the dossier of a version, where all that was adopted is at hand."""
    model = inventory.models[version.model]
    of = profile(model)
    return Dossier(version, model, tuple(one for one in policies if one.policy.applies_to.covers(of)))


def resolved(policy: Policy, blob: Blob) -> Resolved:
    # What was adopted is read by every later release alike; only `govern policy lint` asks which release a policy needs.
    with component(f"the policy {policy.id} {policy.release}"):
        source = blob(policy.source)
    return _read(source, f"policy {policy.id} {policy.release}")


@contextmanager
def component(what: str) -> Iterator[None]:
    """Name the component of a dossier in what is said to be wrong with its content."""
    try:
        yield
    except Tampered as error:
        raise Tampered(f"{what}: {error.message}", kind=error.kind, entry=error.entry, hint=error.hint) from error


def profile(model: Model) -> Profile:
    """Return what policies match a model on."""
    return _profile(model.use_case, model.risk_tier, model.jurisdictions, model.facts.tags or ())


def facts(model: Model) -> Digest:
    """Return the digest of the facts that a signature is given under."""
    return Digest.of(canonical({what: list(model.facts.texts(what)) for what in sorted(VOIDS)}))


@lru_cache(maxsize=4096)
def _profile(use_case: str, risk_tier: str, jurisdictions: tuple[str, ...], labels: tuple[str, ...]) -> Profile:
    tags: dict[str, tuple[str, ...]] = {}
    for label in labels:
        name, _, value = label.partition("=")
        tags[name] = (*tags.get(name, ()), value)
    return Profile(use_case=(use_case,), risk_tier=(risk_tier,), jurisdictions=jurisdictions, tags=tags)


@lru_cache(maxsize=256)
def _read(source: bytes, name: str) -> Resolved:
    return resolve(source, name, ANY_RELEASE)


def components(version: Version) -> list[tuple[str, Digest]]:
    """Return all kept contents that a dossier rests on besides its policies, each by what it is called."""
    found = [("manifest", version.digest)]
    found += [(f"evidence of {check}", one.evidence) for check, one in sorted(version.measured.items())]
    found += [(f"document {section}", one.content) for section, one in sorted(version.documents.items())]
    return found + [(f"artefact {name}", digest) for name, _, digest in version.artefacts if version.is_held(name)]


def dictionary(version: Version, blob: Blob) -> Digest | None:
    """Return the dictionary in whose words the declined are told why, if the manifest names one."""
    return Manifest.parse(blob(version.digest)).reasons


def _leaf(leaf_hash: bytes) -> str:
    return f"sha256:{leaf_hash.hex()}"
