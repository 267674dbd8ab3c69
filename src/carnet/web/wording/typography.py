"""French spaces that do not break: inside guillemets, and before : ; ? !"""

import re

_NO_BREAK = "\N{NO-BREAK SPACE}"
_BEFORE = re.compile(r" (?=[»:;?!])")
_AFTER = re.compile(r"(?<=«) ")


def unbroken(text: str) -> str:
    """The same words, so that no line begins with a sign or ends with an opening one."""
    return _AFTER.sub(_NO_BREAK, _BEFORE.sub(_NO_BREAK, text))
