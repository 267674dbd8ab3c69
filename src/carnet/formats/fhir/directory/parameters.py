"""
The search parameters of the Annuaire that we know, as tables: for reading a search and for the CapabilityStatement.

Source: identity-and-messaging.md §5.4; CapabilityStatement of the Annuaire's guide.
"""

from collections.abc import Mapping

from carnet.domain.directory.search import Field, Include, Kind
from carnet.formats.fhir.directory import names
from carnet.formats.fhir.search_table import Kind as Type
from carnet.vocabulary.frozen import frozen

_FHIR = "http://hl7.org/fhir/SearchParameter/"
_AS = "https://interop.esante.gouv.fr/ig/fhir/annuaire/SearchParameter/"


@frozen
class Known:
    """definition: canonical URL, or None where the guide gives none. text: in French."""

    name: str
    type: Type
    field: Field
    definition: str | None
    text: str


@frozen
class Searched:
    """
    One type of resource.

    profile: the one they follow. not_held: parameters of the guide about what our sources do not give. includes, reverse: by their names.
    """

    kind: Kind
    profile: str
    known: Mapping[str, Known]
    not_held: frozenset[str]
    includes: Mapping[str, Include]
    reverse: Mapping[str, Include]


def _table(resource: str, *known: Known) -> Mapping[str, Known]:
    everywhere = (
        Known("_id", Type.TOKEN, Field.ID, _FHIR + "Resource-id", "Identifiant de la ressource"),
        Known("_lastUpdated", Type.DATE, Field.CHANGED, _FHIR + "Resource-lastUpdated", "Dernière modification"),
        Known("active", Type.TOKEN, Field.ACTIVE, f"{_FHIR}{resource}-active", "En activité (true) ou non (false)"),
        Known("mailbox-mss", Type.STRING, Field.MAILBOX, _AS + "as-sp-mailbox-mss", "Adresse de messagerie sécurisée"),
    )
    return {each.name: each for each in (*everywhere, *known)}


_PERSON = Include(Field.PERSON)
_PLACE = Include(Field.PLACE_OF_WORK)

PRACTITIONER = Searched(
    Kind.PROFESSIONAL,
    names.PRACTITIONER_PROFILES[1],
    _table(
        "Practitioner",
        Known("family", Type.STRING, Field.FAMILY, _FHIR + "individual-family", "Début du nom d'exercice"),
        Known("given", Type.STRING, Field.GIVEN, _FHIR + "individual-given", "Début du prénom d'exercice"),
        Known("name", Type.STRING, Field.NAME, _FHIR + "Practitioner-name", "Début du nom, du prénom, ou des deux"),
        Known("identifier", Type.TOKEN, Field.NUMBER, _FHIR + "Practitioner-identifier", "RPPS, ADELI ou IDNPS"),
        Known("identifier-type", Type.TOKEN, Field.NUMBER_TYPE, None, "Type d'identifiant : IDNPS, RPPS ou ADELI"),
        Known("qualification-code", Type.TOKEN, Field.CODE, _AS + "as-sp-qualification-code", "Profession, catégorie ou savoir-faire"),
    ),
    frozenset({"number-smartcard", "type-smartcard", "data-information-system", "data-registration-authority"}),
    {},
    {"PractitionerRole:practitioner": Include(Field.PERSON, reverse=True)},
)  # fmt: skip
ROLE = Searched(
    Kind.SITUATION,
    names.ROLE_PROFILES[1],
    _table(
        "PractitionerRole",
        Known("identifier", Type.TOKEN, Field.NUMBER, _FHIR + "PractitionerRole-identifier", "Identifiant de la situation"),
        Known("practitioner", Type.REFERENCE, Field.PERSON, _FHIR + "PractitionerRole-practitioner", "Professionnel"),
        Known("organization", Type.REFERENCE, Field.PLACE_OF_WORK, _FHIR + "PractitionerRole-organization", "Structure"),
        Known("role", Type.TOKEN, Field.CODE, _FHIR + "PractitionerRole-role", "Fonction, genre d'activité, mode d'exercice ou section"),
        Known(
            "data-registration-authority", Type.TOKEN, Field.AUTHORITY, _AS + "as-sp-data-registration-authority", "Autorité d'enregistrement"
        ),
    ),
    frozenset({"data-information-system"}),
    {"PractitionerRole:practitioner": _PERSON, "PractitionerRole:organization": _PLACE},
    {},
)  # fmt: skip
ORGANIZATION = Searched(
    Kind.ORGANIZATION,
    names.ORGANIZATION_PROFILES[1],
    _table(
        "Organization",
        Known("name", Type.STRING, Field.NAME, _FHIR + "Organization-name", "Début de la raison sociale"),
        Known("address", Type.STRING, Field.ADDRESS, _FHIR + "Organization-address", "Commune ou code postal"),
        Known("address-city", Type.STRING, Field.CITY, _FHIR + "Organization-address-city", "Début du nom de la commune"),
        Known("address-postalcode", Type.STRING, Field.POSTAL_CODE, _FHIR + "Organization-address-postalcode", "Début du code postal"),
        Known("identifier", Type.TOKEN, Field.NUMBER, _FHIR + "Organization-identifier", "FINESS, SIRET, SIREN, IDNST ou identifiant technique"),
        Known("identifier-type", Type.TOKEN, Field.NUMBER_TYPE, None, "Type d'identifiant : IDNST, FINEG, FINEJ, SIRET, SIREN ou INTRN"),
        Known("partof", Type.REFERENCE, Field.PART_OF, _FHIR + "Organization-partof", "Entité juridique de rattachement"),
        Known("type", Type.TOKEN, Field.CODE, _FHIR + "Organization-type", "Entité juridique ou géographique, secteur ou catégorie"),
    ),
    frozenset({"pharmacy-licence", "data-information-system", "data-registration-authority"}),
    {"Organization:partof": Include(Field.PART_OF)},
    {"PractitionerRole:organization": Include(Field.PLACE_OF_WORK, reverse=True)},
)  # fmt: skip

RESOURCES: Mapping[str, Searched] = {
    "Practitioner": PRACTITIONER,
    "PractitionerRole": ROLE,
    "Organization": ORGANIZATION,
}
