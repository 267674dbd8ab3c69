from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from carnet.domain.access.model import Confidentiality
from carnet.domain.actor import ActorKind
from carnet.territory.invent import invent
from carnet.territory.model import Citizen, LifeStage, Professional

TODAY = date(2025, 11, 21)


def test_same_seed_same_bytes() -> None:
    first, second = (invent(3, citizens=20, documents=120, today=TODAY) for _ in range(2))
    assert first.citizens == second.citizens
    assert first.grants == second.grants
    assert list(first.documents()) == list(second.documents())


def test_documents_can_be_told_again(territory, documents) -> None:
    again = territory.documents()
    assert [next(again) for _ in range(50)] == documents[:50]


def test_another_seed_tells_another_story(territory, documents) -> None:
    other = invent(8, citizens=80, documents=900, today=TODAY)
    assert {each.identity.ins.matricule for each in other.citizens} != {
        each.identity.ins.matricule for each in territory.citizens
    }
    assert not {each.unique_id for each in other.documents()} & {each.unique_id for each in documents}


def test_more_documents_do_not_change_the_people(territory) -> None:
    assert invent(7, citizens=80, documents=10, today=TODAY).citizens == territory.citizens


def test_too_few_citizens_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 13"):
        invent(1, citizens=12, documents=1, today=TODAY)


@pytest.mark.parametrize("count", [0, 1, 50, 333])
def test_exactly_as_many_documents_as_asked(count) -> None:
    assert len(list(invent(5, citizens=30, documents=count, today=TODAY).documents())) == count


def test_the_default_size_keeps_what_was_promised() -> None:
    territory = invent(1, citizens=300, documents=3000, today=TODAY)
    assert len(territory.citizens) == 300
    assert len(territory.professionals) == 60
    assert len({each.profession.code for each in territory.professionals}) == 15
    assert len(territory.organizations) == 20
    assert {"hospital", "laboratory", "imaging", "practice", "pharmacy", "care-home", "platform"} <= {
        each.kind for each in territory.organizations
    }
    assert {each.stage for each in territory.citizens} == set(LifeStage)
    kept = [replace(each, content=b"") for each in territory.documents()]
    assert len(kept) == 3000
    assert len({each.type_code for each in kept}) >= 40
    assert {each.created.year for each in kept} == set(range(2015, 2026))
    assert max(each.created.date() for each in kept) < TODAY
    assert min(each.created.date() for each in kept) >= TODAY - timedelta(days=3653)
    assert sum(each.citizen.index == 0 for each in kept) >= 60


def test_documents_come_in_the_order_of_their_dates(documents) -> None:
    assert [each.created for each in documents] == sorted(each.created for each in documents)


def test_nobody_has_documents_before_birth(documents) -> None:
    assert all(each.created.date() > each.citizen.birth_date for each in documents)


def test_unique_ids_are_unique(documents) -> None:
    assert len({each.unique_id for each in documents}) == len(documents)


def test_a_corrected_document_comes_after_the_one_it_replaces(documents) -> None:
    seen: dict = {}
    corrections = 0
    for each in documents:
        if each.replaces is not None:
            corrections += 1
            before = seen[each.replaces]
            assert (before.citizen, before.type_code, before.feeder) == (each.citizen, each.type_code, each.feeder)
            assert before.content != each.content
        seen[each.unique_id] = each
    assert corrections > 5


def test_every_feeder_is_a_client_or_the_patient(territory, documents) -> None:
    known = {each.name for each in territory.clients}
    assert {"hopital", "laboratoire", "imagerie", "pharmacie", "pfi", "ehpad", "cabinet", "assurance-maladie"} == known
    for each in documents:
        assert each.feeder in known or each.feeder == f"patient:{each.citizen.identity.ins.matricule}"
    assert Counter(each.kind for each in territory.clients)[ActorKind.PRODUCER] == 1


def test_only_bare_pdfs_carry_a_fiche(documents) -> None:
    bare = [each for each in documents if each.fiche is not None]
    assert bare
    assert all(each.content.startswith(b"%PDF-1.4") and each.type_code.startswith("DOCPAT") for each in bare)
    assert all(each.media_type == "text/xml" for each in documents if each.fiche is None)


def test_labels_never_contradict_each_other(documents) -> None:
    assert all(len(each.labels) <= 1 for each in documents)
    assert {label for each in documents for label in each.labels} == set(Confidentiality)


def test_only_the_documents_of_minors_are_kept_from_their_parents(documents) -> None:
    hidden = [each for each in documents if Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX in each.labels]
    assert hidden
    assert all(each.citizen.stage is LifeStage.CHILD and each.citizen.guardians for each in hidden)


def test_named_persons_are_stable(territory) -> None:
    other = invent(99, citizens=40, documents=0, today=TODAY)
    for name, person in territory.named.items():
        match person, other.named[name]:
            case Citizen(), Citizen() as twin:
                assert person.identity.traits == twin.identity.traits
            case Professional(), Professional() as twin:
                assert (person.identifier, person.family, person.given) == (twin.identifier, twin.family, twin.given)
            case _:
                pytest.fail(name)
    assert territory.named["marie"] is territory.citizens[0]


def test_the_record_of_marie_is_rich() -> None:
    territory = invent(2, citizens=100, documents=1000, today=TODAY)
    types = Counter(each.type_code for each in territory.documents() if each.citizen is territory.named["marie"])
    assert sum(types.values()) >= 60
    assert types["11502-2"] >= 6
    assert {"SYNTH", "11490-0", "18748-4", "57833-6", "60593-1", "REMB", "EXPPAT_1"} <= types.keys()
