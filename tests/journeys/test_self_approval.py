"""Whoever made a version approves it by no way in, in no role, with no meaning; and no way in is left out here.

The tables below name every command, function and method that files something. A new one fails the first tests until it
says here what it files, and is tried if that decides anything.
"""

import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import click
import pytest

from govern import catalogue, connection, deciding, discussion, review
from govern.cli import program as cli
from govern.desk import Desk
from govern.errors import NotAllowed
from govern.ledger.envelope import Envelope, seal
from govern.ledger.keys import Pen
from govern.record.draft import Moment, Words, draft
from govern.record.events import EventKind
from govern.record.inventory import Version
from govern.record.pending import Pending
from govern.record.reviews import Move, SignOff
from govern.storage import keystore, logkey
from govern.storage.folder import Folder
from govern.storage.local import LocalLedger
from gui.session import Session
from tests.attacks.kit import Bank, Intruder
from tests.cli.terminal import PASSPHRASE, Terminal, inside
from tests.journeys.conftest import EVERY_ROLE

APPROVING = ("validated", "approved", "approved_with_conditions")
DECIDES = {"sign-off", "move"}

COMMANDS = {
    "govern person add": {"enrol", "reset-key"},
    "govern person cosign": {str(kind) for kind in EventKind},
    "govern person grant": {"grant"},
    "govern person revoke": {"withdraw", "revoke-key"},
    "govern person unlock": {"unlock"},
    "govern person hold": {"hold"},
    "govern person erase": {"erase"},
    "govern person threshold": {"root"},
    "govern key rotate": {"rotate-key"},
    "govern key rotate-log": {"root"},
    "govern key revoke": {"revoke-key"},
    "govern key reaffirm": {"reaffirm"},
    "govern model register": {"model"},
    "govern model amend": {"amend"},
    "govern version register": {"version"},
    "govern policy adopt": {"policy"},
    "govern evaluate": {"evidence"},
    "govern metric import": {"evidence"},
    "govern submit": {"submit"},
    "govern withdraw": {"recall"},
    "govern request-changes": {"request-changes"},
    "govern comment": {"comment"},
    "govern challenge": {"challenge"},
    "govern respond": {"response"},
    "govern recheck": {"recheck"},
    "govern finding add": {"finding"},
    "govern finding close": {"close-finding"},
    "govern document add": {"document"},
    "govern waive": {"waiver"},
    "govern condition met": {"condition-met"},
    "govern deputy name": {"deputy"},
    "govern deputy end": {"end-deputy"},
    "govern sign": {"sign-off"},
    "govern reject": {"sign-off"},
    "govern move": {"move"},
    "govern inbox": set[str](),
    "govern gate": {"gate"},
    "govern decisions record": {"decisions"},
    "govern decisions validate": {"document"},
    "govern report": {"report"},
    "govern log review": {"trail-review"},
    "govern ui": {"sign-off"},
}
"""Every command that names a person, and what it files."""
CATALOGUE = {
    "register_model": {"model"},
    "amend": {"amend"},
    "register_version": {"version"},
    "adopt_policy": {"policy"},
}
DISCUSSION = {
    "comment": {"comment"},
    "challenge": {"challenge"},
    "respond": {"response"},
    "raise_finding": {"finding"},
    "close_finding": {"close-finding"},
    "meet_condition": {"condition-met"},
    "request_changes": {"request-changes"},
    "recall": {"recall"},
    "recheck": {"recheck"},
    "waive": {"waiver"},
    "add_document": {"document"},
    "attach": {"document"},
    "deputise": {"deputy"},
    "end_deputy": {"end-deputy"},
}
REVIEW = {
    "record_evidence": {"evidence"},
    "submit": {"submit"},
    "sign": {"sign-off"},
    "move": {"move"},
    "issue_report": {"report"},
    "record_gate": {"gate"},
}
DECIDING = {"record": {"decisions"}, "record_validation": {"document"}}
DESK = {
    **{name: {"people"} for name in ("enrol", "reset_key", "grant", "withdraw", "unlock", "hold", "erase")},
    **{name: {"people"} for name in ("set_threshold", "set_log_keys", "rotate_key", "revoke_key", "reaffirm")},
    "review_trail": {"trail-review"},
    "cosign": DECIDES,
    "file": DECIDES,
    "say": DECIDES,
    "say_together": {"move"},
}
SESSION = {"sign": {"sign-off"}, "waive": {"waiver"}, "attach": {"document"}}
LEDGER = {"submit": DECIDES, "say": {"log"}, "receipt": set[str]()}


