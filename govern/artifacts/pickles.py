"""Pickles, read instruction by instruction and never executed: what they name is what they may run.

The machine is followed far enough to know every name that is looked up, and, in files of joblib, where the arrays lie
that stand between the instructions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any

from govern.artifacts.source import Cursor, Inspection, Malformed, Source, TooMuch, inspection, seen

RUNS = "a pickle runs what is in it when it is read"
MOST_INSTRUCTIONS = 400_000
_SHOWN = 12
_MOST_NAMES = 10_000
_LONGEST_NAME = 200
_DEEPEST = 8

# How many bytes an instruction's argument has; negative: how many bytes say how long it is. Lines are told apart below.
_FIXED = {
    **dict.fromkeys(b"(.012NRQabdelostu)]}", 0),
    **dict.fromkeys(range(0x81, 0x82), 0),
    **dict.fromkeys(range(0x85, 0x8A), 0),
    **dict.fromkeys(range(0x8F, 0x95), 0),
    **dict.fromkeys((0x97, 0x98), 0),
    **dict.fromkeys(b"Khq\x80\x82", 1),
    **dict.fromkeys(b"M\x83", 2),
    **dict.fromkeys(b"Jjr\x84", 4),
    **dict.fromkeys(b"G\x95", 8),
}
_COUNTED = {
    **dict.fromkeys(b"UC\x8a\x8c", 1),
    **dict.fromkeys(b"TXB\x8b", 4),
    **dict.fromkeys((0x8D, 0x8E, 0x96), 8),
}
_LINES = {**dict.fromkeys(b"FILSVPgp", 1), **dict.fromkeys(b"ci", 2)}
HEADLESS = frozenset({*_FIXED, *_COUNTED, *_LINES}) - {0x80}
"""How a pickle begins that does not say which protocol it is of."""
_SPELLED = {
    **dict.fromkeys(b"IL", re.compile(rb"\s*[+-]?[0-9]")),
    ord("F"): re.compile(rb"\s*[+-]?([0-9]|\.[0-9]|inf|nan)", re.IGNORECASE),
    ord("S"): re.compile(rb"['\"]"),
    **dict.fromkeys(b"ci", re.compile(rb"[\w.<>\x80-\xff-]+\Z")),
}
"""How a line has to begin for any reader to take it; a name is one word."""
_WRAPPER = "joblib.numpy_pickle.NumpyArrayWrapper"
_KEPT_KEYS = frozenset({"shape", "dtype", "numpy_array_alignment_bytes"})
_REACHES = re.compile(
    r"(asyncio|builtins|cloudpickle|code|codecs|commands|ctypes|dill|ftplib|http|importlib|io|marshal|multiprocessing|nt|"
    r"operator|os|pathlib|pdb|pickle|pip|platform|posix|pty|requests|runpy|shutil|signal|smtplib|socket|ssl|subprocess|sys|"
    r"tempfile|threading|timeit|types|urllib|webbrowser|_io|_pickle|_posixsubprocess|_socket|\(computed\)|copyreg extension)\."
)
_HARMLESS = re.compile(
    r"builtins\.(bool|bytearray|bytes|complex|dict|float|frozenset|int|list|object|range|set|slice|str|tuple|type)|"
    r"codecs\.encode|operator\.itemgetter|types\.SimpleNamespace"
)
"""Of those modules, what pickles of plain values name."""

_MARK = object()
_OTHER = None


@dataclass(frozen=True, slots=True)
class _Name:
    """Something that the pickle looks up."""

    text: str


@dataclass(frozen=True, slots=True)
class _Made:
    """What comes of calling something that was looked up."""

    name: str
    arguments: Any
    state: dict[str, Any]


@dataclass(slots=True)
class _Machine:
    stack: list[Any] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    memorised: int = 0


@dataclass(slots=True)
class Pickle:
    """What was seen of a pickle."""

    names: dict[str, None] = field(default_factory=dict)
    protocol: int = 0
    arrays: int = 0
    end: int = 0
    is_whole: bool = True
    calls: bool = False
    """Whether something that was looked up is called: what runs has run, however the file goes on."""

    @property
    def flags(self) -> tuple[str, ...]:
        names = [name for name in self.names if name != _WRAPPER]
        reaching = [one for one in names if _REACHES.match(one) and not _HARMLESS.fullmatch(one)]
        flags = [RUNS]
        if reaching:
            flags.append(f"it names {_listed(reaching)}, which reaches beyond a model")
        if names:
            flags.append(f"what it runs is among {_listed(names)}")
        if not self.is_whole:
            flags.append(f"only its first {MOST_INSTRUCTIONS:,} instructions were looked at")
        return tuple(flags)


def read(source: Source, format_: str = "pickle") -> Inspection:
    return _told(scan(source), format_)


def _told(found: Pickle, format_: str) -> Inspection:
    if found.arrays or _WRAPPER in found.names:
        format_ = "joblib"
    facts: dict[str, object] = {"protocol": found.protocol, "names": len(found.names), "arrays": found.arrays}
    return inspection(format_, facts=facts, flags=found.flags)


def hidden(source: Source) -> Inspection | None:
    """Return what a file is that is a pickle without a header, whatever else it may be taken for; None if it is none.

    It is one once it calls something that it looked up, or runs to its last byte, or goes on for as long as anybody looks.
    Text does none of these: sooner or later it says what is no instruction, or takes what is not there.
    """
    found = Pickle()
    why: tuple[str, ...] = ()
    try:
        _scan(source, found)
    except Malformed as error:
        why = (f"it cannot be followed to its end: {error.message}",)
    except TooMuch as error:
        found.is_whole, why = False, (error.message,)
    if not (found.calls or found.end == source.size or not found.is_whole):
        return None
    return _told(found, "pickle").flagged(*why)


def scan(source: Source) -> Pickle:
    """Return what a pickle names; one that follows another at once, as in files of torch, counts with it."""
    found = Pickle()
    _scan(source, found)
    return found


def _scan(source: Source, found: Pickle) -> None:
    cursor, machines = Cursor(source), [_Machine()]
    for _ in range(MOST_INSTRUCTIONS):
        if _step(cursor, machines, found):
            machines.pop()
        if not machines:
            found.end = cursor.at
            if cursor.is_over or cursor.peek() != 0x80:  # noqa: PLR2004  the instruction that begins a pickle
                return
            machines.append(_Machine())
    found.is_whole = False


def _step(cursor: Cursor, machines: list[_Machine], found: Pickle) -> bool:
    """Follow one instruction; return whether it was the last."""
    machine, code = machines[-1], cursor.byte()
    argument: Any = _OTHER
    if code in _FIXED:
        argument = cursor.number(_FIXED[code], signed=code in b"J")
    elif code in _COUNTED:
        argument = _counted(cursor, code)
    elif code in _LINES:
        argument = [cursor.line(None) for _ in range(_LINES[code])]
        if code in _SPELLED and not all(_SPELLED[code].match(line) for line in argument):
            raise Malformed(f"what stands before {cursor.at:,} is not what the instruction {chr(code)} takes")
    else:
        raise Malformed(f"0x{code:02x} at {cursor.at - 1:,} is no instruction of a pickle")
    if code == ord("."):
        if not machine.stack:
            raise Malformed(f"it stops at {cursor.at - 1:,} with nothing to give")
        return True
    try:
        found.calls |= _calls(machine.stack, code)
        _follow(machine, code, argument, found)
    except IndexError:
        raise Malformed(f"the instruction at {cursor.at - 1:,} takes what is not there") from None
    if code == ord("b") and machine.stack and isinstance(machine.stack[-1], _Made):
        _pass_array(cursor, machines, machine.stack[-1], found)
    return False


def _calls(stack: list[Any], code: int) -> bool:
    """Return whether an instruction calls something that was looked up."""
    if code == ord("i"):
        return _MARK in stack
    if code == ord("o"):
        above = stack[::-1].index(_MARK) if _MARK in stack else 0
        return above > 0 and isinstance(stack[-above], (_Name, _Made))
    if code not in b"R\x81\x92":
        return False
    named = code == 0x92  # noqa: PLR2004  NEWOBJ_EX
    called, arguments = stack[-2 - named], stack[-1 - named]
    return isinstance(called, (_Name, _Made)) and (isinstance(arguments, tuple) or arguments is _OTHER)


def _counted(cursor: Cursor, code: int) -> Any:
    length = cursor.number(_COUNTED[code])
    if code in b"UTX\x8c\x8d" and length <= _LONGEST_NAME:
        return cursor.take(length).decode(errors="replace")
    cursor.skip(length)
    return _OTHER


def _follow(machine: _Machine, code: int, argument: Any, found: Pickle) -> None:
    stack = machine.stack
    if code == 0x80:  # noqa: PLR2004  PROTO
        found.protocol = max(found.protocol, argument)
    elif code in b"hjg":
        key = _number(argument[0]) if code == ord("g") else argument
        stack.append(machine.memo.get(key, _OTHER))
    elif code in b"qrp\x94":
        key = machine.memorised if code == 0x94 else _number(argument[0]) if code == ord("p") else argument  # noqa: PLR2004
        machine.memorised += 1
        if stack[-1] is not _OTHER and stack[-1] is not _MARK:
            machine.memo[key] = stack[-1]
    elif code in b"ci":
        module, name = (line.decode(errors="replace") for line in argument)
        if code == ord("i"):
            _to_mark(stack)
        stack.append(_named(found, module, name))
    elif code == 0x93:  # noqa: PLR2004  STACK_GLOBAL
        name, module = stack.pop(), stack.pop()
        stack.append(_named(found, module, name))
    elif code in _SIMPLE:
        _SIMPLE[code](stack)
    elif code in b"\x82\x83\x84":
        stack.append(_named(found, "copyreg extension", str(argument)))
    elif code in b"SV":
        stack.append(argument[0].decode(errors="replace").strip("'\"")[:_LONGEST_NAME])
    elif code in b"IL":
        stack.append(_number(argument[0].rstrip(b"L")))
    elif code in b"JKMUTX\x8a\x8c\x8d":
        stack.append(argument)
    elif code not in b"\x95\x98":
        stack.append(_OTHER)


def _named(found: Pickle, module: Any, name: Any) -> _Name:
    text = seen(
        f"{module if isinstance(module, str) else '(computed)'}.{name if isinstance(name, str) else '(computed)'}"
    )
    if len(found.names) < _MOST_NAMES:
        found.names[text] = None
    return _Name(text)


def _pass_array(cursor: Cursor, machines: list[_Machine], made: _Made, found: Pickle) -> None:
    """Pass the array that joblib writes after the object that stands for it; one of objects is a pickle of its own."""
    shape, dtype = made.state.get("shape"), made.state.get("dtype")
    if made.name != _WRAPPER or not isinstance(shape, tuple) or not isinstance(dtype, _Made):
        return
    found.arrays += 1
    kind = dtype.arguments[0] if isinstance(dtype.arguments, tuple) and dtype.arguments else ""
    digits = kind[1:] if isinstance(kind, str) else ""
    if not digits.isdecimal() or not all(isinstance(one, int) and one >= 0 for one in shape):
        raise Malformed(f"the array at {cursor.at:,} has no size")
    if kind[0] == "O":
        if len(machines) > _DEEPEST:
            raise Malformed(f"it is nested more than {_DEEPEST} deep at {cursor.at:,}")
        machines.append(_Machine())
        return
    if made.state.get("numpy_array_alignment_bytes"):
        cursor.skip(cursor.byte())
    cursor.skip(int(digits) * (4 if kind[0] == "U" else 1) * prod(shape))


def _to_mark(stack: list[Any]) -> list[Any]:
    found = []
    while (one := stack.pop()) is not _MARK:
        found.append(one)
    return found[::-1]


def _call(stack: list[Any], count: int) -> None:
    arguments = [stack.pop() for _ in range(count)]
    called = stack.pop()
    name = called.text if isinstance(called, _Name) else ""
    stack.append(_Made(name, arguments[-1], {}) if name else _OTHER)


def _build(stack: list[Any]) -> None:
    state = stack.pop()
    if isinstance(state, dict) and isinstance(stack[-1], _Made):
        stack[-1].state.update(state)


def _set_items(stack: list[Any]) -> None:
    items = _to_mark(stack)
    if isinstance(stack[-1], dict):
        stack[-1].update(
            (key, value)
            for key, value in zip(items[::2], items[1::2], strict=False)
            if isinstance(key, str) and key in _KEPT_KEYS
        )


def _set_item(stack: list[Any]) -> None:
    stack[-2:-2] = [_MARK]
    _set_items(stack)


def _tuple(count: int | None) -> Callable[[list[Any]], None]:
    def made(stack: list[Any]) -> None:
        items = _to_mark(stack) if count is None else [stack.pop() for _ in range(count)][::-1]
        # Nothing longer is the shape of an array; what holds a tuple in a tuple is not kept.
        kept = [None if isinstance(one, (tuple, dict)) else one for one in items]
        stack.append(tuple(kept) if len(kept) <= 32 else _OTHER)  # noqa: PLR2004  as many dimensions as NumPy has

    return made


def _made_dict(stack: list[Any]) -> None:
    items = _to_mark(stack)
    stack += [{}, _MARK, *items]
    _set_items(stack)


def _replace_one(stack: list[Any]) -> None:
    stack[-1] = _OTHER


def _replace_many(stack: list[Any]) -> None:
    _to_mark(stack)
    stack.append(_OTHER)


def _number(line: bytes) -> int:
    return int(line) if line.isdigit() and len(line) < 20 else -1  # noqa: PLR2004  as long as 64 bits


_SIMPLE: dict[int, Callable[[list[Any]], Any]] = {
    ord("("): lambda stack: stack.append(_MARK),
    ord("0"): lambda stack: stack.pop(),
    ord("1"): _to_mark,
    ord("2"): lambda stack: stack.extend(stack[-1:] or [stack.pop()]),
    ord("R"): lambda stack: _call(stack, 1),
    0x81: lambda stack: _call(stack, 1),
    0x92: lambda stack: _call(stack, 2),
    ord("Q"): _replace_one,
    ord("a"): lambda stack: stack.pop(),
    ord("b"): _build,
    ord("d"): _made_dict,
    ord("}"): lambda stack: stack.append({}),
    ord("e"): _to_mark,
    0x90: _to_mark,
    ord("l"): _replace_many,
    0x91: _replace_many,
    ord("o"): _replace_many,
    ord("s"): _set_item,
    ord("t"): _tuple(None),
    ord("u"): _set_items,
    ord(")"): lambda stack: stack.append(()),
    0x85: _tuple(1),
    0x86: _tuple(2),
    0x87: _tuple(3),
}


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
