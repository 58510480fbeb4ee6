"""Field values: checking what a caller sends and turning it into what is stored.

Stored forms by kind: text, url -> str; document -> ADF dict; number -> float; date -> "YYYY-MM-DD"; instant ->
aware datetime; option -> option id; options -> tuple of option ids; labels -> tuple of str; user -> account id;
priority, resolution, issuetype, project, status -> id; parent -> issue id; timetracking -> dict of seconds.
None clears.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NoReturn

from mock_servers.jira import adf
from mock_servers.jira.fields import Context, Field
from mock_servers.jira.projects import Project
from mock_servers.jira.site_state import SiteState

TEXT_LIMIT = 255
DURATION_UNITS = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}


class ValueRefused(Exception):
    """A value that a field does not take; the text is Jira's message for the field."""


def accept(site: SiteState, field: Field, value: Any, context: Context | None, project: Project | None = None) -> Any:
    """The stored form of `value`, None to clear the field. Raises ValueRefused with Jira's message.

    `context` is the one of a custom field that applies to the issue: it holds the options. `project` holds the
    components, and says who can be assigned.
    """
    if value is None or (value == "" and field.kind in ("text", "url", "date", "instant")):
        return None
    if field.kind in ("option", "options"):
        return _options(field, value, context)
    if field.kind == "components":
        return _components(site, project, value)
    if field.id == "assignee" and project is not None:
        return _assignee(site, field, project, value)
    return _ACCEPTORS[field.kind](site, field, value)


def _refuse(message: str) -> NoReturn:
    raise ValueRefused(message)


