"""FINESS in JSON: cut into legal entities as it comes, whatever the pieces."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders.annuaire import a_legal_entity, a_site, an_address

from carnet.domain.directory.loading.model import LineFault, Structure
from carnet.domain.errors import Invalid
from carnet.formats.annuaire.structures import read_structures


def the_file(*entities: object) -> bytes:
    return json.dumps({"gco": {}, "pmej": list(entities), "gcc": {"x": [1]}}, ensure_ascii=False).encode()


def read(content: bytes, size: int = 1 << 20) -> list[object]:
    return list(read_structures(content[place : place + size] for place in range(0, len(content), size)))


def structures(content: bytes) -> list[Structure]:
    return [entry[1] for entry in read(content) if not isinstance(entry, LineFault)]


def test_a_legal_entity_and_its_sites() -> None:
    contact = {
        "typeContact": {"roleContact": "S"},
        "telecom": {"telephone": "0299000000", "telecopie": "", "courriel": "a@b.fr"},
    }
    entity, site = structures(
        the_file(
            a_legal_entity(
                "990000019",
                a_site(
                    "990000001",
                    siret="99999999900011",
                    contact=[contact],
                    categorieEntiteGeographiqueExercice={"code": "355"},
                ),
            )
        )
    )
    assert (entity.organization, entity.is_legal_entity, entity.siren, entity.opened) == (
        "1990000019",
        True,
        "999999999",
        "2001-02-03",
    )
    assert (site.organization, site.is_legal_entity, site.part_of) == ("1990000001", False, "1990000019")
    assert (site.siret, site.category, site.phone, site.email) == ("99999999900011", "355", "0299000000", "a@b.fr")
    assert (site.place.postal_code, site.place.street, site.place.commune) == ("35000", "DES ESSAIS", "35238")


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_the_pieces_do_not_matter(size: int) -> None:
    tricky = a_legal_entity("990000019", adresse=[an_address(libelleVoie='L\'"ALLÉE" {\\ [DES] }')])
    content = the_file(tricky, a_legal_entity("990000027", a_site("990000001")))
    assert read(content, size) == read(content)
    assert [s.organization for s in structures(content)] == ["1990000019", "1990000027", "1990000001"]


@pytest.mark.parametrize(
    ("entity", "code"),
    [
        (a_legal_entity("99"), "structure-number"),
        ({}, "structure-number"),
        ([], "item-unreadable"),
        (a_legal_entity("990000019", informationsGeneralesPmej={"numFinessPm": "990000019"}), "name-missing"),
        (a_legal_entity("990000019", adresse=[an_address(libelleVoie="X" * 501)]), "field-too-long"),
    ],
)
def test_a_wrong_one_is_told_and_the_next_is_read(entity: object, code: str) -> None:
    fault, (rank, good) = read(the_file(entity, a_legal_entity("990000027")))
    assert isinstance(fault, LineFault)
    assert (fault.line, fault.code) == (1, code)
    assert (rank, good.organization) == (2, "1990000027")


def test_a_file_cut_short_ends_with_a_fault() -> None:
    content = the_file(a_legal_entity("990000019"), a_legal_entity("990000027"))
    entries = read(content[: content.index(b"990000027")])
    assert isinstance(entries[-1], LineFault)
    assert (entries[-1].line, entries[-1].code) == (2, "line-truncated")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"pmej": {}}', b"<xml/>"])
def test_what_is_not_finess_is_told(content: bytes) -> None:
    with pytest.raises(Invalid) as told:
        read(content)
    assert told.value.code == "directory-json"


def test_odd_dates_are_left_out() -> None:
    about = {
        "numFinessPm": "990000019",
        "denominationPm": "E",
        "dateCreation": "31/02/2001",
        "dateFermeture": "20240131",
    }
    (entity,) = structures(the_file(a_legal_entity("990000019", informationsGeneralesPmej=about)))
    assert (entity.opened, entity.closed) == ("", "2024-01-31")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)
    )
)
def test_noise_never_fails(noise: object) -> None:
    content = the_file(
        noise,
        a_legal_entity("990000019", noise, contact=noise, adresse=noise),
        {"informationsGeneralesPmej": noise},
        a_legal_entity("990000027"),
    )
    assert structures(content)[-1].organization == "1990000027"
