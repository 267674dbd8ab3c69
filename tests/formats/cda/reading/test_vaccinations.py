from tests.builders.readings import LOINC, a_section, a_structured

from carnet.formats.cda.reading.document import read_cda
from carnet.formats.cda.reading.model import Reading, Vaccination, Vaccinations

HISTORY = ("11369-6", LOINC, "Historique des vaccinations")
NBSP = "\N{NO-BREAK SPACE}"


def a_dose(
    name: str = "FICTIVAX",
    *,
    day: str = '<effectiveTime value="20200314"/>',
    more: str = "",
    negated: str = "false",
    code: str = "",
) -> str:
    return (
        f'<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="{negated}">'
        f'<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/>{day}'
        '<approachSiteCode code="1" displayName="bras gauche"/><consumable><manufacturedProduct><manufacturedMaterial>'
        f"{code}<name>{name}</name><lotNumberText>L9</lotNumberText></manufacturedMaterial></manufacturedProduct></consumable>"
        "<performer><assignedEntity><assignedPerson><name><prefix>MME</prefix><given>Alix</given><family>FICTIF</family></name></assignedPerson>"
        f"</assignedEntity></performer>{more}</substanceAdministration></entry>"
    )


def linked(inside: str, kind: str = "SUBJ") -> str:
    return f'<entryRelationship typeCode="{kind}">{inside}</entryRelationship>'


def rank(value: str, code: str = "30973-2") -> str:
    return linked(f'<observation><code code="{code}"/><value xsi:type="INT" value="{value}"/></observation>')


def read(*doses: str, text: str = "<paragraph>FICTIVAX</paragraph>") -> Reading:
    return read_cda(a_structured(a_section(text, "".join(doses)), type_code=HISTORY))


def doses(reading: Reading) -> list[Vaccination]:
    return [
        each
        for section in reading.sections
        for block in section.blocks
        if isinstance(block, Vaccinations)
        for each in block.vaccinations
    ]


def test_a_dose_says_what_when_where_and_by_whom() -> None:
    atc = '<code code="1" codeSystem="1.2"><translation code="J07AM" codeSystem="2.16.840.1.113883.6.73" displayName="Vaccin antitétanique"/></code>'
    comment = '<act><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.2"/><text>Bien toléré</text></act>'
    fever = '<observation><code code="418799008"/><value xsi:type="CD" displayName="fièvre"/></observation>'
    more = (
        rank("2")
        + linked(fever, "CAUS")
        + linked(comment)
        + linked("<act/>")
        + linked(comment.replace("Bien toléré", ""))
    )
    (found,) = doses(read(a_dose(code=atc, more=more), text=""))
    assert (found.name, found.against, found.rank, found.lot, found.site, found.by) == (
        "FICTIVAX", "Vaccin antitétanique", 2, "L9", "bras gauche", "Mme Alix Fictif",
    )  # fmt: skip
    assert found.at is not None
    assert found.at.text == "2020-03-14"
    assert found.notes == (("Réaction", "fièvre"), ("Commentaire", "Bien toléré"))


def test_ranks_that_make_no_sense_are_left_out() -> None:
    for value in ("0", "-1", "500", "beaucoup"):
        assert doses(read(a_dose(more=rank(value))))[0].rank is None
    assert doses(read(a_dose(more=rank("2", code="autre"))))[0].rank is None


def test_what_it_is_against_is_not_said_twice() -> None:
    atc = '<code code="J07" codeSystem="2.16.840.1.113883.6.73" displayName="fictivax"/>'
    assert doses(read(a_dose(code=atc)))[0].against == ""
    assert doses(read(a_dose(code='<code code="1" codeSystem="1.2"/>')))[0].against == ""


def test_the_text_is_shown_when_a_dose_was_not_given_or_has_no_day() -> None:
    assert (
        doses(read(a_dose(), a_dose("AUTREVAX", negated="true"), text="<paragraph>FICTIVAX AUTREVAX</paragraph>")) == []
    )
    assert doses(read(a_dose(day='<effectiveTime nullFlavor="UNK"/>'))) == []


def test_the_answer_counts_the_doses_given() -> None:
    assert read(a_dose()).answer == f"Une dose de vaccin est notée{NBSP}: FICTIVAX."
    assert read(a_dose(), a_dose(), a_dose(negated="true")).answer == "Deux doses de vaccin sont notées."
    assert read(a_dose(negated="true")).answer == f"Ce document a une partie{NBSP}: Partie."
