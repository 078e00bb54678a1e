"""The typefaces of a report, and what they can write.

reportlab leaves out a glyph that a font lacks without a word, and puts Helvetica, unembedded, wherever nobody said
otherwise. So every style names its typeface, no page is begun before ours is the default, and a text is checked before
it is set. Nothing of ``reportlab.graphics`` is used: it copies the old default when it is imported.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import as_file, files

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from govern.errors import InvalidInput

REGULAR, BOLD, MONO = "Inter", "Inter-SemiBold", "IBMPlexMono"

_FILES = {REGULAR: "Inter-Regular.ttf", BOLD: "Inter-SemiBold.ttf", MONO: "IBMPlexMono-Regular.ttf"}


@cache
def register() -> None:
    """Make the typefaces known to reportlab."""
    for name, file in _FILES.items():
        with as_file(files("reports") / "typefaces" / file) as path:
            pdfmetrics.registerFont(TTFont(name, str(path)))
    rl_config.canvas_basefontname = REGULAR
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def require_writable(texts: Iterable[tuple[str, str]]) -> None:
    """Raise `InvalidInput` for the first character that could not be seen on paper as it stands in the record."""
    known = _written()
    for where, text in texts:
        for char in unicodedata.normalize("NFC", text):
            if char not in known:
                raise _unwritable(where, text, char)


def printed(text: str) -> str:
    """Return ``text`` composed and on one line: as it is set."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@cache
def _written() -> frozenset[str]:
    register()
    codes = set.intersection(*(set(pdfmetrics.getFont(name).face.charToGlyph) for name in (REGULAR, BOLD)))
    # What is invisible or reorders its neighbours (Cf), or needs to be placed by shaping (Mn, Me), is refused even if there.
    seen = {chr(code) for code in codes if unicodedata.category(chr(code)) not in {"Cc", "Cf", "Cs", "Mn", "Me"}}
    return frozenset(seen | {"\n", "\t"})


def _unwritable(where: str, text: str, char: str) -> InvalidInput:
    name = unicodedata.name(char, "a character without a name")
    return InvalidInput(
        f"{where} holds {char!a} ({name}), which the report's typefaces cannot write: {text[:40]!a}",
        hint="they write Latin, Greek and Cyrillic; add a spelling in one of these to the name or the text",
    )


def width(text: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))
