"""The descriptor that a site installs us by: `atlassian-connect.json` with this installation's address and key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import plugin
from plugin.settings import Settings
from sage_adapters.errors import ConfigurationTrouble

FILE_NAME = "atlassian-connect.json"


def descriptor(settings: Settings) -> dict[str, Any]:
    """What is served. Raises ConfigurationTrouble when the file was left behind at deployment."""
    path = Path(plugin.__file__).parent.parent / FILE_NAME
    try:
        served: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationTrouble(
            "The app's descriptor was asked for.",
            f"There is no {FILE_NAME} beside the folder of the program.",
            f"Put {FILE_NAME} of this release there.",
            "connect.no-descriptor",
        ) from None
    return {**served, "key": settings.app_key, "baseUrl": settings.base_url}
