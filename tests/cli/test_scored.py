"""The page of a measured file: whole, by itself, and safe with whatever names stand in the data."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal

VOID = {"meta", "circle", "line", "path", "polyline"}


class Read(HTMLParser):
    """What a page says, and what it would fetch; fails where tags do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.fetched: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.fetched += [one for one in attributes if one[0] in {"src", "href", "srcset", "data"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        assert attributes

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def measured(nowhere: Terminal, text: str, *more: str) -> tuple[Read, dict[str, Any], str]:
    (nowhere.folder / "scored.csv").write_text(text)
    value = nowhere.ok("evaluate", "--predictions", "scored.csv", *more, "--page", "page.html", "--json").json
    page = (nowhere.folder / "page.html").read_text(encoding="utf-8")
    return Read(page), value, page


def rows(group: str = "a") -> str:
    lines = [f"{'x' if n % 3 else group},{n % 2},{(n * 7 % 50) / 50}" for n in range(90)]
    return "\n".join(["g,y,s", *lines, ",1,0.5", ""])


def test_the_page_says_every_number_and_fetches_nothing(nowhere: Terminal) -> None:
    read, value, page = measured(
        nowhere,
        rows(),
        "--label",
        "y",
        "--prediction",
        "s >= 0.5",
        "--score",
        "s",
        "--by",
        "g",
        "--baseline",
        "scored.csv",
    )

    assert not read.open
    assert read.fetched == []
    assert not re.search(r"url\(|@import|<script", page)
    for one in value["overall"].values():
        assert f"{float(one['value']):.4f}" in read.words
    for line in value["disparities"]:
        assert f"{line['from']} against {line['to']}" in read.words
    assert "attribute missing" in read.words
    assert any(word.startswith("fairlearn") for word in read.words)
    assert "govern evaluate --predictions scored.csv --label y --prediction 's >= 0.5'" in " ".join(read.words)
    assert "PSI" in read.words


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a & b", "\"'></td>"])
def test_names_in_the_data_stay_text(nowhere: Terminal, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'

    read, _, page = measured(nowhere, rows(quoted), "--label", "y", "--prediction", "s >= 0.5", "--by", "g")

    assert not read.open
    assert "<script>" not in page
    assert any(name in word for word in read.words)


def test_undefined_is_said_and_not_drawn(nowhere: Terminal) -> None:
    read, value, _ = measured(nowhere, "g,p\na,0\nb,0\nb,0\n", "--prediction", "p", "--by", "g")

    assert value["disparities"][0]["why"] == "nobody_selected"
    assert "undefined: nobody selected" in read.words


def test_a_page_is_of_a_file_alone(nowhere: Terminal, tmp_path: Path) -> None:
    refused = nowhere.run("evaluate", "credit-risk@1", "--data", "x.csv", "--page", "p.html", "--json")

    assert refused.code == 2
    assert "--page is for a file alone" in json.loads(refused.out)["error"]["message"]
    assert not (tmp_path / "p.html").exists()
