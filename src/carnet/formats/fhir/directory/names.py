"""Names of the Annuaire's FHIR guide: profiles, extensions, tables of codes. Source: identity-and-messaging.md §5.2, §5.4, §5.5."""

_NOS = "https://mos.esante.gouv.fr/NOS/"
_AS = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/"
_CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition/"
_ADXP = "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-"


def nos(table: str) -> str:
    """The system of a table of the NOS."""
    return f"{_NOS}{table}/FHIR/{table.replace('_', '-')}"


SOURCE = "https://annuaire.esante.gouv.fr"
PRACTITIONER_PROFILES = (_CORE + "fr-core-practitioner", _AS + "as-dp-practitioner")
ROLE_PROFILES = (_CORE + "fr-core-practitioner-role", _AS + "as-dp-practitionerrole")
ORGANIZATION_PROFILES = (_CORE + "fr-core-organization", _AS + "as-dp-organization")

ORGANIZATION_TYPES = _AS + "as-ext-organization-types"
MAILBOX_METADATA = _AS + "as-ext-mailbox-mss-metadata"
EMAIL_TYPE = _CORE + "fr-core-contact-point-email-type"
INSEE_CODE = _CORE + "fr-core-address-insee-code"
ORGANIZATION_PERIOD = "http://hl7.org/fhir/StructureDefinition/organization-period"
LINE_PARTS = {
    "addressee": _ADXP + "careOf",
    "locator": _ADXP + "additionalLocator",
    "house_number": _ADXP + "houseNumber",
    "repetition": _ADXP + "buildingNumberSuffix",
    "street_type": _ADXP + "streetNameType",
    "street": _ADXP + "streetNameBase",
    "mention": _ADXP + "postBox",
}

ENTITY_TYPE = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307"
COMMUNE = nos("TRE_R13-Commune")
SECTOR = nos("TRE_R02-SecteurActivite")
# FINESS publishes its categories under the name of a table that replaces TRE_R66.
CATEGORY = nos("TRE_R66-CategorieEtablissement")
EXERCISE_CATEGORY = (
    f"{_NOS}tre_r397-categorie-entite-geographique-exercice/FHIR/tre-r397-categorie-entite-geographique-exercice"
)
PROFESSION = nos("TRE_G15-ProfessionSante")
PROFESSIONAL_CATEGORY = nos("TRE_R09-CategorieProfessionnelle")
SKILL_TYPE = nos("TRE_R04-TypeSavoirFaire")
MODE = nos("TRE_R23-ModeExercice")
ACTIVITY = nos("TRE_R22-GenreActivite")
FUNCTION = nos("TRE_R21-Fonction")
CARE_ROLE = nos("TRE_R85-RolePriseCharge")
SECTION = nos("TRE_G05-SousSectionTableauCNOP")
MAIL_TYPE = nos("TRE_R256-TypeMessagerie")
MAILBOX_TYPE = nos("TRE_R257-TypeBAL")

# A skill's table, by how its code begins.
_SKILLS = (
    ("CAPA", nos("TRE_R43-CapaciteSavoirFaire")),
    ("CEX", nos("TRE_R40-CompetenceExclusive")),
    ("DSM", nos("TRE_R42-DESCnonQualifiant")),
    ("PAC", nos("TRE_R44-QualificationPAC")),
    ("FQ", nos("TRE_R45-FonctionQualifiee")),
    ("DEC", nos("TRE_R97-DroitExerciceCompl")),
    ("C", nos("TRE_R39-Competence")),
    ("S", nos("TRE_R38-SpecialiteOrdinale")),
)
_OTHER_SKILL = nos("TRE_R01-EnsembleSavoirFaire-CISIS")
SKILL_TABLES = frozenset({system for _, system in _SKILLS} | {_OTHER_SKILL})


def skill_system(code: str) -> str:
    """The table that a savoir-faire belongs to. Default where the digest says nothing: by the letters its code begins with."""
    return next((system for start, system in _SKILLS if code.startswith(start)), _OTHER_SKILL)


def role_system(code: str) -> str:
    """Of a role: functions of TRE_R21 begin with FON; the others are roles of TRE_R85."""
    return FUNCTION if code.startswith("FON") else CARE_ROLE


# Systems and types of the identifiers of a structure.
TECHNICAL_TYPE = "INTRN"
