"""What waits for a person, in the words of the house; it loads what that takes, and no more of the rules."""

from dataclasses import replace
from functools import cache

from govern.desk import Desk
from govern.record.tasks import Task, tasks
from govern.storage import blobs


def inbox(desk: Desk, word: str) -> list[Task]:
    """Return what waits for a person, computed from what the ledger says now."""
    # A policy is read once, and not once for each version; so is a name.
    held, named = cache(lambda digest: b"".join(blobs.get(desk.store, digest))), cache(desk.named)
    found = tasks(desk.registry, desk.person(word), desk.clock(), held)
    return [replace(one, why=named(one.why)) for one in found]
