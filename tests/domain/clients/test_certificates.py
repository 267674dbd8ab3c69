"""What is read of a certificate, and by what a client is known in it."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from carnet.domain.clients.certificates import CertificateTrait, ClientCertificate, ExpectedCertificate

NOW = datetime(2026, 6, 1, tzinfo=UTC)
KEY = ec.generate_private_key(ec.SECP256R1())
NAMES = x509.SubjectAlternativeName(
    [
        x509.DNSName("Hopital.Example"),
        x509.UniformResourceIdentifier("urn:finess:990000001"),
        x509.RFC822Name("dsi@hopital.example"),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
        x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
    ]
)


def read(*extensions):
    name = x509.Name(
        [x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, "Hôpital, inventé")]
    )
    builder = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key()).serial_number(7)
        .not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
    )  # fmt: skip
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return ClientCertificate.read(builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


@pytest.mark.parametrize(
    ("trait", "value", "expected"),
    [
        (CertificateTrait.SUBJECT_DN, "CN=H\\c3\\b4pital\\, invent\\c3\\a9,C=FR", True),
        (CertificateTrait.SUBJECT_DN, "CN=Hôpital\\, inventé,C=FR", True),
        (CertificateTrait.SUBJECT_DN, "C=FR,CN=Hôpital\\, inventé", False),
        (CertificateTrait.SUBJECT_DN, "CN=Hôpital", False),
        (CertificateTrait.SAN_DNS, "hopital.example", True),
        (CertificateTrait.SAN_DNS, "example", False),
        (CertificateTrait.SAN_URI, "urn:finess:990000001", True),
        (CertificateTrait.SAN_URI, "URN:finess:990000001", False),
        (CertificateTrait.SAN_EMAIL, "dsi@hopital.example", True),
        (CertificateTrait.SAN_EMAIL, "autre@hopital.example", False),
        (CertificateTrait.SAN_IP, "2001:0db8:0:0::1", True),
        (CertificateTrait.SAN_IP, "2001:db8::2", False),
        (CertificateTrait.SAN_IP, "nowhere", False),
        (CertificateTrait.SAN_DNS, "dsi@hopital.example", False),  # a name of another kind is not that name
    ],
)  # fmt: skip
def test_a_name_is_looked_for_among_those_of_its_kind(trait, value, expected):
    assert read(NAMES).is_one_of((ExpectedCertificate(trait, value),), whole=False) is expected
    assert read().is_one_of((ExpectedCertificate(trait, value),), whole=False) is (
        expected and trait is CertificateTrait.SUBJECT_DN
    )


@pytest.mark.parametrize(
    ("usages", "fault"),
    [
        ((), None),
        ((ExtendedKeyUsageOID.CLIENT_AUTH,), None),
        ((ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), None),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), None),
        ((ExtendedKeyUsageOID.SERVER_AUTH,), "certificate-not-for-clients"),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION,), "certificate-not-for-clients"),
    ],
)
def test_what_it_is_for(usages, fault):
    certificate = read(x509.ExtendedKeyUsage(usages)) if usages else read()
    assert certificate.fault(NOW) == fault
    assert certificate.fault(NOW + timedelta(days=2)) == "certificate-expired"
    assert certificate.fault(NOW - timedelta(days=2)) == "certificate-not-yet-valid"


def test_noise_is_no_certificate():
    for noise in (b"", b"\x30\x00", b"x" * 500, read().der[:-1], read().der + b"x"):
        with pytest.raises(ValueError, match=r".*"):
            ClientCertificate.read(noise)
