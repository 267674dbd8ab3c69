"""The matricule INS and its key."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.vocabulary.ins import INS_OIDS, NIA, NIR, NIR_DEMO, NIR_TEST, NIR_TEST_13, PRODUCTION_OIDS, Ins, key_of


def test_published_vectors(samples: Path) -> None:
    vectors = json.loads((samples / "ins" / "matricule-key-vectors.json").read_text())["vectors"]
    for vector in vectors:
        if vector["valid"]:
            assert Ins(vector["matricule"], NIR).matricule == vector["matricule"]
        else:
            with pytest.raises(ValueError, match=r"^ins-"):
                Ins(vector["matricule"], NIR)


@pytest.mark.parametrize(
    ("number", "key"),
    [("1850575056123", 88), ("292112A004045", 31), ("170022B033217", 97), ("2880775056046", 97), ("781102A125009", 8)],
)
def test_the_key_is_computed_with_corsica(number: str, key: int) -> None:
    assert key_of(number) == key


@pytest.mark.parametrize("oid", sorted(INS_OIDS))
def test_a_wrong_key_is_refused_under_production_oids_only(oid: str) -> None:
    if oid in PRODUCTION_OIDS:
        with pytest.raises(ValueError, match=r"^ins-key$"):
            Ins("185057505612300", oid)
    else:
        assert Ins("185057505612300", oid).key_is_wrong


@pytest.mark.parametrize("oid", [NIR_TEST, NIR_DEMO, NIR_TEST_13])
def test_test_oids_are_known_as_such(oid: str) -> None:
    assert Ins("185057505612388", oid).is_test


@pytest.mark.parametrize("oid", [NIR, NIA])
def test_production_oids_are_not_tests(oid: str) -> None:
    assert not Ins("185057505612388", oid).is_test


@pytest.mark.parametrize("oid", ["", "1.2.250.1.213.1.4.2", "urn:oid:1.2.250.1.213.1.4.8"])
def test_another_oid_is_not_a_register_of_ins(oid: str) -> None:
    with pytest.raises(ValueError, match=r"^ins-oid$"):
        Ins("185057505612388", oid)


@pytest.mark.parametrize(
    "matricule",
    [
        "",
        "1850575056123",
        "18505750561238",
        "1850575056123880",
        "985057505612388",
        "18505750561238A",
        "185052C05612388",
        "292112a00404531",
        " 85057505612388",
        "185057505612388\n",
        "١85057505612388",
        "1850575056123٨٨",
    ],
)
def test_a_malformed_matricule_is_refused_even_in_test(matricule: str) -> None:
    with pytest.raises(ValueError, match=r"^ins-format$"):
        Ins(matricule, NIR_TEST)


@given(st.from_regex(r"[1-478][0-9]{4}([0-9]{2}|2[AB])[0-9]{6}", fullmatch=True))
def test_a_number_with_its_own_key_is_accepted(number: str) -> None:
    key = key_of(number)
    assert 1 <= key <= 97
    assert not Ins(f"{number}{key:02d}", NIR).key_is_wrong


@given(st.text(max_size=17))
def test_noise_is_refused_or_read(text: str) -> None:
    try:
        outcome = Ins(text, NIR).matricule
    except ValueError as error:
        outcome = str(error)
    assert outcome in {text, "ins-format", "ins-key"}
    assert outcome.isascii()
