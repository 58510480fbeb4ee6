"""The engine: takes documents in from a source, and delivers each version of them once to a target.

It knows no vendor and no Jira. `run.py` tells the story of one pass; `intake.py` and `delivery.py` are its halves,
joined by the ledger alone: what is read is first written down as pending, what is pending is delivered.
"""
