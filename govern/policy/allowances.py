"""What a policy asks besides limits and signatures: who measured, which documents are there, what was waived.

A waiver lifts a failing check only where the policy allows it, for as long as it allows, by as many as it asks for; what
was not measured at all is lifted by nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from govern.policy.clauses import Profile
from govern.policy.document import MAKERS
from govern.policy.findings import Decision, Finding, Verdict
from govern.policy.resolve import Resolved
from govern.policy.validity import Period, is_in_force

LOW_TIERS = frozenset({"low", "medium"})
"""Where who made the version may measure it, unless the policy says otherwise; any other word may mean a high tier."""
LIFTED = frozenset({Verdict.FAIL, Verdict.INCONCLUSIVE})
"""What a waiver lifts."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A failing check that was accepted until a day."""

    policy: str
    check: str
    until: date
    persons: tuple[tuple[str, frozenset[str]], ...]
    """Who signed it, and the roles they held."""
    at: datetime
    renewals: int
    entry: int


def measured_otherwise(
    rules: Resolved, model: Profile, persons: frozenset[tuple[str, str]], makers: frozenset[str]
) -> str:
    """Return why evidence that ``persons`` measured, each in a role, does not count; empty if it does."""
    asked = rules.policy.measured_by
    by_others = not set(model.risk_tier) <= LOW_TIERS or (asked is not None and MAKERS in asked.not_same_as)
    if asked is None and not by_others:
        return ""
    roles = set(asked.role) if asked else set()
    fit = {person for person, role in persons if not roles or role in roles}
    if fit - makers if by_others else fit:
        return ""
    who = f"a {' or a '.join(sorted(roles))}" if roles else "somebody"
    return f"has to be measured by {who}{' who did not make the version' if by_others else ''}"


def waived(  # noqa: PLR0913, PLR0917  a waiver has as many sides
    rules: Resolved,
    check: str,
    findings: list[Finding],
    waivers: tuple[Waiver, ...],
    at: datetime,
    makers: frozenset[str],
) -> list[Finding]:
    """Return the findings of a check with what a waiver in force lifts."""
    waiver = next((one for one in waivers if (one.policy, one.check) == (rules.policy.id, check)), None)
    if waiver is None or why_no_waiver(rules, waiver, at, makers):
        return findings
    said = f"waived until {waiver.until} in #{waiver.entry}"
    return [
        replace(one, verdict=Verdict.WAIVED, effect=Decision.ALLOW, reason="", message=f"{one.message}; {said}")
        if one.verdict in LIFTED and one.effect is not Decision.ALLOW
        else one
        for one in findings
    ]


def why_no_waiver(rules: Resolved, waiver: Waiver, at: datetime, makers: frozenset[str]) -> str:
    """Return why a waiver does not hold at an instant; empty if it does."""
    asked, what = rules.policy.waivers, f"{rules.policy.id} {waiver.check}"
    if asked is None or not asked.allow(waiver.check):
        return f"{rules.policy.id} allows no waiver of {waiver.check}"
    if not is_in_force(Period.of_days(None, waiver.until), at):
        return f"the waiver of {what} ended on {waiver.until}"
    longest = asked.max_duration.after(waiver.at)
    if not is_in_force(Period.of_days(None, waiver.until), waiver.at) or waiver.until > longest.date():
        return f"a waiver of {what} lasts at most {asked.max_duration}, so until {longest:%Y-%m-%d}"
    if waiver.renewals > asked.max_renewals:
        often = f"be renewed {asked.max_renewals} times, and was" if asked.max_renewals else "not be renewed"
        return f"the waiver of {what} may {often}"
    # Who made the version never counts: ``not_same_as: [makers]``, all that a policy may write here, holds unwritten too.
    sponsors = {person for person, roles in waiver.persons if roles & set(asked.requires.role) and person not in makers}
    if len(sponsors) < asked.requires.quorum:
        return f"{len(sponsors)} of {asked.requires.quorum} {' or '.join(asked.requires.role)} signed"
    return ""


def judge_documents(rules: Resolved, documents: Mapping[str, int | None]) -> Iterator[Finding]:
    """Yield a finding for every section that is asked for: is it there, and is it more than a heading."""
    asked = rules.policy.documentation
    if asked is None:
        return
    for section in dict.fromkeys((*asked.required, *asked.min_words)):
        least, words = asked.min_words.get(section, 0), documents.get(section)
        found = Finding(
            policy=rules.policy.id,
            version=rules.policy.version,
            rule=f"documentation.{section}",
            place=rules.places.get("documentation", rules.places["policy"]),
            verdict=Verdict.PASS,
            message=f"the section {section} is there",
            limit=f"at least {least} words" if least else "",
            n=words,
        )
        if section not in documents:
            said = "write it: `govern document add`"
            yield replace(
                found,
                verdict=Verdict.NOT_MEASURED,
                effect=Decision.DENY,
                reason="missing",
                message=f"the section {section} is empty",
                remedy=said,
            )
        elif words is not None and words < least:
            message = f"the section {section} has {words} word{'' if words == 1 else 's'}, fewer than {least}"
            yield replace(found, verdict=Verdict.FAIL, effect=Decision.DENY, reason="short", message=message)
        else:
            yield found
