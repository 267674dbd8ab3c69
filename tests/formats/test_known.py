"""What messages repeat is recognised by its text: nothing of a patient is kept, and faults are told each time."""

import pytest
from tests.builders.cda import a_cda
from tests.builders.fhir import INS, a_bundle, a_fiche, a_patient, concept

from carnet.domain.errors import Invalid
from carnet.domain.record.model import AuthorKind
from carnet.formats.cda.header import read_header
from carnet.formats.fhir.provide_bundle import read_provide_bundle
from carnet.formats.known import Known
from carnet.vocabulary.ins import NIR_TEST

_MATRICULE = "299075110804208"
_DOCTOR = '<id root="1.2.250.1.71.4.2.1" extension="899900112233"/>'


def test_keeps_what_is_short_and_forgets_all_past_a_count() -> None:
    known: Known[int] = Known(count=2, longest=3)
    assert known.keep(1, b"one") == 1
    assert known.keep(4, b"four") == 4
    assert (known.of(b"one"), known.of(b"four")) == (1, None)
    known.keep(2, b"two")
    assert (known.of(b"one"), known.of(b"two")) == (1, 2)
    known.keep(3, b"six")
    assert (known.of(b"one"), known.of(b"two"), known.of(b"six")) == (None, None, 3)


def test_nothing_of_a_patient_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bytes] = []
    keep = Known.keep

    def noting(known: Known[object], value: object, text: bytes) -> object:
        kept.append(text)
        return keep(known, value, text)

    monkeypatch.setattr(Known, "keep", noting)
    fiche = a_fiche(
        author=[{"reference": "#patient"}],
        type=concept({"system": "http://loinc.org", "code": "11490-0", "display": "seul ici"}),
    )
    fiche["context"]["practiceSetting"]["text"] = f"Suivi de {INS.matricule}"
    fiche["contained"].append(a_patient())
    fiche["context"]["sourcePatientInfo"] = {"reference": "#patient"}
    read = read_provide_bundle(a_bundle(fiche))
    assert read.documents[0].fiche.authors[0].kind is AuthorKind.PATIENT
    by_patient = f'<id root="{NIR_TEST}" extension="{_MATRICULE}"/>'
    header = read_header(
        a_cda(
            ins=(_MATRICULE, NIR_TEST),
            author=("899900112277", "INÉDIT", "Alix"),
            swap={_DOCTOR.replace("2233", "2277"): by_patient},
        )
    )
    assert header.authors[0].kind is AuthorKind.PATIENT
    assert any(b"seul ici" in text for text in kept)
    assert not [text for text in kept if INS.matricule.encode() in text or _MATRICULE.encode() in text]


def test_the_faults_of_an_author_are_told_each_time() -> None:
    document = a_cda(swap={_DOCTOR: '<id extension="899900112233"/>'})
    first, again = read_header(document).issues, read_header(document).issues
    assert first == again
    assert "cda-id-invalid" in [issue.code for issue in first]


def test_the_faults_of_a_professional_and_of_a_code_are_told_each_time() -> None:
    told = []
    for _ in range(2):
        fiche = a_fiche(type={"coding": [{"code": "11490-0"}]})
        fiche["contained"][0]["identifier"] = [{"system": "https://rpps.esante.gouv.fr", "value": "court"}]
        with pytest.raises(Invalid) as refused:
            read_provide_bundle(a_bundle(fiche))
        told.append([(issue.code, issue.expression) for issue in refused.value.issues])
    assert told[0] == told[1]
    assert {"element-required", "identifier-format"} <= {code for code, _ in told[0]}


def test_when_it_was_written_is_read_anew() -> None:
    first, second = (read_header(a_cda(created=created)) for created in ("20240312101500+0100", "20240313101500+0100"))
    assert first.authors[0].family == second.authors[0].family
    assert first.authors[0].at != second.authors[0].at
