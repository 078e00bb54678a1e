"""From the policies that judged a version to what its report says of them: rules, clauses, covers, and their text."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date

from govern import review
from govern.desk import Desk
from govern.policy.citations import Citation, current
from govern.policy.clauses import Effective, Reference
from govern.policy.document import Policy, Stage
from govern.policy.findings import Finding, Judgement
from govern.policy.plain import MODES, explained, meant_for
from govern.policy.resolve import ANY_RELEASE, Resolved, resolve
from govern.record.inventory import Policy as Adopted
from govern.record.inventory import Version
from reports.clauses import Clause, Control, Cover, Rules

_KINDS = {
    "checks": "check",
    "approvals": "approval",
    "data": "data",
    "explainability": "explanation",
    "monitoring": "monitoring",
    "documentation": "documents",
}


def rules(
    judgement: Judgement, stage: str, adopted: Mapping[str, Adopted], citations: Mapping[str, Citation], today: date
) -> Iterator[Rules]:
    """Yield each policy that judged a version of a stage, as its report says it."""
    for found in judgement.policies:
        policy, entry = found.policy, adopted.get(found.policy.id)
        yield Rules(
            name=f"{policy.id} {policy.version}",
            title=policy.title or policy.id,
            digest=found.digest,
            adopted=f"adopted in #{entry.entry}" if entry else "built in, until a policy asks for signatures",
            meant_for=meant_for(policy),
            in_force=_in_force(policy.effective),
            mode=_mode(policy),
            # Whose it is, for what, and since when stands beside.
            said=tuple((title, tuple(sentences)) for title, sentences in explained(policy)[1:]),
            controls=tuple(_controls(policy, stage, citations, today)),
            text=found.text,
            places=tuple(_places(found)),
        )


def clauses(judgement: Judgement, citations: Mapping[str, Citation], today: date) -> Iterator[Clause]:
    """Yield every clause that the policies refer to, each as it is on a day."""
    found: dict[str, list[Reference]] = {}
    for policy in (one.policy for one in judgement.policies):
        for reference in policy.references.values():
            found.setdefault(current(citations, reference.cite, today), []).append(reference)
    for id_, cited in found.items():
        of = citations.get(id_)
        titles = dict.fromkeys(one.title or one.cite for one in cited)
        before = dict.fromkeys(one.cite for one in cited if one.cite != id_)
        yield Clause(
            id=id_,
            title=of.title if of else "; ".join(titles),
            standing=of.standing(today) if of else "",
            source=of.source if of else "",
            cited_as=tuple(f"{citations[cite].title}, which {citations[cite].standing(today)}" for cite in before),
        )


def rested_on(finding: Finding, citations: Mapping[str, Citation], today: date) -> tuple[str, ...]:
    """Return the ids of the clauses that a finding rests on, as they are on a day."""
    return tuple(dict.fromkeys(current(citations, cite, today) for cite in finding.clauses))


def approvals(desk: Desk, one: Version, judgement: Judgement) -> Iterator[Finding]:
    """Yield what there is to say of each approval that any gate asks for."""
    gates = dict.fromkeys(gate for of in judgement.policies for gate in of.policy.gates)
    found = [finding for gate in gates for finding in review.judged(desk, one, gate).findings]
    asked = (of for of in found if of.rule.startswith("approvals."))
    yield from {(of.policy, of.rule, of.message): of for of in asked}.values()


def written_at(place: str) -> str:
    """Return ``file:line`` of ``file:line:column``."""
    return place.rpartition(":")[0]


def day(desk: Desk) -> date:
    """Return the day of a report: that of the last entry."""
    return desk.registry.last_recorded.astimezone(UTC).date()


def _in_force(effective: Effective) -> str:
    begin = f"from {effective.from_}" if effective.from_ else "from when it was adopted"
    end = f"until {effective.until}" if effective.until else "without an end"
    return f"{begin}, {end}" + (f"; to be reviewed by {effective.review_by}" if effective.review_by else "")


def _mode(policy: Policy) -> str:
    modes = {"": policy.enforcement.mode, **policy.enforcement.modes_by_environment}
    return "; ".join(
        f"{f'in {where}: ' if where else ''}{mode.value}, it {MODES[mode]}" for where, mode in modes.items()
    )


def _controls(policy: Policy, stage: str, citations: Mapping[str, Citation], today: date) -> Iterator[Control]:
    covers = policy.covers()
    for name, reference in policy.references.items():
        found = (Cover(rule, _named(rule), _unjudged(rule, stage)) for rule in covers if name in covers[rule])
        yield Control(name, current(citations, reference.cite, today), reference.topic, tuple(found))


def _named(rule: str) -> str:
    kind, _, name = rule.partition(".")
    said = name.replace("_", " ") if kind == "explainability" else name
    return f"{_KINDS[kind]} {said}".rstrip()


def _unjudged(rule: str, stage: str) -> str:
    """Return why a rule has no finding, where it has none."""
    begins = "it watches no check" if stage == Stage.PRODUCTION else "begins in production"
    return {
        "approvals": "no gate asks for it",
        "data": "all that it asks is on record",
        "documentation": "it asks for no section",
        "monitoring": begins,
    }.get(rule.partition(".")[0], "")


def _places(found: Resolved) -> Iterator[tuple[int, str]]:
    """Yield the lines of the flat document on which rules begin, with where each is written."""
    flat = resolve(found.text.encode(), found.policy.id, ANY_RELEASE).places
    lines: dict[tuple[int, str], None] = {}
    for rule, place in flat.items():
        # Its own name stands above the text already.
        own = f"policy {found.policy.id} {found.policy.version}:"
        lines[int(place.split(":")[-2]), written_at(found.places[rule]).replace(own, "line ", 1)] = None
    yield from sorted(lines)
