"""Names and places that invented people carry. Family names are composed for the purpose; communes of birth are real (COG)."""

# One line per row.
# fmt: off
_HEADS = ("Val", "Roche", "Clair", "Mont", "Beau", "Haute", "Brun", "Font", "Castel", "Long", "Grand", "Bois", "Ville", "Pré", "Champ", "Bel", "Riv", "Combe")
_TAILS = ("morin", "vigne", "brune", "aigret", "lieu", "fontaine", "dorme", "castan", "briac", "ombre", "eroy", "noyer", "serin", "aubier", "marque", "tilleul")
FAMILY_NAMES = tuple(sorted({(head + tail).upper().replace("É", "E") for head in _HEADS for tail in _TAILS}))

FEMALE_NAMES = ("Adèle", "Agathe", "Alice", "Amina", "Anaïs", "Béatrice", "Camille", "Cécile", "Chloé", "Clémence", "Élodie", "Émilie", "Estelle", "Fatima", "Françoise", "Gaëlle", "Hélène", "Inès", "Jade", "Joséphine", "Julie", "Léa", "Léonie", "Lucie", "Madeleine", "Maëlle", "Manon", "Margaux", "Mathilde", "Monique", "Nathalie", "Noémie", "Océane", "Odette", "Pauline", "Rose", "Salomé", "Sarah", "Simone", "Sylvie", "Thérèse", "Valérie", "Yvonne", "Zoé")
MALE_NAMES = ("Adrien", "Ahmed", "Alexandre", "Antoine", "Arthur", "Augustin", "Baptiste", "Bernard", "Cédric", "Clément", "Damien", "Émile", "Étienne", "Fabien", "François", "Gabriel", "Gaël", "Georges", "Grégoire", "Guillaume", "Henri", "Hugo", "Jérôme", "Joël", "Jules", "Karim", "Laurent", "Léo", "Loïc", "Louis", "Marcel", "Mathéo", "Maxence", "Mehdi", "Michel", "Nicolas", "Noël", "Olivier", "Raphaël", "Rémi", "René", "Sébastien", "Théo", "Yann")

# COG code, name as spelled: communes, Corsica, overseas; then countries (99…).
BIRTH_PLACES = (("75056", "Paris"), ("69123", "Lyon"), ("13055", "Marseille"), ("31555", "Toulouse"), ("33063", "Bordeaux"), ("59350", "Lille"), ("67482", "Strasbourg"), ("35238", "Rennes"), ("44109", "Nantes"), ("34172", "Montpellier"), ("21231", "Dijon"), ("63113", "Clermont-Ferrand"), ("14118", "Caen"), ("38185", "Grenoble"), ("54395", "Nancy"), ("87085", "Limoges"), ("45234", "Orléans"), ("86194", "Poitiers"), ("97411", "Saint-Denis"), ("2B033", "Bastia"))
COUNTRIES = (("99139", "Portugal", "pt-PT"), ("99352", "Algérie", "ar-DZ"), ("99350", "Maroc", "ar-MA"), ("99127", "Italie", "it-IT"), ("99134", "Espagne", "es-ES"), ("99341", "Sénégal", "wo-SN"), ("99122", "Pologne", "pl-PL"))

STREETS = ("rue des Lilas", "rue du Four", "chemin des Vignes", "impasse du Puits", "avenue des Marronniers", "rue de la Fontaine", "place du Marché", "rue des Écoles", "allée des Cerisiers", "rue du Général-Oubrac", "boulevard du Canal", "rue de la Tannerie", "sente aux Loups", "rue Haute", "quai des Bateliers")
TOWNS = (("00100", "Valbrune"), ("00100", "Valbrune"), ("00100", "Valbrune"), ("00160", "Saint-Aubray"), ("00160", "Saint-Aubray"), ("00140", "Montaiguet-le-Vieux"))
# fmt: on
