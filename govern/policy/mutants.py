"""Policies with one thing taken away or loosened: tests that do not see the difference do not test it."""

from collections.abc import Iterator
from dataclasses import replace

from govern.policy.decimals import write_decimal
from govern.policy.document import Check, Policy
from govern.policy.metrics import METRICS
from govern.policy.resolve import Resolved


def mutants(rules: Resolved) -> Iterator[tuple[str, Resolved]]:
    """Yield the policy with one thing taken away or loosened, each with what was done to it."""
    for told, policy in _mutants(rules.policy):
        yield told, replace(rules, policy=policy)


def _mutants(policy: Policy) -> Iterator[tuple[str, Policy]]:
    yield from _of_checks(policy)
    yield from _of_approvals(policy)
    for gate, asked in policy.gates.items():
        if asked.from_:
            anywhere = {**policy.gates, gate: asked.model_copy(update={"from_": ()})}
            yield f"{gate}: from anywhere", policy.model_copy(update={"gates": anywhere})
        if asked.ratify_within:
            never = {**policy.gates, gate: asked.model_copy(update={"ratify_within": None})}
            yield f"{gate}: never ratified", policy.model_copy(update={"gates": never})
    for name in ("documentation", "explainability", "monitoring"):
        if getattr(policy, name):
            yield f"without {name}", policy.model_copy(update={name: None})
    for role in policy.data.asked:
        yield f"without {role} data", policy.model_copy(update={"data": policy.data.model_copy(update={role: None})})


def _of_checks(policy: Policy) -> Iterator[tuple[str, Policy]]:
    for check in policy.checks:
        others = tuple(one for one in policy.checks if one.id != check.id)
        yield f"without the check {check.id}", policy.model_copy(update={"checks": others})
        for told, looser in _looser(check):
            checks = tuple(looser if one.id == check.id else one for one in policy.checks)
            yield f"{check.id}: {told}", policy.model_copy(update={"checks": checks})


def _of_approvals(policy: Policy) -> Iterator[tuple[str, Policy]]:
    for name, approval in policy.approvals.items():
        yield f"without the approval {name}", _without_approval(policy, name)
        if approval.quorum > 1:
            fewer = {**policy.approvals, name: approval.model_copy(update={"quorum": approval.quorum - 1})}
            yield f"{name}: quorum {approval.quorum - 1}", policy.model_copy(update={"approvals": fewer})
        if approval.expires:
            for_ever = {**policy.approvals, name: approval.model_copy(update={"expires": None})}
            yield f"{name}: never expires", policy.model_copy(update={"approvals": for_ever})


def _looser(check: Check) -> Iterator[tuple[str, Check]]:
    metric = METRICS.get(check.metric)
    for key, end in (("min", metric.low if metric else None), ("max", metric.high if metric else None)):
        limit = getattr(check, key)
        if limit is not None:
            # Half of what is asked for: a test that is not near the limit does not see it.
            looser = (limit + (end if end is not None else limit - 1 if key == "min" else limit + 1)) / 2
            yield f"{key}: {write_decimal(looser)}", check.model_copy(update={key: looser})
    if check.on_fail == "block":
        yield "on_fail: warn", check.model_copy(update={"on_fail": "warn"})


def _without_approval(policy: Policy, name: str) -> Policy:
    gates = {
        gate: asked.model_copy(update={"approvals": tuple(one for one in asked.approvals if one != name)})
        for gate, asked in policy.gates.items()
    }
    approvals = {
        other: one.model_copy(update={"after": tuple(before for before in one.after if before != name)})
        for other, one in policy.approvals.items()
        if other != name
    }
    return policy.model_copy(update={"gates": gates, "approvals": approvals})