def _text(_: SiteState, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        _refuse("Operation value must be a string")
    if field.id == "summary":
        if "\n" in value or "\r" in value:
            _refuse("The summary is invalid because it contains newline characters.")
        if len(value) > TEXT_LIMIT:
            _refuse("Summary can't exceed 255 characters.")
    elif len(value) > TEXT_LIMIT:
        _refuse("The entered text is too long. It exceeds the allowed limit of 255 characters.")
    return value


def _url(site: SiteState, field: Field, value: Any) -> str:
    text = _text(site, field, value)
    if not re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*://\S+$|^mailto:\S+$", text):
        _refuse(f"Not a valid URL {text}")
    return text


def _document(_: SiteState, __: Field, value: Any) -> dict[str, Any]:
    complaint = adf.complaint(value)
    if complaint:
        _refuse(complaint)
    assert isinstance(value, dict)
    return value


def _number(_: SiteState, __: Field, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _refuse("Operation value must be a number")
    return float(value)


def _date(_: SiteState, __: Field, value: Any) -> str:
    if not isinstance(value, str):
        _refuse("Operation value must be a string")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    _refuse(f"Error parsing date string: {value}")


def _instant(_: SiteState, __: Field, value: Any) -> datetime:
    if not isinstance(value, str):
        _refuse("Operation value must be a string")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        _refuse(f"Error parsing time: {value}")
    if instant.tzinfo is None:
        _refuse(f"Error parsing time: {value}")
    return instant


def _options(field: Field, value: Any, context: Context | None) -> Any:
    if field.kind == "option":
        return _option(field, value, context)
    if not isinstance(value, list):
        _refuse("Operation value must be an array")
    return tuple(dict.fromkeys(_option(field, item, context) for item in value)) or None


def _option(field: Field, value: Any, context: Context | None) -> str:
    if not isinstance(value, dict) or not ({"id", "value"} & value.keys()):
        _refuse(f"Specify a valid 'id' or 'value' for {field.name}")
    offered = [option for option in (context.options if context else []) if not option.disabled]
    if "id" in value:
        found = next((o for o in offered if o.id == str(value["id"])), None)
        return found.id if found else _refuse(f"Option id '{value['id']}' is not valid")
    found = next((o for o in offered if o.value == value["value"]), None)
    return found.id if found else _refuse(f"Option value '{value['value']}' is not valid")


def _labels(_: SiteState, __: Field, value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        _refuse("Operation value must be an array of strings")
    for label in value:
        if re.search(r"\s", label):
            _refuse(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > TEXT_LIMIT:
            _refuse(f"The label '{label[:20]}…' exceeds the maximum length of 255 characters.")
    return tuple(dict.fromkeys(value)) or None


def _user(site: SiteState, field: Field, value: Any) -> str | None:
    account = value.get("accountId", value.get("id")) if isinstance(value, dict) else None
    if isinstance(value, dict) and account is None:
        return None
    user = site.users.get(str(account))
    if user is None or not user.active:
        _refuse(f"Specify a valid value for {field.name.lower()}")
    return user.account_id


def _assignee(site: SiteState, field: Field, project: Project, value: Any) -> str | None:
    account = _user(site, field, value)
    if account is not None and not site.may(account, "ASSIGNABLE_USER", project):
        _refuse(f"User '{site.user(account).name}' cannot be assigned issues.")
    return account


def _components(site: SiteState, project: Project | None, value: Any) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        _refuse("Operation value must be an array")
    offered = site.components_of(project) if project else []
    found = []
    for wanted in value:
        given = wanted if isinstance(wanted, dict) else {}
        chosen = next((c for c in offered if c.id == str(given.get("id")) or c.name == given.get("name")), None)
        if chosen is None:
            _refuse(f"Component name '{given.get('name', given.get('id'))}' is not valid")
        found.append(chosen.id)
    return tuple(dict.fromkeys(found)) or None


def _named(choices: str) -> Callable[[SiteState, Field, Any], str]:
    """Accepts `{id}` or `{name}` of one of the site's things held in the attribute `choices`."""

    def accept_named(site: SiteState, field: Field, value: Any) -> str:
        if not isinstance(value, dict):
            _refuse("Operation value must be an object")
        known = getattr(site, choices)
        if "id" in value:
            return (
                str(value["id"])
                if str(value["id"]) in known
                else _refuse(f"{field.name} id '{value['id']}' is not valid")
            )
        named = next((item.id for item in known.values() if item.name == value.get("name")), None)
        return str(named) if named else _refuse(f"{field.name} name '{value.get('name')}' is not valid")

    return accept_named


def _parent(site: SiteState, _: Field, value: Any) -> str:
    if not isinstance(value, dict):
        _refuse("data was not an object")
    issue = site.find_issue(str(value.get("id") or value.get("key")))
    if issue is None:
        _refuse("Could not find issue by id or key.")
    return issue.id


def _timetracking(_: SiteState, __: Field, value: Any) -> dict[str, int]:
    if not isinstance(value, dict):
        _refuse("Operation value must be an object")
    return {
        f"{name}EstimateSeconds": seconds_of(str(value[f"{name}Estimate"]))
        for name in ("original", "remaining")
        if value.get(f"{name}Estimate")
    }


def seconds_of(duration: str) -> int:
    """Seconds of Jira's `1w 2d 3h 30m` (a week is 5 days, a day 8 hours). Raises ValueRefused."""
    parts = duration.split()
    if not parts or not all(re.fullmatch(r"\d+[wdhm]", part) for part in parts):
        _refuse(f"'{duration}' is not a valid time duration")
    return sum(int(part[:-1]) * DURATION_UNITS[part[-1]] for part in parts)


def duration_of(seconds: int) -> str:
    """Jira's words for a number of seconds: `1d 2h`."""
    words = []
    for unit, size in DURATION_UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            words.append(f"{count}{unit}")
    return " ".join(words) or "0m"


def _not_settable(_: SiteState, field: Field, __: Any) -> NoReturn:
    _refuse(f"Field '{field.id}' cannot be set. It is not on the appropriate screen, or unknown.")


_ACCEPTORS: dict[str, Callable[[SiteState, Field, Any], Any]] = {
    "text": _text,
    "url": _url,
    "document": _document,
    "number": _number,
    "date": _date,
    "instant": _instant,
    "labels": _labels,
    "user": _user,
    "priority": _named("priorities"),
    "resolution": _named("resolutions"),
    "issuetype": _named("issue_types"),
    "parent": _parent,
    "timetracking": _timetracking,
    "readonly": _not_settable,
}


def words(site: SiteState, field: Field, stored: Any) -> str | None:
    """What people read for a stored value, as in a change log."""
    if stored is None:
        return None
    if field.kind in ("option", "options"):
        chosen = [field.option(item) for item in ([stored] if field.kind == "option" else stored)]
        return ", ".join(option.value for option in chosen if option)
    if field.kind == "components":
        return ", ".join(site.components[item].name for item in stored if item in site.components)
    if field.kind in _NAMES:
        named = getattr(site, _NAMES[field.kind]).get(stored)
        return str(named.name) if named else None
    if field.kind == "timetracking":
        return f"{duration_of(stored.get('timeSpentSeconds', 0))} logged"
    if field.kind == "document":
        return adf.text_of(stored)
    if field.kind == "labels":
        return " ".join(stored)
    if field.kind == "parent":
        return site.issues[stored].key if stored in site.issues else None
    if field.kind == "instant":
        return str(stored.astimezone(site.time_zone).isoformat(timespec="milliseconds"))
    return f"{stored:g}" if isinstance(stored, float) else str(stored)


def identity(field: Field, stored: Any) -> str | None:
    """The id that a change log names for a stored value; None for fields whose values have no ids."""
    if stored is None or field.kind not in {*_NAMES, "option", "options", "components", "parent"}:
        return None
    return "[" + ", ".join(stored) + "]" if field.kind in ("options", "components") else str(stored)


_NAMES = {
    "priority": "priorities",
    "resolution": "resolutions",
    "issuetype": "issue_types",
    "status": "statuses",
    "project": "projects",
    "user": "users",
}
