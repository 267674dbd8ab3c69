"""
Vaccination notes and vaccination histories, N3.

Source: CI-SIS, volets VAC 2023.01 and VAC-NOTE 2023.01 (documents.md §5.4); IHE PCC Immunization Content.
"""

from datetime import date, timedelta
from random import Random

from carnet.formats.cda.writing.elements import coded
from carnet.territory.cda_body import cell, identified, original, reference, section, structured, table, templated
from carnet.territory.codes import ATC, CIS, LOINC, SNOMED, TYPES
from carnet.territory.documents.scene import Scene, Written, short, written_header
from carnet.territory.medicines import INTRAMUSCULAR, VACCINES, Vaccine
from carnet.territory.model import Citizen
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen

_IHE = ("1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2", None)
_ENTRY = ("2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.2.250.1.213.1.1.3.45")
_PRODUCT = ("2.16.840.1.113883.10.20.1.53", "1.3.6.1.4.1.19376.1.5.3.1.4.7.2", "1.2.250.1.213.1.1.3.43")
_SHOULDER = Code("16217701000119102", SNOMED, "deltoïde gauche")


@frozen
class Injection:
    """One dose. rank: first, second… of its series."""

    vaccine: Vaccine
    day: date
    rank: int

    @property
    def lot(self) -> str:
        """The same each time the dose is told."""
        return f"V{Random(self.day.toordinal() * 31 + int(self.vaccine.cis)).randint(10000, 99999)}"


def received(citizen: Citizen, day: date) -> list[Injection]:
    """The doses of the calendar up to that day, oldest first, each given within two months of its age."""
    found = []
    for vaccine in VACCINES.values():
        ages = list(vaccine.ages)
        if vaccine.yearly_from is not None:
            ages += [float(age) for age in range(vaccine.yearly_from, citizen.age_on(day) + 1)]
        for rank, age in enumerate(ages, 1):
            delay = Random(citizen.index * 977 + int(age * 12) * 7 + int(vaccine.cis)).randint(1, 55)
            given = citizen.birth_date + timedelta(days=int(age * 365.25) + delay)
            # Recent vaccines were not there in the childhood of older people.
            if given <= day and given.year >= 1995:
                found.append(Injection(vaccine, given, rank))
    return sorted(found, key=lambda each: (each.day, each.vaccine.cis))


def write_note(scene: Scene) -> Written:
    """A note on the last dose due; a booster of tetanus when the calendar has none."""
    doses = received(scene.citizen, scene.day)
    dose = doses[-1] if doses else Injection(VACCINES["dtp"], scene.day, 1)
    return _written(
        scene,
        "87273-9",
        "Note de vaccination",
        [Injection(dose.vaccine, scene.day, dose.rank)],
        template="1.2.250.1.213.1.1.1.46",
    )


def write_history(scene: Scene) -> Written:
    """All the doses known on that day."""
    doses = received(scene.citizen, scene.day) or [Injection(VACCINES["dtp"], scene.day - timedelta(days=400), 1)]
    return _written(scene, "11369-6", "Historique des vaccinations", doses, template="1.2.250.1.213.1.1.1.37")


def _written(scene: Scene, type_code: str, title: str, doses: list[Injection], *, template: str) -> Written:
    head = written_header(
        scene, type_code, title=title, templates=(_IHE, (template, "2023.01")), event=TYPES[type_code]
    )
    rows = [
        (
            short(each.day),
            cell(f"vac-{number}", each.vaccine.name),
            each.vaccine.against,
            each.lot,
            str(each.rank),
            cell(f"site-{number}", "Deltoïde gauche"),
        )
        for number, each in enumerate(doses, 1)
    ]
    body = section(
        TYPES["11369-6"],
        title,
        table(("Date", "Vaccin", "Contre", "Lot n°", "Rang", "Région d'administration"), rows),
        templates=("2.16.840.1.113883.10.20.1.6", "1.3.6.1.4.1.19376.1.5.3.1.3.23", "1.2.250.1.213.1.1.2.147"),
        entries=[_entry(scene, each, number) for number, each in enumerate(doses, 1)],
        mark=scene.planned.seed,
    )
    return Written(structured(head, (body,)), type_code, title)


def _entry(scene: Scene, dose: Injection, number: int) -> str:
    vaccine = dose.vaccine
    code = coded(
        "code",
        Code(vaccine.cis, CIS, vaccine.name),
        original(f"vac-{number}") + coded("translation", Code(vaccine.atc, ATC, vaccine.against)),
    )
    act = ("INITIMMUNIZ", "1ère série vaccinante") if dose.rank == 1 else ("BOOSTER", "Rappel")
    return (
        f'<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false">{templated(_ENTRY)}'
        f'<id root="{identified(scene.planned.seed * 128 + number)}"/>'
        f'<code code="{act[0]}" displayName="{act[1]}" codeSystem="2.16.840.1.113883.5.4" codeSystemName="ActSubstanceAdministrationImmunizationCode"/>'
        f'{reference(f"vac-{number}")}<statusCode code="completed"/><effectiveTime value="{dose.day:%Y%m%d}"/>'
        f"{coded('routeCode', INTRAMUSCULAR)}{coded('approachSiteCode', _SHOULDER, original(f'site-{number}'))}"
        f'<doseQuantity value="1" unit="{{dose}}"/><consumable typeCode="CSM"><manufacturedProduct>{templated(_PRODUCT)}<manufacturedMaterial>{code}'
        f"<name>{vaccine.name}</name><lotNumberText>{dose.lot}</lotNumberText></manufacturedMaterial></manufacturedProduct></consumable>"
        f'<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        f"{templated(('2.16.840.1.113883.10.20.1.46', '1.2.250.1.213.1.1.3.82'))}{coded('code', Code('30973-2', LOINC, 'Rang de la vaccination'))}"
        f'<statusCode code="completed"/><value xsi:type="INT" value="{dose.rank}"/></observation></entryRelationship></substanceAdministration></entry>'
    )
