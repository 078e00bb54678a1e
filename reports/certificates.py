"""The firm's own small certificate authority for PDFs, because readers of PDFs know no Ed25519.

Keys follow from 32-byte seeds and every field from what is given: the same in, the same certificate. What a certificate
says is who sealed a file; who decided is said by the entries of the ledger.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from govern.errors import InvalidInput
from govern.ledger.strict import Digest

Key: TypeAlias = ec.EllipticCurvePrivateKey

SEED_SIZE = 32
LONGEST_NAME = 64
"""X.520 gives a name no more characters."""

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Sealer:
    """A certificate with its key: an authority's, or that of whoever seals a report."""

    certificate: bytes
    """DER."""
    key: Key = field(repr=False)
    issuer: bytes | None = None
    """The authority's certificate, for all but the authority itself."""

    @property
    def fingerprint(self) -> Digest:
        return Digest.of(self.certificate)

    @property
    def name(self) -> str:
        return common_name(x509.load_der_x509_certificate(self.certificate).subject)


def authority(seed: bytes, firm: str, begins: datetime, ends: datetime) -> Sealer:
    """Return the root that a firm gives to whoever is to trust its reports."""
    key = _key(seed, b"authority")
    name = _name(firm, f"{firm} reports"[:LONGEST_NAME])
    builder = _begun(name, name, key, begins, ends).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
    signed = _usage(builder, for_certificates=True).sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    return Sealer(signed.public_bytes(Encoding.DER), key)


def issued(root: Sealer, seed: bytes, name: str, begins: datetime, ends: datetime) -> Sealer:
    """Return the certificate, under ``root``, of whoever seals reports as ``name``."""
    key = _key(seed, b"sealer")
    above = x509.load_der_x509_certificate(root.certificate)
    firm = above.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    subject = _name(str(firm), name)
    builder = _begun(subject, above.subject, key, begins, ends)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), False
    )
    signed = _usage(builder, for_certificates=False).sign(root.key, hashes.SHA256(), ecdsa_deterministic=True)
    return Sealer(signed.public_bytes(Encoding.DER), key, root.certificate)


def revocations(root: Sealer, revoked: dict[bytes, datetime], now: datetime, until: datetime) -> bytes:
    """Return the list, in DER, of the certificates that ``root`` has revoked, each from its instant on."""
    above = x509.load_der_x509_certificate(root.certificate)
    builder = x509.CertificateRevocationListBuilder(above.subject, now, until)
    for certificate, since in revoked.items():
        serial = x509.load_der_x509_certificate(certificate).serial_number
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = builder.add_revoked_certificate(one)
    builder = builder.add_extension(x509.CRLNumber(int(now.timestamp())), False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(root.key.public_key()), False
    )
    signed = builder.sign(root.key, hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(Encoding.DER)


def common_name(name: x509.Name) -> str:
    return str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _key(seed: bytes, purpose: bytes) -> Key:
    if len(seed) != SEED_SIZE:
        raise InvalidInput(f"a seed has {SEED_SIZE} bytes")
    # FIPS 186-5, A.2.1: 64 more bits than the order has leave no bias that could be seen.
    wide = b"".join(sha256(b"govern report key\0" + bytes([part]) + purpose + b"\0" + seed).digest() for part in (1, 2))
    return ec.derive_private_key(int.from_bytes(wide[:40]) % (_ORDER - 1) + 1, ec.SECP256R1())


def _name(firm: str, name: str) -> x509.Name:
    for text in (firm, name):
        if not 0 < len(text) <= LONGEST_NAME:
            raise InvalidInput(f"{text[:80]!r} cannot stand in a certificate", hint=f"1 to {LONGEST_NAME} characters")
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, firm), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: Key, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    if begins.tzinfo is None or not begins < ends:
        raise InvalidInput("a certificate begins before it ends, both with an offset")
    public = key.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    dated = f"{begins.isoformat()} {ends.isoformat()}".encode()
    # A serial number that nobody could foresee without the seed; 20 bytes, positive (RFC 5280, 4.1.2.2).
    serial = int.from_bytes(sha256(identifier.digest + subject.public_bytes() + dated).digest()[:19]) | 1 << 151
    builder = x509.CertificateBuilder(issuer, subject, public, serial, begins, ends)
    return builder.add_extension(identifier, False)


def _usage(builder: x509.CertificateBuilder, *, for_certificates: bool) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=not for_certificates,
        content_commitment=not for_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=for_certificates,
        crl_sign=for_certificates,
        encipher_only=False,
        decipher_only=False,
    )
    return builder.add_extension(usage, True)
