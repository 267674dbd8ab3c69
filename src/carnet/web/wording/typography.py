"""French spaces that do not break: inside guillemets, before : ; ? !, and within an hour."""

import re

_NO_BREAK = "\N{NO-BREAK SPACE}"
_BEFORE = re.compile(r" (?=[»:;?!])")
_AFTER = re.compile(r"(?<=«) ")
_HOUR = re.compile(r"(?<=\d) (?=h \d)|(?<=\d h) (?=\d)")


def unbroken(text: str) -> str:
    """The same words, so that no line begins with a sign or ends with an opening one."""
    return _HOUR.sub(_NO_BREAK, _AFTER.sub(_NO_BREAK, _BEFORE.sub(_NO_BREAK, text)))
