"""
Invented clinical documents, whole and valid, of which a test changes only what it is about.

Every person, structure and number here is invented.
"""

import base64
import zlib
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

NIR_TEST = "1.2.250.1.213.1.4.10"
LOCAL_PATIENTS = "1.2.250.1.999.7.1"


def a_pdf(
    text: str = "Compte rendu inventé", *, catalog: str = "", size_bytes: int = 0, compressed: bool = False
) -> bytes:
    """
    A small real PDF of one page.

    catalog: more entries of the catalogue (`/OpenAction …`). size_bytes: grow to about this size with an inert stream. compressed: keep
    the catalogue in an object stream, as PDF 1.5 allows.
    """
    drawn = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("cp1252")
    filling = b"0 " * (max(0, size_bytes - 900) // 2)
    objects = {
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>",
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        5: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    }
    root = f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode()
    if compressed:
        packed = zlib.compress(b"1 0 " + root)
        objects[6] = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
            len(packed),
            packed,
        )
    else:
        objects[1] = root
    if filling:
        objects[7] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(filling), filling)
    out, offsets = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n", {}
    for number, value in sorted(objects.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    if compressed:
        return out + _cross_reference_stream(offsets, start=len(out))
    table = b"".join(
        b"%010d %05d %s \n" % (offsets.get(n, 0), 0 if n in offsets else 65535, b"n" if n in offsets else b"f")
        for n in range(8)
    )
    return out + b"xref\n0 8\n%strailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (table, len(out))


def _cross_reference_stream(offsets: Mapping[int, int], *, start: int) -> bytes:
    rows = b""
    for number in range(9):
        if number == 1:
            rows += b"\x02" + (6).to_bytes(4) + b"\x00"  # first object of the stream 6
        elif number == 8:
            rows += b"\x01" + start.to_bytes(4) + b"\x00"
        elif number in offsets:
            rows += b"\x01" + offsets[number].to_bytes(4) + b"\x00"
        else:
            rows += b"\x00" + (0).to_bytes(4) + b"\xff"
    described = b"<< /Type /XRef /Size 9 /W [1 4 1] /Root 1 0 R /Length %d >>" % len(rows)
    return b"8 0 obj\n%s\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (described, rows, start)


def a_jpeg() -> bytes:
    return bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")


def a_png() -> bytes:
    return bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


def base64_lines(data: bytes) -> str:
    """As most producers write it: 76 characters per line, indented."""
    text = base64.b64encode(data).decode()
    return "\n" + "\n".join("        " + text[at : at + 76] for at in range(0, len(text), 76)) + "\n      "


def a_cda(
    *,
    level: int = 1,
    unique_id: str = "1.2.250.1.999.1.2024.1",
    extension: str | None = None,
    type_code: tuple[str, str, str] = ("11490-0", "2.16.840.1.113883.6.1", "Lettre de liaison à la sortie"),
    title: str = "Lettre de liaison",
    created: str = "20240312101500+0100",
    confidentiality: str = "N",
    language: str = "fr-FR",
    set_id: str = "1.2.250.1.999.2.2024.1",
    version: str = "1",
    replaces: str | None = None,
    ins: tuple[str, str] | None = ("299075110804208", NIR_TEST),
    local_id: tuple[str, str] | None = ("IPP-4521", LOCAL_PATIENTS),
    birth_name: str = "ESSAI-DOCUMENT",
    first_given_name: str = "CAMILLE",
    given_names: str = "CAMILLE ANDREE",
    used_name: str | None = None,
    used_given_name: str | None = None,
    sex: str = "F",
    birth_date: str = "19990714",
    birth_place: str = "51108",
    author: tuple[str, str, str] = ("899900112233", "FICTIF", "Alix"),
    structure: tuple[str, str] = ("1999999992", "Centre hospitalier inventé"),
    practice_setting: str = "ETABLISSEMENT",
    facility: str = "SA01",
    start: str = "20240310080000+0100",
    stop: str | None = "20240312100000+0100",
    order: str | None = None,
    model: tuple[str, str | None] | None = None,
    media_type: str = "application/pdf",
    content: bytes | None = None,
    narrative: str = "<paragraph>Séjour sans particularité.</paragraph>",
    size_bytes: int = 0,
    omit: tuple[str, ...] = (),
    swap: Mapping[str, str] | None = None,
) -> bytes:
    """
    A valid CDA R2 of the French framework, in UTF-8.

    Takes
        level: 1 (one file, `content`, a PDF by default) or 3 (sections, and `content` embedded when given).
        created, start, stop: HL7 times. ins, local_id: (value, OID) or None. author: (PS_IdNat, family, given).
        structure: (Struct_IdNat, name). model: the third templateId (root, extension). size_bytes: of the PDF of level 1, about.
        omit: names of elements of the header to leave out (`setId`, `legalAuthenticator`…).
        swap: pieces of the finished XML to replace, each of which must be present.
    """
    root, label = model or (("1.3.6.1.4.1.19376.1.2.20", None) if level == 1 else ("1.2.250.1.213.1.1.1.29", "2022.01"))
    header = {
        "realmCode": '<realmCode code="FR"/>',
        "typeId": '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>',
        "templateId": '<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>'
        f"<templateId{_attributes(root=root, extension=label)}/>",
        "id": f"<id{_attributes(root=unique_id, extension=extension)}/>",
        "code": f"<code{_attributes(code=type_code[0], codeSystem=type_code[1], displayName=type_code[2])}/>",
        "title": f"<title>{escape(title)}</title>",
        "effectiveTime": f"<effectiveTime{_attributes(value=created)}/>",
        "confidentialityCode": f"<confidentialityCode{_attributes(code=confidentiality)}"
        ' codeSystem="2.16.840.1.113883.5.25" displayName="Normal"/>',
        "languageCode": f"<languageCode{_attributes(code=language)}/>",
        "setId": f"<setId{_attributes(root=set_id)}/>",
        "versionNumber": f"<versionNumber{_attributes(value=version)}/>",
        "recordTarget": _record_target(
            ins=ins,
            local_id=local_id,
            birth_name=birth_name,
            first_given_name=first_given_name,
            given_names=given_names,
            used_name=used_name,
            used_given_name=used_given_name,
            sex=sex,
            birth_date=birth_date,
            birth_place=birth_place,
        ),
        "author": f"<author><time{_attributes(value=created)}/><assignedAuthor>{_doctor(author, structure)}</assignedAuthor></author>",
        "custodian": "<custodian><assignedCustodian><representedCustodianOrganization>"
        f"{_organization(structure)}</representedCustodianOrganization></assignedCustodian></custodian>",
        "legalAuthenticator": f'<legalAuthenticator><time{_attributes(value=created)}/><signatureCode code="S"/>'
        f"<assignedEntity>{_doctor(author, structure)}</assignedEntity></legalAuthenticator>",
        "inFulfillmentOf": f"<inFulfillmentOf><order><id{_attributes(root=order)}/></order></inFulfillmentOf>"
        if order
        else "",
        "documentationOf": _act(author, practice_setting, start, stop),
        "relatedDocument": f'<relatedDocument typeCode="RPLC"><parentDocument><id{_attributes(root=replaces)}/></parentDocument>'
        "</relatedDocument>"
        if replaces
        else "",
        "componentOf": f"<componentOf><encompassingEncounter><effectiveTime><low{_attributes(value=start)}/></effectiveTime>"
        f"<location><healthCareFacility><code{_attributes(code=facility)}"
        ' codeSystem="1.2.250.1.71.4.2.4" displayName="Établissement public de santé"/></healthCareFacility></location>'
        "</encompassingEncounter></componentOf>",
        "component": _unstructured(media_type, content if content is not None else a_pdf(size_bytes=size_bytes))
        if level == 1
        else _structured(narrative, media_type, content),
    }
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="cda.xsl"?>\n'
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        + "\n".join(value for name, value in header.items() if value and name not in omit)
        + "\n</ClinicalDocument>\n"
    )
    for old, new in (swap or {}).items():
        assert old in xml, f"nothing to swap: {old}"
        xml = xml.replace(old, new)
    return xml.encode()


