"""The certification signature: ECDSA P-256 over the whole file, seen in a box on the first page.

The box and its words are made before anybody signs, in the report's own typefaces, so that a viewer shows what was
checked on paper. The field is there first, then the file is certified: nothing may be added but what fills a form. The
same source, key and time give the same bytes (RFC 6979).
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO

from asn1crypto import x509
from asn1crypto.algos import SignedDigestAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pikepdf import Array, Dictionary, Name, Pdf, String
from pyhanko.pdf_utils.generic import ArrayObject, ByteStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from govern.errors import InvalidInput
from reports import fonts
from reports.certificates import Sealer
from reports.layout import ACCENT, INK, QUIET
from reports.pages import SEAL_BOX
from reports.parts import when

FIELD = "Certification"
RESERVED = 16_384
"""Hex digits kept free for the signature; a chain of two P-256 certificates needs a quarter."""

_PRINTED, _HIDDEN_NEVER_LOCKED = 4, 128
_SIGNATURES_EXIST_APPEND_ONLY = 3


@dataclass(frozen=True, slots=True)
class Act:
    """Who seals the file, in which role, why and when: what is seen in the box."""

    name: str
    role: str
    reason: str
    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise InvalidInput(f"{self.at.isoformat()} has no offset")


def sealed(pdf: bytes, sealer: Sealer, act: Act) -> bytes:
    """Return ``pdf`` with the field, certified by ``sealer`` at the time that ``act`` names."""
    prepared = _with_field(pdf, _box(act, sealer))
    writer = _Writer(BytesIO(prepared))
    first, _ = writer.document_id
    # pyHanko would put random bytes there.
    writer._document_id = ArrayObject([ByteStringObject(first), ByteStringObject(sha256(prepared).digest()[:16])])  # noqa: SLF001
    embedding = PdfCMSEmbedder().write_cms(FIELD, writer, existing_fields_only=True)
    next(embedding)
    placeholder = SignatureObject(
        timestamp=act.at, subfilter=SigSeedSubFilter.PADES, name=act.name, reason=act.reason, bytes_reserved=RESERVED
    )
    certifying = SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.FILL_FORMS)
    embedding.send(SigObjSetup(placeholder, mdp_setup=certifying))
    prepared_digest, out = embedding.send(SigIOSetup("sha256", in_place=False))
    attributes = PdfCMSSignedAttributes(signing_time=act.at)
    signing = _Pen(sealer).async_sign(
        prepared_digest.document_digest, "sha256", use_pades=True, signed_attr_settings=attributes
    )
    embedding.send(asyncio.run(signing))
    return bytes(out.getbuffer())


class _Writer(IncrementalPdfFileWriter):
    """Leaves the record's dates in the file, where pyHanko would write the clock's and its own name."""

    def _update_meta(self) -> None:
        pass


class _Pen(Signer):
    """Signs without chance, where pyHanko's own signer draws a random number."""

    def __init__(self, sealer: Sealer) -> None:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko types only a part of itself
        if sealer.issuer:
            store.register(x509.Certificate.load(sealer.issuer))
        super().__init__(
            signing_cert=x509.Certificate.load(sealer.certificate),
            cert_registry=store,
            signature_mechanism=SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            embed_roots=True,
        )
        self._key = sealer.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002, FBT001, FBT002  pyHanko's signature
        return self._key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


def _with_field(pdf: bytes, box: bytes) -> bytes:
    left, bottom, right, top = SEAL_BOX
    with Pdf.open(BytesIO(pdf)) as file, Pdf.open(BytesIO(box)) as drawn:
        seen = file.copy_foreign(drawn.pages[0].as_form_xobject())
        field = file.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=String(FIELD),
                TU=String("Certification of this report"),
                Rect=Array([round(side, 2) for side in (left, bottom, right, top)]),
                F=_PRINTED | _HIDDEN_NEVER_LOCKED,
                P=file.pages[0].obj,
                AP=Dictionary(N=seen),
            )
        )
        file.pages[0].Annots = file.make_indirect(Array([field]))
        file.Root.AcroForm = file.make_indirect(
            Dictionary(Fields=Array([field]), SigFlags=_SIGNATURES_EXIST_APPEND_ONLY)
        )
        # ETSI EN 319 142-1, 5.6: the subfilter of PAdES is an extension of PDF 1.7.
        file.Root.Extensions = Dictionary(ESIC=Dictionary(BaseVersion=Name("/1.7"), ExtensionLevel=1))
        out = BytesIO()
        file.save(out, deterministic_id=True)
        return out.getvalue()


def _box(act: Act, sealer: Sealer) -> bytes:
    """Return a page of the box's size with the signature's words."""
    fonts.register()
    said = ("sealer.name", act.name), ("sealer.role", act.role), ("sealer.reason", act.reason), ("sealer", sealer.name)
    fonts.require_writable(said)
    width, height = SEAL_BOX[2] - SEAL_BOX[0], SEAL_BOX[3] - SEAL_BOX[1]
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1, initialFontName=fonts.REGULAR)
    canvas.setStrokeColor(ACCENT)
    canvas.setLineWidth(0.8)
    canvas.rect(0.4, 0.4, width - 0.8, height - 0.8)
    canvas.setFillColor(ACCENT)
    canvas.rect(0.4, 0.4, 2.2 * mm, height - 0.8, stroke=0, fill=1)
    left, room, up = 6 * mm, width - 10 * mm, height - 6 * mm
    lines = [
        (fonts.BOLD, 10.5, INK, 13, f"Certified by {act.name}, {act.role}"),
        (fonts.REGULAR, 8.5, INK, 11.5, act.reason),
        (fonts.REGULAR, 8.5, INK, 13.5, when(act.at)),
        (fonts.REGULAR, 7, QUIET, 9, f"Certificate of {sealer.name}"),
        (fonts.MONO, 6.5, QUIET, 0, str(sealer.fingerprint)),
    ]
    for font, size, colour, step, line in lines:
        canvas.setFillColor(colour)
        canvas.setFont(font, _fitting(fonts.printed(line), font, size, room))
        canvas.drawString(left, up, fonts.printed(line))
        up -= step
    canvas.save()
    return out.getvalue()


def _fitting(line: str, font: str, size: float, room: float) -> float:
    """Return the size, ``size`` at most, at which ``line`` is not cut off; nothing in the box may be out of view."""
    wide = fonts.width(line, font, size)
    fitted = size if wide <= room else size * room / wide
    if fitted < _SMALLEST:
        raise InvalidInput(
            f"{line[:60]!a} is too long for the signature's box", hint="shorten the name, role or reason"
        )
    return fitted


_SMALLEST = 4.5
"""Nobody reads less on paper."""
