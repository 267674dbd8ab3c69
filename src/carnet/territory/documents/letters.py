"""
Documents whose body is a printed page (N1): consultations, operations, prescriptions of acts, assessments, certificates…

The sentences are a table, in `letter_texts`; their blanks are filled here with what is true of the patient on that day.
"""

from datetime import timedelta
from random import Random

from carnet.formats.cda.writing.model import UNSTRUCTURED
from carnet.formats.cda.writing.unstructured import unstructured
from carnet.territory.analytes import ANALYTES, PANELS
from carnet.territory.codes import CCAM, ENCOUNTER, TYPES
from carnet.territory.conditions import ALLERGIES, CONDITIONS
from carnet.territory.documents.letter_texts import LETTERS
from carnet.territory.documents.scene import Scene, Written, agreed, in_french, written_header, written_letter
from carnet.territory.documents.treatments import dosage, lasting
from carnet.territory.letter import Block, Heading, Paragraph
from carnet.territory.pdf import draw
from carnet.territory.reasons import EXAMS, STAYS, reason
from carnet.vocabulary.codes import Code

_WARD = {"stay", "operation", "birth"}


def write(scene: Scene) -> Written:
    """The letter of the kind that the plan asks for."""
    kind = scene.planned.kind
    text = LETTERS[kind]
    facts = _facts(scene)
    title = text.title.format_map(facts)
    blocks: list[Block] = []
    for heading, sentence in text.parts:
        filled = sentence.format_map(facts).strip()
        if filled:
            blocks += [Heading(heading), Paragraph(filled)] if heading else [Paragraph(filled)]
    days = STAYS[scene.topic].days if kind == "stay" and scene.topic in STAYS else 0
    start = scene.at - timedelta(days=days, minutes=30)
    head = written_header(
        scene,
        text.type_code,
        title=title,
        templates=UNSTRUCTURED,
        service=(start, scene.at),
        encounter="IMP" if kind in _WARD else "EMER" if kind == "emergency" else None,
        event=_event(scene, text.type_code),
        confidentiality=text.confidentiality,
    )
    return Written(unstructured(head, draw(written_letter(scene, title, blocks))), text.type_code, title)


def _event(scene: Scene, type_code: str) -> Code:
    """The act itself when it has a code; else the kind of document stands for it."""
    if scene.planned.kind == "operation" and STAYS[scene.topic].ccam:
        return Code(STAYS[scene.topic].ccam, CCAM, STAYS[scene.topic].act)
    return ENCOUNTER["IMP"] if scene.planned.kind == "stay" else TYPES[type_code]


def _facts(scene: Scene) -> dict[str, str]:
    chance = scene.chance()
    label, complaint, examination, plan = _matter(scene)
    stay = STAYS.get(scene.topic)
    known = [CONDITIONS[each.condition].label.lower() for each in scene.citizen.illnesses if each.since <= scene.day]
    taken = [f"{medicine.name.split(',')[0]} ({dosage(medicine)})" for medicine, _ in lasting(scene.citizen, scene.day)]
    exam = EXAMS.get(scene.topic)
    panel = PANELS.get(scene.topic, PANELS["nfs"])
    return {
        "subject": scene.subject,
        "name": f"{scene.citizen.civility} {scene.citizen.spelled_name}",
        "il": "elle" if scene.citizen.is_woman else "il",
        "e": agreed(scene, ""),
        "e_doctor": "e" if scene.author.professional.civility == "MME" else "",
        "age": str(scene.age),
        "date": in_french(scene.day),
        "doctor": scene.doctor.professional.spelled_name,
        "label": label,
        "Label": label[0].upper() + label[1:],
        "complaint": complaint,
        "examination": examination,
        "plan": plan,
        "history": f"Antécédents : {', '.join(known)}." if known else "Pas d'antécédent notable.",
        "treatments": f"Traitement habituel : {'; '.join(taken)}." if taken else "Pas de traitement au long cours.",
        "allergies": f"Allergies : {', '.join(ALLERGIES[key][2].lower() for key in scene.citizen.allergies)}."
        if scene.citizen.allergies
        else "Pas d'allergie connue.",
        "act": stay.act if stay else "Prise en charge médicale",
        "story": stay.story if stay else complaint,
        "report": stay.report or "Prise en charge médicale sans geste opératoire." if stay else examination,
        "next": stay.next_steps if stay else plan,
        "exam": exam.title if exam else "Radiographie",
        "indication": exam.indication if exam else complaint,
        "analyses": ", ".join(ANALYTES[key].label for key in panel),
        "admitted": in_french(scene.day - timedelta(days=stay.days if stay else 1)),
        **_measures(scene, chance),
    }


def _matter(scene: Scene) -> tuple[str, str, str, str]:
    """Label, complaint, examination and plan of the topic, whatever table it comes from."""
    if scene.topic in STAYS:
        stay = STAYS[scene.topic]
        return stay.label.lower(), stay.story, "Examen en rapport avec le motif.", stay.next_steps
    if scene.topic in EXAMS:
        exam = EXAMS[scene.topic]
        return (
            exam.title.lower(),
            exam.indication,
            "Examen en rapport avec le motif.",
            "Résultats à discuter en consultation.",
        )
    try:
        why = reason(scene.topic)
    except KeyError:
        return (
            "suivi habituel",
            "Rendez-vous prévu de longue date.",
            "Examen sans particularité.",
            "Prochain rendez-vous dans six mois.",
        )
    return why.label.lower(), why.complaint, why.examination, why.plan


def _measures(scene: Scene, chance: Random) -> dict[str, str]:
    """Weight, height, pressure… in keeping with age, sex and conditions."""
    age = scene.age
    own = Random(scene.citizen.index * 7 + 5)
    grown = (163 if scene.citizen.is_woman else 176) + own.gauss(0, 6)
    height = grown if age >= 17 else 50 + (grown - 50) * (1 - (1 - age / 17.5) ** 1.25)
    shape = (
        (22 if age >= 17 else 16 + age * 0.25) + own.gauss(0, 2) + (5 if scene.citizen.has("diabete", scene.day) else 0)
    )
    tense = 12 if scene.citizen.has("hypertension", scene.day) else 0
    return {
        "height": f"{height:.0f}",
        "weight": f"{shape * (height / 100) ** 2 + chance.uniform(-1, 1):.1f}".replace(".", ","),
        "pressure": f"{round((118 if age > 14 else 102) + tense + chance.gauss(0, 6))}/{round((72 if age > 14 else 60) + tense / 2 + chance.gauss(0, 4))}",
        "pulse": str(round((72 if age > 12 else 92) + chance.gauss(0, 6))),
        "temperature": f"{chance.uniform(36.4, 37.3):.1f}".replace(".", ","),
        "saturation": str(chance.randint(96, 99)),
        "number": str(chance.randint(10, 20)),
        "days": str(chance.choice((3, 4, 5, 7))),
        "gir": str(chance.randint(2, 4)),
        "score": str(chance.randint(18, 26)),
    }
