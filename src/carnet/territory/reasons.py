"""Why people consult, go to hospital or have a picture taken: the facts and sentences that documents about one story share."""

from carnet.territory.codes import DICOM, SNOMED
from carnet.territory.conditions import CONDITIONS
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen


@frozen
class Reason:
    """A consultation's matter. medicines, child_medicines: keys of `medicines.MEDICINES`."""

    label: str
    cim10: str
    complaint: str
    examination: str
    plan: str
    medicines: tuple[str, ...] = ()
    child_medicines: tuple[str, ...] = ()


@frozen
class Stay:
    """An operation and its stay. days: length of the stay. medicines: at discharge."""

    label: str
    cim10: str
    act: str
    ccam: str
    days: int
    story: str
    report: str
    next_steps: str
    medicines: tuple[str, ...]


@frozen
class Exam:
    """An imaging exam. findings: (what is seen, conclusion) variants, the first being the usual one. radiation: shown as printed."""

    title: str
    ccam: str
    act: str
    modality: Code
    region: Code
    indication: str
    technique: str
    findings: tuple[tuple[str, str], ...]
    radiation: str | None = None


# One line per row.
# fmt: off
REASONS = {
    "angine": Reason("Angine aiguë, sans précision", "J03.9", "Douleur pharyngée et fièvre depuis deux jours.", "Amygdales rouges et augmentées de volume, adénopathies sensibles, test rapide positif.", "Antibiothérapie de six jours et antalgiques ; revoir si la fièvre persiste au-delà de trois jours.", ("amoxicilline", "paracetamol"), ("amoxicilline-enfant", "paracetamol-enfant")),
    "bronchite": Reason("Bronchite aiguë, sans précision", "J20.9", "Toux grasse depuis une semaine, sans gêne respiratoire.", "Quelques ronchi aux deux bases, saturation 98 % à l'air ambiant, pas de foyer.", "Traitement symptomatique ; radiographie si la fièvre réapparaît.", ("paracetamol",), ("paracetamol-enfant",)),
    "otite": Reason("Otite moyenne, sans précision", "H66.9", "Otalgie fébrile depuis la veille au soir.", "Tympan droit bombant et congestif, tympan gauche normal, nuque souple.", "Antibiothérapie et antalgiques ; contrôle du tympan dans dix jours.", ("amoxicilline", "paracetamol"), ("amoxicilline-enfant", "paracetamol-enfant")),
    "gastro": Reason("Gastro-entérite, sans précision", "A09.9", "Diarrhée et vomissements depuis vingt-quatre heures.", "Abdomen souple, pas de signe de déshydratation, poids stable.", "Réhydratation par la bouche, alimentation fractionnée ; revoir en cas de sang dans les selles.", ("paracetamol",), ("paracetamol-enfant",)),
    "lombalgie": Reason("Lombalgie basse", "M54.5", "Douleur lombaire après un effort de soulèvement, sans irradiation.", "Contracture para-vertébrale, pas de déficit moteur ni sensitif, signe de Lasègue absent.", "Maintien de l'activité, antalgiques, kinésithérapie ; imagerie inutile à ce stade.", ("paracetamol", "ibuprofene"), ("paracetamol-enfant",)),
    "entorse": Reason("Entorse et foulure de la cheville", "S93.4", "Torsion de la cheville droite lors d'une marche.", "Œdème externe, douleur du faisceau antérieur, appui possible sur quatre pas.", "Glaçage, attelle, appui selon la douleur, kinésithérapie.", ("paracetamol", "ibuprofene"), ("paracetamol-enfant",)),
    "migraine": Reason("Migraine, sans précision", "G43.9", "Céphalées pulsatiles d'un côté, avec nausées, trois fois par mois.", "Examen neurologique normal, tension artérielle normale.", "Agenda des crises, repos, antalgique dès le début ; traitement de fond à discuter.", ("ibuprofene",), ("paracetamol-enfant",)),
    "cystite": Reason("Cystite aiguë", "N30.0", "Brûlures urinaires et envies fréquentes depuis la veille.", "Pas de fièvre, fosses lombaires libres, bandelette positive.", "Boissons abondantes et antibiothérapie ; examen des urines si les signes persistent.", ("amoxicilline",), ("amoxicilline-enfant",)),
    "contraception": Reason("Conseil et avis généraux sur la contraception", "Z30.0", "Souhait d'une contraception.", "Pas de facteur de risque vasculaire, tension artérielle normale.", "Contraception par voie orale, information remise, rendez-vous dans trois mois.", ("contraception",), ("contraception",)),
    "check-up": Reason("Examen médical général", "Z00.0", "Consultation de prévention, sans plainte.", "Examen cardio-pulmonaire et abdominal sans particularité.", "Mise à jour des vaccins, activité physique, bilan biologique si besoin."),
    "fatigue": Reason("Malaise et fatigue", "R53", "Fatigue depuis plusieurs semaines, sommeil peu réparateur.", "Examen clinique normal, pas de perte de poids.", "Bilan biologique et nouvelle consultation avec les résultats."),
    "grossesse": Reason("Surveillance d'une grossesse normale", "Z34.9", "Consultation de suivi de grossesse.", "Hauteur utérine adaptée au terme, bruits du cœur perçus, tension artérielle normale.", "Supplémentation en fer, échographie du terme programmée.", ("fer-b9",), ("fer-b9",)),
    "douleur-thoracique": Reason("Douleur thoracique, sans précision", "R07.4", "Oppression thoracique au repos pendant une heure.", "Hémodynamique stable, électrocardiogramme sans signe d'ischémie, troponine négative à deux reprises.", "Retour au domicile avec avis cardiologique sous quinze jours.", ("aspirine", "paracetamol"), ("paracetamol-enfant",)),
    "chute": Reason("Chute, sans précision", "W19", "Chute de sa hauteur dans la chambre, sans perte de connaissance.", "Ecchymose de la hanche, mobilité conservée, orientation normale.", "Surveillance, évaluation du risque de chute et kinésithérapie.", ("paracetamol",), ("paracetamol-enfant",)),
}

