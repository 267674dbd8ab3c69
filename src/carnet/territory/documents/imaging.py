"""
Imaging reports, N3 with the printed copy: act, modality, region, accession number.

Source: CI-SIS, volet CR-IMG 2024.01 (documents.md §5.4); DICOM PS3.20.
"""

from datetime import timedelta

from carnet.formats.cda.writing.elements import coded, stamp
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
from carnet.territory.codes import CCAM, LOINC
from carnet.territory.documents.scene import Scene, Written, written_header, written_letter
from carnet.territory.letter import Block, Heading, Paragraph
from carnet.territory.pdf import draw
from carnet.territory.reasons import EXAMS, Exam
from carnet.vocabulary.codes import Code

_TEMPLATES = (("1.2.840.10008.9.1", None), ("1.2.840.10008.9.20", None), ("1.2.250.1.213.1.1.1.45", "2024.01"))


def write(scene: Scene) -> Written:
    """The exam named by the topic; most show nothing new."""
    exam = EXAMS[scene.topic]
    chance = scene.chance()
    seen, conclusion = exam.findings[0] if chance.random() < 0.7 else exam.findings[-1]
    title = f"Compte rendu d'imagerie : {exam.title}"
    head = written_header(
        scene,
        "18748-4",
        title=title,
        templates=_TEMPLATES,
        service=(scene.at - timedelta(minutes=40), scene.at - timedelta(minutes=25)),
        event=Code(exam.ccam, CCAM, exam.act),
        event_translations=(exam.modality, exam.region),
        participants=(("REF", None, scene.doctor),),
        order=("1.2.250.1.213.1.1.9", f"ACC{scene.planned.story:013d}"),
    )
    sections = (
        section(
            Code("55752-0", LOINC, "Informations cliniques"),
            "Informations cliniques",
            paragraph(exam.indication),
            templates=("1.2.840.10008.9.2", "1.2.250.1.213.1.1.2.205"),
            mark=scene.planned.seed + 1,
        ),
        _act(scene, exam),
        section(
            Code("59776-5", LOINC, "Résultats de l'acte"),
            "Résultats",
            paragraph(seen),
            templates=("2.16.840.1.113883.10.20.6.1.2", "1.2.250.1.213.1.1.2.208"),
            mark=scene.planned.seed + 3,
        ),
        section(
            Code("19005-8", LOINC, "Conclusions"),
            "Conclusion",
            paragraph(conclusion),
            templates=("1.2.840.10008.9.5", "1.2.250.1.213.1.1.2.209"),
            mark=scene.planned.seed + 4,
        ),
    )
    printed: list[Block] = [
        Heading("Indication"),
        Paragraph(f"{scene.subject}. {exam.indication} Demande de {scene.doctor.professional.spelled_name}."),
        Heading("Technique"),
        Paragraph(
            f"{exam.act} ({exam.ccam}). {exam.technique}"
            + (f" Dose délivrée — {exam.radiation}." if exam.radiation else "")
        ),
        Heading("Résultats"),
        Paragraph(seen),
        Heading("Conclusion"),
        Paragraph(conclusion),
    ]
    return Written(structured(head, sections, pdf=draw(written_letter(scene, title, printed))), "18748-4", title)


def _act(scene: Scene, exam: Exam) -> str:
    rows = [
        (
            cell("acte", f"[CCAM : {exam.ccam}] {exam.act}"),
            cell("modalite", exam.modality.display or ""),
            cell("region", exam.region.display or ""),
            cell("technique", exam.technique),
            exam.radiation or "-",
        )
    ]
    entry = (
        f'<entry><procedure classCode="PROC" moodCode="EVN">{templated(("1.2.840.10008.9.14", "1.2.250.1.213.1.1.3.153"))}'
        f'<id root="{identified(scene.planned.seed * 8 + 5)}"/>{coded("code", Code(exam.ccam, CCAM, exam.act), original("acte"))}'
        f'{reference("technique")}<effectiveTime value="{stamp(scene.at - timedelta(minutes=40))}"/>'
        f"{coded('methodCode', exam.modality, original('modalite'))}{coded('targetSiteCode', exam.region, original('region'))}</procedure></entry>"
    )
    return section(
        Code("55111-9", LOINC, "Description de l'acte d'imagerie"),
        "Technique d'imagerie",
        table(("Acte", "Modalité", "Région", "Technique", "Dose"), rows),
        templates=("1.2.840.10008.9.3", "1.2.250.1.213.1.1.2.206"),
        entries=(entry,),
        mark=scene.planned.seed + 2,
    )
