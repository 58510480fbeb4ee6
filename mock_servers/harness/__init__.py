"""What every mock shares: a clock, faults, a journal, the control API and a server.

A mock derives from `Mock`, implements the vendor's behaviour, and gets the rest from here.
"""

from mock_servers.harness.clock import Clock
from mock_servers.harness.control import ControlRefused
from mock_servers.harness.faults import Fault, FaultList
from mock_servers.harness.journal import Journal
from mock_servers.harness.mock import Mock
from mock_servers.harness.page import Table
from mock_servers.harness.server import RunningMock, serve

__all__ = [
    "Clock",
    "ControlRefused",
    "Fault",
    "FaultList",
    "Journal",
    "Mock",
    "RunningMock",
    "Table",
    "serve",
]
