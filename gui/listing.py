"""From the desk's words to lists of models."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial

from govern import portfolio, review
from govern.desk import Desk
from govern.errors import GovernError
from govern.policy.approvals import APPROVING
from govern.record.filters import Filter
from govern.record.inventory import Version
from govern.record.validity import VALID, validity
from gui import reading, words
from gui.lists import Model, Models, Standing
from gui.tones import Tone


def models(desk: Desk, text: str) -> Models:
    """Return the models that a filter asks for; nothing is judged unless it asks what a check says."""
    asked, registry = Filter.parse(text), desk.registry
    found = portfolio.lines(desk, asked)
    name, at = cache(partial(reading.full_name, desk)), desk.clock()
    lines = tuple(_line(one, name(one.model.owner), at) for one in found)
    return Models(lines, len(registry.inventory.models), registry.size)


def standings(desk: Desk, names: Sequence[str]) -> dict[str, Standing]:
    """Return how the newest version of each model stands."""
    return {name: _standing(desk, name) for name in names}


def _line(one: portfolio.Line, owner: str, at: datetime) -> Model:
    newest, champion, of = one.newest, one.champion, one.model.facts
    approvals = [said.at for version in one.versions for said in version.signed if said.meaning in APPROVING]
    findings = [found for version in one.versions if version.stage != "retired" for found in version.open_findings]
    return Model(
        name=one.model.name,
        purpose=of.purpose,
        owner=owner,
        tier=of.risk_tier,
        stage=newest.stage if newest else "",
        newest=newest.name if newest else "",
        champion=champion.name if champion else "",
        open_findings=len(findings),
        overdue=sum(found.due < at.date() for found in findings),
        approved=max(approvals, default=None),
    )


def _void(desk: Desk, versions: Sequence[Version]) -> str:
    """Return since when the last approval is void, if it is; what is kept is not hashed again for it."""
    approvals = [(said.at, one, said) for one in versions for said in one.signed if said.meaning in APPROVING]
    if not approvals:
        return ""
    at, one, said = max(approvals, key=lambda found: found[0])
    if validity(desk.registry, review.dossier_of(desk, one), said, None, lambda _: None, desk.clock()) == VALID:
        return ""
    changed = reading.since(desk, one)
    return f"void since {words.day(changed)}" if changed > at else "void"


def _standing(desk: Desk, name: str) -> Standing:
    versions = desk.registry.inventory.of(name)
    if not versions:
        return Standing(Tone.NONE, "No version is registered")
    try:
        return Standing(*reading.verdict(desk, versions[-1]), _void(desk, versions))
    except GovernError as error:
        return Standing(Tone.FAIL, error.message)
