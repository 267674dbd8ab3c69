"""
The frame of every page: whose record it is, who looks, where one may go, help always in the same corner.

A page is never kept by a cache. Source: style §8.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Protocol

from markupsafe import Markup
from starlette.responses import Response

from carnet.vocabulary.clock import Clock
from carnet.vocabulary.frozen import frozen
from carnet.web.pages import Parts, environment, making
from carnet.web.portal.icons import Icons
from carnet.web.wording import dates

_NEVER_KEPT = {"Cache-Control": "no-store"}


@frozen
class Contact:
    """
    How to be helped, as the operator sets it; what is None is not said.

    name: of the operator. phone, hours: « 01 99 00 21 21 », « du lundi au samedi, de 8 h à 19 h ». place: where to go.
    """

    name: str | None = None
    phone: str | None = None
    hours: str | None = None
    place: str | None = None


@frozen
class Legal:
    """
    What the legal pages say of the operator; what is None is not said.

    address: postal. data_protection: how to reach the DPO. hosting: of health data. accessibility: to whom a barrier is told.
    """

    address: str | None = None
    data_protection: str | None = None
    hosting: str | None = None
    accessibility: str | None = None


@frozen
class Place:
    """An entry of the navigation. key: what a page says to be in it. short: under an icon on a phone."""

    key: str
    address: str
    label: str
    short: str
    icon: str


class Visitor(Protocol):
    """Who a page is for. form_key: what binds their forms and links to their session."""

    @property
    def zone(self) -> tzinfo: ...
    @property
    def form_key(self) -> bytes: ...
    @property
    def theme(self) -> str | None: ...


@frozen
class Frame:
    """
    The pages of one portal.

    package: whose templates. layout: the template that its pages extend. places: what its navigation offers. zone: of those who are not signed in.
    """

    package: str
    layout: str
    contact: Contact
    demo: bool
    clock: Clock
    zone: tzinfo
    places: Sequence[Place] = ()

    def page(
        self, template: str, *, visit: Visitor | None, csrf: str | None, status: int = 200, headers: Mapping[str, str] | None = None,
        here: str | None = None, **values: Any,
    ) -> Response:  # fmt: skip
        """
        A page.

        Takes
            template: its path under `templates/`. visit: who it is for; None: someone who is not signed in. csrf: the token of its forms.
            here: key of the place it stands in.
        """
        icons = Icons()
        now = self.clock()
        zone = self.zone if visit is None else visit.zone
        field = _csrf_field(csrf)
        told = {
            "layout": self.layout, "visit": visit, "here": here, "places": self.places, "contact": self.contact, "demo": self.demo, "now": now,
            "zone": zone, "icon": icons, "icons": icons, "csrf": field, "theme": None if visit is None else visit.theme,
            "long_date": partial(_local, dates.long_date, zone), "plain_date": partial(_local, dates.plain_date, zone),
            "clock_time": partial(_local, dates.clock_time, zone), "moment": partial(dates.moment, zone=zone),
            "near_date": partial(dates.near_date, now=now, zone=zone), **values,
        }  # fmt: skip
        before = making.set(Parts(icons, field))
        try:
            html = environment(self.package).get_template(template).render(told)
        finally:
            making.reset(before)
        return Response(html, status, {**_NEVER_KEPT, **(headers or {})}, media_type="text/html")


def _csrf_field(token: str | None) -> Markup:
    return Markup("") if token is None else Markup('<input type="hidden" name="csrf" value="{}">').format(token)


def _local(write: Any, zone: tzinfo, at: Any) -> str:
    """A day as it is, an instant in the reader's zone."""
    written: str = write(at.astimezone(zone) if isinstance(at, datetime) else at)
    return written