STAYS = {
    "appendicite": Stay("Appendicite aiguë, sans précision", "K35.8", "Appendicectomie, par cœlioscopie", "HHFA016", 2, "Douleur de la fosse iliaque droite d'aggravation progressive, fièvre à 38,3 °C, hyperleucocytose ; l'échographie montre un appendice de 9 mm.", "Installation en décubitus dorsal. Trois trocarts. Appendice phlegmoneux sans perforation. Section de la base entre ligatures, extraction en sac. Toilette, pas de drainage.", "Reprise de l'alimentation le soir même. Ablation des fils à J10 par une infirmière, contrôle à un mois.", ("paracetamol",)),
    "hanche": Stay("Coxarthrose primaire, unilatérale", "M16.1", "Remplacement de l'articulation de la hanche par prothèse totale", "NEKA020", 5, "Coxarthrose droite invalidante malgré le traitement médical, périmètre de marche réduit à deux cents mètres.", "Voie antérieure. Cupule sans ciment, tige sans ciment, tête en céramique de 32 mm. Stabilité et longueur satisfaisantes. Fermeture plan par plan.", "Appui complet autorisé. Kinésithérapie, prévention de la phlébite, radiographie et consultation à six semaines.", ("paracetamol", "tramadol", "lactulose")),
    "genou": Stay("Gonarthrose primaire, unilatérale", "M17.1", "Remplacement de l'articulation du genou par prothèse tricompartimentaire", "NFKA007", 4, "Gonarthrose gauche évoluée, douleurs nocturnes, échec des infiltrations.", "Voie para-patellaire interne. Coupes guidées, implants cimentés. Bon équilibre ligamentaire, flexion à 120°.", "Lever à J1, kinésithérapie quotidienne, contrôle à six semaines.", ("paracetamol", "tramadol", "lactulose")),
    "hernie": Stay("Hernie inguinale, unilatérale, sans occlusion ni gangrène", "K40.9", "Cure de hernie de l'aine avec pose de prothèse, par cœlioscopie", "LMMC002", 1, "Tuméfaction inguinale gauche réductible, gênante à l'effort.", "Voie pré-péritonéale. Réduction du sac, mise en place d'une plaque de 10 × 15 cm. Pas de saignement.", "Pas de port de charge pendant trois semaines. Contrôle à un mois.", ("paracetamol", "ibuprofene")),
    "cataracte": Stay("Cataracte sénile nucléaire", "H25.1", "Extraction du cristallin par phakoémulsification, avec implantation", "BFGA004", 1, "Baisse progressive de la vision de l'œil droit, gêne à la lecture.", "Anesthésie topique. Incision de 2,2 mm, phakoémulsification, implant pliable dans le sac. Fin d'intervention sans incident.", "Collyres pendant quatre semaines, coque la nuit, contrôle le lendemain puis à un mois.", ("paracetamol",)),
    "sein": Stay("Tumeur maligne du sein, sans précision", "C50.9", "Tumorectomie du sein avec exérèse du ganglion sentinelle", "QEFA004", 2, "Nodule du quadrant supéro-externe gauche de 14 mm, classé ACR 5, confirmé par biopsie.", "Repérage préopératoire. Exérèse en bloc, berges à distance macroscopiquement, un ganglion sentinelle prélevé.", "Présentation du dossier en réunion pluridisciplinaire, soins infirmiers, consultation à dix jours.", ("paracetamol",)),
    "pneumopathie": Stay("Pneumopathie, sans précision", "J18.9", "Prise en charge médicale", "", 6, "Toux fébrile et gêne respiratoire ; foyer de la base droite à la radiographie, saturation 91 % à l'air ambiant.", "", "Fin de l'antibiothérapie au domicile, radiographie de contrôle à six semaines.", ("amoxicilline", "paracetamol")),
    "decompensation": Stay("Insuffisance cardiaque congestive", "I50.0", "Prise en charge médicale", "", 8, "Prise de cinq kilogrammes en dix jours, œdèmes des membres inférieurs et gêne au moindre effort.", "", "Pesée trois fois par semaine, régime peu salé, bilan rénal à huit jours, cardiologue à un mois.", ("furosemide", "bisoprolol", "ramipril")),
    "accouchement": Stay("Accouchement unique et spontané", "O80.9", "Accouchement par voie basse", "JQGD010", 4, "Travail spontané à terme, grossesse de déroulement normal.", "", "Visites de la sage-femme au domicile, consultation à six semaines.", ("paracetamol", "fer-b9")),
}

