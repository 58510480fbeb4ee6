from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from plugin.jira.instants import instant, milliseconds

MOMENT = datetime(2026, 9, 27, 8, 3, 11, 123000, UTC)


@pytest.mark.parametrize("told", ["2026-09-27T10:03:11.123+0200", "2026-09-27T08:03:11.123Z", 1790496191123])
def test_each_form_is_the_same_instant_in_utc(told: str | int) -> None:
    assert instant(told) == MOMENT
    assert instant(told).tzinfo is UTC


def test_what_is_sent_is_what_is_read_whatever_the_zone() -> None:
    assert milliseconds(MOMENT.astimezone(timezone(timedelta(hours=-5)))) == 1790496191123


@pytest.mark.parametrize("told", ["2026-09-27T10:03:11.123", "tomorrow", ""])
def test_a_text_that_is_no_instant_is_refused(told: str) -> None:
    with pytest.raises(ValueError):
        instant(told)
