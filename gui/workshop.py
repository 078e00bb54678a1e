"""What is made by programs of their own: audits, reports, bundles and what a stranger would say of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from govern.errors import GovernError
from gui.cases import Answer, Case, Explained, Reason, Recorded
from gui.children import Children, Errand
from gui.sights import Audit, Checked, Preview
from gui.words import sentence

ROOT = Path("out") / "reports-root.der"
"""Where a ledger leaves the certificate that its reports lead to."""


class Workshop:
    """Asks programs for one ledger folder; what they leave on the way lies in folders that only this user can read."""

    def __init__(self, children: Children, place: Callable[[], str]) -> None:
        self._children = children
        self._place = place
        self._table: TemporaryDirectory[str] | None = None
        """Where copies of documents lie to be looked at."""

    def audit(self, errand: Errand) -> Audit:
        return audit_of(self._children.ask("audit", "--ledger", self._place(), errand=errand), datetime.now(UTC))

    def preview(self, version: str, errand: Errand) -> Preview:
        """Return the report of a version; the ledger hears nothing of it."""
        with TemporaryDirectory(prefix="govern-") as folder:
            file = Path(folder) / "draft.pdf"
            said = self._children.ask(
                "report", version, "--draft", "-o", str(file), "--ledger", self._place(), errand=errand
            )
            content = file.read_bytes()
        digest = f"sha256:{sha256(content).hexdigest()}"
        return Preview(
            version, content, digest, said["certificate"], said["template"], said["dossier"], int(said["size"])
        )

    def explain(self, version: str, case: Case, errand: Errand) -> Answer:
        """Ask why a version decides a case as it does, and whether it did so before; nothing is filed or kept."""
        words = [f"--case={case.id}", f"--data={case.file}"]
        words += [f"--{name}={value}" for name, value in (("column", case.column), ("batch", case.batch)) if value]
        return answer_of(self._children.ask("reasons", version, *words, "--ledger", self._place(), errand=errand))

    def save(self, file: Path, content: bytes) -> Path:
        from govern import connection  # noqa: PLC0415  the window is on screen before the record is read

        connection.save(file, content)
        return file

    def lay(self, name: str, content: bytes) -> Path:
        """Return a copy to look at, in a folder that only this user can read; it goes when the program ends."""
        from govern import connection  # noqa: PLC0415  the window is on screen before the record is read

        if self._table is None:
            self._table = TemporaryDirectory(prefix="govern-")
        path = free(Path(self._table.name) / Path(name).name)
        connection.save(path, content, 0o400)
        return path

    def close(self) -> None:
        if self._table:
            self._table.cleanup()
            self._table = None

    def bundle(self, version: str, report: Path) -> Path:
        """Write the evidence bundle beside the report, under a name that is free."""
        file = free(report.with_suffix(".zip"))
        self._children.ask("bundle", version, "--report", str(report), "-o", str(file), "--ledger", self._place())
        return file

    def verify(self, file: Path, anchor: str) -> Checked:
        """Ask what a stranger would who was told the anchor and the root by another way."""
        root = Path(self._place()) / ROOT
        try:
            said = self._children.ask("verify", str(file.absolute()), "--anchor", anchor, "--root", str(root))
        except GovernError as error:
            return Checked(str(file), (), (), sentence(error.message))
        return checked_of(file, said)


def audit_of(said: dict[str, Any], at: datetime) -> Audit:
    """Return what ``govern audit --json`` said."""
    counts = tuple((count, name) for name, count in said["checked"].items())
    problems = said["problems"]
    if not problems:
        return Audit(said["size"], at, counts=counts)
    first = problems[0]
    return Audit(said["size"], at, sentence(first["message"]), first["entry"], sentence(first["next"]), counts)


def answer_of(said: dict[str, Any]) -> Answer:
    """Return what ``govern reasons --json`` said, also where only a record is left."""
    erased, recorded = said["erased"] or "", said["recorded"]
    return Answer(None if erased else explained_of(said), sentence(erased), recorded_of(recorded) if recorded else None)


def recorded_of(said: dict[str, Any]) -> Recorded:
    """Return what it said of a decision on record."""
    differs = tuple((one["what"], one["then"], one["now"]) for one in said["differs"])
    return Recorded(
        entry=said["entry"],
        who=said["person"],
        at=datetime.fromisoformat(said["at"]),
        approved=said["decision"] == "approved",
        score=said["score"],
        codes=tuple(said["codes"]),
        blocking=said["blocking"] or "",
        place=said["index"],
        size=said["size"],
        batch=said["batch"],
        differs=None if said["identical"] is None else differs,
    )


def explained_of(said: dict[str, Any]) -> Explained:
    """Return what ``govern reasons --json`` said."""
    method, reference = said["method"], said["reference"]
    sampled = method["sampled"] or {"errors": {}, "walks": 0, "certain": True}
    parts = [(group, Decimal(value)) for group, value in said["contributions"].items()]
    return Explained(
        version=said["version"],
        case=said["case"],
        approved=said["decision"] == "approved",
        score=Decimal(said["score"]),
        approve=said["approve"],
        reasons=tuple(
            Reason(one["rank"], one["code"], one["text"], one["group"], Decimal(one["contribution"]))
            for one in said["reasons"]
        ),
        blocking=tuple(said["blocking"]),
        contributions=tuple(sorted(parts, key=lambda part: -abs(part[1]))),
        start=Decimal(method["reference_mean"]),
        end=Decimal(method["margin"]),
        space=method["space"].replace("_", " "),
        kind=method["kind"],
        library=method["library"],
        residual=Decimal(method["residual"]),
        reference_kind=reference["kind"],
        reference_rows=reference["rows"],
        reference=f"sha256:{reference['sha256']}",
        illustration=said["illustration"]["text"] if said["illustration"] else "",
        errors=tuple((group, Decimal(error)) for group, error in sampled["errors"].items()),
        walks=sampled["walks"],
        is_certain=sampled["certain"],
    )


def checked_of(file: Path, said: dict[str, Any]) -> Checked:
    """Return what ``govern verify --json`` said."""
    good = tuple((one["what"], one["by_whose_word"]) for one in said["checked"])
    left = tuple((one["what"], one["why"]) for one in said["not_checked"])
    problem = next((f"{sentence(one['message'])} {sentence(one['next'])}".strip() for one in said["problems"]), "")
    return Checked(str(file), good, left, problem)


def free(file: Path) -> Path:
    """Return a name like this one that nothing has yet."""
    number = 2
    found = file
    while found.exists():
        found = file.with_stem(f"{file.stem}-{number}")
        number += 1
    return found
