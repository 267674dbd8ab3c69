from datetime import date

import pytest
from lxml import etree

from carnet.territory.invent import Territory, invent
from carnet.territory.model import InventedDocument

TODAY = date(2025, 11, 21)


@pytest.fixture(scope="session")
def territory() -> Territory:
    return invent(7, citizens=80, documents=900, today=TODAY)


@pytest.fixture(scope="session")
def documents(territory: Territory) -> list[InventedDocument]:
    return list(territory.documents())


@pytest.fixture(scope="session")
def trees(documents: list[InventedDocument]) -> list[tuple[InventedDocument, etree._Element]]:
    """Every CDA, parsed."""
    return [(each, etree.fromstring(each.content)) for each in documents if each.media_type == "text/xml"]
