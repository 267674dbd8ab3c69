"""What a person adds is as old as the paper, wherever they see it."""

import re

from tests.builders.cda import a_pdf
from tests.portals.citizen.adding.conftest import Citizen


async def test_a_paper_stands_at_its_own_date(citizen: Citizen) -> None:
    old = await citizen.added([("a.pdf", a_pdf("ancien"))], titre="Vieux papier", jour="9", mois="2", annee="1987")
    month = await citizen.added([("b.pdf", a_pdf("mois"))], titre="D’un mois", jour="", mois="5", annee="1987")
    year = await citizen.added([("c.pdf", a_pdf("année"))], titre="D’une année", jour="", mois="", annee="1986")
    listed = " ".join(re.sub(r"<[^>]+>", " ", (await citizen.get("/documents")).text).split())
    assert re.search(r"1987 mai D’un mois .* lundi 9 février Vieux papier .* 1986 dans l’année D’une année", listed), (
        listed
    )
    for document, told in ((old, "Le 9 février 1987"), (month, "En mai 1987"), (year, "En 1986")):
        page = await citizen.get(f"/documents/{document}")
        assert re.search(rf"<dt>Écrit</dt><dd>{told}</dd>", page.text), page.text[4000:9000]
