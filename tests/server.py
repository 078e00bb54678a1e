"""A PostgreSQL of our own, for as long as it is wanted, and new databases on it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

MISSING = "needs PostgreSQL: initdb is neither on the PATH nor in /usr/lib/postgresql/*/bin"


def binaries() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in installed), key=lambda folder: int(folder.parent.name), default=None)


@contextmanager
def running() -> Iterator[str]:
    """Start a server, give the URL of its superuser, and stop it."""
    where = binaries()
    assert where, MISSING
    # A short path outside pytest's own folders: the socket's name is limited, and the server's user has to get there.
    with tempfile.TemporaryDirectory(prefix="govern-pg-") as folder:
        account = _unprivileged_account()
        if account:
            os.chown(folder, account["user"], account["group"])
        # Not flushed to disk while it is made; the server itself flushes as in production.
        initdb = [str(where / "initdb"), "-D", f"{folder}/data", "-U", "postgres", "--auth=trust", "--no-sync"]
        subprocess.run(
            [*initdb, "--encoding=UTF8", "--no-locale"], check=True, capture_output=True, cwd=folder, **account
        )
        settings = ["-c", f"unix_socket_directories={folder}", "-c", "listen_addresses=", "-c", "max_connections=50"]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(
                [where / "postgres", "-D", f"{folder}/data", *settings], stdout=log, stderr=log, cwd=folder, **account
            )
        try:
            _wait_until_ready(server, folder)
            yield f"postgresql+psycopg://postgres@/postgres?host={quote(folder, safe='')}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)


@contextmanager
def fresh(superuser: str) -> Iterator[str]:
    """Give the URL of a new, empty database that its owner, no superuser, signs in to."""
    name = f"test_{uuid.uuid4().hex}"
    run_sql(superuser, f"create role {name} login nosuperuser", f"create database {name} owner {name}")
    yield superuser.replace("postgres@/postgres", f"{name}@/{name}")
    run_sql(superuser, f"drop database {name} with (force)", f"drop role {name}")


def run_sql(url: str, *statements: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _unprivileged_account() -> dict[str, Any]:
    """Return, as arguments of `subprocess`, whom the server runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return {}
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _wait_until_ready(server: subprocess.Popen[bytes], folder: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(host=folder, user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                log = (Path(folder) / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL does not start: {log}") from None
            time.sleep(0.05)
        else:
            return
