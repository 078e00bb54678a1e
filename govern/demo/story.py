"""The story of the sample bank, told step by step while it really happens."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from govern import connection, examine, measuring, review
from govern.checks.cases import Case
from govern.checks.population import Reference
from govern.connection import Founder, Near
from govern.demo import credit, models
from govern.demo.cast import ORIGIN, PASSPHRASE, REGISTRARS, STAFF, Stage
from govern.demo.models import Bank
from govern.demo.tamper import ATTEMPTS
from govern.desk import Desk, key_request
from govern.errors import NotAllowed, Tampered
from govern.ledger import Receipt
from govern.ledger.keys import Pen
from govern.record.identity import Identity, KeyRequest, person_id
from govern.record.inventory import Version
from govern.storage import keystore
from govern.storage.folder import Folder

Say = Callable[[str], None]
Prove = Callable[[Desk, Folder, Version, Path, Path], int]
"""Write a version's report and bundle to two files, and return the entry that puts the report on record."""

TITLES = {
    "found": "Two registrars found a ledger",
    "enrol": "Everybody makes a key, and both registrars enrol them",
    "refuse": "Somebody tries it alone",
    "lose": "A laptop is stolen",
    "model": "A model is trained, registered, measured, and the policy says no",
    "fix": "Trained again without what stands in for sex and age; others sign",
    "others": "Five more models, each where it is today",
    "prove": "What the regulator gets",
    "review": "The auditor reads the trail",
    "audit": "Everything again, from the bytes",
    "tamper": "Somebody with every right on the database tampers with a copy",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the story left behind."""

    ledger: Path
    caught: int
    models: tuple[str, ...]
    report: Path
    bundle: Path


def tell(path: Path, stage: Stage, say: Say, prove: Prove) -> Told:
    """Make the sample bank's ledger in ``path`` and say at each step what happens; ``prove`` writes report and bundle."""
    pens: dict[str, Pen] = {}
    with credit.Training() as training, connection.near(_found(path, stage, pens, say), clock=stage.clock) as near:
        folder = near.folder
        _enrol(near, stage, pens, say)
        earlier = _copy_database(folder)
        try:
            _refuse(near, stage, pens, say)
            _lose_a_key(near, stage, pens, say)
            bank = models.Bank(near, stage, pens, say, training)
            version = _model(bank)
            _head(say, "others")
            names = (version.model, *models.others(bank))
            report, bundle = _prove(near, stage, pens, version, say, prove)
            _review(near, stage, pens, say)
        except BaseException:
            earlier.unlink()
            raise
    try:
        _audit(folder, say)
        caught = _tamper(folder, earlier, say)
    finally:
        earlier.unlink()
    return Told(path, caught, names, report, bundle)


def _found(path: Path, stage: Stage, pens: dict[str, Pen], say: Say) -> Folder:
    _head(say, "found")
    founders = [Founder(identity, PASSPHRASE) for identity in REGISTRARS]
    folder = connection.found(
        path, ORIGIN, founders, len(founders), state="state", clock=stage.clock, chance=stage.chance
    )
    for identity in REGISTRARS:
        pens[identity.handle] = keystore.find(folder.keys_path, identity.handle).open(PASSPHRASE)
    say(
        f"  {' and '.join(one.handle for one in REGISTRARS)} sign entry #0. Its hash is the anchor, printed for whoever will check:"
    )
    say(f"  {folder.anchor}")
    return folder


def _enrol(near: Near, stage: Stage, pens: dict[str, Pen], say: Say) -> None:
    _head(say, "enrol")
    desk = _desk(near, stage, pens, *(one.handle for one in REGISTRARS))
    for identity, role in STAFF:
        request = _request(near, stage, pens, identity)
        receipt = _filed(desk.enrol(request, [role], "badge seen"))
        say(
            f"  #{receipt.index}  {identity.handle}, {role}: the key was made on {identity.handle}'s machine and stays there"
        )


def _refuse(near: Near, stage: Stage, pens: dict[str, Pen], say: Say) -> None:
    _head(say, "refuse")
    alone = _desk(near, stage, pens, "ada")
    friend = Identity("eve", "Eve Nobody (DEMO)")
    _refused(
        lambda: alone.enrol(_request(near, stage, {}, friend), ["risk-officer"]),
        "ada invents a risk officer alone",
        alone,
        say,
    )
    both = _desk(near, stage, pens, "ada", "bea")
    _refused(lambda: both.grant("ada", ["risk-officer"]), "ada makes herself a risk officer, and bea helps", both, say)
    say("  Both refusals are entries themselves, signed by the log.")


def _lose_a_key(near: Near, stage: Stage, pens: dict[str, Pen], say: Say) -> None:
    _head(say, "lose")
    both, keys = _desk(near, stage, pens, "ada", "bea"), near.folder.keys_path
    thief = _filed(_desk(near, stage, pens, "rae").review_trail(0, 3))
    say(f"  #{thief.index}  the thief signs something with rae's key")
    rae = both.person("rae")
    keyid = rae.keys[0].public.keyid
    revoked = _filed(both.revoke_key("rae", keyid, "compromised", "laptop stolen", thief.index))
    say(
        f"  #{revoked.index}  rae's key ends; every audit flags what it signed from #{thief.index} on until rae says whose it is"
    )
    known = both.known(rae.id)
    if known is None:
        raise LookupError(rae.id)
    keystore.retire(keys, "rae")
    pens["rae"] = Pen.from_seed(stage.chance(32))
    keystore.add(keys, "rae", rae.id, pens["rae"], PASSPHRASE, now=stage.clock())
    request = key_request(pens["rae"], known.identity, rae.id, known.salt, stage.clock())
    reset = _filed(both.reset_key(request, "identity checked in person"))
    say(f"  #{reset.index}  both registrars give rae a new key; the old signatures stay valid")
    disowned = _filed(_desk(near, stage, pens, "rae").reaffirm(thief.index, keyid, "not mine", stands=False))
    say(f"  #{disowned.index}  rae disowns #{thief.index}")


def _model(bank: Bank) -> Version:
    _head(bank.say, "model")
    models.adopt(bank)
    models.register(bank, "credit-risk", "Probability of default of retail applicants within twelve months")
    held_out = credit.portfolio(models.HELD_OUT)
    first = models.train(bank, "credit-risk", models.TRAINING, (*credit.FEATURES, *credit.PROXIES))
    models.measure(bank, first, held_out)
    finding = models.doubt(bank, first)
    _head(bank.say, "fix")
    name = models.train(bank, "credit-risk", models.TRAINING, credit.FEATURES, first)
    models.measure(bank, name, held_out)
    models.settle(bank, first, finding)
    models.document(bank, name)
    models.submit(bank, name)
    ana = bank.desk("ana")
    own = f"ana signs off her own {name}"
    _refused(lambda: review.sign(ana, review.version(ana, name), "validated", "mine"), own, ana, bank.say)
    for who, meaning, reason in (
        ("vic", "validated", "measured again on the hold-out loans"),
        ("rob", "approved", "read and agreed"),
    ):
        models.sign(bank, who, name, meaning, reason)
    models.approve_with_condition(
        bank, "rae", name, "look at approvals by age again", "within the appetite of the board"
    )
    version = models.promote(bank, name)
    _why(bank, version)
    return version


def _why(bank: Bank, version: Version) -> None:
    """Say why somebody is declined: the first of the loans that is."""
    rows = bank.out / f"{version.model}-held-out.csv"
    desk, reference = bank.desk("gus"), Reference(rows)
    for number in range(20):
        found = measuring.reasons(desk, version, Case(rows, "case", f"L{number:05d}"), reference)
        if not found.is_approved:
            bank.say(f"      Why is {found.case} declined? Score {found.score:.3f}, approved is {found.approve}:")
            for one in found.reasons.reasons:
                bank.say(f"        {one.rank}. {one.code}  {one.text}")
            return


def _prove(  # noqa: PLR0913, PLR0917  a report rests on all of it
    near: Near, stage: Stage, pens: dict[str, Pen], version: Version, say: Say, prove: Prove
) -> tuple[Path, Path]:
    _head(say, "prove")
    gus = _desk(near, stage, pens, "gus")
    out = near.folder.path / "out"
    report, bundle = out / f"{version.model}-{version.number}.pdf", out / f"{version.model}-{version.number}.zip"
    issued = prove(gus, near.folder, version, report, bundle)
    say(f"  #{issued}  {report.name}: the validation report as a sealed PDF/A, and the ledger knows its digest")
    say(f"        {bundle.name}: entries, proofs, evidence and verify.py, which needs nothing but Python")
    return report, bundle


def _review(near: Near, stage: Stage, pens: dict[str, Pen], say: Say) -> None:
    _head(say, "review")
    last = near.ledger.registry.size - 1
    receipt = _filed(_desk(near, stage, pens, "gus").review_trail(0, last, "monthly review"))
    say(f"  #{receipt.index}  gus has read #0 to #{last}; whoever signs is a witness of everything before")


def _audit(folder: Folder, say: Say) -> None:
    _head(say, "audit")
    report = examine.ledger(folder)
    for line in report.checked:
        say(f"  {line.count:>4}  {line.what}")
    if report.problems:
        first = report.problems[0]
        raise Tampered(first.message, kind=first.kind, entry=first.entry)
    say("  Everything holds.")


def _tamper(folder: Folder, earlier: Path, say: Say) -> int:
    _head(say, "tamper")
    caught = 0
    for attempt in ATTEMPTS:
        with tempfile.TemporaryDirectory() as place:
            shutil.copytree(folder.path, Path(place) / "copy")
            copy = Folder.read(Path(place) / "copy")
            attempt.act(copy, earlier)
            problems = examine.ledger(copy).problems
        if not problems or problems[0].kind is not attempt.kind:
            found = problems[0].kind if problems else "nothing"
            raise LookupError(f"the demo's own attack was not named: {attempt.kind} looked like {found}")
        caught += 1
        say(f"  {attempt.title}")
        say(f"      caught: {problems[0].kind} at #{problems[0].entry}: {problems[0].message}")
    return caught


def _request(near: Near, stage: Stage, pens: dict[str, Pen], identity: Identity) -> KeyRequest:
    """Make a key for somebody; it is kept only if ``pens`` will hold it."""
    pen, person, salt = Pen.from_seed(stage.chance(32)), person_id(stage.chance(10)), stage.chance(32)
    if pens:
        keystore.add(near.folder.keys_path, identity.handle, person, pen, PASSPHRASE, now=stage.clock())
        pens[identity.handle] = pen
    return key_request(pen, identity, person, salt, stage.clock())


def _refused(attempt: Callable[[], object], what: str, desk: Desk, say: Say) -> None:
    try:
        attempt()
    except NotAllowed as refusal:
        say(f"  {what}: refused, {desk.named(refusal.message)}")
    else:
        raise LookupError(f"nobody refused: {what}")


def _filed(outcome: object) -> Receipt:
    if not isinstance(outcome, Receipt):
        raise TypeError(type(outcome))
    return outcome


def _desk(near: Near, stage: Stage, pens: dict[str, Pen], *who: str) -> Desk:
    return Desk(near.ledger, near.store, stage.clock, stage.chance, tuple(pens[one] for one in who))


def _copy_database(folder: Folder) -> Path:
    """Keep the database as it is now: for whoever wants to put it back later."""
    with tempfile.NamedTemporaryFile(prefix="govern-demo-", suffix=".db", delete=False) as file:
        shutil.copyfile(folder.path / folder.database, file.name)
    return Path(file.name)


def _head(say: Say, name: str) -> None:
    number = list(TITLES).index(name) + 1
    say(f"\n{number}. {TITLES[name]}")
