import pytest
from tests.builders.cda import a_cda

from carnet.domain.errors import Severity
from carnet.domain.record.model import AuthorKind, DocumentHeader, OrganizationName
from carnet.formats.cda.header import read_header
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import PROFESSIONALS

PERSON = "<assignedPerson><name><family>FICTIF</family><given>Alix</given><suffix>DR</suffix></name></assignedPerson>"
ORGANIZATION = '<id root="1.2.250.1.71.4.2.2" extension="1999999992"/><name>Centre hospitalier inventé</name>'
DEVICE = (
    "<assignedAuthoringDevice><manufacturerModelName>Automate</manufacturerModelName><softwareName>Logiciel 2</softwareName>"
    "</assignedAuthoringDevice>"
)
AUTHOR_TIME = '<author><time value="20240312101500+0100"/>'
AUTHENTICATOR = '<legalAuthenticator><time value="20240312101500+0100"/><signatureCode code="S"/>'
ENTITY_ID = '<assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899900112233"/><code'


def said(header: DocumentHeader) -> list[tuple[str, str | None, Severity]]:
    return [(issue.code, issue.expression, issue.severity) for issue in header.issues]


def test_author_authenticator_and_custodian() -> None:
    header = read_header(
        a_cda(
            swap={
                AUTHOR_TIME: '<author><functionCode code="PCP" codeSystem="2.16.840.1.113883.5.88"/>' + AUTHOR_TIME[8:]
            }
        )
    )
    (author,) = header.authors
    assert (author.kind, author.identifier, author.system) == (AuthorKind.PERSON, "899900112233", PROFESSIONALS)
    assert (author.family, author.given, author.prefix, author.suffix) == ("FICTIF", "Alix", None, "DR")
    assert author.specialty == Code(
        "G15_10/SM26", "1.2.250.1.213.1.1.4.5", "Médecin - Qualifié en médecine générale (SM)"
    )
    assert author.role == Code("PCP", "2.16.840.1.113883.5.88")
    assert author.organization == OrganizationName("Centre hospitalier inventé", "1999999992")
    assert author.at is not None
    assert author.at.text == "2024-03-12T10:15:00+01:00"
    assert header.legal_authenticator is not None
    assert header.legal_authenticator.family == "FICTIF"
    assert header.custodian == OrganizationName("Centre hospitalier inventé", "1999999992")


def test_a_device_writes_too() -> None:
    header = read_header(
        a_cda(
            swap={
                f"{PERSON}<representedOrganization>{ORGANIZATION}</representedOrganization></assignedAuthor>": f"{DEVICE}</assignedAuthor>"
            }
        )
    )
    (author,) = header.authors
    assert (author.kind, author.device, author.organization) == (AuthorKind.DEVICE, "Automate/Logiciel 2", None)
    assert header.issues == ()


def test_an_author_is_a_person_or_a_device() -> None:
    both = a_cda(
        swap={
            f"{PERSON}<representedOrganization>{ORGANIZATION}</representedOrganization></assignedAuthor>": f"{PERSON}{DEVICE}</assignedAuthor>"
        }
    )
    assert said(read_header(both)) == [
        ("cda-author-ambiguous", "/ClinicalDocument/author/assignedAuthor", Severity.ERROR)
    ]
    neither = read_header(
        a_cda(
            swap={
                f"{PERSON}<representedOrganization>{ORGANIZATION}</representedOrganization></assignedAuthor>": "</assignedAuthor>"
            }
        )
    )
    assert said(neither) == [("cda-author-unnamed", "/ClinicalDocument/author/assignedAuthor", Severity.ERROR)]
    assert neither.authors[0].kind is AuthorKind.ORGANIZATION


def test_a_patient_may_write_and_answer() -> None:
    ins = '<id root="1.2.250.1.213.1.4.10" extension="299075110804208"/>'
    header = read_header(a_cda(swap={'<id root="1.2.250.1.71.4.2.1" extension="899900112233"/><code': ins + "<code"}))
    assert header.issues == ()
    assert header.legal_authenticator is not None
    for author in (*header.authors, header.legal_authenticator):
        assert (author.kind, author.identifier, author.system) == (
            AuthorKind.PATIENT,
            "299075110804208",
            "1.2.250.1.213.1.4.10",
        )


