import json
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from govern.policy.diagnostics import Position
from govern.policy.resolve import lint
from govern.policy.source import Source, read
from tests.policy.rules import FAIRNESS, MINIMAL

# Everything that means something in YAML, and to us.
PIECES = st.sampled_from(
    ["- ", ": ", "? ", "\n", "  ", "{", "}", "[", "]", ", ", "&a", "*a", "!t ", "<<", "'", '"', "#", "%Y\n", "---\n", "...\n", "\\u202e", "\t", "\r", "\ufeff", "\u2028", "\x85", "é", "😀", "\x00", "010", "1e9", ".nan", "~", "|\n", ">\n", "true", "schema: govern/policy/v1\n", "checks", "approvals", "id", "metric", "by", "min", "requires: '>=9'\n"]
)  # fmt: skip
JSON = st.recursive(
    st.text(st.characters(min_codepoint=32, max_codepoint=126))
    | st.booleans()
    | st.none()
    | st.integers(-(10**15), 10**15),
    lambda parts: (
        st.lists(parts, max_size=4)
        | st.dictionaries(st.text(st.characters(min_codepoint=97, max_codepoint=122)), parts, max_size=4)
    ),
    max_leaves=15,
)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-12-01", "2026-12-01"),
        ("1.2.3", "1.2.3"),
        ("0b1", "0b1"),
        ("+", "+"),
        (".", "."),
        ("e3", "e3"),
        ("=", "="),
        ("'1'", "1"),
        ('"true"', "true"),
        ('""', ""),
        ("", None),
        ("~", None),
        ("Null", None),
        ("TRUE", True),
        ("false", False),
        ("tRUE", "tRUE"),
        ("0", Decimal(0)),
        ("-0", Decimal(0)),
        ("+5", Decimal(5)),
        (".5", Decimal("0.5")),
        ("5.", Decimal(5)),
        ("1e-3", Decimal("0.001")),
        ("1E+2", Decimal(100)),
        ("0.720", Decimal("0.72")),
        ("0.1000000000000000055511151231257827", Decimal("0.1000000000000000055511151231257827")),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        (">-\n  one\n  line\n", "one line"),
    ],
)
def test_scalars_are_those_of_yaml_1_2_and_numbers_are_kept_as_written(scalar: str, value: Any) -> None:
    source = read(f"a: {scalar}".encode(), "f")

    assert source.mistakes == []
    assert source.value == {"a": value}
    assert type(source.value["a"]) is type(value)


@pytest.mark.parametrize(
    "number",
    ["010", "-010", "+00", "00.5", "07e1", "0o17", "0xFF", "1e41", "1e-41", "1" * 41, "1e99999999999999999999"],
)
def test_numbers_that_readers_disagree_on_are_refused(number: str) -> None:
    source = read(f"a: {number}".encode(), "f")

    assert [one.code for one in source.mistakes] == ["GOV011"]
    assert source.spoiled == {("a",)}


def test_every_key_and_value_has_its_place_in_characters() -> None:
    source = read('"é😀": {b: [x,  "y z"], c:\n  d}\ne:\n- 1\n-   f: g\n'.encode(), "f")

    places = {path: (str(place.key) if place.key else None, str(place.value)) for path, place in source.places.items()}
    assert places == {
        (): (None, "1:1"),
        ("é😀",): ("1:1", "1:7"),
        ("é😀", "b"): ("1:8", "1:11"),
        ("é😀", "b", 0): (None, "1:12"),
        ("é😀", "b", 1): (None, "1:16"),
        ("é😀", "c"): ("1:24", "2:3"),
        ("e",): ("3:1", "4:1"),
        ("e", 0): (None, "4:3"),
        ("e", 1): (None, "5:5"),
        ("e", 1, "f"): ("5:5", "5:8"),
    }
    assert source.place(("e", 1, "missing")).value == Position(5, 5)
    assert Source("f").place(("nowhere",)).value == Position(1, 1)


def test_mistakes_inside_what_is_refused_are_found_too() -> None:
    source = read(b"a: 1\na: {b: .nan}\n? [.inf]\n: 0o7\n<<: &x 010\n&y c: !!str *d\n", "f")

    assert [f"{one.line}:{one.column} {one.code}" for one in source.mistakes[:7]] == [
        "2:1 GOV010",
        "2:8 GOV012",
        "3:3 GOV104",
        "3:4 GOV012",
        "4:3 GOV011",
        "5:1 GOV020",
        "5:5 GOV020",
    ]


@given(st.binary(max_size=200) | st.lists(PIECES, max_size=40).map(lambda parts: "".join(parts).encode()))
def test_no_bytes_crash_the_reader_or_leave_it_silent(content: bytes) -> None:
    found = lint(content, "f.yaml", "0.1.0")

    assert found.is_clean or found.diagnostics
    for one in found.diagnostics:
        assert one.line >= 1
        assert 1 <= one.column <= len(content) + 1
        assert one.rendered(found.texts["f.yaml"]).count("\n") >= 3
        assert "\u202e" not in str(one)


@given(st.sampled_from([MINIMAL, FAIRNESS]), st.data())
def test_a_policy_that_was_mangled_is_refused_or_still_a_policy(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 12))

    found = lint((text[:at] + data.draw(PIECES) + text[at + cut :]).encode(), "f.yaml", "0.1.0")

    assert found.is_clean or found.diagnostics


@given(st.dictionaries(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1), JSON, min_size=1))
def test_json_reads_as_json(value: dict[str, Any]) -> None:
    """Every JSON text is YAML 1.2; another reader agrees on what it says."""
    text = json.dumps(value)

    source = read(text.encode(), "f")

    if not source.mistakes:
        assert source.value == json.loads(text, parse_int=Decimal)
    elif {one.code for one in source.mistakes} == {"GOV001"}:
        with pytest.raises(yaml.YAMLError):
            list(yaml.parse(text, Loader=yaml.SafeLoader))
