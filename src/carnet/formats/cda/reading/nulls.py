"""
Why something is not told: HL7 null flavours in plain French.

Source: HL7 V3 NullFlavor (2.16.840.1.113883.5.1008).
"""

from typing import Final

from carnet.formats.xml import Element

_WORDS: Final = {
    "NI": "Non renseigné", "UNK": "Inconnu", "ASKU": "Demandé, mais inconnu", "NAV": "Pas encore disponible", "NASK": "Non demandé",
    "MSK": "Non communiqué", "NA": "Sans objet", "NINF": "Sans limite", "PINF": "Sans limite", "TRC": "Présent, en quantité trop faible "
    "pour être mesurée", "QS": "Quantité suffisante", "OTH": "Autre",
}  # fmt: skip
UNTOLD: Final = "Non renseigné"


def missing_words(element: Element | None) -> str:
    """Why a value is absent; an unknown flavour is said like an absent one."""
    return _WORDS.get((element.get("nullFlavor") or "").upper(), UNTOLD) if element is not None else UNTOLD
