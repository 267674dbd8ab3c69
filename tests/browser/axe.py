"""Accessibility faults of a page as axe-core sees them, in both widths and both themes; and nothing that scrolls sideways."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

WIDTHS = (320, 390, 1280)


async def clean(
    page: Page, *, widths: tuple[int, ...] = (390, 1280), themes: tuple[str, ...] = ("light", "dark")
) -> None:
    """The page as it stands now has no fault that axe knows, and keeps within its width."""
    before = page.viewport_size
    await page.emulate_media(reduced_motion="reduce")  # a colour on its way to another is neither
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} scrolls at {width} px"
        for theme in themes:
            await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # "light" or "dark"
            results = await Axe().run(page)
            assert results.violations_count == 0, f"{page.url}, {width} px, {theme}\n{results.generate_report()}"
    await page.emulate_media(color_scheme="light")
    if before is not None:
        await page.set_viewport_size(before)
