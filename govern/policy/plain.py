"""A policy in plain sentences, for whoever signs under it and writes no YAML."""

from collections.abc import Iterator, Sequence

from govern.policy.clauses import DataSet, Declared, Profile, Proxies, spoken
from govern.policy.decimals import write_decimal
from govern.policy.document import ALL, CURRENT, MAKERS, Approval, Check, DecideOn, Gate, Policy
from govern.policy.metrics import METRICS
from govern.policy.modes import Mode

_DECIDES = {
    DecideOn.LOWER: "the lower end of its interval decides",
    DecideOn.UPPER: "the upper end of its interval decides",
    DecideOn.INTERVAL: "its whole interval has to be on the right side, else a person decides",
}
MODES = {
    Mode.OBSERVE: "only writes down what it finds, and stops nothing",
    Mode.WARN: "warns, and stops nothing",
    Mode.ENFORCE: "stops what it denies",
}


def explained(policy: Policy) -> list[tuple[str, list[str]]]:
    """Return a policy as titled paragraphs of sentences."""
    parts = [
        ("What it is", list(_identity(policy))),
        ("Checks", [_check(one, policy.metrics.get(one.metric)) for one in policy.checks]),
        ("Besides", list(_besides(policy))),
        ("Signatures", [_approval(name, one) for name, one in policy.approvals.items()]),
        ("Gates", [_gate(name, one) for name, one in policy.gates.items()]),
        ("Exceptions", list(_exceptions(policy))),
    ]
    return [(title, sentences) for title, sentences in parts if sentences]


def meant_for(policy: Policy) -> str:
    """Return which models a policy is for, in words."""
    return f"{_profile(policy.applies_to) or 'every model'}{_but(policy.applies_to.exclude)}"


def _identity(policy: Policy) -> Iterator[str]:
    yield f"{policy.title or policy.id}, release {policy.version}, kept by {policy.owner}."
    if policy.description:
        yield policy.description.strip()
    yield f"It is for {meant_for(policy)}."
    effective = policy.effective
    if effective.from_ or effective.until:
        begin, end = (
            f"from {effective.from_}" if effective.from_ else "",
            f"until {effective.until}" if effective.until else "",
        )
        yield f"It is in force {' '.join(part for part in (begin, end) if part)}."
    if effective.review_by:
        yield f"It has to be reviewed by {effective.review_by}."
    modes = policy.enforcement.modes_by_environment
    if "enforcement" in policy.model_fields_set:
        yield f"It {MODES[policy.enforcement.mode]}."
    for name, mode in modes.items():
        yield f"In {name} it {MODES[mode]}."


def _profile(profile: Profile) -> str:
    parts = [
        f"models for {_or(profile.use_case)}" if profile.use_case else "",
        f"of the tier {_or(profile.risk_tier)}" if profile.risk_tier else "",
        f"in {_or(profile.jurisdictions)}" if profile.jurisdictions else "",
        *(f"with {name} {_or(values)}" for name, values in profile.tags.items()),
    ]
    said = " ".join(part for part in parts if part)
    return said if not said or profile.use_case else f"models {said}"


def _but(excluded: Profile | None) -> str:
    return f", but not for {_profile(excluded)}" if excluded else ""


def _check(check: Check, declared: Declared | None) -> str:
    metric = METRICS.get(check.metric)
    what = f"{check.id}: {check.metric}" + (f" ({metric.formula})" if metric else "")
    if check.kind == "imported":
        known = [declared.title, f"in {declared.unit}" if declared.unit else ""] if declared else []
        what = f"{check.id}: {check.metric} ({', '.join(one for one in [*known, 'brought from outside'] if one)})"
    by = f" for each {' and each '.join(check.by)}" if check.by else ""
    together = "".join(f", and for {' and '.join(names)} together" for names in check.intersections)
    limits = [("at least", check.min), ("at most", check.max)]
    asked = " and ".join(f"{words} {write_decimal(limit)}" for words, limit in limits if limit is not None)
    warns = [("below", check.warn_below), ("above", check.warn_above)]
    warned = " or ".join(f"{words} {write_decimal(limit)}" for words, limit in warns if limit is not None)
    said = f"{what}{by}{together} has to be {asked}" if asked else f"{what}{by}{together} is measured"
    if check.compare:
        ends = [("at least", check.compare.delta_min), ("at most", check.compare.delta_max)]
        far = " and ".join(f"{words} {write_decimal(limit)}" for words, limit in ends if limit is not None)
        said += f"; its distance from the champion {far}"
    if warned:
        said += f"; a warning {warned}"
    if check.confidence and check.confidence.decide_on in _DECIDES:
        said += f"; {_DECIDES[check.confidence.decide_on]} ({write_decimal(check.confidence.level * 100)} %)"
    if check.min_group_size:
        small = {"fail": "fail", "report": "are listed and not judged", "merge": "are judged together"}[
            check.small_groups
        ]
        said += f"; groups of fewer than {check.min_group_size} {small}"
    return f"{said}. {'Failing it only warns.' if check.on_fail == 'warn' else 'Failing it blocks.'}"


