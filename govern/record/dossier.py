"""The one canonical document about a version that people sign, and what its signatures are worth now.

In it are the version, the policies that apply, and every item of evidence by digest. Not in it are sign-offs, comments,
receipts, times and names: they may come later and change nothing of what was signed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from govern.errors import GovernError, Tampered
from govern.ledger.strict import Digest, canonical
from govern.policy.document import Profile
from govern.policy.resolve import Resolved, resolve
from govern.record.inventory import Inventory, Model, Policy, Signed, Version

SCHEMA = "govern/dossier/v1"
ANY_RELEASE = "999999.0.0"

Blob = Callable[[Digest], bytes]
"""Return the content with a digest; raise `Tampered` if it is not held or differs."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A version with all that is judged and signed about it."""

    version: Version
    policies: tuple[Resolved, ...]

    def value(self) -> dict[str, Any]:
        evidence = {
            check: {"blob": str(one.evidence), "source": str(one.source)}
            for check, one in self.version.measured.items()
        }
        return {
            "schema": SCHEMA,
            "version": str(self.version.digest),
            "policies": sorted(str(one.digest) for one in self.policies),
            "evidence": evidence,
            "documents": {},
            "findings": [],
            "waivers": [],
        }

    def __bytes__(self) -> bytes:
        return canonical(self.value())

    @property
    def digest(self) -> Digest:
        return Digest.of(bytes(self))


def dossier(inventory: Inventory, version: Version, blob: Blob) -> Dossier:
    """Return the dossier of a version as the log has it now."""
    model = inventory.models[version.model]
    # A registry that was restored has them in another order than one that was folded.
    adopted = (resolved(one, blob) for _, one in sorted(inventory.policies.items()))
    return Dossier(version, tuple(one for one in adopted if one.policy.applies_to.covers(profile(model))))


def resolved(policy: Policy, blob: Blob) -> Resolved:
    # What was adopted is read by every later release alike; only `govern policy lint` asks which release a policy needs.
    with component(f"the policy {policy.id} {policy.release}"):
        source = blob(policy.source)
    return resolve(source, f"{policy.id}.yaml", ANY_RELEASE)


@contextmanager
def component(what: str) -> Iterator[None]:
    """Name the component of a dossier in what is said to be wrong with its content."""
    try:
        yield
    except Tampered as error:
        raise Tampered(f"{what}: {error.message}", kind=error.kind, entry=error.entry, hint=error.hint) from error


def profile(model: Model) -> Profile:
    """Return what policies match a model on."""
    return Profile(use_case=(model.use_case,), risk_tier=(model.risk_tier,), jurisdictions=model.jurisdictions)


def validity(
    now: Dossier, signed: Signed, then: dict[str, Any] | None, held: Callable[[Digest], GovernError | None]
) -> str:
    """Return what a sign-off is worth: ``valid``, or ``void`` and the component that is no longer what was signed."""
    if signed.dossier != now.digest:
        return f"void: {_changed(then, now.value())}"
    if held(now.version.digest):
        return "void: manifest"
    for check, one in sorted(now.version.measured.items()):
        if held(one.evidence):
            return f"void: evidence of {check}"
    for name, _, digest in now.version.artefacts:
        if held(digest):
            return f"void: artefact {name}"
    return "valid"


def _changed(then: dict[str, Any] | None, now: dict[str, Any]) -> str:
    if then is None:
        return "dossier"
    if then["version"] != now["version"]:
        return "version"
    if then["policies"] != now["policies"]:
        return "policy"
    names: Sequence[str] = sorted({**then["evidence"], **now["evidence"]})
    return next(
        (f"evidence of {one}" for one in names if then["evidence"].get(one) != now["evidence"].get(one)), "dossier"
    )
