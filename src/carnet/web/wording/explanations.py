"""Why an access is allowed or refused, in French, with the text it rests on: each line of the access table has its own."""

from carnet.domain.access.model import Decision
from carnet.vocabulary.frozen import frozen
from carnet.web.wording import wording


@frozen
class Explanation:
    """text: one sentence for people. basis: the law, the order or the standard. edition: of policy and matrix."""

    rule: str
    text: str
    basis: str
    edition: str


def explain(decision: Decision) -> Explanation:
    """The sentence of a decision, the same wherever it is told."""
    said = wording()["rules"].get(decision.rule, _NOTHING)
    return Explanation(decision.rule, said["text"], said["basis"], decision.edition)


def told_to_the_person(decision: Decision) -> str:
    """The reason of a decision on a professional, to the person whose record it is: « Vous avez masqué… »."""
    said: str = wording()["seen"].get(decision.rule) or explain(decision).text
    return said


# Of what no line spoke: there is no such record.
_NOTHING = {"text": "Aucun dossier de ce nom.", "basis": ""}
