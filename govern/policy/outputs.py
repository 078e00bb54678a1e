"""What was found, in the formats that other programs read: GitHub annotations, SARIF 2.1.0, JUnit and Markdown.

Whatever a policy, a file name or a group is called, it ends no line, tag, property or cell; what is left out is counted.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from govern.ledger.strict import Digest
from govern.policy.notices import Account, Level, Notice, Outcome, legible

MOST_ANNOTATIONS = 9
"""Of one kind; GitHub shows ten in a step, and drops the others without a word. One is kept to say how many those are."""
MOST_RESULTS = 5000
"""Of a SARIF file; GitHub shows no more."""
MOST_ROWS = 500
"""Of a Markdown table: a job summary over one megabyte is not shown at all."""
LONGEST_CELL = 300

_SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_HEADS = ("Verdict", "Rule", "Measured", "Limit", "n", "What was found", "Where")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_MARKED = re.compile(r"[\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w)")
_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def github(account: Account) -> str:
    """Return workflow commands, at most nine of each kind, and a last line that says how it ends."""
    found = account.graver()
    lines, left = [], []
    for level, command in _COMMANDS.items():
        of_level = [one for one in found if one.level is level]
        lines += [_annotation(command, one) for one in of_level[:MOST_ANNOTATIONS]]
        left += of_level[MOST_ANNOTATIONS:]
    if left:
        lines.append(f"::{_COMMANDS[left[0].level]}::+{len(left)} more that are not shown here")
    return "\n".join([*lines, _commanded(_ending(account)), ""])


def sarif(account: Account, version: str) -> str:
    """Return a SARIF log of everything that is not in order; an accepted failure is in it as suppressed."""
    found = account.graver()
    shown, left = found[:MOST_RESULTS], len(found) - MOST_RESULTS
    rules = {one.rule: one.about or one.rule for one in shown}
    places = {rule: index for index, rule in enumerate(rules)}
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Govern", "version": version, "rules": [_rule(*one) for one in rules.items()]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(one, places[one.rule]) for one in shown],
        "properties": {"title": legible(account.title), "decision": account.end.says, "leftOut": max(0, left)},
    }
    if left > 0:
        message = f"{left} more results are left out: a file has at most {MOST_RESULTS}"
        run["invocations"][0]["toolExecutionNotifications"] = [{"level": "warning", "message": _message(message)}]
    log = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def junit(account: Account) -> str:
    """Return a report of tests: a case for each notice, and one for how it ends."""
    cases = [*account.notices, account.end]
    failed, skipped = (sum(one.outcome is kind for one in cases) for kind in (Outcome.FAILED, Outcome.SKIPPED))
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0" skipped="{skipped}"'
    head = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="govern" {counts}>']
    suite = f'  <testsuite name="{_xml(account.title)}" {counts} time="0">'
    return "\n".join([*head, suite, *map(_case, cases), "  </testsuite>", "</testsuites>", ""])


def markdown(account: Account) -> str:
    """Return a table that reads well as the summary of a job, what is grave first, and how it ends."""
    loud = [one for one in account.graver() if one is not account.end]
    rows = [*loud, *(one for one in account.notices if one.level is Level.NONE)]
    left = [f"{len(rows) - MOST_ROWS} more rows are left out, none graver than the last.", ""]
    end = f"**{_cell(account.end.says.replace('_', ' '))}**: {_cell(account.end.message, len(account.end.message))}"
    lines = [
        f"### {_cell(account.title)}",
        "",
        *_table(rows[:MOST_ROWS]),
        *(left if len(rows) > MOST_ROWS else ()),
        end,
    ]
    return "\n".join([*lines, ""])


def _annotation(command: str, one: Notice) -> str:
    place = {"file": one.file, "line": one.line, "col": one.column}
    if one.width:
        place["endColumn"] = one.column + one.width
    said = {**(place if one.line else {}), "title": f"{one.says}: {one.subject}"}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in said.items())
    return f"::{command} {properties}::{_commanded(_sentence(one))}"


def _commanded(text: str) -> str:
    return legible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _commanded(text).replace(":", "%3A").replace(",", "%2C")


def _rule(rule: str, about: str) -> dict[str, Any]:
    return {"id": legible(rule), "shortDescription": _message(about)}


def _result(one: Notice, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": legible(one.rule),
        "ruleIndex": index,
        "level": one.level.value,
        "message": _message(f"{one.says}: {_sentence(one)}"),
        "locations": [_location(one)],
        # The one fingerprint that GitHub compares; of nothing that moves with a line.
        "partialFingerprints": {"primaryLocationLineHash": Digest.of(legible(one.subject).encode()).value.hex()[:32]},
        "properties": {"verdict": one.says, "subject": legible(one.subject)},
    }
    if one.level is Level.NOTE:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": legible(one.message)}]
    return result


def _location(one: Notice) -> dict[str, Any]:
    if not one.line:
        return {"logicalLocations": [{"fullyQualifiedName": one.subject}]}
    region = {"startLine": one.line, "startColumn": one.column}
    if one.width:
        region["endColumn"] = one.column + one.width
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(one.file)}, "region": region}}


def _uri(file: str) -> str:
    path = "".join(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in file.encode(errors="replace"))
    return f"file://{path}" if path.startswith("/") else path


def _message(text: str) -> dict[str, str]:
    """Return a message of SARIF: braces stand for placeholders in it, and brackets before parentheses for links."""
    return {"text": legible(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _case(one: Notice) -> str:
    where = f' file="{_xml(one.file)}" line="{one.line}"' if one.line else ""
    opened = f'    <testcase classname="govern.{_xml(one.rule)}" name="{_xml(one.subject)}"{where} time="0">'
    said = f'message="{_xml(f"{one.says}: {one.message}")}"'
    place = f"{one.file}:{one.line}:{one.column}\n" if one.line else ""
    if one.outcome is Outcome.FAILED:
        opened += f'<failure type="{one.says}" {said}>{_xml(f"{place}{_sentence(one)}")}</failure>'
    elif one.outcome is Outcome.SKIPPED:
        opened += f"<skipped {said}/>"
    return f"{opened}</testcase>"


def _xml(text: str) -> str:
    return "".join(_XML.get(char, char) for char in legible(text))


def _table(found: list[Notice]) -> list[str]:
    """Return the rows, without the columns in which nothing stands, and an empty line."""
    if not found:
        return []
    cells = [_HEADS, *map(_cells, found)]
    kept = [place for place in range(len(_HEADS)) if any(row[place] for row in cells[1:])]
    head, *rows = (_row(row[place] for place in kept) for row in cells)
    return [head, _row("---" for _ in kept), *rows, ""]


def _cells(one: Notice) -> tuple[str, ...]:
    says = one.says.replace("_", " ")
    verdict = says if one.level is Level.NONE else f"**{says}**"
    number = "" if one.n is None else f"{one.n:,}"
    place = f"{one.file}:{one.line}:{one.column}" if one.line else ""
    return (verdict, *map(_cell, (one.subject, one.measured, one.limit, number, _sentence(one), place)))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str, longest: int = LONGEST_CELL) -> str:
    """Return ``text`` on one line, nothing in it markup."""
    line = " ".join(legible(text).split())
    short = line if len(line) <= longest else f"{line[: longest - 3]}..."
    return _MARKED.sub(r"\\\g<0>", short)


def _sentence(one: Notice) -> str:
    return f"{one.message}; {one.help}" if one.help else one.message


def _ending(account: Account) -> str:
    return f"{account.end.says}: {account.end.message}"
