"""What administrators type as the address of the Web API, and what we make of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from sage_adapters.address import split_address
from sage_adapters.errors import ConfigurationTrouble

APPLICATION = "/Sage300WebApi"
VERSION = "/v1.0"


@dataclass(frozen=True, slots=True)
class ServiceRoot:
    """The address up to and including the version, without a slash at the end; `understood` says so to people."""

    url: str
    understood: str

    @classmethod
    def of(cls, typed: str) -> ServiceRoot:
        """Accepts a bare server, an application path, or any address copied from below it.

        Only an empty path gets the usual application name: administrators may install under any other.
        Raises ConfigurationTrouble when the text is no http(s) address.
        """
        text = typed.strip()
        split_address(text)
        parts = urlsplit(text)
        path = re.split(r"/v1\.0(?=/|$)|/-(?=/|$)", parts.path, maxsplit=1, flags=re.IGNORECASE)[0].rstrip("/")
        path = re.sub(r"/(swagger|help)(/.*)?$", "", path, flags=re.IGNORECASE)
        url = urlunsplit((parts.scheme, parts.netloc, (path or APPLICATION) + VERSION, "", ""))
        return cls(url, f"The Web API is called at {url}.")

    def holds(self, url: str) -> bool:
        """Whether the URL is on the same server and under the same path (which IIS compares without case)."""
        try:
            same_server = split_address(url) == split_address(self.url)
        except ConfigurationTrouble:
            return False
        path = unquote(urlsplit(url).path).lower().replace("\\", "/")
        climbs = ".." in path.split("/")
        return same_server and not climbs and path.startswith(urlsplit(self.url).path.lower() + "/")
