"""Is this file the report that was certified? Intact, valid and trusted are three different words.

*Intact*: not a byte differs from what was signed, and nothing stands outside it. *Valid*: the signature over it is the
certificate's. *Trusted*: that certificate leads to a root that the reader brought, was in force when it signed, and is not
revoked. Without a root nobody is trusted, and the reading says so. What is unfit is raised as `Tampered`.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from asn1crypto import cms, x509
from cryptography.x509 import load_der_x509_certificate
from pikepdf import Name, Pdf
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from govern.errors import GovernError, Kind, Tampered
from govern.ledger.note import VerifierKey, open_checkpoint
from govern.ledger.strict import Digest, read_json
from reports.check import Checked, Reading
from reports.parts import ATTACHMENTS
from reports.pdfa import keywords
from reports.signing import FIELD

_HEADER = b"%PDF-1.7\n"
_WHY = {"REVOKED": "it was revoked", "OUT_OF_BOUNDS": "it was not in force then", "NOT_YET": "it was not in force then"}
_SILENCE = logging.NullHandler()
_NO_TOLERANCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Seal:
    """What the certification signature of a report is worth."""

    signer: str
    """The common name in the certificate."""
    certificate: Digest
    signed_at: datetime
    """As the signer says; nobody else vouches for it."""
    intact: str
    valid: str
    trusted: str
    """``trusted``, or ``not checked`` where no root was given."""


def check_pdf(  # noqa: PLR0913  one file, and everything that a reader may bring to judge it
    pdf: bytes,
    *,
    roots: Sequence[bytes] = (),
    revoked: Sequence[bytes] = (),
    at: datetime | None = None,
    anchor: str = "",
    issued: Digest | None = None,
) -> tuple[Seal, Reading]:
    """Return what the report's seal is worth and what it says; raise `Tampered` for the first thing that is wrong.

    ``roots`` are certificates of authorities and ``revoked`` their revocation lists, in DER; ``at`` is the instant to
    judge the certificate at, that of signing if none is given; ``issued`` is the digest that the ledger recorded.
    """
    # (1) The file is the one that the ledger names.
    if issued is not None and Digest.of(pdf) != issued:
        raise Tampered(f"this file is {Digest.of(pdf)}, the report issued was {issued}", kind=Kind.BLOB_DIFFERS)
    # (2) There is one signature, in the field made for it, and all of the file but itself is under it.
    with _reading("the signature"):
        signature = _only_signature(pdf)
        _require_coverage(pdf, signature)
    # (3) Intact and valid: the digest is that of the file, the signature over it that of the certificate.
    with _reading("the signature"):
        seal = _seal(signature, roots, revoked, at)
    # (4) What is attached is what was printed, and what was signed in the ledger.
    with _reading("an attachment"):
        attached, said = _attached(pdf)
        source = _require_attachments(attached, said)
    # (5) The checkpoint is the ledger's.
    with _reading("the checkpoint"):
        head = open_checkpoint(attached["checkpoint.txt"], [VerifierKey.parse(source["log"]["vkey"])])
        found = source["log"]["anchor"]
        if anchor not in {"", found}:
            raise Tampered(f"the report names the anchor {found}, not {anchor}", kind=Kind.REPLACED)
    checked = (
        Checked("not a byte of the file was changed or added", f"the certificate of {seal.signer}"),
        Checked(
            f"the certificate leads to a root that was given, at {seal.signed_at.isoformat()}"
            if roots
            else f"the certificate {seal.certificate} made the signature",
            "the authority whose root was given" if roots else "itself",
        ),
        Checked(
            f"dossier.json is {Digest.of(attached['dossier.json'])}, as printed", f"the certificate of {seal.signer}"
        ),
        Checked(f"the checkpoint of {head.size} entries is signed", f"the key {source['log']['vkey']}"),
    )
    return seal, Reading(
        Digest.of(pdf), found, attached["checkpoint.txt"].decode(), checked, _left(roots, anchor, issued)
    )


def _only_signature(pdf: bytes) -> EmbeddedPdfSignature:
    if not pdf.startswith(_HEADER):
        raise Tampered("the file does not begin as a report does", kind=Kind.EDITED)
    signatures: list[EmbeddedPdfSignature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    if len(signatures) != 1 or signatures[0].field_name != FIELD:
        raise Tampered(
            f"the file has {len(signatures)} signatures, a report has one",
            kind=Kind.DELETED,
            hint="ask for the file again",
        )
    return signatures[0]


def _require_coverage(pdf: bytes, signature: EmbeddedPdfSignature) -> None:
    start, gap, after, rest = (int(number) for number in signature.byte_range)
    hole = pdf[gap:after]
    if start != 0 or after + rest != len(pdf) or not re.fullmatch(rb"<[0-9a-fA-F]+>", hole):
        raise Tampered("there is something in the file that the signature does not cover", kind=Kind.INSERTED)
    content = bytes.fromhex(hole[1:-1].decode())
    if signature.pkcs7_content != content:
        raise Tampered("the signature that is read is not the one that stands there", kind=Kind.REPLACED)


def _seal(
    signature: EmbeddedPdfSignature, roots: Sequence[bytes], revoked: Sequence[bytes], at: datetime | None
) -> Seal:
    _require_chain(signature)
    signed_at = signature.self_reported_timestamp
    if signed_at is None or signed_at.tzinfo is None:
        raise Tampered("the signature does not say when it was made", kind=Kind.EDITED)
    # Without a root, the chain in the file is only held against itself.
    known = [x509.Certificate.load(root) for root in roots] or signature.other_embedded_certs
    trusting = ValidationContext(
        trust_roots=known or [signature.signer_cert],
        moment=at or signed_at,
        best_signature_time=signed_at,
        allow_fetching=False,
        crls=list(revoked),
        revocation_mode="require" if revoked else "soft-fail",
        time_tolerance=_NO_TOLERANCE,
    )
    # What it logs is raised below.
    logging.getLogger("pyhanko").addHandler(_SILENCE)
    status = validate_pdf_signature(signature, trusting)
    if not status.intact or status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise Tampered("the file is not intact: it differs from what was signed", kind=Kind.EDITED)
    if not status.valid:
        raise Tampered("the signature is not valid: it is not the certificate's", kind=Kind.EDITED)
    if signature.docmdp_level is not MDPPerm.FILL_FORMS or not status.docmdp_ok:
        raise Tampered("the signature does not certify the file: it would allow changes", kind=Kind.DOWNGRADED)
    name = signature.signer_cert.subject.native.get("common_name", "nobody")
    if roots and not status.trusted:
        problem = str(getattr(status.trust_problem_indic, "name", ""))
        why = next((words for part, words in _WHY.items() if part in problem), "it leads to no root that was given")
        raise Tampered(
            f"the certificate of {name} is not trusted: {why}",
            kind=Kind.REVOKED_KEY if problem.startswith("REVOKED") else Kind.UNVERIFIABLE,
            hint="give the root that the firm published, and the time to judge by",
        )
    certificate = Digest.of(signature.signer_cert.dump())
    return Seal(name, certificate, signed_at, "intact", "valid", "trusted" if roots else "not checked")


def _require_chain(signature: EmbeddedPdfSignature) -> None:
    """Raise `Tampered` unless the signature is what we write: two certificates, one signer, nothing without a signature.

    What lies in the gap is under no signature of the file, so all of it is built again from the parts that have one of
    their own, and compared.
    """
    signer, authorities = signature.signer_cert, signature.other_embedded_certs
    if signer.ca or len(authorities) != 1:
        raise Tampered("the signature is not by a sealer with the certificate of its authority", kind=Kind.DOWNGRADED)
    for certificate in (signer, *authorities):
        same = certificate["signature_algorithm"].dump() == certificate["tbs_certificate"]["signature"].dump()
        if not same or certificate["signature_value"].contents[:1] != b"\0":
            raise Tampered("a certificate is signed in another way than it says", kind=Kind.EDITED)
        load_der_x509_certificate(certificate.dump()).verify_directly_issued_by(
            load_der_x509_certificate(authorities[0].dump())
        )
    info = signature.signer_info
    sha256 = {"algorithm": "sha256"}
    ours = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": signer.issuer, "serial_number": signer.serial_number}},
        "digest_algorithm": sha256,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signed_attrs": info["signed_attrs"],
        "signature": info["signature"].native,
    }
    signed = {
        "version": "v1",
        "digest_algorithms": [sha256],
        "encap_content_info": {"content_type": "data"},
        "certificates": list(signature.signed_data["certificates"]),
        "signer_infos": [ours],
    }
    whole = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)}).dump()
    if not signature.pkcs7_content.startswith(whole) or any(signature.pkcs7_content[len(whole) :]):
        raise Tampered("the signature holds something that nobody signed", kind=Kind.INSERTED)


def _attached(pdf: bytes) -> tuple[dict[str, bytes], str]:
    """Return the attachments and the keywords, as a second library reads them."""
    with Pdf.open(BytesIO(pdf)) as file:
        if sorted(str(one.UF) for one in file.Root.AF) != sorted(file.attachments):
            raise Tampered("the files attached are not the files associated", kind=Kind.INSERTED)
        contents = {name: file.attachments[name].get_file().read_bytes() for name in file.attachments}
        return contents, str(file.docinfo[Name.Keywords])


def _require_attachments(attached: dict[str, bytes], said: str) -> dict[str, Any]:
    """Return ``report.json``, to which all other attachments fit."""
    if set(attached) != {name for name, _ in ATTACHMENTS}:
        raise Tampered(f"it carries {', '.join(sorted(attached)) or 'nothing'}", kind=Kind.INSERTED)
    source: dict[str, Any] = read_json(attached["report.json"])
    read_json(attached["dossier.json"])
    fitting = {
        "dossier.json": str(Digest.of(attached["dossier.json"])) == source["dossier"],
        "checkpoint.txt": attached["checkpoint.txt"] == source["log"]["checkpoint"].encode(),
        "log.vkey": attached["log.vkey"] == f"{source['log']['vkey']}\n".encode(),
        "report.json": said == keywords(source["dossier"], source["report_id"], source["log"]["checkpoint"]),
    }
    for name, fits in fitting.items():
        if not fits:
            raise Tampered(f"{name} is not the one that the pages print", kind=Kind.BLOB_DIFFERS)
    return source


def _left(roots: Sequence[bytes], anchor: str, issued: Digest | None) -> tuple[tuple[str, str], ...]:
    left = [] if anchor else [("that this is the firm's ledger", "no --anchor was given: compare the one above")]
    left += [] if roots else [("that the certificate is the firm's", "no root was given to trust")]
    left += [] if issued else [("that the ledger names this file", "the entry that issues it is in the bundle")]
    left.append(("what was filed since", "a file cannot show a later revocation or suspension"))
    left.append(("the time of the seal", "it is the signer's own; the checkpoint bounds it from below"))
    return tuple(left)


@contextmanager
def _reading(part: str) -> Iterator[None]:
    """Raise whatever a hostile file makes a library raise as `Tampered`."""
    try:
        yield
    except Tampered:
        raise
    except GovernError as error:
        raise Tampered(f"{part} cannot be read: {error.message}", hint=error.hint) from None
    except Exception as error:  # noqa: BLE001  two parsers of a hostile format
        raise Tampered(f"{part} cannot be read: {error!r}") from None
