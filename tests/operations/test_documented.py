"""What an operator or an administrator can meet is written down: settings, commands, codes of troubles."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from plugin.cli import counterfoil
from plugin.settings import Settings

ROOT = Path(__file__).parents[2]
OPERATORS = (ROOT / "docs" / "operators.md").read_text("utf-8")
ADMINISTRATORS = (ROOT / "docs" / "administrators.md").read_text("utf-8")
SPOKEN_OF = (
    *("sage300", "jira", "address", "http", "tls", "target"),
    *("connection", "sync", "notices", "settings", "actions"),
)
FACTS = {"sage300.root", "sage300.size", "sage300.page-size", "sage300.release-found"}
"""Findings of a connection test that are no troubles."""


class Asked(dict[str, str]):
    """An environment that remembers which variables were looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name, default=None):
        self.names.add(name)
        return default


def settings_read() -> set[str]:
    asked = Asked()
    Settings.from_environment(asked)
    return asked.names


def test_every_setting_is_in_the_table_and_nothing_else_is():
    table = OPERATORS.partition("## Settings")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.M)) == settings_read()


def commands(group: click.Group, words: str = "counterfoil") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}", command


@pytest.mark.parametrize(("words", "command"), [pytest.param(*each, id=each[0]) for each in commands(counterfoil)])
def test_every_command_is_described_with_its_options(words, command):
    row = re.search(rf"^\| `{words}`.*$", OPERATORS, re.M)
    assert row is not None
    options = [name for each in command.params if isinstance(each, click.Option) for name in each.opts]
    assert [name for name in options if f"`{name}`" not in row[0]] == []


def trouble_codes() -> set[str]:
    """Those written out in the source, and those that the meanings of Sage 300's answers put together."""
    found: set[str] = set()
    for package in (
        "plugin/jira",
        "plugin/sync",
        "plugin/integrations",
        "plugin/sites",
        "plugin/notices",
        "sage_adapters",
    ):
        for file in (ROOT / package).rglob("*.py"):
            text = file.read_text("utf-8")
            found |= set(re.findall(rf'"((?:{"|".join(SPOKEN_OF)})\.[a-z0-9-]+)"', text))
            found |= set(_said(ast.parse(text)))
    return found - FACTS - {"jira.com"}


def _said(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        position = {"configuration": 1, "connection": 1, "record": 1, "unavailable": 1, "uncertain": 0}.get(
            node.func.attr
        )
        if position is None or len(node.args) <= position or ast.unparse(node.func.value) != "said":
            continue
        code = node.args[position]
        assert isinstance(code, ast.Constant)
        yield f"sage300.{code.value}"


def test_every_trouble_that_an_administrator_can_meet_has_its_remedy_written_down():
    codes = trouble_codes()
    assert {"sage300.windows-auth", "jira.mapping-broken", "tls.expired", "target.gone"} <= codes
    assert sorted(code for code in codes if not re.search(rf"\b{re.escape(code)}(?![\w-])", ADMINISTRATORS)) == []


def test_no_remedy_is_written_down_for_a_trouble_there_is_not():
    rows = re.findall(r"^\| ((?:[a-z0-9]+\.[a-z0-9…-]+(?:, )?)+) \|", ADMINISTRATORS, re.M)
    written = {code for row in rows for code in row.split(", ") if code.partition(".")[0] in SPOKEN_OF}
    put_together = {code for code in written if code.endswith("…") or code.startswith("jira.app-")}
    assert written - put_together - trouble_codes() == set()