# Nothing is left out


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli.program)
    for name in cli.COMMANDS:
        command = cli.program.get_command(context, name)
        verbs = command.commands if isinstance(command, click.Group) else {"": command}
        yield from ((f"govern {name} {verb}".rstrip(), one) for verb, one in verbs.items() if one)


def filing(functions: Mapping[str, Any], first: str) -> set[str]:
    """Return which public functions return what filing returns."""
    found = set()
    for name, function in functions.items():
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        signature = inspect.signature(function)
        returns = str(signature.return_annotation)
        if next(iter(signature.parameters), "") == first and any(word in returns for word in ("Receipt", "Filed")):
            found.add(name)
    return found


def test_every_command_that_names_a_person_is_known_here() -> None:
    naming = {name for name, one in commands() if any("--as" in option.opts for option in one.params)}

    assert naming == set(COMMANDS)


def test_every_function_that_files_is_known_here() -> None:
    assert filing(vars(review), "desk") == set(REVIEW)
    assert filing(vars(catalogue), "desk") == set(CATALOGUE)
    assert filing(vars(discussion), "desk") == set(DISCUSSION)
    assert filing(vars(deciding), "desk") == set(DECIDING)
    assert filing(vars(Desk), "self") | {"cosign"} == set(DESK)
    assert filing(vars(Session), "self") == set(SESSION)
    assert filing(vars(LocalLedger), "self") == set(LEDGER)


def test_every_kind_of_event_has_its_command() -> None:
    filed = set().union(*(kinds for name, kinds in COMMANDS.items() if name != "govern person cosign"))

    # The log itself says that somebody was locked out or refused.
    assert filed == {str(kind) for kind in EventKind} - {"lockout", "refusal"}


def test_whatever_decides_is_tried() -> None:
    deciding = {name for name, kinds in COMMANDS.items() if kinds & DECIDES}
    deciding |= {f"review.{name}" for name, kinds in REVIEW.items() if kinds & DECIDES}
    deciding |= {f"desk.{name}" for name, kinds in DESK.items() if kinds & DECIDES}
    deciding |= {f"session.{name}" for name, kinds in SESSION.items() if kinds & DECIDES}
    deciding |= {f"ledger.{name}" for name, kinds in LEDGER.items() if kinds & DECIDES}

    tried = {*ATTEMPTS, *MOVES}
    assert deciding - {"govern reject", "govern ui"} == tried  # a rejection approves nothing; `ui` is `session.sign`


# Who made it, and how they try


@dataclass(frozen=True)
class Maker:
    """How somebody made a version."""

    name: str
    version: str
    way: str


MAKERS = [
    Maker("ana", "credit-risk@2", "registered it"),
    Maker("dora", "credit-risk@2", "submitted it"),
    Maker("olga", "credit-risk@2", "submitted it before somebody else did"),
    Maker("dora", "credit-risk@3", "registered and submitted it"),
    Maker("ana", "credit-risk@3", "registered its artefact before"),
]
each_maker = pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.way)


