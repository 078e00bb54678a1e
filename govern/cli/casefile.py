"""From a version at a desk to what a report and a bundle are made of: plain values, all of them from the record."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from govern import __version__, review
from govern.cli import rulings
from govern.cli.composition import data_period, parts
from govern.cli.measured import Measured, seconded
from govern.desk import Desk
from govern.errors import InvalidInput
from govern.ledger.envelope import Entry
from govern.ledger.strict import Digest
from govern.library import citations
from govern.policy.decimals import write_decimal
from govern.policy.document import Check
from govern.policy.findings import Decision, Judgement
from govern.policy.findings import Finding as Judged
from govern.policy.implied import every
from govern.policy.titles import is_named, title
from govern.record.dossier import Dossier
from govern.record.events import Event, EventKind
from govern.record.inventory import Model, Version
from govern.record.manifest import Manifest
from reports import source as page
from reports.bundle import Bundle, Opened, Proved

PEOPLE = frozenset(
    {
        EventKind.ROOT,
        EventKind.ENROL,
        EventKind.RESET_KEY,
        EventKind.ROTATE_KEY,
        EventKind.REVOKE_KEY,
        EventKind.GRANT,
        EventKind.WITHDRAW,
    }
)
_WORDS = {
    Decision.ALLOW: "The evidence meets every rule that applies.",
    Decision.DENY: "The evidence does not meet every rule that applies.",
    Decision.NEEDS_PERSON: "A person has to decide: the evidence alone does not.",
    Decision.NOT_APPLICABLE: "No policy applies to this model.",
    Decision.NOTHING_CHECKED: "Nothing was measured that a rule asks for. That is not a pass.",
}


def casefile(desk: Desk, one: Version, *, demo: bool) -> page.ReportSource:
    """Return everything that the validation report of a version prints."""
    registry, now = desk.registry, review.dossier_of(desk, one)
    found, model = review.judged(desk, one), registry.inventory.models[one.model]
    note = desk.ledger.checkpoint_of(desk.registry.size).decode()
    entries = tuple(index for index, _ in _entries(desk, one))
    at, reasons = registry.last_recorded, review.reason_codes(desk, one)
    kept = Measured(desk, one, now)
    cited, today = citations(), rulings.day(desk)

    def told(finding: Judged) -> page.Finding:
        return _finding(finding, found, kept.outside, rulings.rested_on(finding, cited, today))

    return page.ReportSource(
        report_id=f"{one.model}-{one.number}-{registry.size}",
        status=page.Status.FINAL if one.dossier == now.digest else page.Status.DRAFT,
        demo=demo,
        software=f"Govern {__version__}",
        as_of=at,
        data_period=data_period(_manifest(desk, one), {found.source for found in one.measured.values()}),
        decision=_WORDS[found.decision],
        model=_model(desk, model),
        version=page.Version(
            one.name,
            one.digest,
            one.stage,
            one.registered,
            one.entry,
            tuple(
                page.Artefact(name, "artefact" if one.is_held(name) else "artefact, not held here", size, digest)
                for name, size, digest in one.artefacts
            ),
            tuple(parts(desk, _manifest(desk, one))),
        ),
        policies=tuple(
            page.Policy(one.policy.id, str(one.policy.version), one.policy.title or one.policy.id, one.digest)
            for one in now.policies
        ),
        people=tuple(_people(desk, one)),
        findings=tuple(told(finding) for finding in found.findings if not finding.rule.startswith("gates.")),
        tables=kept.tables(),
        curves=kept.curves(),
        shifts=kept.shifts(),
        beside=kept.beside(),
        not_tested=tuple(_not_tested(found, reasons)),
        signatures=tuple(_signatures(desk, one)),
        dossier=bytes(now),
        log=page.Log(
            str(registry.log_keys[0]), registry.anchor.hex(), note, len(registry.registrars), registry.threshold
        ),
        entries=entries,
        reasons=_reasons(reasons, kept.software(reasons.entry), _manifest(desk, one).score_of) if reasons else None,
        owed=tuple(_owed(desk, one)),
        conditions=tuple(
            f"{of.text}: {of.owner}, until {of.due}" for of in _owed(desk, one) if not of.state.startswith("met")
        ),
        issues=tuple(_issues(desk, one)),
        documents=tuple(
            page.Document(section, found.name, str(found.content), desk.handle(found.person), found.entry)
            for section, found in sorted(one.documents.items())
        ),
        since=_since(desk, one),
        rules=tuple(rulings.rules(found, one.stage, registry.inventory.policies, cited, today)),
        clauses=tuple(rulings.clauses(found, cited, today)),
        approvals=tuple(told(finding) for finding in rulings.approvals(desk, one, found)),
    )


def _manifest(desk: Desk, one: Version) -> Manifest:
    return Manifest.parse(review.content(desk, one.digest))


def bundle(desk: Desk, one: Version, report: bytes | None) -> Bundle:
    """Return the evidence bundle of a version: what a stranger needs to check everything that is said of it."""
    issued = {digest for _, digest in desk.registry.inventory.versions[str(one.digest)].reports}
    if report is not None and Digest.of(report) not in issued:
        raise InvalidInput(
            f"this report was not issued for {one.name}", hint="`govern report` writes one and issues it"
        )
    size = desk.registry.size
    proved = [Proved(leaf, bytes(desk.ledger.prove(index, size))) for index, leaf in _entries(desk, one)]
    now, inventory = review.dossier_of(desk, one), desk.registry.inventory
    blobs = [review.content(desk, one.digest), review.content(desk, inventory.models[one.model].card)]
    blobs += [review.content(desk, digest) for digest in dict.fromkeys(of.evidence for of in one.measured.values())]
    words = Manifest.parse(blobs[0]).reasons
    blobs += [review.content(desk, words)] if words else []
    blobs += [review.content(desk, of.content) for of in one.documents.values()]
    policies = [(f"{policy.id}.yaml", review.content(desk, policy.source)) for policy in _adopted(desk, now)]
    people = {*one.not_reviewers, *(said.person for said in one.signed)}
    known = (desk.known(person) for person in sorted(people))
    identities = tuple(Opened(found.person, found.salt, bytes(found.identity)) for found in known if found)
    return Bundle(
        dossier=bytes(now),
        genesis=proved[0],
        vkey=str(desk.registry.log_keys[0]),
        entries=tuple(proved[1:]),
        report=report,
        blobs=tuple(blobs),
        policies=tuple(policies),
        identities=identities,
    )


def _entries(desk: Desk, one: Version) -> Iterator[tuple[int, bytes]]:
    """Yield every entry that a version rests on: people, its model, its policies, and what was said of it."""
    adopted = {policy.entry for policy in _adopted(desk, review.dossier_of(desk, one))}
    named = adopted | {desk.registry.inventory.models[one.model].entry, one.entry}
    for index, leaf in enumerate(desk.ledger.entries(0, desk.registry.size)):
        event = Event.parse(Entry.parse(leaf).envelope.payload)
        about = event.govern.about
        if index in named or event.kind in PEOPLE or (about and about.leaf_hash == one.leaf_hash):
            yield index, leaf


def _adopted(desk: Desk, now: Dossier) -> list[Any]:
    digests = {one.digest for one in now.policies}
    adopted = sorted(desk.registry.inventory.policies.items())
    return [policy for _, policy in adopted if policy.digest in digests]


def _people(desk: Desk, one: Version) -> Iterator[page.Person]:
    involved = {
        *one.not_reviewers,
        *(said.person for said in one.signed),
        desk.registry.inventory.models[one.model].owner,
    }
    for id_ in sorted(involved, key=desk.handle):
        known, person = desk.known(id_), desk.registry.people[id_]
        name = known.identity.name if known else id_
        yield page.Person(name, desk.handle(id_), id_, tuple(sorted(person.roles)), id_ in one.not_reviewers)


def _finding(
    found: Judged, judgement: Judgement, source_of: Callable[[str], str], clauses: tuple[str, ...] = ()
) -> page.Finding:
    rules = next((one.policy for one in judgement.policies if one.policy.id == found.policy), None)
    check = next((one for one in every(rules) if one.rule in {found.rule, found.id}), None) if rules else None
    outside = source_of(check.id) if check and found.value is not None else ""
    known = rules.metrics.get(check.metric) if rules and check else None
    return page.Finding(
        rule=found.rule,
        title=_called(found, check, outside=bool(outside)),
        policy=f"{found.policy} {found.version}",
        verdict=page.Verdict(found.verdict.value),
        metric=check.metric if check else "",
        value=_text(found.value),
        low=_text(found.low),
        high=_text(found.high),
        limit=found.limit,
        n=found.n,
        groups=tuple(f"{column}={value}" for column, value in (found.group or {}).items()),
        remedy=found.remedy,
        place=rulings.written_at(found.place),
        clauses=clauses,
        said=outside or (found.message if check is None and is_named(found.rule) else ""),
        unit=known.unit if known else "",
    )


def _called(found: Judged, check: Check | None, *, outside: bool) -> str:
    """Return what a finding is called: by its rule where that has a title, else by its metric."""
    if is_named(found.rule):
        return title(check.rule if check else found.rule)
    if check is None:
        return found.message
    return check.metric.replace("_", " ") + (", a number from outside" if outside else "")


def _model(desk: Desk, model: Model) -> page.Model:
    """Return what is on record of a model, as it is now."""
    of = model.facts
    inventory = desk.registry.inventory
    held = {"model": "a model", "not_a_model": "no model"}.get(of.considered or "", "")
    more = {
        "Use case": of.use_case,
        "Jurisdictions": ", ".join(of.jurisdictions),
        "Materiality": of.materiality,
        "Complexity": of.complexity,
        "Held to be": ": ".join(part for part in (held, of.considered_because) if part),
        "Vendor": of.vendor or "made in this house",
        "Reads from": ", ".join(of.upstream or ()),
        "Read by": ", ".join(one.name for one in inventory.dependants(model.name)),
        "Tags": ", ".join(of.tags or ()),
    }
    return page.Model(
        model.name,
        model.purpose,
        desk.handle(model.owner),
        model.risk_tier,
        of.permitted_uses or (),
        of.prohibited_uses or (),
        tuple((name, value) for name, value in more.items() if value),
    )


def _owed(desk: Desk, one: Version) -> Iterator[page.Condition]:
    today = desk.registry.last_recorded.date()
    for signed in one.signed:
        for asked in signed.conditions:
            state = f"met, #{asked.met}" if asked.met is not None else "overdue" if asked.due < today else "open"
            yield page.Condition(asked.text, desk.handle(asked.owner), str(asked.due), state, signed.entry)


def _issues(desk: Desk, one: Version) -> Iterator[page.Issue]:
    today = desk.registry.last_recorded.date()
    for found in one.findings:
        state = f"closed, #{found.closed}" if found.closed is not None else "overdue" if found.due < today else "open"
        if found.doubted is not None:
            state += f"; closed in #{found.doubted} by a suspect key"
        what = f"{found.severity}: {found.title}"
        yield page.Issue("finding", found.entry, what, desk.handle(found.owner), str(found.due), state)
    for asked in one.challenges:
        state = f"answered, #{asked.answered}" if asked.answered is not None else "open"
        yield page.Issue("challenge", asked.entry, f"about {asked.anchor}", desk.handle(asked.person), "", state)
    for waiver in one.waivers.values():
        state = "ended" if waiver.until < today else f"until {waiver.until}"
        who = ", ".join(desk.handle(signer.person) for signer in waiver.persons)
        what = f"{waiver.policy} {waiver.check}, {waiver.category}: {waiver.control}"
        yield page.Issue("waiver", waiver.entry, what, who, str(waiver.until), state)


def _since(desk: Desk, one: Version) -> page.Since:
    found = review.changed(desk, one)
    changes = tuple(page.Change(of.what, of.before, of.after, of.is_material) for of in found.changes)
    return page.Since(found.since, found.entry, changes)


_AGAINST = {
    "near_cutoff": "approved applicants nearest to the cut-off",
    "approved": "approved applicants",
    "all": "applicants",
}


_SIDES = {"high": "above: ", "low": "below: ", "missing": "not there: ", "neither": "otherwise: "}


def _told(one: review.Code) -> str:
    """Return what is told with a code, a line for each side of the reference; where all are told the same, that."""
    texts, is_one = dict(one.sides), len(one.sides) == 1
    return "\n".join(f"{'' if is_one else said}{texts[side]}" for side, said in _SIDES.items() if side in texts)


_METHODS = {
    "linear": "exact, from the weights of the model",
    "tree.patterns": "exact, from tables of the patterns of the trees",
    "tree.shap": "exact, the trees walked for every row of the reference",
    "asked.exact": "exact, the model asked of every set of inputs",
    "asked.sampled": "sampled: nobody can look into the model, so that it is asked of seeded walks between the reference "
    "and the case, and each contribution has a standard error",
}


def _sampled(found: review.ReasonCodes) -> str:
    """Return how often a model was asked, and for how many that leaves it open what they are told."""
    if found.sampling is None:
        return ""
    walks, open_ = sum(walks for _, _, walks in found.walked), sum(n for sure, n, _ in found.walked if not sure)
    return (
        f"{walks:,} walks there and back, orders by {found.sampling.orders}; reasons are told where {found.sampling.errors} "
        f"standard errors leave no doubt of them, and that is not certain for {open_:,} of {found.explained:,}"
    )


def _reasons(found: review.ReasonCodes, software: tuple[str, ...], score_of: str | None) -> page.Reasons:
    return page.Reasons(
        approve=f"{found.approve}, of the class {score_of}" if score_of else found.approve,
        reference=_AGAINST[found.reference_kind],
        reference_rows=found.reference_rows,
        reference_digest=found.reference,
        dictionary=found.dictionary,
        declined=found.declined,
        explained=found.explained,
        reasoned=found.reasoned,
        codes=tuple(page.Code(one.code, _told(one), one.first, one.given) for one in found.codes),
        blocked=tuple((why, f"{n:,}") for why, n in found.blocked),
        entry=found.entry,
        software=", ".join(software),
        seconded=seconded(found.method, software),
        method=_METHODS.get(found.method, found.method),
        sampled=_sampled(found),
    )


def _not_tested(found: Judgement, reasons: review.ReasonCodes | None) -> Iterator[page.NotTested]:
    for finding in found.findings:
        if finding.verdict.value in {"not_measured", "not_applicable"}:
            yield page.NotTested(finding.rule, finding.message)
    if reasons is None:
        yield page.NotTested("reason codes", "no evidence says what the declined would be told")
    yield page.NotTested("data sets", "they are recorded by digest only, and were not read again for this report")


def _signatures(desk: Desk, one: Version) -> Iterator[page.Signature]:
    for said in one.signed:
        event = Event.parse(desk.ledger.entry(said.entry).envelope.payload)
        known = desk.known(said.person)
        offset = event.govern.signed_at_offset
        yield page.Signature(
            name=known.identity.name if known else said.person,
            person=said.person,
            role=said.role,
            meaning=said.meaning,
            reason=said.reason,
            at=_in_offset(said.at, offset),
            entry=said.entry,
            keyid=desk.ledger.entry(said.entry).envelope.signatures[0].keyid,
            validity=review.worth(desk, one, said),
            conditions=tuple(asked.text for asked in said.conditions),
        )


def _in_offset(at: datetime, offset: str) -> datetime:
    sign = -1 if offset[0] == "-" else 1
    return at.astimezone(timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))))


def _text(number: Any) -> str | None:
    return None if number is None else write_decimal(number)


__all__ = ["bundle", "casefile", "data_period"]
