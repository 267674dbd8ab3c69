"""
ITI-81 beside the floor: the last twenty events of a record, read by its médecin traitant, who leaves a trace.

The bare server holds as many trace rows for each of the records asked, ready-made as carnet would serve them, and gives them by one SELECT,
then one durable INSERT.
"""

import random
from collections.abc import Sequence

import orjson
import psycopg

from benchmarks import load
from benchmarks.comparison import Requests
from benchmarks.stock import PRIMARY_CARE_DOCTOR, people
from carnet.domain.actor import Actor, ActorKind, Authentication
from carnet.domain.audit.model import EventType, did
from carnet.domain.record.history.model import Told, ToldDocument
from carnet.formats.fhir.audit_event import write_audit_event
from carnet.vocabulary.clock import system_clock
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.uuid7 import uuid7, uuid7_in_order
from carnet.web.wording.sentences import sentence

EVENTS = 20
RECORDS = 2000  # whose trails are read; the bare server's rows are made for these
TREATING = Actor(
    ActorKind.PROFESSIONAL, "Dr Inventé", person=PRIMARY_CARE_DOCTOR, organization="1000001008", profession="10", specialty="SM26",
    software="benchmark", authentication=Authentication("client-secret", "INDIRECTE_RENFORCEE"),
)  # fmt: skip

_TABLE = """
    CREATE TABLE IF NOT EXISTS bare_event (
        patient text NOT NULL, event_id uuid NOT NULL, body text NOT NULL, PRIMARY KEY (patient, event_id)
    )
"""


def prepare(conninfo: str, first: int, records: int) -> None:
    """Twenty rows for each of the records read; made once."""
    body = _served()
    with psycopg.connect(conninfo) as connection:
        connection.execute(_TABLE)
        row = connection.execute("SELECT count(DISTINCT patient) FROM bare_event").fetchone()
        patients = _asked(first, records)
        if row is not None and row[0] == len(patients):
            return
        connection.execute("TRUNCATE bare_event")
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY bare_event (patient, event_id, body) FROM STDIN") as copy,
        ):
            for ins in patients:
                for _ in range(EVENTS):
                    copy.write_row((ins.matricule, uuid7_in_order(), body))
        connection.commit()
        connection.execute("ANALYZE bare_event")


def histories(first: int, records: int, *, token: str) -> Requests:
    """ITI-81: the last twenty events of a record taken at random."""
    patients, chance = _asked(first, records), random.Random()
    headers = [f"Authorization: Bearer {token}", "Accept: application/fhir+json"]

    def make(count: int) -> tuple[list[bytes], list[bytes]]:
        paths = [
            f"/fhir/AuditEvent?patient.identifier=urn:oid:{ins.oid}%7C{ins.matricule}&date=ge2020-01-01&_count={EVENTS}"
            for ins in chance.choices(patients, k=count)
        ]
        return [load.get(path, headers) for path in paths], [load.get(path, headers[1:]) for path in paths]

    return make


def _asked(first: int, records: int) -> Sequence[Ins]:
    return people(first, min(records, RECORDS))


def _served() -> str:
    """One event as carnet serves it."""
    document = ToldDocument(uuid7(), "11488-4")
    event = did(TREATING, EventType.DOCUMENT_READ, at=system_clock(), documents=(document.logical_id,), rule="read.primary-care-doctor")  # fmt: skip
    told = Told(event.event_id, event.type, event.outcome, event.occurred_at, event, (document,))
    said = sentence(told, viewer=TREATING, type_name=lambda _: "Compte rendu")
    written = write_audit_event(
        told, patient_id=uuid7(), ins=None, base_url="http://127.0.0.1/fhir", sentence=said, type_name=lambda _: "Compte rendu"
    )  # fmt: skip
    return orjson.dumps(written).decode()
