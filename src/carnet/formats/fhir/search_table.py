"""
The search parameters of DocumentReference and of List that we know, as tables: for reading a search and for the CapabilityStatement.

Source: IHE MHD 4.2 ITI-66, ITI-67; PDSm 3.1 flux 5 (documents.md §3.2); FHIR R4 §3.1.1.4 for the kinds.
"""

from enum import StrEnum

from carnet.domain.record.lists.search import ListParameter
from carnet.domain.record.search import Parameter
from carnet.vocabulary.frozen import frozen

_FHIR = "http://hl7.org/fhir/SearchParameter/"
_PDSM = "https://interop.esante.gouv.fr/ig/fhir/pdsm/SearchParameter/"
_MHD = "https://profiles.ihe.net/ITI/MHD/SearchParameter/"


class Kind(StrEnum):
    """FHIR types of search parameters."""

    TOKEN = "token"  # noqa: S105  a FHIR word, no secret
    DATE = "date"
    STRING = "string"
    REFERENCE = "reference"


@frozen
class Known:
    """parameter: None for those that name the patient. definition: canonical URL, or None for a chain. text: in French."""

    name: str
    kind: Kind
    parameter: Parameter | ListParameter | None
    definition: str | None
    text: str


TABLE = (
    Known("patient", Kind.REFERENCE, None, _FHIR + "clinical-patient", "Patient concerné : identifiant du dossier"),
    Known("patient.identifier", Kind.TOKEN, None, None, "Patient concerné : matricule INS, `système|valeur`"),
    Known("subject", Kind.REFERENCE, None, _FHIR + "DocumentReference-subject", "Comme patient"),
    Known("subject.identifier", Kind.TOKEN, None, None, "Comme patient.identifier"),
    Known("_id", Kind.TOKEN, Parameter.ID, _FHIR + "Resource-id", "Identifiant de la fiche"),
    Known(
        "_lastUpdated",
        Kind.DATE,
        Parameter.LAST_UPDATED,
        _FHIR + "Resource-lastUpdated",
        "Dernière modification de la fiche",
    ),
    Known("status", Kind.TOKEN, Parameter.STATUS, _FHIR + "DocumentReference-status", "Statut : current ou superseded"),
    Known("type", Kind.TOKEN, Parameter.TYPE, _FHIR + "clinical-type", "Type du document"),
    Known("category", Kind.TOKEN, Parameter.CATEGORY, _FHIR + "DocumentReference-category", "Classe du document"),
    Known("facility", Kind.TOKEN, Parameter.FACILITY, _FHIR + "DocumentReference-facility", "Secteur d'activité"),
    Known("setting", Kind.TOKEN, Parameter.SETTING, _FHIR + "DocumentReference-setting", "Cadre d'exercice"),
    Known(
        "identifier",
        Kind.TOKEN,
        Parameter.IDENTIFIER,
        _FHIR + "clinical-identifier",
        "Identifiant unique du document ou de sa fiche",
    ),
    Known("date", Kind.DATE, Parameter.DATE, _FHIR + "DocumentReference-date", "Date de création du document"),
    Known(
        "creation", Kind.DATE, Parameter.CREATION, _MHD + "DocumentReference-Creation", "Date de création du document"
    ),
    Known("period", Kind.DATE, Parameter.PERIOD, _FHIR + "DocumentReference-period", "Période de l'acte"),
    Known(
        "period-start",
        Kind.DATE,
        Parameter.PERIOD_START,
        _PDSM + "PDSm-DocumentReference-period-start",
        "Début de l'acte",
    ),
    Known("period-end", Kind.DATE, Parameter.PERIOD_END, _PDSM + "PDSm-DocumentReference-period-end", "Fin de l'acte"),
    Known("format", Kind.TOKEN, Parameter.FORMAT, _FHIR + "DocumentReference-format", "Format du document"),
    Known(
        "security-label",
        Kind.TOKEN,
        Parameter.SECURITY_LABEL,
        _FHIR + "DocumentReference-security-label",
        "Confidentialité et visibilité",
    ),
    Known("event", Kind.TOKEN, Parameter.EVENT, _FHIR + "DocumentReference-event", "Acte documenté"),
    Known(
        "relatesto",
        Kind.REFERENCE,
        Parameter.RELATES_TO,
        _FHIR + "DocumentReference-relatesto",
        "Fiche à laquelle le document se rapporte",
    ),
    Known(
        "related",
        Kind.REFERENCE,
        Parameter.RELATED,
        _FHIR + "DocumentReference-related",
        "Identifiant de référence (demande, examen)",
    ),
    Known(
        "author",
        Kind.REFERENCE,
        Parameter.AUTHOR,
        _FHIR + "DocumentReference-author",
        "Auteur, par son identifiant `système|valeur`",
    ),
    Known("author.identifier", Kind.TOKEN, Parameter.AUTHOR, None, "Auteur ou structure de l'auteur, par identifiant"),
    Known("author.family", Kind.STRING, Parameter.AUTHOR_FAMILY, None, "Début du nom de l'auteur"),
    Known("author.given", Kind.STRING, Parameter.AUTHOR_GIVEN, None, "Début du prénom de l'auteur"),
    Known(
        "isArchived",
        Kind.TOKEN,
        Parameter.IS_ARCHIVED,
        _PDSM + "PDSm-isArchived",
        "Documents archivés (true) ou non (false)",
    ),
)

