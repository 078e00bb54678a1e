"""The models of a ledger as lists show them: a line for each that a filter asks for, the first registered first."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

from govern.desk import Desk
from govern.record.filters import TEXT, Filter
from govern.record.inventory import Model, Version


@dataclass(frozen=True, slots=True)
class Line:
    """A model, its versions, and what is due of them."""

    model: Model
    owner: str
    """The handle."""
    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version | None:
        return self.versions[-1] if self.versions else None

    @property
    def champion(self) -> Version | None:
        return next((one for one in self.versions if one.production_role == "champion"), None)

    @property
    def due(self) -> date | None:
        """When the first finding, condition or waiver is due."""
        return min(self.days(), default=None)

    def days(self) -> Iterator[date]:
        for one in (version for version in self.versions if version.stage != "retired"):
            yield from (finding.due for finding in one.open_findings)
            yield from (waiver.until for waiver in one.waivers.values())
            yield from (asked.due for signed in one.signed for asked in signed.conditions if asked.met is None)

    def stages(self) -> set[str]:
        """Return the stages of its versions; retired is only what is retired as a whole."""
        found = {one.stage for one in self.versions}
        return found - {"retired"} or found


def lines(desk: Desk, asked: Filter | None = None) -> list[Line]:
    """Return the models that a filter asks for; nothing is judged unless it asks what a check says."""
    handle, found, at = cache(desk.handle), desk.registry.inventory, desk.clock()
    models = sorted(found.models.values(), key=lambda one: one.entry)
    listed = [Line(model, handle(model.owner), tuple(found.of(model.name))) for model in models]
    return [line for line in listed if not asked or asked.matches(partial(_values, desk, line), at)]


def _values(desk: Desk, line: Line, key: str) -> Collection[str]:  # noqa: PLR0911  a case a key
    of = line.model.facts
    match key:
        case "tier":
            return (of.risk_tier,)
        case "stage":
            return line.stages()
        case "check":
            from govern import review  # noqa: PLC0415  a list that judges nothing loads no rules

            newest = line.newest
            return {found.verdict.value for found in review.judged(desk, newest).findings} if newest else ()
        case "owner":
            return (line.owner, line.model.owner)
        case "use":
            return (of.use_case,)
        case "due":
            return [str(day) for day in line.days()]
        case "tag":
            return [part for tag in of.tags or () for part in (tag, *tag.split("=", 1))]
        case "in":
            return of.jurisdictions
        case "vendor":
            return (of.vendor,) if of.vendor else ()
        case _:
            assert key == TEXT
            return (line.model.name, of.purpose)