def _attributes(**values: str | None) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items() if value is not None)


def _record_target(
    *,
    ins: tuple[str, str] | None,
    local_id: tuple[str, str] | None,
    birth_name: str,
    first_given_name: str,
    given_names: str,
    used_name: str | None,
    used_given_name: str | None,
    sex: str,
    birth_date: str,
    birth_place: str,
) -> str:
    ids = "".join(f"<id{_attributes(extension=value[0], root=value[1])}/>" for value in (ins, local_id) if value)
    used = f'<family qualifier="CL">{escape(used_name)}</family>' if used_name else ""
    used += f'<given qualifier="CL">{escape(used_given_name)}</given>' if used_given_name else ""
    return (
        f'<recordTarget><patientRole>{ids}<addr nullFlavor="NASK"/><telecom nullFlavor="NASK"/><patient classCode="PSN"><name>'
        f'<family qualifier="BR">{escape(birth_name)}</family><given>{escape(given_names)}</given>'
        f'<given qualifier="BR">{escape(first_given_name)}</given>{used}</name>'
        f'<administrativeGenderCode{_attributes(code=sex)} codeSystem="2.16.840.1.113883.5.1"/>'
        f"<birthTime{_attributes(value=birth_date)}/><birthplace><place><addr><county>{escape(birth_place)}</county></addr></place>"
        "</birthplace></patient></patientRole></recordTarget>"
    )


