"""Everything running as `scripts/demo --bare` leaves it, and a person in front of a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.rehearsal.processes import Systems

OUTPUT = Path(__file__).parent / "output"


@pytest.fixture(scope="module")
def systems() -> Iterator[Systems]:
    systems = Systems.in_a_new_folder()
    try:
        systems.start_mocks([])
        systems.start_app()
        yield systems
    finally:
        systems.stop()
        shutil.rmtree(systems.folder, ignore_errors=True)


@pytest.fixture
def pictures() -> Path:
    """Where screenshots go, for a person to look at."""
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT
