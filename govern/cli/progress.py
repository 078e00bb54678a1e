"""How far a long work is, for whoever waits for it."""

import sys
import time
from dataclasses import dataclass, field

import click

_PATIENCE = 10.0


@dataclass
class Progress:
    """Says how far a long work is: in place on a terminal, a line every ten seconds elsewhere."""

    what: str
    total: int
    _last: float = field(default_factory=time.monotonic)
    _shown: bool = False

    def step(self, index: int) -> None:
        if index % 256 == 0:
            self._show(index, 1 if sys.stderr.isatty() else _PATIENCE)

    def finish(self) -> None:
        if self._shown and sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)

    def _show(self, done: int, every: float) -> None:
        if time.monotonic() - self._last < every:
            return
        self._last, self._shown = time.monotonic(), True
        text = f"{self.what}: {done:,} of {self.total:,}"
        click.echo(f"\r{text}", nl=False, err=True) if sys.stderr.isatty() else click.echo(text, err=True)


@dataclass
class Steps:
    """Says the steps of a long work as they are done: each on a terminal, one in ten seconds elsewhere."""

    _last: float = field(default_factory=time.monotonic)

    def say(self, step: str) -> None:
        if not sys.stderr.isatty() and time.monotonic() - self._last < _PATIENCE:
            return
        self._last = time.monotonic()
        click.echo(f"  {step}", err=True)
