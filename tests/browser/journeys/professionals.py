"""The professionals of the demonstration, and their directory, beside the citizen of the site; patients whose records they open."""

from collections.abc import Sequence
from typing import Any

from playwright.async_api import Page
from tests.browser.conftest import Site
from tests.doors.world import Person, a_report

from carnet.domain.consent.model import ConsentKind
from carnet.operating.demo import invent_sized, register_people
from carnet.operating.demo_directory import load_directory
from carnet.web.demo_people import actor_named

DOCTOR = "Dr Claire Aubrespin"


async def with_professionals(site: Site) -> None:
    """Once for a module."""
    territory = invent_sized({"seed": 2026, "today": "2026-06-01"}, citizens=0, documents=0)
    await register_people(site.carnet, territory)
    await load_directory(site.carnet, territory)


async def enter_by_psc(page: Page, name: str) -> None:
    """From the page of entry to the choice at Pro Santé Connect."""
    await page.goto("/pro")
    await page.get_by_role("link", name="Entrer avec Pro Santé Connect").click()
    await page.get_by_role("button", name=name, exact=True).click()


async def authorise(site: Site, person: Person, name: str = "medecin", kind: ConsentKind = ConsentKind.GRANT) -> None:
    """Begin a period of this kind for someone of the demonstration."""
    actor = await actor_named(site.carnet.database, name)
    assert actor.person is not None
    await site.world.consent(person, kind, actor.person)


async def a_patient(
    site: Site, *bundles: Any, documents: int = 0, authorised: Sequence[str] = ("medecin",), **traits: Any
) -> Person:
    """
    Someone with an open record.

    Takes
        documents: bare reports; bundles: what makes a deposit of a person. authorised: names of the demonstration.
    """
    person = await site.world.a_record(**traits)
    for name in authorised:
        await authorise(site, person, name)
    for _ in range(documents):
        await site.world.deposit(a_report(person))
    for make in bundles:
        await site.world.deposit(make(person))
    return person


def record_of(person: Person, *more: str) -> str:
    return "/".join((f"/pro/patients/{person.patient_id}", *more))


async def describe(page: Page, *, title: str = "Suivi du diabète") -> None:
    """Fill the form of a document that everybody sees."""
    await page.get_by_label("Type").select_option("11488-4")
    await page.get_by_label("Titre").fill(title)
    await (
        page.get_by_role("group", name="Les autres professionnels")
        .get_by_label("Le voient, s’ils sont autorisés")
        .check()
    )
    await page.get_by_role("group", name="La personne").get_by_label("Le voit tout de suite").check()
