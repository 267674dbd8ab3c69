"""
Dispensations by a pharmacy, N3: what was given of a prescription, with lots and boxes.

Source: CI-SIS, volet eDISP-MED 2024.01 (documents.md §5.4); IHE Pharmacy DIS.
"""

from carnet.territory.cda_body import cell, identified, reference, section, structured, table, templated
from carnet.territory.codes import LOINC, TYPES
from carnet.territory.documents.prescription import item_id
from carnet.territory.documents.scene import Scene, Written, short, written_header
from carnet.territory.documents.treatments import boxes, dosage, prescribed, product, until
from carnet.territory.medicines import Medicine
from carnet.vocabulary.codes import Code

_TEMPLATES = (
    ("1.3.6.1.4.1.19376.1.5.3.1.1.1", None),
    ("1.3.6.1.4.1.19376.1.9.1.1.3", None),
    ("1.2.250.1.213.1.1.1.54", "2024.01"),
)
_SUPPLY = (
    "2.16.840.1.113883.10.20.1.34",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.3",
    "1.3.6.1.4.1.19376.1.9.1.3.4",
    "1.2.250.1.213.1.1.3.204",
)
_TITLE = "Dispensation de médicaments"


def write(scene: Scene) -> Written:
    """All that the prescription of the same story asked for."""
    chance = scene.chance()
    medicines = prescribed(scene)
    lots = [f"{chance.choice('ABCDEFGH')}{chance.randint(1000, 99999):05d}" for _ in medicines]
    head = written_header(
        scene,
        "60593-1",
        title=_TITLE,
        templates=_TEMPLATES,
        event=TYPES["60593-1"],
        participants=(("REF", None, scene.doctor),),
        order=(scene.followed.unique_id.root, None) if scene.followed else None,
    )
    rows = [
        (
            f"du {short(scene.day)} au {short(until(each, scene.day))}",
            cell(f"med-{rank}", each.name),
            f"{boxes(each)} boîte{'s' if boxes(each) > 1 else ''}",
            dosage(each),
            each.route.display or "",
            lot,
        )
        for rank, (each, lot) in enumerate(zip(medicines, lots, strict=True), 1)
    ]
    body = section(
        Code("60590-7", LOINC, "Médicaments délivrés"),
        "Médicaments délivrés",
        table(("Durée du traitement", "Médicament", "Quantité délivrée", "Posologie", "Voie", "Lot"), rows),
        templates=("1.3.6.1.4.1.19376.1.9.1.2.3", "2.16.840.1.113883.10.20.1.8", "1.2.250.1.213.1.1.2.236"),
        entries=[
            _entry(scene, each, rank, lot) for rank, (each, lot) in enumerate(zip(medicines, lots, strict=True), 1)
        ],
        mark=scene.planned.seed,
    )
    return Written(structured(head, (body,)), "60593-1", _TITLE)


def _entry(scene: Scene, medicine: Medicine, rank: int, lot: str) -> str:
    asked = (
        '<entryRelationship typeCode="REFR" inversionInd="false"><substanceAdministration classCode="SBADM" moodCode="INT">'
        f"{templated(('1.3.6.1.4.1.19376.1.9.1.3.11', '1.2.250.1.213.1.1.3.90'))}"
        f'<id root="{item_id(scene.planned.after, rank)}"/><code code="PREItem" displayName="Prescription Item"'
        ' codeSystem="1.3.6.1.4.1.19376.1.9.2.2" codeSystemName="IHE Pharmacy Item Type List"/>'
        '<consumable><manufacturedProduct><manufacturedMaterial nullFlavor="NA"/></manufacturedProduct></consumable>'
        "</substanceAdministration></entryRelationship>"
        if scene.planned.after is not None
        else ""
    )
    return (
        f'<entry><supply classCode="SPLY" moodCode="EVN">{templated(_SUPPLY)}<id root="{identified(scene.planned.seed * 64 + rank)}"/>'
        f'{reference(f"med-{rank}")}<quantity value="{boxes(medicine)}" unit="30009000"/>'
        f"<product>{product(medicine, f'med-{rank}', lot=lot)}</product>{asked}</supply></entry>"
    )
