from collections import Counter

from carnet.domain.consent.model import ConsentKind


def test_the_named_doctor_treats_the_named_patients(territory) -> None:
    doctor = territory.named["medecin"].identifier
    treated = {
        each.citizen.index
        for each in territory.grants
        if (each.professional, each.kind) == (doctor, ConsentKind.PRIMARY_CARE_DOCTOR)
    }
    assert {territory.named[name].index for name in ("marie", "lucas", "jeanne")} <= treated


def test_one_decision_per_citizen_and_professional(territory) -> None:
    assert set(Counter((each.citizen.index, each.professional) for each in territory.grants).values()) == {1}
    assert {each.kind for each in territory.grants} == {
        ConsentKind.GRANT,
        ConsentKind.BLOCK,
        ConsentKind.PRIMARY_CARE_DOCTOR,
    }


def test_nothing_is_decided_before_birth_or_after_today(territory) -> None:
    assert all(each.citizen.birth_date <= each.since <= territory.today for each in territory.grants)
    known = {each.identifier for each in territory.professionals}
    assert all(each.professional in known for each in territory.grants)
