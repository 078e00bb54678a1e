"""The packs and citations that policies build on: those that are shipped, and a company's own beside them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from govern.policy.assembly import Library, Release
from govern.policy.citations import Citation, read_citations
from govern.policy.document import Policy
from govern.policy.resolve import resolve

_FILE = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})\.yaml")
CITATIONS = "citations.yaml"
STARTER = "start/minimal"


def library(folders: Sequence[Path] = ()) -> Library:
    """Return what policies can build on; what a company has under a name comes before what is shipped under it."""
    return Library(
        lambda: {**_packs(_shipped()), **{name: of for one in folders for name, of in _packs(one).items()}}, citations()
    )


def beside(found: Library, policy: Path) -> Library:
    """Return a library that has the files beside a policy too."""
    root = policy.resolve().parent

    def read(name: str) -> bytes | None:
        path = (root / name).resolve()
        return path.read_bytes() if path.is_relative_to(root) and path.is_file() else None

    return replace(found, beside=read)


def listed(found: Library, version: str) -> list[tuple[str, Policy]]:
    """Return every release of every pack, with its name; raise `InvalidInput` for one that is none."""
    return [
        (name, resolve(one.content, one.file, version, found).policy)
        for name, releases in sorted(found.packs().items())
        for one in sorted(releases, key=lambda one: one.version)
    ]


def starter() -> tuple[str, str]:
    """Return the newest release of the pack to start from, and its tests."""
    newest = max(_packs(_shipped())[STARTER], key=lambda one: one.version)
    tests = _shipped() / newest.file.replace(".yaml", ".test.yaml")
    return newest.content.decode(), tests.read_text(encoding="utf-8")


@cache
def citations() -> dict[str, Citation]:
    return read_citations((_shipped() / CITATIONS).read_bytes(), f"policies/{CITATIONS}")


def _shipped() -> Traversable:
    return resources.files("policies")


def _packs(root: Traversable) -> dict[str, tuple[Release, ...]]:
    """Return every pack under a folder, ``FAMILY/NAME/1.0.0.yaml``."""
    return {
        f"{family.name}/{pack.name}": releases
        for family in _folders(root)
        for pack in _folders(family)
        if (releases := tuple(_releases(family, pack)))
    }


def _folders(root: Traversable) -> Iterator[Traversable]:
    return (
        (one for one in sorted(root.iterdir(), key=lambda one: one.name) if one.is_dir()) if root.is_dir() else iter(())
    )


def _releases(family: Traversable, pack: Traversable) -> Iterator[Release]:
    for one in sorted(pack.iterdir(), key=lambda one: one.name):
        found = _FILE.fullmatch(one.name)
        if found:
            name = f"{family.name}/{pack.name}/{one.name}"
            yield Release((int(found[1]), int(found[2]), int(found[3])), name, one.read_bytes())
