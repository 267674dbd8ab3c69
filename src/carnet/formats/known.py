"""
What messages and documents say again and again (codes, professionals), recognised by its text.

Writing the JSON of a small object takes a tenth of the time that looking into it takes; the XML of a small element, half. Never of a patient:
what is kept outlives the message.
"""

from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class Known(Generic[_Value]):
    """
    Values by the text that gave them, as long as the process lives.

    Senders choose what is kept here, and must not fill the memory with it: long texts are not kept, and past a count all are forgotten.
    """

    def __init__(self, *, count: int = 2048, longest: int = 2048) -> None:
        """longest: bytes of a text."""
        self._values: dict[bytes, _Value] = {}
        self._count = count
        self._longest = longest
        self.of = self._values.get

    def keep(self, value: _Value, text: bytes) -> _Value:
        """The same value; found by `of` from now on."""
        if len(text) <= self._longest:
            if len(self._values) >= self._count:
                self._values.clear()
            self._values[text] = value
        return value
