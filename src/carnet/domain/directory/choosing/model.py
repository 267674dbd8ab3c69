"""Somebody of the directory, as a person tells them from their namesakes: what they do, and where."""

from carnet.vocabulary.frozen import frozen


@frozen
class Place:
    """Where someone practises. organization: Struct_IdNat. city: as the register writes it."""

    organization: str
    name: str
    city: str
    sector: str


@frozen
class Candidate:
    """
    A professional or a structure.

    holder: PS_IdNat, or Struct_IdNat of a structure. given, family, civility, title: of a professional, as the register writes them; name:
    of a structure. number: the RPPS, ADELI, FINESS or SIRET that people read on papers. profession: TRE_G15. specialty: TRE_R38.
    is_active: False for who no longer practises, of whom the register then says nothing but the number.
    """

    holder: str
    is_organization: bool
    number: str
    is_active: bool
    name: str = ""
    family: str = ""
    given: str = ""
    civility: str = ""
    title: str = ""
    profession: str | None = None
    specialty: str | None = None
    places: tuple[Place, ...] = ()


@frozen
class Wanted:
    """
    Who is looked for. words: beginnings of names, in any order; of a structure, of its name. place: beginning of a town or of a postal code.
    number: RPPS, ADELI, FINESS, SIRET or national identifier; alone when given.
    """

    words: str = ""
    place: str = ""
    number: str = ""
    organizations: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.number)
