"""One check as a reader looks at it: its numbers by one attribute or intersection, who is left out, bins, the champion."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from govern.policy.bins import Bin, Calibration, Shift
from gui.charts.curve import Curve, Point
from gui.charts.parts import Part, Parts
from gui.charts.ratio import Bar, Ratio
from gui.measured import Measured
from gui.sights import Dossier, Finding
from gui.tones import BAD, WORDS, Tone, worst
from gui.words import MINUS, counted, grouped, metric, number, sentence, signed

COLUMN = ("column",)
SMALL = "small_group"
LEAST = "0.001"
TOGETHER = "small groups together"


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to look by, and how it stands."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on screen of one check."""

    check: str
    title: str
    subtitle: str
    by: str
    bys: tuple[Choice, ...]
    chart: Ratio | None
    is_grouped: bool
    rows: tuple[tuple[str, ...], ...]
    tones: tuple[Tone, ...]
    left: tuple[tuple[str, str, str], ...]
    """Groups that are not counted: name, number of rows, and why."""
    part: str = ""
    parts: tuple[Choice, ...] = ()
    curve: Curve | None = None
    shift: Parts | None = None
    bins: tuple[tuple[str, ...], ...] = ()
    champion: str = ""
    beside: tuple[tuple[str, ...], ...] = ()
    beside_tones: tuple[Tone, ...] = ()
    beside_said: str = ""
    """What is to be said of the champion where there are no numbers."""
    measured: str = ""
    """Who measured it, and on how much; or who signed for it."""
    origin: str = ""
    """Of a number from outside, where it is from, and as of when."""


def shown(sight: Dossier, check: str, by: str = "", part: str = "") -> Shown | None:
    """Return what there is to see of a check, by what was chosen, or else by what is worst."""
    found = sight.of(check)
    if not found:
        return None
    kept = next((one for one in sight.measured if one.check == check), None)
    counted_ = tuple(one for one in found if not one.beside and not _is_left_out(one))
    kinds = {name: of for name in dict.fromkeys(_by(one) for one in counted_) if (of := _of(counted_, name))}
    if by not in kinds:
        by = min(kinds, key=lambda name: _weight(kinds[name]), default="")
    these = _ordered(kinds.get(by, ()))
    left = tuple(one for one in found if _is_left_out(one) and not one.beside and _by(one) in {by, ""})
    first = these[0] if these else found[0]
    bins = _bins(kept, part, these) if kept else {}
    has_number = any(one.value is not None or one.group for one in these)
    return Shown(
        check=check,
        title=metric(first.metric) + (f" by {by}" if by else "") + (f", in {first.unit}" if first.unit else ""),
        subtitle=_subtitle(these, kept) if has_number else _messages(found),
        by=by,
        bys=tuple(Choice(name, _choice(name, of)) for name, of in kinds.items()) if len(kinds) > 1 else (),
        chart=_ratio(these, by) if has_number else None,
        is_grouped=is_grouped(these),
        rows=tuple(_row(one) for one in these) if has_number else (),
        tones=tuple(one.tone for one in these) if has_number else (),
        left=tuple((one.group or "All", grouped(one.n or 0), _why_left(one)) for one in left),
        measured=_who(kept) if kept else "",
        origin=kept.origin if kept else "",
        **bins,
        **_beside(found, kept, by),
    )


def _who(kept: Measured) -> str:
    if kept.origin:
        return f"{kept.origin}; signed for by {kept.who} in #{kept.entry}, not measured here"
    return f"{kept.who}, #{kept.entry}, on {counted(kept.rows, 'row')}"


def is_grouped(found: tuple[Finding, ...]) -> bool:
    return any(one.group for one in found)


def worst_of(found: tuple[Finding, ...], tone: Tone) -> Finding:
    """Return the finding that a check stands or falls with: of those with its verdict, the furthest out."""
    these = [one for one in found if one.tone is tone and not one.beside] or [one for one in found if one.tone is tone]
    numbers = [one for one in these if one.value is not None and not _is_left_out(one)]
    return min(numbers, key=_room) if numbers else these[0]


def _room(one: Finding) -> Decimal:
    """Return how far a number is from its limit; below zero it is beyond it."""
    value = one.value or Decimal(0)
    rooms = [value - one.least] if one.least is not None else []
    rooms += [one.most - value] if one.most is not None else []
    return min(rooms, default=Decimal(0))


