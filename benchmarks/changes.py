"""PATCH of a fiche that masks it, or unmasks it, by the médecin traitant; on the other side one UPDATE and one trace row, in one statement."""

import itertools
import random
from collections.abc import Sequence
from typing import LiteralString

import orjson
import psycopg

from benchmarks import load
from benchmarks.stock import people
from carnet.formats.fhir import systems

_RECORDS = 2000


def _operation(parts: Sequence[tuple[str, str, object]]) -> bytes:
    """One operation as a FHIRPath Patch."""
    listed = [{"name": name, kind: value} for name, kind, value in parts]
    return orjson.dumps({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": listed}]})


_MASK = {"coding": [{"system": systems.VISIBILITY, "code": "MASQUE_PS"}]}
_BODIES = {
    # By its label and not by its place: whatever state a run that was cut has left, it can be asked.
    True: _operation(
        [
            ("type", "valueCode", "add"),
            ("path", "valueString", "DocumentReference"),
            ("name", "valueString", "securityLabel"),
            ("value", "valueCodeableConcept", _MASK),
        ]
    ),
    False: _operation(
        [
            ("type", "valueCode", "delete"),
            ("path", "valueString", "DocumentReference.securityLabel.where(coding.code='MASQUE_PS')"),
        ]
    ),
}


def prepare(conninfo: str) -> None:
    """A label on the fiches of the bare server, for a stock that was loaded before it had one."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("ALTER TABLE bare_fiche ADD COLUMN IF NOT EXISTS label text")


class Maskings:
    """
    Fiches taken at random, each once in a run, masked when it was not and unmasked when it was; those of one record are not asked in a row,
    since acts on one record queue.
    """

    def __init__(self, conninfo: str, first: int, records: int, *, token: str) -> None:
        """
        Takes
            first, records: whose fiches are changed, the first 2 000 of them. token: of the médecin traitant of every record.
        """
        matricules = [ins.matricule for ins in people(first, min(records, _RECORDS))]
        with psycopg.connect(conninfo) as connection:
            self._pools = {
                "carnet": _pool(connection, _CARNET_FICHES, matricules),
                "bare": _pool(connection, _BARE_FICHES, matricules),
            }
        self._chance, self._masked = random.Random(), set[tuple[str, str, str]]()
        self._headers = [f"Authorization: Bearer {token}"]

    def __call__(self, count: int) -> tuple[list[bytes], list[bytes]]:
        asked: dict[str, list[bytes]] = {}
        for side, pool in self._pools.items():
            rounds = itertools.zip_longest(*(self._chance.sample(fiches, len(fiches)) for fiches in pool))
            fiches = (fiche for each in rounds for fiche in each if fiche is not None)
            asked[side] = [self._other(side, *fiche) for fiche in itertools.islice(fiches, count)]
        return asked["carnet"], asked["bare"]

    def undone(self) -> list[bytes]:
        """What unmasks the stock of carnet again, so that the next run searches what this one did."""
        return [self._request(*each, masks=False) for each in self._masked if each[0] == "carnet"]

    def _other(self, side: str, patient: str, ident: str) -> bytes:
        key = (side, patient, ident)
        masks = key not in self._masked
        (self._masked.add if masks else self._masked.discard)(key)
        return self._request(*key, masks=masks)

    def _request(self, side: str, patient: str, ident: str, *, masks: bool) -> bytes:
        query = f"?patient={patient}" if side == "bare" else ""
        return load.post(f"/fhir/DocumentReference/{ident}{query}", _BODIES[masks], self._headers, method="PATCH")


_CARNET_FICHES = """
    SELECT c.matricule, e.logical_id FROM ins_claim c JOIN document_entry e ON e.patient_id = c.patient_id
    WHERE c.matricule = ANY (%s) AND e.status = 'approved'
"""
_BARE_FICHES = "SELECT patient, logical_id FROM bare_fiche WHERE patient = ANY (%s)"


def _pool(connection: psycopg.Connection, query: LiteralString, matricules: list[str]) -> list[list[tuple[str, str]]]:
    """Matricule and id of each fiche, by record."""
    pool: dict[str, list[tuple[str, str]]] = {}
    for patient, ident in connection.execute(query, (matricules,)):
        pool.setdefault(patient, []).append((patient, str(ident)))
    return list(pool.values())
