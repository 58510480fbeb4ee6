"""Clients of the outside systems that hold payables. Usable on their own: nothing here knows Jira."""
