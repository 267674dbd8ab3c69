"""The INS datamatrix, tag by tag: published vectors, round trip, and whatever a scanner may send."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.formats.ins_datamatrix import SEPARATOR, ScannedIdentity, read_ins_datamatrix, write_ins_datamatrix
from carnet.vocabulary.ins import NIA, NIR, NIR_TEST, NIR_TEST_13, Ins, key_of

HEADER = "IS010000000000000000000000"
SOUND = (
    f"{HEADER}S1255069900000159S21.2.250.1.213.1.4.10S3LOUISE MARIE{SEPARATOR}S4ESSAI{SEPARATOR}S5FS612-06-1955S775056"
)

TRAITS = InsTraits("ESSAI", "LOUISE", "1955-06-12", Sex.FEMALE, "LOUISE MARIE", "75056")
LOUISE = Identity(Ins("255069900000159", NIR_TEST), TRAITS, IdentityStatus.QUALIFIED)


def test_published_vectors(samples: Path) -> None:
    vectors = json.loads((samples / "ins" / "datamatrix-vectors.json").read_text("utf-8"))["vectors"]
    for vector in vectors:
        expected = vector["expected"]
        if expected is None:
            with pytest.raises(ValueError, match=r"^(datamatrix|ins)-[a-z-]+$"):
                read_ins_datamatrix(vector["payload"])
            continue
        read = read_ins_datamatrix(vector["payload"])
        assert read == ScannedIdentity(
            Ins(expected["matricule"], expected["oid"]), expected["nomNaissance"], expected["prenomsNaissance"],
            expected["dateNaissance"], Sex(expected["sexe"]), expected.get("lieuNaissance"),
        ), vector["note"]  # fmt: skip
        traits = InsTraits(read.birth_name, "PREMIER", read.birth_date, read.sex, read.given_names, read.birth_place)
        assert write_ins_datamatrix(Identity(read.ins, traits, IdentityStatus.QUALIFIED)) == vector["payload"]


def test_what_is_written() -> None:
    assert write_ins_datamatrix(LOUISE) == SOUND


def test_a_separator_closes_what_varies_unless_it_is_as_long_as_it_may_be() -> None:
    body = "2550699000001"
    short = replace(LOUISE, ins=Ins(body + f"{key_of(body):02d}", NIR))
    assert f"S2{NIR}{SEPARATOR}S3" in write_ins_datamatrix(short)
    assert f"S2{NIR_TEST}S3" in write_ins_datamatrix(LOUISE)
    longest = replace(LOUISE, traits=replace(TRAITS, birth_name="A" * 100))
    assert f"S4{'A' * 100}S5" in write_ins_datamatrix(longest)


def test_names_are_normalised_when_written() -> None:
    accented = replace(LOUISE, traits=replace(TRAITS, birth_name="Œuvré d’Essai", given_names="Zoé Lætitia"))
    read = read_ins_datamatrix(write_ins_datamatrix(accented))
    assert (read.birth_name, read.given_names) == ("OEUVRE D'ESSAI", "ZOE LAETITIA")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (replace(LOUISE, status=IdentityStatus.VALIDATED), "datamatrix-not-qualified"),
        (replace(LOUISE, status=IdentityStatus.RETRIEVED), "datamatrix-not-qualified"),
        (replace(LOUISE, status=IdentityStatus.PROVISIONAL), "datamatrix-not-qualified"),
        (replace(LOUISE, traits=replace(TRAITS, given_names=None)), "datamatrix-given-names-missing"),
        (replace(LOUISE, traits=replace(TRAITS, sex=Sex.UNDETERMINED)), "datamatrix-sex"),
        (replace(LOUISE, traits=replace(TRAITS, birth_date="1955-06")), "datamatrix-date"),
        (replace(LOUISE, traits=replace(TRAITS, birth_place="PARIS")), "datamatrix-place"),
        (replace(LOUISE, traits=replace(TRAITS, birth_name="ESSAI 2")), "name-character"),
    ],
)
def test_what_is_not_written(changed: Identity, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}$"):
        write_ins_datamatrix(changed)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "datamatrix-header"),
        (SOUND[1:], "datamatrix-header"),
        (HEADER.replace("01", "02", 1) + SOUND[26:], "datamatrix-version"),
        (HEADER, "datamatrix-tag-missing"),
        (SOUND + "S8X", "datamatrix-tag"),
        (SOUND + SEPARATOR, "datamatrix-tag"),
        (SOUND + "S5F", "datamatrix-tag-twice"),
        (SOUND.removesuffix("S775056").replace("S5F", ""), "datamatrix-tag-missing"),
        (SOUND[:-1], "datamatrix-length"),
        (SOUND.replace("S4ESSAI", "S4"), "datamatrix-length"),
        (SOUND.replace("S5F", f"S5F{SEPARATOR}"), "datamatrix-tag"),
        (SOUND.replace("S5F", "S5I"), "datamatrix-sex"),
        (SOUND.replace("12-06-1955", "1955-06-12"), "datamatrix-date"),
        (SOUND.replace("12-06-1955", "31-06-1955"), "datamatrix-date"),
        (SOUND.replace("S775056", "S7PARIS"), "datamatrix-place"),
        (SOUND.replace("ESSAI", "Essai"), "datamatrix-name"),
        (SOUND.replace("ESSAI", "-ESSAI"), "datamatrix-name"),
        (SOUND.replace("LOUISE", "LOUISE--ANNE"), "datamatrix-name"),
        (SOUND.replace("ESSAI", "A" * 101), "datamatrix-tag"),
        (SOUND.replace("1.4.10", "1.4.2" + SEPARATOR), "ins-oid"),
        (SOUND.replace("S1255", "S1955"), "ins-format"),
        (SOUND.replace("1.4.10", "1.4.8" + SEPARATOR).replace("0159", "0160"), "ins-key"),
        (SOUND + "S" * 300, "datamatrix-length"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}$"):
        read_ins_datamatrix(text)


def test_a_name_may_hold_what_looks_like_a_tag() -> None:
    """Only digits are not of a name: a tag is recognised by where it stands, never sought."""
    text = SOUND.replace("ESSAI", "S S S")
    assert read_ins_datamatrix(text).birth_name == "S S S"


def test_fields_in_another_order_are_the_same() -> None:
    last = f"{HEADER}S5FS612-06-1955S775056S1255069900000159S21.2.250.1.213.1.4.10S4ESSAI{SEPARATOR}S3LOUISE MARIE"
    assert read_ins_datamatrix(last) == read_ins_datamatrix(SOUND)


_WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=24)
_GIVEN = st.lists(_WORD, min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from(" -'").map(lambda sign: sign.join(words))
)
_NUMBERS = st.integers(0, 999_999).map(lambda n: f"1550699{n:06d}")


@given(
    number=_NUMBERS, oid=st.sampled_from((NIR, NIA, NIR_TEST, NIR_TEST_13)), name=_GIVEN, given_names=_GIVEN,
    day=st.dates(), sex=st.sampled_from((Sex.MALE, Sex.FEMALE)), place=st.none() | st.sampled_from(("75056", "2A004", "99351")),
)  # fmt: skip
def test_round_trip(*, number: str, oid: str, name: str, given_names: str, day, sex: Sex, place: str | None) -> None:
    ins = Ins(number + f"{key_of(number):02d}", oid)
    traits = InsTraits(name, "PREMIER", day.isoformat(), sex, given_names, place)
    read = read_ins_datamatrix(write_ins_datamatrix(Identity(ins, traits, IdentityStatus.QUALIFIED)))
    assert read == ScannedIdentity(ins, name, given_names, day.isoformat(), sex, place)


_NOISE = st.text(st.sampled_from("S1234567 AF-.'" + SEPARATOR) | st.characters(), max_size=60)


@given(
    start=st.sampled_from(("", HEADER, SOUND[:50], SOUND)), noise=_NOISE, cut=st.integers(0, len(SOUND)), end=st.sampled_from(("", SOUND[60:]))
)  # fmt: skip
def test_noise_gets_a_code_and_nothing_of_what_was_scanned(start: str, noise: str, cut: int, end: str) -> None:
    found = _refusal(start[:cut] + noise + end)
    assert found is None or (len(found.args) == 1 and found.args[0].split("-")[0] in {"datamatrix", "ins"})


def _refusal(text: str) -> ValueError | None:
    try:
        read_ins_datamatrix(text)
    except ValueError as refusal:
        return refusal
    return None
