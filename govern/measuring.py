"""Measuring at a desk: a version on a file of rows, by its own model or by scores in the file, and why it declines people.

The model is the artefact that was registered, the rule and the dictionary those of the version: nobody chooses them anew.
Of what was registered by reference the file is given, and has to be the registered one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from govern import review
from govern.checks import plan, tables
from govern.checks.binding import Rule
from govern.checks.cases import Case, Explanation, explain
from govern.checks.declines import Asked
from govern.checks.plan import Listening, Run
from govern.checks.population import SCORE, Reference, ReferenceKind
from govern.checks.reasons import Dictionary
from govern.checks.sandbox import ModelFile
from govern.checks.scorecard import looks_like
from govern.desk import Desk
from govern.errors import InvalidInput, NothingChecked
from govern.ledger import Receipt
from govern.ledger.strict import Digest
from govern.policy.evidence import DIGITS, Columns, Plan, Planned
from govern.policy.implied import plan as planned_by
from govern.policy.metrics import BESIDE, METRICS
from govern.record.inventory import Version
from govern.record.manifest import Manifest
from govern.storage import blobs

_COUNTING = ("govern", "duckdb", "ibis-framework", "numpy")
"""What counts and draws: our own code, and what it stands on."""
_OPPOSITE = {"<": ">=", "<=": ">", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Rows:
    """A file of cases, and which of its columns are read as what."""

    path: Path
    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    positive: str | None = None

    @property
    def are_scored(self) -> bool:
        return self.prediction is not None or self.score is not None


@dataclass(frozen=True, slots=True)
class Terms:
    """Where a model is that is not held here, whether one that is a pickle is loaded, and what rows are compared with."""

    artefact: Path | None = None
    trust_pickle: bool = False
    baseline: Path | None = None
    """Rows as they were: data that the version was registered with."""


KEPT = Terms()


def evaluate(  # noqa: PLR0913  what a measurement depends on is all of these
    desk: Desk,
    one: Version,
    rows: Rows,
    terms: Terms = KEPT,
    *,
    threads: int | None = None,
    listening: Listening = str,
) -> tuple[Receipt, Run]:
    """Measure what the policies ask of a version, and file it; rows without scores are scored by its model."""
    every, policy = asked(desk, one)
    checks, others = _served(every, _roles(desk, one, terms.baseline), terms.baseline)
    if rows.are_scored:
        columns = Columns(label=rows.label, prediction=rows.prediction, score=rows.score, positive=rows.positive)
        run = plan.run(
            Plan(digits=DIGITS, columns=columns, checks=checks),
            rows.path,
            policy=policy,
            model=one.digest,
            threads=threads,
            baseline=terms.baseline,
            listening=listening,
        )
    else:
        manifest, rule = _manifest(desk, one), approving(desk, one)
        decided = f"{SCORE} {_OPPOSITE[rule.sign]} {rule.limit}"
        columns = Columns(label=rows.label, prediction=decided, score=SCORE, positive=rows.positive)
        run = plan.run(
            Plan(digits=DIGITS, columns=columns, checks=checks),
            rows.path,
            by_model=model_of(desk, one, terms, rows.positive),
            reasons=Asked(rule, dictionary(desk, one), _reference(desk, one)) if manifest.reasons else None,
            policy=policy,
            model=one.digest,
            threads=threads,
            baseline=terms.baseline,
            listening=listening,
        )
        _require_side(one, rule, run)
    run = replace(run, unmeasured=(*run.unmeasured, *others))
    return filed(desk, one, run), run


def _require_side(one: Version, rule: Rule, run: Run) -> None:
    """Raise where a check takes for favoured whom the version declines: its numbers would be of the wrong people."""
    positive, is_high = run.evidence.plan.columns.positive, rule.sign in {">", ">="}
    for check in run.evidence.plan.checks:
        if check.favourable is None or check.cutoff is not None or (check.favourable == positive) == is_high:
            continue
        raise InvalidInput(
            f"the check {check.check} favours {check.favourable!r}, and {one.name} declines them: it approves "
            f"{rule}, and a high score stands for {positive!r}",
            hint="say with --positive which value of the label a high score stands for",
            code="favours_declined",
        )


def _reference(desk: Desk, one: Version) -> ReferenceKind:
    """Return with whom the policies want the declined compared."""
    explained = [rules.policy.explainability for rules in review.dossier_of(desk, one).policies]
    kinds = {of.reason_codes.reference for of in explained if of and of.reason_codes and of.reason_codes.reference}
    wrong = [kind for kind in kinds if kind not in set(ReferenceKind)]
    if wrong or len(kinds) > 1:
        named = " and ".join(sorted(kinds))
        raise InvalidInput(
            f"the policies of {one.name} want the declined compared with {named}",
            hint=f"let all of them name one of {', '.join(ReferenceKind)}",
        )
    return ReferenceKind(kinds.pop()) if kinds else ReferenceKind.NEAR_CUTOFF


def asked(desk: Desk, one: Version) -> tuple[tuple[Planned, ...], Digest | None]:
    """Return what the policies want measured of a version, and the policy's digest if it is one alone."""
    policies = review.dossier_of(desk, one).policies
    planned: dict[str, Planned] = {}
    foreign = dict.fromkeys(check.id for rules in policies for check in rules.policy.checks if check.kind == "imported")
    for rules in policies:
        written = {check.id: check.kind for check in rules.policy.checks}
        for check in planned_by(rules.policy):
            if written.get(check.check) == "imported":
                continue
            if check.check in foreign or planned.setdefault(check.check, check) != check:
                raise InvalidInput(
                    f"two policies ask for a check {check.check}, and mean different things",
                    hint="give one another id" if check.check in written else "let both say the same",
                )
    if foreign and not planned:
        raise NothingChecked(
            f"all that is asked of {one.name} comes from outside: {', '.join(foreign)}", hint="`govern metric import`"
        )
    if not planned:
        raise NothingChecked(
            f"no policy that is adopted asks anything of {one.name}",
            hint="`govern policy adopt`, for its use case and tier",
        )
    return tuple(planned.values()), policies[0].digest if len(policies) == 1 else None


