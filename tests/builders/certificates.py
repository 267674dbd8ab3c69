"""Certificates of the tests: an authority (trustme), servers and clients, and those that must be refused. Every name is invented."""

import base64
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from carnet.domain.clients.certificates import ClientCertificate

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


class Pair:
    """A certificate and its key, in files."""

    def __init__(self, folder: Path, name: str, certificate: bytes, key: bytes) -> None:
        self.file = folder / f"{name}.pem"
        self.key_file = folder / f"{name}.key"
        self.file.write_bytes(certificate)
        self.key_file.write_bytes(key)
        self.der = ssl.PEM_cert_to_DER_cert(certificate.decode().partition("-----END")[0] + "-----END CERTIFICATE-----")
        self.read = ClientCertificate.read(self.der)

    @property
    def thumbprint(self) -> str:
        return self.read.thumbprint

    @property
    def base64(self) -> str:
        return base64.b64encode(self.der).decode()

    @property
    def header(self) -> str:
        """As a proxy says it (RFC 9440)."""
        return f":{self.base64}:"


class Authority:
    """One authority, with what it signs; `folder` holds the files."""

    def __init__(self, folder: Path, name: str = "autorite") -> None:
        self.folder = folder
        self.ca = trustme.CA()
        self.file = folder / f"{name}.pem"
        self.ca.cert_pem.write_to_path(self.file)
        self._name = name

    def issue(self, name: str, *, begins: datetime = NOW - DAY, ends: datetime = NOW + 30 * DAY) -> Pair:
        """For both ends of a connection, as trustme makes them; the name is a DNS name of it, and its common name."""
        leaf = self.ca.issue_cert(name, common_name=name, not_before=begins, not_after=ends)
        return Pair(self.folder, f"{self._name}-{name}", leaf.cert_chain_pems[0].bytes(), leaf.private_key_pem.bytes())

    def issue_for(self, name: str, *usages: x509.ObjectIdentifier) -> Pair:
        """For these uses only."""
        issuer_key = serialization.load_pem_private_key(self.ca.private_key_pem.bytes(), None)
        issuer = x509.load_pem_x509_certificate(self.ca.cert_pem.bytes())
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(name, key, issuer.subject)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .sign(issuer_key, hashes.SHA256())
        )
        return _pair(self.folder, name, certificate, key)


def self_signed(folder: Path, name: str, *, authority: bool | None = False) -> Pair:
    """Signed by nobody else. authority: what it says of being one; None: nothing."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(name, key, None)
    if authority is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return _pair(folder, name, builder.sign(key, hashes.SHA256()), key)


def signed_by(pair: Pair, folder: Path, name: str) -> Pair:
    """A certificate that a client made with the key of its own, under another's name."""
    issuer = x509.load_pem_x509_certificate(pair.file.read_bytes())
    issuer_key = serialization.load_pem_private_key(pair.key_file.read_bytes(), None)
    key = ec.generate_private_key(ec.SECP256R1())
    return _pair(folder, name, _builder(name, key, issuer.subject).sign(issuer_key, hashes.SHA256()), key)


def _builder(name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Name | None) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
    )


def _pair(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    pem = serialization.Encoding.PEM
    return Pair(
        folder,
        name,
        certificate.public_bytes(pem),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
