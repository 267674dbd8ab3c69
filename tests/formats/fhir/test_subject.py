"""The matricule of a subject is changed, and nothing beside it."""

from uuid import UUID

from carnet.formats.fhir.subject import with_matricule
from carnet.vocabulary.ins import NIR_TEST, Ins

PATIENT = UUID("01a214ba-29bf-70aa-a612-956559ec343d")
OLD, NEW = Ins("279035121518989", NIR_TEST), Ins("179035121518924", NIR_TEST)


def a_text(ins: Ins, patient: UUID = PATIENT) -> bytes:
    subject = f'"subject":{{"reference":"Patient/{patient}","identifier":{{"system":"urn:oid:{ins.oid}","value":"{ins.matricule}"}}}}'
    return f'"type":{{}},{subject},"description":"{OLD.matricule} et \\"subject\\":{{}}"'.encode()


def test_the_subject_alone() -> None:
    assert with_matricule(a_text(OLD), patient_id=PATIENT, ins=NEW) == a_text(NEW)
    assert with_matricule(a_text(NEW), patient_id=PATIENT, ins=NEW) == a_text(NEW)


def test_another_patient_s_subject_stays() -> None:
    other = a_text(OLD, UUID(int=7))
    assert with_matricule(other, patient_id=PATIENT, ins=NEW) == other


def test_a_text_without_subject() -> None:
    assert with_matricule(b'"type":{}', patient_id=PATIENT, ins=NEW) == b'"type":{}'
