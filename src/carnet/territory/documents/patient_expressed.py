"""
What citizens say and deposit themselves: their wishes as CDA (N1), and papers they had at home as bare PDF with a fiche.

Source: documents.md §2.1 and §5.4 (EXPPAT_1, EXPPAT_3, DOCPAT01–09); class 90.
"""

import hashlib
from datetime import timedelta

from carnet.domain.record.model import Author, AuthorKind, Fiche, SourcePatient
from carnet.formats.cda.writing.model import PATIENT_SPEAKS, UNSTRUCTURED
from carnet.formats.cda.writing.unstructured import unstructured
from carnet.territory.cda_header import HeaderFacts, header
from carnet.territory.codes import CATEGORIES, PDF_FORMAT, TYPES
from carnet.territory.documents.scene import Scene, Written, in_french, patient_block
from carnet.territory.letter import Letter, Paragraph
from carnet.territory.pdf import draw
from carnet.vocabulary.moments import Moment

_WISHES = (
    "Je souhaite que la personne de confiance que j'ai désignée soit consultée si je ne peux plus m'exprimer.",
    "J'ai été informé{e} de mon droit de refuser un traitement et de celui de changer d'avis.",
    "Je ne m'oppose pas au don de mes organes après ma mort.",
)
_DIRECTIVES = (
    "Si je me trouve hors d'état d'exprimer ma volonté, je demande que l'on ne poursuive pas par des moyens artificiels une vie sans espoir de retour à la conscience.",
    "Je demande que ma douleur soit soulagée, même si cela devait abréger ma vie.",
    "Je souhaite, autant que possible, rester chez moi et près des miens.",
    "Je peux modifier ou annuler ces directives à tout moment.",
)
# Type code: title, text.
_PAPERS = {
    "DOCPAT01": (
        "Résumé de mes antécédents",
        "Opérations, maladies et traitements que j'ai notés au fil des années, avec leurs dates.",
    ),
    "DOCPAT02": ("Mon carnet de traitement", "Médicaments pris le matin, à midi et le soir, recopiés de ma boîte."),
    "DOCPAT03": (
        "Ancien compte rendu de consultation",
        "Compte rendu remis en main propre lors d'une consultation hors du territoire.",
    ),
    "DOCPAT04": (
        "Ancien compte rendu de radiographie",
        "Radiographie de la colonne : courbure normale, pas de tassement.",
    ),
    "DOCPAT05": (
        "Anciens résultats de prise de sang",
        "Cholestérol, glycémie et numération, résultats dans les valeurs de référence.",
    ),
    "DOCPAT06": (
        "Bilan de prévention",
        "Bilan proposé par ma mutuelle : tension, vue, audition, conseils d'activité physique.",
    ),
    "DOCPAT07": (
        "Certificat pour la pratique du sport",
        "Absence de contre-indication à la pratique du sport en loisir.",
    ),
    "DOCPAT09": ("Attestation de mutuelle", "Attestation de droits à la complémentaire santé pour l'année."),
}


def write_wishes(scene: Scene) -> Written:
    return _statement(scene, "EXPPAT_1", "Volontés et droits", _WISHES)


def write_directives(scene: Scene) -> Written:
    return _statement(scene, "EXPPAT_3", "Mes directives anticipées", _DIRECTIVES)


def write_upload(scene: Scene) -> Written:
    """A paper scanned at home: bare PDF, described by its fiche alone."""
    type_code = scene.chance().choice(sorted(_PAPERS))
    title, text = _PAPERS[type_code]
    written_on = scene.day - timedelta(days=scene.chance().randint(0, 400))
    content = draw(_page(scene, title, (f"Document du {in_french(written_on)}, déposé par mes soins.", text)))
    identity = scene.citizen.identity
    fiche = Fiche(
        expression="fiche",
        unique_id=scene.ids.unique_id,
        type=TYPES[type_code],
        category=CATEGORIES[type_code],
        format=PDF_FORMAT,
        mime_type="application/pdf",
        language="fr-FR",
        title=title,
        created=Moment.at(scene.at),
        service_start=Moment.at(scene.at),
        facility_type=PATIENT_SPEAKS,
        practice_setting=PATIENT_SPEAKS,
        authors=(
            Author(
                AuthorKind.PATIENT,
                identifier=identity.ins.matricule,
                system=identity.ins.oid,
                family=identity.traits.birth_name,
                given=identity.traits.first_given_name,
                specialty=PATIENT_SPEAKS,
                at=Moment.at(scene.at),
            ),
        ),
        confidentiality="N",
        labels=scene.planned.labels,
        size_bytes=len(content),
        hash_sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        source_patient=SourcePatient(
            ins=identity.ins,
            family=identity.traits.birth_name,
            given=(identity.traits.first_given_name,),
            birth_date=identity.traits.birth_date,
            gender="female" if scene.citizen.is_woman else "male",
        ),
    )
    return Written(content, type_code, title, "application/pdf", fiche)


def _statement(scene: Scene, type_code: str, title: str, sentences: tuple[str, ...]) -> Written:
    head = header(
        HeaderFacts(
            ids=scene.ids,
            templates=UNSTRUCTURED,
            type=TYPES[type_code],
            title=title,
            at=scene.at,
            citizen=scene.citizen,
            author=None,
            service=(scene.at, None),
            setting=PATIENT_SPEAKS,
            facility=PATIENT_SPEAKS,
        )
    )
    agreement = "e" if scene.citizen.is_woman else ""
    page = _page(scene, title, tuple(sentence.replace("{e}", agreement) for sentence in sentences))
    return Written(unstructured(head, draw(page)), type_code, title)


def _page(scene: Scene, title: str, sentences: tuple[str, ...]) -> Letter:
    address = scene.citizen.address
    return Letter(
        head=(
            scene.citizen.spelled_name,
            f"{address.number} {address.street}",
            f"{address.postal_code} {address.city}",
        ),
        patient=patient_block(scene.citizen),
        place_and_date=f"{address.city}, le {in_french(scene.day)}",
        title=title,
        blocks=tuple(Paragraph(sentence) for sentence in sentences),
        signature=(scene.citizen.spelled_name,),
        created=scene.at,
        author=scene.citizen.spelled_name,
    )
