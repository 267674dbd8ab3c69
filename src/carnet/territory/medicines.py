"""
Medicines that invented people take, with the codes of the public database (CIS) and the WHO classification (ATC).

Source: base de données publique des médicaments (ANSM, November 2020) for CIS and names; EDQM standard terms for forms and routes.
"""

from carnet.territory.codes import EDQM
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen

ORAL = Code("20053000", EDQM, "Voie orale")
INTRAMUSCULAR = Code("20035000", EDQM, "Voie intramusculaire")
SUBCUTANEOUS = Code("20066000", EDQM, "Voie sous-cutanée")
INHALED = Code("20020000", EDQM, "Voie inhalée")

TABLET = Code("10219000", EDQM, "Comprimé")
COATED_TABLET = Code("10221000", EDQM, "Comprimé pelliculé")
CAPSULE = Code("10210000", EDQM, "Gélule")
SOLUTION = Code("10105000", EDQM, "Solution buvable")
INJECTION = Code("11201000", EDQM, "Solution injectable")


@frozen
class Medicine:
    """
    per_intake: how much at once, in `unit` (UCUM annotation) and in French (`intake`). hours: between two intakes. box: units per box.
    lasting: renewed for months, rather than taken a few days (`days`).
    """

    name: str
    cis: str
    atc: str
    substance: str
    intake: str
    per_intake: float = 1
    unit: str = "{tablet}"
    hours: int = 24
    days: int = 90
    box: int = 30
    form: Code | None = TABLET
    route: Code = ORAL
    advice: str = ""

    @property
    def lasting(self) -> bool:
        return self.days >= 28


# One line per row.
# fmt: off
MEDICINES = {
    "metformine": Medicine("METFORMINE BIOGARAN 1000 mg, comprimé pelliculé", "67346461", "A10BA02", "metformine", "1 comprimé", hours=12, form=COATED_TABLET, advice="À prendre au milieu du repas."),
    "gliclazide": Medicine("GLICLAZIDE BIOGARAN 60 mg, comprimé sécable à libération modifiée", "69257869", "A10BB09", "gliclazide", "1 comprimé", advice="À prendre au petit déjeuner."),
    "dulaglutide": Medicine("TRULICITY 1,5 mg, solution injectable en stylo prérempli", "63787647", "A10BJ05", "dulaglutide", "1 injection", unit="{injection}", hours=168, box=4, form=INJECTION, route=SUBCUTANEOUS, advice="Une injection le même jour de chaque semaine."),
    "amlodipine": Medicine("AMLODIPINE BIOGARAN 5 mg, gélule", "65728601", "C08CA01", "amlodipine", "1 gélule", unit="{capsule}", form=CAPSULE),
    "ramipril": Medicine("RAMIPRIL BIOGARAN 5 mg, comprimé sécable", "61599041", "C09AA05", "ramipril", "1 comprimé"),
    "atorvastatine": Medicine("ATORVASTATINE ACCORD 20 mg, comprimé pelliculé", "68125932", "C10AA05", "atorvastatine", "1 comprimé", form=COATED_TABLET, advice="À prendre le soir."),
    "bisoprolol": Medicine("BISOPROLOL ACCORD HEALTHCARE 2,5 mg, comprimé pelliculé sécable", "67728468", "C07AB07", "bisoprolol", "1 comprimé", form=COATED_TABLET),
    "apixaban": Medicine("ELIQUIS 5 mg, comprimé pelliculé", "61902218", "B01AF02", "apixaban", "1 comprimé", hours=12, box=60, form=COATED_TABLET, advice="Ne pas arrêter sans avis médical."),
    "aspirine": Medicine("KARDEGIC 75 mg, poudre pour solution buvable en sachet-dose", "64755969", "B01AC06", "acide acétylsalicylique", "1 sachet", unit="{sachet}", form=None),
    "furosemide": Medicine("FUROSEMIDE BIOGARAN 40 mg, comprimé sécable", "61337509", "C03CA01", "furosémide", "1 comprimé", advice="À prendre le matin."),
    "levothyroxine": Medicine("LEVOTHYROX 75 microgrammes, comprimé sécable", "62080626", "H03AA01", "lévothyroxine sodique", "1 comprimé", advice="À jeun, une demi-heure avant le petit déjeuner."),
    "salbutamol": Medicine("VENTOLINE 100 microgrammes/dose, suspension pour inhalation en flacon pressurisé", "64720167", "R03AC02", "salbutamol", "2 bouffées en cas de gêne", per_intake=2, unit="{puff}", hours=6, box=200, form=None, route=INHALED),
    "fluticasone": Medicine("SERETIDE DISKUS 250 microgrammes/50 microgrammes/dose, poudre pour inhalation en récipient unidose", "61572165", "R03AK06", "salmétérol et fluticasone", "1 inhalation", unit="{puff}", hours=12, box=60, form=None, route=INHALED, advice="Se rincer la bouche après chaque prise."),
    "omeprazole": Medicine("OMEPRAZOLE BIOGARAN 20 mg, gélule gastro-résistante", "67995040", "A02BC01", "oméprazole", "1 gélule", unit="{capsule}", form=CAPSULE),
    "sertraline": Medicine("SERTRALINE BIOGARAN 50 mg, gélule", "63063793", "N06AB06", "sertraline", "1 gélule", unit="{capsule}", form=CAPSULE),
    "donepezil": Medicine("DONEPEZIL BIOGARAN 10 mg, comprimé pelliculé", "61869049", "N06DA02", "donépézil", "1 comprimé", form=COATED_TABLET, advice="À prendre le soir au coucher."),
    "vitamine-d": Medicine("UVEDOSE 100 000 UI, solution buvable en ampoule", "63489259", "A11CC05", "colécalciférol", "1 ampoule", unit="{ampule}", hours=2160, box=1, form=SOLUTION),
    "fer": Medicine("TARDYFERON 80 mg, comprimé pelliculé", "68269288", "B03AA07", "sulfate ferreux", "1 comprimé", form=COATED_TABLET, advice="Les selles peuvent devenir noires."),
    "fer-b9": Medicine("TARDYFERON B9, comprimé pelliculé", "64875192", "B03AD03", "sulfate ferreux et acide folique", "1 comprimé", form=COATED_TABLET),
    "tamoxifene": Medicine("TAMOXIFENE ARROW 20 mg, comprimé", "62147950", "L02BA01", "tamoxifène", "1 comprimé"),
    "contraception": Medicine("OPTILOVA 20 microgrammes/100 microgrammes, comprimé pelliculé", "61400411", "G03AA07", "lévonorgestrel et éthinylestradiol", "1 comprimé", box=84, form=COATED_TABLET, advice="À heure fixe."),
    "paracetamol": Medicine("PARACETAMOL BIOGARAN 1 g, comprimé", "68787715", "N02BE01", "paracétamol", "1 comprimé", hours=8, days=5, box=8, advice="Ne pas dépasser 3 g par jour."),
    "paracetamol-enfant": Medicine("DOLIPRANE 2,4 POUR CENT SANS SUCRE, suspension buvable", "66477582", "N02BE01", "paracétamol", "1 dose selon le poids", unit="{dose}", hours=6, days=4, box=1, form=None, advice="Utiliser la pipette graduée en kilogrammes."),
    "ibuprofene": Medicine("IBUPROFENE BIOGARAN 400 mg, comprimé pelliculé", "61000075", "M01AE01", "ibuprofène", "1 comprimé", hours=8, days=5, box=30, form=COATED_TABLET, advice="À prendre au cours d'un repas."),
    "amoxicilline": Medicine("AMOXICILLINE BIOGARAN 500 mg, gélule", "69118175", "J01CA04", "amoxicilline", "2 gélules", per_intake=2, unit="{capsule}", hours=12, days=6, box=12, form=CAPSULE, advice="Aller au bout du traitement."),
    "amoxicilline-enfant": Medicine("AMOXICILLINE BIOGARAN 500 mg/5 ml, poudre pour suspension buvable", "60453197", "J01CA04", "amoxicilline", "1 dose selon le poids", unit="{dose}", hours=12, days=6, box=1, form=None, advice="Agiter le flacon avant chaque prise."),
    "prednisolone": Medicine("PREDNISOLONE ARROW 20 mg, comprimé effervescent sécable", "61335351", "H02AB06", "prednisolone", "2 comprimés", per_intake=2, days=5, box=20, form=None, advice="À prendre le matin."),
    "tramadol": Medicine("TRAMADOL BIOGARAN 50 mg, gélule", "61644643", "N02AX02", "tramadol", "1 gélule", unit="{capsule}", hours=8, days=7, form=CAPSULE, advice="Peut donner des vertiges : ne pas conduire."),
    "desloratadine": Medicine("DESLORATADINE BIOGARAN 5 mg, comprimé pelliculé", "61223605", "R06AX27", "desloratadine", "1 comprimé", days=15, form=COATED_TABLET),
    "lactulose": Medicine("LACTULOSE ARROW 10 g/15 ml, solution buvable en sachet-dose", "67432348", "A06AD11", "lactulose", "1 sachet", unit="{sachet}", hours=12, days=10, box=20, form=SOLUTION),
}
# fmt: on


