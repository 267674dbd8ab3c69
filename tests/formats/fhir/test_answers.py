"""Answers as JSON: searchset, transaction, batch, Binary, OperationOutcome, CapabilityStatement."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builders.fhir import INS, LOGICAL_ID, PATIENT_ID, PDF, SET_ID, a_stored_entry

from carnet.domain.errors import Invalid, Issue, Severity
from carnet.domain.record.model import FiledDocument, Receipt
from carnet.formats.fhir import systems
from carnet.formats.fhir.audit_search import AUDIT_PARAMETERS, read_audit_search
from carnet.formats.fhir.batch import BatchAnswer, BatchRead, read_batch, write_batch_response
from carnet.formats.fhir.binary import write_binary
from carnet.formats.fhir.bundle_entries import EntryKind
from carnet.formats.fhir.capability import write_capability
from carnet.formats.fhir.outcome import write_outcome
from carnet.formats.fhir.provide_bundle import ReadEntry
from carnet.formats.fhir.search_table import TABLE
from carnet.formats.fhir.searchset import write_searchset
from carnet.formats.fhir.transaction_response import write_transaction_response

BASE = "https://carnet.test/fhir"
AT = datetime(2026, 3, 12, 9, 20, 0, 5, tzinfo=UTC)
AT_TEXT = "2026-03-12T09:20:00.000005Z"
WARNING = Issue("element-not-kept", "Bundle.entry[1].resource.docStatus", {"name": "docStatus"}, Severity.WARNING)


def text_of(issue: Issue) -> tuple[str, str]:
    return "value", f"Phrase de {issue.code}."


class TestOutcome:
    def test_each_issue_has_code_sentence_and_place(self) -> None:
        found = json.loads(
            write_outcome([Issue("base64", "Binary.data"), WARNING, Issue("json-encoding")], text_of=text_of)
        )
        assert found["resourceType"] == "OperationOutcome"
        assert found["issue"][0] == {
            "severity": "error",
            "code": "value",
            "details": {"coding": [{"system": systems.ISSUE_SYSTEM, "code": "base64"}], "text": "Phrase de base64."},
            "expression": ["Binary.data"],
        }
        assert found["issue"][1]["severity"] == "warning"
        assert "expression" not in found["issue"][2]


class TestBinary:
    def test_holds_the_document(self) -> None:
        found = json.loads(write_binary(PDF, logical_id=LOGICAL_ID, media_type='application/pdf;x="é"', filed_at=AT))
        assert found == {
            "resourceType": "Binary",
            "id": str(LOGICAL_ID),
            "meta": {"versionId": "1", "lastUpdated": AT_TEXT},
            "contentType": 'application/pdf;x="é"',
            "securityContext": {"reference": f"DocumentReference/{LOGICAL_ID}"},
            "data": base64.b64encode(PDF).decode(),
        }


class TestSearchset:
    def test_entries_total_and_links(self) -> None:
        text = write_searchset(
            [a_stored_entry()] * 2,
            base_url=BASE,
            self_parameters=[("patient.identifier", "urn:oid:1.2|3"), ("type", 'a"b é')],
            cursor="se+aled=",
            total=7,
        )
        found = json.loads(text)
        assert (found["resourceType"], found["type"], found["total"]) == ("Bundle", "searchset", 7)
        assert found["link"] == [
            {"relation": "self", "url": f"{BASE}/DocumentReference?patient.identifier=urn:oid:1.2|3&type=a%22b+%C3%A9"},
            {"relation": "next", "url": f"{BASE}/DocumentReference?_cursor=se%2Baled%3D"},
        ]
        assert len(found["entry"]) == 2
        assert found["entry"][0]["fullUrl"] == f"{BASE}/DocumentReference/{LOGICAL_ID}"
        assert found["entry"][0]["search"] == {"mode": "match"}
        assert found["entry"][0]["resource"]["id"] == str(LOGICAL_ID)

    def test_the_instant_up_to_which_it_is_complete(self) -> None:
        found = json.loads(write_searchset([], base_url=BASE, self_parameters=[], as_of=AT))
        assert found["meta"] == {"lastUpdated": AT_TEXT}

    def test_an_empty_page_has_no_entry_and_a_declined_total_is_absent(self) -> None:
        found = json.loads(write_searchset([], base_url=BASE, self_parameters=[]))
        assert found == {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": [{"relation": "self", "url": f"{BASE}/DocumentReference"}],
        }

    @pytest.mark.parametrize("entries", [[], [a_stored_entry()]])
    def test_warnings_come_last_as_an_outcome(self, entries: list[Any]) -> None:
        outcome = write_outcome([WARNING], text_of=text_of)
        found = json.loads(write_searchset(entries, base_url=BASE, self_parameters=[], total=0, outcome=outcome))
        assert found["entry"][-1]["search"] == {"mode": "outcome"}
        assert found["entry"][-1]["resource"]["resourceType"] == "OperationOutcome"
        assert len(found["entry"]) == len(entries) + 1


class TestTransactionResponse:
    entries = (
        ReadEntry(EntryKind.CONTENT, 0),
        ReadEntry(EntryKind.DOCUMENT, 0),
        ReadEntry(EntryKind.SUBMISSION_SET),
        ReadEntry(EntryKind.PATCH),
    )

    def answer(self, *, replayed: bool = False, warnings: tuple[Issue, ...] = ()) -> list[dict[str, Any]]:
        receipt = Receipt(
            PATIENT_ID, INS, SET_ID, (FiledDocument(LOGICAL_ID, 3, AT, replayed=replayed),), replayed, warnings
        )
        found = json.loads(write_transaction_response(receipt, entries=self.entries, text_of=text_of))
        assert (found["resourceType"], found["type"]) == ("Bundle", "transaction-response")
        return [entry["response"] for entry in found["entry"]]

    def test_answers_in_the_order_of_the_request(self) -> None:
        assert self.answer() == [
            {"status": "201 Created", "location": f"Binary/{LOGICAL_ID}", "etag": 'W/"3"', "lastModified": AT_TEXT},
            {
                "status": "201 Created",
                "location": f"DocumentReference/{LOGICAL_ID}/_history/3",
                "etag": 'W/"3"',
                "lastModified": AT_TEXT,
            },
            {
                "status": "201 Created",
                "location": f"List/{SET_ID}/_history/1",
                "etag": 'W/"1"',
                "lastModified": AT_TEXT,
            },
            {"status": "200 OK"},
        ]

    def test_what_was_already_held_is_not_created_again(self) -> None:
        assert [response["status"] for response in self.answer(replayed=True)] == ["200 OK"] * 4

    @pytest.mark.parametrize(
        ("expression", "position"),
        [
            ("Bundle.entry[1].resource.docStatus", 1),
            ("Bundle.entry[0]", 0),
            (None, 2),
            ("/ClinicalDocument/title", 2),
            ("Bundle.entry[9]", 2),
            ("Bundle.entry[x]", 2),
        ],
    )
    def test_a_warning_stands_by_the_entry_it_is_about(self, expression: str | None, position: int) -> None:
        responses = self.answer(warnings=(Issue("element-not-kept", expression, severity=Severity.WARNING),))
        assert ["outcome" in response for response in responses] == [n == position for n in range(4)]


class TestBatch:
    def a_batch(self, *urls: str, method: str = "GET") -> dict[str, Any]:
        entries = [{"request": {"method": method, "url": url}} for url in urls]
        return {"resourceType": "Bundle", "type": "batch", "entry": entries}

    def test_reads_in_order(self) -> None:
        assert read_batch(self.a_batch(f"Binary/{LOGICAL_ID}", "/DocumentReference/1", "List/x")) == (
            BatchRead("Binary", str(LOGICAL_ID)),
            BatchRead("DocumentReference", "1"),
            BatchRead("List", "x"),
        )

    @pytest.mark.parametrize("url", ["DocumentReference?patient=1", "Patient/1", "Binary/1/_history/2", "../etc", ""])
    def test_what_is_no_plain_read_carries_its_issue(self, url: str) -> None:
        good, bad = read_batch(self.a_batch("Binary/1", url or " "))
        assert good.issues == ()
        assert bad.issues[0].code in {"batch-url", "element-empty"}
        assert bad.issues[0].expression == "Bundle.entry[1].request.url"

    def test_other_methods_and_broken_entries_carry_theirs(self) -> None:
        (found,) = read_batch(self.a_batch("Binary/1", method="DELETE"))
        assert [(i.code, i.expression) for i in found.issues] == [("batch-method", "Bundle.entry[0].request.method")]
        (found,) = read_batch({"resourceType": "Bundle", "type": "batch", "entry": [3]})
        assert found.issues[0].code == "element-type"

    @pytest.mark.parametrize(
        ("bundle", "code"),
        [
            ({}, "bundle-expected"),
            ({"resourceType": "Bundle", "type": "transaction"}, "bundle-type"),
            ({"resourceType": "Bundle", "type": "batch"}, "element-required"),
            ({"resourceType": "Bundle", "type": "batch", "entry": [{}] * 51}, "bundle-too-many-entries"),
        ],
    )
    def test_refuses_what_cannot_be_answered(self, bundle: dict[str, Any], code: str) -> None:
        with pytest.raises(Invalid) as caught:
            read_batch(bundle)
        assert caught.value.code == code

    def test_writes_answers_in_order(self) -> None:
        outcome = write_outcome([Issue("document-unknown")], text_of=text_of)
        answers = [
            BatchAnswer("200 OK", b'{"resourceType":"Binary"}', f"{BASE}/Binary/1", etag='W/"1"', updated_at=AT),
            BatchAnswer("404 Not Found", outcome=outcome),
        ]
        found = json.loads(write_batch_response(answers))
        assert (found["resourceType"], found["type"]) == ("Bundle", "batch-response")
        assert found["entry"][0] == {
            "fullUrl": f"{BASE}/Binary/1",
            "resource": {"resourceType": "Binary"},
            "response": {"status": "200 OK", "etag": 'W/"1"', "lastModified": AT_TEXT},
        }
        assert found["entry"][1]["response"]["status"] == "404 Not Found"
        assert found["entry"][1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
        assert "resource" not in found["entry"][1]


class TestCapability:
    def statement(self, *, is_demo: bool) -> dict[str, Any]:
        text = write_capability(
            base_url=BASE, version="0.1.0", released=AT, token_url="https://carnet.test/oauth2/token", is_demo=is_demo
        )
        found: dict[str, Any] = json.loads(text)
        return found

    def test_declares_what_the_table_reads(self) -> None:
        (rest,) = self.statement(is_demo=False)["rest"]
        resources = {resource["type"]: resource for resource in rest["resource"]}
        assert {parameter["name"] for parameter in resources["DocumentReference"]["searchParam"]} >= {
            known.name for known in TABLE
        }
        assert resources.keys() >= {"DocumentReference", "List", "Binary", "AuditEvent"}
        declared = [(name, "") for name, *_ in AUDIT_PARAMETERS]
        with pytest.raises(Invalid) as refused:
            read_audit_search(declared, lenient=False)
        assert len(refused.value.issues) == len(declared)
        assert "parameter-unknown" not in {issue.code for issue in refused.value.issues}
        assert {interaction["code"] for interaction in rest["interaction"]} == {"transaction", "batch"}
        assert rest["security"]["service"][0]["coding"][0]["code"] == "OAuth"

    def test_a_demonstration_says_so(self) -> None:
        demo, real = self.statement(is_demo=True), self.statement(is_demo=False)
        assert demo["experimental"] is True
        assert "démonstration" in demo["implementation"]["description"]
        assert "démonstration" in demo["title"]
        assert "démonstration" not in json.dumps(real, ensure_ascii=False)
