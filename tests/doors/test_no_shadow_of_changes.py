"""
A hidden document casts no shadow when someone tries to change it, asks for its history, or sends it again: answers and statements are those
of a document that does not exist. And what happened to a document while it was hidden leaves none on it afterwards.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from tests.doors.test_no_shadow import (
    HIDING,
    READS,
    SEARCHES,
    UNKNOWN,
    UNKNOWN_NUMBER,
    Ask,
    Hidden,
    _both,
    _get,
    _hidden,
    _told,
    _without_mark,
)
from tests.doors.test_patches import ARCHIVE, AUTHOR, DELETE, JSON_PATCH, MASK, UNMASK, operation, patched, path_patch
from tests.doors.world import World, a_report, a_unique_id

from carnet.domain.consent.model import ConsentKind


async def _behind_a_masked_version(world: World) -> Hidden:
    """Seen until something hidden replaced it."""
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    hidden = await _hidden(world, person, doctor)
    await world.deposit(a_report(person, labels=["MASQUE_PS"], replaces={"reference": f"DocumentReference/{hidden.document}"}))  # fmt: skip
    return hidden


async def _behind_one_that_the_patient_may_not_see(world: World) -> Hidden:
    person = await world.a_record()
    hidden = await _hidden(world, person, world.a_citizen(person))
    await world.deposit(a_report(person, labels=["INVISIBLE_PATIENT"], replaces={"reference": f"DocumentReference/{hidden.document}"}))  # fmt: skip
    return hidden


async def _behind_one_masked_later(world: World) -> Hidden:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    hidden = await _hidden(world, person, doctor)
    newer = await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{hidden.document}"}))
    await patched(world, f"DocumentReference/{newer.id}", MASK, by=world.a_citizen(person))
    return hidden


async def _masked_by_the_patient(world: World) -> Hidden:
    person = await world.a_record()
    doctor = await world.a_professional(authorised_on=person)
    hidden = await _hidden(world, person, doctor)
    for patch in (MASK, UNMASK, MASK):
        await patched(world, f"DocumentReference/{hidden.document}", patch, by=world.a_citizen(person))
    return hidden


async def _really_deleted(world: World) -> Hidden:
    person = await world.a_record()
    hidden = await _hidden(world, person, world.a_citizen(person))
    author = await world.a_professional(number=AUTHOR)
    assert (await patched(world, f"DocumentReference/{hidden.document}", DELETE, by=author)).status_code == 200
    return hidden


async def _deleted_for_its_author(world: World) -> Hidden:
    person = await world.a_record()
    author = await world.a_professional(number=AUTHOR, authorised_on=person)
    hidden = await _hidden(world, person, author)
    assert (await patched(world, f"DocumentReference/{hidden.document}", DELETE, by=author)).status_code == 200
    return hidden


async def _deleted_by_what_replaced_it(world: World) -> Hidden:
    person = await world.a_record()
    hidden = await _hidden(world, person, world.a_citizen(person))
    newer = await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{hidden.document}"}))
    author = await world.a_professional(number=AUTHOR)
    assert (await patched(world, f"DocumentReference/{newer.id}", DELETE, by=author)).status_code == 200
    return hidden


LIVES: dict[str, Callable[[World], Awaitable[Hidden]]] = HIDING | {
    "behind a masked version": _behind_a_masked_version,
    "behind one that the patient may not see": _behind_one_that_the_patient_may_not_see,
    "behind one masked later": _behind_one_masked_later,
    "masked by the patient": _masked_by_the_patient,
    "really deleted": _really_deleted,
    "deleted, for its author": _deleted_for_its_author,
    "deleted by what replaced it": _deleted_by_what_replaced_it,
}


def _patch(address: str, patch: Any, **headers: str) -> Ask:
    media = {"Content-Type": JSON_PATCH} if isinstance(patch, list) else {}
    return lambda ident, set_id, number: ("PATCH", address.format(id=ident, set=set_id, number=number), patch, media | headers)  # fmt: skip


FAILING_TEST = [{"op": "test", "path": "/status", "value": "superseded"}]
NO_PATH = path_patch(operation("replace", "DocumentReference.securityLabel[7]", value={"valueBoolean": True}))
FORBIDDEN = [{"op": "replace", "path": "/description", "value": "x"}]
ATTEMPTS: dict[str, Ask] = {
    "mask": _patch("/DocumentReference/{id}", MASK),
    "unmask": _patch("/DocumentReference/{id}", UNMASK),
    "archive": _patch("/DocumentReference/{id}", ARCHIVE),
    "delete": _patch("/DocumentReference/{id}", DELETE),
    "mask, JSON": _patch("/DocumentReference/{id}", [{"op": "add", "path": "/securityLabel/-", "value": {"coding": []}}]),
    "a test that would fail": _patch("/DocumentReference/{id}", FAILING_TEST),
    "a path to nothing": _patch("/DocumentReference/{id}", NO_PATH),
    "another element": _patch("/DocumentReference/{id}", FORBIDDEN),
    "no patch": _patch("/DocumentReference/{id}", {}),
    "another format": _patch("/DocumentReference/{id}", MASK, **{"Content-Type": "application/xml"}),
    "its version": _patch("/DocumentReference/{id}", MASK, **{"If-Match": 'W/"1"'}),
    "another version": _patch("/DocumentReference/{id}", MASK, **{"If-Match": 'W/"99"'}),
    "any version": _patch("/DocumentReference/{id}", MASK, **{"If-Match": "*"}),
    "no version": _patch("/DocumentReference/{id}", MASK, **{"If-Match": "x"}),
    "if it does not exist": _patch("/DocumentReference/{id}", MASK, **{"If-None-Match": "*"}),
    "unless changed since": _patch("/DocumentReference/{id}", MASK, **{"If-Unmodified-Since": "Wed, 25 Nov 2026 00:00:00 GMT"}),
    "by uniqueId": _patch("/DocumentReference?identifier=urn:oid:{number}", MASK),
    "by uniqueId, deleting": _patch("/DocumentReference?identifier=urn:ietf:rfc:3986|urn:oid:{number}", DELETE),
    "by id or entryUUID": _patch("/DocumentReference?identifier=urn:uuid:{id}", MASK),
    "by one of two": _patch("/DocumentReference?identifier=urn:oid:{number},urn:oid:1.2.250.1.999.404.7", MASK),
    "by uniqueId, its version": _patch("/DocumentReference?identifier=urn:oid:{number}", MASK, **{"If-Match": 'W/"1"'}),
    "history": _get("/DocumentReference/{id}/_history"),
    "history, with a parameter": _get("/DocumentReference/{id}/_history?_since=2020"),
    "a state": _get("/DocumentReference/{id}/_history/1"),
    "the state after": _get("/DocumentReference/{id}/_history/2"),
    "a state that is no number": _get("/DocumentReference/{id}/_history/x"),
    "put": lambda ident, *_: ("PUT", f"/DocumentReference/{ident}", {}, {}),
    "delete, the method": lambda ident, *_: ("DELETE", f"/DocumentReference/{ident}", None, {}),
}  # fmt: skip
# Told before anything is looked for.
WITHOUT_STATEMENTS = {"put", "delete, the method", "history, with a parameter"}


@pytest.mark.parametrize("rule", LIVES)
async def test_trying_to_change_it(world: World, rule: str) -> None:
    hidden = await LIVES[rule](world)
    rows = await world.rows()
    for name, ask in ATTEMPTS.items():
        if name in WITHOUT_STATEMENTS:
            answers = [
                await world.http.request(
                    ask(ident, ident, "1")[0], "/fhir" + ask(ident, ident, "1")[1], headers=hidden.caller.headers
                )
                for ident in (hidden.document, UNKNOWN)
            ]
            assert _told(answers[0]) == _told(answers[1]), name
            continue
        there, nowhere = await _both(world, hidden, ask)
        assert _told(there) == _told(nowhere), name
    assert await world.rows() == rows


@pytest.mark.parametrize("rule", [rule for rule in LIVES if rule not in HIDING])
async def test_reading_and_searching_for_it(world: World, rule: str) -> None:
    hidden = await LIVES[rule](world)
    for name, ask in READS.items():
        there, nowhere = await _both(world, hidden, ask)
        assert _told(there) == _told(nowhere), name
    for name, ask in SEARCHES.items():
        there, nowhere = await _both(world, hidden, ask)
        mine = _without_mark(_told(there, hidden.document, hidden.number))
        assert mine == _without_mark(_told(nowhere, UNKNOWN, UNKNOWN_NUMBER)), name
        assert mine[1]["total"] == 0


@pytest.mark.parametrize("rule", [rule for rule in LIVES if "deleted" not in rule])
async def test_the_trail_tells_an_attempt_and_no_document(world: World, rule: str) -> None:
    hidden = await LIVES[rule](world)
    before = len(await world.events(hidden.person))
    await patched(world, f"DocumentReference/{hidden.document}", MASK, by=hidden.caller)
    (event,) = (await world.events(hidden.person))[before:]
    assert (event.type, event.outcome, event.documents) == ("access-refused", "refused", ())


async def test_a_mask_between_two_readings_leaves_no_gap(world: World) -> None:
    """Numbers, history and conditions are those of someone who knows nothing of what was hidden."""
    person = await world.a_record()
    reader = await world.a_professional(authorised_on=person)
    document = (await world.deposit(a_report(person))).id
    for patch in (MASK, UNMASK, MASK, UNMASK):
        await patched(world, f"DocumentReference/{document}", patch, by=world.a_citizen(person))
    history = (await world.read(f"DocumentReference/{document}/_history", by=reader)).json()
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["3", "2", "1"]
    fiche = await world.read(f"DocumentReference/{document}", by=reader)
    assert fiche.json() == history["entry"][0]["resource"]
    assert (await world.read(f"DocumentReference/{document}/_history/4", by=reader)).status_code == 404
    author = await world.a_professional(number=AUTHOR)
    kept = await patched(world, f"DocumentReference/{document}", MASK, by=author, If_Match='W/"5"')
    assert kept.status_code == 200, "the author sees every state of what they wrote"


async def test_a_replay_tells_nothing_of_what_happened_since(world: World) -> None:
    person = await world.a_record()
    bundle = a_report(person, unique_id=a_unique_id())
    document = (await world.deposit(bundle)).id
    first = (await world.send(bundle)).content
    me, author = world.a_citizen(person), await world.a_professional(number=AUTHOR)
    for patch, caller in ((MASK, me), (UNMASK, me), (ARCHIVE, author), (MASK, me)):
        await patched(world, f"DocumentReference/{document}", patch, by=caller)
        assert (await world.send(bundle)).content == first
    await world.deposit(a_report(person, replaces={"reference": f"DocumentReference/{document}"}))
    assert (await world.send(bundle)).content == first


async def test_a_sender_does_not_feel_the_mask_of_what_they_replace(world: World) -> None:
    """The same answers, whether the patient masked the document or not."""
    answers = []
    for masked in (False, True):
        person = await world.a_record()
        document = (await world.deposit(a_report(person))).id
        if masked:
            await patched(world, f"DocumentReference/{document}", MASK, by=world.a_citizen(person))
        for labels in ([], ["INVISIBLE_PATIENT"]):
            bundle = a_report(person, labels=labels, replaces={"reference": f"DocumentReference/{document}"})
            sent = [orjson.loads((await world.send(bundle)).content) for _ in range(2)]
            document = sent[0]["entry"][1]["response"]["location"].split("/")[1]
            answers.append([(e["response"]["status"], e["response"].get("etag"), e["response"].get("outcome")) for one in sent for e in one["entry"]])  # fmt: skip
    assert answers[:2] == answers[2:]


async def test_a_blocked_author_and_an_unknown_document(world: World) -> None:
    """They had written it: what is told to them is told of nothing."""
    person = await world.a_record()
    document = (await world.deposit(a_report(person))).id
    await world.consent(person, ConsentKind.BLOCK, AUTHOR)
    author = await world.a_professional(number=AUTHOR)
    there = await patched(world, f"DocumentReference/{document}", MASK, by=author)
    nowhere = await patched(world, f"DocumentReference/{UNKNOWN}", MASK, by=author)
    assert _told(there) == _told(nowhere)