def _besides(policy: Policy) -> Iterator[str]:
    for role, asked in policy.data.asked.items():
        rows = f" has at least {asked.min_rows:,} rows" if asked.min_rows else " is on record"
        fields = f", with its {', '.join(asked.required_fields)}" if asked.required_fields else ""
        age = f", no older than {asked.max_age}" if asked.max_age else ""
        yield f"The {role} data{rows}{fields}{age}."
        yield from _data(role, asked)
    explained_by = policy.explainability
    if explained_by and explained_by.reason_codes:
        codes = explained_by.reason_codes
        fewest = f"at least {codes.min} and " if codes.min else ""
        with_whom = f", and compared with {spoken(codes.reference)}" if codes.reference else ""
        yield f"Whoever is declined is told {fewest}at most {codes.max} reasons, in the words of a dictionary{with_whom}."
    if explained_by and explained_by.forbidden_features:
        forbidden = explained_by.forbidden_features
        made = ", nor be made from it" if "lineage" in forbidden.match else ""
        yield f"No input may be {_or(forbidden.names)}{made}."
    if explained_by and explained_by.proxies:
        yield from _proxies(explained_by.proxies)
    if explained_by and explained_by.stability:
        stable = explained_by.stability
        alike = f"{stable.metric} at least {write_decimal(stable.min)}"
        yield f"Reasons stay alike ({alike}) when the reference is drawn anew {stable.resamples} times."
    documents = policy.documentation
    if documents:
        least = documents.min_words
        names = dict.fromkeys((*documents.required, *least))
        listed = ", ".join(f"{name} (at least {least[name]} words)" if name in least else name for name in names)
        yield f"It has to be written down: {listed}."
    if policy.evidence:
        asked_by = policy.evidence.measured_by
        yield f"What counts is measured by a {_or(asked_by.role)}{' who did not make the version' if MAKERS in asked_by.not_same_as else ''}."
    for name, watch in (policy.monitoring.watches if policy.monitoring else {}).items():
        yield f"{name}: in production, {_listed(watch.checks)} measured again every {watch.every}."
    if policy.monitoring and policy.monitoring.breach.action == "suspend":
        grace = policy.monitoring.breach.grace
        yield f"What is overdue{f' for more than {grace}' if grace else ''} stops the version."


def _data(role: str, asked: DataSet) -> Iterator[str]:
    least = f"{asked.min_positives:,} rows whose label is 1"
    other = "training" if role == "evaluation" else asked.disjoint_from
    if asked.min_positives:
        yield f"It has at least {least}."
    if asked.disjoint_from or asked.kind in {"holdout", "external"}:
        by = f"; rows are the same by {' and '.join(asked.disjoint_by)}" if asked.disjoint_by else ""
        yield f"No row of it is in the {other} data{by}."
    if asked.kind == "out_of_time":
        by = f", by {asked.dated_by}" if asked.dated_by else ", by the days on record"
        yield f"It is of days after those of the {other or 'training'} data{by}."


def _proxies(asked: Proxies) -> Iterator[str]:
    for column, most in asked.max_attribution_share.items():
        yield f"At most {write_decimal(most * 100)} % of what moves the score comes from {column}."
    told = asked.max_predictability_of
    if told:
        small = f"; groups of fewer than {told.min_group_size} are not judged" if told.min_group_size else ""
        yield f"No input alone tells {_or(told.attribute)} better than {write_decimal(told.auc)} (AUC){small}."


def _approval(name: str, approval: Approval) -> str:
    others = [f"counts for {other}" for other in approval.not_same_as if other != MAKERS]
    who = " or ".join(["made the version", *others])
    said = f"{name}: {_counted(approval.quorum, _or(approval.role))}, nobody who {who}"
    said += f", after {' and '.join(approval.after)}" if approval.after else ""
    said += f"; it holds for {approval.expires}" if approval.expires else ""
    return f"{said}."


def _gate(name: str, gate: Gate) -> str:
    asks = [f"{_listed(gate.checks)} passed"] if gate.checks else []
    named = [one for one in gate.approvals if one != CURRENT]
    asks += [f"the signatures of {' and '.join(named)}"] if named else []
    asks += ["the signatures of the gates before it"] if CURRENT in gate.approvals else []
    asks += ["every document that is asked for"] if gate.documentation else []
    where = f", for {_or(gate.environments)}" if gate.environments else ""
    start = f"from {_or([one.replace('_', ' ') for one in gate.from_])}" if gate.from_ else "from anywhere"
    later = f"; somebody else ratifies it within {gate.ratify_within}" if gate.ratify_within else ""
    return f"{name} is reached {start} with {' and '.join(asks) or 'nothing more'}{where}{later}."


def _exceptions(policy: Policy) -> Iterator[str]:
    waivers = policy.waivers
    if waivers is None:
        yield "No failing check can be waived."
        return
    who = _counted(waivers.requires.quorum, _or(waivers.requires.role))
    allowed = "every check" if ALL in waivers.allowed_for else _or(waivers.allowed_for) or "no check"
    often = f"be renewed {waivers.max_renewals} times" if waivers.max_renewals else "not be renewed"
    yield f"A failure of {allowed} can be accepted by {who} for at most {waivers.max_duration}, and may {often}."
    if waivers.never_for:
        yield f"Never waived: {', '.join(waivers.never_for)}."


def _counted(count: int, what: str) -> str:
    return f"one {what}" if count == 1 else f"{count} persons, each {what}"


def _or(names: Sequence[str]) -> str:
    return " or ".join(names)


def _listed(checks: Sequence[str]) -> str:
    return "every check" if ALL in checks else " and ".join(checks)
