"""The correspondence of MSSanté: owners, kinds, and what is refused."""

from pathlib import Path

import pytest
from tests.builders.annuaire import a_mailbox, an_rpps, mailboxes

from carnet.domain.directory.loading.model import LineFault, PublishedMailbox
from carnet.domain.errors import Invalid
from carnet.formats.annuaire.columns import file_kind
from carnet.formats.annuaire.lines import read_lines
from carnet.formats.annuaire.mailboxes import mailbox_columns, read_mailboxes
from carnet.territory.annuaire import MAILBOX_COLUMNS


def read(content: bytes) -> list[object]:
    lines = read_lines([content])
    columns = mailbox_columns(next(lines).text)
    return [entry[1] if not isinstance(entry, LineFault) else entry for entry in read_mailboxes(lines, columns)]


def test_a_person_s_and_a_structure_s() -> None:
    person, both, structure = read(
        mailboxes(
            a_mailbox("Camille.Essai@Pro.Mssante.fr", rank=1),
            a_mailbox("camille@ch.mssante.fr", rank=1, at="990000001"),
            a_mailbox("accueil@ch.mssante.fr", at="990000001", kind="ORG", **{"Service de rattachement": "ACCUEIL"}),
        )
    )
    assert person == PublishedMailbox("camille.essai@pro.mssante.fr", "PER", "8" + an_rpps(1), "")
    assert both == PublishedMailbox("camille@ch.mssante.fr", "PER", "8" + an_rpps(1), "1990000001")
    assert structure == PublishedMailbox("accueil@ch.mssante.fr", "ORG", "", "1990000001", "ACCUEIL")


@pytest.mark.parametrize(
    ("kind", "number", "organization"),
    [
        ("1", "990000001", "1990000001"),
        ("2", "999999999", "2999999999"),
        ("3", "99999999900011", "399999999900011"),
        ("4", "10000000000001", "410000000000001"),
        ("FINESS", "990000001", "1990000001"),
        ("SIRET", "99999999900011", "399999999900011"),
        ("", "990000001", "1990000001"),
        ("", "99999999900011", "399999999900011"),
    ],
)
def test_a_structure_is_named_by_its_kind_and_number(kind: str, number: str, organization: str) -> None:
    row = a_mailbox("a@b.fr", kind="APP") | {"Type identifiant structure": kind, "Identification Structure": number}
    (mailbox,) = read(mailboxes(row))
    assert isinstance(mailbox, PublishedMailbox)
    assert mailbox.organization == organization


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (a_mailbox("pas une adresse", rank=1), "mailbox-address"),
        (a_mailbox("a@", rank=1), "mailbox-address"),
        (a_mailbox("a@b.fr", rank=1, kind="XYZ"), "mailbox-kind"),
        (a_mailbox("a@b.fr"), "mailbox-owner-missing"),
        (a_mailbox("a@b.fr", at="990000001"), "mailbox-owner-missing"),
        (a_mailbox("a@b.fr", at="99", kind="ORG"), "structure-number"),
        (a_mailbox("a@b.fr", rank=1) | {"Identification Nationale PP": "8123"}, "person-number"),
    ],
)
def test_a_wrong_line_is_told(row: dict[str, str], code: str) -> None:
    (fault,) = read(mailboxes(row))
    assert isinstance(fault, LineFault)
    assert (fault.line, fault.code) == (2, code)


def test_an_unlisted_mailbox_is_read_as_one() -> None:
    columns = (*MAILBOX_COLUMNS, "Liste rouge")
    rows = [a_mailbox("a@b.fr", rank=1) | {"Liste rouge": said} for said in ("O", "Non", "true", "")]
    assert [mailbox.is_unlisted for mailbox in read(mailboxes(*rows, columns=columns))] == [True, False, True, False]


def test_a_file_without_addresses_is_refused() -> None:
    with pytest.raises(Invalid) as told:
        mailbox_columns("Type de BAL|Identification Nationale PP|Identification Structure|")
    assert told.value.code == "directory-columns-missing"


def test_a_file_that_does_not_say_the_kind_nor_spells_its_columns_so() -> None:
    content = "Adresse BAL|Identifiant PP|Type d'identifiant PP|Identifiant structure\na@b.fr|99910000016|8|\nc@d.fr|||990000001\n"
    person, structure = read(content.encode())
    assert person == PublishedMailbox("a@b.fr", "PER", "899910000016", "")
    assert structure == PublishedMailbox("c@d.fr", "ORG", "", "1990000001")
    with pytest.raises(Invalid) as told:
        mailbox_columns("Adresse BAL|Service de rattachement|")
    assert told.value.code == "directory-columns-missing"


def test_public_sample(samples: Path) -> None:
    (path,) = (samples / "annuaire").glob("Extraction_Correspondance_MSSante_*.txt")
    header = path.read_text("utf-8").split("\n")[0]
    assert file_kind(header) == "mailboxes"
    assert mailbox_columns(header).unknown == ()
    assert [(m.kind, m.person or m.organization) for m in read(path.read_bytes())] == [
        ("PER", "819000000018"),
        ("PER", "819000000042"),
        ("ORG", "1999990001"),
        ("APP", "1999990001"),
    ]
