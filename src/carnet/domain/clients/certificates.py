"""
The certificate that a software shows when it opens a connection, and what a registered client says of the one it will show.

Source: RFC 8705 §2 (client authentication), §3 (tokens bound to a certificate); RFC 5280 §4.2.1.
"""

import base64
import hashlib
import ipaddress
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Literal

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from carnet.vocabulary.frozen import frozen

CertificateFault = Literal["certificate-expired", "certificate-not-yet-valid", "certificate-not-for-clients"]

_USES = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


class CertificateTrait(StrEnum):
    """By what a client's certificate is known, under the names of RFC 8705 §2.1.2; the last two are the certificate itself."""

    SUBJECT_DN = "tls_client_auth_subject_dn"
    SAN_DNS = "tls_client_auth_san_dns"
    SAN_URI = "tls_client_auth_san_uri"
    SAN_IP = "tls_client_auth_san_ip"
    SAN_EMAIL = "tls_client_auth_san_email"
    THUMBPRINT = "x5t#S256"
    WHOLE = "certificate"


@frozen
class ExpectedCertificate:
    """
    One certificate that a client may show.

    value: a distinguished name (RFC 4514), a name, a thumbprint, or a whole certificate (DER in base64) for one that no authority
    signed.
    """

    trait: CertificateTrait
    value: str


@frozen
class ClientCertificate:
    """
    A certificate whose private key the other end has proved to hold.

    thumbprint: SHA-256 of the DER, base64url without padding, as `cnf` writes it. subject: RFC 4514. names: subject alternative names.
    is_for_clients: its extended key usage allows it, or says nothing.
    """

    der: bytes
    thumbprint: str
    subject: str
    names: frozenset[tuple[CertificateTrait, str]]
    begins: datetime
    ends: datetime
    is_for_clients: bool

    @staticmethod
    def read(der: bytes) -> "ClientCertificate":
        """Raises ValueError when the bytes are no certificate."""
        certificate = x509.load_der_x509_certificate(der)
        return ClientCertificate(
            der,
            thumbprint_of(der),
            certificate.subject.rfc4514_string(),
            frozenset(_names(certificate)),
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
            _is_for_clients(certificate),
        )

    def fault(self, now: datetime) -> CertificateFault | None:
        """Why it proves nothing at this instant, or None. Whoever signed it was checked when the connection was opened."""
        if now < self.begins:
            return "certificate-not-yet-valid"
        if now > self.ends:
            return "certificate-expired"
        return None if self.is_for_clients else "certificate-not-for-clients"

    def is_one_of(self, expected: tuple[ExpectedCertificate, ...], *, whole: bool) -> bool:
        """
        Whether a client expected this certificate.

        Takes
            whole: as a certificate registered as such (`self_signed_tls_client_auth`); else by a name that an authority vouches for, or
                by its thumbprint (`tls_client_auth`).
        """
        return any(self._is(each) for each in expected if (each.trait is CertificateTrait.WHOLE) is whole)

    def _is(self, expected: ExpectedCertificate) -> bool:
        match expected.trait:
            case CertificateTrait.WHOLE:
                return der_of(expected.value) == self.der
            case CertificateTrait.THUMBPRINT:
                return expected.value == self.thumbprint
            case CertificateTrait.SUBJECT_DN:
                return same_name(expected.value, self.subject)
            case _:
                return (expected.trait, plain_name(expected)) in self.names


def thumbprint_of(der: bytes) -> str:
    """SHA-256 of a certificate, base64url without padding (RFC 8705 §3.1)."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def der_of(value: str) -> bytes | None:
    """The DER of a certificate kept in base64, or None."""
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return None


def same_name(one: str, other: str) -> bool:
    """Whether two distinguished names are the same, whatever the way they are written."""
    try:
        return x509.Name.from_rfc4514_string(one) == x509.Name.from_rfc4514_string(other)
    except ValueError:
        return False


def plain_name(expected: ExpectedCertificate) -> str:
    """The name as certificates are compared: names of hosts know no case, addresses have many forms."""
    if expected.trait is CertificateTrait.SAN_DNS:
        return expected.value.lower()
    if expected.trait is CertificateTrait.SAN_IP:
        try:
            return str(ipaddress.ip_address(expected.value))
        except ValueError:
            return ""
    return expected.value


def fault_of_expected(expected: ExpectedCertificate) -> str | None:
    """The code of what keeps a certificate from being expected, or None."""
    value = expected.value
    match expected.trait:
        case CertificateTrait.SUBJECT_DN:
            return None if value and same_name(value, value) else "client-certificate-name"
        case CertificateTrait.THUMBPRINT:
            return None if len(value) == 43 and _is_base64url(value) else "client-certificate-thumbprint"
        case CertificateTrait.WHOLE:
            return _fault_of_whole(value)
        case _:
            return None if plain_name(expected) else "client-certificate-name"


def _fault_of_whole(value: str) -> str | None:
    try:
        certificate = x509.load_der_x509_certificate(der_of(value) or b"")
    except ValueError:
        return "client-certificate-unreadable"
    # It will be trusted by itself. Were it an authority too, its owner could make certificates in anyone's name.
    try:
        authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        authority = True  # says nothing: some libraries then take it for one
    return "client-certificate-authority" if authority else None


def _is_base64url(value: str) -> bool:
    return value.isascii() and value.replace("-", "a").replace("_", "a").isalnum()


def _names(certificate: x509.Certificate) -> Iterator[tuple[CertificateTrait, str]]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return
    for name in names:
        if isinstance(name, x509.DNSName):
            yield CertificateTrait.SAN_DNS, name.value.lower()
        elif isinstance(name, x509.UniformResourceIdentifier):
            yield CertificateTrait.SAN_URI, name.value
        elif isinstance(name, x509.RFC822Name):
            yield CertificateTrait.SAN_EMAIL, name.value
        elif isinstance(name, x509.IPAddress):
            yield CertificateTrait.SAN_IP, str(name.value)


def _is_for_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    assert isinstance(usage, x509.ExtendedKeyUsage)
    return not _USES.isdisjoint(usage)
