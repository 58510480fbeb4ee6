"""From JQL text to its tree. Refuses what Jira refuses to read, with a message of its kind."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from mock_servers.jira.jql.tree import (
    Clause,
    Compound,
    Empty,
    FieldName,
    Function,
    Node,
    Operand,
    Ordering,
    Query,
    Several,
    Value,
)

RESERVED = frozenset(
    re.findall(
        r"\w+",
        """abort access add after alias all alter and any as asc audit avg before begin between boolean break by byte
        catch cf changed char character check checkpoint collate collation column commit connect continue count create
        current date decimal declare decrement default defaults define delete delimiter desc difference distinct divide
        do double drop else empty encoding end equals escape exclusive exec execute exists explain false fetch file
        field first float for from function go goto grant greater group having identified if immediate in increment
        index initial inner inout input insert int integer intersect intersection into is isempty isnull join last left
        less like limit lock long max min minus mode modify modulo more multiply next noaudit not notin nowait null
        number object of on option or order outer output power previous prior privileges public raise raw remainder
        rename resource return returns revoke right row rowid rownum rows select session set share size sqrt start
        strict string subtract sum synonym table then to trans transaction trigger true uid union unique update user
        validate values view was when whenever where while with""",
    )
)
_PROPERTY = re.compile(r"issue\.property\[(?P<key>.*)\](?P<path>(\.[\w.\-]+)?)$", re.IGNORECASE | re.DOTALL)


class JqlSyntaxError(Exception):
    """The text is not JQL; the message is Jira's."""


def parse(text: str) -> Query:
    """The tree of a query. Raises JqlSyntaxError."""
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as wrong:
        raise JqlSyntaxError(_explained(wrong, text)) from wrong
    reserved = next((str(t) for t in tree.scan_values(_is_reserved_word)), None)
    if reserved is not None:
        raise JqlSyntaxError(
            f"Error in the JQL Query: '{reserved}' is a reserved JQL word. You must surround it in quotation marks to "
            "use it in a query."
        )
    query = _Builder().transform(tree)
    assert isinstance(query, Query)
    return query


@cache
def _grammar() -> Lark:
    text = (Path(__file__).parent / "grammar.lark").read_text(encoding="utf-8")
    return Lark(text, start="query", parser="lalr", maybe_placeholders=True)


def _is_reserved_word(token: object) -> bool:
    return isinstance(token, Token) and token.type == "WORD" and token.lower() in RESERVED


def _explained(wrong: UnexpectedInput, text: str) -> str:
    where = f"(line {wrong.line}, character {wrong.column})"
    if isinstance(wrong, UnexpectedCharacters):
        character = wrong.char
        if character in "\"'":
            return f"Error in the JQL Query: The quoted string has not been completed. {where}"
        return (
            f"Error in the JQL Query: The character '{character}' is a reserved JQL character. You must enclose it in "
            f"a string or use the escape '\\u{ord(character):04x}' instead. {where}"
        )
    at_end = isinstance(wrong, UnexpectedEOF) or (isinstance(wrong, UnexpectedToken) and wrong.token.type == "$END")
    if at_end or not isinstance(wrong, UnexpectedToken):
        return f"Error in the JQL Query: The query ended before it was complete. (line 1, character {len(text) + 1})"
    return f"Error in the JQL Query: '{wrong.token}' was not expected here. {where}"


def unquoted(token: str) -> str:
    """The text of a word or a quoted string, one level of backslashes taken away."""
    if token[:1] not in "\"'" or len(token) < 2:
        return token
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, token[1:-1], flags=re.DOTALL)


def _unescaped(match: "re.Match[str]") -> str:
    escape = match.group(1)
    if len(escape) == 5:
        return chr(int(escape[1:], 16))
    return {"n": "\n", "r": "\r", "t": "\t"}.get(escape, escape)


class _Builder(Transformer[Token, Any]):
    """Makes the tree's nodes, innermost first. Method names are those of the grammar's rules."""

    def query(self, parts: list[Any]) -> Query:
        where, order = parts
        return Query(where, tuple(order or ()))

    def disjunction(self, parts: list[Node]) -> Node:
        return parts[0] if len(parts) == 1 else Compound("or", tuple(parts))

    def conjunction(self, parts: list[Node]) -> Node:
        return parts[0] if len(parts) == 1 else Compound("and", tuple(parts))

    def negation(self, parts: list[Node]) -> Node:
        return Compound("not", tuple(parts))

    def comparison(self, parts: list[Any]) -> Clause:
        field, operator, operand = parts
        return Clause(field, str(operator), operand)

    def in_list(self, parts: list[Any]) -> Clause:
        return Clause(parts[0], "in", parts[-1])

    def not_in_list(self, parts: list[Any]) -> Clause:
        return Clause(parts[0], "not in", parts[-1])

    def is_empty(self, parts: list[Any]) -> Clause:
        return Clause(parts[0], "is", Empty())

    def is_not_empty(self, parts: list[Any]) -> Clause:
        return Clause(parts[0], "is not", Empty())

    def empty(self, _: list[Any]) -> Operand:
        return Empty()

    def value(self, parts: list[Token]) -> Value:
        return Value(unquoted(parts[0]), str(parts[0]))

    def several(self, parts: list[Any]) -> Several:
        return Several(tuple(parts))

    def function(self, parts: list[Any]) -> Function:
        return Function(str(parts[0]), tuple(part for part in parts[1:] if part is not None))

    def argument(self, parts: list[Token]) -> str:
        return unquoted(parts[0])

    def field(self, parts: list[Token]) -> FieldName:
        token = parts[0]
        if token.type != "PROPERTY":
            return FieldName(unquoted(token), str(token))
        match = _PROPERTY.match(token)
        assert match is not None
        return FieldName("issue.property", str(token), unquoted(match["key"]), match["path"].lstrip("."))

    def order(self, parts: list[Ordering]) -> list[Ordering]:
        return parts

    def ordering(self, parts: list[Any]) -> Ordering:
        return Ordering(parts[0], str(parts[1]).lower() if parts[1] else None)
