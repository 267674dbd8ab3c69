"""The identity that FranceConnect gives, read."""
