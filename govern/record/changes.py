"""Differences first: what is not as it was when a version of the model was last signed.

Exactly what differs, in a stable order, each with its old and its new value; and whether it is material, that is whether
it can change a decision about somebody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from govern.ledger.contents import Blob
from govern.ledger.strict import Digest, read_json
from govern.policy.approvals import APPROVING
from govern.policy.decimals import write_decimal
from govern.policy.evidence import Evidence
from govern.record.dossier import dossier
from govern.record.inventory import Inventory, Signed, Version
from govern.record.manifest import Manifest
from govern.record.models import VOIDS, Facts
from govern.record.registry import Registry

_MATERIAL: tuple[str, ...] = (
    "approve",
    "artefact",
    "coefficient",
    "data",
    "facts",
    "parameter",
    "policy",
    "reasons",
    "result",
    "rules",
    "score of",
    "transformation",
    "waiver",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; none where there is nothing on that side."""

    what: str
    before: str | None
    after: str | None

    @property
    def is_material(self) -> bool:
        return self.what.startswith(_MATERIAL)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since somebody last approved the model; since never, if nobody has."""

    since: str
    """The version that was signed then, or nothing."""
    entry: int | None
    changes: tuple[Change, ...]
    displaces: Version | None = None
    """Which champion makes room if this version becomes it."""


def changes(registry: Registry, version: Version, blob: Blob) -> Changes:
    """Return what is not as in the dossier that was last approved, of this version or of an earlier one."""
    inventory = registry.inventory
    now = dossier(inventory, version, blob)
    last, champion = _last_approved(registry, version, now.digest), displaced(inventory, version)
    if last is None:
        return Changes("", None, (), champion)
    older, signed = last
    then = read_json(blob(signed.dossier))
    found = [
        *_differing(manifest_parts(blob, older.digest), manifest_parts(blob, version.digest)),
        *_differing(_policies(inventory, then), _policies(inventory, now.value())),
        *_differing(_results(then, blob), _results(now.value(), blob)),
        *_differing(_prefixed("document", then["documents"]), _prefixed("document", now.value()["documents"])),
        *_differing(_prefixed("finding", _titles(older, then)), _prefixed("finding", _titles(version, now.value()))),
        *_differing(_waivers(older, then), _waivers(version, now.value())),
        *_differing(_facts(now.model.facts_at(signed.entry)), _facts(now.model.facts)),
    ]
    return Changes(older.name, signed.entry, tuple(found), champion)


def displaced(inventory: Inventory, version: Version) -> Version | None:
    """Return the champion that goes back to approved when a version becomes it; none for what stays or is retired."""
    champion = inventory.champion(version.model)
    stays = version.stage == "retired" or (champion and champion.digest == version.digest)
    return None if stays else champion


def manifest_parts(blob: Blob, digest: Digest) -> dict[str, str]:
    """Return every part of a manifest by its name, so that two can be laid side by side."""
    manifest = Manifest.parse(blob(digest))
    parts = {
        f"artefact {one.name}": f"{one.digest}{', not held here' if one.by_reference else ''}"
        for one in manifest.artefacts
    }
    for data in manifest.data:
        parts[f"data {data.role} {data.name}"] = str(data.digest)
        for name in ("rows", "first", "last", "licence"):
            if getattr(data, name) is not None:
                parts[f"data {data.role} {data.name}: {name}"] = str(getattr(data, name))
    for name, of in (
        ("parameter", manifest.parameters),
        ("metric", manifest.metrics),
        ("coefficient", manifest.coefficients or {}),
        ("transformation", manifest.transformations or {}),
    ):
        parts |= {f"{name} {key}": value for key, value in of.items()}
    parts |= {f"rules {place}": text for place, text in enumerate(manifest.rules or (), start=1)}
    others = {"code": manifest.code, "environment": manifest.environment, "parent": manifest.parent}
    others |= {"approve": manifest.approve, "reasons": manifest.reasons, "change": manifest.change}
    others |= {"score of": manifest.score_of}
    return parts | {name: str(part) for name, part in others.items() if part}


def _last_approved(registry: Registry, version: Version, now: Digest) -> tuple[Version, Signed] | None:
    """Return the newest approval in the model that is its person's own, and not of the dossier as it is now."""
    approvals = [
        (one, signed)
        for one in registry.inventory.of(version.model)
        for signed in one.signed
        if signed.meaning in APPROVING and signed.dossier != now and one.entry <= version.entry
        if registry.trusts(signed.keyid, signed.entry)
    ]
    return max(approvals, key=lambda found: found[1].entry, default=None)


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for what in sorted({**before, **after}):
        if before.get(what) != after.get(what):
            yield Change(what, before.get(what), after.get(what))


def _policies(inventory: Inventory, value: dict[str, Any]) -> dict[str, str]:
    found = {}
    for digest in value["policies"]:
        policy = inventory.adopted.get(digest)
        found[f"policy {policy.id}" if policy else f"policy {digest}"] = policy.release if policy else digest
    return found


def _results(value: dict[str, Any], blob: Blob) -> dict[str, str]:
    """Return every number that was measured, by check and group."""
    found = {}
    for check, item in value["evidence"].items():
        for result in Evidence.parse(blob(Digest.parse(item["blob"]))).of(check):
            for measure in result.measures:
                group = "".join(f" {name}={one}" for name, one in measure.by.items())
                number = write_decimal(measure.value) if measure.value is not None else f"undefined: {measure.reason}"
                found[f"result {check}{group}"] = f"{number}, n {measure.n}"
    return found


def _titles(version: Version, value: dict[str, Any]) -> dict[str, str]:
    titles = {f"sha256:{one.leaf_hash.hex()}": one for one in version.findings}
    named = ((titles.get(leaf), leaf) for leaf in value["findings"])
    return {f"#{one.entry}" if one else leaf: f"{one.severity}: {one.title}" if one else "open" for one, leaf in named}


def _waivers(version: Version, value: dict[str, Any]) -> dict[str, str]:
    listed = (one for one in version.waived if f"sha256:{one.leaf_hash.hex()}" in value["waivers"])
    return {f"waiver {one.policy} {one.check}": f"until {one.until}, #{one.entry}" for one in listed}


def _facts(facts: Facts) -> dict[str, str]:
    told = {what: facts.texts(what) for what in VOIDS}
    return {f"facts of the model: {what}": "; ".join(texts) for what, texts in told.items() if texts}


def _prefixed(kind: str, of: Mapping[str, str]) -> dict[str, str]:
    return {f"{kind} {name}": value for name, value in of.items()}
