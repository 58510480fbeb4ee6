"""Starts the mocks and the app on loopback, and stops everything again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import requests

START_SECONDS = 120
STOP_SECONDS = 40
OTHERS = ("COUNTERFOIL_", "DATABASE_URL", "REDIS_URL")
"""Settings of another installation on this machine: a rehearsal must never touch its database or its queue."""
ENVIRONMENT_KEPT = ("COUNTERFOIL_LOG_FORMAT",)


class DidNotStart(Exception):
    """A sentence for the person at the terminal."""


@dataclass
class Systems:
    """Running processes, their addresses, and the folder that holds data and logs."""

    folder: Path
    addresses: dict[str, str] = field(default_factory=dict)
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @classmethod
    def in_a_new_folder(cls) -> Self:
        return cls(Path(tempfile.mkdtemp(prefix="counterfoil-demo-")))

    def start_mocks(self, options: Sequence[str]) -> None:
        """Each system in a process of its own, so that none slows another down."""
        for name in ("sage300", "jira"):
            file = self.folder / f"{name}.json"
            self._spawn(
                name, [sys.executable, "-m", "mock_servers", "--only", name, "--addresses-file", str(file), *options]
            )
        for name in ("sage300", "jira"):
            file = self.folder / f"{name}.json"
            self._wait(name, file.exists)
            self.addresses.update(json.loads(file.read_text()))

    def start_app(self, more: Mapping[str, str] | None = None) -> None:
        port = free_port()
        self.addresses["app"] = f"http://127.0.0.1:{port}"
        environment = {**self.environment(), **(more or {})}
        command = [sys.executable, "-m", "plugin.cli", "serve", "--bind", f"127.0.0.1:{port}"]
        self._spawn("app", command, environment)
        self._wait("app", lambda: _answers(f"{self.addresses['app']}/readyz"))

    def environment(self) -> dict[str, str]:
        """The app's settings. Private addresses and plain http are allowed here because everything is on loopback."""
        jira = self.addresses["jira"]
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(OTHERS)},
            **{name: os.environ[name] for name in ENVIRONMENT_KEPT if name in os.environ},
            "COUNTERFOIL_DATA": str(self.folder / "data"),
            "COUNTERFOIL_BASE_URL": self.addresses["app"],
            "COUNTERFOIL_CONNECT_KEY_HOSTS": f"{jira}/install-keys",
            "COUNTERFOIL_CONNECT_SCRIPT": f"{jira}/atlassian-connect/all.js",
            "COUNTERFOIL_JIRA_HOSTS": jira.removeprefix("http://"),
            "COUNTERFOIL_ALLOW_PRIVATE_ADDRESSES": "yes",
            "COUNTERFOIL_ALLOW_PLAIN_HTTP": "yes",
            "COUNTERFOIL_UNCERTAIN_WAIT_SECONDS": "5",
        }

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def ended(self) -> str | None:
        """The name of a process that has ended by itself, if one has."""
        return next((name for name, process in self._processes.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Asks all to stop, the last started first, and waits for them."""
        for process in reversed(self._processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        self._processes.clear()

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _spawn(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        with self.log_of(name).open("wb") as log:
            # A session of its own: Ctrl-C in the terminal reaches only us, and we stop the others in order.
            self._processes[name] = subprocess.Popen(
                command, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
            )

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + START_SECONDS
        while not ready():
            if self._processes[name].poll() is not None or time.monotonic() > until:
                raise DidNotStart(f"{name} did not start. Its own words:\n{self.log_of(name).read_text()[-2000:]}")
            time.sleep(0.05)


def free_port() -> int:
    """One that nobody uses; of the range that the system gives out, so that two demos rarely meet on one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        chosen: int = probe.getsockname()[1]
        return chosen


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