_CHEST = Code("67734004", SNOMED, "segment thoracique du tronc")
_TRUNK = Code("63337009", SNOMED, "segment abdominopelvien du tronc")
_LEG = Code("61685007", SNOMED, "membre inférieur")
_ARM = Code("53120007", SNOMED, "membre supérieur")
_HEAD = Code("774007", SNOMED, "tête et cou")
_HEART = Code("80891009", SNOMED, "cœur")
_BREAST = Code("76752008", SNOMED, "sein")
_DX, _US, _CT = (
    Code("DX", DICOM, "Radiographie numérique"),
    Code("US", DICOM, "Échographie"),
    Code("CT", DICOM, "Tomodensitométrie"),
)
_MG, _MR, _BMD = (
    Code("MG", DICOM, "Mammographie"),
    Code("MR", DICOM, "Résonance magnétique"),
    Code("BMD", DICOM, "Ostéodensitométrie"),
)

EXAMS = {
    "thorax": Exam("Radiographie du thorax", "ZBQK002", "Radiographie du thorax", _DX, _CHEST, "Toux et fièvre.", "Cliché de face en inspiration.", (("Transparence pulmonaire normale. Culs-de-sac pleuraux libres. Silhouette cardiaque de taille normale.", "Radiographie du thorax sans anomalie."), ("Opacité alvéolaire de la base droite. Pas d'épanchement.", "Foyer de la base droite. Contrôle à six semaines conseillé.")), "PDS : 0,8 dGy.cm²"),
    "abdomen": Exam("Échographie de l'abdomen", "ZCQM008", "Échographie transcutanée de l'abdomen", _US, _TRUNK, "Douleurs abdominales.", "Sonde convexe de 5 MHz, patient à jeun.", (("Foie de taille et d'échostructure normales. Vésicule à paroi fine, sans calcul. Reins sans dilatation.", "Échographie abdominale sans anomalie."), ("Foie discrètement brillant. Deux calculs vésiculaires mobiles de 6 mm, sans épaississement de la paroi.", "Lithiase vésiculaire non compliquée, stéatose discrète."))),
    "appendice": Exam("Échographie de la fosse iliaque droite", "ZCQM008", "Échographie transcutanée de l'abdomen", _US, _TRUNK, "Douleur de la fosse iliaque droite fébrile.", "Sonde linéaire haute fréquence.", (("Appendice de 9 mm, non compressible, infiltration de la graisse voisine. Pas de collection.", "Aspect d'appendicite aiguë non compliquée."),)),
    "cheville": Exam("Radiographie de la cheville", "NGQK001", "Radiographie de la cheville selon 1 à 3 incidences", _DX, _LEG, "Traumatisme en torsion.", "Face, profil et incidence de trois quarts.", (("Pas de trait de fracture. Interligne articulaire respecté. Épaississement des parties molles externes.", "Pas de lésion osseuse."), ("Arrachement osseux millimétrique de la pointe de la malléole externe.", "Arrachement osseux malléolaire externe, sans déplacement."))),
    "poignet": Exam("Radiographie du poignet", "MCQK001", "Radiographie de la main ou du poignet", _DX, _ARM, "Chute sur la main.", "Face et profil.", (("Fracture en motte de beurre de la métaphyse distale du radius, sans déplacement.", "Fracture du radius distal, peu déplacée."), ("Pas de lésion osseuse visible.", "Radiographie normale."))),
    "hanche": Exam("Radiographie du bassin et de la hanche", "NEQK010", "Radiographie de l'articulation coxofémorale", _DX, _LEG, "Douleurs de hanche, bilan avant intervention.", "Bassin de face, hanche de profil.", (("Pincement supérieur de l'interligne droit, ostéophytes, condensation sous-chondrale.", "Coxarthrose droite évoluée."),)),
    "genou-irm": Exam("IRM du genou", "NZQN001", "Remnographie d'un segment du membre inférieur, sans injection", _MR, _LEG, "Blocages et douleur interne.", "Séquences pondérées T1 et densité de protons avec saturation de la graisse, trois plans.", (("Fissure horizontale de la corne postérieure du ménisque interne. Ligaments croisés continus. Épanchement minime.", "Lésion méniscale interne dégénérative."), ("Ménisques et ligaments normaux. Pas d'épanchement.", "IRM du genou normale."))),
    "crane": Exam("Scanner cérébral", "ACQK001", "Scanographie du crâne et de son contenu, sans injection de produit de contraste", _CT, _HEAD, "Traumatisme crânien sous anticoagulant.", "Acquisition hélicoïdale sans injection.", (("Pas de saignement intra ou extra-cérébral. Structures médianes en place. Atrophie en rapport avec l'âge.", "Pas de lésion hémorragique."),), "PDL : 812 mGy.cm"),
    "mammographie": Exam("Mammographie bilatérale de dépistage", "QEQK004", "Mammographie de dépistage", _MG, _BREAST, "Dépistage organisé.", "Deux incidences par sein, double lecture.", (("Densité mammaire de type B. Pas d'opacité suspecte, pas de foyer de microcalcifications.", "Mammographie normale, ACR 1 des deux côtés. Prochain dépistage dans deux ans."), ("Microcalcifications rondes éparses du sein droit, stables.", "ACR 2 à droite, ACR 1 à gauche. Prochain dépistage dans deux ans.")), "Dose glandulaire moyenne : 1,4 mGy"),
    "mammographie-suspecte": Exam("Mammographie et échographie mammaire", "QEQK001", "Mammographie bilatérale", _MG, _BREAST, "Nodule palpé du sein gauche.", "Face, obliques externes et agrandissements, échographie ciblée.", (("Opacité spiculée de 14 mm du quadrant supéro-externe gauche, nodule hypoéchogène aux contours irréguliers.", "ACR 5 à gauche : un prélèvement est nécessaire."),), "Dose glandulaire moyenne : 1,6 mGy"),
    "coeur": Exam("Échographie-doppler du cœur", "DZQM006", "Échographie-doppler transthoracique du cœur et des vaisseaux intrathoraciques", _US, _HEART, "Hypertension artérielle, bilan du retentissement.", "Voies parasternale, apicale et sous-costale.", (("Ventricule gauche de taille normale, fraction d'éjection 62 %. Valves fines. Pressions de remplissage normales.", "Échographie cardiaque normale."), ("Hypertrophie concentrique modérée, fraction d'éjection 56 %, oreillette gauche dilatée.", "Cardiopathie hypertensive modérée, fonction systolique conservée."))),
    "obstetrique": Exam("Échographie obstétricale du deuxième trimestre", "JQQM018", "Échographie de surveillance de la grossesse au 2e trimestre", _US, _TRUNK, "Suivi de grossesse.", "Voie abdominale.", (("Biométrie au 48e percentile. Morphologie accessible sans anomalie. Placenta antérieur, liquide en quantité normale.", "Échographie du deuxième trimestre sans particularité."),)),
    "osteodensitometrie": Exam("Ostéodensitométrie", "PAQK007", "Ostéodensitométrie sur deux sites, par méthode biphotonique", _BMD, Code("737561001", SNOMED, "colonne vertébrale et/ou moelle épinière"), "Ménopause, antécédent de fracture.", "Rachis lombaire et hanche.", (("T-score lombaire −2,7, T-score du col fémoral −2,2.", "Ostéoporose densitométrique lombaire."),)),
}
# fmt: on


def reason(topic: str) -> Reason:
    """The reason of a consultation: an acute one, or the follow-up of a lasting condition."""
    known = REASONS.get(topic)
    if known is not None:
        return known
    condition = CONDITIONS[topic]
    return Reason(
        label=condition.label,
        cim10=condition.cim10,
        complaint="Consultation de suivi, sans plainte nouvelle.",
        examination="État général conservé, examen clinique sans élément nouveau.",
        plan=f"{condition.advice[0].upper()}{condition.advice[1:]}.",
        medicines=condition.medicines,
        child_medicines=condition.medicines,
    )
