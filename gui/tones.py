"""How a thing stands, as screens say it: in shape, word and colour."""

from enum import StrEnum


class Tone(StrEnum):
    """How a thing stands: each has a shape, a word and a colour, so that none of the three is needed alone."""

    PASS = "pass"  # noqa: S105  no password
    WARN = "warn"
    FAIL = "fail"
    UNSURE = "inconclusive"
    MISSING = "not_measured"
    WAIVED = "waived"
    NONE = "not_applicable"


WORDS = {
    Tone.PASS: "Pass",
    Tone.WARN: "Warn",
    Tone.FAIL: "Fail",
    Tone.UNSURE: "Inconclusive",
    Tone.MISSING: "Not measured",
    Tone.WAIVED: "Waived",
    Tone.NONE: "Not judged",
}
BAD = frozenset({Tone.FAIL, Tone.MISSING, Tone.UNSURE})
"""What lets nothing through."""
WORST_FIRST = (Tone.FAIL, Tone.MISSING, Tone.UNSURE, Tone.WARN, Tone.WAIVED, Tone.PASS, Tone.NONE)


def worst(tones: "tuple[Tone, ...]") -> Tone:
    return min(tones, key=WORST_FIRST.index, default=Tone.NONE)
