import gc
import weakref

import pytest

from mock_servers.harness import collector


class Ring:
    """Garbage that only the cyclic collector finds."""

    def __init__(self):
        self.itself = self


@pytest.fixture(autouse=True)
def _as_it_was():
    threshold, callbacks = gc.get_threshold(), list(gc.callbacks)
    yield
    gc.set_threshold(*threshold)
    gc.callbacks[:] = callbacks
    gc.unfreeze()


def test_what_is_kept_is_looked_at_once_only():
    collector.spare_what_is_kept()
    kept = [[number] for number in range(1000)]
    gc.collect(0)
    assert gc.get_count()[0] < len(kept)
    assert not any(held is kept for held in gc.get_objects())


def test_young_garbage_is_still_freed():
    collector.spare_what_is_kept()
    ring = weakref.ref(Ring())
    gc.collect(0)
    assert ring() is None


def test_a_reset_frees_what_a_mock_held_until_then(make_notes):
    mock = make_notes()
    mock.notes.append(Ring())
    held = weakref.ref(mock.notes[-1])
    collector.spare_what_is_kept()
    mock.reset()
    assert held() is None
