"""A policy laid over the one that it builds on: maps merge by key, checks by id, and lists of what is asked for add up.

It adds or tightens and takes nothing away.

Works on what was read, before there are types: every value keeps the place where it is written, in whichever file. What has
the wrong type is passed over here; the types report it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from govern.errors import InvalidInput
from govern.policy.diagnostics import Code
from govern.policy.document import ALL, Stage
from govern.policy.parts import mapping
from govern.policy.source import Path, Source, described
from govern.policy.validity import Duration

OWN = frozenset(
    {"schema", "requires", "id", "version", "title", "description", "owner", "pack", "effective", "extends"}
)
"""Keys that a policy has of its own and hands to nobody."""
_START = datetime(2001, 1, 1, tzinfo=UTC)
_NAMED = ("approvals", "checks", "gates", "metrics", "monitoring", "params", "references")
"""Keys whose parts have names that a policy chooses."""
_NAMED_BELOW = ("sensitive", "min_words", "modes_by_environment")
_FROM = "gates.*.from"
_Looser: TypeAlias = Callable[[Any, Any], bool]
"""Says whether the second of two values asks for less than the first."""


def laid_over(base: Source, over: Source, *, beside: bool = False) -> Source:
    """Return ``over`` with everything of ``base`` that it does not say itself; what it loosens is reported in it.

    Of two packs that stand beside each other neither is over the other, so what the first lists comes first.
    """
    kept = {key: value for key, value in base.value.items() if key not in OWN}
    made = Source(over.file, over.text, mistakes=list(over.mistakes))
    made.value = _Lay(base, over, made, beside).both(kept, (), over.value, (), ())
    return made


@dataclass(slots=True)
class _Lay:
    base: Source
    over: Source
    made: Source
    beside: bool

    def both(self, low: Any, low_at: Path, high: Any, high_at: Path, to: Path) -> Any:
        """Return two values as one, written at ``to``."""
        if isinstance(low, dict) and isinstance(high, dict):
            self._put(self.over, high_at, to)
            return {
                key: self._part(key, low, (*low_at, key), high, (*high_at, key), (*to, key)) for key in {**low, **high}
            }
        if to == ("checks",) and isinstance(low, list) and isinstance(high, list):
            return self._checks(low, high)
        if _is_list(low) and _is_list(high) and self._adds_up(low, high, to):
            sides = [(self.base, low, low_at), (self.over, high, high_at)]
            return self._together(sides if self.beside else sides[::-1], high_at, to)
        if _pattern(to) == _FROM and _wants_submitted(low, high):
            left = [one for one in _items(high) if one[1] != Stage.REGISTERED]
            sides = [
                (self.base, Stage.IN_REVIEW.value, low_at),
                *((self.over, one, (*high_at, *at)) for at, one in left),
            ]
            high = self._together(sides, high_at, to)
            self._report_looser(low, high, high_at, to)
            return high
        self._report_looser(low, high, high_at, to)
        return self._all_of(self.over, high, high_at, to)

    def _part(  # noqa: PLR0913, PLR0917  the two sides, and where they stand
        self, key: str, low: dict[str, Any], low_at: Path, high: dict[str, Any], high_at: Path, to: Path
    ) -> Any:
        if key not in high:
            return self._all_of(self.base, low[key], low_at, to)
        # What is not written has a value too: a key that is added may loosen it.
        silent = {} if isinstance(high[key], dict) else unsaid(to)
        return self.both(low.get(key, silent), low_at, high[key], high_at, to)

    def _checks(self, low: list[Any], high: list[Any]) -> list[Any]:
        self._put(self.over, ("checks",), ("checks",))
        left, merged = dict(enumerate(high)), list[Any]()
        for place, one in enumerate(low):
            to: Path = ("checks", len(merged))
            mine = next((at for at, other in left.items() if _id(one) is not None and _id(one) == _id(other)), None)
            if mine is None:
                merged.append(self._all_of(self.base, one, ("checks", place), to))
            else:
                merged.append(self.both(one, ("checks", place), left.pop(mine), ("checks", mine), to))
        for place, one in left.items():
            merged.append(self._all_of(self.over, one, ("checks", place), ("checks", len(merged))))
        return merged

    def _adds_up(self, low: Any, high: Any, to: Path) -> bool:
        """Say whether both lists are asked for, and not all of the lower one stands in the higher already."""
        asked = [self._meant(one, self.base) for _, one in _items(low)]
        also = [self._meant(one, self.over, self.base) for _, one in _items(high)]
        return _grows(to) and (self.beside or _drops(asked, also))

    def _together(self, sides: Sequence[tuple[Source, Any, Path]], at: Path, to: Path) -> list[Any]:
        self._put(self.over, at, to)
        merged, seen = list[Any](), list[Any]()
        for source, value, path in sides:
            for step, one in _items(value):
                meant = self._meant(one, source, self.base)
                if meant not in seen:
                    seen.append(meant)
                    merged.append(self._all_of(source, one, (*path, *step), (*to, len(merged))))
        return merged

    def _all_of(self, source: Source, value: Any, at: Path, to: Path) -> Any:
        self._put(source, at, to)
        match value:
            case dict():
                return {key: self._all_of(source, part, (*at, key), (*to, key)) for key, part in value.items()}
            case list():
                return [self._all_of(source, part, (*at, place), (*to, place)) for place, part in enumerate(value)]
            case _:
                return value

    def _put(self, source: Source, at: Path, to: Path) -> None:
        self.made.places[to] = source.places[at].of(source.file)
        if at in source.spoiled:
            self.made.spoiled.add(to)

    def _report_looser(self, low: Any, high: Any, at: Path, to: Path) -> None:
        low, high = self._meant(low, self.base), self._meant(high, self.over, self.base)
        if not self._is_looser(low, high, to):
            return
        place = self.over.place(at)
        message = f"{to[-1]}: {_shown(high)} is looser than {_shown(low)} in {self.base.file}"
        hint = "tighten it, waive the check, or ask for a new major version of what this builds on"
        self.made.report(place.value, Code.LOOSENS, message, hint=hint, width=place.width)

    def _meant(self, value: Any, *sources: Source) -> Any:
        """Return the value of a parameter, which the first of the sources that declares it gives it, or what is written."""
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        values = [mapping(mapping(one.value, "params"), value[1:]).get("value") for one in sources]
        return next((one for one in values if one is not None), value)

    def _is_looser(self, low: Any, high: Any, to: Path) -> bool:
        match to:
            case ("params", name, "value"):
                declared = mapping(self.base.value, "params").get(str(name))
                return bool(is_looser(to, low, high, declared.get("tighten") if isinstance(declared, dict) else None))
            case ("enforcement", "modes_by_environment", str(name)) if self._leads_elsewhere(name):
                return False
            case ("waivers", "allowed_for"):
                mine = {_id(one) for one in _list(self.base.value.get("checks"))} | {ALL}
                return bool((_names(high) - _names(low)) & mine)
            case _:
                return low is not None and bool(is_looser(to, low, high))

    def _leads_elsewhere(self, environment: str) -> bool:
        """Say whether production is in environments that are named, and no gate leads to this one."""
        gates = [mapping(one.value, "gates") for one in (self.over, self.base)]
        led_to = {
            name: next((at for one in gates if (at := _names(mapping(one, name).get("environments")))), set[str]())
            for name in {**gates[1], **gates[0]}
        }
        return bool(led_to.get(Stage.PRODUCTION)) and not any(environment in one for one in led_to.values())


def is_looser(path: Path, low: Any, high: Any, tighten: Any = None) -> bool | None:
    """Return whether the second of two values asks for less than the first; None where nothing says which does."""
    is_value = path[:1] == ("params",) and path[2:] == ("value",)
    looser = _MOVES.get(tighten) if is_value else _RULES.get(_pattern(path))
    return None if looser is None else looser(low, high)


def unsaid(path: Path) -> Any:
    """Return what holds where nothing is written, if writing something could loosen it."""
    return _UNSAID.get(_pattern(path))


def _grows(path: Path) -> bool:
    """Say whether the more is listed at a path, the more is asked for."""
    return path[-1:] == ("covers",) or _RULES.get(_pattern(path)) is _drops


def _pattern(path: Path) -> str:
    """Return a path with a star for every place in a list and every name that a policy chooses."""
    steps = ["*" if isinstance(step, int) else step for step in path]
    if len(steps) > 1 and steps[0] in _NAMED:
        steps[1] = "*"
    if len(steps) > 2 and steps[1] in _NAMED_BELOW:  # noqa: PLR2004  the part that has a name
        steps[2] = "*"
    return ".".join(steps)


def _falls(low: Any, high: Any) -> bool:
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return high < low
    before, after = _length(low), _length(high)
    return before is not None and after is not None and after < before


def _rises(low: Any, high: Any) -> bool:
    return _falls(high, low)


def _drops(low: Any, high: Any) -> bool:
    return ALL not in _names(high) and bool(_names(low) - _names(high))


def _widens(low: Any, high: Any) -> bool:
    return bool(_names(low)) and bool(_names(high) - _names(low))


def _differs(low: Any, high: Any) -> bool:
    return bool(low != high)


def _steps_down(*steps: str) -> _Looser:
    def looser(low: Any, high: Any) -> bool:
        return low in steps and high in steps and steps.index(high) < steps.index(low)

    return looser


_MOVES: dict[Any, _Looser] = {"up": _falls, "down": _rises}
_MODES = _steps_down("observe", "warn", "enforce")
_RULES: dict[str, _Looser] = {
    "approvals.*.after": _drops,
    "approvals.*.expires": _rises,
    "approvals.*.not_same_as": _drops,
    "approvals.*.quorum": _falls,
    "approvals.*.role": _widens,
    "approvals.*.void_on": _drops,
    "checks.*.by": _drops,
    "checks.*.compare.delta_max": _rises,
    "checks.*.compare.delta_min": _falls,
    "checks.*.confidence.decide_on": _differs,
    "checks.*.confidence.level": _falls,
    "checks.*.favourable.cutoff": _differs,
    "checks.*.favourable.outcome": _differs,
    "checks.*.intersections": _drops,
    "checks.*.kind": _differs,
    "checks.*.max": _rises,
    "checks.*.metric": _differs,
    "checks.*.min": _falls,
    "checks.*.min_group_size": _rises,
    "checks.*.on_fail": _steps_down("warn", "block"),
    "checks.*.on_inconclusive": _steps_down("needs_review", "block"),
    "checks.*.small_groups": _steps_down("report", "merge", "fail"),
    "checks.*.warn_above": _rises,
    "checks.*.warn_below": _falls,
    "data.evaluation.min_positives": _falls,
    "data.evaluation.min_rows": _falls,
    "data.evaluation.required_fields": _drops,
    "data.sensitive.*.column": _differs,
    "data.training.max_age": _rises,
    "data.training.min_rows": _falls,
    "data.training.required_fields": _drops,
    "documentation.min_words.*": _falls,
    "documentation.required": _drops,
    "enforcement.mode": _MODES,
    "enforcement.modes_by_environment.*": _MODES,
    "evidence.measured_by.not_same_as": _drops,
    "evidence.measured_by.role": _widens,
    "explainability.forbidden_features.match": _drops,
    "explainability.forbidden_features.names": _drops,
    "explainability.proxies.max_attribution_share.*": _rises,
    "explainability.proxies.max_predictability_of.attribute": _drops,
    "explainability.proxies.max_predictability_of.auc": _rises,
    "explainability.reason_codes.max": _rises,
    "explainability.reason_codes.min": _falls,
    "explainability.stability.min": _falls,
    "gates.*.approvals": _drops,
    "gates.*.checks": _drops,
    "gates.*.environments": _widens,
    _FROM: _widens,
    "gates.*.ratify_within": _rises,
    "metrics.*.better": _differs,
    "metrics.*.high": _rises,
    "metrics.*.low": _falls,
    "monitoring.*.checks": _drops,
    "monitoring.*.every": _rises,
    "monitoring.*.grace": _rises,
    "monitoring.*.action": _steps_down("alert", "suspend"),
    "params.*.tighten": _differs,
    "waivers.max_duration": _rises,
    "waivers.max_renewals": _rises,
    "waivers.must_state": _drops,
    "waivers.never_for": _drops,
    "waivers.requires.not_same_as": _drops,
    "waivers.requires.quorum": _falls,
    "waivers.requires.role": _widens,
}
_UNSAID: dict[str, Any] = {
    "checks.*.favourable.outcome": "",
    "checks.*.min_group_size": Decimal(0),
    "checks.*.on_fail": "block",
    "enforcement.mode": "enforce",
    "enforcement.modes_by_environment.*": "enforce",
}
"""What holds where nothing is written, of the keys that could loosen it."""


def _wants_submitted(low: Any, high: Any) -> bool:
    """Say whether a gate is to be reached from registered, and what it builds on wants the version submitted too."""
    return Stage.REGISTERED in _names(high) and {Stage.REGISTERED, Stage.IN_REVIEW} & _names(low) == {Stage.IN_REVIEW}


def _is_list(value: Any) -> bool:
    return isinstance(value, str | list)


def _items(value: str | list[Any]) -> list[tuple[Path, Any]]:
    """Return what is listed, each with its place; one text is a list of one."""
    return [((), value)] if isinstance(value, str) else [((place,), one) for place, one in enumerate(value)]


def _length(value: Any) -> datetime | None:
    """Return what a length of time is compared by: months differ in length."""
    try:
        return Duration.parse(value).after(_START) if isinstance(value, str) else None
    except InvalidInput:
        return None


def _names(value: Any) -> set[str]:
    return {value} if isinstance(value, str) else {str(one) for one in _list(value)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(check: Any) -> str | None:
    found = check.get("id") if isinstance(check, dict) else None
    return found if isinstance(found, str) else None


def _shown(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else described(value)
