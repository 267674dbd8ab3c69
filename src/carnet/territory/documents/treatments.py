"""Coded medicines, as prescriptions, dispensations and summaries share them."""

from datetime import date, timedelta

from carnet.formats.cda.writing.elements import coded
from carnet.territory.cda_body import original
from carnet.territory.codes import ATC, CIS
from carnet.territory.conditions import CONDITIONS
from carnet.territory.documents.scene import Scene
from carnet.territory.medicines import MEDICINES, Medicine
from carnet.territory.model import Citizen
from carnet.territory.reasons import STAYS, reason
from carnet.vocabulary.codes import Code

_PRODUCT = ("2.16.840.1.113883.10.20.1.53", "1.3.6.1.4.1.19376.1.5.3.1.4.7.2", "1.2.250.1.213.1.1.3.43")


def lasting(citizen: Citizen, day: date) -> list[tuple[Medicine, str]]:
    """Medicines taken for long on that day, each with the condition that explains it; a medicine is listed once."""
    found: dict[str, str] = {}
    for illness in citizen.illnesses:
        if illness.since <= day:
            for key in CONDITIONS[illness.condition].medicines:
                found.setdefault(key, illness.condition)
    return [(MEDICINES[key], condition) for key, condition in found.items() if MEDICINES[key].lasting]


def prescribed(scene: Scene) -> list[Medicine]:
    """What the topic of a prescription calls for; allergic people get something else."""
    if scene.topic in STAYS:
        keys: tuple[str, ...] = STAYS[scene.topic].medicines
    elif scene.topic == "synthese":
        keys = ()
    else:
        why = reason(scene.topic)
        keys = why.medicines if scene.age >= 15 else why.child_medicines
    chosen = [MEDICINES[key] for key in keys if not _is_allergic(scene.citizen, MEDICINES[key])]
    if not chosen or scene.topic in CONDITIONS:
        chosen += [medicine for medicine, _ in lasting(scene.citizen, scene.day) if medicine not in chosen]
    return chosen or [MEDICINES["paracetamol" if scene.age >= 15 else "paracetamol-enfant"]]


def _is_allergic(citizen: Citizen, medicine: Medicine) -> bool:
    return ("penicillines" in citizen.allergies and medicine.atc.startswith("J01C")) or (
        "aspirine" in citizen.allergies and medicine.atc in {"B01AC06", "M01AE01"}
    )


def dosage(medicine: Medicine) -> str:
    """« 1 comprimé, 2 fois par jour »."""
    times = 24 / medicine.hours
    if times >= 1:
        return f"{medicine.intake}, {times:.0f} fois par jour"
    return f"{medicine.intake} {'par semaine' if medicine.hours == 168 else 'tous les trois mois'}"


def until(medicine: Medicine, start: date) -> date:
    return start + timedelta(days=medicine.days - 1)


def boxes(medicine: Medicine) -> int:
    """How many boxes cover the treatment, three months at most."""
    needed = medicine.per_intake * medicine.days * 24 / medicine.hours
    return max(1, min(9, -int(-needed // medicine.box))) if medicine.box > 1 else 1


def consumable(medicine: Medicine, mark: str, *, lot: str | None = None) -> str:
    """The product: CIS, ATC and the text it is printed under (`mark`)."""
    return f"<consumable>{product(medicine, mark, lot=lot)}</consumable>"


def product(medicine: Medicine, mark: str, *, lot: str | None = None) -> str:
    templates = "".join(f'<templateId root="{root}"/>' for root in _PRODUCT)
    code = coded(
        "code",
        Code(medicine.cis, CIS, medicine.name),
        original(mark) + coded("translation", Code(medicine.atc, ATC, medicine.substance)),
    )
    form = coded("pharm:formCode", medicine.form) if medicine.form else ""
    number = f"<lotNumberText>{lot}</lotNumberText>" if lot else ""
    kind = (
        '<pharm:asSpecializedKind classCode="GRIC"><pharm:generalizedMedicineClass classCode="MMAT">'
        f"{coded('pharm:code', Code(medicine.atc, ATC, medicine.substance))}<pharm:name>{medicine.substance}</pharm:name>"
        "</pharm:generalizedMedicineClass></pharm:asSpecializedKind>"
    )
    return (
        f'<manufacturedProduct classCode="MANU">{templates}<manufacturedMaterial classCode="MMAT" determinerCode="KIND">{code}'
        f"<name>{medicine.name}</name>{form}{number}{kind}</manufacturedMaterial></manufacturedProduct>"
    )


def schedule(medicine: Medicine, start: date, end: date | None) -> str:
    """From when to when, and how often."""
    high = f'<high value="{end:%Y%m%d}"/>' if end else '<high nullFlavor="UNK"/>'
    return (
        f'<effectiveTime xsi:type="IVL_TS"><low value="{start:%Y%m%d}"/>{high}</effectiveTime>'
        f'<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="{medicine.hours}" unit="h"/></effectiveTime>'
    )


def dose(medicine: Medicine) -> str:
    return f'<doseQuantity><low value="{medicine.per_intake:g}" unit="{medicine.unit}"/><high value="{medicine.per_intake:g}" unit="{medicine.unit}"/></doseQuantity>'
