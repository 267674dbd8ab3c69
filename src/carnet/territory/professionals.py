"""The sixty professionals of the territory: fifteen professions, each with a role that documents ask for."""

from collections.abc import Sequence
from random import Random

from carnet.territory.codes import AUTHOR_SPECIALTIES
from carnet.territory.model import Organization, Professional
from carnet.territory.names import FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES
from carnet.territory.registers import rpps
from carnet.vocabulary.codes import Code

PROFESSIONS = "1.2.250.1.71.1.2.7"  # TRE_G15
SPECIALTIES = "1.2.250.1.71.4.2.5"  # TRE_R38
COUNT = 60

# One line per row.
# fmt: off
# Role: profession, its label, specialty or None, label of JDV_J01, organisations in turn (ranks in `organizations`).
_ROLES = {
    "gp": ("10", "Médecin", "SM26", "Médecin - Qualifié en Médecine Générale (SM)", (6, 7, 6, 8, 7, 6, 7, 6, 7, 6, 6, 7)),
    "cardiologist": ("10", "Médecin", "SM04", "Médecin - Cardiologie et maladies vasculaires (SM)", (9, 0)),
    "radiologist": ("10", "Médecin", "SM44", "Médecin - Radio-diagnostic (SM)", (4, 5, 0)),
    "biologist": ("10", "Médecin", "SM03", "Médecin - Biologie médicale (SM)", (2, 3, 0)),
    "paediatrician": ("10", "Médecin", "SM40", "Médecin - Pédiatrie (SM)", (6, 0)),
    "gynaecologist": ("10", "Médecin", "SM20", "Médecin - Gynécologie-obstétrique (SM)", (0,)),
    "anaesthetist": ("10", "Médecin", "SM02", "Médecin - Anesthésie-réanimation (SM)", (0,)),
    "surgeon": ("10", "Médecin", "SM08", "Médecin - Chirurgie orthopédique et Traumatologie (SM)", (1,)),
    "visceral-surgeon": ("10", "Médecin", "SM05", "Médecin - Chirurgie générale (SM)", (0,)),
    "gastroenterologist": ("10", "Médecin", "SM24", "Médecin - Gastro-entérologie et hépatologie (SM)", (1,)),
    "geriatrician": ("10", "Médecin", "SM18", "Médecin - Gériatrie (SM)", (17,)),
    "emergency": ("10", "Médecin", "SM59", "Médecin - Médecine d'urgence (SM)", (0, 0)),
    "pulmonologist": ("10", "Médecin", "SM41", "Médecin - Pneumologie (SM)", (0,)),
    "endocrinologist": ("10", "Médecin", "SM62", "Médecin - Endocrinologie, diabétologie, nutrition (SM)", (0,)),
    "dermatologist": ("10", "Médecin", "SM15", "Médecin - Dermatologie et Vénéréologie (SM)", (7,)),
    "ophthalmologist": ("10", "Médecin", "SM38", "Médecin - Ophtalmologie (SM)", (6,)),
    "psychiatrist": ("10", "Médecin", "SM42", "Médecin - Psychiatrie (SM)", (0,)),
    "pathologist": ("10", "Médecin", "SM01", "Médecin - Anatomie et Cytologie pathologiques (SM)", (0,)),
    "pharmacist": ("21", "Pharmacien", None, "Pharmacien", (14, 15, 16, 14, 0)),
    "dentist": ("40", "Chirurgien-Dentiste", None, "Chirurgien-Dentiste", (10, 10)),
    "midwife": ("50", "Sage-Femme", None, "Sage-Femme", (13, 13)),
    "nurse": ("60", "Infirmier", None, "Infirmier", (11, 11, 17, 0)),
    "psychiatric-nurse": ("69", "Infirmier psychiatrique", None, "Infirmier psychiatrique", (0,)),
    "physiotherapist": ("70", "Masseur-Kinésithérapeute", None, "Masseur-Kinésithérapeute", (12, 12)),
    "podiatrist": ("80", "Pédicure-Podologue", None, "Pédicure-Podologue", (6,)),
    "technician": ("86", "Technicien de laboratoire médical", None, "Technicien de laboratoire médical", (2,)),
    "speech-therapist": ("91", "Orthophoniste", None, "Orthophoniste", (6,)),
    "orthoptist": ("92", "Orthoptiste", None, "Orthoptiste", (6,)),
    "psychologist": ("93", "Psychologue", None, "Psychologue", (6,)),
    "occupational-therapist": ("94", "Ergothérapeute", None, "Ergothérapeute", (17,)),
    "radiographer": ("98", "Manipulateur ERM", None, "Manipulateur ERM", (4,)),
    "dietitian": ("95", "Diététicien", None, "Diététicien", (6,)),
}
# fmt: on

