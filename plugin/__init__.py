"""Counterfoil, the Jira app: accounts payable of an outside system shown, and later acted on, in Jira."""
