"""The table of routes. Nothing is reachable without a declared right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from plugin.web.visit import Download, Fragment, NotThere, Visit

View = Callable[[Visit], Fragment | Download]


class Right(Enum):
    """What a visitor must be allowed in Jira."""

    ADMINISTRATOR = "administrator"
    ISSUE = "issue"
    """To see the issue on which the page stands."""


@dataclass(frozen=True)
class Route:
    """A name under which a view is reached. `writes`: only by a form or button, never by opening a page."""

    name: str
    view: View
    right: Right
    writes: bool

    def __post_init__(self) -> None:
        if not isinstance(self.right, Right):
            raise TypeError(f"the route {self.name!r} declares no right")


def page(name: str, view: View, right: Right) -> Route:
    """A view that only looks."""
    return Route(name, view, right, writes=False)


def action(name: str, view: View, right: Right) -> Route:
    """A view that changes something."""
    return Route(name, view, right, writes=True)


class Routes:
    """Finds routes by name."""

    def __init__(self, *routes: Route) -> None:
        self._routes = {route.name: route for route in routes}
        if len(self._routes) != len(routes):
            raise ValueError("two routes have the same name")

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes.values())

    def find(self, name: str) -> Route:
        """Raises NotThere."""
        if name not in self._routes:
            raise NotThere("This page does not exist. Go back to the overview.")
        return self._routes[name]
