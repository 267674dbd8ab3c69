"""A bar that tells how far a long command has come: drawn over itself on a terminal, a line each time elsewhere."""

import sys
from dataclasses import dataclass

_WIDTH = 30


@dataclass(slots=True)
class Progress:
    """title: what is counted, in the words of the screen. total: how much there is."""

    title: str
    total: int
    done: int = 0

    def add(self, count: int) -> None:
        self.to(self.done + count)

    def to(self, done: int) -> None:
        self.done = done
        filled = _WIDTH * done // max(1, self.total)
        start, end = ("\r", "") if sys.stdout.isatty() else ("", "\n")
        print(
            f"{start}{self.title}  [{'█' * filled}{'·' * (_WIDTH - filled)}]  {done}/{self.total}", end=end, flush=True
        )

    def end(self) -> None:
        """Nothing more will be drawn here."""
        print(flush=True)
