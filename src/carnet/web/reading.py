"""
Documents shown to people: what a content says (`readable`), and its page (`render_reading`).

No identifier, no style and no address is in what is made here, but those that the caller gives.
Source: documents.md §5; style.md §8.
"""

import asyncio
import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Final

from carnet.formats import media
from carnet.formats.cda.reading.document import read_cda, read_file, unreadable
from carnet.formats.cda.reading.files import size_words, type_name
from carnet.formats.cda.reading.model import Kind, Reading
from carnet.vocabulary.frozen import frozen
from carnet.web import reading_words as words
from carnet.web.portal.icons import DRAWINGS
from carnet.web.zone_drawing import drawing

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["Reading", "readable", "readable_soon", "render_answer", "render_facts", "render_reading"]

# Larger documents are read in a thread, so that others are not kept waiting (design §3: CPU work over 5 ms).
_INLINE_BYTES: Final = 64 * 1024
_BARE: Final = media.BARE | {"image/gif"}
_IMAGE: Final = re.compile(r'<span data-image="(\d{1,4})"></span>')

# Where a file of the document can be fetched: `image` or `file`, and its number in `Reading.images` or `Reading.files`.
Address = Callable[[str, int], str]


@frozen
class _View:
    """What templates know beside the reading."""

    to_professional: bool
    address: Address | None


def readable(content: bytes, mime_type: str) -> Reading | None:
    """
    What people may read of a content; None for a type that nobody reads.

    Never raises: a CDA that cannot be shown gives a reading that says so.
    """
    declared = media.bare_type(mime_type)
    if declared in media.XML:
        return read_cda(content)
    if declared not in _BARE:
        return None
    return read_file(content, declared) if content else unreadable()


async def readable_soon(content: bytes, mime_type: str) -> Reading | None:
    """`readable`, without keeping others waiting: a large content is read in a thread."""
    if len(content) <= _INLINE_BYTES or media.bare_type(mime_type) not in media.XML:
        return readable(content, mime_type)
    return await asyncio.to_thread(readable, content, mime_type)


def render_reading(reading: Reading, *, to_professional: bool = False, address: Address | None = None) -> "Markup":
    """
    The body of the page, from h2 down: sections, coded facts, narratives, attached files.

    Takes
        to_professional: words and density for a professional. address: makes the addresses of images and attached files; without it
            images are named, not drawn, and files are said to be in the original.
    """
    return _rendered("reading.html", reading, _View(to_professional, address))


def render_answer(reading: Reading) -> "Markup":
    """The opening sentence, with what to look at highlighted."""
    return _rendered("answer.html", reading, _View(to_professional=False, address=None))


def render_facts(reading: Reading) -> "Markup":
    """Who made, asked for and signed the document, and when, as rows of a `dl.facts`; empty when it tells nothing."""
    return _rendered("facts.html", reading, _View(to_professional=False, address=None))


def _rendered(name: str, reading: Reading, view: _View) -> "Markup":
    from markupsafe import Markup

    template = _environment().get_template(f"reading/{name}")
    return Markup(template.render(reading=reading, view=view, told=_telling(reading, view)).strip())  # noqa: S704 - autoescaped


@cache
def _environment() -> "Environment":
    # Imported at the first page: a server of machines starts without it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("carnet.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "day": words.day,
        "short_day": words.short_day,
        "period": words.period,
        "position": words.position,
        "grouped": words.grouped,
        "listed": words.listed,
        "job": words.job,
        "capitalize_first": words.capitalized,
        "size": size_words,
        "file_type": type_name,
    }
    environment.globals |= {
        "Kind": Kind,
        "zone_drawing": drawing,
        "counted": words.counted,
        "kind_of_block": _kind_of_block,
        "info_icon": DRAWINGS["info"],
        "title_for": words.title_for,
    }
    return environment


def _kind_of_block(block: object) -> str:
    return type(block).__name__


def _telling(reading: Reading, view: _View) -> "Callable[[str], Markup]":
    """What turns the HTML of a narrative, already sanitised, into what the page shows: its images get their address."""
    from markupsafe import Markup, escape

    def image(found: re.Match[str]) -> str:
        number = int(found[1])
        file = reading.images[number]
        said = f"Image du document ({type_name(file.media_type)}, {size_words(file.size_bytes)})"
        if view.address is None:
            return f'<span class="quiet">{escape(said)}. Elle est dans le document d’origine.</span>'
        return f'<img src="{escape(view.address("image", number))}" alt="{escape(said)}" loading="lazy">'

    return lambda html: Markup(_IMAGE.sub(image, html))  # noqa: S704 - made and sanitised by formats.cda.reading.narrative
