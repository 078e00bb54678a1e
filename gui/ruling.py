"""From the desk's words to policies: what is adopted, what a file says, what it would change, and its adoption."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path

from govern import __version__, catalogue, dryrun, library
from govern.connection import KeyFile
from govern.desk import Desk
from govern.errors import GovernError, InvalidInput, NotAllowed
from govern.ledger.contents import Blob
from govern.policy.assembly import Library
from govern.policy.clauses import Status
from govern.policy.comparing import Step, Stride, stride
from govern.policy.diagnostics import Diagnostic, Severity
from govern.policy.document import Policy
from govern.policy.findings import Decision
from govern.policy.flat import built_on
from govern.policy.modes import Mode
from govern.policy.plain import explained
from govern.policy.resolve import Lint, Resolved, lint
from govern.record.dossier import profile, resolved
from govern.record.identity import Role
from govern.record.inventory import Policy as Adopted
from govern.review import content
from gui import reading, receipts, words
from gui.casework import Receipt
from gui.clauses import in_force
from gui.rulebook import Cited, Differing, Opened, Page, Problem, Rule, Rulebook, Spot, Tried, Void, Weighed
from gui.tones import Tone

LARGEST = 4 * 1024 * 1024
"""What is larger is not even read."""
STATUS = {
    Status.IN_FORCE: (Tone.PASS, "In force"),
    Status.SUPERSEDED: (Tone.WAIVED, "Superseded"),
    Status.DRAFT: (Tone.MISSING, "Draft"),
    Status.VOLUNTARY: (Tone.NONE, "Voluntary"),
}
MODES = {
    Mode.OBSERVE: (Tone.UNSURE, "Only observes"),
    Mode.WARN: (Tone.UNSURE, "Only warns"),
    Mode.ENFORCE: (Tone.PASS, "In force"),
}
FILE = "file"


class Rules:
    """The policies of an open ledger, the packs beside them, and the files that are tried."""

    def __init__(self, desk: Desk, key: Callable[[str], KeyFile], packs: Library | None = None) -> None:
        self._desk, self._key = desk, key
        self._library = packs or library.library()
        self._tried: tuple[bytes, Lint] | None = None
        """The file that was read last: a trial asks for it again and again."""

    # Reading

    def rulebook(self) -> Rulebook:
        """Return every release that was adopted, the newest of each policy first, and every pack."""
        inventory = self._desk.registry.inventory
        newest = [one for _, one in sorted(inventory.policies.items())]
        kept = {str(one.digest) for one in newest}
        earlier = [one for one in inventory.adopted.values() if str(one.digest) not in kept]
        rules = [self._adopted(one, "adopted") for one in newest]
        rules += [self._adopted(one, "earlier") for one in sorted(earlier, key=lambda one: (one.id, -one.entry))]
        return Rulebook(self._desk.registry.size, (*rules, *(rule for rule, _ in self._packs.values())))

    def page(self, key: str) -> Page:
        """Return one policy or pack to read."""
        rule, found, text = self._find(key)
        return self._page(rule, found, text)

    def compare(self, older: str, newer: str) -> tuple[Differing, ...]:
        return tuple(_differing(stride(self._find(older)[1].policy, self._find(newer)[1].policy)))

    def open(self, path: str, handle: str) -> Opened:
        """Return what a file holds and everything that is wrong with it; nothing is filed."""
        name, source = _read(path)
        found = self._lint(source, name, path)
        problems = tuple(_problem(one) for one in found.diagnostics)
        opened = Opened(path, name, source, tuple(found.texts.items()), problems)
        if found.resolved is None:
            return opened
        policy = found.resolved.policy
        models = self._models(policy)
        tone, status = _standing(policy, self._today)
        warned = any(one.spot.tone is Tone.WARN for one in problems)
        rule = Rule(
            FILE,
            FILE,
            policy.id,
            policy.version,
            policy.title,
            Tone.WARN if warned else tone,
            status,
            _dates(policy),
            models,
            packs=built_on(found.resolved.text),
        )
        page = self._page(rule, found.resolved, found.texts[name])
        return replace(opened, page=page, weighed=self._weigh(found.resolved, models, handle))

    # Trying

    def concerned(self) -> tuple[str, ...]:
        """Return the versions that a policy is tried on."""
        return tuple(str(one.digest) for one in dryrun.concerned(self._desk))

    def tried(self, source: bytes, digests: Sequence[str]) -> tuple[Tried, ...]:
        """Return which of some versions a file would judge otherwise than what is adopted."""
        found = self._lint(source, "policy.yaml").resolved
        if found is None:
            raise InvalidInput("a policy with errors cannot be tried", hint="mend it first")
        known = self._desk.registry.inventory.versions
        outcomes = dryrun.tried(self._desk, [known[one] for one in digests if one in known], found)
        return tuple(_tried(one) for one in outcomes if one.differs)

    # Signing

    def adopt(self, seen: Opened, handle: str, passphrase: str) -> Receipt:
        """Adopt the very bytes that were read, if it still means what was shown."""
        found = self._lint(seen.content, seen.name, seen.path).resolved
        if found is None or seen.weighed is None:
            raise InvalidInput("a policy with errors is not adopted", hint="mend it first")
        now = self._weigh(found, self._models(found.policy), handle)
        if now.why_not:
            raise NotAllowed(now.why_not, code="adopt")
        if now != seen.weighed:
            text, hint = "the ledger went on while you read this", "read the file again, and sign that"
            raise NotAllowed(text, code="stale_subject", hint=hint)
        desk = replace(self._desk, pens=(self._desk.unlock_pen(self._key(handle), passphrase),))
        filed = catalogue.adopt_policy(
            desk, seen.content, seen.name, __version__, library.beside(self._library, Path(seen.path))
        )
        return receipts.adopted(desk, filed, found.digest)

    # Private

    @property
    def _today(self) -> date:
        return self._desk.clock().date()

    @property
    def _blob(self) -> Blob:
        return lambda digest: content(self._desk, digest)

    @cached_property
    def _packs(self) -> dict[str, tuple[Rule, Lint]]:
        """Every release of every pack: they do not change while the program runs."""
        found = {}
        for name, releases in sorted(self._library.packs().items()):
            for one in sorted(releases, key=lambda one: one.version, reverse=True):
                read = lint(one.content, one.file, __version__, self._library, self._today)
                release = ".".join(map(str, one.version))
                key = f"pack {name} {release}"
                found[key] = (self._pack(key, name, release, read), read)
        return found

    def _pack(self, key: str, name: str, release: str, read: Lint) -> Rule:
        if read.resolved is None:
            return Rule(
                key, "pack", name, release, "", Tone.FAIL, "Cannot be read", str(next(iter(read.diagnostics), ""))
            )
        policy = read.resolved.policy
        tone, status = _standing(policy, self._today)
        dates = _dates(policy)
        if policy.pack and policy.pack.superseded_by:
            dates = ", ".join(part for part in (f"see {policy.pack.superseded_by}", dates) if part)
        packs = built_on(read.resolved.text)
        return Rule(key, "pack", name, release, policy.title, tone, status, dates, packs=packs)

    def _adopted(self, one: Adopted, kind: str) -> Rule:
        key = f"{kind} {one.id} {one.release}"
        try:
            policy, packs = resolved(one, self._blob).policy, built_on(self._blob(one.source).decode())
        except GovernError as error:
            return Rule(key, kind, one.id, one.release, "", Tone.FAIL, "Cannot be read", error.message, (), one.entry)
        if kind == "earlier":
            dates = f"adopted in #{one.entry}"
            told = (policy.title, Tone.WAIVED, "Superseded", dates)
            return Rule(key, kind, one.id, one.release, *told, entry=one.entry, packs=packs)
        tone, status = _standing(policy, self._today)
        models = self._models(policy)
        told = (policy.title, tone, status, _dates(policy))
        return Rule(key, kind, one.id, one.release, *told, models, one.entry, packs)

    def _models(self, policy: Policy) -> tuple[str, ...]:
        models = self._desk.registry.inventory.models
        return tuple(name for name in sorted(models) if policy.applies_to.covers(profile(models[name])))

    def _find(self, key: str) -> tuple[Rule, Resolved, str]:
        if key == FILE and self._tried and self._tried[1].resolved:
            found = self._tried[1]
            return (
                Rule(FILE, FILE, "", "", "", Tone.NONE, "", ""),
                self._tried[1].resolved,
                next(iter(found.texts.values())),
            )
        if key in self._packs:
            rule, read = self._packs[key]
            if read.resolved is None:
                raise InvalidInput(f"{rule.name} {rule.release} cannot be read", hint=rule.dates)
            return rule, read.resolved, next(iter(read.texts.values()))
        kind, _, name = key.partition(" ")
        for one in self._desk.registry.inventory.adopted.values():
            if f"{one.id} {one.release}" == name:
                return self._adopted(one, kind), resolved(one, self._blob), self._blob(one.source).decode()
        raise InvalidInput(f"there is no policy {name}", hint="read the list again")

    def _page(self, rule: Rule, found: Resolved, text: str) -> Page:
        parts = tuple((title, tuple(sentences)) for title, sentences in explained(found.policy))
        if rule.packs:
            said = f"It builds on {' and '.join(rule.packs)}: all that is asked for there is asked for here, and nothing of it is taken away."
            parts = (("Packs", (said,)), *parts)
        file = found.places["policy"].rsplit(":", 2)[0]
        return Page(rule, str(found.digest), file, text, parts, tuple(self._cited(found.policy)))

    def _cited(self, policy: Policy) -> Iterator[Cited]:
        covers = policy.covers()
        for name, reference in policy.references.items():
            rules = tuple(rule for rule, names in covers.items() if name in names)
            title, tone, status, source = in_force(self._library.citations, reference.cite, self._today)
            yield Cited(reference.cite, reference.title or title or reference.cite, tone, status, rules, source)

    def _lint(self, source: bytes, name: str, path: str = "") -> Lint:
        """Return what is wrong with a text; with what lies beside it, if it is in a file."""
        known = library.beside(self._library, Path(path)) if path else self._library
        if self._tried is None or self._tried[0] != source or path:
            untested = _untested(Path(path)) if path else ""
            self._tried = (source, lint(source, name, __version__, known, self._today, untested))
        return self._tried[1]

    def _weigh(self, found: Resolved, models: tuple[str, ...], handle: str) -> Weighed:
        """Return what adopting a policy would mean, and whether it may be."""
        policy, inventory = found.policy, self._desk.registry.inventory
        before = inventory.policies.get(policy.id)
        was = resolved(before, self._blob).policy if before else None
        steps = stride(was, policy) if was else None
        first = policy.effective.from_
        return Weighed(
            id=policy.id,
            release=policy.version,
            digest=str(found.digest),
            title=policy.title,
            models=models,
            before=was.version if was else "",
            differences=tuple(_differing(steps)) if steps else (),
            needed=(steps.needed if steps else Step.NONE).name.lower(),
            taken=(steps.taken if steps else Step.NONE).name.lower(),
            void=tuple(
                Void(one.name, reading.full_name(self._desk, said.person), said.meaning, said.entry)
                for one, said in dryrun.voided(self._desk, found)
            ),
            starts=words.date_(first) if first and first > self._today else "",
            why_not=self._why_not(policy, was, steps, handle),
        )

    def _why_not(self, policy: Policy, was: Policy | None, steps: Stride | None, handle: str) -> str:
        if Role.RISK_OFFICER not in self._desk.person(handle).roles:
            return "a risk officer adopts a policy, and you are none"
        if was is None or steps is None:
            return ""
        if steps.taken is Step.NONE and policy.digest == was.digest:
            return f"{policy.id} {was.version} is adopted already"
        if steps.taken is Step.NONE:
            return f"{policy.id} {was.version} is adopted already, and {policy.version} is not newer: raise its version"
        return f"{steps.too_short}, so write version {steps.least} or a later one" if steps.too_short else ""


def _standing(policy: Policy, today: date) -> tuple[Tone, str]:
    """Return whether a policy is in force, as a mark and in words."""
    effective = policy.effective
    if policy.pack and policy.pack.status is not Status.IN_FORCE:
        return STATUS[policy.pack.status]
    if effective.from_ and today < effective.from_:
        return Tone.MISSING, "Not yet in force"
    if effective.until and effective.until < today:
        return Tone.WAIVED, "Ended"
    if effective.review_by and effective.review_by < today:
        return Tone.WARN, "Review overdue"
    return MODES[policy.enforcement.mode]


def _dates(policy: Policy) -> str:
    effective = policy.effective
    parts = [f"from {words.date_(effective.from_)}"] if effective.from_ else []
    parts += [f"until {words.date_(effective.until)}"] if effective.until else []
    return " ".join(parts)


def _differing(steps: Stride) -> Iterator[Differing]:
    for one in steps.differences:
        yield Differing(one.what, one.before or "", one.after or "", one.step.name.lower(), one.step is Step.MAJOR)


def _problem(one: Diagnostic) -> Problem:
    tone = Tone.FAIL if one.severity is Severity.ERROR else Tone.WARN
    return Problem(Spot(one.file, one.line, one.column, one.width, tone), one.code.value, one.message, one.help)


def _tried(one: dryrun.Outcome) -> Tried:
    if one.trouble:
        return Tried(one.version.name, one.version.stage, "", "", Tone.UNSURE, f"cannot be judged: {one.trouble}")
    turned = [f"{_named(of.rule)} {_said(of.before)} \u2192 {_said(of.after)}" for of in one.turned] or _weightier(one)
    tones = {"allow": Tone.PASS, "deny": Tone.FAIL, "needs_person": Tone.UNSURE, "nothing_checked": Tone.MISSING}
    tone = tones.get(one.after.value, Tone.NONE)
    return Tried(one.version.name, one.version.stage, one.before.value, one.after.value, tone, ", ".join(turned))


def _weightier(one: dryrun.Outcome) -> list[str]:
    """Return what decides where no check says anything else, but is listened to otherwise."""
    names = dict.fromkeys(_named(rule) for rule in one.because)
    decides = "stops nothing any more" if one.after is Decision.ALLOW else "weighs otherwise"
    return [f"{name} {decides}" for name in names]


def _named(rule: str) -> str:
    """Return a rule, or a finding of one, as people call it."""
    kind, _, rest = rule.partition(".")
    return words.check(rest.partition(".")[0]) if kind == "checks" else words.check(rule)


def _untested(file: Path) -> str:
    """Return where tests of a policy would stand, if there are none."""
    tests = file.with_name(f"{file.stem}.test.yaml")
    return "" if tests.exists() else tests.name


def _said(verdict: object) -> str:
    return str(verdict).replace("_", " ") if verdict else "not asked"


def _read(path: str) -> tuple[str, bytes]:
    """Return a file's name and bytes."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise InvalidInput(f"{file.name} is too large for a policy", hint="choose the YAML file of one policy")
        return file.name, file.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{file.name} cannot be read: {(error.strerror or 'an error').lower()}") from None
