"""Coded problems, allergies and treatments: the sections that summaries and discharge letters share."""

from collections.abc import Iterable
from datetime import date

from carnet.formats.cda.writing.elements import coded
from carnet.territory.cda_body import cell, identified, original, reference, section, table, templated
from carnet.territory.codes import ATC, CIM10, LOINC, SNOMED
from carnet.territory.conditions import ALLERGIES, CONDITIONS, REACTIONS
from carnet.territory.documents.scene import Scene, short
from carnet.territory.documents.treatments import consumable, dosage, dose, schedule
from carnet.territory.medicines import Medicine
from carnet.territory.model import Citizen, Illness
from carnet.vocabulary.codes import Code

_ACT = ("2.16.840.1.113883.10.20.1.27", "1.3.6.1.4.1.19376.1.5.3.1.4.5.1")
_PROBLEM = ("2.16.840.1.113883.10.20.1.28", "1.3.6.1.4.1.19376.1.5.3.1.4.5", "1.2.250.1.213.1.1.3.37")
_TREATMENT = (
    "2.16.840.1.113883.10.20.1.24",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7",
    "1.2.250.1.213.1.1.3.42",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.1",
)


def illnesses_on(citizen: Citizen, day: date) -> list[Illness]:
    return sorted((each for each in citizen.illnesses if each.since <= day), key=lambda each: each.since)


def problems(scene: Scene) -> str:
    """Active problems, CIM-10."""
    known = illnesses_on(scene.citizen, scene.day)
    rows = [
        (short(each.since), cell(f"pb-{rank}", CONDITIONS[each.condition].label)) for rank, each in enumerate(known, 1)
    ]
    return section(
        Code("11450-4", LOINC, "Liste des problèmes actifs"),
        "Pathologies en cours",
        table(("Date", "Pathologie"), rows or [("-", "Aucune pathologie connue")]),
        templates=("2.16.840.1.113883.10.20.1.11", "1.3.6.1.4.1.19376.1.5.3.1.3.6", "1.2.250.1.213.1.1.2.132"),
        entries=[_problem(each, rank) for rank, each in enumerate(known, 1)],
        mark=scene.planned.seed + 1,
    )


def _problem(illness: Illness, rank: int) -> str:
    condition = CONDITIONS[illness.condition]
    since = f'<effectiveTime xsi:type="IVL_TS"><low value="{illness.since:%Y%m%d}"/></effectiveTime>'
    return (
        f'<entry><act classCode="ACT" moodCode="EVN">{templated((*_ACT, "1.3.6.1.4.1.19376.1.5.3.1.4.5.2", "1.2.250.1.213.1.1.3.39"))}'
        f'<id root="{identified(illness.since.toordinal() * 97 + rank)}"/><code nullFlavor="NA"/><statusCode code="active"/>{since}'
        '<entryRelationship typeCode="SUBJ" inversionInd="false"><observation classCode="OBS" moodCode="EVN" negationInd="false">'
        f"{templated(_PROBLEM)}{coded('code', Code('282291009', SNOMED, 'interprétation diagnostique'))}{reference(f'pb-{rank}')}"
        f'<statusCode code="completed"/>{since}{coded("value", Code(condition.cim10, CIM10, condition.label), original(f"pb-{rank}"), kind="CD")}'
        "</observation></entryRelationship></act></entry>"
    )


def allergies(scene: Scene) -> str:
    """Allergies, or the statement that none is known."""
    known = [(key, *ALLERGIES[key]) for key in scene.citizen.allergies]
    rows = [
        (
            cell(f"alg-{rank}-type", label), cell(f"alg-{rank}-agent", agent), cell(f"alg-{rank}-reaction", REACTIONS[key][0][1]),
            cell(f"alg-{rank}-severite", REACTIONS[key][1][1]),
        )
        for rank, (key, _, label, agent, _) in enumerate(known, 1)
    ]  # fmt: skip
    return section(
        Code("48765-2", LOINC, "Allergies et hypersensibilités"),
        "Allergies et hypersensibilités",
        table(
            ("Type", "Agent responsable", "Réaction", "Sévérité"), rows or [("-", "Aucune allergie connue", "-", "-")]
        ),
        templates=("2.16.840.1.113883.10.20.1.2", "1.3.6.1.4.1.19376.1.5.3.1.3.13", "1.2.250.1.213.1.1.2.137"),
        entries=[_allergy(rank, each[0]) for rank, each in enumerate(known, 1)],
        mark=scene.planned.seed + 2,
    )


