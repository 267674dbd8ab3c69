"""Ids of resources, and the tables that codes belong to."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.formats.fhir.directory.names import nos, role_system, skill_system
from carnet.formats.fhir.directory.resources import key_of_id, resource_id


@given(st.from_regex(r"[0-9][A-Za-z0-9./\-]{1,15}", fullmatch=True))
def test_an_id_is_one_of_fhir_and_leads_back(key: str) -> None:
    ident = resource_id(key)
    assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", ident)
    assert key_of_id(ident) == key


@pytest.mark.parametrize("ident", ["", "a b", "é", ".00", ".0a", "x" * 65, "../8"])
def test_what_is_not_an_id_is_nobody_s(ident: str) -> None:
    assert key_of_id(ident) == ""


@pytest.mark.parametrize(
    ("code", "table"),
    [
        ("SM26", "TRE_R38-SpecialiteOrdinale"),
        ("SCD01", "TRE_R38-SpecialiteOrdinale"),
        ("C01", "TRE_R39-Competence"),
        ("CEX22", "TRE_R40-CompetenceExclusive"),
        ("CAPA01", "TRE_R43-CapaciteSavoirFaire"),
        ("DSM222", "TRE_R42-DESCnonQualifiant"),
        ("PAC00", "TRE_R44-QualificationPAC"),
        ("XYZ", "TRE_R01-EnsembleSavoirFaire-CISIS"),
    ],
)
def test_a_skill_s_table(code: str, table: str) -> None:
    assert skill_system(code) == nos(table)


def test_a_role_s_table() -> None:
    assert role_system("FON-AU") == nos("TRE_R21-Fonction")
    assert role_system("313") == nos("TRE_R85-RolePriseCharge")
