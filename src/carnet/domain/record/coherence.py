"""
One fiche, one header, one identity: they agree, or nothing is filed.

The fiche is completed from the header it was compared with, then from the tables; what is then missing is a fault.
Source: documents.md §2.1, §5.2, §5.5; product promise 2.
"""

from typing import Any

from carnet.domain.access.model import Confidentiality, OwnerKind
from carnet.domain.errors import Issue, Severity
from carnet.domain.people.comparison import compare_traits
from carnet.domain.people.model import Identity
from carnet.domain.people.normalisation import comparable
from carnet.domain.record.model import (
    AssociationKind,
    DocumentEntry,
    DocumentHeader,
    Fiche,
    PatientReference,
    RelatesTo,
    SourcePatient,
    SubmittedDocument,
)
from carnet.domain.record.ports import KnownType, TypeTable
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins
from carnet.vocabulary.moments import Moment


@frozen
class Digest:
    """What the server measured of a content: SHA-1 and SHA-256 in hex, size in bytes."""

    sha1: str
    sha256: str
    size_bytes: int


def patient_faults(
    references: tuple[PatientReference, ...], patient_id: Any, identity: Identity, *, former: frozenset[Ins] = frozenset()
) -> list[Issue]:  # fmt: skip
    """
    Every way the patient was named must lead to this record, and the traits that came along must be the known ones.

    Takes
        former: matricules that still name the person; told, since whoever sends should ask for the present one.
    """
    issues: list[Issue] = []
    if identity.ins.key_is_wrong:  # only a test identity can be: production ones are refused when they are read
        issues.append(Issue("ins-key-of-test", references[0].expression, severity=Severity.WARNING))
    for reference in references:
        if reference.patient_id not in {None, patient_id}:
            issues.append(Issue("patient-references-differ", reference.expression))
            continue
        if reference.ins is not None and reference.ins != identity.ins:
            if reference.ins not in former:
                issues.append(Issue("patient-references-differ", reference.expression))
                continue
            issues.append(Issue("ins-former", reference.expression, severity=Severity.WARNING))
        if reference.source is not None:
            issues.extend(_source_faults(reference.source, reference.expression, identity))
    return issues


def _source_faults(source: SourcePatient, expression: str, identity: Identity) -> list[Issue]:
    """Traits of a contained Patient: only what it states is compared; names may be the birth or the used ones."""
    traits = identity.traits
    stated: list[tuple[str, str | None, set[str]]] = [
        ("family", source.family, {traits.birth_name, identity.used_name or traits.birth_name}),
        ("birthDate", source.birth_date, {traits.birth_date}),
        ("gender", _SEX_OF_GENDER.get(source.gender or ""), {traits.sex.value}),
    ]
    issues = [
        Issue("patient-traits-differ", expression, {"trait": name})
        for name, value, known in stated
        if value is not None and value not in known and comparable(value) not in {comparable(text) for text in known}
    ]
    if source.given and source.given[0] != traits.first_given_name:
        first = comparable(source.given[0])
        names = {
            traits.first_given_name,
            traits.given_names,
            identity.used_given_name,
            *(traits.given_names or "").split(" ")[:1],
        }
        listed = comparable(" ".join(source.given))
        if {first, listed}.isdisjoint({comparable(name) for name in names if name}):
            issues.append(Issue("patient-traits-differ", expression, {"trait": "given"}))
    return issues


_SEX_OF_GENDER = {"male": "M", "female": "F"}


def header_identity_faults(
    header: DocumentHeader, identity: Identity, expression: str, *, former: frozenset[Ins] = frozenset()
) -> list[Issue]:
    """The patient of the document's own header is the one of the record: same INS (or one that was theirs), same traits."""
    if header.ins_fault is not None:
        return [Issue(header.ins_fault, _XPATH_PATIENT + "/id", {"where": "cda"})]
    if header.ins is None:
        return [Issue("header-ins-missing", _XPATH_PATIENT + "/id")]
    if header.ins != identity.ins and header.ins not in former:
        return [_differs("patient-differs", expression, "patient")]
    told = (
        [] if header.ins == identity.ins else [Issue("ins-former", _XPATH_PATIENT + "/id", severity=Severity.WARNING)]
    )
    if header.traits is None:
        return [
            Issue("header-trait-missing", _XPATH_PATIENT + "/patient", {"trait": name})
            for name in header.missing_traits
        ]
    return told + [
        Issue("header-traits-differ", f"{_XPATH_PATIENT}/patient/{_TRAIT_PATHS[name]}", {"trait": name})
        for name in compare_traits(identity.traits, header.traits)
    ]


