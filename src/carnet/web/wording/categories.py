"""The classes of documents as their person reads them."""

from collections.abc import Mapping

from carnet.domain.access.presets import classes
from carnet.vocabulary.value_sets import value_set

_YOURS = {"90": "Autres documents, ajoutés par vous"}


def class_labels() -> Mapping[str, str]:
    """Labels by code, in the order of the value set."""
    official = {entry.code: entry.display or entry.code for entry in value_set("JDV_J57-ClassCode-DMP")}
    return {code: _YOURS.get(code, official[code]) for code in classes()}
