"""From the desk's words to what two versions differ by: what they are made of, what was measured, how it was judged."""

from collections.abc import Iterator

from govern import review
from govern.desk import Desk
from govern.errors import InvalidInput
from govern.record.inventory import Version
from gui import reading, words
from gui.lists import Comparison, Difference, Side
from gui.sights import Finding
from gui.tones import BAD, WORDS, Tone


def compare(desk: Desk, older: str, newer: str) -> Comparison:
    """Return what two versions differ by, what is material first."""
    one, other = review.version(desk, older), review.version(desk, newer)
    if one.digest == other.digest:
        raise InvalidInput(f"{older} is {newer}", hint="choose two versions")
    found = [*_results(desk, one, other), *_parts(desk, one, other)]
    return Comparison(_side(desk, one), _side(desk, other), tuple(sorted(found, key=_order)))


def versions(desk: Desk) -> tuple[str, ...]:
    """Return every version there is, by model and number."""
    inventory = desk.registry.inventory
    return tuple(one.name for name in sorted(inventory.models) for one in inventory.of(name))


def _order(one: Difference) -> tuple[bool, bool, bool]:
    """Put first what got worse than its limit, then what is judged otherwise than before, then what is material."""
    before, after = one.tones or (Tone.NONE, Tone.NONE)
    return (not (after in BAD and before not in BAD), before is after, not one.is_material)


def _side(desk: Desk, one: Version) -> Side:
    tone, text = reading.verdict(desk, one)
    role = f", {one.production_role}" if one.production_role else ""
    stage = "" if one.stage == "registered" else f"{words.STAGES[one.stage]}{role}, "
    return Side(one.name, tone, text, f"{stage}{'r' if stage else 'R'}egistered {words.day(one.registered)}")


def _parts(desk: Desk, one: Version, other: Version) -> Iterator[Difference]:
    for of in review.differing(desk, one, other):
        yield Difference(of.what, of.before or "", of.after or "", of.is_material)


def _results(desk: Desk, one: Version, other: Version) -> Iterator[Difference]:
    """Yield every check and group whose number or verdict is another, with both verdicts."""
    before, after = (_by_name(desk, version) for version in (one, other))
    for name in sorted({**before, **after}):
        old, new = before.get(name), after.get(name)
        if (old and (old.value, old.tone)) != (new and (new.value, new.tone)):
            change = (
                words.signed(new.value - old.value)
                if old and new and old.value is not None and new.value is not None
                else ""
            )
            tones = (old.tone if old else Tone.NONE, new.tone if new else Tone.NONE)
            yield Difference(name, _told(old), _told(new), is_material=True, tones=tones, change=change)


def _by_name(desk: Desk, one: Version) -> dict[str, Finding]:
    found = reading.findings(review.judged(desk, one))
    return {f"result {of.check}" + (f", {of.group}" if of.group else ""): of for of in found if not of.beside}


def _told(one: Finding | None) -> str:
    if one is None:
        return ""
    return f"{words.number(one.value)}, {WORDS[one.tone].lower()}" if one.value is not None else WORDS[one.tone].lower()
