"""What can be turned while the mock Jira runs."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mock_servers.harness import ControlRefused
from mock_servers.jira.limits import REASONS, USUAL_BURSTS

if TYPE_CHECKING:
    from mock_servers.jira.mock import JiraMock

_MISCHIEF = ("duplicate", "drop", "delay", "reorder", "without_field_id", "without_issue", "bad_signature")


class Knobs:
    """The settings of one mock by name.

    | knob | meaning |
    |---|---|
    | index_lag | seconds until search sees a change |
    | index_flicker | chance that a found issue is left out of a search |
    | strict_search | 400 for a query that makes no sense, instead of 200 without issues |
    | search_page_limit | most issues on a search page, 0 = as asked |
    | burst_limits | true, or calls a second by method; false = off |
    | hourly_quota | points an hour for apps, null = off |
    | beta_limits | the quota is announced with Beta- headers only |
    | retry_after | whether 429 has Retry-After |
    | throttle_reason | RateLimit-Reason of the fault `throttle` |
    | issue_limits | most comments, worklogs, attachments, links, remote_links of an issue |
    | attachments_enabled, attachment_limit | attachments on or off, most bytes of one |
    | linking_enabled | issue links on or off |
    | comment_properties_expanded | whether an issue's comments can be read with their properties |
    | webhook_expiration | expirationDate as text or milliseconds |
    | tokens_in_real_time | tokens are made and judged by the real clock, for apps that do not share the mock's |
    | webhook_time_scale | how much faster than at the vendor retries come |
    | webhook_timeout | seconds a receiver has |
    | webhook_duplicate, webhook_drop | chances from 0 to 1 |
    | webhook_delay, webhook_reorder | seconds; the second one at most, by chance |
    | webhook_without_field_id, webhook_without_issue, webhook_bad_signature | true or false |
    """

    def __init__(self, mock: "JiraMock") -> None:
        self._mock = mock

    def values(self) -> dict[str, Any]:
        mock, site, limits, deliveries = self._mock, self._mock.site, self._mock.limits, self._mock.webhooks.deliveries
        return {
            "index_lag": site.index.lag,
            "index_flicker": site.index.flicker,
            "strict_search": mock.strict_search,
            "search_page_limit": mock.search_page_limit,
            "burst_limits": limits.burst or False,
            "hourly_quota": limits.quota,
            "beta_limits": limits.announce_only,
            "retry_after": limits.retry_after_given,
            "throttle_reason": mock.throttle_reason,
            "issue_limits": dict(site.issue_limits),
            "attachments_enabled": site.attachments_enabled,
            "attachment_limit": site.attachment_limit,
            "linking_enabled": site.linking_enabled,
            "comment_properties_expanded": mock.comment_properties_expanded,
            "webhook_expiration": mock.webhook_expiration,
            "tokens_in_real_time": mock.tokens_in_real_time,
            "webhook_time_scale": deliveries.time_scale,
            "webhook_timeout": deliveries.timeout,
            **{f"webhook_{name}": getattr(deliveries.mischief, name) for name in _MISCHIEF},
        }

    def turn(self, wanted: dict[str, Any]) -> None:
        """Sets knobs; none when one of them is wrong."""
        present = self.values()
        for name, value in wanted.items():
            if name not in present:
                raise ControlRefused(f"The mock Jira has no knob {name}, only {', '.join(present)}.")
            if not _fits(name, value, present[name]):
                raise ControlRefused(f"The knob {name} does not take {value!r}; it is {present[name]!r} now.")
        setters = self._setters()
        for name, value in wanted.items():
            setters[name](value)

    def _setters(self) -> dict[str, Callable[[Any], None]]:
        mock, site, limits, deliveries = self._mock, self._mock.site, self._mock.limits, self._mock.webhooks.deliveries
        return {
            "index_lag": site.index.set_lag,
            "index_flicker": _setter(site.index, "flicker"),
            "strict_search": _setter(mock, "strict_search"),
            "search_page_limit": _setter(mock, "search_page_limit"),
            "burst_limits": lambda value: _setter(limits, "burst")(_bursts(value)),
            "hourly_quota": _setter(limits, "quota"),
            "beta_limits": _setter(limits, "announce_only"),
            "retry_after": _setter(limits, "retry_after_given"),
            "throttle_reason": _setter(mock, "throttle_reason"),
            "issue_limits": site.issue_limits.update,
            "attachments_enabled": _setter(site, "attachments_enabled"),
            "attachment_limit": _setter(site, "attachment_limit"),
            "linking_enabled": _setter(site, "linking_enabled"),
            "comment_properties_expanded": _setter(mock, "comment_properties_expanded"),
            "webhook_expiration": _setter(mock, "webhook_expiration"),
            "tokens_in_real_time": _setter(mock, "tokens_in_real_time"),
            "webhook_time_scale": _setter(deliveries, "time_scale"),
            "webhook_timeout": _setter(deliveries, "timeout"),
            **{f"webhook_{name}": _setter(deliveries.mischief, name) for name in _MISCHIEF},
        }


def _setter(owner: object, name: str) -> Callable[[Any], None]:
    return lambda value: setattr(owner, name, value)


def _bursts(value: Any) -> dict[str, int]:
    return dict(value) if isinstance(value, dict) else dict(USUAL_BURSTS) if value else {}


def _fits(name: str, value: Any, present: Any) -> bool:
    if name == "burst_limits":
        return isinstance(value, bool | dict)
    if name == "hourly_quota":
        return value is None or (isinstance(value, int) and not isinstance(value, bool))
    if name == "throttle_reason":
        return value in REASONS
    if name == "webhook_expiration":
        return value in ("text", "milliseconds")
    if name == "issue_limits":
        return isinstance(value, dict) and value.keys() <= present.keys()
    if isinstance(present, bool):
        return isinstance(value, bool)
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