def test_several_authors_are_numbered_in_faults() -> None:
    header = read_header(
        a_cda(swap={AUTHOR_TIME: f"<author><time nullFlavor='UNK'/><assignedAuthor/></author>{AUTHOR_TIME}"})
    )
    assert len(header.authors) == 2
    assert said(header) == [
        ("cda-author-unnamed", "/ClinicalDocument/author[1]/assignedAuthor", Severity.ERROR),
        ("cda-element-missing", "/ClinicalDocument/author[1]/assignedAuthor/id", Severity.ERROR),
        ("cda-element-null", "/ClinicalDocument/author[1]/time", Severity.WARNING),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "expression", "severity"),
    [
        (AUTHOR_TIME, "<author>", "cda-element-missing", "author/time", Severity.ERROR),
        (AUTHOR_TIME, '<author nullFlavor="UNK"><time/>', "cda-element-null", "author", Severity.ERROR),
        (AUTHOR_TIME, "<author><time value='2024031210150'/>", "cda-time-invalid", "author/time", Severity.WARNING),
        (AUTHENTICATOR, AUTHENTICATOR.replace("+0100", "+100"), "cda-time-invalid", "legalAuthenticator/time", Severity.WARNING),
        (AUTHENTICATOR, AUTHENTICATOR.replace('code="S"', 'code="I"'), "cda-value-unexpected", "legalAuthenticator/signatureCode/@code", Severity.ERROR),
        (AUTHENTICATOR, AUTHENTICATOR.replace('code="S"', 'nullFlavor="NA"'), "cda-element-null", "legalAuthenticator/signatureCode", Severity.ERROR),
        (ENTITY_ID, "<assignedEntity><code", "cda-element-missing", "legalAuthenticator/assignedEntity/id", Severity.ERROR),
        (ENTITY_ID, '<assignedEntity><id nullFlavor="UNK"/><code', "cda-element-null", "legalAuthenticator/assignedEntity/id", Severity.ERROR),
        (ENTITY_ID, '<assignedEntity><id extension="8"/><code', "cda-id-invalid", "legalAuthenticator/assignedEntity/id/@root", Severity.ERROR),
        (ENTITY_ID, '<assignedEntity><id root="1.2.3" extension="8"/><code', "cda-id-root-unexpected", "legalAuthenticator/assignedEntity/id/@root", Severity.WARNING),
        (AUTHENTICATOR, AUTHENTICATOR + "</legalAuthenticator><legalAuthenticator>", "cda-element-missing", "legalAuthenticator/assignedEntity", Severity.ERROR),
        ("</assignedCustodian></custodian>", "</assignedCustodian></custodian><custodian/>", "cda-element-repeated", "custodian", Severity.ERROR),
        ("<assignedCustodian>", "<assignedCustodian><x/></assignedCustodian><assignedCustodian>", "cda-element-missing", "custodian/assignedCustodian/representedCustodianOrganization", Severity.ERROR),
        ("<representedCustodianOrganization>" + ORGANIZATION, "<representedCustodianOrganization>" + ORGANIZATION.partition("<name>")[0], "cda-element-missing", "custodian/assignedCustodian/representedCustodianOrganization/name", Severity.ERROR),
        ("<representedCustodianOrganization><id", "<representedCustodianOrganization><x", "cda-element-missing", "custodian/assignedCustodian/representedCustodianOrganization/id", Severity.ERROR),
        ('<representedCustodianOrganization><id root="1.2.250.1.71.4.2.2"', "<representedCustodianOrganization><id", "cda-id-invalid", "custodian/assignedCustodian/representedCustodianOrganization/id/@root", Severity.ERROR),
        ('<representedCustodianOrganization><id root="1.2.250.1.71.4.2.2"', '<representedCustodianOrganization><id root="1.2"', "cda-id-root-unexpected", "custodian/assignedCustodian/representedCustodianOrganization/id/@root", Severity.WARNING),
    ],
)  # fmt: skip
def test_faults_of_participants(old: str, new: str, code: str, expression: str, severity: Severity) -> None:
    data = a_cda()
    if new.endswith("<representedCustodianOrganization>" + ORGANIZATION.partition("<name>")[0]):
        data = a_cda(swap={old + "</represented": new + "</represented"})
    else:
        data = a_cda(swap={old: new})
    assert (code, f"/ClinicalDocument/{expression}", severity) in said(read_header(data))


def test_an_authenticator_must_be_named() -> None:
    data = a_cda(
        swap={
            f"{PERSON}<representedOrganization>{ORGANIZATION}</representedOrganization></assignedEntity>": "</assignedEntity>"
        }
    )
    assert said(read_header(data)) == [
        (
            "cda-element-missing",
            "/ClinicalDocument/legalAuthenticator/assignedEntity/assignedPerson/name",
            Severity.ERROR,
        )
    ]


def test_a_null_identifier_followed_by_a_true_one() -> None:
    header = read_header(a_cda(swap={ENTITY_ID: ENTITY_ID.replace("<id", '<id nullFlavor="UNK"/><id')}))
    assert header.issues == ()
    assert header.legal_authenticator is not None
    assert header.legal_authenticator.identifier == "899900112233"


def test_a_person_without_a_readable_name() -> None:
    for name in ("", "<name/>", "<name><family/><delimiter>x</delimiter></name>"):
        header = read_header(a_cda(swap={PERSON: f"<assignedPerson>{name}</assignedPerson>"}))
        assert header.authors[0].kind is AuthorKind.PERSON


def test_a_name_without_parts_is_kept_whole() -> None:
    header = read_header(a_cda(swap={PERSON: "<assignedPerson><name>Alix FICTIF</name></assignedPerson>"}))
    assert header.authors[0].family == "Alix FICTIF"


def test_the_host_keeps_what_patients_write() -> None:
    data = a_cda(
        swap={
            f"<representedCustodianOrganization>{ORGANIZATION}": '<representedCustodianOrganization><id root="1.2.250.1.213.4.1"/><name>Hôte</name>'
        }
    )
    header = read_header(data)
    assert header.issues == ()
    assert header.custodian == OrganizationName("Hôte", "1.2.250.1.213.4.1", "1.2.250.1.213.4.1")
