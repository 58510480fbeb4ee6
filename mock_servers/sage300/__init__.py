"""A stateful mock of the Sage 300 Web API, written from the contract sheet `sage300`."""

from mock_servers.sage300.mock import Sage300Mock
from mock_servers.sage300.seeding import Seed

__all__ = ["Sage300Mock", "Seed"]
