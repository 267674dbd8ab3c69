"""
Laboratory reports, N3 with the printed copy: one chapter per discipline, each analyte coded with unit, range and interpretation.

Source: CI-SIS, volet CR-BIO 2024.01 (documents.md §5.4); IHE PaLM XD-LAB.
"""

from collections import defaultdict
from datetime import timedelta
from html import escape

from carnet.formats.cda.writing.elements import coded, stamp
from carnet.territory.analytes import ANALYTES, CHAPTERS, PANELS, Analyte, value_of
from carnet.territory.cda_body import cell, original, section, structured, table, templated
from carnet.territory.codes import LOINC
from carnet.territory.documents.scene import Scene, Written, in_french, written_header, written_letter
from carnet.territory.letter import Block, Heading, Paragraph, Rows
from carnet.territory.pdf import draw
from carnet.vocabulary.codes import Code

_TITLE = "Compte rendu d'examens biologiques"
_TEMPLATES = (("1.3.6.1.4.1.19376.1.3.3", None), ("1.2.250.1.213.1.1.1.55", "2024.01"))
_INTERPRETATION = "2.16.840.1.113883.5.83"
_LEVELS = {
    "N": Code("N", _INTERPRETATION, "Normal"),
    "L": Code("L", _INTERPRETATION, "Anormalement bas"),
    "H": Code("H", _INTERPRETATION, "Anormalement élevé"),
}


def results(scene: Scene) -> dict[str, float]:
    """Values of the panel asked for; the lipids agree with one another."""
    chance = scene.chance()
    values = {key: value_of(key, scene.citizen, scene.day, noise=chance) for key in PANELS[scene.topic]}
    if {"cholesterol", "hdl", "ldl", "triglycerides"} <= values.keys():
        values["cholesterol"] = round(values["hdl"] + values["ldl"] + values["triglycerides"] / 5, 2)
    if scene.topic == "inflammation":
        values["crp"], values["leucocytes"] = round(chance.uniform(40, 180), 1), round(chance.uniform(11.5, 18), 2)
    return values


def write(scene: Scene) -> Written:
    """A report of the panel named by the topic."""
    chapters: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for key, value in results(scene).items():
        chapters[ANALYTES[key].chapter].append((key, value))
    code, label = CHAPTERS[next(iter(chapters))]
    taken = scene.at - timedelta(hours=5)
    head = written_header(
        scene,
        "11502-2",
        title=_TITLE,
        templates=_TEMPLATES,
        service=(taken, scene.at),
        event=Code(code, LOINC, label),
        participants=(("REF", None, scene.doctor),),
        order=("1.2.250.1.213.1.1.9", f"{scene.planned.story:013d}"),
    )
    sections = [_chapter(scene, chapter, lines, stamp(taken)) for chapter, lines in chapters.items()]
    return Written(
        structured(head, sections, pdf=draw(written_letter(scene, _TITLE, _printed(scene, chapters)))),
        "11502-2",
        _TITLE,
    )


def bounds(analyte: Analyte, *, woman: bool) -> tuple[float | None, float | None]:
    return analyte.low[woman], analyte.high[woman]


def level(value: float, low: float | None, high: float | None) -> str:
    """`L`, `N` or `H`."""
    return "L" if low is not None and value < low else "H" if high is not None and value > high else "N"


def shown(value: float, decimals: int) -> str:
    """As printed in France: a comma."""
    return f"{value:.{decimals}f}".replace(".", ",")


def range_text(low: float | None, high: float | None) -> str:
    written = [f"{bound:g}".replace(".", ",") if bound is not None else "" for bound in (low, high)]
    return f"{written[0]} – {written[1]}" if all(written) else f"< {written[1]}" if written[1] else f"> {written[0]}"


def _chapter(scene: Scene, chapter: str, lines: list[tuple[str, float]], taken: str) -> str:
    discipline = Code(CHAPTERS[chapter][0], LOINC, CHAPTERS[chapter][1])
    woman = scene.citizen.is_woman
    rows, observations = [], []
    for key, value in lines:
        analyte = ANALYTES[key]
        low, high = bounds(analyte, woman=woman)
        rows.append(
            (
                cell(f"res-{key}", analyte.label),
                f"{shown(value, analyte.decimals)} {analyte.shown}",
                escape(range_text(low, high)),
            )
        )
        observations.append(_observation(key, analyte, value, (low, high), taken))
    entry = (
        f'<entry typeCode="DRIV">{templated(("1.3.6.1.4.1.19376.1.3.1", "1.2.250.1.213.1.1.3.21"))}'
        f'<act classCode="ACT" moodCode="EVN">{coded("code", discipline)}<statusCode code="completed"/>{"".join(observations)}</act></entry>'
    )
    results_section = section(
        discipline,
        CHAPTERS[chapter][1],
        table(("Analyse", "Résultat", "Valeurs de référence"), rows),
        templates=("1.3.6.1.4.1.19376.1.3.3.2.2", "1.2.250.1.213.1.1.2.71"),
        entries=(entry,),
    )
    return section(
        discipline,
        CHAPTERS[chapter][1].upper(),
        "",
        templates=("1.3.6.1.4.1.19376.1.3.3.2.1", "1.2.250.1.213.1.1.2.70"),
        subsections=(results_section,),
    )


def _observation(
    key: str, analyte: Analyte, value: float, limits: tuple[float | None, float | None], taken: str
) -> str:
    low, high = limits
    between = "".join(
        f'<{tag} value="{bound:g}" unit="{analyte.unit}"/>'
        for tag, bound in (("low", low), ("high", high))
        if bound is not None
    )
    return (
        f'<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">'
        f"{templated(('1.3.6.1.4.1.19376.1.3.1.6', '1.2.250.1.213.1.1.3.80'))}"
        f"{coded('code', Code(analyte.loinc, LOINC, analyte.loinc_label), original(f'res-{key}'))}"
        f'<statusCode code="completed"/><effectiveTime value="{taken}"/>'
        f'<value xsi:type="PQ" value="{value:.{analyte.decimals}f}" unit="{analyte.unit}"/>'
        f"{coded('interpretationCode', _LEVELS[level(value, low, high)])}"
        f'<referenceRange typeCode="REFV"><observationRange classCode="OBS" moodCode="EVN.CRT"><value xsi:type="IVL_PQ">{between}</value>'
        f"{coded('interpretationCode', _LEVELS['N'])}</observationRange></referenceRange></observation></entryRelationship>"
    )


def _printed(scene: Scene, chapters: dict[str, list[tuple[str, float]]]) -> list[Block]:
    blocks: list[Block] = [
        Paragraph(
            f"Prélèvement du {in_french(scene.day)}. Examens demandés par {scene.doctor.professional.spelled_name}. "
            f"Échantillon reçu conforme. Les résultats hors des valeurs de référence sont signalés par une flèche."
        )
    ]
    arrows = {"N": "", "L": "↘", "H": "↗"}
    for chapter, lines in chapters.items():
        rows = []
        for key, value in lines:
            analyte = ANALYTES[key]
            low, high = bounds(analyte, woman=scene.citizen.is_woman)
            rows.append(
                (
                    analyte.label,
                    f"{shown(value, analyte.decimals)} {analyte.shown}",
                    arrows[level(value, low, high)],
                    range_text(low, high),
                )
            )
        blocks += [
            Heading(CHAPTERS[chapter][1]),
            Rows(("Analyse", "Résultat", "", "Référence"), tuple(rows), (46, 24, 6, 24)),
        ]
    blocks.append(
        Paragraph("Résultats validés par le biologiste. Ils s'interprètent avec le médecin qui les a demandés.")
    )
    return blocks
