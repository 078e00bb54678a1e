"""From the desk's words to what is read around a version: what it is made of, what was said, and what is owed."""

from collections.abc import Iterator
from datetime import date, datetime

from govern import artifacts, discussion, review, telling
from govern.desk import Desk
from govern.errors import GovernError
from govern.ledger.envelope import Entry
from govern.ledger.strict import Digest
from govern.record.events import Event
from govern.record.identity import Role
from govern.record.inventory import Challenge, Version
from govern.record.manifest import Manifest
from govern.record.models import Amend, OfVersion, RegisterVersion
from govern.record.progress import MAKERS_ROLES
from govern.record.registry import Person
from govern.record.reviewing import ANSWERERS, ASKERS, DOCUMENTED, REVIEWERS, WRITERS
from gui import attaching, trail, words
from gui.casework import Artefact, Case, Condition, DataSet, Document, Flaw, Passage, Provenance, Talk, Waiver
from gui.reading import full_name, people

MAKER = "you made, changed or submitted it"
MODEL_OWNERS = "a developer or model owner"


def case(desk: Desk, one: Version, who: Person, read_only: str) -> Case:
    """Return all that is read around a version, and what ``who`` may say of it."""
    registry, at = desk.registry, desk.clock()
    sections = tuple(attaching.sections(desk, one, who))
    return Case(
        version=one.name,
        size=registry.size,
        provenance=provenance(desk, one),
        documents=tuple(_documents(desk, one)),
        missing=tuple(of.name for of in sections if of.is_required and of.is_empty),
        talks=tuple(_talks(desk, one, who, read_only)),
        flaws=tuple(_flaws(desk, one, who, at, read_only)),
        conditions=tuple(_conditions(desk, one, who, at, read_only)),
        waivers=tuple(_waivers(desk, one, at.date())),
        people=people(desk),
        anchors=tuple(_anchors(desk, one)),
        why_not=tuple(_refusals(one, who, read_only)),
        sections=sections,
        is_maker=bool(who.roles & MAKERS_ROLES) and who.id not in one.not_reviewers,
    )


def provenance(desk: Desk, one: Version) -> Provenance:
    """Return what the manifest says, each artefact inspected and none of them executed."""
    manifest = Manifest.parse(review.content(desk, one.digest))
    parent = desk.registry.inventory.versions.get(str(manifest.parent)) if manifest.parent else None
    listed = tuple((f"{place}", text) for place, text in enumerate(manifest.rules or (), start=1))
    values = (
        ("Parameters", tuple(sorted(manifest.parameters.items()))),
        ("Metrics", tuple(sorted(manifest.metrics.items()))),
        ("Coefficients", tuple(sorted((manifest.coefficients or {}).items()))),
        ("Transformations", tuple(sorted((manifest.transformations or {}).items()))),
        ("Business rules", listed),
    )
    makers = ", ".join(sorted(full_name(desk, maker) for maker in one.makers))
    facts = (
        ("Made by", makers),
        ("Registered", f"{words.moment(one.registered)}, #{one.entry}"),
        ("Code", manifest.code or ""),
        ("Parent", parent.name if parent else ""),
        ("Change", manifest.change or ""),
        ("Approves", manifest.approve or ""),
    )
    digests = (
        ("Version", one.digest),
        ("Dossier", review.dossier_of(desk, one).digest),
        ("Environment", manifest.environment),
        ("Reasons", manifest.reasons),
    )
    return Provenance(
        artefacts=tuple(
            _artefact(desk, *artefact) if one.is_held(artefact[0]) else _referred(*artefact)
            for artefact in one.artefacts
        ),
        data=tuple(
            DataSet(of.role, of.name, of.size, str(of.digest), of.rows, of.first, of.last, of.licence or "")
            for of in manifest.data
        ),
        values=tuple(part for part in values if part[1]),
        facts=tuple(fact for fact in facts if fact[1]),
        digests=tuple((name, str(digest)) for name, digest in digests if digest),
    )


def history(desk: Desk, one: Version) -> list[Passage]:
    """Return every entry about a version and every amendment of its model since, the newest first."""
    digest, found = one.digest.value.hex().encode(), []
    for leaf in desk.ledger.entries(one.entry, desk.registry.size):
        entry = Entry.parse(leaf)
        # Most of the ledger is about something else, and is not read further than this.
        if digest in entry.envelope.payload or b"/amend/" in entry.envelope.payload:
            event = Event.parse(entry.envelope.payload)
            found += [_passage(desk, entry, event)] if _is_about(event, one) else []
    return found[::-1]


def document(desk: Desk, one: Version, section: str) -> tuple[str, bytes]:
    """Return a document's name and its content, which is what was signed; raise `Tampered` if it is not."""
    found = one.documents[section]
    return found.name, review.content(desk, found.content)


def _artefact(desk: Desk, name: str, size: int, digest: Digest) -> Artefact:
    try:
        found = artifacts.kept(desk.store, name, size, digest)
    except GovernError as error:
        return Artefact(name, size, str(digest), "Not what was registered", (error.message,))
    sides = [
        words.counted(len(columns), what)
        for columns, what in ((found.inputs, "input"), (found.outputs, "output"))
        if columns
    ]
    return Artefact(name, size, str(digest), found.format, found.flags, ", ".join(sides))


def _referred(name: str, size: int, digest: Digest) -> Artefact:
    return Artefact(name, size, str(digest), "Not held here", is_held=False)


