"""
What a person has to do, from the areas that know it: each gives its tasks, and `portals/citizen/__init__.py` lists them.

A task is a real thing of this version, leads to the page where it is done, and goes away once it is.
"""

from collections.abc import Awaitable, Callable, Sequence

from carnet.portals.citizen.portal import CitizenPortal, Visit
from carnet.vocabulary.frozen import frozen


@frozen
class Task:
    """
    One thing to do.

    title: a verb and its object; text: why. when: in the margin, or None. icon: of the portal's set. is_pressing: marked as new things are.
    """

    title: str
    address: str
    text: str
    icon: str
    when: str | None = None
    is_pressing: bool = False


Source = Callable[[CitizenPortal, Visit], Awaitable[Sequence[Task]]]
