"""
What a person may say that their document is: plain words for the types that are theirs.

Source: documents.md §5.4 (DOCPAT01–09, EXPPAT_1–3); official-app 2.5 (the categories offered).
"""

from collections.abc import Mapping

from carnet.domain.record.ports import TypeTable
from carnet.vocabulary.codes import Code
from carnet.vocabulary.frozen import frozen

_SYSTEM = "1.2.250.1.213.1.1.4.12"


@frozen
class OwnCategory:
    """key: in the form. type: of the document. words, hint: on the page."""

    key: str
    type: Code
    words: str
    hint: str | None = None


_OFFERED = (
    OwnCategory("analyses", Code("DOCPAT05", _SYSTEM, "CR de biologie déposé par le patient"), "Résultats d’analyses", "Prise de sang, analyse d’urine…"),
    OwnCategory("ordonnance", Code("DOCPAT02", _SYSTEM, "Traitement ou document de soins déposé par le patient"), "Ordonnance ou traitement", "Ordonnance, liste de médicaments, soins infirmiers…"),
    OwnCategory("compte-rendu", Code("DOCPAT03", _SYSTEM, "CR déposé par le patient"), "Compte rendu", "Consultation, hospitalisation, opération…"),
    OwnCategory("image", Code("DOCPAT04", _SYSTEM, "Imagerie déposée par le patient"), "Image médicale", "Radio, échographie, scanner, IRM"),
    OwnCategory("prevention", Code("DOCPAT06", _SYSTEM, "CR de prévention déposé par le patient"), "Prévention", "Carnet de vaccination, dépistage…"),
    OwnCategory("certificat", Code("DOCPAT07", _SYSTEM, "Certificat déposé par le patient"), "Certificat médical", "Sport, école, travail…"),
    OwnCategory("resume", Code("DOCPAT01", _SYSTEM, "Synthèse déposée par le patient"), "Résumé de ma santé", "Maladies, allergies, opérations passées…"),
    OwnCategory("administratif", Code("DOCPAT09", _SYSTEM, "Document administratif déposé par le patient"), "Papier administratif", "Mutuelle, attestation, facture…"),
    OwnCategory("volontes", Code("EXPPAT_1", _SYSTEM, "Volontés et droits du patient"), "Mes volontés", "Personne de confiance, don d’organes…"),
    OwnCategory("directives", Code("EXPPAT_3", _SYSTEM, "Directives anticipées"), "Directives anticipées", "Ce que vous souhaitez, ou refusez, en fin de vie"),
    OwnCategory("autre", Code("EXPPAT_2", _SYSTEM, "Autre document du patient"), "Autre document"),
)  # fmt: skip

KEPT = "actuelle"  # the key of a type that is offered to nobody, and that a document has

CATEGORIES: Mapping[str, OwnCategory] = {each.key: each for each in _OFFERED}
BY_TYPE: Mapping[str, OwnCategory] = {each.type.code: each for each in _OFFERED}
OPTIONS = [(each.key, each.words, each.hint) for each in _OFFERED]


def category_of(type_code: str, types: TypeTable) -> OwnCategory:
    """The category of a document of the person's: one of those offered, or its own type as it is."""
    known = types.find(type_code)
    if type_code in BY_TYPE or known is None:
        return BY_TYPE.get(type_code, CATEGORIES["autre"])
    return OwnCategory(KEPT, known.type, known.plain_name, "Ne pas changer")
