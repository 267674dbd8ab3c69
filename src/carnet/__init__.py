"""carnet: an open espace numérique de santé."""
