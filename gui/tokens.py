"""Every colour and size, in light and in dark; nothing else in the app names a colour."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of a theme, as ``#rrggbb``."""

    name: str
    window: str
    side: str
    card: str
    line: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_hover: str
    selected: str
    hover: str
    passed: str
    warned: str
    failed: str
    ok_fill: str
    bad_fill: str
    warn_fill: str
    bar: str


LIGHT = Tokens(
    name="light",
    window="#f5f6f9",
    side="#ebedf2",
    card="#ffffff",
    line="#dde1e8",
    border="#7d8694",
    text="#1b1f26",
    muted="#566070",
    accent="#2457d6",
    on_accent="#ffffff",
    accent_hover="#1c48b8",
    selected="#dbe6ff",
    hover="#e9edf6",
    passed="#14683c",
    warned="#7a5000",
    failed="#b3261e",
    ok_fill="#e6f3ea",
    bad_fill="#fdeceb",
    warn_fill="#fdf3de",
    bar="#3f6fdc",
)
DARK = Tokens(
    name="dark",
    window="#191c22",
    side="#131519",
    card="#1f232a",
    line="#313741",
    border="#7b8492",
    text="#e8eaee",
    muted="#a6adb9",
    accent="#7ea6ff",
    on_accent="#10141c",
    accent_hover="#9bbaff",
    selected="#243a68",
    hover="#282d36",
    passed="#62d098",
    warned="#e8b95c",
    failed="#ff9189",
    ok_fill="#1b2f26",
    bad_fill="#3a2224",
    warn_fill="#352c1b",
    bar="#6f98f2",
)
THEMES = {one.name: one for one in (LIGHT, DARK)}

TEXT_ON = ("window", "side", "card", "selected", "hover")
FILLS = {"passed": "ok_fill", "failed": "bad_fill", "warned": "warn_fill"}
COLOURS = tuple(field.name for field in fields(Tokens) if field.name != "name")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (WCAG 2.2, relative luminance)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def pairs() -> list[tuple[str, str, float]]:
    """Return which token is written on which, and how much contrast that needs."""
    texts = [(ink, ground, 4.5) for ink in ("text", "muted") for ground in TEXT_ON]
    marks = [(ink, ground, 4.5) for ink in ("passed", "warned", "failed", "accent") for ground in TEXT_ON]
    fills = [(ink, ground, 4.5) for ink, ground in FILLS.items()] + [("text", fill, 4.5) for fill in FILLS.values()]
    buttons = [("on_accent", "accent", 4.5), ("on_accent", "accent_hover", 4.5)]
    edges = [("border", ground, 3.0) for ground in ("window", "card")] + [("bar", "card", 3.0)]
    return [*texts, *marks, *fills, *buttons, *edges]


def _luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
