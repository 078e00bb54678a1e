"""What the policies in force say of a version: the judge, given what the log has of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from govern.ledger.contents import Blob, Kept
from govern.policy.approvals import APPROVING, Meaning, RolledBack, last_words
from govern.policy.approvals import SignOff as PolicySignOff
from govern.policy.asked import About, Facts
from govern.policy.evidence import Evidence
from govern.policy.findings import Judgement
from govern.policy.judge import Case, judge
from govern.policy.two_persons import two_persons
from govern.policy.validity import Period
from govern.record.changes import displaced
from govern.record.dossier import Dossier, component, components, dictionary, dossier, profile
from govern.record.identity import NEVER_SIGN_OFF
from govern.record.inventory import Signed, Version
from govern.record.manifest import DataSet, Manifest
from govern.record.registry import Registry
from govern.record.reviewing import REVIEWERS, waiver
from govern.record.validity import own_words, unsettled

JUDGED = frozenset({"validated", "approved", "production"})
"""Stages that are reached only if the judge allows it."""


def judgement(  # noqa: PLR0913, PLR0917  a question has as many sides
    registry: Registry,
    version: Version,
    at: datetime,
    kept: Kept,
    gate: str | None = None,
    environment: str | None = None,
) -> Judgement:
    """Return what the policies in force say of a version; where none was adopted for it, the two-person rule speaks."""
    now = dossier(registry.inventory, version, kept)
    _require_content(version, kept)
    return judgement_of(registry, now, at, kept, gate, environment)


def judgement_of(  # noqa: PLR0913, PLR0917  the same
    registry: Registry, now: Dossier, at: datetime, kept: Kept, gate: str | None = None, environment: str | None = None
) -> Judgement:
    """Return what the policies of a dossier say of its version; that its contents are as signed was seen to before."""
    version, evidence = now.version, _evidence(now, kept)
    case = Case(
        model=profile(now.model),
        stage=version.came_from if gate == version.stage == "production" else version.stage,
        makers=version.not_reviewers,
        evidence=evidence,
        sign_offs=tuple(_words(registry, version, now, at)),
        at=at,
        measured_by={
            check: frozenset((who.person, min(who.roles)) for who in one.persons if registry.is_trusted(who))
            for check, one in version.measured.items()
        },
        documents={section: one.words for section, one in version.documents.items()},
        waivers=tuple(waiver(registry, version, one) for one in version.waivers_in_place),
        about=_about(now, kept, evidence),
        champion=champion_evidence(registry, version, kept),
        subject=version.digest,
        environment=environment,
        rolled_back=RolledBack(version.since, version.rolled_back) if version.rolled_back and version.since else None,
        displaces=champion.stage if (champion := displaced(registry.inventory, version)) else "",
    )
    found = judge(now.policies or (two_persons(),), case, gate)
    if gate in JUDGED and found.policies and not any(one.policy.approvals_of(gate) for one in found.policies):
        # No policy takes away that a second person signs: with what asks for nobody, the built-in rule holds as well.
        found = judge((*now.policies, two_persons()), case, gate)
    return found


def _about(now: Dossier, blob: Blob, evidence: Mapping[str, Evidence]) -> About:
    """Return what is on record of a version besides, as far as a policy asks for it."""
    measured_at = {check: _at(evidence[check], one.at) for check, one in now.version.measured.items() if one.at}
    if not any(rules.policy.data.asked or rules.policy.explainability for rules in now.policies):
        return About(measured_at=measured_at)
    made = Manifest.parse(blob(now.version.digest))
    named = {**(made.coefficients or {}), **(made.transformations or {})}
    return About(
        data={role: _facts([one for one in made.data if one.role == role]) for role in {one.role for one in made.data}},
        features=frozenset(named) if named else None,
        has_wordings=made.reasons is not None,
        wordings=made.reasons,
        measured_at=measured_at,
    )


def _at(evidence: Evidence, filed: datetime) -> datetime:
    """Return when a check was measured; a number from outside is as old as it says, however late it is filed."""
    imported = evidence.plan.imported
    return min(filed, Period.of_days(imported.on, None).start or filed) if imported else filed


def _facts(data: Sequence[DataSet]) -> Facts:
    """Return what is said of all data of one role; what one of them does not say is not said."""
    rows, first, last = ([getattr(one, name) for one in data] for name in ("rows", "first", "last"))
    licences = [one.licence for one in data if one.licence]
    return Facts(
        rows=None if None in rows else sum(rows),
        date_from=None if None in first else min(first),
        date_to=None if None in last else max(last),
        licence=", ".join(dict.fromkeys(licences)) if len(licences) == len(data) else None,
        digest=", ".join(str(one.digest) for one in data),
    )


def champion_evidence(registry: Registry, version: Version, blob: Blob) -> dict[str, Evidence] | None:
    """Return what another champion of the model was measured as on the same rows; None if there is no other."""
    champion = displaced(registry.inventory, version)
    if champion is None:
        return None
    return {
        check: Evidence.parse(blob(one.evidence))
        for check, one in champion.measured.items()
        if check in version.measured and version.measured[check].source == one.source
    }


def why_not_approved(registry: Registry, version: Version, at: datetime) -> str:
    """Return why nobody stands for a version, whatever the policies were when they signed; empty if somebody does."""
    words = last_words(own_words(registry, version))
    approved = [
        one for one in words if one.person not in version.not_reviewers and _approves(registry, version, one, at)
    ]
    if not approved:
        return "nobody's approval of it stands"
    # What was rejected before, and mended, and approved then, is rejected no more.
    last = max(approved, key=lambda one: one.entry)
    for one in words:
        is_since = one.dossier == last.dossier or one.entry > last.entry
        if one.meaning == Meaning.REJECTED and one.role not in NEVER_SIGN_OFF and is_since:
            return f"rejected in #{one.entry}"
    return ""


def _require_content(version: Version, kept: Kept) -> None:
    """Raise if what a dossier rests on is not what was signed: no gate opens for it."""
    for what, digest in components(version):
        with component(f"the {what}"):
            kept.check(digest)
    wordings = dictionary(version, kept)
    if wordings:
        with component("the dictionary of reasons"):
            kept.check(wordings)


def _words(registry: Registry, version: Version, now: Dossier, at: datetime) -> Iterator[PolicySignOff]:
    """Yield what people said of the dossier as it is now; what counts no more still stands in the place of earlier words."""
    # What a thief may have approved counts for nothing; what a thief may have rejected is no reason to open a gate.
    for one in own_words(registry, version, now.digest):
        meaning = Meaning(one.meaning)
        is_spent = meaning in APPROVING and not _approves(registry, version, one, at)
        yield PolicySignOff(one.person, one.role, Meaning.ACKNOWLEDGED if is_spent else meaning, one.at)


def _approves(registry: Registry, version: Version, one: Signed, at: datetime) -> bool:
    # Who reviewed a version before they came to own the model answers for it now.
    is_owners = one.person == registry.inventory.models[version.model].owner and one.role in REVIEWERS
    return one.meaning in APPROVING and not is_owners and not unsettled(registry, version, one, at)


def _evidence(now: Dossier, blob: Blob) -> dict[str, Evidence]:
    return {check: Evidence.parse(blob(one.evidence)) for check, one in now.version.measured.items()}
