import pytest

from carnet.formats.cda.reading.titles import title_of


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("MODE DE DÉCOUVERTE DU CANCER", "Mode de découverte du cancer"),
        ("COMPTE RENDU ANATOMOCYTOPATHOLOGIQUE (CR-ACP)", "Compte rendu anatomocytopathologique (CR-ACP)"),
        ("ECBU", "ECBU"),
        ("L'AVIS DE LA RCP", "L'avis de la RCP"),
        ("À REGARDER", "À regarder"),
        ("Déjà écrit", "Déjà écrit"),
        ("", ""),
    ],
)
def test_capitals_become_a_sentence(written: str, shown: str) -> None:
    assert title_of(written) == shown
