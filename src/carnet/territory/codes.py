"""
The codes that invented documents carry: types, sectors, settings, encounters, with their official labels.

Source: NOS value sets JDV_J07 (27 September 2024), JDV_J02 (13 December 2024), JDV_J04 (27 September 2024), JDV_J142 (26 March 2021),
JDV_J06; documents.md §5.4 for the class of each type.
"""

from carnet.formats.cda.writing.model import NORMAL
from carnet.vocabulary.codes import Code

LOINC = "2.16.840.1.113883.6.1"
TYPE_COMPLEMENT = "1.2.250.1.213.1.1.4.12"
SECTORS = "1.2.250.1.71.4.2.4"
SETTINGS = "1.2.250.1.213.1.1.4.9"
OTHER_PRODUCERS = "1.2.250.1.213.1.1.4.6"
AUTHOR_SPECIALTIES = "1.2.250.1.213.1.1.4.5"
CIM10 = "2.16.840.1.113883.6.3"
SNOMED = "2.16.840.1.113883.6.96"
CCAM = "1.2.250.1.213.2.5"
CIS = "1.2.250.1.213.2.3.1"
ATC = "2.16.840.1.113883.6.73"
EDQM = "0.4.0.127.0.16.1.1.2.1"
DICOM = "1.2.840.10008.2.16.4"

_CLASSES = {
    "10": "Compte rendu",
    "11": "Synthèse",
    "42": "Prescription",
    "43": "Dispensation",
    "44": "Plan de soins, protocole de soins",
    "45": "Traitement administré",
    "52": "Certificat, déclaration",
    "60": "Données de remboursement",
    "90": "Autres documents, déposés par le patient",
    "95": "Document de gestion",
}

# Type code: class, official label. Numeric codes are LOINC, the others TRE_A05.
_TYPES = {
    "11369-6": ("11", "Historique des vaccinations"),
    "11488-4": ("10", "CR ou fiche de consultation ou de visite"),
    "11490-0": ("11", "Lettre de liaison à la sortie d'un établissement de soins"),
    "11502-2": ("10", "CR d'examens biologiques"),
    "11505-5": ("10", "CR d'acte thérapeutique (autre)"),
    "11506-3": ("10", "CR ou fiche de suivi de soins par auxiliaire médical"),
    "15507-7": ("10", "CR de passage aux urgences"),
    "15508-5": ("10", "CR d'accouchement"),
    "18748-4": ("10", "CR d'imagerie médicale"),
    "18761-7": ("11", "Note de transfert (dont lettre de liaison à l'entrée en établissement de soins)"),
    "18776-5": ("44", "Plan personnalisé de soins"),
    "28617-9": ("10", "Bilan bucco-dentaire"),
    "28653-4": ("11", "Document du secteur social / médico-social"),
    "34112-3": ("10", "CR hospitalier (séjour)"),
    "34120-6": ("10", "Bilan par professionnel de santé"),
    "34749-2": ("10", "CR de consultation pré-anesthésique"),
    "34794-8": ("10", "CR de réunion de concertation pluridisciplinaire"),
    "34842-5": ("10", "Grille d'évaluation médico-social"),
    "34874-8": ("10", "CR opératoire"),
    "47420-5": ("10", "CR de bilan fonctionnel"),
    "51851-4": ("95", "Document administratif"),
    "55115-0": ("42", "Demande d'actes d'imagerie"),
    "56445-0": ("11", "Bilan médicamenteux (Officine)"),
    "57833-6": ("42", "Prescription de produits de santé"),
    "59283-2": ("10", "CR d'examen de l'enfant"),
    "60568-3": ("10", "CR d'anatomie et de cytologie pathologiques"),
    "60593-1": ("43", "Dispensation médicamenteuse"),
    "70004-7": ("10", "CR d'acte diagnostique (autre)"),
    "78513-9": ("10", "CR de consultation en ophtalmologie"),
    "78601-2": ("10", "CR d'entretien pharmaceutique"),
    "83901-9": ("10", "Bilan psychologique"),
    "83981-1": ("11", "Lettre de liaison à la sortie d'une structure sociale ou médico-sociale"),
    "85208-7": ("10", "CR de télémédecine"),
    "87273-9": ("45", "Note de vaccination"),
    "89601-9": ("52", "Certificat médical"),
    "96349-6": ("10", "Lettre d'adressage"),
    "CERT_DECL": ("52", "Certificat, déclaration"),
    "DOCPAT01": ("90", "Synthèse déposée par le patient"),
    "DOCPAT02": ("90", "Traitement ou document de soins déposé par le patient"),
    "DOCPAT03": ("90", "CR déposé par le patient"),
    "DOCPAT04": ("90", "Imagerie déposée par le patient"),
    "DOCPAT05": ("90", "CR de biologie déposé par le patient"),
    "DOCPAT06": ("90", "CR de prévention déposé par le patient"),
    "DOCPAT07": ("90", "Certificat déposé par le patient"),
    "DOCPAT09": ("90", "Document administratif déposé par le patient"),
    "EXPPAT_1": ("90", "Volontés et droits du patient"),
    "EXPPAT_2": ("90", "Autre document du patient"),
    "EXPPAT_3": ("90", "Directives anticipées"),
    "PRESC-AAT": ("42", "Prescription arrêt de travail"),
    "PRESC-BIO": ("42", "Prescription d'actes de biologie médicale"),
    "PRESC-INF": ("42", "Prescription d'actes infirmiers"),
    "PRESC-KINE": ("42", "Prescription d'actes de kinésithérapie"),
    "PRESC-ORTHOPHO": ("42", "Prescription d'actes d'orthophonie"),
    "PRESC-ORTHOPTIE": ("42", "Prescription d'actes d'orthoptie"),
    "PRESC-PEDI": ("42", "Prescription d'actes de pédicurie"),
    "PROT_ALD": ("44", "Protocole de soins ALD"),
    "REMB": ("60", "Données de remboursement"),
    "SYNTH": ("11", "Synthèse"),
}

