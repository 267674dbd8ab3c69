"""
Reimbursement histories that health insurance feeds by itself, N3.

Source: CI-SIS, volet CNAM-HR 2021.01 (documents.md §5.4).
"""

from datetime import timedelta

from carnet.formats.cda.writing.elements import coded
from carnet.territory.cda_body import cell, identified, paragraph, reference, section, structured, table, templated
from carnet.territory.cda_header import Device, HeaderFacts, header
from carnet.territory.codes import ATC, CIS, INSURANCE_FEED, LOINC, SETTING, TYPES
from carnet.territory.documents.scene import Scene, Written, short
from carnet.territory.documents.treatments import lasting
from carnet.territory.medicines import MEDICINES
from carnet.vocabulary.codes import Code

_TITLE = "Historique de remboursements"
_CARE = (
    "Consultation de médecine générale",
    "Consultation spécialisée",
    "Détartrage",
    "Analyses de biologie médicale",
    "Séance de kinésithérapie",
    "Soins infirmiers",
)


def write(scene: Scene) -> Written:
    """Six months of medicines and care."""
    chance = scene.chance()
    organization = scene.cast.insurance()
    start = scene.at - timedelta(days=182)
    head = header(
        HeaderFacts(
            ids=scene.ids,
            templates=(("1.2.250.1.213.1.1.1.36", "2021.01"),),
            type=TYPES["REMB"],
            title=_TITLE,
            at=scene.at,
            citizen=scene.citizen,
            author=Device(
                f"5{organization.identifier[1:]}/1", "Alimentation de l'assurance maladie", INSURANCE_FEED, organization
            ),
            service=(start, scene.at),
            setting=SETTING["AMO"],
            facility=organization.sector,
        )
    )
    medicines = [medicine for medicine, _ in lasting(scene.citizen, scene.day)] or [
        MEDICINES["paracetamol" if scene.age >= 15 else "paracetamol-enfant"]
    ]
    given = [
        (each, start.date() + timedelta(days=30 * month + chance.randint(0, 20)))
        for month in range(0, 6, 2)
        for each in medicines
    ]
    rows = [
        (short(day), cell(f"remb-{rank}", each.name), str(chance.randint(1, 3)))
        for rank, (each, day) in enumerate(given, 1)
    ]
    entries = [
        f'<entry><substanceAdministration classCode="SBADM" moodCode="EVN">{templated(("2.16.840.1.113883.10.20.1.24", "1.3.6.1.4.1.19376.1.5.3.1.4.7"))}'
        f'<id root="{identified(scene.planned.seed * 64 + rank)}"/>{reference(f"remb-{rank}")}<statusCode code="completed"/>'
        f'<effectiveTime value="{day:%Y%m%d}"/><consumable><manufacturedProduct><manufacturedMaterial>'
        f"{coded('code', Code(each.cis, CIS, each.name), coded('translation', Code(each.atc, ATC, each.substance)))}"
        f"<name>{each.name}</name></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"
        for rank, (each, day) in enumerate(given, 1)
    ]
    care = [
        (short(start.date() + timedelta(days=chance.randint(0, 180))), chance.choice(_CARE))
        for _ in range(chance.randint(2, 9))
    ]
    sections = (
        section(
            Code("55112-7", LOINC, "Commentaire sur le document"),
            "Usage et responsabilités",
            paragraph(
                "Ces données viennent des remboursements et ne disent rien des soins non présentés au remboursement."
            ),
            templates=("2.16.840.1.113883.10.12.201", "1.3.6.1.4.1.19376.1.4.1.2.16", "1.2.250.1.213.1.1.2.73"),
        ),
        section(
            Code("10160-0", LOINC, "Médication administrée"),
            "Médicaments",
            table(("Date", "Médicament", "Boîtes"), rows),
            templates=("2.16.840.1.113883.10.20.1.8", "1.3.6.1.4.1.19376.1.5.3.1.3.19", "1.2.250.1.213.1.1.2.143"),
            entries=entries,
        ),
        section(
            Code("29554-3", LOINC, "Actes"),
            "Soins médicaux et dentaires",
            table(("Date", "Soin"), sorted(care, key=lambda row: (row[0][6:], row[0][3:5], row[0][:2]))),
            templates=("1.3.6.1.4.1.19376.1.5.3.1.1.13.2.11", "1.2.250.1.213.1.1.2.118"),
        ),
    )
    return Written(structured(head, sections), "REMB", _TITLE)
