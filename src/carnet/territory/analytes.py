"""
Laboratory analytes: codes, units, reference ranges, and how a person's values move over the years.

Source: LOINC and UCUM for codes and units; ranges are the usual French ones, for the demonstration only.
"""

from bisect import bisect_right
from datetime import date
from random import Random
from zlib import crc32

from carnet.territory.model import Citizen
from carnet.vocabulary.frozen import frozen

Course = tuple[tuple[float, float], ...]  # (years since the condition was found, value)


@frozen
class Analyte:
    """
    unit: UCUM; shown: unit as printed in France. low, high: reference range by sex (M, F), None when open. usual: centre for a
    healthy man and woman; spread: between people; noise: between two samples. courses: what conditions do to the value.
    """

    label: str
    loinc: str
    loinc_label: str
    chapter: str
    unit: str
    shown: str
    low: tuple[float | None, float | None]
    high: tuple[float | None, float | None]
    usual: tuple[float, float]
    spread: float
    noise: float
    decimals: int = 1
    courses: tuple[tuple[str, Course], ...] = ()


def _same(value: float | None) -> tuple[float | None, float | None]:
    return value, value


CHAPTERS = {
    "biochimie": ("18719-5", "Biochimie"),
    "hematologie": ("18723-7", "Hématologie"),
}

