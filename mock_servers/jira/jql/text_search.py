"""How `~` matches: words without case, in any order, or next to each other as a phrase.

Because values are cut into words, a search for a document number also finds longer ones that contain it (contract
jira-rest, section 2, Search): whoever searches must compare exactly afterwards.
"""

import re
from dataclasses import dataclass

_WORD = re.compile(r"\w+")
_SPECIAL = re.compile(r"(?<!\\)[(){}\[\]:^!]|(?<!\\)[+&|](?=\s|$)|^[*?]")


class TextQueryRefused(Exception):
    """The text after `~` is not a query that the index can read."""


def words_of(text: str) -> list[str]:
    """The words of a value as the index keeps them."""
    return _WORD.findall(text.casefold())


@dataclass(frozen=True, slots=True)
class TextQuery:
    """What must be found: all `phrases`, each a run of words; a word may end in `*` for any ending."""

    phrases: tuple[tuple[str, ...], ...]

    def plain_words(self) -> list[str]:
        """Words that must occur as they are."""
        return [word for phrase in self.phrases for word in phrase if not word.endswith("*")]

    def matches(self, text: str) -> bool:
        words = words_of(text)
        return all(_contains(words, phrase) for phrase in self.phrases)


def text_query(text: str) -> TextQuery:
    """Reads the right side of `~`: words, "phrases" in quotes, prefixes with `*`, backslash escapes.

    Raises TextQueryRefused for specials that are not escaped, and for a text without a single word.
    """
    plain = text.replace("\\\\", " ")
    if len(re.findall(r'(?<!\\)"', plain)) % 2:
        raise TextQueryRefused(text)
    phrases: list[tuple[str, ...]] = []
    for number, part in enumerate(re.split(r'(?<!\\)"', plain)):
        quoted = number % 2 == 1
        if not quoted and _SPECIAL.search(part.strip()):
            raise TextQueryRefused(text)
        found = [tuple(_searched(part))] if quoted else [(word,) for chunk in part.split() for word in _searched(chunk)]
        phrases.extend(phrase for phrase in found if phrase)
    if not phrases:
        raise TextQueryRefused(text)
    return TextQuery(tuple(phrases))


def _searched(text: str) -> list[str]:
    return re.findall(r"\w+\*?", re.sub(r"\\(.)", r" ", text).casefold())


def _contains(words: list[str], phrase: tuple[str, ...]) -> bool:
    length = len(phrase)
    return any(
        all(_fits(word, wanted) for word, wanted in zip(words[start : start + length], phrase, strict=True))
        for start in range(len(words) - length + 1)
    )


def _fits(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted
