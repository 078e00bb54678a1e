"""What is asked of a ledger with many models, as commands: the list, an inbox, a difference, and all of it as of then."""

import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert

from benchmarks.bank import ADA, Bank
from benchmarks.figure import Figure, Sizes, seconds
from govern import catalogue, dryrun, review
from govern.desk import Desk
from govern.ledger.envelope import Envelope, seal
from govern.ledger.strict import Digest
from govern.policy.resolve import resolve
from govern.record.draft import NO_WORDS, Moment, Words, draft
from govern.record.events import Body
from govern.record.identity import Role
from govern.record.manifest import Manifest
from govern.record.models import Artefact, RegisterModel, RegisterVersion
from govern.record.registry import Registry
from govern.record.reviews import SignOff, Submit
from govern.storage.local import LocalLedger
from govern.storage.store import Store
from govern.storage.tables import blob, blob_part
from tests.people import Actor, enrolment, signed

DAN, RAE, VIC = Actor("dora"), Actor("rae"), Actor("vic")
ROLES = {DAN: Role.DEVELOPER, RAE: Role.RISK_OFFICER, VIC: Role.VALIDATOR}
POLICY = b"""\
schema: govern/policy/v1
id: credit
version: 1.0.0
owner: model-risk
applies_to: {use_case: credit-scoring}
checks:
  - {id: auc, metric: roc_auc, min: 0.75}
approvals:
  validation: {role: validator, quorum: 1}
gates:
  production: {checks: all, approvals: [validation]}
"""
WEIGHTS = b"weights"


