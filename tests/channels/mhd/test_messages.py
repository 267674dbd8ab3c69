"""However a message is read, files taken out or not, it says the same."""

import base64
import random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders.cda import a_pdf
from tests.builders.fhir import a_binary, a_bundle, a_fiche, posted, urn

from carnet.channels.mhd import messages
from carnet.channels.mhd.messages import read_message
from carnet.domain.errors import Invalid
from carnet.formats.fhir.provide_bundle import ReadBundle

PDF = a_pdf(size_bytes=3_000)
TEXT = base64.b64encode(PDF).decode()


def told(body: bytes) -> object:
    try:
        return read_message(body)
    except Invalid as fault:
        return fault.code, fault.issues


def as_a_whole(body: bytes) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messages, "lift", lambda _: None)
        return told(body)


def a_message() -> dict[str, Any]:
    return a_bundle(a_fiche(document=PDF), contents=[PDF])


def test_a_deposit_is_read_from_what_is_left_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    parse = messages.read_json
    monkeypatch.setattr(messages, "read_json", lambda body: (read.append(len(body)), parse(body))[1])
    body = orjson.dumps(a_message())
    message = read_message(body)
    assert isinstance(message, ReadBundle)
    assert message.documents[0].content == PDF
    assert read == [len(body) - len(TEXT) + len(f"-{'0' * 32}-0")]
    assert message == as_a_whole(body)


def test_a_batch_is_given_as_it_came() -> None:
    batch = {
        "resourceType": "Bundle",
        "type": "batch",
        "entry": [{"resource": {"resourceType": "Binary", "data": TEXT}}],
    }
    assert read_message(orjson.dumps(batch)) == batch


def a_change(chance: random.Random) -> bytes:
    """A message with something changed, files in odd places among others."""
    bundle = a_message()
    entries = bundle["entry"]
    documents = [entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "DocumentReference"]
    binaries = [entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Binary"]
    attachment = documents[0]["content"][0]["attachment"]
    changes = [
        lambda: None,
        lambda: binaries[0].pop("data"),
        lambda: binaries[0].update(data=[TEXT]),
        lambda: binaries[0].update(data=TEXT[:-1]),
        lambda: binaries[0].update(contentType="text/plain"),
        lambda: attachment.update(data=TEXT),
        lambda: (attachment.update(data=TEXT), attachment.pop("url", None)),
        lambda: attachment.update(title=TEXT),
        lambda: documents[0].update(data=TEXT),
        lambda: documents[0].update(photo=[{"data": TEXT}]),
        lambda: (
            documents[0]
            .setdefault("extension", [])
            .append({"url": "https://exemple.fr/x", "valueAttachment": {"data": TEXT}})
        ),
        lambda: documents[0].update(masterIdentifier={"system": "urn:ietf:rfc:3986", "value": TEXT}),
        lambda: entries.append(posted(urn("autre"), a_binary(PDF))),
        lambda: entries.append(entries[-1]),
        entries.reverse,
        lambda: bundle.update(type="batch"),
        lambda: bundle.update(data=TEXT),
        lambda: bundle.pop("type"),
    ]
    for change in chance.sample(changes, chance.randint(1, 2)):
        change()
    body = orjson.dumps(bundle, option=chance.choice([0, orjson.OPT_INDENT_2]))
    spoil = chance.choice(
        [
            lambda: body,
            lambda: body,
            lambda: body.replace(b'"data":', b'"data" :'),
            lambda: body.replace(b'"data":', b'"data":"QUJD","data":'),
            lambda: body.replace(b'"data"', b'"d\\u0061ta"'),
            lambda: body[: chance.randrange(len(body))],
            lambda: b"\xef\xbb\xbf" + body,
            lambda: body.replace(TEXT[:20].encode(), TEXT[:20].encode() + b"\\u0000"),
            lambda: body.replace(TEXT[:20].encode(), TEXT[:20].encode() + b"\\n"),
            lambda: body.replace(TEXT[:20].encode(), b"\xff" + TEXT[:20].encode()),
        ]
    )
    return spoil()


@settings(max_examples=400, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_same_is_told_of_any_message(chance: random.Random) -> None:
    body = a_change(chance)
    assert told(body) == as_a_whole(body)


def test_a_fiche_may_hold_its_content() -> None:
    fiche = a_fiche(document=PDF)
    attachment = fiche["content"][0]["attachment"]
    del attachment["url"]
    attachment["data"] = TEXT
    body = orjson.dumps(a_bundle(fiche))
    message = read_message(body)
    assert isinstance(message, ReadBundle)
    assert message.documents[0].content == PDF
    assert message == as_a_whole(body)


LONGEST = 2**20


@pytest.mark.parametrize("text", ["x" * (LONGEST + 1), "é" * (LONGEST + 1)])
def test_a_text_past_what_fhir_allows(text: str) -> None:
    fiche = a_fiche(document=PDF)
    fiche["contained"][0]["name"][0]["family"] = text
    with pytest.raises(Invalid) as refused:
        read_message(orjson.dumps(a_bundle(fiche, contents=[PDF])))
    assert (refused.value.code, refused.value.issues[0].facts) == (
        "json-string-too-long",
        {"name": "family", "limit": str(LONGEST)},
    )


def test_the_longest_text_and_longer_files() -> None:
    fiche = a_fiche(document=PDF, description="x" * LONGEST)
    large = PDF + bytes(LONGEST)
    body = orjson.dumps(a_bundle(fiche, contents=[large]))
    for data in (body, body.replace(base64.b64encode(large)[:40], base64.b64encode(large)[:40] + b"\\n")):
        message = read_message(data)
        assert isinstance(message, ReadBundle)
        assert message.documents[0].content == large
