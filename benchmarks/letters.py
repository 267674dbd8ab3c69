"""Invented letters of about 30 kB (CDA N1 with its PDF), and as many copies as wanted: another patient, other identifiers, the same size."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache

import pybase64

from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import OwnerKind
from carnet.domain.errors import Issue
from carnet.domain.people.model import Identity
from carnet.domain.record.coherence import Digest, complete
from carnet.domain.record.model import DocumentEntry, SubmissionSet, SubmittedDocument
from carnet.formats.cda.document import read_document
from carnet.formats.fhir.feeding import fiche_of_header, write_provide_bundle
from carnet.territory.invent import invent
from carnet.vocabulary.codes import Code
from carnet.vocabulary.identifiers import UniqueId
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.vocabulary.moments import Moment

_TODAY = date(2026, 11, 21)
_SOURCE_ID = "1.2.250.1.999.5"
_CONTENT_TYPE = Code("SA01", "1.2.250.1.71.4.2.4", "Établissement public de santé")
_SMALLEST, _LARGEST = 29_500, 33_500  # bytes
_TYPES = 8
_OIDS = 10**38  # 2.25.<n> of n between this and twice this: always as many digits


@dataclass(frozen=True, slots=True)
class Letter:
    """
    A letter that can be copied.

    identity: of the patient it was written about. entry: the fiche that a deposit makes of it. body: of ITI-65, around the content in base64.
    """

    content: bytes
    identity: Identity
    entry: DocumentEntry
    submission_set: SubmissionSet
    body: tuple[bytes, bytes]
    tokens: tuple[bytes, bytes, bytes]
    """What a copy replaces: matricule, uniqueId, uniqueId of the set."""

    def copy(self, ins: Ins, unique_id: str, set_unique_id: str) -> bytes:
        """The body of an ITI-65 deposit of the same letter about another person, of the same traits."""
        matricule, unique, set_unique = self.tokens
        new_matricule, new_unique = ins.matricule.encode(), unique_id.encode()
        content = self.content.replace(matricule, new_matricule).replace(unique, new_unique)
        before = self.body[0].replace(matricule, new_matricule).replace(unique, new_unique)
        before = before.replace(set_unique, set_unique_id.encode())
        digest = hashlib.sha1(content, usedforsecurity=False).digest()
        old = pybase64.b64encode(bytes.fromhex(self.entry.hash_sha1))
        before = before.replace(old, pybase64.b64encode(digest))
        return b"".join((before, pybase64.b64encode(content), self.body[1]))


@cache
def letters() -> tuple[Letter, ...]:
    """Letters of the invented territory, each of its type, about one and the same person."""
    types = DocumentTypes.load()
    territory = invent(2026, citizens=60, documents=600, today=_TODAY)
    found: dict[int, dict[str, Letter]] = {}
    for document in territory.documents():
        mine = found.setdefault(document.citizen.index, {})
        is_letter = b"<nonXMLBody>" in document.content and _SMALLEST <= len(document.content) <= _LARGEST
        if is_letter and document.ins.oid == NIR_TEST and not (document.replaces or document.labels):
            mine.setdefault(
                document.type_code, _letter(document.content, str(document.unique_id), document.citizen.identity, types)
            )
            if len(mine) == _TYPES:
                return tuple(mine.values())
    return tuple(max(found.values(), key=len).values())


def _letter(content: bytes, unique_id: str, identity: Identity, types: DocumentTypes) -> Letter:
    content = content.replace(unique_id.encode(), new_unique_id(random.Random(unique_id)).encode())
    header = read_document(content).header
    assert header.type is not None
    assert header.unique_id is not None
    known = types.find(header.type.code, header.type.system)
    assert known is not None
    fiche = fiche_of_header(
        header,
        media_type="text/xml",
        category=known.category,
        format_code=types.format_for(known, template_ids=header.template_ids, body=header.body, mime_type="text/xml"),
    )
    submission_set = SubmissionSet(
        "",
        unique_id=UniqueId(new_unique_id(random.Random(f"set {unique_id}"))),
        source_id=_SOURCE_ID,
        content_type=_CONTENT_TYPE,
        submitted=Moment.at(datetime(2026, 11, 21, 9, tzinfo=UTC)),
        author=header.authors[0],
    )
    body = write_provide_bundle(fiche, content, media_type="text/xml", ins=identity.ins, submission_set=submission_set)
    before, after = body.split(pybase64.b64encode(content))
    digest = Digest(
        hashlib.sha1(content, usedforsecurity=False).hexdigest(), hashlib.sha256(content).hexdigest(), len(content)
    )
    faults: list[Issue] = []
    entry = complete(
        SubmittedDocument(fiche, content, header),
        digest,
        types=types,
        owner=OwnerKind.ORGANIZATION,
        issues=faults,
    )
    assert entry is not None, faults
    tokens = (identity.ins.matricule.encode(), str(header.unique_id).encode(), str(submission_set.unique_id).encode())
    return Letter(content, identity, entry, submission_set, (before, after), tokens)


def new_unique_id(chance: random.Random) -> str:
    """An OID under 2.25, always of the same length."""
    return f"2.25.{_OIDS + chance.randrange(_OIDS)}"


def identity_of(letter: Letter, ins: Ins) -> Identity:
    return replace(letter.identity, ins=ins)


def matricules(letter: Letter) -> Iterator[Ins]:
    """Numbers of as many people as wanted, born when and as the person of the letter."""
    start = letter.identity.ins.matricule[:5]
    for number in range(10_000_000, 100_000_000):
        matricule = f"{start}{number}"
        yield Ins(matricule + f"{key_of(matricule):02d}", NIR_TEST)
