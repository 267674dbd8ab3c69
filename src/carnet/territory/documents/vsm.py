"""
Medical summaries (volet de synthèse médicale), N3: problems, allergies, risk factors, points to watch, lasting treatments.

Source: CI-SIS, volet VSM (documents.md §5.4).
"""

from carnet.territory.cda_body import paragraph, section, structured, table
from carnet.territory.codes import LOINC
from carnet.territory.conditions import CONDITIONS
from carnet.territory.documents.problems import allergies, illnesses_on, problems, treatments
from carnet.territory.documents.scene import Scene, Written, written_header
from carnet.territory.documents.treatments import lasting
from carnet.vocabulary.codes import Code

_TITLE = "Volet de synthèse médicale"
_PROCEDURES = (
    ("Appendicectomie dans l'enfance.", 0.3),
    ("Extraction des dents de sagesse.", 0.25),
    ("Réduction d'une fracture de l'avant-bras.", 0.15),
)
_SMOKING = ("jamais", "sevré depuis plus de cinq ans", "actif, dix cigarettes par jour, aide au sevrage proposée")


def write(scene: Scene) -> Written:
    """What another doctor needs to know of the person on that day."""
    chance = scene.chance()
    head = written_header(
        scene,
        "SYNTH",
        title=_TITLE,
        templates=(("1.2.250.1.213.1.1.1.13", "201310"),),
        event=Code("34117-2", LOINC, "Historique et clinique"),
    )
    history = (
        " ".join(text for text, share in _PROCEDURES if chance.random() < share)
        or "Pas d'antécédent chirurgical connu."
    )
    clinical = section(
        Code("34117-2", LOINC, "Historique et physique"),
        "Pathologies en cours, antécédents et allergies",
        "",
        templates=("1.2.250.1.213.1.1.2.30",),
        subsections=(
            problems(scene),
            section(
                Code("47519-4", LOINC, "Historique des actes"),
                "Antécédents chirurgicaux",
                paragraph(history),
                templates=("2.16.840.1.113883.10.20.1.12", "1.3.6.1.4.1.19376.1.5.3.1.3.11", "1.2.250.1.213.1.1.2.136"),
            ),
            allergies(scene),
        ),
    )
    risks = section(
        Code(
            "57207-3", LOINC, "Facteurs de risque présents ou passés affectant l'état de santé et/ou une circonstance"
        ),
        "Facteurs de risque",
        "",
        templates=("1.2.250.1.213.1.1.2.31",),
        subsections=(
            section(
                Code("29762-2", LOINC, "Habitus, Mode de vie"),
                "Mode de vie",
                table(
                    ("Habitude", "Observation"),
                    (
                        ("Tabac", chance.choice(_SMOKING)),
                        (
                            "Activité physique",
                            chance.choice(("marche quotidienne", "faible", "une à deux fois par semaine")),
                        ),
                    ),
                ),
                templates=("2.16.840.1.113883.10.20.1.15", "1.3.6.1.4.1.19376.1.5.3.1.3.16", "1.2.250.1.213.1.1.2.141"),
            ),
        ),
    )
    advice = [CONDITIONS[each.condition].advice for each in illnesses_on(scene.citizen, scene.day)]
    watch = section(
        Code("30954-2", LOINC, "Résultats d'examens"),
        "Points de vigilance",
        "".join(paragraph(f"{each[:1].upper()}{each[1:]}.") for each in advice)
        or paragraph("Aucun point de vigilance particulier."),
        templates=("1.3.6.1.4.1.19376.1.5.3.1.3.27", "1.2.250.1.213.1.1.2.150"),
    )
    taken = [
        (medicine, CONDITIONS[key].label, CONDITIONS[key].cim10) for medicine, key in lasting(scene.citizen, scene.day)
    ]
    plan = section(
        Code("18776-5", LOINC, "Plan de traitement"),
        "Traitements au long cours",
        "",
        templates=("1.2.250.1.213.1.1.2.32",),
        subsections=(
            treatments(
                scene,
                Code("10160-0", LOINC, "Traitements"),
                "Traitements",
                taken,
                templates=("2.16.840.1.113883.10.20.1.8", "1.3.6.1.4.1.19376.1.5.3.1.3.19", "1.2.250.1.213.1.1.2.143"),
            ),
        ),
    )
    synthesis = section(
        Code("46612-8", LOINC, "Conclusions de synthèse"),
        "Pathologies, antécédents, allergies et facteurs de risque",
        "",
        templates=("1.2.250.1.213.1.1.2.29",),
        subsections=(clinical, risks),
        mark=scene.planned.seed + 4,
    )
    return Written(structured(head, (synthesis, watch, plan)), "SYNTH", _TITLE)