def _allergy(rank: int, key: str) -> str:
    kind, label, agent, atc = ALLERGIES[key]
    mark = f"alg-{rank}-agent"
    substance = (
        coded("code", Code(atc, ATC, agent), original(mark))
        if atc
        else f'<code nullFlavor="OTH">{original(mark)}</code>'
    )
    return (
        f'<entry><act classCode="ACT" moodCode="EVN">{templated((*_ACT, "1.3.6.1.4.1.19376.1.5.3.1.4.5.3", "1.2.250.1.213.1.1.3.40"))}'
        f'<id root="{identified(7919 * rank)}"/><code nullFlavor="NA"/><statusCode code="active"/><effectiveTime><low nullFlavor="UNK"/></effectiveTime>'
        '<entryRelationship typeCode="SUBJ" inversionInd="false"><observation classCode="OBS" moodCode="EVN" negationInd="false">'
        f"{templated(('2.16.840.1.113883.10.20.1.18', *_PROBLEM, '1.3.6.1.4.1.19376.1.5.3.1.4.6', '1.2.250.1.213.1.1.3.41'))}"
        f'{coded("code", Code(kind, SNOMED, label))}{reference(f"alg-{rank}-type")}<statusCode code="completed"/>'
        f'<value xsi:type="CD">{original(f"alg-{rank}-type")}</value><participant typeCode="CSM"><participantRole classCode="MANU">'
        f'<playingEntity classCode="MMAT">{substance}<name>{agent}</name></playingEntity></participantRole></participant>{_reaction(rank, key)}'
        "</observation></entryRelationship></act></entry>"
    )


def _reaction(rank: int, key: str) -> str:
    """What happened, and how severe it was."""
    reaction, severity = (Code(code, SNOMED, label) for code, label in REACTIONS[key])
    return (
        '<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f"{templated(_PROBLEM)}{coded('code', Code('418799008', SNOMED, 'Symptôme'))}{reference(f'alg-{rank}-reaction')}"
        f'<statusCode code="completed"/>{coded("value", reaction, original(f"alg-{rank}-reaction"), kind="CD")}</observation></entryRelationship>'
        '<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f"{templated(('2.16.840.1.113883.10.20.1.55', '1.3.6.1.4.1.19376.1.5.3.1.4.1', '1.2.250.1.213.1.1.3.29'))}"
        f"{coded('code', Code('SEV', '2.16.840.1.113883.5.4', 'Sévérité'))}{reference(f'alg-{rank}-severite')}"
        f'<statusCode code="completed"/>{coded("value", severity, kind="CD")}</observation></entryRelationship>'
    )


def treatments(
    scene: Scene, code: Code, title: str, medicines: Iterable[tuple[Medicine, str, str]], *, templates: tuple[str, ...]
) -> str:
    """A section of medicines. medicines: each with its reason and the CIM-10 code of that reason."""
    listed = list(medicines)
    start = {illness.condition: illness.since for illness in scene.citizen.illnesses}
    labels = {CONDITIONS[key].label: since for key, since in start.items()}
    rows, entries = [], []
    for rank, (medicine, why, cim10) in enumerate(listed, 1):
        since = min(labels.get(why, scene.day), scene.day)
        mark = f"ttt-{rank}"
        rows.append(
            (
                short(since),
                cell(mark, medicine.name),
                dosage(medicine),
                medicine.route.display or "",
                cell(f"{mark}-motif", why),
            )
        )
        motive = (
            '<entryRelationship typeCode="RSON"><act classCode="ACT" moodCode="EVN">'
            f"{templated(('1.3.6.1.4.1.19376.1.5.3.1.4.4.1', '1.2.250.1.213.1.1.3.36'))}"
            f'<id root="{identified(scene.planned.seed * 64 + 32 + rank)}"/>{coded("code", Code(cim10, CIM10, why), original(f"{mark}-motif"))}'
            "</act></entryRelationship>"
        )
        entries.append(
            f'<entry typeCode="DRIV"><substanceAdministration classCode="SBADM" moodCode="EVN">{templated(_TREATMENT)}'
            f'<id root="{identified(scene.planned.seed * 64 + rank)}"/>'
            '<code code="DRUG" displayName="Médicament" codeSystem="2.16.840.1.113883.5.4" codeSystemName="HL7:ActCode"/>'
            f'{reference(mark)}<statusCode code="completed"/>{schedule(medicine, since, None)}{coded("routeCode", medicine.route)}{dose(medicine)}'
            f"{consumable(medicine, mark)}{motive}</substanceAdministration></entry>"
        )
    return section(
        code,
        title,
        table(
            ("Depuis", "Médicament", "Posologie", "Voie", "Motif"), rows or [("-", "Aucun traitement", "-", "-", "-")]
        ),
        templates=templates,
        entries=entries,
        mark=scene.planned.seed + 3,
    )
