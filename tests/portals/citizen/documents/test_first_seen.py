"""A person sees what professionals see first, and where each word comes from."""

from tests.builders.health import a_summary_of, allergies, an_allergy, read_facts
from tests.doors.world import World
from tests.portals.citizen.documents.conftest import SignIn

from carnet.domain.audit.model import EventType

ADDRESS = "/documents/en-premier"


async def test_alerts_with_links_to_their_documents(world: World, sign_in: SignIn) -> None:
    person = await world.a_record()
    document = (await world.deposit(a_summary_of(person, allergies(an_allergy(reaction="Urticaire"))))).id
    await read_facts(world)
    holder = await sign_in(person)
    page = (await holder.page(ADDRESS)).text
    assert "Pénicillines" in page
    assert "Urticaire" in page
    assert f'href="/documents/{document}"' in page
    assert ADDRESS in (await holder.page("/documents")).text
    event = [each for each in await world.events(person) if each.details.get("parameters") == "facts"][-1]
    assert event.type is EventType.DOCUMENTS_LISTED
    assert [str(each) for each in event.documents] == [document]


async def test_silence_is_said_as_silence(world: World, sign_in: SignIn) -> None:
    page = (await (await sign_in(await world.a_record())).page(ADDRESS)).text
    assert "Aucune allergie n’est renseignée dans les documents que vous voyez" in page
    assert "Cela ne veut pas dire qu’il n’y en a pas" in page
