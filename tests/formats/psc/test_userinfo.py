"""What is read of the claims of Pro Santé Connect: published and invented samples, and noise."""

import copy
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.errors import Invalid
from carnet.formats.psc.userinfo import Situation, read_userinfo

MINIMAL = {
    "SubjectNameID": "819000000018",
    "given_name": "ALICE",
    "family_name": "TESTMED",
    "Secteur_Activite": "SA07^1.2.250.1.71.4.2.4",
    "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"],
    "SubjectRefPro": {
        "exercices": [
            {
                "codeProfession": "10",
                "codeCategorieProfessionnelle": "C",
                "codeSavoirFaire": "SM26",
                "activities": [
                    {
                        "codeSecteurDactivite": "SA07",
                        "raisonSocialeSite": "CABINET",
                        "ancienIdentifiantDeLaStructure": "499900000000001",
                    }
                ],
            }
        ]
    },
}


def changed(**changes):
    return {**copy.deepcopy(MINIMAL), **changes}


def with_activity(**activity):
    claims = copy.deepcopy(MINIMAL)
    claims["SubjectRefPro"]["exercices"][0]["activities"] = [activity]
    return read_userinfo(claims).situations[0]


def test_a_doctor_in_one_place():
    told = read_userinfo(MINIMAL)
    assert (told.identifier, told.name) == ("819000000018", "ALICE TESTMED")
    assert told.situations == (
        Situation("10.SM26.499900000000001", "10", "SM26", "SA07", "499900000000001", "CABINET"),
    )


@pytest.mark.parametrize(
    ("activity", "organization"),
    [
        ({"numeroFinessSite": "999990001", "numeroSiretSite": "11111111111111"}, "1999990001"),
        ({"numeroSiretSite": "11111111111111", "numeroSirenSite": "222222222"}, "311111111111111"),
        ({"numeroSirenSite": "222222222"}, "2222222222"),
        ({"identifiantTechniqueDeLaStructure": "F999990001"}, "1999990001"),
        ({"identifiantTechniqueDeLaStructure": "R99900001"}, None),
        ({"numeroFinessSite": "12"}, None),
        ({}, None),
    ],
)
def test_a_structure_is_named_by_its_number(activity, organization):
    assert with_activity(**activity).organization == organization


def test_the_samples(samples):
    found = {
        path.stem: read_userinfo(json.loads(path.read_text("utf-8")))
        for path in (samples / "psc").glob("userinfo-*.json")
    }
    assert len(found) >= 4
    two = found["userinfo-deux-exercices-synthetic"].situations
    assert [(each.ident, each.profession, each.sector) for each in two] == [
        ("10.SM26.R99900001", "10", "SA07"),
        ("21.C99999999900011", "21", "SA33"),
    ]
    (nurse,) = found["userinfo-infirmier-synthetic"].situations
    assert (nurse.profession, nurse.organization, nurse.organization_name) == (
        "60",
        "1999990001",
        "CENTRE HOSPITALIER FICTIF",
    )
    (alone,) = found["userinfo-sans-activite-synthetic"].situations
    assert (alone.ident, alone.organization) == ("70", None)
    doctor = found["userinfo-medecin"]
    assert doctor.identifier == "ANS20210107161422"
    idents = [each.ident for each in doctor.situations]
    assert len(idents) == len(set(idents)) == 5  # five places, of which three without any number


def test_without_a_practice_the_profession_alone_and_a_student_is_none():
    assert read_userinfo(changed(SubjectRefPro={"exercices": []})).situations == (Situation("10", "10", sector="SA07"),)
    assert read_userinfo(changed(SubjectRefPro=None)).situations[0].profession == "10"
    assert read_userinfo(changed(SubjectRefPro={}, SubjectRole=[])).situations == ()
    student = copy.deepcopy(MINIMAL)
    student["SubjectRefPro"]["exercices"][0]["codeCategorieProfessionnelle"] = "E"
    assert read_userinfo(student).situations == ()