def _passage(desk: Desk, entry: Entry, event: Event) -> Passage:
    line = trail.line(desk, entry)
    told = telling.told(desk, event).removeprefix(line.about).lstrip(",: ")  # which version it is about is known here
    return Passage(entry.index, entry.recorded_at, line.who, words.KINDS[event.kind], told, event.govern.reason or "")


def _is_about(event: Event, one: Version) -> bool:
    match event.body:
        case RegisterVersion(version=digest) | OfVersion(version=digest):
            return digest == one.digest
        case Amend(model=model):
            return model == one.model
        case _:
            return False


def _documents(desk: Desk, one: Version) -> Iterator[Document]:
    for section, of in sorted(one.documents.items()):
        at, who = desk.ledger.entry(of.entry).recorded_at, full_name(desk, of.person)
        yield Document(section, of.name, of.size, of.words, who, at, of.entry, str(of.content))


def _talks(desk: Desk, one: Version, who: Person, read_only: str) -> Iterator[Talk]:
    waiting = {asked.entry: asked for asked in one.challenges if asked.answered is None}
    is_theirs = who.id in one.not_reviewers or who.id == desk.registry.inventory.models[one.model].owner
    for said in discussion.talks(desk, one):
        at, is_open = desk.ledger.entry(said.entry).recorded_at, said.entry in waiting
        why = _why_no_answer(waiting[said.entry], who, read_only, is_theirs=is_theirs) if is_open else ""
        name = full_name(desk, said.person)
        yield Talk(said.entry, name, said.kind, said.text, said.anchor, at, said.answers, is_open, why)


def _why_no_answer(asked: Challenge, who: Person, read_only: str, *, is_theirs: bool) -> str:
    if asked.person == who.id:
        return "nobody answers their own challenge"
    answers = is_theirs or who.roles & ANSWERERS
    return read_only or ("" if answers else f"who answers made it, owns the model, or is {_listed(ANSWERERS)}")


def _flaws(desk: Desk, one: Version, who: Person, at: datetime, read_only: str) -> Iterator[Flaw]:
    for of in sorted(one.findings, key=lambda found: (found.closed is not None, found.due)):
        why = read_only or ("you own it; another validator looks" if of.owner == who.id else "")
        why = why or _why_not(one, who, frozenset({Role.VALIDATOR}), "a validator closes it")
        owner, raiser = full_name(desk, of.owner), full_name(desk, of.person)
        late = of.closed is None and of.due < at.date()
        yield Flaw(of.entry, of.title, of.severity, owner, of.due, raiser, late, of.closed, why, of.doubted)


def _conditions(desk: Desk, one: Version, who: Person, at: datetime, read_only: str) -> Iterator[Condition]:
    for signed in one.signed:
        for place, of in enumerate(signed.conditions):
            why = read_only or ("you owe it; somebody else looks" if of.owner == who.id else "")
            why = why or _why_not(one, who, REVIEWERS, "a reviewer says that it is met")
            owner, asker = full_name(desk, of.owner), full_name(desk, signed.person)
            late = of.met is None and of.due < at.date()
            yield Condition(signed.entry, place, of.text, owner, of.due, asker, late, of.met, why, of.doubted)


def _waivers(desk: Desk, one: Version, today: date) -> Iterator[Waiver]:
    for of, why in sorted(discussion.waivers(desk, one), key=lambda found: found[0].until):
        who = ", ".join(full_name(desk, person) for person in (sponsor.person for sponsor in of.persons))
        ended = of.until < today
        yield Waiver(of.entry, of.policy, of.check, of.until, of.category, of.control, who, ended, desk.named(why))


def _anchors(desk: Desk, one: Version) -> Iterator[tuple[str, str]]:
    checks = {check.id for rules in review.dossier_of(desk, one).policies for check in rules.policy.checks}
    for check in sorted(checks | one.measured.keys()):
        yield f"evidence:{check}", f"the check {check}"
    for section in sorted(one.documents):
        yield f"document:{section}", f"the document {section.replace('_', ' ')}"
    for finding in one.open_findings:
        yield f"finding:{finding.entry}", f"the finding #{finding.entry}"
    for section in attaching.SECTIONS:
        yield f"section:{section}", section


def _refusals(one: Version, who: Person, read_only: str) -> Iterator[tuple[str, str]]:
    """Yield for each kind of word why it cannot be said; the ledger has the last word on what can."""
    asks = "" if who.roles & ASKERS else f"you are no {_listed(ASKERS)}"
    yield "comment", read_only or ("" if who.roles else "you hold no role")
    yield "challenge", read_only or asks or (MAKER if who.id in one.not_reviewers else "")
    yield "finding", read_only or asks
    writes = "" if who.roles & WRITERS else "auditors and registrars write none"
    closed = "" if one.stage in DOCUMENTED else f"{one.name} is {words.STAGES[one.stage].lower()}"
    yield "attach", read_only or writes or closed
    changes = "" if one.stage == "in_review" else f"{one.name} is {words.STAGES[one.stage].lower()}"
    yield "changes", read_only or changes or _why_not(one, who, REVIEWERS, "a reviewer asks for changes")


def _why_not(one: Version, who: Person, roles: frozenset[Role], rule: str) -> str:
    if not who.roles & roles:
        return f"{rule}, and you are none" if " reviewer" in rule or " validator" in rule else rule
    return MAKER if who.id in one.not_reviewers else ""


def _listed(roles: frozenset[Role]) -> str:
    names = sorted(words.role(one.value) for one in roles)
    return f"{', '.join(names[:-1])} or {names[-1]}"