def _is_left_out(one: Finding) -> bool:
    return one.tone is Tone.NONE and one.value is None


def _by(one: Finding) -> str:
    return " and ".join(one.by)


def _of(found: tuple[Finding, ...], by: str) -> tuple[Finding, ...]:
    return tuple(one for one in found if _by(one) == by)


def _weight(found: tuple[Finding, ...]) -> tuple[int, Decimal]:
    order = (Tone.FAIL, Tone.MISSING, Tone.UNSURE, Tone.WARN, Tone.PASS, Tone.WAIVED, Tone.NONE)
    tone = worst(tuple(one.tone for one in found))
    return order.index(tone), min(_room(one) for one in found)


def _ordered(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return groups as they are declared, what was put together last, and columns with the worst first."""
    if any(one.by == COLUMN for one in found):
        return tuple(sorted(found, key=_room))
    return tuple(sorted(found, key=lambda one: one.group == TOGETHER))


def _choice(name: str, found: tuple[Finding, ...]) -> str:
    """Return ``By age and sex, 2 of 8 warn``."""
    said = f"By {name}" if name else "Everybody"
    tone = worst(tuple(one.tone for one in found))
    bad = [one for one in found if one.tone is tone]
    return f"{said}: {len(bad)} of {len(found)} {WORDS[tone].lower()}" if tone in {*BAD, Tone.WARN} else said


def asked_for(found: tuple[Finding, ...]) -> str:
    """Return what is asked for; where each input has a limit of its own, all of them."""
    own = [one for one in found if one.by == COLUMN and one.value is not None]
    if _has_one_limit(own):
        return found[0].limit
    return "; ".join(f"{one.group} {one.limit}" for one in own)


def _has_one_limit(found: Sequence[Finding]) -> bool:
    return len({(one.least, one.most) for one in found}) <= 1


def _messages(found: tuple[Finding, ...]) -> str:
    """Return what is said where there is no number: all that is as bad as the worst."""
    tone = worst(tuple(one.tone for one in found))
    return " ".join(dict.fromkeys(sentence(one.message) for one in found if one.tone is tone))


def _subtitle(found: tuple[Finding, ...], kept: Measured | None) -> str:
    against = " or ".join(dict.fromkeys(one.against for one in found if one.against))
    parts = [f"from outside: {kept.origin}"] if kept and kept.origin else []
    parts += [f"against {against}"] if against else []
    parts += [kept.interval] if kept and kept.interval and any(one.low is not None for one in found) else []
    parts += [found[0].limit or "no limit"] if _has_one_limit(found) else ["each input with a limit of its own"]
    return sentence(", ".join(parts))


def _ratio(found: tuple[Finding, ...], by: str) -> Ratio:
    """Return the chart of a check; groups without a number have a row too."""
    bars = []
    for one in found:
        note = f"n = {grouped(one.n)}" if one.n is not None else "n unknown"
        note += ", too few to judge" if one.why == SMALL else ""
        bars.append(Bar(one.group or "everybody", note, one.value, one.low, one.high, one.tone, _undefined(one)))
    first = found[0]
    against = " or ".join(dict.fromkeys(one.against for one in found if one.against))
    subtitle = (f"against {against}, " if against else "") + (
        "with intervals" if any(one.low is not None for one in found) else "without intervals"
    )
    title = metric(first.metric) + (f" by {by}" if by else "")
    least, most = (first.least, first.most) if _has_one_limit(found) else (None, None)
    return Ratio(title, subtitle, tuple(bars), least, most)


def _undefined(one: Finding) -> str:
    """Return why there is no number, as the judge says it."""
    if one.value is not None:
        return ""
    said = one.message.rpartition(" is undefined: ")[2] if " is undefined: " in one.message else ""
    return f"undefined: {said}" if said else WORDS[one.tone].lower()


def _row(one: Finding) -> tuple[str, ...]:
    band = f"{number(one.low)} to {number(one.high)}" if one.low is not None else ""
    n = grouped(one.n) if one.n is not None else ""
    value = number(one.value) if one.value is not None else _undefined(one)
    return (WORDS[one.tone], one.group or "everybody", n, value, band, one.against)


def _why_left(one: Finding) -> str:
    said = {
        "merged": "put together with other small groups",
        "small_group": "too few rows to be judged",
        "attribute_missing": "it is not known who they are",
        "not_declared": "no group that the policy declares",
        "label_missing": "what came true is not known",
        "label_or_score_missing": "what came true, or the score, is not known",
        "prediction_missing": "nothing was decided",
        "not_drawn": "not drawn for the sample",
    }
    if one.check.endswith(f".{one.why}"):  # the reason is the rule's own name: the message says why
        return one.message.rpartition(": ")[2]
    return said.get(one.why) or one.why.replace("_", " ") or sentence(one.message)


def _bins(kept: Measured, part: str, found: tuple[Finding, ...]) -> dict[str, Any]:
    """Return the bins of the chosen column or group, and what else could be chosen."""
    if kept.shifts:
        shifts = {one.column: one for one in kept.shifts}
        names = [one.group for one in found if one.group in shifts] or list(shifts)
        part = part if part in names else names[0]
        shift = _parts(shifts[part])
        rows = tuple((one.label, *_cells(one, shift)) for one in shift.parts)
        return {"shift": shift, "bins": rows, "part": part, "parts": _choices(names)}
    curves = {", ".join(value or "not stated" for value in one.by.values()): one for one in kept.curves}
    if not curves:
        return {}
    part = part if part in curves else next(iter(curves))
    curve = _curve(curves[part], part)
    rows = tuple(
        (one.label, grouped(one.n), number(one.score), number(one.share), f"{one.low:.3f} to {one.high:.3f}")
        for one in curve.points
    )
    return {"curve": curve, "bins": rows, "part": part, "parts": _choices(list(curves))}


def _choices(names: list[str]) -> tuple[Choice, ...]:
    return tuple(Choice(name, name or "everybody") for name in names) if len(names) > 1 else ()


def _parts(shift: Shift) -> Parts:
    parts = tuple(Part(_short(one.name), one.then, one.now) for one in shift.parts)
    return Parts(f"{shift.column}, then and now", parts, shift.totals)


def _short(name: str) -> str:
    """Return the name of a bin with numbers that can be read."""
    return " ".join(_figure(word) for word in name.split(" "))


def _figure(word: str) -> str:
    try:
        return f"{float(word):.4g}".replace("-", MINUS)
    except ValueError:
        return word


def _cells(one: Part, of: Parts) -> tuple[str, ...]:
    then, now = (Decimal(100 * n) / (total or 1) for n, total in zip((one.then, one.now), of.totals, strict=True))
    return grouped(one.then), f"{then:.1f} %", grouped(one.now), f"{now:.1f} %", _percent(now - then)


def _percent(apart: Decimal) -> str:
    return f"{apart:+.1f}".replace("-", MINUS)


def _apart(mine: Decimal | None, theirs: Decimal | None) -> str:
    if mine is None or theirs is None:
        return ""
    said = signed(mine - theirs)
    return f"< {LEAST}" if mine != theirs and said.endswith("0.000") else said


def _curve(of: Calibration, group: str) -> Curve:
    return Curve(f"Calibration{f' of {group}' if group else ''}", tuple(_point(one) for one in of.bins))


def _point(one: Bin) -> Point:
    low, high = one.interval
    return Point(one.name, one.n, one.positives, _decimal(one.score), _decimal(one.share), low, high)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator


def _beside(found: tuple[Finding, ...], kept: Measured | None, by: str) -> dict[str, Any]:
    """Return the champion's numbers on the same rows, and how the policy judges the difference."""
    judged = {(_by(one), one.group): one for one in found if one.beside}
    if kept is None or not kept.champion:
        silent = next((one for one in judged.values() if one.tone is not Tone.NONE), None)
        return {"beside_said": sentence(silent.message)} if silent else {}
    rows, tones = [], []
    for one in kept.beside:
        if " and ".join(one.by) != by:
            continue
        verdict = judged.get((by, one.group))
        tones.append(verdict.tone if verdict else Tone.NONE)
        word = WORDS[verdict.tone] if verdict else ""
        rows.append(
            (word, one.group or "everybody", number(one.mine), number(one.theirs), _apart(one.mine, one.theirs))
        )
    asked = next((one.limit for one in judged.values()), "")
    said = f"Asked for: {asked}." if asked else "No policy asks how far they may be apart."
    return {
        "champion": kept.champion,
        "beside": tuple(rows),
        "beside_tones": tuple(tones) if judged else (),
        "beside_said": said,
    }
