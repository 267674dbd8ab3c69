"""The history of a fiche as a Bundle: its states, the latest first. Source: FHIR R4 §3.1.0.14 and Bundle (history)."""

from collections.abc import Sequence

from carnet.domain.record.model import StoredEntry
from carnet.formats.fhir.served import write_served
from carnet.formats.fhir.times import instant


def write_history(states: Sequence[StoredEntry], *, base_url: str) -> bytes:
    """
    Takes
        states: of one fiche, the latest first; the oldest is told as its creation. base_url: of the FHIR server, ending with `/fhir`.
    """
    ident = str(states[0].logical_id)
    entries = (
        b'{"fullUrl":"%b/DocumentReference/%b","resource":%b,"request":{"method":"%b","url":"DocumentReference%b"},'
        b'"response":{"status":"%b","etag":"W/\\"%d\\"","lastModified":"%b"}}'
        % (
            base_url.encode(), ident.encode(), write_served(state, base_url=base_url),
            b"POST" if state.version == 1 else b"PATCH", b"" if state.version == 1 else b"/" + ident.encode(),
            b"201 Created" if state.version == 1 else b"200 OK", state.version, instant(state.updated_at).encode(),
        )
        for state in states
    )  # fmt: skip
    return b'{"resourceType":"Bundle","type":"history","total":%d,"link":[{"relation":"self","url":"%b/DocumentReference/%b/_history"}],"entry":[%b]}' % (
        len(states), base_url.encode(), ident.encode(), b",".join(entries),
    )  # fmt: skip
