"""The door where machines prove themselves: token endpoint, discovery, public keys. Source: RFC 6749, 7523, 8414, 9068."""

from carnet.channels.oauth2.routes import routes
from carnet.channels.oauth2.services import OAuthServices

__all__ = ["OAuthServices", "routes"]
