"""OpenID Connect as a relying party: what every identity provider of people shares."""
