"""
Discharge letters (lettre de liaison à la sortie), N3.

Source: CI-SIS, volet LDL-SES 2022.01 (documents.md §5.4); CSP R1112-1-2.
"""

from datetime import timedelta

from carnet.formats.cda.writing.elements import coded
from carnet.territory.cda_body import (
    cell,
    identified,
    original,
    paragraph,
    reference,
    section,
    structured,
    table,
    templated,
)
from carnet.territory.codes import CIM10, ENCOUNTER, LOINC, SNOMED
from carnet.territory.conditions import CONDITIONS
from carnet.territory.documents.problems import allergies, treatments
from carnet.territory.documents.scene import Scene, Written, agreed, in_french, written_header
from carnet.territory.documents.treatments import lasting, prescribed
from carnet.territory.reasons import STAYS
from carnet.vocabulary.codes import Code

_TITLE = "Lettre de liaison à la sortie"


def write(scene: Scene) -> Written:
    """The stay named by the topic, ending on the day of the letter."""
    stay = STAYS[scene.topic]
    admitted = scene.at - timedelta(days=stay.days, hours=2)
    head = written_header(
        scene,
        "11490-0",
        title=_TITLE,
        templates=(("1.2.250.1.213.1.1.1.29", "2022.01"),),
        service=(admitted, scene.at),
        encounter="IMP",
        event=ENCOUNTER["IMP"],
    )
    chronic = {medicine.cis: key for medicine, key in lasting(scene.citizen, scene.day)}
    leaving = [
        (medicine, CONDITIONS[chronic[medicine.cis]].label, CONDITIONS[chronic[medicine.cis]].cim10)
        if medicine.cis in chronic
        else (medicine, stay.label, stay.cim10)
        for medicine in prescribed(scene)
    ]
    sections = (
        section(
            Code("42349-1", LOINC, "Raison de la recommandation"),
            "Motif de l'hospitalisation",
            paragraph(
                f"{scene.subject}, {agreed(scene, 'hospitalisé')} du {in_french(admitted.date())} au {in_french(scene.day)}. {stay.story}"
            ),
            templates=("1.3.6.1.4.1.19376.1.5.3.1.3.1", "1.2.250.1.213.1.1.2.127"),
            mark=scene.planned.seed + 5,
        ),
        _events(scene),
        treatments(
            scene,
            Code("10183-2", LOINC, "Traitements à la sortie"),
            "Traitements à la sortie",
            leaving,
            templates=("1.3.6.1.4.1.19376.1.5.3.1.3.22", "1.2.250.1.213.1.1.2.146"),
        ),
        section(
            Code("18776-5", LOINC, "Plan de soins"),
            "Suites à donner",
            paragraph(stay.next_steps),
            templates=("2.16.840.1.113883.10.20.1.10", "1.3.6.1.4.1.19376.1.5.3.1.3.36", "1.2.250.1.213.1.1.2.158"),
        ),
        allergies(scene),
    )
    return Written(structured(head, sections), "11490-0", _TITLE)


def _events(scene: Scene) -> str:
    stay = STAYS[scene.topic]
    text = table(
        ("Événement", "Description"),
        (
            ("Pathologie principale", cell("pathologie", stay.label)),
            ("Acte", stay.act),
            (
                "Évolution",
                "Suites simples, sortie au domicile."
                if not scene.citizen.lives_in_care_home(scene.day)
                else "Suites simples, retour en EHPAD.",
            ),
            ("Complications, transfusion, germe multirésistant", "Aucun"),
        ),
    )
    entry = (
        f'<entry><observation classCode="OBS" moodCode="EVN">{templated(("2.16.840.1.113883.10.20.1.28", "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.2.250.1.213.1.1.3.37"))}'
        f'<id root="{identified(scene.planned.seed * 8 + 6)}"/>{coded("code", Code("282291009", SNOMED, "interprétation diagnostique"))}'
        f'{reference("pathologie")}<statusCode code="completed"/><effectiveTime><low value="{scene.day:%Y%m%d}"/></effectiveTime>'
        f"{coded('value', Code(stay.cim10, CIM10, stay.label), original('pathologie'), kind='CD')}</observation></entry>"
    )
    return section(
        Code("42545-4", LOINC, "Evènements observés"),
        "Synthèse médicale du séjour",
        text,
        templates=(
            "1.3.6.1.4.1.19376.1.5.3.1.1.21.2.9",
            "1.3.6.1.4.1.19376.1.7.3.1.1.13.7",
            "1.2.250.1.213.1.1.2.163",
            "1.2.250.1.213.1.1.2.163.1",
        ),
        entries=(entry,),
        mark=scene.planned.seed + 6,
    )