_XPATH_PATIENT = "/ClinicalDocument/recordTarget/patientRole"
_TRAIT_PATHS = {
    "birth_name": "name/family[@qualifier='BR']",
    "given_names": "name/given[not(@qualifier)]",
    "first_given_name": "name/given[@qualifier='BR']",
    "birth_date": "birthTime",
    "sex": "administrativeGenderCode",
    "birth_place": "birthplace/place/addr/county",
}


def fiche_faults(fiche: Fiche, header: DocumentHeader | None, digest: Digest) -> list[Issue]:
    """What the fiche says of the document against the document itself; warnings for what does not decide where it goes."""
    issues: list[Issue] = []
    if fiche.size_bytes is not None and fiche.size_bytes != digest.size_bytes:
        issues.append(_differs("size-differs", fiche.expression, "size"))
    if fiche.hash_sha1 is not None and fiche.hash_sha1 != digest.sha1:
        issues.append(_differs("hash-differs", fiche.expression, "hash"))
    if header is None:
        return issues
    issues.extend(header.issues)
    if fiche.unique_id is not None and header.unique_id is not None and fiche.unique_id != header.unique_id:
        issues.append(_differs("unique-id-differs", fiche.expression, "unique_id"))
    if fiche.type is not None and header.type is not None and not fiche.type.same_as(header.type):
        issues.append(_differs("type-differs", fiche.expression, "type"))
    stated = header.confidentiality
    if fiche.confidentiality is not None and stated is not None and fiche.confidentiality != stated.code:
        issues.append(_differs("confidentiality-differs", fiche.expression, "confidentiality"))
    issues.extend(
        Issue("metadata-differs", fiche.expression, {"attribute": name}, Severity.WARNING)
        for name, stated, told in (
            ("title", fiche.title, header.title),
            ("language", fiche.language, header.language),
            ("created", _start(fiche.created), _start(header.created)),
            ("service_start", _start(fiche.service_start), _start(header.service_start)),
        )
        if stated is not None and told is not None and stated != told
    )
    return issues


def relations(document: SubmittedDocument) -> tuple[tuple[RelatesTo, ...], RelatesTo | None]:
    """Relations asked by the fiche, and the replacement that only the header tells of (parent known or not is the caller's question)."""
    fiche, header = document.fiche, document.header
    asked = any(relation.kind is AssociationKind.REPLACES for relation in fiche.relates_to)
    if header is None or header.replaces is None or asked:
        return fiche.relates_to, None
    return fiche.relates_to, RelatesTo(AssociationKind.REPLACES, unique_id=header.replaces, expression=fiche.expression)


def complete(
    document: SubmittedDocument, digest: Digest, *, types: TypeTable, owner: OwnerKind, issues: list[Issue]
) -> DocumentEntry | None:
    """
    The whole fiche: what the sender gave, else what the header says, else what the tables tell.

    Gives
        None when something compulsory is missing or outside its value set; `issues` then says what.
    """
    fiche, header = document.fiche, document.header
    before = len(issues)
    unique_id = fiche.unique_id or (header and header.unique_id) or None
    type_ = fiche.type or (header and header.type) or None
    known: KnownType | None = None
    if unique_id is None:
        issues.append(_missing(fiche, "unique_id"))
    if type_ is None:
        issues.append(_missing(fiche, "type"))
    else:
        known = types.find(type_.code, type_.system)
        if known is None:
            issues.append(Issue("type-unknown", fiche.expression, {"attribute": "type", "code": type_.code}))
    category = _category(fiche, known, types, issues)
    mime_type = fiche.mime_type or ("text/xml" if header is not None else None)
    if mime_type is None:
        issues.append(_missing(fiche, "mime_type"))
    format_ = _format(fiche, header, known, types=types, mime_type=mime_type, issues=issues)
    required: dict[str, Any] = {
        "title": fiche.title or (header and header.title),
        "created": fiche.created or (header and header.created),
        "service_start": fiche.service_start or (header and header.service_start),
        "authors": fiche.authors or (header and header.authors),
    }
    issues.extend(_missing(fiche, name) for name, value in required.items() if not value)
    facility = _coded(fiche, header, "facility_type", types, issues)
    setting = _coded(fiche, header, "practice_setting", types, issues)
    confidentiality = (
        fiche.confidentiality or (header and header.confidentiality and header.confidentiality.code) or "N"
    )
    if len(issues) > before:
        return None
    assert unique_id is not None
    assert known is not None
    assert category is not None
    assert format_ is not None
    assert facility is not None
    assert setting is not None
    assert mime_type is not None
    return DocumentEntry(
        unique_id=unique_id,
        type=known.type,
        category=category,
        format=format_,
        mime_type=mime_type,
        language=fiche.language or (header and header.language) or "fr-FR",
        facility_type=facility,
        practice_setting=setting,
        hash_sha1=digest.sha1,
        hash_sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        confidentiality=confidentiality,
        labels=fiche.labels,
        legal_authenticator=fiche.legal_authenticator or (header and header.legal_authenticator) or None,
        custodian=fiche.custodian or (header and header.custodian) or None,
        service_stop=fiche.service_stop or (header and header.service_stop) or None,
        events=fiche.events or (header.events if header else ()),
        reference_ids=fiche.reference_ids or (header.reference_ids if header else ()),
        comments=fiche.comments,
        source_patient=fiche.source_patient or _source_patient(header),
        owner=owner,
        **required,
    )


