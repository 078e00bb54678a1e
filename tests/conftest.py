"""What every test stands on: a closed network, a real PostgreSQL, the folder beside the repository, floors of coverage."""

import io
import ipaddress
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]

# Percent of lines and branches; the core is whole, the rest only ever rises.
FLOORS = {
    "the core": (["govern/errors.py", "govern/ledger/*", "govern/policy/*", "govern/record/*"], 100),
    "all of govern": (["govern/*"], 85),
}

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


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = ROOT.parent / "shared"
    if not (folder / "vectors").is_dir():
        pytest.skip("needs ../shared/vectors")
    return folder


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Start a PostgreSQL of our own, return the URL of its superuser, and stop it at the end of the session."""
    binaries = postgresql_binaries()
    if binaries is None:
        reason = "needs PostgreSQL: initdb is neither on the PATH nor in /usr/lib/postgresql/*/bin"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # A short path outside pytest's own folders: the socket's name is limited, and the server's user has to get there.
    with tempfile.TemporaryDirectory(prefix="govern-pg-") as folder:
        account = unprivileged_account()
        if account:
            os.chown(folder, account["user"], account["group"])
        # Not flushed to disk while it is made; the server itself flushes as in production.
        initdb = [str(binaries / "initdb"), "-D", f"{folder}/data", "-U", "postgres", "--auth=trust", "--no-sync"]
        subprocess.run(
            [*initdb, "--encoding=UTF8", "--no-locale"], check=True, capture_output=True, cwd=folder, **account
        )
        settings = ["-c", f"unix_socket_directories={folder}", "-c", "listen_addresses=", "-c", "max_connections=50"]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", f"{folder}/data", *settings],
                stdout=log,
                stderr=log,
                cwd=folder,
                **account,
            )
        try:
            wait_until_ready(server, folder)
            yield f"postgresql+psycopg://postgres@/postgres?host={quote(folder, safe='')}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)


@pytest.fixture
def fresh_postgresql(postgresql_url: str) -> Iterator[str]:
    """Return the URL of a new, empty database that its owner, no superuser, signs in to."""
    name = f"test_{uuid.uuid4().hex}"
    run_sql(postgresql_url, f"create role {name} login nosuperuser", f"create database {name} owner {name}")
    yield postgresql_url.replace("postgres@/postgres", f"{name}@/{name}")
    run_sql(postgresql_url, f"drop database {name} with (force)", f"drop role {name}")


def run_sql(url: str, *statements: str) -> None:
    import psycopg  # an extra: only tests that ask for a server need it

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def postgresql_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in installed), key=lambda folder: int(folder.parent.name), default=None)


def unprivileged_account() -> dict[str, Any]:
    """Return, as arguments of `subprocess`, whom the server runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return {}
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def wait_until_ready(server: subprocess.Popen[bytes], folder: str) -> None:
    import psycopg  # as above

    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host=folder, user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL does not start: {(Path(folder) / 'log').read_text(errors='replace')}")
            time.sleep(0.05)
        else:
            return


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--floors", action="store_true", help="with --cov: fail when the floors of coverage are not reached"
    )


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
