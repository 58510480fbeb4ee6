"""Python's cyclic garbage collector in a process that serves mocks and does nothing else.

A mock holds a great many small objects and keeps them. Full collections looked at all of them again and again and held
up every reply, for half a second with ten thousand issues. What requests leave behind is freed without the collector,
but for a few small cycles that it finds while they are young.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import Any

YOUNG = 2_000  # objects made since the last look: few enough to be still at hand in the processor


def spare_what_is_kept() -> None:
    """From now on the collector looks at every object once, soon after it was made, and then no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
    gc.callbacks.append(_keep)


def look_at_everything() -> None:
    """Frees what is no longer held among the objects spared so far; for after a mock has let go of all it held."""
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def _keep(phase: str, _: Mapping[str, Any]) -> None:
    if phase == "stop":
        gc.freeze()
