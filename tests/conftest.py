"""What every test stands on: a closed network, a real PostgreSQL, the folder beside the repository, floors of coverage."""

import fcntl
import gc
import io
import ipaddress
import json
import os
import re
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from govern.storage import secret
from tests.cli.terminal import Terminal

ROOT = Path(__file__).parents[1]

# Percent of lines and branches; the core is whole, the rest only ever rises.
FLOORS = {
    "the core": (["govern/errors.py", "govern/ledger/*", "govern/policy/*", "govern/record/*"], 100),
    "all of govern": (["govern/*"], 85),
}

# These go the same ways again and again, or from far away: to count their lines takes half as long again, and adds none.
UNCOUNTED = (
    "artefacts/test_hostile.py",
    "artefacts/test_inspection.py::test_a_pickle_behind_something_harmless_is_flagged",
    "attacks/test_alarms.py",
    "attacks/test_flips.py",
    "benchmarks",
    "checks/test_classes.py",
    "checks/test_confinement.py",
    "checks/test_engines.py",
    "checks/test_forests.py",
    "checks/test_hostile_answers.py",
    "checks/test_hostile_models.py",
    "checks/test_patterns.py",
    "checks/test_predictability.py",
    "checks/test_survival.py",
    "checks/test_walks.py",
    "cli/test_extracts.py",
    "gui",
    "interop",
    "journeys",
    "promises",
    "record/test_histories.py",
    "record/test_lives.py",
    "reports",
)

# A loaded machine is no reason to fail.
hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("patient")


def close_network(event: str, arguments: tuple[Any, ...]) -> None:
    match event, arguments:
        case (("socket.connect" | "socket.sendto" | "socket.sendmsg"), (_, (str(host), *_))):
            require_loopback(host)
        case (("socket.getaddrinfo" | "socket.gethostbyname"), (str(host) | bytes(host), *_)):
            require_loopback(host if isinstance(host, str) else host.decode())
        case _:
            pass


def require_loopback(host: str) -> None:
    if host in {"", "localhost"}:
        return
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise RuntimeError(f"the network is closed in tests, and {host} is not this machine")


# An audit hook sees every library that goes through Python's sockets; PostgreSQL is reached over a Unix socket.
sys.addaudithook(close_network)


@pytest.fixture(scope="session", autouse=True)
def _stretched_once() -> Iterator[None]:
    """Remember what scrypt gave: the same passphrase and salt again cost nothing.

    All key files of a worker have one salt; they are as real, and opened by real programs. That each has its own, is tested.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secret, "_derived", cache(secret._derived))
        patch.setattr(secret, "_salt", cache(secret._salt))
        yield


@dataclass(frozen=True)
class Demo:
    """The sample bank of seed 7, and what was said while it was made; only read."""

    path: Path
    story: str
    told: dict[str, Any]
    """What the command says with ``--json``."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Demo:
    """Make the sample bank once, whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    folder = base if worker_id == "master" else base.parent
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = folder / "demo.txt"
        if not said.exists():
            told = Terminal.at(folder / "sample").ok(
                "demo", "--seed", "7", "--into", "bank", "--json", GOVERN_PASSPHRASE=""
            )
            (folder / "demo.json").write_text(json.dumps(told.json), encoding="utf-8")
            said.write_text(told.err, encoding="utf-8")
    told = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
    return Demo(folder / "sample" / "bank", said.read_text(encoding="utf-8"), told)


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = ROOT.parent / "shared"
    if not (folder / "vectors").is_dir():
        pytest.skip("needs ../shared/vectors")
    return folder


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Start a PostgreSQL of our own, return the URL of its superuser, and stop it at the end of the session."""
    from tests import server  # psycopg is an extra: only tests that ask for a server need it

    if server.binaries() is None:
        if os.environ.get("CI"):
            pytest.fail(server.MISSING)
        pytest.skip(server.MISSING)
    with server.running() as url:
        yield url


@pytest.fixture
def fresh_postgresql(postgresql_url: str) -> Iterator[str]:
    """Return the URL of a new, empty database that its owner, no superuser, signs in to."""
    from tests import server  # as above

    with server.fresh(postgresql_url) as url:
        yield url


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--floors", action="store_true", help="with --cov: fail when the floors of coverage are not reached"
    )


def pytest_collection_finish() -> None:
    # Half a million objects are there by now and stay. Windows want garbage to be looked for after each test: not in these.
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    counting = item.config.pluginmanager.getplugin("_cov")
    where = item.nodeid.removeprefix("tests/")
    again = "[postgresql" in item.name or any(re.match(f"{re.escape(name)}(?![a-z_.])", where) for name in UNCOUNTED)
    if not again or counting is None or counting.cov_controller is None:
        return (yield)
    counting.cov_controller.pause()
    try:
        return (yield)
    finally:
        counting.cov_controller.resume()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not session.config.getoption("floors") or hasattr(session.config, "workerinput") or session.exitstatus != 0:
        return
    import coverage  # only a run that measures needs it

    measured = coverage.Coverage()
    measured.load()
    for name, (files, floor) in FLOORS.items():
        table = io.StringIO()
        percent = measured.report(include=files, file=table)
        if percent < floor:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
            writer = session.config.get_terminal_writer()
            writer.line(
                f"\n\n{name} is covered to {percent:.2f} %, the floor is {floor} %\n{table.getvalue()}", red=True
            )
