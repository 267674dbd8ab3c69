"""Mails to the holder of an account, from the wording file. Pure."""

from collections.abc import Mapping

from carnet.web.wording import wording


def mail_text(code: str, facts: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a mail, its facts filled in."""
    entry = wording()["mails"][code]
    return entry["subject"].format_map(facts), entry["text"].strip().format_map(facts) + "\n"


def account_word(code: str) -> str:
    """A means of sign-in, or what of the contact, in words."""
    return str(wording()["account"].get(code, "vos moyens de connexion"))
