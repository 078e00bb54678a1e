"""May this model, version or policy be put on record? What is registered, amended and adopted."""

from govern.errors import Kind, NotAllowed
from govern.ledger.contents import Blob
from govern.record.dossier import resolved
from govern.record.events import Event
from govern.record.identity import Role
from govern.record.inventory import Inventory, Mark, Model, Policy
from govern.record.manifest import Manifest
from govern.record.models import AdoptPolicy, Amend, Change, RegisterModel, RegisterVersion
from govern.record.registry import Registry
from govern.record.rules import require_reason

_OFFICERS = frozenset(
    {
        "complexity",
        "considered",
        "considered_because",
        "jurisdictions",
        "materiality",
        "risk_tier",
        "tags",
        "use_case",
    }
)
"""Facts by which policies are chosen: whoever owns or makes a model does not choose its rules."""


def require_model(registry: Registry, body: RegisterModel) -> None:
    if body.model in registry.inventory.models:
        raise NotAllowed(f"the model {body.model} is registered already", code="registered_already")
    if body.owner not in registry.people:
        raise NotAllowed(f"the owner {body.owner} was never enrolled", code="unknown_person")
    _require_upstream(registry.inventory, body.model, body.upstream or ())


def _require_upstream(inventory: Inventory, model: str, upstream: tuple[str, ...]) -> None:
    unknown = next((one for one in upstream if one not in inventory.models or one == model), None)
    if unknown:
        raise NotAllowed(f"{model} reads from {unknown}, which is no other model here", code="unknown_model")


def admit_amend(registry: Registry, body: Amend, event: Event) -> None:
    model, common = registry.inventory.models.get(body.model), event.govern
    if model is None:
        raise NotAllowed(f"the model {body.model} is not registered", code="unknown_model")
    about = common.about
    if about is None or (about.index, about.leaf_hash) != (model.entry, model.leaf_hash):
        raise NotAllowed(
            f"the event is not about the registration of {model.name}", code="other_entry", kind=Kind.REPLAYED
        )
    if common.subject_seq != model.seq:
        raise NotAllowed(
            f"{model.name} was amended since this was signed",
            code="stale_subject",
            kind=Kind.REPLAYED,
            hint="look at it again and sign anew",
        )
    require_reason(event)
    officer = common.signer.role == Role.RISK_OFFICER
    if not officer and common.signer.id != model.owner:
        raise NotAllowed(f"only its owner or a risk officer amends {model.name}", code="role")
    if len({change.what for change in body.changes}) < len(body.changes):
        raise NotAllowed("an amendment changes each fact once", code="changed_twice")
    rules = [change.what for change in body.changes if change.what in _OFFICERS]
    if rules and not officer:
        raise NotAllowed(f"only a risk officer changes the {rules[0]} of a model", code="role")
    makers = frozenset[str]().union(*(one.makers for one in registry.inventory.of(model.name)))
    if rules and common.signer.id in makers | {model.owner}:
        raise NotAllowed(
            f"{common.signer.id} owns or made {model.name} and does not choose its rules",
            code="self_approval",
            kind=Kind.SELF_APPROVAL,
            hint="another risk officer must sign",
        )
    for change in body.changes:
        _require_change(registry, model, change)


def _require_change(registry: Registry, model: Model, change: Change) -> None:
    before = model.facts.texts(change.what)
    if change.before != before:
        said = ", ".join(before) or "nothing"
        raise NotAllowed(f"the {change.what} of {model.name} is {said}", code="stale_subject")
    if change.after == before:
        raise NotAllowed(f"the {change.what} of {model.name} is that already", code="no_change")
    after = model.facts.amended(change.what, change.after)
    if after.owner not in registry.people:
        raise NotAllowed(f"the owner {after.owner} was never enrolled", code="unknown_person")
    _require_upstream(registry.inventory, model.name, after.upstream or ())


def require_manifest(inventory: Inventory, body: RegisterVersion, blob: Blob) -> None:
    if body.model not in inventory.models:
        raise NotAllowed(
            f"the model {body.model} is not registered", code="unknown_model", hint="`govern model register`"
        )
    if str(body.version) in inventory.versions:
        known = inventory.versions[str(body.version)]
        raise NotAllowed(f"this is {known.name} already, byte for byte", code="registered_already")
    manifest = Manifest.parse(blob(body.version))
    if manifest.model != body.model or manifest.artefacts != body.artefacts or manifest.parent != body.parent:
        raise NotAllowed(
            "the manifest is not the one that the event describes", code="manifest_differs", kind=Kind.BLOB_DIFFERS
        )
    if body.parent and str(body.parent) not in inventory.versions:
        raise NotAllowed(f"the parent {body.parent} is not registered", code="unknown_version")


def require_policy(inventory: Inventory, body: AdoptPolicy, blob: Blob) -> None:
    found = resolved(Policy(body.policy, body.release, body.digest, body.source, Mark(0, "")), blob)
    if (found.policy.id, str(found.policy.version), found.digest) != (body.policy, body.release, body.digest):
        raise NotAllowed(
            "the policy is not the one that the event names", code="policy_differs", kind=Kind.BLOB_DIFFERS
        )
    before = inventory.policies.get(body.policy)
    if before and _release(body.release) <= _release(before.release):
        raise NotAllowed(
            f"{body.policy} {before.release} is adopted already, {body.release} is not newer",
            code="not_newer",
            hint="raise its version",
        )


def _release(text: str) -> list[int]:
    return [int(part) for part in text.split(".")]
