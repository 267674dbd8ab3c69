"""
The INS datamatrix: the text that its symbol carries, read and written. The symbol itself (ISO/IEC 16022, ECC 200) is not drawn here.

Source: ANS, « INS — Format datamatrix », v2.2.20230926 (identity-and-messaging.md §1.6).
"""

import re
from datetime import date

from carnet.domain.people.identity_status import may_carry_ins
from carnet.domain.people.model import Identity, Sex
from carnet.domain.people.normalisation import normalise_name
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.ins import Ins

SEPARATOR = "\x1d"  # GS, ASCII 29
_HEADER = re.compile(r"IS([0-9]{2})0{22}")
_HEADER_LENGTH = 26
_VERSION = "01"
_MAX_LENGTH = 400  # of a whole text; the longest sound one has 295 characters

# Tag to (shortest, longest) value. A value of one length is closed by nothing; another by GS, unless it is the longest or the last.
_LENGTHS = {"S1": (15, 15), "S2": (19, 20), "S3": (1, 100), "S4": (1, 100), "S5": (1, 1), "S6": (10, 10), "S7": (5, 5)}
_OPTIONAL = frozenset({"S7"})

_DATE = re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})")
_PLACE = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")


@frozen
class ScannedIdentity:
    """
    What a symbol tells of someone, as INSi gave it.

    given_names: the list; where a composed first given name ends in it is not told. birth_date: ISO `YYYY-MM-DD`. birth_place: COG code, or None.
    """

    ins: Ins
    birth_name: str
    given_names: str
    birth_date: str
    sex: Sex
    birth_place: str | None = None


def read_ins_datamatrix(text: str) -> ScannedIdentity:
    """
    Read the text of a symbol: tag by tag from the left, since a name may hold what looks like a tag.

    Raises
        ValueError: `datamatrix-header`, `datamatrix-version`, `datamatrix-tag`, `datamatrix-tag-twice`, `datamatrix-length`,
            `datamatrix-tag-missing`, `datamatrix-name`, `datamatrix-sex`, `datamatrix-date`, `datamatrix-place`, or what `Ins` says. Never
            with a value: what was scanned names someone.
    """
    header = _HEADER.fullmatch(text[:_HEADER_LENGTH])
    if header is None:
        raise ValueError("datamatrix-header")
    if header[1] != _VERSION:
        raise ValueError("datamatrix-version")
    if len(text) > _MAX_LENGTH:
        raise ValueError("datamatrix-length")
    fields = _fields(text)
    if _LENGTHS.keys() - fields.keys() - _OPTIONAL:
        raise ValueError("datamatrix-tag-missing")
    if fields["S5"] not in {Sex.MALE, Sex.FEMALE}:
        raise ValueError("datamatrix-sex")
    return ScannedIdentity(
        ins=Ins(fields["S1"], fields["S2"]),
        birth_name=_name(fields["S4"], is_given=False),
        given_names=_name(fields["S3"], is_given=True),
        birth_date=_iso_date(fields["S6"]),
        sex=Sex(fields["S5"]),
        birth_place=_place(fields.get("S7")),
    )


def read_scanned_matricule(text: str) -> Ins:
    """
    The matricule alone, of a text whose separators were lost: a scanner that types sends none. Names cannot be told apart then.

    Raises
        ValueError: `datamatrix-header`, `datamatrix-tag-missing`, or what `Ins` says.
    """
    if _HEADER.fullmatch(text[:_HEADER_LENGTH]) is None:
        raise ValueError("datamatrix-header")
    matricule = re.search(r"S1([0-9AB]{15})", text[_HEADER_LENGTH:])
    oid = re.search(r"S2(1\.2\.250\.1\.213\.1\.4\.(?:10|11|13|8|9))", text[_HEADER_LENGTH:])
    if matricule is None or oid is None:
        raise ValueError("datamatrix-tag-missing")
    return Ins(matricule[1], oid[1])


def write_ins_datamatrix(identity: Identity) -> str:
    """
    The text of the symbol of a qualified identity; names are normalised as the boundary wants them.

    Raises
        ValueError: `datamatrix-not-qualified` (EXI SI 08: no other identity carries an INS), `datamatrix-given-names-missing`,
            `datamatrix-sex` (undetermined), `datamatrix-date`, `datamatrix-place`, or what `normalise_name` says.
    """
    traits = identity.traits
    if not may_carry_ins(identity.status):
        raise ValueError("datamatrix-not-qualified")
    if traits.given_names is None:
        raise ValueError("datamatrix-given-names-missing")
    if traits.sex is Sex.UNDETERMINED:
        raise ValueError("datamatrix-sex")
    fields = {
        "S1": identity.ins.matricule,
        "S2": identity.ins.oid,
        "S3": normalise_name(traits.given_names, profile="prenom"),
        "S4": normalise_name(traits.birth_name, profile="nom"),
        "S5": traits.sex.value,
        "S6": _written_date(traits.birth_date),
        "S7": _place(traits.birth_place),
    }
    written = [(tag, value) for tag, value in fields.items() if value is not None]
    return "IS" + _VERSION + "0" * 22 + "".join(_field(tag, value) for tag, value in written)


def _fields(text: str) -> dict[str, str]:
    """Values by tag."""
    found: dict[str, str] = {}
    at = _HEADER_LENGTH
    while at < len(text):
        tag = text[at : at + 2]
        lengths = _LENGTHS.get(tag)
        if lengths is None:
            raise ValueError("datamatrix-tag")
        if tag in found:
            raise ValueError("datamatrix-tag-twice")
        shortest, longest = lengths
        value, separator, _ = text[at + 2 : at + 2 + longest + 1].partition(SEPARATOR)
        if not separator or shortest == longest or len(value) == longest:
            # Closed by its length, or by the end of the text. A separator that should not be there is then where a tag should be.
            value = text[at + 2 : at + 2 + longest]
            separator = ""
        if len(value) < shortest:
            raise ValueError("datamatrix-length")
        found[tag] = value
        at += 2 + len(value) + len(separator)
        if separator and at == len(text):
            raise ValueError("datamatrix-length")
    return found


def _field(tag: str, value: str) -> str:
    """Only fields that others follow vary in length, so that the last one never needs to be known."""
    shortest, longest = _LENGTHS[tag]
    return tag + value + (SEPARATOR if shortest < longest and len(value) < longest else "")


def _name(text: str, *, is_given: bool) -> str:
    try:
        plain = normalise_name(text, profile="prenom" if is_given else "nom")
    except ValueError:
        plain = None
    if plain != text:
        raise ValueError("datamatrix-name")
    return text


def _iso_date(text: str) -> str:
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError("datamatrix-date")
    return _real_date(f"{found[3]}-{found[2]}-{found[1]}").isoformat()


def _written_date(text: str) -> str:
    year, month, day = _real_date(text).isoformat().split("-")
    return f"{day}-{month}-{year}"


def _real_date(text: str) -> date:
    """A day of the calendar; a birth date known in part has fictive ones (EXI ID 11, 12)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("datamatrix-date") from None


def _place(text: str | None) -> str | None:
    if text is not None and _PLACE.fullmatch(text) is None:
        raise ValueError("datamatrix-place")
    return text
