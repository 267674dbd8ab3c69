"""Who writes what: the professional of a role for one person, always the same one, as people do."""

from collections.abc import Sequence
from dataclasses import field
from datetime import date

from carnet.territory.model import Citizen, Organization, Professional
from carnet.vocabulary.frozen import frozen


@frozen
class Cast:
    """The professionals and organisations that documents are written by."""

    professionals: tuple[Professional, ...]
    organizations: tuple[Organization, ...]
    _by_role: dict[str, list[Professional]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.professionals:
            self._by_role.setdefault(each.role, []).append(each)

    def doctor_of(self, citizen: Citizen, day: date) -> Professional:
        """The médecin traitant; for those who have none, the general practitioner they go to."""
        if citizen.primary_doctor is not None:
            return self.professionals[citizen.primary_doctor]
        return self._near("gp", citizen, day)

    def author(self, role: str, citizen: Citizen, day: date) -> Professional:
        """
        The professional of this role who looks after this person on that day.

        Raises
            KeyError: no such role.
        """
        return self.doctor_of(citizen, day) if role == "gp" else self._near(role, citizen, day)

    def organization_of(self, professional: Professional) -> Organization:
        return self.organizations[professional.organizations[0]]

    def insurance(self) -> Organization:
        return next(each for each in self.organizations if each.kind == "insurance")

    def _near(self, role: str, citizen: Citizen, day: date) -> Professional:
        """Those of one's own town first; residents of the care home are looked after there."""
        candidates: Sequence[Professional] = self._by_role[role]
        if citizen.lives_in_care_home(day):
            candidates = [each for each in candidates if self.organization_of(each).kind == "care-home"] or candidates
        elif citizen.index >= 20:
            candidates = [
                each for each in candidates if self.organization_of(each).address.city == citizen.address.city
            ] or candidates
        else:
            return candidates[0]  # the named people meet the named professionals
        return candidates[citizen.index % len(candidates)]
