"""
The device of a professional, simulated: where they say yes or no to what their software asks through Pro Santé Connect (CIBA).

In demo mode only. Source: docs/transactions/demo.md.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from carnet.channels.demo.identity_providers import People
from carnet.partners.psc.simulator import PscSimulator
from carnet.web.pages import environment

DEVICE = "/demo/psc-simule/appareil"
_NEVER_KEPT = {"Cache-Control": "no-store"}


def routes(psc: PscSimulator, people: People) -> list[Route]:
    """Takes people: whose claims are told when they say yes."""

    async def page(request: Request) -> Response:
        if request.method == "POST":
            form = await request.form(max_files=0, max_fields=5)
            request_id = str(form.get("request", ""))
            asked = psc.waiting_there().get(request_id)
            claims = {each.claims.get("SubjectNameID"): each.claims for each in await people()}
            if asked is not None:
                psc.answer_there(request_id, claims.get(asked.person) if form.get("answer") == "oui" else None)
            return RedirectResponse(DEVICE, 303, _NEVER_KEPT)
        named = {each.claims.get("SubjectNameID"): each.title for each in await people() if not each.is_special}
        waiting = [(name, asked.message, named.get(asked.person)) for name, asked in psc.waiting_there().items()]
        html = environment(__package__ or "").get_template("device.html").render(waiting=waiting, action=DEVICE)
        return Response(html, 200, _NEVER_KEPT, media_type="text/html")

    return [Route(DEVICE, page, methods=["GET", "POST"])]
