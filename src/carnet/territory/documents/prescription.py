"""
Electronic prescriptions, N3 with the printed copy.

Source: CI-SIS, volet eP-MED-DM 2024.01 (documents.md §5.4); IHE Pharmacy PRE.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from carnet.formats.cda.writing.elements import coded
from carnet.territory.cda_body import cell, identified, reference, section, structured, table, templated
from carnet.territory.codes import LOINC, TYPES
from carnet.territory.documents.scene import Scene, Written, short, written_header, written_letter
from carnet.territory.documents.treatments import boxes, consumable, dosage, dose, prescribed, schedule, until
from carnet.territory.letter import Block, Heading, Paragraph
from carnet.territory.medicines import Medicine
from carnet.territory.pdf import draw
from carnet.vocabulary.codes import Code
from carnet.vocabulary.moments import PARIS

_TEMPLATES = (
    ("1.3.6.1.4.1.19376.1.9.1.1.1", None),
    ("1.3.6.1.4.1.19376.1.5.3.1.1.1", None),
    ("1.2.250.1.213.1.1.1.39", "2024.01"),
)
_ITEM = (
    "2.16.840.1.113883.10.20.1.24",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7",
    "1.3.6.1.4.1.19376.1.9.1.3.2",
    "1.2.250.1.213.1.1.3.83",
    "1.3.6.1.4.1.19376.1.9.1.3.6",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.1",
)
_TITLE = "Prescription de médicaments"


def write(scene: Scene) -> Written:
    """Renewals of lasting treatments, or a few days of an acute one."""
    medicines = prescribed(scene)
    last = max(until(each, scene.day) for each in medicines)
    head = written_header(
        scene,
        "57833-6",
        title=_TITLE,
        templates=_TEMPLATES,
        service=(scene.at, datetime.combine(last, time(23, 0), PARIS)),
        event=TYPES["57833-6"],
    )
    rows = [
        (
            f"du {short(scene.day)} au {short(until(each, scene.day))}",
            cell(f"med-{rank}", each.name),
            cell(f"poso-{rank}", dosage(each)),
            cell(f"voie-{rank}", each.route.display or ""),
            str(boxes(each)),
            cell(f"conseil-{rank}", each.advice or "-"),
        )
        for rank, each in enumerate(medicines, 1)
    ]
    body = section(
        Code("57828-6", LOINC, "Prescriptions"),
        _TITLE,
        table(("Durée du traitement", "Médicament", "Posologie", "Voie", "Boîtes", "Instruction au patient"), rows),
        templates=("1.3.6.1.4.1.19376.1.9.1.2.1", "1.2.250.1.213.1.1.2.171"),
        entries=[_entry(each, rank, scene.planned.seed, scene.day) for rank, each in enumerate(medicines, 1)],
        mark=scene.planned.seed,
    )
    return Written(
        structured(head, (body,), pdf=draw(written_letter(scene, "Ordonnance", _printed(medicines)))), "57833-6", _TITLE
    )


def item_id(seed: int, rank: int) -> str:
    """Identifier of one line of a prescription; a dispensation refers to it."""
    return identified(seed * 64 + rank)


def _entry(medicine: Medicine, rank: int, seed: int, start: date) -> str:
    instruction = (
        '<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">'
        f"{templated(('2.16.840.1.113883.10.20.1.49', '1.3.6.1.4.1.19376.1.5.3.1.4.3', '1.2.250.1.213.1.1.3.33'))}"
        '<code code="PINSTRUCT" codeSystem="1.3.6.1.4.1.19376.1.5.3.2" codeSystemName="IHEActCode"/>'
        f'{reference(f"conseil-{rank}")}<statusCode code="completed"/></act></entryRelationship>'
        if medicine.advice
        else ""
    )
    supply = (
        '<entryRelationship typeCode="COMP"><supply classCode="SPLY" moodCode="RQO">'
        f"{templated(('1.3.6.1.4.1.19376.1.9.1.3.8', '1.2.250.1.213.1.1.3.86'))}"
        f'<independentInd value="false"/><quantity value="{boxes(medicine)}" unit="30009000"/></supply></entryRelationship>'
    )
    return (
        f'<entry><substanceAdministration classCode="SBADM" moodCode="INT">{templated(_ITEM)}<id root="{item_id(seed, rank)}"/>'
        '<code code="DRUG" displayName="Médicament" codeSystem="2.16.840.1.113883.5.4" codeSystemName="HL7:ActCode"/>'
        f'{reference(f"med-{rank}")}<statusCode code="completed"/>{schedule(medicine, start, until(medicine, start))}'
        f"{coded('routeCode', medicine.route)}{dose(medicine)}{consumable(medicine, f'med-{rank}')}{instruction}{supply}"
        "</substanceAdministration></entry>"
    )


def _printed(medicines: Sequence[Medicine]) -> list[Block]:
    blocks: list[Block] = []
    for rank, each in enumerate(medicines, 1):
        count = boxes(each)
        blocks.append(Heading(f"{rank}. {each.name}"))
        blocks.append(
            Paragraph(
                f"{dosage(each)}, pendant {each.days} jours. {each.route.display}. {count} boîte{'s' if count > 1 else ''}. {each.advice}".strip()
            )
        )
    blocks.append(Paragraph("Substitution possible par un médicament du même groupe générique."))
    return blocks
