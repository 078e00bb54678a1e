"""Attacks on a sealed report: none of them may read as valid."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import pytest
from pikepdf import AttachedFileSpec, Pdf
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.strict import Digest, canonical
from reports.certificates import Sealer, authority, issued, revocations
from reports.certified import check_pdf
from reports.pdfa import archive
from reports.render import render
from reports.signing import Act, sealed
from tests.reports.conftest import ACT, year
from tests.reports.paper import SOURCE


def test_a_sealed_report_is_intact_valid_and_trusted(pdf: bytes, root: Sealer, sealer: Sealer) -> None:
    seal, reading = check_pdf(pdf, roots=[root.certificate], anchor=SOURCE.log.anchor, issued=Digest.of(pdf))

    assert (seal.intact, seal.valid, seal.trusted) == ("intact", "valid", "trusted")
    assert seal.certificate == sealer.fingerprint
    assert seal.signer == sealer.name == "Model risk reports"
    assert seal.signed_at == ACT.at
    assert reading.anchor == SOURCE.log.anchor
    assert reading.what == Digest.of(pdf)
    assert [what for what, _ in reading.not_checked] == ["what was filed since", "the time of the seal"]


def test_without_a_root_nobody_is_trusted_and_the_reading_says_so(pdf: bytes) -> None:
    seal, reading = check_pdf(pdf)

    assert seal.trusted == "not checked"
    left = [what for what, _ in reading.not_checked]
    assert left[:3] == [
        "that this is the firm's ledger",
        "that the certificate is the firm's",
        "that the ledger names this file",
    ]


def test_a_list_without_the_certificate_leaves_it_trusted(pdf: bytes, root: Sealer) -> None:
    nobody = revocations(root, {}, year(2026), year(2027))

    assert check_pdf(pdf, roots=[root.certificate], revoked=[nobody])[0].trusted == "trusted"


def incrementally(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    change(writer)
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]  # pyHanko types only a part of itself
    return out.getvalue()


def rewritten(pdf: bytes, change: Callable[[Pdf], None]) -> bytes:
    with Pdf.open(BytesIO(pdf)) as file:
        change(file)
        out = BytesIO()
        file.save(out)
        return out.getvalue()


def add_content(writer: IncrementalPdfFileWriter) -> None:
    from pyhanko.pdf_utils.generic import StreamObject

    stream = writer.add_object(StreamObject(stream_data=b"q 0 0 100 100 re f Q"))
    writer.add_stream_to_page(0, stream)  # type: ignore[no-untyped-call]  # the same


def add_field(writer: IncrementalPdfFileWriter) -> None:
    append_signature_field(writer, SigFieldSpec("Another"))


def change_reason(writer: IncrementalPdfFileWriter) -> None:
    writer.root[pdf_name("/PageMode")] = pdf_name("/FullScreen")
    writer.update_root()  # type: ignore[no-untyped-call]  # the same


def spec(pdf: Pdf, content: bytes, name: str) -> AttachedFileSpec:
    nothing = {"description": "", "mime_type": "", "creation_date": "", "mod_date": ""}
    return AttachedFileSpec(pdf, content, filename=name, **nothing)


def attach(pdf: Pdf) -> None:
    pdf.attachments["more.txt"] = spec(pdf, b"more", "more.txt")


def add_page(pdf: Pdf) -> None:
    pdf.add_blank_page()


def take_page(pdf: Pdf) -> None:
    del pdf.pages[0]


def swap(pdf: Pdf) -> None:
    pdf.attachments["dossier.json"] = spec(pdf, canonical({"schema": "other"}), "dossier.json")


def flipped(pdf: bytes, at: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def hole(pdf: bytes) -> tuple[int, int]:
    """Return where the signature's digits begin and end."""
    start = pdf.rindex(b"/Contents <") + len(b"/Contents <")
    return start, pdf.index(b">", start)


def padded(pdf: bytes) -> bytes:
    _, end = hole(pdf)
    return pdf[: end - 4] + b"beef" + pdf[end:]


