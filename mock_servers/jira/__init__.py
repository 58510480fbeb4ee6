"""A stateful mock of one Jira Cloud site: REST v3, webhooks, Connect, pages. Written from contract jira-rest."""

from mock_servers.harness import Clock
from mock_servers.jira.mock import JiraMock

__all__ = ["JiraMock", "create"]


def create(
    *,
    clock: Clock | None = None,
    seed: int = 1,
    latency: float = 0.0,
    site_name: str = "Example",
    base_url: str | None = None,
    display_url: str | None = None,
) -> JiraMock:
    """A mock Jira site. `latency` in seconds; `display_url` gives it a custom domain (see JiraMock)."""
    return JiraMock(
        clock=clock,
        seed=seed,
        latency=latency,
        site_name=site_name,
        base_url=base_url,
        display_url=display_url,
    )