@dataclass(frozen=True)
class Seat:
    """A maker at a desk, with their own key."""

    bank: Terminal
    maker: Maker
    desk: Desk
    pen: Pen

    @property
    def version(self) -> Version:
        return review.version(self.desk, self.maker.version)

    def sealed(self, role: str, meaning: str) -> Envelope:
        """Return a sign-off that was made by hand, without any of Govern's commands."""
        registry, root = self.desk.ledger.view()
        words = Words("sign_off", meaning, review.dossier_of(self.desk, self.version).digest)
        moment, body = Moment(connection.now(), os.urandom(10)), SignOff(version=self.version.digest)
        keyid = self.pen.public.keyid
        return seal(bytes(draft(registry, root, keyid, role, body, moment, "mine", None, words)), self.pen)

    def moved(self, role: str) -> Envelope:
        registry, root = self.desk.ledger.view()
        body = Move(version=self.version.digest, before="in_review", after="validated")
        moment, keyid = Moment(connection.now(), os.urandom(10)), self.pen.public.keyid
        return seal(bytes(draft(registry, root, keyid, role, body, moment, "mine")), self.pen)


@contextmanager
def seat(bank: Terminal, maker: Maker) -> Iterator[Seat]:
    folder = Folder.read(bank.ledger)
    pen = keystore.find(folder.keys_path, maker.name).open(PASSPHRASE)
    there = patch.dict(os.environ, bank.environment, clear=True)
    with inside(bank.folder), there, connection.near(folder) as near:
        yield Seat(bank, maker, Desk(near.ledger, near.store, connection.now, os.urandom, (pen,)), pen)


def code(attempt: Callable[[], object]) -> str:
    """Return with which word an attempt is refused."""
    try:
        attempt()
    except NotAllowed as refusal:
        return refusal.code
    return "nothing: it was filed"


def by_sign(seat: Seat, role: str, meaning: str) -> str:
    words = ["--meaning", meaning, "--role", role, "--reason", "mine", "--as", seat.maker.name, "--json"]
    words += ["--condition", "monitor; gus; 2999-12-31"] if meaning == "approved_with_conditions" else []
    return str(seat.bank.fails(4, "sign", seat.maker.version, *words).error["code"])


def by_cosign(seat: Seat, role: str, meaning: str) -> str:
    """Sign what one has signed oneself, as if it came from another registrar."""
    file, sealed = seat.bank.folder / f"{role}-{meaning}.json", seat.sealed(role, meaning)
    file.write_bytes(bytes(Pending(Envelope(sealed.payload, sealed.signatures))))
    alone = seat.bank.fails(4, "person", "cosign", file.name, "--as", seat.maker.name, "--json").error["code"]
    assert alone == "duplicate_signature"
    return str(seat.bank.fails(4, "person", "cosign", file.name, "--as", "vic", "--json").error["code"])


def by_review(seat: Seat, role: str, meaning: str) -> str:
    return code(lambda: review.sign(seat.desk, seat.version, meaning, "mine", role))


def by_say(seat: Seat, role: str, meaning: str) -> str:
    words = Words("sign_off", meaning, review.dossier_of(seat.desk, seat.version).digest)
    return code(lambda: seat.desk.say(SignOff(version=seat.version.digest), (role,), "mine", words))


def by_file(seat: Seat, role: str, meaning: str) -> str:
    return code(lambda: seat.desk.file(Pending(seat.sealed(role, meaning))))


def by_desk_cosign(seat: Seat, role: str, meaning: str) -> str:
    helper = replace(seat.desk, pens=(keystore.find(seat.bank.keys, "vic").open(PASSPHRASE),))
    return code(lambda: helper.file(helper.cosign(Pending(seat.sealed(role, meaning)))))


def by_submit(seat: Seat, role: str, meaning: str) -> str:
    return code(lambda: seat.desk.ledger.submit([seat.sealed(role, meaning)]))


def by_session(seat: Seat, role: str, meaning: str) -> str:
    session = Session.open(seat.bank.ledger)
    try:
        seen = session.dossier(seat.maker.version, seat.maker.name)
        assert all(one.why_not for one in seen.meanings if one.word in APPROVING)
        return code(lambda: session.sign(seen, seat.maker.name, role, meaning, "mine", PASSPHRASE))
    finally:
        session.close()


