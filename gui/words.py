"""How things are said on screen."""

import re
from datetime import date, datetime
from decimal import Decimal

from govern.policy.titles import is_named, title
from govern.record.events import EventKind

MEANINGS = {
    "reviewed": ("Reviewed", "I have read the dossier; I neither approve nor reject it."),
    "validated": ("Validated", "I challenged it independently, and it does what it is for."),
    "approved": ("Approved", "It may go on, as it is."),
    "approved_with_conditions": ("Approved with conditions", "It may go on if what you ask for is done in time."),
    "rejected": ("Rejected", "It may not go on, for the reason given."),
    "acknowledged": ("Acknowledged", "I know of it."),
    "authored": ("Authored", "I made it, or had a hand in it."),
}
STAGES = {
    "registered": "Registered",
    "in_review": "In review",
    "validated": "Validated",
    "approved": "Approved",
    "production": "In production",
    "suspended": "Suspended",
    "retired": "Retired",
}
SCREENS = {
    "inbox": "Inbox",
    "portfolio": "Portfolio",
    "models": "Models",
    "compare": "Compare",
    "policies": "Policies",
    "trail": "Audit trail",
    "people": "People and keys",
    "integrity": "Integrity",
}
TABS = {
    "overview": "Overview",
    "checks": "Checks",
    "reasons": "Reasons",
    "provenance": "Provenance",
    "documents": "Documents",
    "discussion": "Discussion",
    "findings": "Findings",
    "history": "History",
}
KINDS = {
    EventKind.ROOT: "Root of trust set",
    EventKind.ENROL: "Person enrolled",
    EventKind.RESET_KEY: "Key reset",
    EventKind.ROTATE_KEY: "Key rotated",
    EventKind.REVOKE_KEY: "Key revoked",
    EventKind.GRANT: "Role granted",
    EventKind.WITHDRAW: "Role withdrawn",
    EventKind.LOCKOUT: "Locked out",
    EventKind.UNLOCK: "Unlocked",
    EventKind.HOLD: "Erasure held",
    EventKind.ERASE: "Identity erased",
    EventKind.REAFFIRM: "Suspect entry answered",
    EventKind.TRAIL_REVIEW: "Trail reviewed",
    EventKind.REFUSAL: "Refused",
    EventKind.MODEL: "Model registered",
    EventKind.VERSION: "Version registered",
    EventKind.EVIDENCE: "Evidence recorded",
    EventKind.POLICY: "Policy adopted",
    EventKind.SUBMIT: "Submitted for review",
    EventKind.COMMENT: "Comment",
    EventKind.SIGN_OFF: "Signed",
    EventKind.MOVE: "Stage changed",
    EventKind.REPORT: "Report issued",
    EventKind.AMEND: "Amended",
    EventKind.RECALL: "Recalled",
    EventKind.REQUEST_CHANGES: "Changes requested",
    EventKind.CHALLENGE: "Challenged",
    EventKind.RESPONSE: "Challenge answered",
    EventKind.FINDING: "Finding raised",
    EventKind.CLOSE_FINDING: "Finding closed",
    EventKind.CONDITION_MET: "Condition met",
    EventKind.WAIVER: "Waiver",
    EventKind.DOCUMENT: "Document attached",
    EventKind.RECHECK: "New measurement asked for",
    EventKind.DEPUTY: "Deputy named",
    EventKind.END_DEPUTY: "Deputy ended",
    EventKind.GATE: "Gate asked",
    EventKind.DECISIONS: "Decisions recorded",
}
MINUS = "\u2212"
METRICS = {
    **{one: one.upper() for one in ("roc", "auc", "ks", "f1", "psi", "rmse", "mae")},
    "r2": "R\u00b2",
    "brier": "Brier score",
    "p": "p value",
    "jensen": "Jensen",
    "shannon": "Shannon",
}
LONG_TAIL = 2
ABBREVIATED = 3
"""A name of so few letters is an abbreviation."""


def moment(at: datetime) -> str:
    """Return an instant as evidence writes it: absolute, in this machine's time, with its offset."""
    here = at.astimezone()
    offset = here.strftime("%z")
    return f"{date_(here.date())} {here:%H:%M:%S} {offset[:3]}:{offset[3:5]}"


def day(at: datetime) -> str:
    return date_(at.astimezone().date())


def date_(on: date) -> str:
    return f"{on:%d %b %Y}".lstrip("0")


def role(word: str) -> str:
    return word.replace("-", " ")


def roles(words: tuple[str, ...]) -> str:
    return ", ".join(role(one) for one in words) or "no role"


def a_role(roles: tuple[str, ...]) -> str:
    """Return the roles of which one is enough: ``a validator or risk officer``."""
    names = " or ".join(role(one) for one in roles) or "nobody"
    return f"{'an' if names[0] in 'aeiou' else 'a'} {names}" if roles else names


def people_of(count: int, roles: tuple[str, ...]) -> str:
    """Return ``2 risk officers``: how many are asked for, and who they may be."""
    names = [role(one) for one in roles]
    return f"{grouped(count)} {' or '.join(names if count == 1 else [f'{one}s' for one in names])}"