def filed(desk: Desk, one: Version, run: Run) -> Receipt:
    """File what was measured of a version."""
    software = {name: version(name) for name in _COUNTING}
    software |= {opinion.library: opinion.version for opinion in run.opinions if not opinion.why}
    software |= dict([run.explained]) if run.explained else {}
    assert run.source
    return review.record_evidence(desk, one, run.evidence, run.source, software, run.sandbox or "none")


def _roles(desk: Desk, one: Version, baseline: Path | None) -> frozenset[str]:
    """Return as what data a baseline was registered."""
    if baseline is None:
        return frozenset()
    with tables.opened(baseline) as data:
        digest = data.digest
    registered = _manifest(desk, one).data
    roles = frozenset(known.role for known in registered if known.digest == digest)
    if not roles:
        known = ", ".join(f"{data.name} ({data.role})" for data in registered) or "none"
        raise InvalidInput(
            f"{baseline} is {digest}, and no data of {one.name} is",
            hint=f"give a file that was registered with it: {known}",
            code="other_data",
        )
    return roles


def _served(
    checks: Sequence[Planned], roles: frozenset[str], baseline: Path | None
) -> tuple[tuple[Planned, ...], tuple[tuple[str, str], ...]]:
    """Return the checks that a baseline serves, or that need none, and why the others are left out."""
    wrong = {
        check.check: f"{baseline.name} is not its {check.against} data"
        for check in checks
        if baseline and METRICS[check.metric].grouping in BESIDE and check.against not in roles
    }
    return tuple(check for check in checks if check.check not in wrong), tuple(wrong.items())


def reasons(desk: Desk, one: Version, case: Case, reference: Reference, terms: Terms = KEPT) -> Explanation:
    """Return why a version declines a case, in the words of its dictionary."""
    rule, words = approving(desk, one), dictionary(desk, one)
    return explain(model_of(desk, one, terms), rule, case, reference, words)


def model_of(desk: Desk, one: Version, terms: Terms, positive: str | None = None) -> ModelFile:
    """Return the one artefact of a version that is a model, or the one that a file is."""
    name, content, digest = _given(one, terms.artefact) if terms.artefact else _kept(desk, one)
    positive = _manifest(desk, one).score_of or positive
    return ModelFile(name, content, digest, positive=positive, trust_pickle=terms.trust_pickle)


def _given(one: Version, path: Path) -> tuple[str, bytes, Digest]:
    content = ModelFile.read(path).content
    digest = Digest.of(content)
    name = next((name for name, _, registered in one.artefacts if registered == digest), None)
    if name is None:
        raise InvalidInput(
            f"{path} is {digest}, and no artefact of {one.name} is",
            hint=f"give the file that was registered: `govern version show {one.name}` has its digest",
            code="other_artefact",
        )
    return name, content, digest


def _kept(desk: Desk, one: Version) -> tuple[str, bytes, Digest]:
    if one.by_reference:
        raise InvalidInput(
            f"{one.name} was registered by reference, and {min(one.by_reference)} is not held here",
            hint="name the file of its model: --artefact FILE; or name the columns of scores: --score, --prediction",
            code="not_held",
        )
    models = {name: digest for name, _, digest in one.artefacts if _is_model(blobs.reader(desk.store, digest)(0, 4096))}
    if len(models) != 1:
        found = (
            f"{len(models)} files that may be a model ({', '.join(models)})" if models else "no file that is a model"
        )
        raise InvalidInput(
            f"{one.name} has {found}",
            hint="register one model as XGBoost JSON, UBJ, LightGBM text, skops or a scorecard; or name the columns of scores: --score, --prediction",
            code="no_model",
        )
    ((name, digest),) = models.items()
    return name, review.content(desk, digest), digest


def approving(desk: Desk, one: Version) -> Rule:
    """Return the rule by which a version approves."""
    text = _manifest(desk, one).approve
    rule = Rule.parse(text) if text else None
    if rule is None:
        raise InvalidInput(
            f"{one.name} does not say which scores it approves",
            hint="register it with --approve 'score < 0.2', or name the columns of the file: --score, --prediction",
            code="no_rule",
        )
    return rule


def dictionary(desk: Desk, one: Version) -> Dictionary:
    """Return the wordings that were registered with a version."""
    digest = _manifest(desk, one).reasons
    if digest is None:
        raise InvalidInput(
            f"{one.name} has no dictionary of reasons", hint="register it with --reasons FILE", code="no_dictionary"
        )
    return Dictionary.parse(review.content(desk, digest), f"the dictionary of {one.name}")


def _is_model(content: bytes) -> bool:
    """Say whether a file begins as XGBoost's JSON and UBJ, LightGBM's text, a zip of skops, a scorecard or a pickle do."""
    is_xgboost = content.startswith(b"{") and b"learner" in content
    return is_xgboost or looks_like(content) or content.startswith((b"tree\n", b"tree\r\n", b"PK\x03\x04", b"\x80"))


def _manifest(desk: Desk, one: Version) -> Manifest:
    return Manifest.parse(review.content(desk, one.digest))
