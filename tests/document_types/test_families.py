"""Every type has a family that people know, and every family has a type."""

import pytest

from carnet.document_types.families import BY_CODE, FAMILIES, family_of
from carnet.document_types.table import DocumentTypes


def test_every_type_and_class_has_a_family():
    used = {family_of(known.type.code, each) for known in DocumentTypes.load() for each in known.classes}
    assert used == {family.code for family in FAMILIES}
    assert set(BY_CODE) == used


@pytest.mark.parametrize(
    ("type_code", "class_code", "family"),
    [
        ("11502-2", "10", "analyses"), ("18748-4", "10", "imagerie"), ("57833-6", "42", "ordonnances"), ("87273-9", "52", "vaccins"),
        ("34112-3", "10", "comptes-rendus"), ("89601-9", "52", "certificats"), ("DOCPAT07", "90", "certificats"), ("EXPPAT_2", "90", "autres"),
        ("REMB", "60", "remboursements"), ("inconnu", "inconnue", "autres"),
    ],
)  # fmt: skip
def test_families(type_code, class_code, family):
    assert family_of(type_code, class_code) == family


def test_names_are_for_people():
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    assert all(family.name[0].isupper() and len(family.name) <= 30 for family in FAMILIES)
