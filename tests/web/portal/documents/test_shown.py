"""A document as a list shows it: who made it, when, and what it is, in plain words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from carnet.document_types.table import DocumentTypes
from carnet.domain.access.model import AccessClass, AvailabilityStatus, Confidentiality, OwnerKind
from carnet.domain.record.browsing.model import Card, Listed, Precision, Row, Writer
from carnet.web.portal.documents.shown import by_year, shown, type_name, writer_name

TYPES = DocumentTypes.load()
FACTS = AccessClass(AvailabilityStatus.APPROVED, frozenset(), "11502-2", "10", OwnerKind.ORGANIZATION)
DOCTOR = Writer("LAMBERT", "ODILE", "DR", organization="Hôpital inventé")


def a_row(
    *, facts=FACTS, card=None, day=date(2026, 3, 1), older=(), is_new=False, is_read=False, known_to=Precision.DAY
):
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    entry = Listed(UUID(int=1), UUID(int=2), facts, at, day, at, False, (), "analyses", known_to=known_to)
    return Row(entry, card or Card("Bilan", (DOCTOR,)), older, is_new, is_read)


@pytest.mark.parametrize(
    ("writer", "name"),
    [
        (DOCTOR, "Dr Odile Lambert"),
        (Writer("Le Goff", "Yann", "M."), "M. Yann Le Goff"),
        (Writer("Lambert", None, "inconnu"), "Lambert"),
        (Writer(organization="Laboratoire des Rives"), "Laboratoire des Rives"),
        (Writer(), ""),
    ],
)
def test_names(writer, name):
    assert writer_name(writer) == name


@pytest.mark.parametrize(
    ("facts", "writers", "who"),
    [
        (FACTS, (DOCTOR,), "Dr Odile Lambert, Hôpital inventé"),
        (FACTS, (DOCTOR, Writer("ROUDIER", "ANSELME", "DR", organization="Hôpital inventé")), "Dr Odile Lambert, Hôpital inventé, Dr Anselme Roudier"),
        (FACTS, (Writer("DURAND", is_patient=True),), ""),
        (FACTS, (), ""),
        (replace(FACTS, owner=OwnerKind.HEALTH_INSURANCE), (DOCTOR,), "Assurance maladie"),
        (replace(FACTS, owner=OwnerKind.CITIZEN), (DOCTOR,), ""),
    ],
)  # fmt: skip
def test_who_made_it(facts, writers, who):
    assert shown(a_row(facts=facts, card=Card("Bilan", writers)), TYPES).who == who


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Bilan", ("Bilan", "Résultats d’analyses de biologie")),
        ("Résultats d'analyses de biologie du 3 mars", ("Résultats d’analyses de biologie du 3 mars", "")),
        ("  ", ("Résultats d’analyses de biologie", "")),
    ],
)
def test_the_kind_is_told_when_the_title_does_not(title, told):
    found = shown(a_row(card=Card(title)), TYPES)
    assert (found.title, found.kind) == told


def test_marks_and_states():
    masked = replace(FACTS, labels=frozenset({Confidentiality.MASQUE_PS}), status=AvailabilityStatus.ARCHIVED)
    found = shown(a_row(facts=masked, is_new=True), TYPES)
    assert (found.is_masked, found.is_archived, found.is_own, found.is_new) == (True, True, False, True)
    assert not shown(a_row(is_new=True, is_read=True), TYPES).is_new
    assert (found.day, found.month, found.year, found.icon) == ("dimanche 1er", "mars", 2026, "flask")


def test_older_versions_and_years():
    row = a_row()
    found = shown(replace(row, older=((row.entry, Card("Première")),)), TYPES)
    assert [each.title for each in found.older] == ["Première"]
    other = shown(a_row(day=date(2025, 1, 2)), TYPES)
    assert [(year, len(rows)) for year, rows in by_year([found, found, other])] == [(2026, 2), (2025, 1)]


def test_a_type_that_is_unknown_is_a_document():
    assert type_name(TYPES, "inconnu") == "Document"