# Who also practises elsewhere: role and turn, to more ranks in `organizations`.
_ALSO = {("cardiologist", 0): (0,)}
_WITH_TITLE = frozenset({"10", "21", "40"})
NAMED = {
    "medecin": ("gp", 0, "Claire", "AUBRESPIN", "MME"),
    "cardiologue": ("cardiologist", 0, "Hugo", "MARCHEVAL", "M"),
    "pediatre": ("paediatrician", 0, "Solène", "KERBRIAC", "MME"),
    "infirmiere": ("nurse", 0, "Nadège", "TOURVILLAC", "MME"),
    "pharmacien": ("pharmacist", 0, "Étienne", "LORMEAU-VIAL", "M"),
    "dentiste": ("dentist", 0, "Bruno", "CASTELROUX", "M"),
    "podologue": ("podiatrist", 0, "Inès", "FABREGUE", "MME"),
    "sage-femme": ("midwife", 0, "Manon", "DELAROSIÈRE", "MME"),
    "kinesitherapeute": ("physiotherapist", 0, "Loïc", "PENHOUËT", "M"),
    "biologiste": ("biologist", 0, "Agnès", "VALDORME", "MME"),
    "radiologue": ("radiologist", 0, "Samuel", "ORTEGUY", "M"),
    "urgentiste": ("emergency", 0, "Yasmine", "BELCOURT", "MME"),
    "psychologue": ("psychologist", 0, "Paul", "GRANDVAL", "M"),
}


def professionals(rng: Random, known: Sequence[Organization]) -> tuple[Professional, ...]:
    """Sixty people; those of `NAMED` keep their names whatever the seed."""
    fixed = {(role, turn): (given, family, civility) for role, turn, given, family, civility in NAMED.values()}
    families = [name for name in FAMILY_NAMES if name not in {family for _, family, _ in fixed.values()}]
    rng.shuffle(families)
    found: list[Professional] = []
    for role, (profession, label, specialty, author_label, places) in _ROLES.items():
        for turn, place in enumerate(places):
            woman = rng.random() < 0.55
            given = rng.choice(FEMALE_NAMES if woman else MALE_NAMES)
            family, civility = families.pop(), "MME" if woman else "M"
            if (role, turn) in fixed:
                given, family, civility = fixed[role, turn]
            found.append(
                Professional(
                    index=len(found),
                    identifier=f"8{rpps(1000 + 13 * len(found))}",
                    family=family,
                    given=given,
                    civility=civility,
                    title="DR" if profession in _WITH_TITLE else None,
                    profession=Code(profession, PROFESSIONS, label),
                    specialty=Code(specialty, SPECIALTIES, author_label) if specialty else None,
                    author_code=_author_code(profession, specialty, author_label),
                    role=role,
                    organizations=(place, *_ALSO.get((role, turn), ())),
                    phone=known[place].phone[:-2] + f"{len(found) % 90 + 10}",
                )
            )
    return tuple(found)


def _author_code(profession: str, specialty: str | None, label: str) -> Code:
    if profession == "93":  # psychologists are not in TRE_G15's author specialties
        return Code("93", "1.2.250.1.213.1.6.1.109", label)
    return Code(f"G15_{profession}" + (f"/{specialty}" if specialty else ""), AUTHOR_SPECIALTIES, label)
