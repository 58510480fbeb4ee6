"""Conditions on a document, as administrators put them together: "Vendor group is one of TRADE, UTIL".

A product says by `Subjects` what can be asked of its documents. A stored condition names a subject, how it is
compared, and values of which any will do. Where a document has several texts for a subject, say the accounts of its
lines, one of them is enough; "is not" wants none of them. Upper and lower case, and blanks at the ends or in runs, make
no difference.

An amount is compared as it is printed on the document, exactly and in the document's own currency: 1,000 is a thousand
of whatever the document is in, and 1,000 USD holds for documents in US dollars alone. Nothing is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from plugin.integrations.amounts import Figure, in_words
from plugin.integrations.attributes import Content
from plugin.store.models import JsonObject
from sage_adapters.errors import ConfigurationTrouble
from sage_adapters.records import Money

Kind = Literal["text", "amount", "texts"]
Said = str | Money | Sequence[str] | None

MOST_VALUES = 200
LONGEST_VALUE = 255


class How(StrEnum):
    IS = "is"
    IS_NOT = "is-not"
    STARTS_WITH = "starts-with"
    AT_LEAST = "at-least"
    AT_MOST = "at-most"

    @property
    def label(self) -> str:
        return _VERBS[self]


_VERBS: Mapping[How, str] = {
    How.IS: "is",
    How.IS_NOT: "is not",
    How.STARTS_WITH: "starts with",
    How.AT_LEAST: "is at least",
    How.AT_MOST: "is at most",
}

WAYS: Mapping[Kind, tuple[How, ...]] = {
    "text": (How.IS, How.IS_NOT, How.STARTS_WITH),
    "texts": (How.IS, How.IS_NOT, How.STARTS_WITH),
    "amount": (How.AT_LEAST, How.AT_MOST, How.IS, How.IS_NOT),
}
"""How each kind of subject can be compared."""


@dataclass(frozen=True)
class Subject:
    """Something that can be asked of a document. `name` stays the same for ever: conditions are stored by it. `read`
    gives a text, an amount (None where the document has none) or several texts, by `kind`; it never raises for a
    document that lacks what is asked."""

    name: str
    label: str
    kind: Kind
    read: Callable[[Content], Said]

    def texts(self, content: Content) -> list[str]:
        """What the document says, without empty texts and each but once."""
        said = self.read(content)
        several = [said] if isinstance(said, str) else [] if said is None or isinstance(said, Money) else said
        return list(dict.fromkeys(text for text in map(_squeezed, several) if text))

    def amount(self, content: Content) -> Money | None:
        said = self.read(content)
        return said if isinstance(said, Money) else None

    def said(self, content: Content) -> str:
        """What the document says, for people; "" for nothing."""
        if self.kind != "amount":
            return ", ".join(self.texts(content))
        amount = self.amount(content)
        return in_words(amount) if amount else ""


@dataclass(frozen=True)
class Family:
    """Subjects with a parameter, e.g. `optional:DEPT`. `parameter` is what people are asked for. `of` raises ValueError
    with a sentence for a parameter that makes no sense."""

    name: str
    label: str
    parameter: str
    kind: Kind
    of: Callable[[str], Subject]


@dataclass(frozen=True)
class Subjects:
    """All that can be asked of the documents of a stream."""

    plain: tuple[Subject, ...]
    families: tuple[Family, ...] = ()

    def named(self, name: str) -> Subject:
        """Raises ValueError with a sentence."""
        family, colon, parameter = name.partition(":")
        if not colon:
            found = next((each for each in self.plain if each.name == name), None)
        else:
            of = next((each.of for each in self.families if each.name == family), None)
            found = of(_squeezed(parameter)) if of else None
        if found is None:
            raise ValueError(f"“{name}” is nothing that can be asked of these documents.")
        return found


@dataclass(frozen=True)
class Condition:
    """`values` are as people typed them; without any, "is" means that the document says nothing there, "is not" that it
    says something. Raises ValueError with a sentence when made of what does not belong together."""

    subject: Subject
    how: How
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        label = self.subject.label
        if self.how not in WAYS[self.subject.kind]:
            raise ValueError(f"{label} cannot be compared by “{self.how.label}”.")
        if not self.values and self.how not in (How.IS, How.IS_NOT):
            raise ValueError(f"{label}: enter a value to compare with.")
        if len(self.values) > MOST_VALUES or any(len(each) > LONGEST_VALUE for each in self.values):
            raise ValueError(f"{label}: enter at most {MOST_VALUES} values of at most {LONGEST_VALUE} characters.")
        if self.subject.kind == "amount":
            self._figures  # noqa: B018 (what cannot be read is told now, not when a document comes)

    @classmethod
    def entered(cls, subjects: Subjects, on: str, how: str, values: Sequence[str]) -> Condition:
        """From what a person has chosen and typed. Raises ValueError with a sentence."""
        subject = subjects.named(_squeezed(on))
        if how not in list(How):
            raise ValueError(f"{subject.label} cannot be compared by “{how}”.")
        kept = dict.fromkeys(text for text in map(_squeezed, values) if text)
        return cls(subject, How(how), tuple(kept))

    @classmethod
    def from_json(cls, stored: object, subjects: Subjects) -> Condition:
        """Raises ConfigurationTrouble for what cannot be a condition of these documents."""
        try:
            if not isinstance(stored, Mapping):
                raise ValueError("It is no condition at all.")
            on, how, values = stored.get("on"), stored.get("how"), stored.get("values")
            if not (isinstance(on, str) and isinstance(how, str) and isinstance(values, list)):
                raise ValueError("It does not say what is compared, how, and with which values.")
            return cls.entered(subjects, on, how, [str(value) for value in values])
        except ValueError as problem:
            raise ConfigurationTrouble(
                "A condition on documents was about to be used as it is stored.",
                str(problem),
                "Open the page where it was entered (Rules, or What takes part), correct or remove it, and save.",
                "settings.condition",
            ) from problem

    def to_json(self) -> JsonObject:
        return {"on": self.subject.name, "how": self.how.value, "values": list(self.values)}

    def holds(self, content: Content) -> bool:
        found = self._meets(content)
        return not found if self.how is How.IS_NOT else found

    def in_words(self) -> str:
        """E.g. "Vendor group is one of TRADE, UTIL"; an amount without a currency says whose it is."""
        label, verb = self.subject.label, self.how.label
        if not self.values:
            return f"{label} is {'empty' if self.how is How.IS else 'not empty'}"
        if self.subject.kind == "amount":
            shown = [str(figure) for figure in self._figures]
            own = all(not figure.currency for figure in self._figures)
            joined = f"{' or '.join(shown)}{' in the document’s own currency' if own else ''}"
            return f"{label} {verb} {joined}"
        return f"{label} {verb} {'one of ' if len(self.values) > 1 else ''}{', '.join(self.values)}"

    @cached_property
    def _figures(self) -> tuple[Figure, ...]:
        return tuple(map(Figure.from_text, self.values))

    @cached_property
    def _wanted(self) -> tuple[str, ...]:
        return tuple(value.casefold() for value in self.values)

    def _meets(self, content: Content) -> bool:
        """Whether the document says what is looked for, before "is not" turns it round."""
        if self.subject.kind == "amount":
            amount = self.subject.amount(content)
            if amount is None or not self.values:
                return amount is None and not self.values
            return any(self._compares(figure, amount) for figure in self._figures)
        texts = [text.casefold() for text in self.subject.texts(content)]
        if not self.values:
            return not texts
        if self.how is How.STARTS_WITH:
            return any(text.startswith(self._wanted) for text in texts)
        return any(text in self._wanted for text in texts)

    def _compares(self, figure: Figure, amount: Money) -> bool:
        if figure.currency not in ("", amount.currency.upper()):
            return False
        if self.how is How.AT_LEAST:
            return amount.amount >= figure.amount
        return amount.amount <= figure.amount if self.how is How.AT_MOST else amount.amount == figure.amount


def _squeezed(text: object) -> str:
    return " ".join(str(text).split())