@frozen
class Vaccine:
    """ages: years (fractions for months) at which it is given. against: as the calendar says it."""

    name: str
    cis: str
    atc: str
    against: str
    ages: tuple[float, ...]
    yearly_from: int | None = None


# One line per row.
# fmt: off
VACCINES = {
    "hexavalent": Vaccine("INFANRIX hexa, poudre et suspension pour suspension injectable en seringue préremplie", "62966063", "J07CA09", "diphtérie, tétanos, poliomyélite, coqueluche, Haemophilus influenzae b, hépatite B", (0.17, 0.34, 0.92)),
    "pneumocoque": Vaccine("PREVENAR 13, suspension injectable", "67786749", "J07AL02", "infections invasives à pneumocoque", (0.17, 0.34, 0.92)),
    "meningocoque": Vaccine("NEISVAC, suspension injectable en seringue préremplie", "69261547", "J07AH07", "infections invasives à méningocoque C", (0.42, 1.0)),
    "ror": Vaccine("PRIORIX, poudre et solvant pour solution injectable en seringue préremplie", "61896473", "J07BD52", "rougeole, oreillons, rubéole", (1.0, 1.4)),
    "dtpca": Vaccine("REPEVAX, suspension injectable en seringue préremplie", "67619892", "J07CA02", "diphtérie, tétanos, coqueluche, poliomyélite", (6.0, 11.5, 25.0)),
    "dtp": Vaccine("REVAXIS, suspension injectable en seringue préremplie", "60917345", "J07CA01", "diphtérie, tétanos, poliomyélite", (45.0, 65.0, 75.0, 85.0)),
    "papillomavirus": Vaccine("GARDASIL 9, suspension injectable en seringue préremplie", "65017887", "J07BM03", "infections à papillomavirus humains", (11.5, 12.1)),
    "grippe": Vaccine("VAXIGRIPTETRA, suspension injectable en seringue préremplie", "61402736", "J07BB02", "grippe saisonnière", (), yearly_from=65),
    "pneumocoque-adulte": Vaccine("PNEUMOVAX, solution injectable en seringue préremplie", "60614280", "J07AL01", "infections à pneumocoque", (66.0,)),
}
# fmt: on
