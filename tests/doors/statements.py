"""What the database is asked while something is done."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from carnet.storage import database, lanes


@asynccontextmanager
async def statements(told_as: Callable[[str], str] = str) -> AsyncIterator[list[str]]:
    """The statements that run within the block, in order, by whichever way they take; spaces folded, then each told as wanted."""
    told: list[str] = []

    def counting(run: Any) -> Any:
        async def asked(self: Any, statement: Any, *more: Any, **options: Any) -> Any:
            told.append(told_as(" ".join(str(statement).split())))
            return await run(self, statement, *more, **options)

        return asked

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in ((database._BinaryCursor, "execute"), (lanes.Lanes, "fetch")):
            patch.setattr(owner, name, counting(getattr(owner, name)))
        yield told