ATTEMPTS: dict[str, Callable[[Seat, str, str], str]] = {
    "govern sign": by_sign,
    "govern person cosign": by_cosign,
    "review.sign": by_review,
    "desk.say": by_say,
    "desk.file": by_file,
    "desk.cosign": by_desk_cosign,
    "ledger.submit": by_submit,
    "session.sign": by_session,
}


def by_move(seat: Seat) -> str:
    words = ["--to", "validated", "--reason", "mine", "--as", seat.maker.name, "--json"]
    return str(seat.bank.fails(4, "move", seat.maker.version, *words).error["code"])


def by_review_move(seat: Seat) -> str:
    return code(lambda: review.move(seat.desk, seat.version, "validated", "mine"))


def by_saying_together(seat: Seat) -> str:
    """Move it with a colleague's signature beside one's own."""
    helper = replace(seat.desk, pens=(seat.pen, keystore.find(seat.bank.keys, "gus").open(PASSPHRASE)))
    body = Move(version=seat.version.digest, before="in_review", after="validated")
    return code(lambda: helper.say_together(body, ("risk-officer",), "ours"))


MOVES: dict[str, Callable[[Seat], str]] = {
    "govern move": by_move,
    "review.move": by_review_move,
    "desk.say_together": by_saying_together,
}


@each_maker
@pytest.mark.parametrize("way_in", ATTEMPTS)
def test_nobody_approves_their_own_work_by_any_way_in(makers: Terminal, way_in: str, maker: Maker) -> None:
    with seat(makers, maker) as own:
        # A command takes a tenth of a second: each role tries one meaning there, and every meaning elsewhere.
        is_command = way_in.startswith(("govern", "session"))
        for index, role in enumerate(EVERY_ROLE):
            for meaning in APPROVING[index % 3 : index % 3 + 1] if is_command else APPROVING:
                # A colleague's name beside the maker's is refused before anybody asks who the maker is.
                word = "one_signer" if "cosign" in way_in else "self_approval"
                assert ATTEMPTS[way_in](own, role, meaning) == word, (role, meaning)
        assert own.version.signed == ()
    makers.ok("audit")


@each_maker
@pytest.mark.parametrize("way_in", MOVES)
def test_nobody_moves_their_own_work_past_those_who_have_to_sign(makers: Terminal, way_in: str, maker: Maker) -> None:
    with seat(makers, maker) as own:
        assert MOVES[way_in](own) == ("one_signer" if way_in == "desk.say_together" else "gate")
        assert own.version.stage == "in_review"


@each_maker
@pytest.mark.parametrize("role", ["validator", "administrator"])
def test_an_approval_of_ones_own_work_written_past_admission_is_named_by_the_audit(
    makers: Terminal, role: str, maker: Maker
) -> None:
    folder = Folder.read(makers.ledger)
    operator = Intruder(Bank(folder), logkey.read(folder.log_key_path).pen)
    with seat(makers, maker) as own:
        size, sealed = own.desk.registry.size, own.sealed(role, "validated")

    operator.file(sealed, at=connection.now())

    (problem,) = makers.run("audit", "--json").json["problems"]
    assert (problem["kind"], problem["entry"]) == ("self_approval", size)
    # And it opens nothing: who judges knows the makers, too.
    with seat(makers, maker) as own:
        assert len(own.version.signed) == 1
        assert by_review_move(own) == "gate"
    assert makers.run("gate", maker.version, "--to", "validated").code in {1, 3}


def test_a_promotion_of_ones_own_work_written_past_admission_is_named_by_the_audit(makers: Terminal) -> None:
    folder = Folder.read(makers.ledger)
    operator = Intruder(Bank(folder), logkey.read(folder.log_key_path).pen)
    with seat(makers, MAKERS[0]) as own:
        size, sealed = own.desk.registry.size, own.moved("risk-officer")

    operator.file(sealed, at=connection.now())

    (problem,) = makers.run("audit", "--json").json["problems"]
    assert (problem["kind"], problem["entry"]) == ("inserted", size)
    assert "does not allow" in problem["message"]