TYPES = {
    code: Code(code, LOINC if code[0].isdigit() else TYPE_COMPLEMENT, label) for code, (_, label) in _TYPES.items()
}
CATEGORIES = {
    code: Code(category, "1.2.250.1.213.1.1.4.1", _CLASSES[category]) for code, (category, _) in _TYPES.items()
}

PDF_FORMAT = Code("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3", "Document à corps non structuré en Pdf/A-1")

SECTOR = {
    code: Code(code, SECTORS, label)
    for code, label in {
        "SA01": "Etablissement public de santé",
        "SA04": "Etablissement privé non PSPH",
        "SA07": "Cabinet individuel",
        "SA08": "Cabinet de groupe",
        "SA17": "Etablissement pour personnes âgées",
        "SA24": "Organisme de sécurité sociale",
        "SA25": "Laboratoire de biologie médicale",
        "SA33": "Pharmacie d'officine",
        "SA52": "Maison de santé ou Pôle de santé",
        "SA57": "Structure de coopération avec mission de coordination de soins",
    }.items()
}

SETTING = {
    code: Code(code, SETTINGS, label)
    for code, label in {
        "AMBULATOIRE": "Ambulatoire",
        "AMO": "Organisme d'assurance maladie obligatoire",
        "ESSMS": "Etablissement ou Service Social ou Médico-Social",
        "ETABLISSEMENT": "Etablissement de santé",
    }.items()
}

INSURANCE_FEED = Code(
    "ALIM_AM", OTHER_PRODUCERS, "Alimentation automatique à partir du Système d'Information de l'Assurance Maladie"
)

ENCOUNTER = {
    "IMP": Code("IMP", "2.16.840.1.113883.5.4", "Hospitalisation (établissement, y compris HAD)"),
    "EMER": Code("EMER", "2.16.840.1.113883.5.4", "Passage aux urgences (établissement)"),
    "AMB": Code("AMB", "2.16.840.1.113883.5.4", "Ambulatoire (hors établissement)"),
    "EXTERNE": Code("EXTERNE", "1.2.250.1.213.1.1.4.2.291", "Acte et consultation externe (établissement)"),
}

CONFIDENTIALITY = {
    "N": NORMAL,
    "R": Code("R", "2.16.840.1.113883.5.25", "Restreint"),
}
