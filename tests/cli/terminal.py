"""The command line as a user meets it: words in, exit code, stdout and stderr out."""

import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from govern.cli import main

PASSPHRASE = "correct horse"


@dataclass(frozen=True)
class Said:
    """What came of a command."""

    code: int
    raw: bytes
    err: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> Any:
        value = self.json
        assert set(value) == {"schema", "ok", "error"}
        assert set(value["error"]) == {"code", "message", "hint"}
        assert value["ok"] is False
        return value["error"]


@dataclass
class Terminal:
    """A user at a folder: no terminal to be asked at, a home of their own, one passphrase for everything."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path) -> "Terminal":
        folder.mkdir(parents=True, exist_ok=True)
        home = {"HOME": str(folder / "home"), "XDG_STATE_HOME": str(folder / "state"), "PATH": os.environ["PATH"]}
        return cls(folder, {**home, "GOVERN_PASSPHRASE": PASSPHRASE})

    def run(self, *words: object, **environment: str) -> Said:
        """Run the program in this process; what it is told and what it says are its own."""
        out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        streams = patch.multiple(sys, argv=["govern", *map(str, words)], stdin=io.StringIO(), stdout=out, stderr=err)
        code: object = None
        with inside(self.folder), patch.dict(os.environ, self.environment | environment, clear=True), streams:
            try:
                main()
            except SystemExit as left:
                code = left.code
        assert isinstance(code, int)
        out.flush()
        err.flush()
        return Said(code, out.buffer.getvalue(), err.buffer.getvalue().decode())

    def ok(self, *words: object, **environment: str) -> Said:
        said = self.run(*words, **environment)
        assert said.code == 0, (words, said.err)
        return said

    def fails(self, code: int, *words: object, **environment: str) -> Said:
        """Run what has to fail with ``code``: one sentence, no traceback, nothing on stdout but an error as JSON."""
        said = self.run(*words, **environment)
        assert said.code == code, (words, said.code, said.out, said.err)
        assert "Traceback" not in said.err
        if "--json" in words:
            message = said.error["message"]
        else:
            line = next(line for line in said.err.splitlines() if line.startswith("error:"))
            message = line.removeprefix("error: ")
        assert message
        assert not message.endswith(".")
        assert not message[0].isupper()
        return said

    @property
    def ledger(self) -> Path:
        return self.folder / "models"

    @property
    def keys(self) -> Path:
        return self.ledger / "keys"

    @property
    def size(self) -> int:
        size = self.ok("log", "checkpoint", "--json").json["size"]
        assert isinstance(size, int)
        return size

    def key(self, name: str, *more: object) -> Path:
        self.ok("key", "new", name, *more)
        return self.folder / f"{name}.request.json"

    def enrol(self, name: str, role: str, *by: str) -> Path:
        request = self.key(name)
        self.ok("person", "add", request, "--role", role, "--reason", "badge seen", *signed(*by or ("ada",)))
        return request

    def copied(self, folder: Path) -> "Terminal":
        """Return somebody with a copy of everything here."""
        shutil.copytree(self.folder, folder)
        return Terminal.at(folder).told(
            **{name: text for name, text in self.environment.items() if name.startswith("GOVERN")}
        )

    def told(self, **environment: str) -> "Terminal":
        return Terminal(self.folder, self.environment | environment)


def signed(*people: str) -> list[str]:
    return [word for one in people for word in ("--as", one)]


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
