"""What several pages print alike."""

from collections import Counter
from datetime import datetime

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from reports.layout import INK, SMALL, STRONG, WIDTH, code, table, text
from reports.source import Log, ReportSource, Verdict
from reports.tagging import Drawing

Page = list[Flowable]

ATTACHMENTS = (
    ("dossier.json", "the dossier: the very bytes that the signatures are over"),
    ("report.json", "every value that these pages print"),
    ("checkpoint.txt", "the ledger's signed head"),
    ("log.vkey", "the ledger's verifier key"),
)
"""What the PDF carries, by name."""


def when(instant: datetime) -> str:
    """Return an instant to the second, with its offset."""
    offset = instant.strftime("%z")
    return f"{instant:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


def counted(source: ReportSource) -> str:
    counts = Counter(one.verdict for one in source.findings)
    packs = " and ".join(f"{one.id} {one.version}" for one in source.policies) or "no policy"
    said = ", ".join(f"{counts[word]} {word.replace('_', ' ')}" for word in Verdict if counts[word])
    return f"Checks of {packs}: {said or 'none was judged'}, of {len(source.findings)} rules."


def checkpoint(log: Log) -> Flowable:
    """Return the ledger's head in words, with its QR code."""
    beside: list[Flowable] = [
        text("Checkpoint of the ledger", STRONG),
        text(f"{log.head.origin}, {log.head.size} entries. Compare it with what the ledger shows today.", SMALL),
        Spacer(0, 4),
        code(log.checkpoint.rstrip("\n")),
    ]
    right = ("ALIGN", (1, 0), (1, 0), "RIGHT")
    return table([[beside, Code(log.checkpoint, 32 * mm)]], [WIDTH - 38 * mm, 38 * mm], right)


class Code(Drawing):
    """A QR code, drawn in squares: the barcode widget brings a typeface of its own."""

    def __init__(self, content: str, size: float) -> None:
        super().__init__()
        self.width = self.height = size
        self.modules = _modules(content)
        self.words = f"QR code of the checkpoint: {content}"

    def paint(self) -> None:
        side = self.width / len(self.modules)
        self.canv.setFillColor(INK)
        path = self.canv.beginPath()
        for down, line in enumerate(self.modules):
            for across, dark in enumerate(line):
                if dark:
                    path.rect(across * side, self.height - (down + 1) * side, side, side)
        self.canv.drawPath(path, stroke=0, fill=1)


def _modules(content: str) -> list[list[bool]]:
    qr = QRCode(None, QRErrorCorrectLevel.M)
    qr.addData(content)
    qr.make()
    size = qr.getModuleCount()
    return [[bool(qr.isDark(down, across)) for across in range(size)] for down in range(size)]
