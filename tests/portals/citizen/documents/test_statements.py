"""No page asks the database more often because the record is larger."""

from tests.domain.record.browsing.test_statements import a_record_of
from tests.doors.statements import statements
from tests.doors.world import World
from tests.portals.citizen.documents.conftest import SignIn, lead_of


async def test_the_same_statements_at_ten_documents_and_at_two_thousand(world: World, sign_in: SignIn) -> None:
    asked: dict[int, dict[str, int]] = {}
    for count in (10, 2_000):
        holder = await sign_in(await a_record_of(world, count))
        asked[count] = {}
        # Once to be remembered, then as people leaf on.
        for path in ("/", "/documents", "/dossiers", "/", "/documents", "/dossiers"):
            async with statements() as told:
                page = await holder.page(path)
            asked[count][path] = len(told)
            assert path != "/documents" or str(count) in lead_of(page)
        for words in ("bilan 7", "bilan", "bilan 7"):
            async with statements() as told:
                found = await holder.post("/documents", {"mots": words})
            assert found.status_code == 200
            asked[count][words] = len(told)
    assert asked[10] == asked[2_000]