def test_the_same_place_twice_is_one():
    claims = copy.deepcopy(MINIMAL)
    claims["SubjectRefPro"]["exercices"] *= 2
    assert len(read_userinfo(claims).situations) == 1


@pytest.mark.parametrize(
    "claims",
    [
        {},
        changed(SubjectNameID=""),
        changed(SubjectNameID=12),
        changed(SubjectNameID="a b"),
        changed(SubjectNameID="<script>"),
        changed(given_name=["a"]),
        changed(SubjectRefPro="x"),
        changed(SubjectRefPro={"exercices": ["x"]}),
        changed(SubjectRefPro={"exercices": [{"codeProfession": 10}]}),
        changed(SubjectRefPro={"exercices": [{"codeProfession": "10", "activities": ["x"]}]}),
        changed(SubjectRole=7, SubjectRefPro=None),
        changed(SubjectRefPro={"exercices": [{"codeProfession": str(n)} for n in range(200)]}),
    ],
)
def test_what_does_not_read_is_refused(claims):
    with pytest.raises(Invalid, match="psc-userinfo-unreadable"):
        read_userinfo(claims)


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted({*MINIMAL, "exercices", "activities", "codeProfession"})), inner, max_size=4))  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(MINIMAL)), _JSON))
def test_noise_is_read_or_refused(noise):
    with suppress(Invalid):  # anything else raised fails
        told = read_userinfo({**MINIMAL, **noise})
        assert all(situation.profession for situation in told.situations)


# Staff: people who work in a structure without a health profession. The shape is a guess (docs/settings.md, CARNET_PSC_STAFF).

AT_THE_DESK = {
    "codeRole": "331",
    "codeSecteurDactivite": "SA08",
    "numeroFinessSite": "999990001",
    "raisonSocialeSite": "MAISON",
}
A_ROLE = Situation("role.331.1999990001", None, None, "SA08", "1999990001", "MAISON", "331")


def a_secretary(**changes):
    return changed(SubjectRole=["331^1.2.250.1.213.1.6.1.107"], SubjectRefPro=changes)


@pytest.mark.parametrize(
    "told",
    [
        {"exercices": [{"codeProfession": "", "activities": [AT_THE_DESK]}]},
        {"exercices": [{"activities": [AT_THE_DESK, AT_THE_DESK]}]},
        {"exercices": [], "activities": [AT_THE_DESK]},
        {"activities": [AT_THE_DESK]},
    ],
)
def test_staff_have_a_role_a_structure_and_no_profession(told):
    assert read_userinfo(a_secretary(**told), with_staff=True).situations == (A_ROLE,)
    assert read_userinfo(a_secretary(**told)).situations == ()  # nobody asked for them


@pytest.mark.parametrize(
    "told",
    [
        {"exercices": [{"codeProfession": "", "codeCategorieProfessionnelle": "E", "activities": [AT_THE_DESK]}]},
        {"exercices": [{"codeProfession": "", "activities": [{**AT_THE_DESK, "codeRole": ""}]}]},
        {"exercices": [{"codeProfession": "", "activities": [{**AT_THE_DESK, "numeroFinessSite": ""}]}]},
        {"exercices": [{"codeProfession": "", "activities": []}]},
        {"exercices": []},
    ],
)
def test_without_a_role_or_a_structure_they_are_nobody_s_staff(told):
    assert read_userinfo(a_secretary(**told), with_staff=True).situations == ()


def test_a_role_of_another_trade_is_no_profession():
    """Read as one, a code of another register would pass for that of a health profession."""
    assert read_userinfo(changed(SubjectRole=["10^1.2.250.1.213.1.6.1.107"], SubjectRefPro=None)).situations == ()


def test_a_professional_may_also_be_staff_elsewhere():
    claims = copy.deepcopy(MINIMAL)
    claims["SubjectRefPro"]["exercices"].append({"codeProfession": "", "activities": [AT_THE_DESK]})
    assert [each.profession for each in read_userinfo(claims, with_staff=True).situations] == ["10", None]
