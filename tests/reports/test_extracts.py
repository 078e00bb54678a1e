"""Papers that are not about one version: sealed like a report, the same bytes twice, everything printed attached."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pikepdf import Pdf

from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from reports.extracts import Extract, Item, Line
from reports.pdfa import archive
from reports.render import render
from tests.reports.paper import AT, LOG

LINES = tuple(
    Line(
        index, AT + timedelta(minutes=index), f"Ana Prado {index}, developer", "comment", f"credit-risk@{index}", "why"
    )
    for index in range(300)
)
ITEMS = (
    Item(
        "credit-risk",
        "Default of applicants",
        "ana",
        "high",
        "production",
        "credit-risk@2",
        "allow",
        "Rae, 2026-11-02, valid",
        "",
    ),
    Item("车贷", "Default of car loans", "vic", "medium", "no version", "", "nothing to judge", "", "2 findings"),
)
TRAIL = Extract(
    "trail-300", False, "Govern 0.1.0", AT, "Audit-trail extract", "credit-risk", "All entries", LOG, LINES, (), 900
)
STOCK = Extract(
    "inventory-9", True, "Govern 0.1.0", AT, "Model inventory", "bank", "Every model", LOG, (), ITEMS[:1], 1
)


def attached(pdf: bytes, name: str) -> bytes:
    with Pdf.open(BytesIO(pdf)) as file:
        return bytes(file.attachments[name].get_file().read_bytes())


@pytest.mark.parametrize("paper", [pytest.param(TRAIL, id="audit trail"), pytest.param(STOCK, id="inventory")])
def test_the_same_record_gives_the_same_bytes_and_carries_what_it_prints(paper: Extract) -> None:
    first, again = archive(paper, render(paper)), archive(paper, render(paper))

    said = json.loads(attached(first, "report.json"))
    assert first == again
    assert said["dossier"] == str(Digest.of(attached(first, "dossier.json")))
    assert json.loads(attached(first, "dossier.json"))["asked"] == paper.asked
    assert json.loads(attached(first, "dossier.json"))["lines"] == [
        {"index": one.index, "at": one.at.isoformat(timespec="milliseconds"), "who": one.who}
        | {"kind": one.kind, "what": one.what, "reason": one.reason}
        for one in paper.lines
    ]


def test_every_line_of_a_long_trail_is_on_paper() -> None:
    with Pdf.open(BytesIO(render(TRAIL))) as file:
        assert len(file.pages) > 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"report_id": "../x"}, "is not a report id", id="an id that leaves its folder"),
        pytest.param({"as_of": AT.replace(tzinfo=None)}, "has no offset", id="a time without offset"),
    ],
)
def test_what_cannot_be_printed_is_no_extract(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        replace(TRAIL, **changes)


def test_a_name_that_the_typefaces_cannot_write_is_named() -> None:
    with pytest.raises(InvalidInput, match="items"):
        render(replace(STOCK, items=ITEMS))
