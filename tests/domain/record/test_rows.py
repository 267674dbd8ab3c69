"""From a fiche to its class and columns."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.builders.fhir import an_author, an_entry

from carnet.domain.access.model import AccessClass, AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.record.model import Author, AuthorKind, OrganizationName
from carnet.domain.record.rows import access_class, author_names, author_tokens, named, searchable, with_status

words = st.text(max_size=6)
classes = st.builds(
    AccessClass,
    status=st.sampled_from(AvailabilityStatus),
    labels=st.frozensets(st.sampled_from(Confidentiality)),
    type_code=words,
    class_code=words,
    owner=st.sampled_from(OwnerKind),
    author_persons=st.frozensets(words, max_size=3),
    author_organizations=st.frozensets(words, max_size=3),
)


@given(classes, classes)
def test_equal_facts_and_only_they_share_a_name(first: AccessClass, second: AccessClass) -> None:
    assert (named(first).class_id == named(second).class_id) == (first == second)


def test_the_class_of_an_entry() -> None:
    entry = an_entry(labels=frozenset({Confidentiality.MASQUE_PS}))
    found = access_class(entry, AvailabilityStatus.APPROVED)
    assert found == named(
        AccessClass(
            AvailabilityStatus.APPROVED, frozenset({Confidentiality.MASQUE_PS}), "11488-4", "10", OwnerKind.PROFESSIONAL,
            frozenset({"899700000001"}), frozenset({"1990000001"}),
        )
    )  # fmt: skip
    assert with_status(found, AvailabilityStatus.DEPRECATED) != found
    assert with_status(with_status(found, AvailabilityStatus.DEPRECATED), AvailabilityStatus.APPROVED) == found


def test_only_national_numbers_of_persons_make_an_author() -> None:
    """A device, a patient or a local number never gives an author's right to read."""
    others = (
        replace(an_author(), kind=AuthorKind.DEVICE),
        replace(an_author(), kind=AuthorKind.PATIENT),
        replace(an_author(), system="1.2.250.1.999.7.1"),
        replace(an_author(), identifier=None),
    )
    for author in others:
        assert access_class(an_entry(authors=(author,)), AvailabilityStatus.APPROVED).author_persons == frozenset()
    local = OrganizationName("Service", "12", "1.2.250.1.999.7.2")
    author = replace(an_author(), organization=local)
    assert access_class(an_entry(authors=(author,)), AvailabilityStatus.APPROVED).author_organizations == frozenset()


def test_a_patient_is_never_searched_as_an_author() -> None:
    patient = Author(AuthorKind.PATIENT, "255069999900112", "1.2.250.1.213.1.4.10", family="DURAND", given="Marie")
    assert author_tokens(patient) == []
    assert author_names(patient) == []


def test_names_are_searched_without_accents() -> None:
    assert author_names(replace(an_author(), family="Élise-Noël", given="Zoë")) == ["family:ELISE-NOEL", "given:ZOE"]
    assert searchable("l'Hôpital") == "L'HOPITAL"
