"""The letters of provisional codes: written to a file, then marked as sent, so that an interruption prints twice rather than never."""

import os
from pathlib import Path
from uuid import UUID

from carnet.app import Carnet
from carnet.domain.accounts.activation import provisional_codes
from carnet.domain.accounts.activation.model import CodeToPost
from carnet.formats.pdf_letters import PostedLetter, draw_letters
from carnet.vocabulary.moments import PARIS
from carnet.web.wording.dates import plain_date

_START = UUID(int=0)


async def print_letters(carnet: Carnet, path: Path, *, limit: int) -> int:
    """
    Write the letters that wait, up to so many; gives how many. Codes are no longer kept once they are printed.

    Raises
        OSError: the file cannot be written; nothing is marked.
    """
    async with carnet.database.transaction() as tx:
        waiting = await provisional_codes.codes_to_post(tx, limit=limit, accounts=carnet.accounts)
    if not waiting:
        return 0
    at = carnet.services.clock()
    author = carnet.settings.operator_name or "carnet"
    letters = [_letter(carnet, each) for each in waiting]
    drawn = draw_letters(letters, title="Codes provisoires", author=author, created=at)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # codes: for whoever prints them
    try:
        os.write(file, drawn)
        os.fsync(file)
    finally:
        os.close(file)
    for each in waiting:
        async with carnet.database.transaction() as tx:
            await provisional_codes.mark_sent(tx, each.patient_id, each.code_id, accounts=carnet.accounts, at=at)
    return len(waiting)


def _letter(carnet: Carnet, waiting: CodeToPost) -> PostedLetter:
    settings, terms = carnet.settings, carnet.accounts.terms
    weeks = carnet.services.receiving_terms.objection_period.days // 7
    sender = [line for line in (settings.operator_name, settings.operator_address) if line] or ["carnet"]
    help_line = f" Besoin d’aide ? Appelez le {settings.help_phone}." if settings.help_phone else ""
    return PostedLetter(
        sender=sender,
        to=waiting.lines,
        place_and_date=f"Le {plain_date(carnet.services.clock().astimezone(PARIS))}",
        title="Votre carnet de santé : ouvrez-le, ou refusez-le",
        paragraphs=(
            "Madame, Monsieur,",
            (
                "Un carnet de santé en ligne se prépare pour vous. Vos ordonnances, vos résultats et vos comptes rendus s’y rangent."
                " Vous décidez qui peut les lire."
            ),
            (
                f"Vous pouvez l’ouvrir maintenant, ou le refuser. Les deux sont aussi simples. Sans réponse de vous, il s’ouvre {weeks} semaines"
                " après son annonce. Vous pourrez le fermer à tout moment."
            ),
            f"Allez sur {terms.site}/activation avec votre carte Vitale et ce code :",
        ),
        code=waiting.code,
        after=(
            f"Ce code sert une fois, pendant {terms.code_validity.days} jours. Ne le donnez à personne."
            " Perdu ou trop ancien ? Demandez-en un autre à la même adresse, ou à un guichet avec votre carte Vitale."
            + help_line,
        ),
    )