def label_faults(fiche: Fiche, *, may_combine: bool) -> list[Issue]:
    """Server parameter `cumul-invisible_patient-masque_ps` (documents.md §4, rule 1)."""
    both = {Confidentiality.INVISIBLE_PATIENT, Confidentiality.MASQUE_PS}
    if both <= fiche.labels and not may_combine:
        return [Issue("labels-incompatible", fiche.expression, {"attribute": "labels"})]
    return []


def _category(fiche: Fiche, known: KnownType | None, types: TypeTable, issues: list[Issue]) -> Code | None:
    if known is None:
        return None
    if fiche.category is None:
        return known.category
    official = types.in_value_set("category", fiche.category)
    if official is None:
        issues.append(Issue("class-unknown", fiche.expression, {"attribute": "category", "code": fiche.category.code}))
    elif not types.accepts_class(known, official.code):
        issues.append(
            Issue(
                "class-differs",
                fiche.expression,
                {"attribute": "category", "code": official.code, "expected": known.category.code},
            )
        )
    return official


def _format(
    fiche: Fiche,
    header: DocumentHeader | None,
    known: KnownType | None,
    *,
    types: TypeTable,
    mime_type: str | None,
    issues: list[Issue],
) -> Code | None:
    if known is None or mime_type is None:
        return None
    templates = header.template_ids if header else ()
    body = header.body if header else None
    if header is not None and body == "N1" and header.embedded:
        mime_type = header.embedded[0]  # of the file inside
    told = types.format_for(known, template_ids=templates, body=body, mime_type=mime_type)
    if fiche.format is None:
        if told is None:
            issues.append(_missing(fiche, "format"))
        return told
    official = types.in_value_set("format", fiche.format)
    if official is None:
        issues.append(Issue("format-unknown", fiche.expression, {"attribute": "format", "code": fiche.format.code}))
    elif told is not None and told.code != official.code:
        issues.append(Issue("metadata-differs", fiche.expression, {"attribute": "format"}, Severity.WARNING))
    return official


def _coded(
    fiche: Fiche, header: DocumentHeader | None, name: str, types: TypeTable, issues: list[Issue]
) -> Code | None:
    given: Code | None = getattr(fiche, name)
    stated = given or (getattr(header, name) if header else None)
    if stated is None:
        issues.append(_missing(fiche, name))
        return None
    official = types.in_value_set(name, stated)
    if official is None:
        issues.append(Issue("code-unknown", fiche.expression, {"attribute": name, "code": stated.code}))
    return official


def _source_patient(header: DocumentHeader | None) -> SourcePatient | None:
    if header is None or header.source_patient_id is None:
        return None
    return SourcePatient(identifier=header.source_patient_id[0], system=header.source_patient_id[1], ins=header.ins)


def _missing(fiche: Fiche, attribute: str) -> Issue:
    return Issue("metadata-missing", fiche.expression, {"attribute": attribute})


def _differs(code: str, expression: str, attribute: str) -> Issue:
    return Issue(code, expression, {"attribute": attribute})


def _start(moment: Moment | None) -> Any:
    return None if moment is None else moment.start
