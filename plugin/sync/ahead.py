"""Reading ahead: several reads under way at once, their results in order, memory bounded by how far ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

SPARE = 2
"""Reads queued behind those under way, so that no thread idles while a result is being used."""


def read_ahead(read: Callable[[Item], Result], items: Iterable[Item], at_once: int) -> Iterator[Result]:
    """`read(item)` for each item, in order. Its exception is raised in its place; reads behind it are given up."""
    with ThreadPoolExecutor(at_once, "read-ahead") as executor:
        under_way: deque[Future[Result]] = deque()
        try:
            for item in items:
                under_way.append(executor.submit(read, item))
                if len(under_way) >= at_once + SPARE:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()
