"""What rules stand on, and whether it is in force on a day, in words."""

from collections.abc import Mapping
from datetime import date

from govern.policy.citations import Citation, current
from govern.policy.clauses import Status
from gui import words
from gui.tones import Tone


def in_force(known: Mapping[str, Citation], id_: str, today: date) -> tuple[str, Tone, str, str]:
    """Return a citation's title, whether it is in force on a day, as a mark and in words, and where it is found."""
    one = known.get(id_)
    if one is None:
        return "", Tone.NONE, "Not in the catalogue", ""
    now = current(known, id_, today)
    if now != id_:
        return one.title, Tone.WAIVED, f"Not in force today: {known[now].title} is", one.source
    if one.in_force(today):
        since = f" since {words.date_(one.from_)}" if one.from_ else ""
        binds = ", binds whoever chose it" if one.status is Status.VOLUNTARY else ""
        return one.title, Tone.PASS, f"In force{since}{binds}", one.source
    if one.status is Status.DRAFT:
        return one.title, Tone.MISSING, "A draft, in force nowhere", one.source
    if one.from_ and today < one.from_:
        return one.title, Tone.MISSING, f"In force from {words.date_(one.from_)}", one.source
    ended = f" since {words.date_(one.until)}" if one.until else ""
    return one.title, Tone.WAIVED, f"Not in force any more{ended}", one.source
