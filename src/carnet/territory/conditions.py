"""Lasting conditions of invented people: what they are called, whom they touch, what is taken and watched for them."""

from carnet.vocabulary.frozen import frozen


@frozen
class Condition:
    """
    label, cim10: French label and CIM-10 code. medicines: keys of `medicines.MEDICINES`. ages: at discovery. share: of the people
    of those ages who have it. role: the specialist who follows it (`cast`). panels: biology that watches it. sex: `M`, `F`, or both.
    """

    label: str
    cim10: str
    medicines: tuple[str, ...]
    ages: tuple[int, int]
    share: float
    role: str = "gp"
    panels: tuple[str, ...] = ()
    sex: str = "MF"
    advice: str = "poursuite du traitement en cours"


# One line per row.
# fmt: off
CONDITIONS = {
    "diabete": Condition("Diabète de type 2", "E11.9", ("metformine", "gliclazide"), (38, 75), 0.11, "endocrinologist", ("diabete", "lipides"), advice="activité physique régulière, surveillance de l'HbA1c tous les trois mois"),
    "hypertension": Condition("Hypertension artérielle essentielle", "I10", ("ramipril", "amlodipine"), (40, 80), 0.28, "cardiologist", ("renal",), advice="automesure tensionnelle trois jours avant la prochaine consultation"),
    "cholesterol": Condition("Hypercholestérolémie pure", "E78.0", ("atorvastatine",), (40, 72), 0.2, "gp", ("lipides", "foie"), advice="mesures diététiques et contrôle du bilan lipidique"),
    "hypothyroidie": Condition("Hypothyroïdie, sans précision", "E03.9", ("levothyroxine",), (28, 70), 0.07, "endocrinologist", ("thyroide",), advice="contrôle de la TSH dans six mois"),
    "asthme": Condition("Asthme, sans précision", "J45.9", ("salbutamol", "fluticasone"), (4, 40), 0.09, "pulmonologist", (), advice="vérification de la technique d'inhalation, plan d'action écrit remis"),
    "fibrillation": Condition("Fibrillation et flutter auriculaires, sans précision", "I48.9", ("apixaban", "bisoprolol"), (65, 88), 0.14, "cardiologist", ("renal", "nfs"), advice="poursuite de l'anticoagulation, surveillance de la fonction rénale"),
    "insuffisance-cardiaque": Condition("Insuffisance cardiaque congestive", "I50.0", ("furosemide", "bisoprolol", "ramipril"), (70, 90), 0.1, "cardiologist", ("cardiaque",), advice="pesée hebdomadaire, régime peu salé"),
    "insuffisance-renale": Condition("Maladie rénale chronique, stade 3", "N18.3", ("ramipril",), (62, 88), 0.09, "gp", ("renal", "nfs"), advice="éviter les anti-inflammatoires, contrôle de la créatinine"),
    "depression": Condition("Épisode dépressif moyen", "F32.1", ("sertraline",), (22, 70), 0.06, "psychiatrist", (), advice="poursuite du suivi et du traitement, réévaluation dans un mois"),
    "reflux": Condition("Reflux gastro-œsophagien sans œsophagite", "K21.9", ("omeprazole",), (25, 80), 0.09, "gastroenterologist", (), advice="mesures posturales, diminution progressive du traitement"),
    "arthrose": Condition("Gonarthrose primaire, bilatérale", "M17.0", ("paracetamol",), (58, 85), 0.16, "surgeon", (), advice="activité physique adaptée et kinésithérapie"),
    "osteoporose": Condition("Ostéoporose post-ménopausique", "M81.0", ("vitamine-d",), (60, 85), 0.12, "gp", ("vitamine-d",), "F", advice="apports en calcium et prévention des chutes"),
    "anemie": Condition("Anémie par carence en fer, sans précision", "D50.9", ("fer",), (16, 60), 0.07, "gp", ("fer", "nfs"), advice="contrôle de la ferritine dans trois mois"),
    "cancer-sein": Condition("Tumeur maligne du sein, sans précision", "C50.9", ("tamoxifene",), (45, 74), 0.04, "gynaecologist", ("nfs", "foie"), "F", advice="surveillance clinique et mammographique annuelle"),
    "alzheimer": Condition("Maladie d'Alzheimer, sans précision", "G30.9", ("donepezil",), (74, 90), 0.09, "geriatrician", ("nfs", "thyroide"), advice="stimulation cognitive, soutien de l'aidant"),
    "rhinite": Condition("Rhinite allergique, sans précision", "J30.4", ("desloratadine",), (6, 45), 0.1, "gp", (), advice="éviction des allergènes identifiés"),
}
# fmt: on

# SNOMED CT code of the kind of allergy, its label, the agent and its code (ATC for a medicine, or none).
ALLERGIES = {
    "penicillines": ("416098002", "Allergie médicamenteuse", "Pénicillines", "J01C"),
    "aspirine": ("416098002", "Allergie médicamenteuse", "Acide acétylsalicylique", "N02BA01"),
    "arachide": ("414285001", "Allergie alimentaire", "Arachide", None),
    "pollens": ("419199007", "Allergie à une substance", "Pollens de graminées", None),
    "latex": ("419199007", "Allergie à une substance", "Latex", None),
}
# What happened, and how severe it was (SNOMED CT).
REACTIONS = {
    "penicillines": (("126485001", "Urticaire"), ("6736007", "modéré")),
    "aspirine": (("4386001", "Bronchospasme"), ("24484000", "sévère")),
    "arachide": (("39579001", "Anaphylaxie"), ("24484000", "sévère")),
    "pollens": (("70076002", "Rhinite"), ("255604002", "léger")),
    "latex": (("40275004", "Dermatite de contact"), ("6736007", "modéré")),
}
