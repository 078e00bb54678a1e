"""What a signature is worth at an instant: one function, given the time.

A signature is never deleted. It is ``valid``; or ``void``, and of what; ``expired``; ``revoked``, if its person said that it
is not theirs; or it needs to be re-affirmed, since the key it was made with may have been somebody else's.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from govern.errors import GovernError
from govern.ledger.strict import Digest
from govern.policy.approvals import APPROVING
from govern.policy.validity import Period, is_in_force
from govern.record.dossier import Dossier, components
from govern.record.inventory import Signed
from govern.record.registry import Registry

VALID = "valid"
REVOKED = "revoked"
REAFFIRM = "needs re-affirmation"
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
    return unsettled(registry, signed, at) or _ended(now, signed, at)


def unsettled(registry: Registry, signed: Signed, at: datetime) -> str:
    """Return why a sign-off counts for nobody, whatever it was given for; empty if it counts."""
    if (signed.keyid, signed.entry) in registry.disowned:
        return REVOKED
    if registry.is_suspect(signed.keyid, signed.entry):
        return REAFFIRM
    late = next((one for one in signed.conditions if one.met is None and not _until(one.due, at)), None)
    return f"expired: the condition of {late.due} is not met" if late else ""


def _ended(now: Dossier, signed: Signed, at: datetime) -> str:
    """Return that a sign-off is older than the policies let it be."""
    lengths = [
        approval.expires
        for rules in now.policies
        for approval in rules.policy.approvals.values()
        if signed.role in approval.role and approval.expires and signed.meaning in APPROVING
    ]
    ended = next((one for one in lengths if not is_in_force(Period.lasting(signed.at, one), at)), None)
    return f"expired: it held for {ended}" if ended else ""


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
