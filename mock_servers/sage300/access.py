"""Who may do what: Basic auth, the Web API right per module, record rights (contract sage300, section 2)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import Authorization

from mock_servers.sage300.exceptions import Sage300Error
from mock_servers.sage300.knobs import Knobs
from mock_servers.sage300.urls import MODULES

ADMINISTRATOR = "ADMIN"
SAMPLE_USER = "COUNTERFOIL"
SAMPLE_WORD = "REHEARSAL"


@dataclass(frozen=True, slots=True)
class User:
    """One user. Names and passwords are stored in upper case and compared exactly.

    `api`, `view` and `modify` are the modules in which the user holds each right.
    """

    name: str
    password: str
    api: frozenset[str] = frozenset(MODULES)
    view: frozenset[str] = frozenset(MODULES)
    modify: frozenset[str] = frozenset(MODULES)


class Users:
    """The users of a Sage 300 server."""

    def __init__(self) -> None:
        self._users = {
            user.name: user
            for user in (
                User(SAMPLE_USER, SAMPLE_WORD),
                User("NORIGHT", SAMPLE_WORD, api=frozenset()),
                User("NOLEDGER", SAMPLE_WORD, api=frozenset(MODULES) - {"GL"}),
                User("NOORDERS", SAMPLE_WORD, api=frozenset(MODULES) - {"PO"}),
                User(ADMINISTRATOR, SAMPLE_WORD),
            )
        }

    def admit(self, given: Authorization | None, knobs: Knobs) -> User:
        """The user who calls. Unauthorized for a wrong name or password, Forbidden for ADMIN unless allowed."""
        if given is None or given.type != "basic":
            raise Sage300Error("unauthorized")
        user = self._users.get(given.username or "")
        expected = user.password if user is not None else ""
        if not hmac.compare_digest(expected.encode(), (given.password or "").encode()) or user is None:
            raise Sage300Error("unauthorized")
        if user.name == ADMINISTRATOR and not knobs.admin_allowed:
            raise Sage300Error("forbidden", what="the Web API")
        return user

    def check(self, user: User, module: str, resource: str, *, writes: bool) -> None:
        """Forbidden unless the user holds the API right of the module and the right on the record."""
        rights = user.modify if writes else user.view
        if module not in user.api or module not in rights:
            raise Sage300Error("forbidden", what=resource)

    def set(self, users: dict[str, Any]) -> None:
        """Adds or changes users: `{name: {"password"?, "api"?, "view"?, "modify"?}}`, rights as module lists.

        ValueError for a field, module or new user without password.
        """
        changed = {name: self._changed(name, fields) for name, fields in users.items()}
        self._users.update(changed)

    def shown(self) -> dict[str, dict[str, list[str]]]:
        """The users and their rights, without passwords."""
        return {
            user.name: {"api": sorted(user.api), "view": sorted(user.view), "modify": sorted(user.modify)}
            for user in self._users.values()
        }

    def _changed(self, name: str, fields: dict[str, Any]) -> User:
        before = self._users.get(name)
        word = fields.get("password", before.password if before else None)
        if word is None:
            raise ValueError(f"The new user {name} needs a password.")
        rights = {
            right: frozenset(fields.get(right, getattr(before, right) if before else MODULES))
            for right in ("api", "view", "modify")
        }
        unknown = set(fields) - {"password", "api", "view", "modify"} | frozenset().union(*rights.values()) - set(
            MODULES
        )
        if unknown:
            raise ValueError(f"A user has no field or module {', '.join(sorted(unknown))}.")
        return User(name, str(word), **rights)
