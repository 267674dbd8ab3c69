"""
References of a resource: to what it contains, to other entries of the same message, or to the world outside.

Source: FHIR R4 §2.3 (references), Bundle §2.36.4 (resolving references in bundles).
"""

from collections.abc import Callable
from typing import Any

from carnet.domain.errors import Issue
from carnet.formats.fhir.faults import Place, fault, note
from carnet.vocabulary.ins import Ins

Resolve = Callable[[str], dict[str, Any] | None]


class Recent:
    """
    What was read before in one message: the same patient is named by the set and by every fiche.

    It lives as long as the message is read: matricules are kept no longer. Only what was read without a fault is in it, since faults are
    told each time.
    """

    def __init__(self) -> None:
        self.patients: dict[str, Ins] = {}  # by conditional reference


class References:
    """Follows the references of one resource, and remembers which contained resources were of use."""

    def __init__(
        self,
        resource: dict[str, Any],
        place: Place,
        *,
        resolve: Resolve,
        issues: list[Issue],
        recent: Recent | None = None,
    ) -> None:
        """resource: already checked by `structure.check`. resolve: what lies outside it, or None. recent: of the same message, if any."""
        self._contained = {
            item["id"]: (item, (place, f".contained[{index}]"))
            for index, item in enumerate(resource.get("contained", ()))
        }
        self._unused = dict(self._contained)
        self._resolve = resolve
        self.issues = issues
        self.recent = recent if recent is not None else Recent()

    def follow(self, reference: dict[str, Any], place: Place) -> tuple[dict[str, Any], Place] | None:
        """
        The resource meant and where it stands, as `find`.

        Gives None when nothing is found: after `reference-unresolved`, unless the reference carries a display or an identifier,
        which are then worth keeping.
        """
        found = self.find(reference, place)
        if found is None and "display" not in reference and "identifier" not in reference:
            target = reference.get("reference")
            if target is None:
                fault(self.issues, "element-required", (place, ".reference"), name="reference")
            else:
                fault(self.issues, "reference-unresolved", (place, ".reference"), reference=target)
        return found

    def find(self, reference: dict[str, Any], place: Place) -> tuple[dict[str, Any], Place] | None:
        """The resource meant and where it stands, or None without a word. What is contained is then of use."""
        target = reference.get("reference")
        if target is not None:
            if target.startswith("#"):
                found = self._contained.get(target[1:])
                if found is not None:
                    self._unused.pop(target[1:], None)
                    return found
            else:
                resource = self._resolve(target)
                if resource is not None:
                    return resource, (place, ".resolve()")
        return None

    def tell_unused(self) -> None:
        """A warning for each contained resource that nothing led to."""
        for ident, (_, place) in self._unused.items():
            note(self.issues, "contained-unused", place, id=ident)
