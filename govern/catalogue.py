"""What is put on record at a desk: models and their facts, versions with all they are made of, policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govern import artifacts, review
from govern.checks.reasons import Dictionary
from govern.desk import Desk
from govern.errors import InvalidInput
from govern.ledger import Receipt
from govern.ledger.strict import Digest
from govern.policy.assembly import NOTHING, Library
from govern.policy.comparing import stride
from govern.policy.document import Policy
from govern.policy.resolve import ANY_RELEASE, resolve
from govern.record.card import read_card
from govern.record.dossier import resolved
from govern.record.fields import read_part
from govern.record.identity import Role
from govern.record.inventory import Model, Version
from govern.record.manifest import Manifest
from govern.record.models import AdoptPolicy, Amend, Change, Facts, RegisterModel, RegisterVersion

REGISTERS = (Role.DEVELOPER, Role.MODEL_OWNER)
ALIKE = 0.5
"""Of the words of two purposes, the share from which on they are the same."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a version is made of besides its artefacts."""

    data: Mapping[str, Path]
    parameters: Mapping[str, str]
    metrics: Mapping[str, str]
    code: str = ""
    parent: str = ""
    approve: str = ""
    """The rule on the score that approves: ``score < 0.22``."""
    score_of: str = ""
    """The class whose score it is, of a model that tells more than two apart."""
    reasons: bytes = b""
    """The dictionary of reasons, as a file has it."""
    about: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of data sets by role: rows, first, last, licence."""
    environment: Path | None = None
    """A lock file, which is named by its digest."""
    rules: tuple[str, ...] = ()
    transformations: Mapping[str, str] = field(default_factory=dict)
    coefficients: Mapping[str, str] = field(default_factory=dict)
    change: str = ""


@dataclass(frozen=True, slots=True)
class Alike:
    """A model that may do the same already."""

    model: str
    why: str


def register_model(desk: Desk, card: bytes, file: str) -> Receipt:
    said = read_card(card, file)
    facts = said.facts(desk.person(said.owner).id)
    body = {"model": said.name, "card": review.keep(desk, card), **facts}
    return desk.say(read_part(RegisterModel, body, "the model"), REGISTERS)


def amend(desk: Desk, name: str, changes: Mapping[str, Sequence[str]], reason: str) -> Receipt:
    """Change facts of a model, each from what it is now; an owner is named by handle."""
    model = review.model(desk, name)
    unknown = next((what for what in changes if what not in Facts.model_fields), None)
    if unknown:
        raise InvalidInput(f"a model has no {unknown}", hint=f"it has {', '.join(sorted(Facts.model_fields))}")
    said = [
        read_part(
            Change, {"what": what, "before": model.facts.texts(what), "after": _ids(desk, what, after)}, "the change"
        )
        for what, after in sorted(changes.items())
    ]
    return desk.say(Amend(model=name, changes=tuple(said)), (Role.RISK_OFFICER, Role.MODEL_OWNER, *REGISTERS), reason)


def register_version(
    desk: Desk, name: str, paths: Sequence[Path], made: Made, *, by_reference: bool = False
) -> tuple[Receipt, Version]:
    """Hash and keep the files, or only hash them, and register what they and the rest add up to."""
    if by_reference and not paths:
        raise InvalidInput("there is no artefact to register by reference", hint="name the files that it is made of")
    parent = review.version(desk, made.parent).digest if made.parent else None
    strange = next((role for role in made.about if role not in made.data), None)
    if strange:
        raise InvalidInput(
            f"something is said of the data {strange!r}, and there is none", hint=f"--data {strange}=FILE"
        )
    data = [artifacts.data_set(role, path) for role, path in sorted(made.data.items())]
    parts: dict[str, Any] = {
        "schema": "govern/manifest/v1",
        "model": review.model(desk, name).name,
        "artefacts": artifacts.refer(paths) if by_reference else artifacts.keep(desk.store, paths),
        "data": tuple(
            {**one.model_dump(mode="json", exclude_none=True), **_facts(made.about.get(one.role, {}))} for one in data
        ),
        "parameters": dict(made.parameters),
        "metrics": dict(made.metrics),
    }
    more = {
        "code": made.code,
        "parent": parent,
        "approve": made.approve,
        "scoreOf": made.score_of,
        "environment": artifacts.data_set("environment", made.environment).digest if made.environment else None,
        "rules": made.rules,
        "transformations": dict(made.transformations),
        "coefficients": dict(made.coefficients),
        "change": made.change,
        "reasons": _dictionary(desk, made.reasons),
    }
    manifest = read_part(Manifest, parts | {name: part for name, part in more.items() if part}, "the manifest")
    body = {"model": name, "version": review.keep(desk, bytes(manifest)), "artefacts": manifest.artefacts}
    body |= {"parent": parent} if parent else {}
    receipt = desk.say(read_part(RegisterVersion, body, "the version"), REGISTERS)
    return receipt, desk.ledger.registry.inventory.versions[str(manifest.digest)]


def adopt_policy(desk: Desk, source: bytes, file: str, release: str, library: Library = NOTHING) -> Receipt:
    """File that a policy holds; what it builds on is kept with it, as one flat document."""
    found = resolve(source, file, release, library)
    _require_step(desk, found.policy)
    stands_alone = not found.policy.extends and resolve(source, file, ANY_RELEASE).digest == found.digest
    source = source if stands_alone else found.text.encode()
    body = {
        "policy": found.policy.id,
        "release": str(found.policy.version),
        "digest": found.digest,
        "source": review.keep(desk, source),
    }
    return desk.say(read_part(AdoptPolicy, body, "the policy"), (Role.RISK_OFFICER,))


def _require_step(desk: Desk, policy: Policy) -> None:
    """Raise if a newer release takes a smaller step than what differs; one that is not newer, admission refuses."""
    before = desk.registry.inventory.policies.get(policy.id)
    if before is None:
        return
    found = stride(resolved(before, lambda digest: review.content(desk, digest)).policy, policy)
    if found.too_short:
        raise InvalidInput(
            found.too_short,
            hint=f"write version {found.least} or a later one; `govern policy diff` lists what differs",
            code="version_step",
        )


def alike(desk: Desk, name: str) -> list[Alike]:
    """Return the models that may do already what this one does: by the words of their purpose, or by their data."""
    inventory = desk.ledger.registry.inventory
    model, found = inventory.models[name], []
    mine = _data(desk, model)
    for other in sorted(inventory.models.values(), key=lambda one: one.entry):
        if other.name == name:
            continue
        shared = mine & _data(desk, other) if mine else mine
        if other.use_case == model.use_case and _overlap(model.purpose, other.purpose) >= ALIKE:
            found.append(Alike(other.name, f"for {other.purpose!r}"))
        elif shared:
            found.append(Alike(other.name, f"made with the same data, {min(shared)}"))
    return found


def _data(desk: Desk, model: Model) -> set[str]:
    versions = desk.ledger.registry.inventory.of(model.name)
    manifests = (Manifest.parse(review.content(desk, one.digest)) for one in versions[-1:])
    return {str(data.digest) for manifest in manifests for data in manifest.data}


def _overlap(first: str, second: str) -> float:
    mine, theirs = ({word for word in text.casefold().split() if len(word) > 3} for text in (first, second))  # noqa: PLR2004  of, the
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0


def _facts(said: Mapping[str, str]) -> dict[str, Any]:
    unknown = next((name for name in said if name not in {"rows", "first", "last", "licence"}), None)
    if unknown:
        raise InvalidInput(f"nothing is kept about data called {unknown!r}", hint="rows, first, last or licence")
    rows = said.get("rows")
    if rows is not None and not rows.isdecimal():
        raise InvalidInput(f"{rows!r} is not a number of rows")
    return {**said, **({"rows": int(rows)} if rows is not None else {})}


def _dictionary(desk: Desk, content: bytes) -> Digest | None:
    if not content:
        return None
    Dictionary.parse(content, "the dictionary of reasons")
    return review.keep(desk, content)


def _ids(desk: Desk, what: str, after: Sequence[str]) -> tuple[str, ...]:
    return tuple(desk.person(one).id for one in after) if what == "owner" else tuple(after)
