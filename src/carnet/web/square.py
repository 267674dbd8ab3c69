"""The square that a telephone reads, as a picture of its own drawn in the page: nothing is fetched, nothing is kept."""

from markupsafe import Markup


def square_of(text: str) -> Markup:
    """SVG of a QR code (ISO/IEC 18004), dark on light in both themes: what reads it wants contrast. To stand beside its text."""
    import segno  # at the first one

    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=4, omitsize=True, dark="#1c2823", light="#ffffff", svgclass="square", lineclass=None
    )
    return Markup(drawn)  # noqa: S704  made here, of modules alone
