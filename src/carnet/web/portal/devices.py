"""What a person can recognise of the device they used."""

from starlette.requests import Request


def device_of(request: Request) -> str:
    """`Firefox sous Android`: what a person can recognise, from what the browser says; nothing finer is kept."""
    said = request.headers.get("user-agent", "")
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for mark, name in browsers if mark in said), "navigateur inconnu")
    system = next((name for mark, name in systems if mark in said), None)
    return browser if system is None else f"{browser} sous {system}"