BY_NAME = {known.name: known for known in TABLE}

LIST_TABLE = (
    *TABLE[:4],
    Known("_id", Kind.TOKEN, ListParameter.ID, _FHIR + "Resource-id", "Identifiant du lot ou du classeur"),
    Known(
        "_lastUpdated",
        Kind.DATE,
        ListParameter.LAST_UPDATED,
        _FHIR + "Resource-lastUpdated",
        "Dépôt du lot, ou dernier changement du classeur",
    ),
    Known("code", Kind.TOKEN, ListParameter.CODE, _FHIR + "clinical-code", "Genre : submissionset ou folder"),
    Known(
        "date", Kind.DATE, ListParameter.DATE, _FHIR + "clinical-date", "Soumission du lot, ou changement du classeur"
    ),
    Known(
        "designationType",
        Kind.TOKEN,
        ListParameter.DESIGNATION_TYPE,
        _MHD + "List-DesignationType",
        "Type d'activité (contentTypeCode du lot, codeList du classeur)",
    ),
    Known(
        "identifier",
        Kind.TOKEN,
        ListParameter.IDENTIFIER,
        _FHIR + "clinical-identifier",
        "Identifiant unique du lot ou du classeur, ou son identifiant",
    ),
    Known("status", Kind.TOKEN, ListParameter.STATUS, _FHIR + "List-status", "Statut : current"),
    Known(
        "isArchived",
        Kind.TOKEN,
        ListParameter.IS_ARCHIVED,
        _PDSM + "PDSm-isArchived",
        "Archivé : toujours false, ce sont les documents qui le sont",
    ),
    Known("title", Kind.STRING, ListParameter.TITLE, _FHIR + "List-title", "Début du titre, 64 caractères au plus"),
    Known("sourceId", Kind.TOKEN, ListParameter.SOURCE_ID, _MHD + "List-SourceId", "Système émetteur du lot"),
    Known(
        "source",
        Kind.REFERENCE,
        ListParameter.SOURCE,
        _FHIR + "List-source",
        "Auteur du lot, par son identifiant `système|valeur`",
    ),
    Known("source.identifier", Kind.TOKEN, ListParameter.SOURCE, None, "Auteur du lot, par identifiant"),
    Known("source.family", Kind.STRING, ListParameter.SOURCE_FAMILY, None, "Début du nom de l'auteur du lot"),
    Known("source.given", Kind.STRING, ListParameter.SOURCE_GIVEN, None, "Début du prénom de l'auteur du lot"),
    Known("source.name", Kind.STRING, ListParameter.SOURCE_NAME, None, "Début du nom ou du prénom de l'auteur du lot"),
    Known(
        "authorOrg",
        Kind.REFERENCE,
        ListParameter.AUTHOR_ORG,
        _PDSM + "PDSm-List-authorOrg",
        "Structure de l'auteur du lot, par son identifiant",
    ),
    Known(
        "item", Kind.REFERENCE, ListParameter.ITEM, _FHIR + "List-item", "Document ou classeur que la liste contient"
    ),
)

LIST_BY_NAME = {known.name: known for known in LIST_TABLE}

# Parameters of FHIR that this server does not serve, each with the code that says so.
NOT_SUPPORTED = {
    "_include": "include-not-supported",
    "_revinclude": "revinclude-not-supported",
    "_summary": "summary-not-supported",
    "_elements": "elements-not-supported",
    "_has": "has-not-supported",
    "_filter": "filter-not-supported",
}