def _doctor(author: tuple[str, str, str], structure: tuple[str, str]) -> str:
    return (
        f'<id root="1.2.250.1.71.4.2.1"{_attributes(extension=author[0])}/>'
        '<code code="G15_10/SM26" codeSystem="1.2.250.1.213.1.1.4.5" displayName="Médecin - Qualifié en médecine générale (SM)"/>'
        f"<assignedPerson><name><family>{escape(author[1])}</family><given>{escape(author[2])}</given><suffix>DR</suffix></name>"
        f"</assignedPerson><representedOrganization>{_organization(structure)}</representedOrganization>"
    )


def _organization(structure: tuple[str, str]) -> str:
    return f'<id root="1.2.250.1.71.4.2.2"{_attributes(extension=structure[0])}/><name>{escape(structure[1])}</name>'


def _act(author: tuple[str, str, str], practice_setting: str, start: str, stop: str | None) -> str:
    high = f"<high{_attributes(value=stop)}/>" if stop else ""
    return (
        '<documentationOf><serviceEvent><code code="IMP" codeSystem="2.16.840.1.113883.5.4" displayName="Hospitalisation"/>'
        f'<effectiveTime><low{_attributes(value=start)}/>{high}</effectiveTime><performer typeCode="PRF"><assignedEntity>'
        f'<id root="1.2.250.1.71.4.2.1"{_attributes(extension=author[0])}/><representedOrganization>'
        f'<standardIndustryClassCode{_attributes(code=practice_setting)} codeSystem="1.2.250.1.213.1.1.4.9"'
        ' displayName="Établissement de santé"/></representedOrganization></assignedEntity></performer></serviceEvent>'
        "</documentationOf>"
    )


def _unstructured(media_type: str, content: bytes) -> str:
    return (
        f'<component><nonXMLBody><text{_attributes(mediaType=media_type)} representation="B64">{base64_lines(content)}</text>'
        "</nonXMLBody></component>"
    )


def _structured(narrative: str, media_type: str, content: bytes | None) -> str:
    embedded = (
        f'<entry><observationMedia classCode="OBS" moodCode="EVN" ID="copie"><value{_attributes(mediaType=media_type)}'
        f' representation="B64">{base64_lines(content)}</value></observationMedia></entry>'
        if content is not None
        else ""
    )
    return (
        '<component><structuredBody><component><section><templateId root="1.2.250.1.213.1.1.2.30"/>'
        '<code code="48765-2" codeSystem="2.16.840.1.113883.6.1" displayName="Synthèse du séjour"/><title>Synthèse</title>'
        f'<text>{narrative}</text><entry><observation classCode="OBS" moodCode="EVN">'
        '<code code="GEN-1" codeSystem="1.2.250.1.999.3" displayName="Constat"/><text><reference value="#constat"/></text>'
        f'<value xsi:type="ST">Apyrétique</value></observation></entry>{embedded}</section></component></structuredBody></component>'
    )