def narrowed(pdf: bytes) -> bytes:
    """Return the file with a ByteRange that ends before the file does."""
    at = pdf.rindex(b"/ByteRange [")
    end = pdf.index(b"]", at)
    numbers = pdf[at + 12 : end].split()
    shorter = b"%d" % (int(numbers[3]) - 6)
    text = b" ".join([*numbers[:3], shorter]).ljust(end - at - 12)
    return pdf[: at + 12] + text + pdf[end:]


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param(lambda pdf: flipped(pdf, len(pdf) // 3), id="a byte flipped on a page"),
        pytest.param(lambda pdf: flipped(pdf, hole(pdf)[0] + 400), id="a digit of the signature flipped"),
        pytest.param(lambda pdf: pdf + b"\n% harmless", id="a comment behind the end"),
        pytest.param(lambda pdf: pdf[:-1], id="the last byte cut off"),
        pytest.param(lambda pdf: pdf[: len(pdf) // 2], id="cut in half"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda pdf: b"\n" + pdf, id="a byte before the beginning"),
        pytest.param(lambda pdf: incrementally(pdf, add_content), id="content added"),
        pytest.param(lambda pdf: incrementally(pdf, add_field), id="a field added"),
        pytest.param(lambda pdf: incrementally(pdf, change_reason), id="the catalog changed"),
        pytest.param(lambda pdf: rewritten(pdf, attach), id="an attachment added"),
        pytest.param(lambda pdf: rewritten(pdf, swap), id="the dossier swapped"),
        pytest.param(lambda pdf: rewritten(pdf, add_page), id="a page added"),
        pytest.param(lambda pdf: rewritten(pdf, take_page), id="a page taken out"),
        pytest.param(lambda pdf: pdf[: pdf.index(b"%%EOF") + 6], id="the signature cut off"),
        pytest.param(padded, id="something behind the signature"),
        pytest.param(narrowed, id="a ByteRange that leaves out the end"),
        pytest.param(lambda pdf: pdf.replace(b"%PDF-1.7", b"%PDF-2.0", 1), id="another version in the head"),
    ],
)  # fmt: skip
def test_a_report_that_was_touched_is_refused(attack: Callable[[bytes], bytes], pdf: bytes) -> None:
    touched = attack(pdf)
    assert touched != pdf

    with pytest.raises(Tampered):
        check_pdf(touched)


def test_a_byte_flipped_anywhere_is_refused(pdf: bytes) -> None:
    for at in range(0, len(pdf), len(pdf) // 41):
        with pytest.raises(Tampered):
            check_pdf(flipped(pdf, at))


def test_a_digit_of_the_signature_flipped_anywhere_is_refused(pdf: bytes) -> None:
    start, end = hole(pdf)
    digits = len(pdf[start:end].rstrip(b"0"))

    for at in (*range(start, start + 90, 3), *range(start + 843, start + 863), *range(start + 90, start + digits, 97)):
        with pytest.raises(Tampered):
            check_pdf(flipped(pdf, at))


def test_a_file_without_a_seal_is_no_report(archived: bytes) -> None:
    with pytest.raises(Tampered, match="has 0 signatures"):
        check_pdf(archived)


def test_a_seal_by_a_stranger_is_not_trusted(archived: bytes, root: Sealer) -> None:
    stranger = issued(
        authority(b"x" * 32, "Example Bank", year(2026), year(2036)),
        b"y" * 32,
        "Model risk reports",
        year(2026),
        year(2029),
    )
    forged = sealed(archived, stranger, ACT)

    assert check_pdf(forged)[0].trusted == "not checked"
    with pytest.raises(Tampered, match="leads to no root that was given"):
        check_pdf(forged, roots=[root.certificate])


def test_the_authority_itself_may_not_seal(archived: bytes, root: Sealer) -> None:
    with pytest.raises(Tampered, match="not by a sealer"):
        check_pdf(sealed(archived, root, ACT), roots=[root.certificate])


@pytest.mark.parametrize(
    ("at", "told"),
    [
        pytest.param(year(2025), "not trusted", id="before it began"),
        pytest.param(year(2030), "not in force", id="after it ended"),
    ],
)  # fmt: skip
def test_a_seal_out_of_the_certificate_s_time_is_not_trusted(
    at: datetime, told: str, archived: bytes, root: Sealer, sealer: Sealer
) -> None:
    with pytest.raises(Tampered, match=told):
        check_pdf(sealed(archived, sealer, replace(ACT, at=at)), roots=[root.certificate])


def test_a_revoked_certificate_is_not_trusted(pdf: bytes, root: Sealer, sealer: Sealer) -> None:
    revoked = revocations(root, {sealer.certificate: year(2026)}, year(2026), year(2027))

    with pytest.raises(Tampered, match="revoked") as failure:
        check_pdf(pdf, roots=[root.certificate], revoked=[revoked])

    assert failure.value.kind is Kind.REVOKED_KEY


def test_another_report_than_the_one_issued_is_refused(pdf: bytes, root: Sealer, sealer: Sealer) -> None:
    other = replace(SOURCE, report_id="R-2026-0018")
    genuine = sealed(archive(other, render(other)), sealer, ACT)

    with pytest.raises(Tampered, match="the report issued was"):
        check_pdf(genuine, roots=[root.certificate], issued=Digest.of(pdf))


def test_another_anchor_is_refused(pdf: bytes) -> None:
    with pytest.raises(Tampered, match="names the anchor") as failure:
        check_pdf(pdf, anchor="0" * 64)

    assert failure.value.kind is Kind.REPLACED


@pytest.mark.parametrize("name", ["dossier.json", "report.json", "checkpoint.txt", "log.vkey"])
def test_a_sealed_file_whose_attachment_is_not_what_it_prints_is_refused(
    name: str, archived: bytes, sealer: Sealer
) -> None:
    def change(file: Pdf) -> None:
        other = canonical({"schema": "other"}) if name.endswith(".json") else b"other\n"
        file.attachments[name] = spec(file, other, name)

    with pytest.raises(Tampered, match=r"attachment|pages print|associated"):
        check_pdf(sealed(rewritten(archived, change), sealer, ACT))


def test_a_file_that_also_hides_an_attachment_is_refused(archived: bytes, sealer: Sealer) -> None:
    def hide(file: Pdf) -> None:
        file.Root.AF.append(spec(file, b"more", "more.txt").obj)

    with pytest.raises(Tampered, match="not the files associated"):
        check_pdf(sealed(rewritten(archived, hide), sealer, ACT))


def test_an_approval_that_certifies_nothing_is_refused(archived: bytes, sealer: Sealer) -> None:
    from pyhanko.sign import signers

    from reports.signing import FIELD, _Pen

    writer = IncrementalPdfFileWriter(BytesIO(archived))
    meta = signers.PdfSignatureMetadata(FIELD, md_algorithm="sha256")
    out = signers.sign_pdf(writer, meta, _Pen(sealer))

    with pytest.raises(Tampered, match="does not certify"):
        check_pdf(out.getvalue())


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(replace(ACT, name="Rae 山田"), id="a character that cannot be written"),
        pytest.param(replace(ACT, reason="because " * 60), id="a reason that would be too small to read"),
    ],
)
def test_a_seal_that_could_not_be_read_is_not_made(act: Act, archived: bytes, sealer: Sealer) -> None:
    with pytest.raises(InvalidInput):
        sealed(archived, sealer, act)


def test_certificates_follow_from_their_seeds(root: Sealer) -> None:
    again = authority(b"r" * 32, "Example Bank", year(2026), year(2036))

    assert again.certificate == root.certificate
    assert again.certificate != authority(b"q" * 32, "Example Bank", year(2026), year(2036)).certificate
    for seed, firm, ends in [(b"short", "Bank", 2036), (b"r" * 32, "", 2036), (b"r" * 32, "Bank", 2020)]:
        with pytest.raises(InvalidInput):
            authority(seed, firm, year(2026), year(ends))