# One line per row.
# fmt: off
ANALYTES = {
    "hba1c": Analyte("Hémoglobine glyquée (HbA1c)", "4548-4", "Hémoglobine A1c/Hémoglobine totale [Fraction massique] Sang ; Numérique", "biochimie", "%", "%", _same(4.0), _same(6.0), (5.4, 5.3), 0.18, 0.12, 1, (("diabete", ((0, 9.1), (0.5, 7.8), (1.5, 6.8), (4, 7.0), (7, 7.5), (10, 7.2))),)),
    "glucose": Analyte("Glycémie à jeun", "14771-0", "Glucose à jeun [Moles/Volume] Sérum/Plasma ; Numérique", "biochimie", "mmol/L", "mmol/L", _same(3.9), _same(6.1), (5.1, 4.9), 0.25, 0.25, 1, (("diabete", ((0, 11.6), (0.5, 9.0), (1.5, 7.4), (10, 8.3))),)),
    "creatinine": Analyte("Créatinine", "14682-9", "Créatinine [Moles/Volume] Sérum/Plasma ; Numérique", "biochimie", "umol/L", "µmol/L", (60, 45), (104, 84), (82, 66), 7, 3, 0, (("insuffisance-renale", ((0, 128), (3, 139), (6, 150), (10, 166))), ("insuffisance-cardiaque", ((0, 108), (10, 122))))),
    "potassium": Analyte("Potassium", "2823-3", "Potassium [Moles/Volume] Sérum/Plasma ; Numérique", "biochimie", "mmol/L", "mmol/L", _same(3.5), _same(5.1), (4.2, 4.1), 0.15, 0.2, 1, (("insuffisance-renale", ((0, 4.7), (10, 5.0))),)),
    "sodium": Analyte("Sodium", "2951-2", "Sodium [Moles/Volume] Sérum/Plasma ; Numérique", "biochimie", "mmol/L", "mmol/L", _same(136), _same(145), (140, 140), 0.8, 1.1, 0, (("insuffisance-cardiaque", ((0, 137), (10, 136))),)),
    "cholesterol": Analyte("Cholestérol total", "2093-3", "Cholestérol [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "g/L", "g/L", _same(None), _same(2.0), (1.85, 1.88), 0.14, 0.06, 2, (("cholesterol", ((0, 2.78), (0.5, 1.92), (10, 1.84))),)),
    "hdl": Analyte("Cholestérol HDL", "2085-9", "Cholestérol en HDL [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "g/L", "g/L", _same(0.4), _same(None), (0.48, 0.58), 0.05, 0.03, 2),
    "ldl": Analyte("Cholestérol LDL calculé", "13457-7", "Cholestérol en LDL calculé [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "g/L", "g/L", _same(None), _same(1.3), (1.12, 1.08), 0.12, 0.06, 2, (("cholesterol", ((0, 1.94), (0.5, 1.14), (2, 1.02), (10, 0.96))),)),
    "triglycerides": Analyte("Triglycérides", "2571-8", "Triglycéride [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "g/L", "g/L", _same(None), _same(1.5), (1.0, 0.9), 0.2, 0.12, 2, (("diabete", ((0, 2.1), (2, 1.6), (10, 1.7))),)),
    "alat": Analyte("Alanine aminotransférase (ALAT)", "1742-6", "Alanine aminotransférase [Activité enzymatique/Volume] Sérum/Plasma ; Numérique", "biochimie", "U/L", "UI/L", _same(None), (45, 35), (26, 20), 5, 4, 0),
    "ggt": Analyte("Gamma-glutamyltransférase (GGT)", "2324-2", "Gamma glutamyltransférase [Activité enzymatique/Volume] Sérum/Plasma ; Numérique", "biochimie", "U/L", "UI/L", _same(None), (55, 38), (28, 20), 7, 5, 0),
    "crp": Analyte("Protéine C réactive (CRP)", "1988-5", "Protéine C réactive [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "mg/L", "mg/L", _same(None), _same(5), (1.8, 1.9), 0.6, 0.9, 1),
    "tsh": Analyte("Thyréostimuline (TSH)", "3016-3", "Thyréostimuline [Arbitraire/Volume] Sérum/Plasma ; Numérique", "biochimie", "m[IU]/L", "mUI/L", _same(0.4), _same(4.0), (1.7, 1.8), 0.4, 0.25, 2, (("hypothyroidie", ((0, 11.8), (0.3, 5.9), (0.8, 2.4), (4, 3.1), (7, 2.2), (10, 2.8))),)),
    "ft4": Analyte("Thyroxine libre (T4L)", "14920-3", "Thyroxine libre [Moles/Volume] Sérum/Plasma ; Numérique", "biochimie", "pmol/L", "pmol/L", _same(10), _same(22), (15.5, 15.2), 1.2, 0.7, 1, (("hypothyroidie", ((0, 8.4), (0.8, 14.6), (10, 15.2))),)),
    "ferritine": Analyte("Ferritine", "2276-4", "Ferritine [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "ug/L", "µg/L", (30, 15), (300, 150), (120, 62), 22, 9, 0, (("anemie", ((0, 7), (0.3, 22), (1, 48), (10, 42))),)),
    "vitamine-d": Analyte("25-hydroxyvitamine D", "62292-8", "25-Hydroxyvitamine D2+D3 [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "ng/mL", "ng/mL", _same(30), _same(60), (33, 32), 4, 3, 0, (("osteoporose", ((0, 14), (0.5, 31), (10, 34))),)),
    "bnp": Analyte("NT-proBNP", "33762-6", "Pro-peptide natriurétique cérébral N-terminal [Masse/Volume] Sérum/Plasma ; Numérique", "biochimie", "pg/mL", "pg/mL", _same(None), _same(300), (90, 110), 30, 20, 0, (("insuffisance-cardiaque", ((0, 3200), (0.5, 1450), (5, 1700), (10, 2300))),)),
    "hemoglobine": Analyte("Hémoglobine", "718-7", "Hémoglobine [Masse/Volume] Sang ; Numérique", "hematologie", "g/dL", "g/dL", (13.0, 12.0), (17.0, 16.0), (15.0, 13.4), 0.6, 0.25, 1, (("anemie", ((0, 9.4), (0.3, 11.2), (1, 12.8), (10, 12.9))), ("insuffisance-renale", ((0, 12.4), (10, 11.2))))),
    "leucocytes": Analyte("Leucocytes", "6690-2", "Leucocytes [Nombre/Volume] Sang ; Numérique", "hematologie", "10*9/L", "G/L", _same(4.0), _same(10.0), (6.6, 6.5), 0.9, 0.6, 2),
    "plaquettes": Analyte("Plaquettes", "777-3", "Plaquettes [Nombre/Volume] Sang ; Numérique", "hematologie", "10*9/L", "G/L", _same(150), _same(400), (240, 256), 30, 14, 0),
    "vgm": Analyte("Volume globulaire moyen", "787-2", "Érythrocytes ; volume globulaire moyen [Volume] Sang ; Numérique", "hematologie", "fL", "fL", _same(80), _same(100), (90, 89), 2, 1, 0, (("anemie", ((0, 72), (0.5, 81), (10, 85))),)),
}
# fmt: on

PANELS = {
    "annuel": (
        "glucose",
        "creatinine",
        "cholesterol",
        "hdl",
        "ldl",
        "triglycerides",
        "alat",
        "ggt",
        "hemoglobine",
        "leucocytes",
        "plaquettes",
        "vgm",
    ),
    "diabete": ("hba1c", "glucose", "creatinine", "potassium"),
    "lipides": ("cholesterol", "hdl", "ldl", "triglycerides"),
    "thyroide": ("tsh", "ft4"),
    "renal": ("creatinine", "sodium", "potassium"),
    "foie": ("alat", "ggt"),
    "nfs": ("hemoglobine", "leucocytes", "plaquettes", "vgm"),
    "fer": ("ferritine", "hemoglobine", "vgm"),
    "cardiaque": ("bnp", "creatinine", "sodium", "potassium"),
    "vitamine-d": ("vitamine-d",),
    "inflammation": ("crp", "hemoglobine", "leucocytes", "plaquettes"),
}


def value_of(key: str, citizen: Citizen, day: date, *, noise: Random) -> float:
    """The result of one analyte for one person on one day, rounded as printed: their own level, their conditions, and chance."""
    analyte = ANALYTES[key]
    woman = citizen.is_woman
    own = Random(crc32(f"{citizen.identity.ins.matricule}{key}".encode()))
    centre = analyte.usual[woman] + own.gauss(0, analyte.spread)
    wobble = analyte.noise
    for condition, course in analyte.courses:
        for illness in citizen.illnesses:
            if illness.condition == condition and illness.since <= day:
                level = _along(course, (day - illness.since).days / 365.25)
                centre, wobble = level * own.uniform(0.95, 1.05), max(analyte.noise, level * 0.025)
    value = centre + noise.gauss(0, wobble)
    return round(max(value, 10.0**-analyte.decimals), analyte.decimals)


def _along(course: Course, years: float) -> float:
    """Linear between the points, flat after the last."""
    rank = bisect_right(course, (years, float("inf")))
    if rank == len(course):
        return course[-1][1]
    (start, before), (end, after) = course[rank - 1], course[rank]
    return before + (after - before) * (years - start) / (end - start)
