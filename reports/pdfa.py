"""Pages into an archive file: PDF/A-3b with the dossier attached, checked by pikepdf's allow-list before anybody signs.

The file says 1.7 in its head and stays that: what a signature adds must not raise it, or PDF/A-3 is broken.
"""

from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import escape

from pikepdf import AttachedFileSpec, Dictionary, Name, Pdf, String, pdfa

from govern.errors import InvalidInput
from govern.ledger.note import Checkpoint, Note
from reports.extracts import Extract
from reports.parts import ATTACHMENTS
from reports.source import ReportSource

FLAVOUR = "3b"
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{software}</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<xmp:CreatorTool>{software}</xmp:CreatorTool>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdf:Producer>{software}</pdf:Producer>
<pdf:Keywords>{keywords}</pdf:Keywords>
</rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>3</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
</rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""

_MIME = {".json": "application/json", ".txt": "text/plain", ".vkey": "text/plain"}


def attachments(source: ReportSource | Extract) -> dict[str, bytes]:
    """Return what the PDF carries, by name."""
    contents = (source.dossier, bytes(source), source.log.checkpoint.encode(), f"{source.log.vkey}\n".encode())
    return dict(zip((name for name, _ in ATTACHMENTS), contents, strict=True))


def keywords(dossier: str, report_id: str, checkpoint: str) -> str:
    """Return what binds the attachments to the file's metadata."""
    head = Checkpoint.parse(Note.parse(checkpoint.encode()).text)
    return f"dossier {dossier}; report {report_id}; checkpoint {head.origin} {head.size} {head.root.hex()}"


def archive(source: ReportSource | Extract, pages: bytes) -> bytes:
    """Return ``pages`` as a PDF/A-3b file with its attachments; the same in, the same out."""
    with Pdf.open(BytesIO(pages)) as pdf:
        for page in pdf.pages:
            # reportlab writes an empty transition on every page, which PDF/A does not know.
            if Name.Trans in page:
                del page.Trans
        _attach(pdf, source)
        pdfa.prepare(pdf, FLAVOUR)
        # After `prepare`, which would put its own name and the clock's time there.
        _describe(pdf, source)
        out = BytesIO()
        try:
            pdfa.save(pdf, out, FLAVOUR, repair=False, min_version="1.7", deterministic_id=True)
        except pdfa.PdfaError as error:
            raise InvalidInput(f"the pages cannot be a PDF/A-{FLAVOUR} file: {error}") from None
        return out.getvalue()


def _describe(pdf: Pdf, source: ReportSource | Extract) -> None:
    bound = keywords(str(source.dossier_digest), source.report_id, source.log.checkpoint)
    title = f"{source.title}, {source.ref}"
    subject = f"{source.report_id}, {source.status}" + (", DEMO" if source.demo else "")
    date = _date(source.as_of)
    said = {
        "/Title": title,
        "/Author": source.software,
        "/Subject": subject,
        "/Keywords": bound,
        "/Creator": source.software,
        "/Producer": source.software,
        "/CreationDate": date,
        "/ModDate": date,
    }
    pdf.docinfo = pdf.make_indirect(Dictionary({name: String(text) for name, text in said.items()}))
    texts = {"title": title, "subject": subject, "keywords": bound, "software": source.software}
    packet = _XMP.format(
        **{name: escape(text) for name, text in texts.items()}, date=source.as_of.isoformat(timespec="seconds")
    )
    pdf.Root.Metadata = pdf.make_stream(packet.encode(), Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Lang = String("en-GB")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)


def _attach(pdf: Pdf, source: ReportSource | Extract) -> None:
    said = dict(ATTACHMENTS)
    relations = {"dossier.json": Name.Source, "report.json": Name.Data}
    for name, content in attachments(source).items():
        pdf.attachments[name] = AttachedFileSpec(  # type: ignore[call-arg]  # pikepdf's stub lacks the relationship
            pdf,
            content,
            filename=name,
            description=said[name],
            mime_type=_MIME[name[name.rindex(".") :]],
            relationship=relations.get(name, Name.Supplement),
            creation_date=_date(source.as_of),
            mod_date=_date(source.as_of),
        )


def _date(instant: datetime) -> str:
    # ISO 32000-1, 7.9.4
    offset = instant.strftime("%z")
    return f"D:{instant:%Y%m%d%H%M%S}{offset[:3]}'{offset[3:5]}'"
