"""Where in a Patient stands what the domain refused: the domain names traits and facts, FHIR wants paths."""

from dataclasses import replace

from carnet.domain.errors import Issue

_OFFICIAL = "Patient.name.where(use='official')"
_TRAITS = {
    "birth_name": _OFFICIAL + ".family",
    "first_given_name": _OFFICIAL + ".given",
    "given_names": _OFFICIAL + ".extension",
    "birth_date": "Patient.birthDate",
    "sex": "Patient.gender",
    "birth_place": "Patient.extension",
}
_FACTS = {
    "identity-not-qualified": "Patient.extension",
    "identity-inactive": "Patient.active",
    "person-deceased": "Patient.deceased",
    "given-names-disagree": _OFFICIAL + ".given",
    **dict.fromkeys(
        (
            "ins-register-not-here", "ins-both-current-and-former", "ins-key-of-test", "matricule-held", "matricule-former",
            "person-has-other-matricule", "person-has-two-records", "local-identifier-held", "identity-of-another",
        ),
        "Patient.identifier",
    ),
}  # fmt: skip


def placed(issue: Issue) -> Issue:
    """The issue with its path, if it has none and is about something of the Patient."""
    path = _TRAITS.get(issue.facts.get("trait", "")) or _FACTS.get(issue.code)
    return issue if issue.expression is not None or path is None else replace(issue, expression=path)