def asked(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    bank = _filled(folder / "bank", sizes)
    many = f"{sizes.models:,} models"
    yield _figure(bank, sizes, f"govern model list, {many}", 300, "model", "list", "--json")
    yield _figure(bank, sizes, f"govern model list FILTER, {many}", 300, "model", "list", "tier:high stage:in_review")
    yield _figure(bank, sizes, f"govern inbox, {many}", 300, "inbox", "--as", VIC.id, "--json")
    yield _figure(bank, sizes, f"govern version diff, {many}", 500, "version", "diff", "model-0@1", "model-0@2")


def past(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    bank = _filled(folder / "bank", Sizes(models=min(sizes.models, 500), batch=sizes.batch))
    with bank.open() as ledger:
        bank.grow(ledger, sizes.events, sizes.batch)
    then = ["--at", str((bank.now - timedelta(milliseconds=3)).isoformat())]
    what = f"of {sizes.events:,} entries"
    yield _figure(bank, sizes, f"govern model list --at, {what}", 1000, "model", "list", *then)
    yield _figure(bank, sizes, f"govern model list, {what}", None, "model", "list")


def dry_run(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    bank = _filled(folder / "bank", sizes)
    rules = resolve(POLICY.replace(b"1.0.0", b"2.0.0").replace(b"0.75", b"0.8"), "credit.yaml", "0.1.0")
    with bank.open() as ledger, closing(Store.open(bank.url)) as store:
        desk = Desk(ledger, store, bank.clock, random.Random(7).randbytes)
        versions = list(ledger.registry.inventory.versions.values())

        def tried(_: int) -> None:
            assert len(list(dryrun.tried(desk, versions, rules))) == len(versions)

        took = median(seconds(tried, range(sizes.rounds)))
        yield Figure(f"a policy tried on {sizes.models:,} models", took, "s", most=5)


def _figure(bank: Bank, sizes: Sizes, what: str, most: float | None, *words: str) -> Figure:
    installed = Path(sys.executable).with_name("govern")
    govern = [str(installed)] if installed.exists() else [sys.executable, "-P", "-m", "govern.cli"]
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    command = [*govern, *words, "--ledger", str(bank.path)]
    return Figure(what, median(seconds(run, [command] * sizes.rounds)) * 1000, "ms", most=most)


def _filled(path: Path, sizes: Sizes) -> Bank:
    """Return a closed ledger of so many models, each with a version."""
    bank = Bank.founded(path)
    with bank.open() as ledger, closing(Store.open(bank.url)) as store:
        for actor, role in ROLES.items():
            ledger.submit([signed(*ledger.view(), enrolment(actor, role), ADA, now=bank.now)])
        desk = Desk(ledger, store, bank.clock, random.Random(7).randbytes, (RAE.pen,))
        catalogue.adopt_policy(desk, POLICY, "credit.yaml", "0.1.0")
        _keep(store, [WEIGHTS, b"card"])
        names = [f"model-{number}" for number in range(sizes.models)]
        _file(bank, ledger, sizes, DAN, [(_model(name), NO_WORDS) for name in names])
        manifests = [_manifest(name) for name in names]
        manifests.append(_manifest(names[0], manifests[0].digest))
        _keep(store, [bytes(one) for one in manifests])
        _file(bank, ledger, sizes, DAN, [(_version(one), NO_WORDS) for one in manifests])
        _review(bank, ledger, desk, sizes)
    return bank


def _review(bank: Bank, ledger: LocalLedger, desk: Desk, sizes: Sizes) -> None:
    """Submit one version in ten, and sign every second of these."""
    versions = sorted(ledger.registry.inventory.versions.values(), key=lambda one: one.entry)[::10]
    dossiers = [review.dossier_of(desk, one) for one in versions]
    _keep(desk.store, [bytes(one) for one in dossiers])
    said = [(Submit(version=one.version.digest), Words(dossier=one.digest)) for one in dossiers]
    _file(bank, ledger, sizes, DAN, said)
    approved = [(SignOff(version=one.version.digest), Words("sign_off", "approved", one.digest)) for one in dossiers]
    _file(bank, ledger, sizes, VIC, approved[::2])


def _file(bank: Bank, ledger: LocalLedger, sizes: Sizes, actor: Actor, said: Sequence[tuple[Body, Words]]) -> None:
    for first in range(0, len(said), sizes.batch):
        view = ledger.view()
        ledger.submit([_signed(bank, view, actor, *one) for one in said[first : first + sizes.batch]])


def _signed(bank: Bank, view: tuple[Registry, bytes], actor: Actor, body: Body, words: Words) -> Envelope:
    bank.now += timedelta(milliseconds=1)
    moment = Moment(bank.now, sha256(str(bank.now).encode()).digest())
    role = ROLES[actor]
    return seal(bytes(draft(*view, actor.pen.public.keyid, role, body, moment, words=words)), actor.pen)


def _model(name: str) -> RegisterModel:
    return RegisterModel(
        model=name,
        card=Digest.of(b"card"),
        owner=DAN.id,
        purpose="Probability of default",
        use_case="credit-scoring",
        risk_tier="high" if name.endswith("0") else "low",
        jurisdictions=("EU",),
    )


def _manifest(name: str, parent: Digest | None = None) -> Manifest:
    file = Artefact(name="weights.ubj", size=len(WEIGHTS), digest=Digest.of(WEIGHTS))
    more: dict[str, Any] = {"parent": parent} if parent else {}
    return Manifest(model=name, artefacts=(file,), data=(), parameters={"depth": "3"}, metrics={}, **more)


def _version(one: Manifest) -> RegisterVersion:
    more: dict[str, Any] = {"parent": one.parent} if one.parent else {}
    return RegisterVersion(model=one.model, version=one.digest, artefacts=one.artefacts, **more)


def _keep(store: Store, contents: Sequence[bytes]) -> None:
    """Keep small contents at once: that is not what is measured."""
    kept = {sha256(one).digest(): one for one in contents}
    with store.writing() as connection:
        connection.execute(insert(blob), [{"sha256": name, "size": len(one)} for name, one in kept.items()])
        connection.execute(insert(blob_part), [{"sha256": name, "seq": 0, "data": one} for name, one in kept.items()])
