"""Which mocks there are, and how each is made from the options of `python -m mock_servers`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mock_servers.harness import Mock, RunningMock


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. `latency` in seconds by mock; no entry is none."""

    latency: Mapping[str, float] = field(default_factory=dict)
    seed: int = 1
    seed_csv: Path | None = None
    generate_invoices: int = 0
    per_batch: int = 50
    page_size: int = 100
    release: str = "2022.2"
    jira_sites: int = 1


@dataclass(frozen=True, slots=True)
class Planned:
    """One mock to start under `label`, its name and for further sites of the same kind a number."""

    label: str
    mock: Mock
    when_served: Callable[[RunningMock], None] | None = None


def _sage300(options: Options) -> list[Planned]:
    from mock_servers.sage300 import Sage300Mock, Seed

    mock = Sage300Mock(
        seed=options.seed,
        latency=options.latency.get("sage300", 0.0),
        seeded=Seed(csv=options.seed_csv, invoices=options.generate_invoices, per_batch=options.per_batch),
        page_size=options.page_size,
        release=options.release,
    )
    return [Planned("sage300", mock)]


def _jira(options: Options) -> list[Planned]:
    from mock_servers import jira

    def site(number: int) -> Planned:
        label = "jira" if number == 1 else f"jira-{number}"
        mock = jira.create(
            seed=options.seed,
            latency=options.latency.get(label, options.latency.get("jira", 0.0)),
            site_name="Example" if number == 1 else f"Example {number}",
        )

        def settle(running: RunningMock) -> None:
            # Further sites have a custom domain: another name for the same machine.
            mock.settle_address(running.url, None if number == 1 else f"http://localhost:{running.port}")

        return Planned(label, mock, settle)

    return [site(number) for number in range(1, options.jira_sites + 1)]


FACTORIES: Mapping[str, Callable[[Options], list[Planned]]] = {"sage300": _sage300, "jira": _jira}


def plan(names: list[str], options: Options) -> list[Planned]:
    """The mocks to start, in the order of the names. ValueError for a name or setting there is not."""
    for name in names:
        if name not in FACTORIES:
            raise ValueError(f"There is no mock {name}; there are {', '.join(FACTORIES)}.")
    return [planned for name in names for planned in FACTORIES[name](options)]
