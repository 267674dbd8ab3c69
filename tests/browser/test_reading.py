"""Documents of each kind as Chromium draws them: nothing that axe knows, nothing that scrolls sideways, everything on paper."""

from datetime import date
from importlib.resources import files

import pytest
from playwright.async_api import Browser, Page
from tests.browser.axe import WIDTHS, clean
from tests.builders.readings import a_quantity, a_range, a_report, an_observation

from carnet.territory.invent import invent
from carnet.web.reading import readable, render_answer, render_facts, render_reading

# One of each template: results, prescription, dispensation, vaccinations, summary, imaging, letter, reimbursements.
TYPES = ("11502-2", "57833-6", "60593-1", "11369-6", "SYNTH", "18748-4", "11490-0", "REMB")
STYLES = "".join(
    (files("carnet.web") / "static" / name).read_text("utf-8")
    for name in ("tokens.css", "components.css", "carnet.css")
)


@pytest.fixture(scope="module")
def contents() -> list[bytes]:
    """One invented document of each type, and a report with all that a result may be."""
    found: dict[str, bytes] = {}
    for document in invent(7, citizens=60, documents=900, today=date(2025, 11, 21)).documents():
        found.setdefault(document.type_code, document.content)
    former = (
        '<entryRelationship typeCode="REFR"><observation><effectiveTime value="20230512"/><value xsi:type="PQ" value="12" unit="ug/L"/>'
        "</observation></entryRelationship>"
    )
    everything = a_report(
        an_observation(a_quantity("9"), ranges=a_range("15", "150"), more=former),
        an_observation(a_quantity("900"), interpretation="HH", ranges=a_range(None, "150")),
        an_observation(a_quantity("20"), interpretation="H", ranges=a_range("15", None)),
        an_observation(a_quantity("20"), ranges=a_range("15", "150")),
        an_observation('<value xsi:type="ST">Absence de germe</value>', interpretation="S"),
    )
    return [*(found[each] for each in TYPES), everything]


@pytest.fixture
async def page(chromium: Browser) -> Page:
    return await chromium.new_page()


def a_page(content: bytes, *, to_professional: bool = False) -> str:
    reading = readable(content, "text/xml")
    assert reading is not None
    body = render_reading(reading, to_professional=to_professional)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Document</title>'
        f'<style>{STYLES}</style></head><body class="{"dense" if to_professional else ""}"><div class="page"><main><h1>Document</h1>'
        f'<p class="lead">{render_answer(reading)}</p><div class="cols"><div class="col">{body}<dl class="facts">{render_facts(reading)}</dl></div></div>'
        "</main></div></body></html>"
    )


async def test_each_kind_is_accessible_and_keeps_within_the_page(page: Page, contents: list[bytes]) -> None:
    for content in contents:
        await page.set_content(a_page(content))
        await page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        await clean(page, widths=WIDTHS, themes=())
        await clean(page, widths=(390,), themes=("light",))
    # One report has every colour that a reading uses.
    await page.set_content(a_page(contents[-1]))
    await clean(page, widths=(390,), themes=("dark",))


async def test_to_a_professional_too(page: Page, contents: list[bytes]) -> None:
    for content in (contents[0], contents[3], contents[-1]):
        await page.set_content(a_page(content, to_professional=True))
        await clean(page, widths=(1280,), themes=("light",))


async def test_on_paper_folded_parts_are_opened_under_their_heading(page: Page, contents: list[bytes]) -> None:
    await page.set_content(a_page(contents[-1]))
    whole = page.get_by_role("heading", name="Le compte rendu, tel que le laboratoire l’a écrit")
    narrative = page.get_by_text("Voir les résultats.")
    assert not await narrative.is_visible()
    await page.emulate_media(media="print")
    assert await whole.is_visible()
    assert await narrative.is_visible()


async def test_the_marker_stands_where_the_words_say(page: Page, contents: list[bytes]) -> None:
    await page.set_content(a_page(contents[-1]))
    for result in await page.locator(".result:has(.zone)").all():
        if "Le laboratoire a noté" in await result.inner_text():
            continue  # the words say what the laboratory says, the drawing what the figure is
        said = await result.locator(".say").inner_text()
        usual, here = [await result.locator(f".zone .{name}").bounding_box() for name in ("usual", "here")]
        assert usual is not None
        assert here is not None
        middle = here["x"] + here["width"] / 2
        if "dessous" in said:
            assert middle < usual["x"]
        elif "dessus" in said:
            assert middle > usual["x"] + usual["width"]
        else:
            assert usual["x"] <= middle <= usual["x"] + usual["width"]
