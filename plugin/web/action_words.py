"""What approving and paying from Jira does, said before it is switched on."""

from __future__ import annotations

from plugin.integrations.amounts import in_words
from plugin.integrations.products import StreamDescription
from plugin.store.models import JsonObject
from plugin.web.action_form import ACTIONS, AT_ONCE, is_on
from plugin.web.wording import counted
from sage_adapters.records import Money


def consequences(before: JsonObject, after: JsonObject, described: StreamDescription, source: str) -> list[str]:
    """A sentence for each action that is switched on, or changed while it is on; none for one that is
    off afterwards."""
    told = []
    for action in ACTIONS:
        now, then = after.get(action) or {}, before.get(action) or {}
        if is_on(now) and now != then:
            told.append(_SENTENCES[action](now, described.document, source) + " " + _who(now))
    return told


def _approving(settings: JsonObject, document: str, source: str) -> str:
    batch = (
        "with the first approval, whatever else its batch holds"
        if settings.get("batch") == AT_ONCE
        else "as soon as all documents of its batch are approved"
    )
    done = f"set ready to post in {source}" + (" and posted" if settings.get("post") else "")
    rest = "" if settings.get("post") else " Posting is left to people there."
    return f"Approving: the batch of {_a(document)} is {done} {batch}.{rest} {_how(settings)}"


def _paying(settings: JsonObject, document: str, source: str) -> str:
    steps = f"a payment batch from the bank {settings.get('bank')} is entered in {source}"
    if settings.get("post"):
        steps += ", set ready to post and posted: it counts as paid, with nobody looking at it again"
    elif settings.get("ready"):
        steps += " and set ready to post; posting is left to people there"
    else:
        steps += "; everything further is left to people there"
    return f"Paying: for a posted {document}, {steps}. {_how(settings)}"


_SENTENCES = {"approve": _approving, "pay": _paying}


def _how(settings: JsonObject) -> str:
    status = settings.get("status")
    if not status:
        return "It is asked for by a button in the panel of the issue."
    return f"It is asked for by moving the issue to {status['name']}, or by a button in its panel."


def _who(settings: JsonObject) -> str:
    groups, users = settings.get("groups") or [], settings.get("users") or []
    who = [f"members of {', '.join(groups)}"] if groups else []
    who += [f"{counted(len(users), 'person', 'people')} named below"] if users else []
    most = settings.get("up_to")
    limit = f", up to {in_words(Money.from_text(most))}" if most else ", whatever the amount"
    eyes = "" if settings.get("four_eyes") else " Nobody else has to have looked at it: four eyes are not demanded."
    return f"Allowed: {' and '.join(who)}{limit}.{eyes}"


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
