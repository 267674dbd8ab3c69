"""
Invented summaries that state facts of health, of which a test says only what it is about.

Every person, structure and fact here is invented.
"""

from collections.abc import Mapping
from typing import Any

from tests.builders.readings import a_section, a_structured
from tests.doors.world import STRUCTURE, Person, World, a_letter, a_unique_id

from carnet.domain.record.stating import STRUCTURED_FILED
from carnet.jobs.extract_facts import fact_extractor
from carnet.jobs.worker import Worker

SUMMARY = ("SYNTH", "1.2.250.1.213.1.1.4.12", "Synthèse")
ATC = "2.16.840.1.113883.6.73"
SNOMED = "2.16.840.1.113883.6.96"
CIM10 = "2.16.840.1.113883.6.3"
PENICILLIN = ("J01C", "Pénicillines")
ALLERGIES, PROBLEMS, HISTORY, ACTS, TREATMENTS, RISKS = "48765-2", "11450-4", "11348-0", "47519-4", "10160-0", "57207-3"


def _coded(code: tuple[str, str] | None, system: str, name: str = "code") -> str:
    if code is None:
        return f'<{name} nullFlavor="OTH"/>'
    return f'<{name} code="{code[0]}" codeSystem="{system}" displayName="{code[1]}"/>'


def an_allergy(
    agent: str | None = "Pénicillines", *, code: tuple[str, str] | None = None, reaction: str = "", severity: str = "", negated: bool = False,
    value: str = "", kind: str = "Allergie médicamenteuse", since: str = "2014", status: str = "",
) -> str:  # fmt: skip
    """One entry. value: the whole element, instead of none."""
    links = "".join(
        f'<entryRelationship typeCode="{link}"><observation><code code="{about}"/><value xsi:type="CD" code="x" displayName="{words}"/>'
        "</observation></entryRelationship>"
        for link, about, words in (
            ("MFST", "ASSERTION", reaction),
            ("SUBJ", "SEV", severity),
            ("REFR", "33999-4", status),
        )
        if words
    )
    who = "" if agent is None else (
        f'<participant typeCode="CSM"><participantRole><playingEntity>{_coded(code, ATC)}<name>{agent}</name></playingEntity>'
        "</participantRole></participant>"
    )  # fmt: skip
    return (
        '<entry><act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5.3"/><entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN" negationInd="{str(negated).lower()}">'
        f'<code code="416098002" codeSystem="{SNOMED}" displayName="{kind}"/><effectiveTime><low value="{since}"/></effectiveTime>'
        f"{value}{who}{links}</observation></entryRelationship></act></entry>"
    )


def a_problem(name: str = "Asthme", *, code: str = "J45.9", negated: bool = False, value: str | None = None) -> str:
    said = _coded((code, name), CIM10, 'value xsi:type="CD"') if value is None else value
    return (
        '<entry><act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5.2"/><entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" moodCode="EVN" negationInd="{str(negated).lower()}"><code code="282291009" codeSystem="{SNOMED}"/>'
        f'<effectiveTime><low value="20190811"/></effectiveTime>{said}</observation></entryRelationship></act></entry>'
    )


def a_treatment(name: str = "LEVOTHYROX 75", *, code: str = "62080626", negated: bool = False) -> str:
    return (
        f'<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="{str(negated).lower()}">'
        '<effectiveTime xsi:type="IVL_TS"><low value="20220211"/></effectiveTime>'
        '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="24" unit="h"/></effectiveTime>'
        '<doseQuantity><low value="1" unit="{tablet}"/><high value="1" unit="{tablet}"/></doseQuantity>'
        f'<consumable><manufacturedProduct><manufacturedMaterial><code code="{code}" codeSystem="1.2.250.1.213.2.3.1"/><name>{name}</name>'
        "</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"
    )


def paragraphs(*words: str) -> str:
    return "".join(f"<paragraph>{each}</paragraph>" for each in words)


def a_table(*rows: tuple[str, ...]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr><th>Tête</th></tr></thead><tbody>{body}</tbody></table>"


def allergies(*entries: str, text: str = "") -> str:
    return a_section(text or a_table(("Pénicillines",)), "".join(entries), title="Allergies", code=ALLERGIES)


def no_allergy(words: str = "Aucune allergie connue") -> str:
    return a_section(paragraphs(words), title="Allergies", code=ALLERGIES)


def a_summary(*sections: str, **facts: object) -> bytes:
    """A medical summary of level 3 whose body holds these sections. facts: as `a_cda` takes them."""
    return a_structured("".join(sections), **{"type_code": SUMMARY, "title": "Volet de synthèse médicale", **facts})


def a_summary_of(person: Person, *sections: str, created: str = "20260312101500+0100", cda: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:  # fmt: skip
    """A transaction with one medical summary; `cda` as `a_cda` takes it, `changes` as of `a_letter`."""
    header = {"structure": STRUCTURE} | person.header(unique_id=a_unique_id(), created=created, model=("1.2.250.1.213.1.1.1.13", "1.4")) | dict(cda or {})  # fmt: skip
    return a_letter(person, content=a_summary(*sections, **header), **changes)


async def read_facts(world: World) -> int:
    """Do what the acts asked for: facts are read out of what was filed; gives how many jobs ran."""
    worker = Worker(world.carnet.database, handlers={STRUCTURED_FILED: fact_extractor(world.carnet.services.store)})
    return await worker.run_due()
