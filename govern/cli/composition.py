"""What a version is made of, in the words of a report: what its manifest names besides its files."""

from collections.abc import Collection, Iterator

from govern.desk import Desk
from govern.ledger.strict import Digest
from govern.record.manifest import DataSet, Manifest


def parts(desk: Desk, made: Manifest) -> Iterator[tuple[str, str]]:
    """Yield everything that a manifest names besides its files, and last what it names nothing of."""
    parent = desk.registry.inventory.versions.get(str(made.parent))
    parts = [
        *((f"Data, {one.role}", _data(one)) for one in made.data),
        *(
            (name, ", ".join(f"{key}={text}" for key, text in (of or {}).items()))
            for name, of in (
                ("Parameters", made.parameters),
                ("Metrics", made.metrics),
                ("Coefficients", made.coefficients),
                ("Transformations", made.transformations),
            )
        ),
        ("Rules", "; ".join(made.rules or ())),
        ("Approved is", f"{made.approve}, of the class {made.score_of}" if made.score_of else made.approve or ""),
        ("Dictionary of reasons", str(made.reasons or "")),
        ("Code", made.code or ""),
        ("Environment", str(made.environment or "")),
        ("Parent", parent.name if parent else ""),
        ("Change", made.change or ""),
    ]
    yield from ((name, text) for name, text in parts if text)
    nothing = [name.lower() for name, text in parts if not text] + ([] if made.data else ["data"])
    if nothing:
        yield "Nothing stated of", ", ".join(nothing)


def _data(one: DataSet) -> str:
    said = [one.name, f"{one.rows:,} rows" if one.rows is not None else "", days(one) if one.first or one.last else ""]
    return ", ".join(part for part in (*said, f"licence {one.licence}" if one.licence else "", str(one.digest)) if part)


def data_period(manifest: Manifest, measured: Collection[Digest]) -> str:
    """Return the days that a version's data is from, as its makers registered them, and which of it was measured."""
    known = {one.digest for one in manifest.data}
    said = [f"{one.role} {days(one)}{', measured' if one.digest in measured else ''}" for one in manifest.data]
    # Evidence names what it measured by digest alone; only where that was registered too are its days on record.
    if set(measured) - known:
        said.append(f"{'other ' if said else ''}measured data not stated")
    return "; ".join(said) or "not stated: no data is on record"


def days(one: DataSet) -> str:
    match one.first, one.last:
        case None, None:
            return "not stated"
        case first, None:
            return f"from {first}"
        case None, last:
            return f"until {last}"
        case first, last:
            return f"{first} to {last}"
