"""Whatever bytes are linted: diagnostics and nothing else, in bounded time and memory."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govern.policy.resolve import lint
from govern.policy.source import LARGEST, MOST_MISTAKES
from tests.policy.rules import FAIRNESS, MINIMAL

LONGEST = 10.0
"""Seconds that any of these may take on a busy machine; alone, none takes one."""
MOST_MEMORY = 200 * 2**20
WORDS = st.sampled_from(
    [
        *MINIMAL.split(), *FAIRNESS.split(), "\n", "\n  ", "  - ", ": ", "{", "}", "[", "]", ",", "&a ", "*a", "<<: ", "!!python/object ",
        "? ", "| \n", "> \n", "'", '"', "#", "%YAML 1.1\n", "---\n", "...\n", "\t", "\x00", "\u202e", "\ufeff", "$floor", ".nan", "0o7", "1e999999",
    ]
)  # fmt: skip
BOUNDED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def linted(content: bytes) -> None:
    """Lint in bounded time, and hold every diagnostic to a place that is there."""
    began = time.monotonic()

    found = lint(content, "p.yaml", "0.1.0", untested="p.test.yaml")

    assert time.monotonic() - began < LONGEST
    assert found.is_clean or found.diagnostics
    assert len(found.diagnostics) <= MOST_MISTAKES + 1
    assert len(found.rendered()) < 1_000_000
    lines = found.texts["p.yaml"].count("\n") + 1
    assert all(1 <= one.line <= lines + 1 and one.column >= 1 for one in found.diagnostics)


@BOUNDED
@given(st.text(max_size=400))
def test_any_text_is_told_what_is_wrong_with_it(text: str) -> None:
    linted(text.encode(errors="surrogatepass"))


@BOUNDED
@given(st.binary(max_size=400))
def test_any_bytes_are_told_what_is_wrong_with_them(content: bytes) -> None:
    linted(content)


@BOUNDED
@given(st.lists(WORDS, max_size=60).map("".join))
def test_any_words_of_policies_are_told_what_is_wrong_with_them(text: str) -> None:
    linted(text.encode())


@BOUNDED
@given(st.sampled_from([MINIMAL, FAIRNESS]), st.integers(0, 2000), st.integers(0, 60), WORDS | st.text(max_size=5))
def test_any_damage_to_a_policy_is_told(text: str, start: int, length: int, instead: str) -> None:
    start %= len(text)
    linted((text[:start] + instead + text[start + length :]).encode(errors="surrogatepass"))


def level(depth: int) -> str:
    return f"&a{depth} [{', '.join([f'*a{depth - 1}'] * 9 if depth else ['lol'] * 9)}]"


TRAPS = "no: yes\nnorway: NO\non: off\noct: 0777\noct2: 0o17\nhex: 0xFF\nsexagesimal: 12:30:45\ndate: 2026-12-01\nunder: 1_000\nnull: ~\n"
HEAVY = {
    "an anchor bomb": "\n".join(f"a{depth}: {level(depth)}" for depth in range(30)),
    "a merge bomb": "\n".join(f"a{n}: &a{n} {{<<: [{', '.join(f'*a{m}' for m in range(n))}], k: 1}}" for n in range(300)),
    "brackets in brackets": "a: " + "[" * 100_000,
    "braces in braces": "a: " + "{b: " * 60_000,
    "dashes in dashes": "- " * 100_000,
    "lines in lines": "\n".join(f"{' ' * depth}a:" for depth in range(700)),
    "questions in questions": "? " * 100_000,
    "a long line": f"{MINIMAL}title: {'x' * (LARGEST - len(MINIMAL) - 8)}\n",
    "a long quoted line": f'{MINIMAL}title: "{"x" * (LARGEST - len(MINIMAL) - 10)}"\n',
    "a long key": f"{MINIMAL}{'x' * (LARGEST - len(MINIMAL) - 5)}: 1\n",
    "a long number": f"{MINIMAL}title: {'9' * (LARGEST - len(MINIMAL) - 8)}\n",
    "a long line that is too long": "x" * (LARGEST + 1),
    "a long list": f"{MINIMAL}title: [{'a, ' * 80_000}]\n",
    "as many keys": MINIMAL + "".join(f"k{n}: 1\n" for n in range(20_000)),
    "the same key": MINIMAL + "owner: x\n" * 25_000,
    "as many checks": MINIMAL.replace("approvals:", "  - {id: a, metric: x, min: 1}\n" * 6_000 + "approvals:", 1),
    "as many gates": MINIMAL + "".join(f"  g{n}: {{checks: [x{n}], approvals: [y]}}\n" for n in range(5_000)),
    "a chain of approvals": MINIMAL.replace(
        "gates:", "".join(f"  a{n}: {{role: xx, after: [a{n + 1}]}}\n" for n in range(5_000)) + "gates:"
    ),
    "control characters": "".join(map(chr, range(32))) * 8_000,
    "hidden characters": f"{MINIMAL}title: {chr(0x202E) * 80_000}\n",
    "half a character": "\xc3" * 10,
    "tabs": "\t" * LARGEST,
    "commas": "[" + "," * 200_000,
    "empty lines": "\n" * LARGEST,
    "traps of YAML 1.1": TRAPS * 500,
    "traps in a policy": f"{MINIMAL}data: {{sensitive: {{no: {{column: on, groups: [NO, yes, 010, 0x1F, 1_000, 12:30:45, ~]}}}}}}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_is_told_in_bounded_time(name: str) -> None:
    linted(HEAVY[name].encode())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system does not say how much a process took")
@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_takes_bounded_memory(name: str) -> None:
    # Not what the system says of the process: that remembers the test that started it.
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from govern.policy.resolve import lint\n"
        "found = lint(sys.stdin.buffer.read(), 'p.yaml', '0.1.0')\n"
        "said = dict(line.split(':', 1) for line in Path('/proc/self/status').read_text().splitlines())\n"
        "print(len(found.diagnostics), said['VmHWM'].split()[0])\n"
    )

    done = subprocess.run(
        [sys.executable, "-P", "-c", script], input=HEAVY[name].encode(), capture_output=True, check=True, timeout=60
    )

    _, peak = (int(word) for word in done.stdout.split())
    assert peak * 1024 < MOST_MEMORY
