"""A QR code as a drawing of the page: modules from segno, one path of ours, no style in it. Source: ISO/IEC 18004."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

_QUIET = 4  # modules around it, as the standard asks


def qr_code(text: str) -> "Markup":
    """
    The drawing of a text, with its quiet zone; dark on light whatever the theme, since cameras need it.

    Takes
        text: said in words beside it, so that the drawing is hidden from screen readers.
    """
    import segno  # at the first sheet that is printed
    from markupsafe import Markup

    matrix = [bytes(row) for row in segno.make_qr(text, error="m").matrix]
    size = len(matrix) + 2 * _QUIET
    runs: list[str] = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            if row[x]:
                length = 1
                while x + length < len(row) and row[x + length]:
                    length += 1
                runs.append(f"M{x + _QUIET} {y + _QUIET}h{length}v1h-{length}z")
                x += length
            x += 1
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" aria-hidden="true" shape-rendering="crispEdges">'
        '<rect class="qr-light" width="{0}" height="{0}"/><path class="qr-dark" d="{1}"/></svg>'
    ).format(size, "".join(runs))
