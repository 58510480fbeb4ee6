"""Waiting for what shall come to pass."""

from __future__ import annotations

import time
from collections.abc import Callable

LOOK_SECONDS = 0.5
PRESS_SECONDS = 5.0


class NotSo(Exception):
    """A sentence: what was expected, and is not so."""


def expect(holds: bool, sentence: str) -> None:
    """Raises NotSo with the sentence unless it holds."""
    if not holds:
        raise NotSo(sentence)


def until(
    condition: Callable[[], bool], sentence: str, *, seconds: float = 60, press: Callable[[], None] | None = None
) -> None:
    """Looks until it holds; meanwhile presses a button now and then, as people do. Raises NotSo when it does not come
    true in that time."""
    started = pressed = time.monotonic()
    if press:
        press()
    while not condition():
        now = time.monotonic()
        expect(now - started < seconds, f"{sentence} That did not come true in {seconds:.0f} seconds.")
        if press and now - pressed > PRESS_SECONDS:
            press()
            pressed = now
        time.sleep(LOOK_SECONDS)
