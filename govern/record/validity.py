"""What a signature is worth at an instant: one function, given the time.

A signature is never deleted. It is ``valid``; or ``void``, and of what; ``expired``; ``revoked``, if its person said that it
is not theirs; or it needs to be re-affirmed, since the key it was made with may have been somebody else's.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from govern.errors import GovernError
from govern.ledger.strict import Digest
from govern.policy.approvals import APPROVING
from govern.policy.validity import Duration, Period, is_in_force
from govern.record.dossier import Dossier, components
from govern.record.inventory import Signed, Version
from govern.record.registry import Registry

VALID = "valid"
REVOKED = "revoked"
REAFFIRM = "needs re-affirmation"
SOON = timedelta(days=30)
"""How long before its end something is to be done again."""
FACTS = "void: facts of the model"

Held = Callable[[Digest], GovernError | None]
"""Return what is wrong with a kept content; nothing if it is as it was."""


def validity(  # noqa: PLR0913, PLR0917  what a signature is worth depends on all of these
    registry: Registry, now: Dossier, signed: Signed, then: dict[str, Any] | None, held: Held, at: datetime
) -> str:
    """Return what a sign-off is worth: ``valid``, or why not."""
    if signed.dossier != now.digest:
        return f"void: {_changed(then, now.value())}"
    return standing(registry, now, signed, at) or _lost(now, held) or VALID


def standing(registry: Registry, now: Dossier, signed: Signed, at: datetime) -> str:
    """Return why a sign-off of the dossier as it is holds no more, whatever is kept; empty if it holds."""
    return unsettled(registry, now.version, signed, at) or _ended(now, signed, at)


def own_words(registry: Registry, version: Version, dossier: Digest | None = None) -> Iterator[Signed]:
    """Yield what people said of a version, or of one dossier of it: what somebody disowned was never theirs."""
    for one in version.signed:
        if dossier in {None, one.dossier} and (one.keyid, one.entry) not in registry.disowned:
            yield one


def unsettled(registry: Registry, version: Version, signed: Signed, at: datetime) -> str:
    """Return why a sign-off counts for nobody, whatever it was given for; empty if it counts."""
    if (signed.keyid, signed.entry) in registry.disowned:
        return REVOKED
    if registry.is_suspect(signed.keyid, signed.entry):
        return REAFFIRM
    if signed.meaning in APPROVING and version.sent_back is not None and signed.entry < version.sent_back:
        return f"void: request for changes in #{version.sent_back}"
    late = next((one for one in signed.conditions if one.met is None and not _until(one.due, at)), None)
    return f"expired: the condition of {late.due} is not met" if late else ""


def is_over(registry: Registry, now: Dossier, signed: Signed, at: datetime) -> bool:
    """Say whether a person may say again what they said: it holds no more, or ends soon."""
    end = ends(now, signed)
    return bool(standing(registry, now, signed, at)) or (end is not None and end <= at + SOON)


def ends(now: Dossier, signed: Signed) -> datetime | None:
    """Return when a sign-off ends, by the first of the policies that say so."""
    found = (Period.lasting(signed.at, one).end for one in _lengths(now, signed))
    return min((one for one in found if one), default=None)


def _ended(now: Dossier, signed: Signed, at: datetime) -> str:
    """Return that a sign-off is older than the policies let it be."""
    ended = next((one for one in _lengths(now, signed) if not is_in_force(Period.lasting(signed.at, one), at)), None)
    return f"expired: it held for {ended}" if ended else ""


def _lengths(now: Dossier, signed: Signed) -> list[Duration]:
    """Return how long an approval lasts, by each policy that says so."""
    return [
        approval.expires
        for rules in now.policies
        for approval in rules.policy.approvals.values()
        if signed.role in approval.role and approval.expires and signed.meaning in APPROVING
    ]


def _until(day: Any, at: datetime) -> bool:
    return is_in_force(Period.of_days(None, day), at)


def _lost(now: Dossier, held: Held) -> str:
    """Return the first component whose kept content is not what was signed."""
    return next((f"void: {what}" for what, digest in components(now.version) if held(digest)), "")


def _changed(then: dict[str, Any] | None, now: dict[str, Any]) -> str:
    """Return the first component that differs between two dossiers."""
    if then is None:
        return "dossier"
    whole = {"version": "version", "policies": "policy", "facts": "facts of the model"}
    for name, said in whole.items():
        if then.get(name) != now.get(name):
            return said
    for kind, of in (("evidence", "evidence of"), ("documents", "document")):
        names: Sequence[str] = sorted({**then[kind], **now[kind]})
        changed = next((name for name in names if then[kind].get(name) != now[kind].get(name)), None)
        if changed is not None:
            return f"{of} {changed}"
    return next((kind for kind in ("findings", "waivers") if then[kind] != now[kind]), "dossier")
