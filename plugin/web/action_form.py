"""Approving and paying as a form: who may, how much, what it does in the source, and where issues go afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import Schema, fields

from plugin.integrations.amounts import Figure
from plugin.store.models import JsonObject
from plugin.web import forms
from plugin.web.condition_form import apart, together
from plugin.web.offers import Offer
from sage_adapters.records import Money

ACTIONS = ("approve", "pay")
WHOLE_BATCH, AT_ONCE = "when-all-approved", "at-once"
STATUSES = ("status", "done_status", "refused_status")
TICKS = {"approve": ("four_eyes", "post"), "pay": ("four_eyes", "ready", "post")}
TEXTS = ("groups", "up_to", *STATUSES, "batch", "bank")
PERSON = re.compile(r"(approve|pay)-user-(.{1,128})")
"""The name of a ticked box."""
SAGE_ENTRY = re.compile(r"sage-(?:user|person)-\d{1,2}", re.ASCII)
MOST_SAGE_USERS = 50


@dataclass(frozen=True)
class Action:
    """The entries of one of ACTIONS."""

    texts: Mapping[str, str]
    ticks: frozenset[str]
    users: frozenset[str]


@dataclass(frozen=True)
class Entries:
    """What the form holds. `sage_users` are pairs of a user there and an account id; `person` is what people are looked
    for by."""

    actions: Mapping[str, Action]
    time_zone: str = ""
    sage_users: Sequence[tuple[str, str]] = ()
    person: str = ""

    @classmethod
    def typed(cls, form: Mapping[str, str]) -> Entries:
        people = [found.groups() for name in form if (found := PERSON.fullmatch(name))]
        numbers = sorted({int(name.rpartition("-")[2]) for name in form if SAGE_ENTRY.fullmatch(name)})
        pairs = [(form.get(f"sage-user-{n}", "").strip(), form.get(f"sage-person-{n}", "")) for n in numbers]
        actions = {
            action: Action(
                {name: form.get(f"{action}-{name}", "").strip() for name in TEXTS},
                frozenset(name for name in TICKS[action] if form.get(f"{action}-{name}")),
                frozenset(user for of, user in people if of == action),
            )
            for action in ACTIONS
        }
        zone, person = form.get("time_zone", "").strip(), form.get("person", "").strip()
        return cls(actions, zone, [pair for pair in pairs if any(pair)], person)

    @classmethod
    def stored(cls, settings: JsonObject) -> Entries:
        users = settings.get("sage_users") or {}
        actions = {action: _stored(settings.get(action) or {}, action) for action in ACTIONS}
        return cls(actions, str(settings.get("time_zone") or ""), sorted(users.items()))

    @property
    def accounts(self) -> list[str]:
        """Account ids of all people that are chosen somewhere."""
        chosen = [*(user for each in self.actions.values() for user in sorted(each.users))]
        return list(dict.fromkeys([*chosen, *(who for _, who in self.sage_users if who)]))


@dataclass
class Made:
    """The settings to be stored, and what is wrong by the name of its entry."""

    settings: JsonObject = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def schema(form: Mapping[str, object]) -> Schema:
    plain = [f"{action}-{name}" for action in ACTIONS for name in (*TEXTS, *TICKS[action])]
    rest = [name for name in form if PERSON.fullmatch(name) or SAGE_ENTRY.fullmatch(name)]
    names = ["time_zone", "person", *plain, *rest]
    return forms.Form.from_dict({name: fields.String(load_default="") for name in names})()


def made(entries: Entries, statuses: Offer, banks: Offer, before: JsonObject) -> Made:
    """`before` are the settings that are changed: what they chose stays choosable."""
    result = Made()
    for action in ACTIONS:
        result.settings[action] = _action(action, entries.actions[action], statuses, before.get(action) or {}, result)
    _pay_from(entries.actions["pay"], banks, before, result)
    _tell_statuses_apart(result)
    result.settings["sage_users"] = _sage_users(entries.sage_users, result)
    result.settings["time_zone"] = _zone(entries.time_zone, result)
    return result


def is_on(action: JsonObject) -> bool:
    """Nobody may do what nobody is named for."""
    return bool(action.get("groups") or action.get("users"))


def _stored(stored: JsonObject, action: str) -> Action:
    texts = {name: str((stored.get(name) or {}).get("id", "")) for name in STATUSES}
    texts["groups"] = together([str(each) for each in stored.get("groups") or ()])
    texts["up_to"] = str(stored.get("up_to") or "")
    texts["batch"], texts["bank"] = str(stored.get("batch") or WHOLE_BATCH), str(stored.get("bank") or "")
    on = {name for name in TICKS[action] if stored.get(name, name == "four_eyes")}
    return Action(texts, frozenset(on), frozenset(map(str, stored.get("users") or ())))


def _action(name: str, entries: Action, statuses: Offer, before: JsonObject, result: Made) -> JsonObject:
    settings: JsonObject = {"groups": apart(entries.texts["groups"]), "users": sorted(entries.users)}
    settings["up_to"] = _limit(entries.texts["up_to"], f"{name}-up_to", result)
    for each in STATUSES:
        chosen = entries.texts[each]
        settings[each] = statuses.chosen(chosen, before.get(each)) if chosen else None
        if chosen and settings[each] is None:
            result.problems[f"{name}-{each}"] = "This is not a status of this workflow. Choose again."
    for tick in TICKS[name]:
        settings[tick] = tick in entries.ticks
    if name == "approve":
        settings["batch"] = AT_ONCE if entries.texts["batch"] == AT_ONCE else WHOLE_BATCH
    return settings


def _limit(text: str, name: str, result: Made) -> str | None:
    """As money, exactly; a limit without a currency would be one in every currency."""
    if not text:
        return None
    try:
        limit = Figure.from_text(text)
    except ValueError as problem:
        result.problems[name] = str(problem)
        return None
    if not limit.currency or limit.amount <= 0:
        result.problems[name] = "Enter an amount above zero with its currency, like 10,000.00 USD."
    return str(Money(limit.amount, limit.currency))


def _pay_from(entries: Action, banks: Offer, before: JsonObject, result: Made) -> None:
    pay, kept = result.settings["pay"], (before.get("pay") or {}).get("bank")
    bank = entries.texts["bank"]
    pay["bank"] = bank
    if bank and not banks.chosen(bank, {"id": kept, "name": kept} if kept else None):
        result.problems["pay-bank"] = "This bank is not in use. Choose again."
    if is_on(pay) and not bank:
        result.problems["pay-bank"] = "Choose the bank that payments are made from."
    if pay["post"] and not pay["ready"]:
        result.problems["pay-post"] = "Only a batch that is ready to post can be posted. Tick both, or none."


def _tell_statuses_apart(result: Made) -> None:
    wishing: dict[str, str] = {}
    for action in ACTIONS:
        status = result.settings[action]["status"]
        if status and status["id"] in wishing:
            result.problems[f"{action}-status"] = "Approving begins with this status. Choose another for paying."
        elif status:
            wishing[status["id"]] = action
    for action in ACTIONS:
        for name in ("done_status", "refused_status"):
            status = result.settings[action][name]
            if status and status["id"] in wishing:
                sentence = f"An issue that comes there asks to {wishing[status['id']]}. Choose another status."
                result.problems[f"{action}-{name}"] = sentence


def _sage_users(pairs: Sequence[tuple[str, str]], result: Made) -> dict[str, str]:
    users: dict[str, str] = {}
    for number, (user, who) in enumerate(pairs[:MOST_SAGE_USERS]):
        if not user or not who:
            result.problems[f"sage-user-{number}"] = "Enter the user and choose the person, or clear both."
        elif user.upper() in users:
            result.problems[f"sage-user-{number}"] = "This user is in the list already."
        users[user.upper()] = who
    return users


def _zone(text: str, result: Made) -> str | None:
    """None for UTC, the usual one."""
    if not text:
        return None
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        result.problems["time_zone"] = "There is no such time zone. Enter one like America/Toronto or Europe/London."
    return text