def length(text: str) -> str:
    """Return a length of time as people say it: a policy writes ``90d``."""
    found = re.fullmatch(r"([0-9]+)(h|d|w|mo|y)", text)
    units = {"h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
    return counted(int(found[1]), units[found[2]]) if found else text


def is_implied(check: str) -> bool:
    """Say whether a check is one that another rule of the policy asks for, and named by it."""
    return is_named(check)


def check(name: str) -> str:
    """Return a check as people call it: the policy writes ``four-fifths``, or asks it of data and proxies."""
    if is_implied(name):
        said = title(name)
        return f"{said[:1].upper()}{said[1:]}"
    return name.upper() if len(name) <= ABBREVIATED else f"{name[:1].upper()}{name[1:]}".replace("-", " ")


def metric(name: str) -> str:
    """Return a metric as the literature writes it: the policy says ``roc auc``."""
    words = [METRICS.get(one, one) for one in name.split(" ")]
    return f"{words[0][:1].upper()}{words[0][1:]}" + "".join(f" {one}" for one in words[1:])


def the_check(name: str) -> str:
    """Return a check as people call it within a sentence."""
    said = check(name)
    return said if said.isupper() else said.lower()


def said_of(what: str) -> str:
    """Return what changed of a dossier as people say it: the core writes ``evidence of four-fifths``."""
    kind, _, name = what.partition("evidence of ")
    return what if kind or not name else f"evidence of {the_check(name)}"


def section(name: str) -> str:
    """Return a section as people say it."""
    return name.replace("_", " ").capitalize()


def number(value: Decimal | None, digits: int = 3) -> str:
    """Return a number to read; what was measured stays in the record in full."""
    if value is None:
        return ""
    short = round(value, digits)
    return f"{short.normalize():f}" if short == value else f"{short:.{digits}f}"


def signed(value: Decimal, digits: int = 3) -> str:
    """Return a number whose direction matters, with a real minus."""
    text = number(abs(value), digits)
    return text if not value else f"{'+' if value > 0 else MINUS}{text}"


def share(part: int, of: int) -> str:
    """Return a share in percent; a share that is not nothing or all is never rounded to that."""
    if not of:
        return "no share"
    percent = Decimal(100 * part) / of
    if 0 < percent < 1:
        return "< 1 %"
    if 99 < percent < 100:
        return "> 99 %"
    return f"{percent:.0f} %"


def grouped(count: int) -> str:
    """Return a count with thin spaces between its thousands."""
    return f"{count:,}".replace(",", "\u202f")


def short(digest: str) -> str:
    """Return how a digest begins, enough to tell it from another at a glance."""
    return digest.rpartition(":")[2][:12]


def spaced(digest: str, groups: int = 4) -> str:
    """Return a digest in groups of eight, a few to a line, as people compare them aloud."""
    bare, wide = digest.rpartition(":")[2], 8 * groups
    lines = [bare[at : at + wide] for at in range(0, len(bare), wide)]
    return "\n".join(" ".join(line[at : at + 8] for at in range(0, len(line), 8)) for line in lines)


def size(count: int) -> str:
    return f"{grouped(count)} bytes" if count < 10_000 else f"{count / 1000:,.1f} kB"


def counted(count: int, one: str, many: str = "") -> str:
    return f"{grouped(count)} {one if count == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """Return a message of the core as a sentence: they have no capital and no full stop."""
    if not text:
        return ""
    named = re.search(r"[@./_]", text.partition(" ")[0].rstrip("."))  # a file or a version is written as it is called
    return (text[0] if named else text[0].upper()) + text[1:] + ("" if text[-1] in ".?!" else ".")


def legible(text: str) -> str:
    """Return a text with its digests and keys cut to what can be told apart at a glance."""
    cut = re.sub(r"sha256:([0-9a-f]{12})[0-9a-f]{52}", r"\1…", text)
    return re.sub(r"(\+[0-9a-f]{8}\+)[A-Za-z0-9+/=]{40,}", r"\1…", cut)


def differing(before: str, after: str) -> tuple[str, str]:
    """Return two texts from where they begin to differ, with a word before it, to where they end to."""
    one, other = before.split(), after.split()
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    left = min(len(one), len(other)) - same
    tail = next((at for at in range(left) if one[-1 - at] != other[-1 - at]), left)
    first = max(0, same - 1)
    # A cut that saves but a word only makes one wonder.
    first, tail = (first if first > 1 else 0), (tail - 1 if tail > LONG_TAIL else 0)
    return _cut(one, first, tail), _cut(other, first, tail)


def _cut(parts: list[str], first: int, tail: int) -> str:
    middle = " ".join(parts[first : len(parts) - tail])
    return ("… " if first else "") + middle + (" …" if tail else "")


def complaint(error: Exception) -> str:
    """Return what went wrong and what to do about it, for people."""
    message, hint = getattr(error, "message", str(error) or type(error).__name__), getattr(error, "hint", "")
    return sentence(message) + (f" {sentence(hint)}" if hint else "")
