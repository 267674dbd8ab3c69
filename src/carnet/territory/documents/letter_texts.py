"""The sentences of printed documents, by kind: a type, a title and parts, with blanks in braces that `letters` fills."""

from carnet.vocabulary.frozen import frozen


@frozen
class Text:
    """role: who writes it when the plan does not say. parts: `(heading or "", sentences)`."""

    type_code: str
    role: str
    title: str
    parts: tuple[tuple[str, str], ...]
    confidentiality: str = "N"


# One line per row.
# fmt: off
LETTERS = {
    "consultation": Text("11488-4", "gp", "Compte rendu de consultation", (
        ("Motif", "{subject}. {Label}. {complaint}"),
        ("Antécédents et traitements", "{history} {allergies} {treatments}"),
        ("Examen", "Poids {weight} kg, taille {height} cm, tension artérielle {pressure} mmHg, pouls {pulse}/min, température {temperature} °C. {examination}"),
        ("Conduite à tenir", "{plan}"),
        ("", "Les explications utiles ont été données et comprises. Je reste à la disposition de mes confrères pour toute précision."),
    )),
    "teleconsultation": Text("85208-7", "gp", "Compte rendu de téléconsultation", (
        ("Conditions", "Téléconsultation par vidéo du {date}, avec l'accord de {name}. Identité vérifiée, image et son de bonne qualité."),
        ("Motif", "{subject}. {Label}. {complaint}"),
        ("Appréciation", "Résultats biologiques commentés. {plan}"),
        ("Suites", "Consultation au cabinet si la gêne persiste."),
    )),
    "emergency": Text("15507-7", "emergency", "Compte rendu de passage aux urgences", (
        ("Accueil", "{subject}, adressé{e} aux urgences le {date}. Priorité de tri 3. {complaint}"),
        ("Antécédents et traitements", "{history} {allergies} {treatments}"),
        ("Examen", "Tension artérielle {pressure} mmHg, pouls {pulse}/min, saturation {saturation} %, température {temperature} °C. {examination}"),
        ("Diagnostic", "{Label}."),
        ("Orientation", "{plan} Un courrier est adressé à {doctor}."),
    )),
    "operation": Text("34874-8", "surgeon", "Compte rendu opératoire : {act}", (
        ("Indication", "{subject}. {story}"),
        ("Intervention", "{act}, le {date}. Liste de vérification de sécurité au bloc faite avant, pendant et après le geste."),
        ("Déroulement", "{report}"),
        ("Suites", "Pas d'incident, pertes sanguines minimes, prélèvements étiquetés et transmis. {next}"),
    )),
    "stay": Text("34112-3", "surgeon", "Compte rendu d'hospitalisation", (
        ("Séjour", "{subject}, hospitalisé{e} du {admitted} au {date} pour : {label}."),
        ("Antécédents et traitements", "{history} {allergies} {treatments}"),
        ("Histoire", "{story}"),
        ("Prise en charge", "{act}. {report}"),
        ("Évolution", "Suites simples. Apyrexie, reprise de l'alimentation et de la marche, douleur contrôlée par les antalgiques."),
        ("À la sortie", "{next}"),
    )),
    "anaesthesia": Text("34749-2", "anaesthetist", "Consultation pré-anesthésique", (
        ("Intervention prévue", "{subject}. {act}, pour : {label}."),
        ("Antécédents et traitements", "{history} {allergies} {treatments}"),
        ("Examen", "Poids {weight} kg, taille {height} cm, tension artérielle {pressure} mmHg. Ouverture de bouche normale, Mallampati 2. Pas de critère d'intubation difficile."),
        ("Conclusion", "Score ASA 2. Information donnée sur l'anesthésie, la douleur et le jeûne. Accord recueilli."),
    )),
    "pathology": Text("60568-3", "pathologist", "Compte rendu d'anatomie et de cytologie pathologiques", (
        ("Renseignements cliniques", "{subject}. {Label}. Prélèvement reçu en formol, correctement identifié."),
        ("Macroscopie", "Pièce mesurant {number} × 8 × 6 mm, incluse en totalité en deux blocs."),
        ("Microscopie", "Architecture analysée sur plusieurs niveaux de coupe, colorations standard et immunohistochimie au besoin."),
        ("Conclusion", "Aspect concordant avec le contexte clinique ({label}). Limites d'exérèse saines."),
    )),
    "ecg": Text("70004-7", "cardiologist", "Électrocardiogramme", (
        ("Indication", "{subject}. {Label}."),
        ("Tracé", "Douze dérivations, 25 mm/s. Fréquence {pulse}/min. PR et QRS de durée normale, axe normal, pas de trouble de la repolarisation."),
        ("Conclusion", "Tracé sans signe d'ischémie ; à comparer aux précédents."),
    )),
    "spirometry": Text("70004-7", "pulmonologist", "Exploration fonctionnelle respiratoire", (
        ("Indication", "{subject}. {Label}."),
        ("Résultats", "Taille {height} cm, poids {weight} kg. VEMS à 84 % de la valeur prédite, rapport VEMS/CV à 74 %. Gain de {number} % après bronchodilatateur."),
        ("Conclusion", "Trouble obstructif léger et réversible. Adapter le traitement de fond, contrôle dans un an."),
    )),
    "endoscopy": Text("70004-7", "gastroenterologist", "Compte rendu de fibroscopie œso-gastro-duodénale", (
        ("Indication", "{subject}. {Label}. {allergies}"),
        ("Examen", "Sous anesthésie, progression jusqu'au deuxième duodénum. Œsophage : ligne Z à 39 cm, pas d'ulcération. Estomac : muqueuse discrètement congestive, biopsies."),
        ("Conclusion", "Béance du cardia sans œsophagite. Résultat des biopsies à suivre."),
    )),
    "nursing": Text("11506-3", "nurse", "Fiche de suivi de soins infirmiers", (
        ("Contexte", "{subject}. Soins au décours de : {label}."),
        ("Soins", "Surveillance de la cicatrice et des constantes : tension artérielle {pressure} mmHg, pouls {pulse}/min, température {temperature} °C. Pansement refait, plaie propre, pas d'écoulement."),
        ("Transmission", "Pas de signe d'alerte. Prochain passage dans deux jours. {doctor} est tenu informé."),
    )),
    "physiotherapy": Text("47420-5", "physiotherapist", "Bilan-diagnostic kinésithérapique", (
        ("Contexte", "{subject}, adressé{e} par {doctor} pour : {label}."),
        ("Bilan initial", "Douleur 5/10 à l'effort. Mobilité limitée en fin d'amplitude, force 4/5, appui hésitant."),
        ("Objectifs et moyens", "Gain de mobilité, renforcement, reprise des gestes de la vie courante : {number} séances."),
        ("Bilan final", "Douleur 1/10, amplitudes retrouvées, exercices à poursuivre au domicile."),
    )),
    "podiatry": Text("34120-6", "podiatrist", "Bilan podologique", (
        ("Contexte", "{subject}. {Label}."),
        ("Examen", "Pouls pédieux perçus. Test au monofilament normal sur 8 points sur 8. Hyperkératose sous la première tête métatarsienne."),
        ("Conclusion", "Grade podologique 1. Soins d'hygiène, conseils de chaussage, contrôle dans six mois."),
    )),
    "dietetics": Text("34120-6", "dietitian", "Bilan diététique", (
        ("Contexte", "{subject}. {Label}. Poids {weight} kg pour {height} cm."),
        ("Enquête", "Trois repas réguliers, grignotage en fin d'après-midi, deux portions de légumes par jour."),
        ("Conseils", "Féculents complets à chaque repas, cinq fruits et légumes, boissons sucrées exceptionnelles. Nouveau rendez-vous dans deux mois."),
    )),
    "orthoptics": Text("34120-6", "orthoptist", "Bilan orthoptique", (
        ("Contexte", "{subject}, adressé{e} pour fatigue visuelle et maux de tête."),
        ("Examen", "Acuité 10/10 de chaque œil. Insuffisance de convergence, vision du relief conservée."),
        ("Conclusion", "{number} séances de rééducation proposées."),
    )),
    "speech": Text("34120-6", "speech-therapist", "Bilan orthophonique", (
        ("Contexte", "{subject}, adressé{e} pour des difficultés de langage écrit signalées par l'école."),
        ("Épreuves", "Vitesse de lecture au 15e percentile. Conscience phonologique fragile. Compréhension orale dans la norme."),
        ("Conclusion", "Trouble spécifique du langage écrit, d'intensité modérée. Rééducation de {number} séances, aménagements scolaires conseillés."),
    )),
    "occupational": Text("34120-6", "occupational-therapist", "Bilan d'ergothérapie", (
        ("Contexte", "{subject}. Évaluation de l'autonomie dans la chambre et lors des repas."),
        ("Observation", "Transferts avec surveillance, habillage du haut autonome, marche avec déambulateur sur trente mètres."),
        ("Propositions", "Barre d'appui près du lit, siège de douche, chaussures fermées."),
    )),
    "psychology": Text("83901-9", "psychologist", "Bilan psychologique", (
        ("Contexte", "{subject}, reçu{e} à trois reprises à la demande de {doctor}."),
        ("Entretiens et épreuves", "Contact facile, attention soutenue correcte. Fonctionnement intellectuel homogène, dans la moyenne de l'âge."),
        ("Synthèse", "Anxiété de performance sans retentissement majeur. Accompagnement de quelques séances proposé, point avec la famille ou l'entourage."),
    ), "R"),
    "ophthalmology": Text("78513-9", "ophthalmologist", "Compte rendu de consultation en ophtalmologie", (
        ("Motif", "{subject}. Contrôle de la vue. {history}"),
        ("Examen", "Acuité corrigée 10/10 à droite, 9/10 à gauche. Tension oculaire 14 mmHg des deux côtés. Fond d'œil sans hémorragie ni exsudat."),
        ("Conclusion", "Correction optique adaptée. Prochain contrôle dans un an."),
    )),
    "dental": Text("28617-9", "dentist", "Bilan bucco-dentaire", (
        ("Examen", "{subject}. Hygiène satisfaisante, gencives saines, une lésion carieuse débutante. {allergies}"),
        ("Soins", "Détartrage complet, obturation au composite."),
        ("Conseils", "Brossage deux fois par jour, fil dentaire, visite annuelle."),
    )),
    "birth": Text("15508-5", "midwife", "Compte rendu d'accouchement", (
        ("Grossesse", "{subject}. Grossesse de déroulement normal, terme de 39 semaines et 4 jours."),
        ("Travail et naissance", "Travail spontané de sept heures, péridurale, présentation céphalique. Naissance le {date} d'un enfant de 3 {number}0 g, Apgar 10/10."),
        ("Suites", "Délivrance complète, périnée intact. Allaitement débuté en salle de naissance."),
    )),
    "child-exam": Text("59283-2", "paediatrician", "Compte rendu d'examen de l'enfant", (
        ("Examen", "{subject}. Poids {weight} kg, taille {height} cm, température {temperature} °C. Développement psychomoteur conforme à l'âge. Auscultation, hanches et tympans normaux."),
        ("Prévention", "Vaccins à jour. Conseils de sommeil, d'alimentation et d'usage des écrans."),
        ("Suite", "Prochain examen selon le calendrier du carnet de santé. {allergies}"),
    )),
    "child-certificate": Text("CERT_DECL", "paediatrician", "Certificat d'examen de l'enfant", (
        ("Constatations", "{subject}. Examen obligatoire du {date}. Poids {weight} kg, taille {height} cm. Examen normal."),
        ("Conclusion", "Enfant en bonne santé apparente, vaccinations conformes au calendrier."),
    )),
    "certificate": Text("89601-9", "gp", "Certificat médical de non contre-indication à la pratique sportive", (
        ("", "Je soussigné{e_doctor}, docteur en médecine, certifie avoir examiné ce jour {name}, {age} ans."),
        ("Examen", "Poids {weight} kg, taille {height} cm, tension artérielle {pressure} mmHg, pouls {pulse}/min au repos. Auscultation cardiaque et pulmonaire normale."),
        ("", "L'examen ne montre pas, à ce jour, de contre-indication apparente à la pratique du sport, en loisir et en compétition."),
        ("", "Certificat remis en main propre le {date} pour faire valoir ce que de droit."),
    )),
    "sick-leave": Text("PRESC-AAT", "gp", "Prescription d'arrêt de travail", (
        ("Arrêt", "{name} ne peut exercer son activité pendant {days} jours à compter du {date}. Sorties autorisées sans restriction d'horaire."),
        ("Élément d'ordre médical", "{Label}."),
    )),
    "presc-bio": Text("PRESC-BIO", "gp", "Prescription d'examens de biologie médicale", (
        ("Examens", "{analyses}."),
        ("Consignes", "Prélèvement le matin à jeun depuis la veille au soir. {treatments} Résultats à m'adresser."),
    )),
    "presc-kine": Text("PRESC-KINE", "gp", "Prescription de kinésithérapie", (
        ("Prescription", "{number} séances de masso-kinésithérapie au cabinet, pour : {label}."),
        ("Objectifs", "Diminution de la douleur, récupération de la mobilité et de la force, apprentissage des exercices."),
    )),
    "presc-inf": Text("PRESC-INF", "gp", "Prescription d'actes infirmiers", (
        ("Prescription", "Soins au domicile, dimanches et jours fériés compris, pendant {number} jours, pour : {label}."),
        ("Actes", "Pansement tous les deux jours, surveillance de la température et de la cicatrice, ablation des fils au terme prévu. {allergies}"),
    )),
    "presc-pedi": Text("PRESC-PEDI", "gp", "Prescription de soins de pédicurie-podologie", (
        ("Prescription", "Bilan podologique et séances de prévention des lésions des pieds, pour : {label}."),
        ("Renseignements", "{history} {treatments}"),
    )),
    "presc-orthopho": Text("PRESC-ORTHOPHO", "gp", "Prescription d'orthophonie", (
        ("Prescription", "Bilan orthophonique avec rééducation si nécessaire."),
        ("Renseignements", "{subject}. Difficultés de langage écrit signalées par l'école, audition normale."),
    )),
    "presc-orthoptie": Text("PRESC-ORTHOPTIE", "ophthalmologist", "Prescription d'orthoptie", (
        ("Prescription", "Bilan orthoptique avec rééducation si nécessaire."),
        ("Renseignements", "{subject}. Fatigue visuelle, maux de tête en fin de journée."),
    )),
    "imaging-request": Text("55115-0", "gp", "Demande d'examen d'imagerie : {exam}", (
        ("Examen demandé", "{exam}, pour {subject}."),
        ("Justification", "{indication} {history}"),
        ("Précautions", "{allergies} {treatments}"),
    )),
    "referral": Text("96349-6", "gp", "Lettre d'adressage", (
        ("", "Cher confrère, chère consœur,"),
        ("", "Je vous remercie de recevoir {subject}, pour avis et prise en charge : {label}. {complaint}"),
        ("Antécédents et traitements", "{history} {allergies} {treatments}"),
        ("Examen", "Poids {weight} kg, taille {height} cm, tension artérielle {pressure} mmHg, pouls {pulse}/min. {examination}"),
        ("", "Je vous remercie de me tenir informé{e_doctor} de vos conclusions. Bien confraternellement."),
    )),
    "care-protocol": Text("PROT_ALD", "gp", "Protocole de soins pour une affection de longue durée", (
        ("Affection", "{subject}. {Label}."),
        ("Soins prévus", "Consultations trimestrielles, biologie de surveillance, avis spécialisé annuel. {treatments}"),
        ("Durée", "Protocole établi le {date}, à revoir au plus tard dans cinq ans."),
    )),
    "care-plan": Text("18776-5", "gp", "Plan personnalisé de soins", (
        ("Situation", "{subject}. {Label}. {history}"),
        ("Objectifs de la personne", "Garder une activité, comprendre son traitement, savoir qui appeler."),
        ("Plan", "{plan} Éducation thérapeutique en groupe, soutien psychologique proposé, contact du coordonnateur remis."),
        ("Réévaluation", "Dans trois mois, ou plus tôt en cas d'événement."),
    )),
    "case-meeting": Text("34794-8", "gynaecologist", "Compte rendu de réunion de concertation pluridisciplinaire", (
        ("Dossier", "{subject}. {Label}. Dossier présenté le {date} devant chirurgien, oncologue, radiologue, radiothérapeute et pathologiste."),
        ("Proposition", "Tumorectomie avec ganglion sentinelle, radiothérapie adjuvante, hormonothérapie selon les récepteurs."),
        ("Suites", "Consultation d'annonce programmée, plan personnalisé de soins remis à {name}."),
    )),
    "medication-review": Text("56445-0", "pharmacist", "Bilan partagé de médication", (
        ("Contexte", "{subject}. Entretien à la pharmacie. {history}"),
        ("Traitements", "{treatments} {allergies}"),
        ("Analyse", "Observance bonne. Pas d'interaction à risque majeur. Prise du soir parfois oubliée."),
        ("Propositions", "Pilulier hebdomadaire, plan de prise remis, copie à {doctor}."),
    )),
    "pharmacy-interview": Text("78601-2", "pharmacist", "Entretien pharmaceutique : anticoagulant", (
        ("Entretien", "{subject}. Explication du rôle du traitement, des signes de saignement et de la conduite en cas d'oubli."),
        ("Conclusion", "Carte de suivi remise. {treatments}"),
    )),
    "stay-bulletin": Text("51851-4", "emergency", "Bulletin de situation", (
        ("", "{name} a été accueilli{e} dans notre établissement le {date}."),
        ("", "Bulletin établi à la demande de l'intéressé{e} pour faire valoir ses droits. Il ne contient aucune donnée médicale."),
    )),
    "transfer-in": Text("18761-7", "gp", "Lettre de liaison à l'entrée en établissement", (
        ("Motif", "{subject}, accueilli{e} à l'EHPAD Les Glycines le {date}."),
        ("Antécédents et traitements", "{history} {allergies} {treatments}"),
        ("Autonomie", "Marche avec une aide technique, repas seul{e}, aide partielle pour la toilette."),
    )),
    "dependency": Text("34842-5", "geriatrician", "Grille d'évaluation de l'autonomie", (
        ("Évaluation", "{subject}. Cohérence et orientation : B. Toilette : B. Habillage : B. Alimentation : A. Transferts : B. Déplacements : B."),
        ("Conclusion", "Groupe iso-ressources {gir}. MMSE {score}/30."),
    )),
    "home-plan": Text("18776-5", "geriatrician", "Projet de soins personnalisé", (
        ("Situation", "{subject}. {history} {treatments}"),
        ("Projet", "Prévention des chutes, maintien de la marche, repas enrichis, animations de l'après-midi, visites de la famille."),
        ("Suivi", "Réunion d'équipe tous les six mois. Personne de confiance informée."),
    )),
    "social-note": Text("28653-4", "nurse", "Note de suivi de l'établissement", (
        ("Vie dans l'établissement", "{name} participe aux repas communs et à l'atelier mémoire. Sommeil calme, poids {weight} kg, stable."),
        ("Points à suivre", "Hydratation pendant les fortes chaleurs, chaussage, appareil auditif à vérifier."),
    )),
    "home-discharge": Text("83981-1", "geriatrician", "Lettre de liaison à la sortie de l'EHPAD", (
        ("Motif", "{subject}, adressé{e} aux urgences le {date} après une chute."),
        ("Antécédents et traitements", "{history} {allergies} {treatments}"),
        ("État habituel", "Marche avec déambulateur, orientation dans le lieu, aide pour la toilette. Groupe iso-ressources {gir}."),
    )),
}
# fmt: on
